//! What the commands that carry out a book share: the machine, and the report of a run.

use std::path::Path;
use std::time::Instant;

use scenario_core::error::Result;
use scenario_core::event::{Event, EventKind, RunResult};
use scenario_core::model::Scenario;
use scenario_core::plan::Plan;
use scenario_core::process;
use scenario_core::report::{Door, TerminalReport, Words};
use scenario_core::runner::{Machine, RunOptions};

use crate::flags::Front;
use crate::machine::{engine_if_there, machine, toolbox};
use crate::needs::needs_up_to;

/// What a reporter needs to know of the book.
pub(crate) fn words<'a>(front: &'a Front, plan: &'a Plan) -> Words<'a> {
    Words { scenario: &plan.scenario, door: Door::Command(&front.name) }
}

/// Runs something with a reporter on standard output, and sums it up. After an error, `known` has the results so far.
pub(crate) fn run_reported(
    words: Words<'_>,
    name: &str,
    again: impl Fn(&str) -> String,
    known: &mut RunResult,
    run: impl FnOnce(&mut dyn FnMut(Event)) -> Result<RunResult>,
) -> Result<RunResult> {
    let start = Instant::now();
    let mut terminal = TerminalReport::new(words, anstream::stdout(), again);
    let result = run(&mut |event| {
        terminal.event(&event);
        if let EventKind::End(item) = event.kind {
            known.items.push(*item);
        }
    });
    if let Ok(result) = &result {
        terminal.summary(name, result, start.elapsed());
    }
    result
}

/// Prepares the machine for the commands of a book up to step `last`; with `yes`, provides what is missing.
pub(crate) fn options(
    front: &Front,
    (scenario, last): (&Scenario, usize),
    words: &str,
    workspace: &Path,
    yes: bool,
) -> Result<RunOptions> {
    let mut machine = machine(toolbox(front, &needs_up_to(scenario, last)?, yes)?);
    // On the way back, what a later step has started is ended.
    machine.engine = machine.engine.or_else(|| engine_if_there(front));
    run_options(front, words, workspace, machine)
}

/// How a run is done on a machine that is prepared.
pub(crate) fn run_options(
    front: &Front,
    words: &str,
    workspace: &Path,
    machine: Machine,
) -> Result<RunOptions> {
    Ok(RunOptions {
        workspace: workspace.to_owned(),
        machine,
        command: format!("{} {words}", front.name),
        exe: process::this_program()?,
        front: front.name.clone(),
    })
}
