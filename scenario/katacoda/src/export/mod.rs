//! Converts a book into a scenario of Killercoda.
//!
//! The scenario is complete in memory before it is written into an empty folder. What cannot be expressed stays visible on
//! the page and is listed. This module runs nothing of the book, and installs nothing.
//!
//! The format is that of Killercoda's own examples, <https://github.com/killercoda/scenario-examples> (commit 3d03034e):
//! `index.json` with `details` and `backend.imageid`, pages and scripts by their paths below it (`foreground-background-scripts`),
//! `{{exec}}`, `{{copy}}` (`code-actions`), `verify` that passes with exit status 0 (`verification`), files of `assets` with `target`
//! and `chmod` (`upload-assets`), and pictures beside the pages (`use-images`).

pub mod back;
mod edit;
mod folder;
mod marks;
mod page;
mod pattern;
mod query;
mod verify;

use std::path::Path;

use scenario_core::book::Book;
use scenario_core::error::{Error, Result};
use scenario_core::parse;
use scenario_core::plan::Plan;
use serde_json::{Value, json};

use folder::Contents;
use marks::{PROGRAM, PROSE, PROSE_END};
use page::Pages;

/// The image of Killercoda with Ubuntu and Docker, as in its example `ubuntu-simple`.
const IMAGE: &str = "ubuntu";

/// The result of an export.
#[derive(Debug)]
pub struct Exported {
    /// How many files the scenario has.
    pub files: usize,
    /// How many steps it has.
    pub steps: usize,
    /// What differs from the book, each with its page and line.
    pub notes: Vec<String>,
}

/// Writes the book in a folder as a scenario into the folder `out`, which must be empty or not exist.
///
/// # Errors
///
/// The folder has no book, the book has mistakes, or `out` is not empty or not writable.
pub fn export(book: &Path, out: &Path) -> Result<Exported> {
    folder::require_empty(out)?;
    let book = Book::load(book)?;
    let src = book.src().map(Path::to_owned).unwrap_or_default();
    let plan = Plan::new(book.into_scenario_or("nothing was written")?);
    let mut contents = Contents::default();
    let mut pages = Pages::new(&plan);
    let (mut before, mut steps, mut after) = (String::new(), Vec::new(), String::new());
    let summary = parse::summary(0, &plan.scenario.sources.pages[0]).0;
    let mut planned = plan.steps.iter();
    for chapter in summary.iter().filter(|chapter| !chapter.path.is_empty()) {
        if chapter.is_step() {
            let Some(step) = planned.next() else { continue };
            let text = pages.step(step);
            steps.push(add_step(&mut contents, &mut pages, step, &chapter.path, text));
        } else {
            let path = src.join(&chapter.path);
            let text = std::fs::read_to_string(&path).map_err(|cause| Error::io("read", &path, cause))?;
            let part = if steps.is_empty() { &mut before } else { &mut after };
            part.push_str(text.trim_end());
            part.push_str("\n\n");
        }
    }
    let notes = finish(&plan, &src, &mut contents, pages, [before, after], &steps)?;
    let files = contents.write(out)?;
    Ok(Exported { files, steps: steps.len(), notes })
}

/// Adds the page and the script of a step, and returns its entry in index.json.
fn add_step(
    contents: &mut Contents,
    pages: &mut Pages<'_>,
    step: &scenario_core::plan::PlannedStep,
    path: &str,
    text: String,
) -> Value {
    contents.add(path, text);
    let mut entry = json!({ "title": step.title, "text": path });
    if let Some(script) = verify::script(pages.plan, step, &mut pages.notes) {
        let path = format!("verify/step-{}.sh", step.number);
        entry["verify"] = json!(path);
        contents.add(&path, script);
    }
    entry
}

/// Adds all files that belong to no step, and returns the notes.
fn finish(
    plan: &Plan,
    src: &Path,
    contents: &mut Contents,
    pages: Pages<'_>,
    [before, after]: [String; 2],
    steps: &[Value],
) -> Result<Vec<String>> {
    let mut notes = pages.notes;
    let scenario = &plan.scenario;
    let mut assets = vec![json!({ "file": "book", "target": "/usr/local/bin", "chmod": "+x" })];
    contents.add("assets/book", PROGRAM);
    for (path, file) in scenario.seeds().filter(|(_, file)| file.is_file()) {
        let text = std::fs::read(&file).map_err(|cause| Error::io("read", &file, cause))?;
        contents.add(&format!("assets/{path}"), text);
        let target = path.rsplit_once('/').map_or("~/".to_owned(), |(folder, _)| format!("~/{folder}"));
        assets.push(json!({ "file": path, "target": target }));
    }
    let prose = |text: &str| format!("{}{text}{}", PROSE, PROSE_END);
    let intro = if before.is_empty() { String::new() } else { prose(&before) };
    let intro =
        format!("{intro}\nThe command `book`, which some blocks use, changes files: `book help` says how.\n");
    contents.add("scenario-intro.md", intro);
    let mut intro = json!({ "text": "scenario-intro.md" });
    if let Some(script) = folder::setup(scenario, &mut notes) {
        contents.add("setup.sh", script);
        intro["background"] = json!("setup.sh");
    }
    let mut details = json!({ "intro": intro, "steps": steps, "assets": { "host01": assets } });
    if !after.is_empty() {
        contents.add("scenario-finish.md", prose(&after));
        details["finish"] = json!({ "text": "scenario-finish.md" });
    }
    let index = json!({ "title": scenario.title, "details": details, "backend": { "imageid": IMAGE } });
    let index = serde_json::to_string_pretty(&index).unwrap_or_default();
    contents.add("index.json", index + "\n");
    contents.add_pictures(src, &mut notes);
    contents.add("export.md", folder::report(&notes));
    contents.require_one_each()?;
    Ok(notes)
}
