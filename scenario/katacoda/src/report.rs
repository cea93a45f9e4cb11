//! What was found, as text: a line of JSON for each scenario, or a table with the problems below it.
//!
//! This module decides nothing.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};

use scenario_core::excerpt::Style;
use serde::Serialize;

use crate::count::Counts;
use crate::inspect::{Inspection, Json, Page};
use crate::pathway::{Pathway, Target};
use crate::problem::Problems;

/// The most problems of a scenario to show.
const PROBLEMS_MAX: usize = 50;

/// A scenario as one line of JSON.
///
/// # Errors
///
/// The output cannot be written, for example because its reader has closed it.
pub fn json(out: &mut dyn Write, inspection: &Inspection) -> io::Result<()> {
    let tally = &inspection.tally;
    let object = Object {
        path: &path(inspection),
        kind: "scenario",
        json: match inspection.json {
            Json::Strict => "strict",
            Json::Tolerant => "tolerant",
            Json::Invalid => "invalid",
        },
        title: inspection.title.as_deref(),
        language: inspection.translation.as_ref().map(|it| it.language.as_str()),
        translation_of: inspection.translation.as_ref().map(|it| it.of.as_str()),
        steps: inspection.steps,
        intro: inspection.has_intro,
        finish: inspection.has_finish,
        counts: &tally.counts,
        terminals: &tally.terminals,
        ports: &tally.ports,
        odd: &tally.odd,
        errors: &inspection.errors,
        pages: &inspection.pages,
    };
    let mut line = serde_json::to_vec(&object)?;
    line.push(b'\n');
    out.write_all(&line)
}

/// A scenario in JSON.
#[derive(Serialize)]
struct Object<'a> {
    path: &'a str,
    kind: &'static str,
    json: &'static str,
    title: Option<&'a str>,
    /// Only of a translation.
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    /// Only of a translation: the name of the folder without its language.
    #[serde(skip_serializing_if = "Option::is_none")]
    translation_of: Option<&'a str>,
    steps: usize,
    intro: bool,
    finish: bool,
    counts: &'a Counts,
    terminals: &'a BTreeSet<String>,
    ports: &'a BTreeSet<u16>,
    odd: &'a Counts,
    errors: &'a [String],
    pages: &'a [Page],
}

fn path(inspection: &Inspection) -> String {
    let path = inspection.path.to_string_lossy();
    if path.is_empty() { ".".to_owned() } else { path.into_owned() }
}

/// The first line of the table.
pub const HEADER: &str = "steps   runs  copies  opens  files  problems  scenario";

/// A scenario as a line of the table, and its problems.
pub fn text(inspection: &Inspection, style: Style) -> String {
    let count = |name: &str| inspection.tally.counts.get(name).copied().unwrap_or_default();
    let problems = &inspection.problems.list;
    let mut out = String::new();
    let title = inspection.title.as_deref().unwrap_or("(no title)");
    let translation = inspection.translation.as_ref();
    let translation = translation.map(|it| format!(" ({}, a translation of `{}`)", it.language, it.of));
    let _ = writeln!(
        out,
        "{:>5}  {:>5}  {:>6}  {:>5}  {:>5}  {:>8}  {}: {}{}",
        inspection.steps,
        count("run"),
        count("copy"),
        count("open"),
        count("file"),
        problems.len(),
        visible(&path(inspection)),
        visible(title),
        visible(&translation.unwrap_or_default()),
    );
    show(&mut out, &inspection.problems, &path(inspection), style);
    out
}

/// Adds problems, as far as they are shown.
fn show(out: &mut String, problems: &Problems, path: &str, style: Style) {
    let list = &problems.list;
    for problem in list.iter().take(PROBLEMS_MAX) {
        let _ = writeln!(out, "\n{}", problems.render(problem, style));
    }
    if list.len() > PROBLEMS_MAX {
        let _ = writeln!(out, "\n… and {} more in {}", list.len() - PROBLEMS_MAX, visible(path));
    }
    if !list.is_empty() {
        out.push('\n');
    }
}

/// A pathway: the scenarios in its order, each with its number, and its problems.
pub fn pathway(pathway: &Pathway, problems: &Problems, style: Style) -> String {
    let mut out = "\n".to_owned();
    let title = pathway.title.as_deref().unwrap_or("(no title)");
    let path = pathway.path.to_string_lossy();
    let _ = writeln!(out, "pathway {}: {}", visible(&path), visible(title));
    items(&mut out, pathway, &mut 0, "");
    show(&mut out, problems, &path, style);
    out
}

fn items(out: &mut String, pathway: &Pathway, number: &mut usize, indent: &str) {
    for item in &pathway.items {
        let (label, line) = match &item.target {
            Target::Scenario(path) => {
                *number += 1;
                (number.to_string(), path.display().to_string())
            }
            Target::Pathway(inner) => (String::new(), format!("pathway {}", inner.path.display())),
            Target::Again(path) => (String::new(), format!("pathway {}, as above", path.display())),
            Target::Web(address) => (String::new(), address.clone()),
            Target::Missing(name) => (String::new(), format!("{name} (not found)")),
        };
        let _ = writeln!(out, "{label:>5}  {indent}{}", visible(&line));
        if let Target::Pathway(inner) = &item.target {
            items(out, inner, number, &format!("{indent}  "));
        }
    }
}

/// A text on one line, without control characters.
fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '�' } else { c }).collect()
}
