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
    let _ = writeln!(
        out,
        "{:>5}  {:>5}  {:>6}  {:>5}  {:>5}  {:>8}  {}: {}",
        inspection.steps,
        count("run"),
        count("copy"),
        count("open"),
        count("file"),
        problems.len(),
        visible(&path(inspection)),
        visible(title),
    );
    for problem in problems.iter().take(PROBLEMS_MAX) {
        let _ = writeln!(out, "\n{}", inspection.problems.render(problem, style));
    }
    if problems.len() > PROBLEMS_MAX {
        let _ =
            writeln!(out, "\n… and {} more in {}", problems.len() - PROBLEMS_MAX, visible(&path(inspection)));
    }
    if !problems.is_empty() {
        out.push('\n');
    }
    out
}

/// A text on one line, without control characters.
fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '�' } else { c }).collect()
}
