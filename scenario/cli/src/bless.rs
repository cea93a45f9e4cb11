//! `bless`: writes what commands print and queries find into the pages.

use std::path::{Path, PathBuf};

use crate::flags::Front;
use crate::output::print;
use crate::pages::{Offer, offer};
use crate::run::{options, run_reported, words};
use scenario_core::bless::{self, Blessing, Left};
use scenario_core::error::Result;
use scenario_core::event::RunResult;
use scenario_core::plan::Plan;
use scenario_core::report::visible;
use scenario_core::runner;

pub(super) fn bless(
    front: &Front,
    plan: &Plan,
    label: Option<&str>,
    yes: bool,
    known: &mut RunResult,
) -> Result<bool> {
    let step = label.map(|label| runner::require_labelled(plan, label)).transpose()?;
    let number = step.map(|step| step.number);
    let name = label.map_or_else(|| "bless".to_owned(), |label| format!("bless {label}"));
    let last = number.unwrap_or(plan.steps.len());
    let options = options(front, (&plan.scenario, last), &name, &front.workspace, yes)?;
    let again = |step: &str| format!("{} bless {step}", front.name);
    let result = run_reported(words(front, plan), &name, again, known, |sink| {
        runner::bless(plan, number, &options, sink)
    })?;
    let sources = &plan.scenario.sources;
    let folders = folders(&front.workspace);
    let folders: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
    let Blessing { edits, left } = bless::blessing(plan, &result, &folders);
    for Left { span, why } in &left {
        let line = format!("{}: left as it is: {why}", sources.location(*span));
        print(|out| writeln!(out, "{}", visible(&line)))?;
    }
    let is_written = edits.is_empty() || offer(sources, &edits, yes)? == Offer::Written;
    if edits.is_empty() && left.is_empty() && result.passed() {
        print(|out| writeln!(out, "the pages show what is printed; nothing to write"))?;
    }
    Ok(is_written && left.is_empty() && result.passed())
}

/// The folders whose paths depend on the machine: the workspace, with and without links resolved, and the user's home.
fn folders(workspace: &Path) -> Vec<PathBuf> {
    let given = std::path::absolute(workspace).ok();
    let home = std::env::var_os("HOME").map(PathBuf::from);
    given.into_iter().chain(workspace.canonicalize().ok()).chain(home).collect()
}
