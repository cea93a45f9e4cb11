//! `adopt`: what the author has changed in the files of the book goes into its pages.

use std::path::{Path, PathBuf};

use scenario_core::adopt::{self, Content, Undecided};
use scenario_core::book::{Book, shown};
use scenario_core::error::{Error, Result};
use scenario_core::files::Files;
use scenario_core::model::Scenario;
use scenario_core::plan::Plan;
use scenario_core::report::visible;
use scenario_core::runner;
use scenario_core::workspace::{self, Workspace};

use crate::flags::Front;
use crate::output::print;
use crate::pages::{Offer, offer};

/// What came of it.
#[derive(Debug)]
pub(crate) struct Adopted {
    /// Whether everything that has changed is in the pages now.
    pub(crate) complete: bool,
    /// The step of the workspace whose pages have changed, to be played as they are now.
    pub(crate) replay: Option<String>,
}

/// Compares the files with the pages, and writes the pages if the author agrees.
pub(crate) fn adopt(front: &Front, label: Option<&str>, result: bool, yes: bool) -> Result<Adopted> {
    let book = Book::load(&front.book)?;
    let plan = Plan::new(book.clone().into_scenario()?);
    let (number, place) = if result {
        (plan.steps.len(), Place::result(&plan.scenario)?)
    } else {
        (step(front, &plan, label)?, Place { root: front.workspace.clone(), folder: PathBuf::new() })
    };
    let adoption = adopt::adopt(&book, number, |path| place.look(path))?;
    let sources = &book.scenario.sources;
    for Undecided { path, line, origin, why } in &adoption.undecided {
        let origin = origin.map(|origin| format!(" ({})", sources.location(origin))).unwrap_or_default();
        let file = shown(&place.of(path)).display().to_string();
        print(|out| writeln!(out, "not taken over: {}:{line}{origin}: {}", visible(&file), why.text()))?;
    }
    let by_commands = if result { Vec::new() } else { changed_by_hand(front, &plan, number)? };
    for path in &by_commands {
        let file = shown(&place.of(path)).display().to_string();
        print(|out| {
            writeln!(
                out,
                "not taken over: {}: a command writes this file, so no page has its text; change the command, or edit \
                 the file in a block",
                visible(&file)
            )
        })?;
    }
    let complete = adoption.undecided.is_empty() && by_commands.is_empty();
    if adoption.edits.is_empty() {
        if complete {
            print(|out| writeln!(out, "the files are as the pages write them; nothing to take over"))?;
        }
        return Ok(Adopted { complete, replay: None });
    }
    if offer(sources, &adoption.edits, yes)? == Offer::Declined {
        return Ok(Adopted { complete: false, replay: None });
    }
    if result {
        return Ok(Adopted { complete, replay: None });
    }
    let changed = front.load()?;
    let mut workspace = Workspace::open(&front.workspace)?;
    workspace.recognize(&Files::at(&changed.scenario, number));
    workspace.save()?;
    Ok(Adopted { complete, replay: Some(changed.scenario.label(number)) })
}

/// The files that commands write and the author has changed since.
fn changed_by_hand(front: &Front, plan: &Plan, number: usize) -> Result<Vec<String>> {
    let workspace = Workspace::open(&front.workspace)?;
    let files = Files::at(&plan.scenario, number);
    Ok(files.written().filter(|path| workspace.is_learners(path)).map(str::to_owned).collect())
}

/// The step whose end the workspace is at, or the one that is named.
fn step(front: &Front, plan: &Plan, label: Option<&str>) -> Result<usize> {
    if let Some(label) = label {
        return Ok(runner::require_labelled(plan, label)?.number);
    }
    let at = workspace::reached(&front.workspace)?.filter(|number| plan.step(*number).is_some());
    at.ok_or_else(|| {
        let place = shown(&front.workspace).display().to_string();
        Error::usage(format!("`{place}` is not known to be at the end of a chapter")).with_help(format!(
            "`{0} step N` brings it to one; `{0} adopt N` takes its files for those of chapter N",
            front.name
        ))
    })
}

/// Where the changed files are.
struct Place {
    root: PathBuf,
    /// The folder of the workspace that is directly in `root`.
    folder: PathBuf,
}

impl Place {
    fn result(scenario: &Scenario) -> Result<Place> {
        let result = scenario.result.as_ref().and_then(|result| Some((result, result.file_name()?)));
        let (root, folder) = result.ok_or_else(|| {
            Error::usage("book.toml names no `result`")
                .with_help("without `--result`, the files are those of the workspace")
        })?;
        Ok(Place { root: root.clone(), folder: folder.into() })
    }

    fn of(&self, path: &str) -> PathBuf {
        self.root.join(Path::new(path).strip_prefix(&self.folder).unwrap_or(Path::new(path)))
    }

    fn look(&self, path: &str) -> Content {
        if !Path::new(path).starts_with(&self.folder) {
            return Content::Unknown;
        }
        workspace::read(&self.of(path)).map_or(Content::Missing, Content::Bytes)
    }
}
