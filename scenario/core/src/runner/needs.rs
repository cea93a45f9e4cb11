//! Finds the chapters that this machine cannot run, because it lacks something that not every machine has, and leaves them
//! out of the plan.
//!
//! A command of the author decides. It must change nothing, which is not enforced.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::event::Skip;
use crate::model::Needs;
use crate::plan::{Action, Plan, PlannedStep};
use crate::process::{Command, Exit};
use crate::runner::environment::of_machine;
use crate::runner::record::Recorder;
use crate::runner::run::{RunOptions, command_deadline};
use crate::session::Look;

/// How long a look at the machine may take; less where commands may take less.
const TIME_MAX: Duration = Duration::from_secs(60);
/// The statuses that bash has for a program that it cannot run: it may not be executed, or is not there.
const NOT_RUN: [i32; 2] = [126, 127];
/// How many lines of what such a command has printed are shown.
const LINES_MAX: usize = 5;

/// The plan for this machine, in which the steps up to `last` that it cannot run have no actions.
///
/// # Errors
///
/// A command that decides does not end in time, is ended by a signal, or names a program that cannot be run.
pub(super) fn fit<'a>(plan: &'a Plan, last: usize, options: &RunOptions) -> Result<Cow<'a, Plan>> {
    let mut lacking = BTreeSet::new();
    let mut look = None;
    for step in plan.up_to(last) {
        let Some(needs) = &step.needs else { continue };
        let look = match &mut look {
            Some(look) => look,
            none => none.insert(Look::begin(&options.exe)?),
        };
        if !is_met(needs, look, plan, options)? {
            lacking.insert(step.number);
        }
    }
    Ok(if lacking.is_empty() { Cow::Borrowed(plan) } else { Cow::Owned(plan.leaving_out(&lacking)) })
}

fn is_met(needs: &Needs, look: &Look, plan: &Plan, options: &RunOptions) -> Result<bool> {
    let env = of_machine(&options.machine, std::iter::empty())?;
    // There may be no workspace yet. As the commands of the pages, by bash.
    let command = Command::new(["bash", "-c", &needs.command]).dir(&std::env::temp_dir()).envs(&env);
    let finished = command.in_tree(look.tree().again()).deadline(command_deadline()?.min(TIME_MAX)).run()?;
    let at = plan.scenario.sources.location(needs.span);
    if let Some(after) = finished.timed_out {
        return Err(Error::new(format!(
            "{at}: the command of `needs` did not end within {} s and was stopped",
            after.as_secs()
        ))
        .with_help("it decides whether the chapter is skipped: write one that only looks"));
    }
    // A shell says by a status above 128 that a program was ended by a signal.
    let decides =
        matches!(finished.exit, Exit::Status(status) if status <= 128 && !NOT_RUN.contains(&status));
    if !decides {
        let said = finished.last_lines(LINES_MAX);
        let said = said.trim().lines().map(|line| format!("\n    {line}")).collect::<String>();
        return Err(Error::new(format!(
            "{at}: the command of `needs` ended with {}, so it does not say whether the machine has {}{said}",
            finished.exit, needs.what
        ))
        .with_help(if NOT_RUN.contains(&finished.status) {
            "correct the name of the program; if a machine may be without it, ask for it first, as in `command -v docker && docker info`"
        } else {
            "write one that ends by itself: status 0 where the machine has it, and 1 where not"
        }));
    }
    Ok(finished.success())
}

impl Recorder<'_> {
    /// Skips all actions of a step that is left out.
    pub(super) fn leave_out(&mut self, step: &PlannedStep) {
        let Some(whole) = &step.left_out else { return };
        let why = Skip::Needs { step: step.number };
        let actions = whole.actions.iter();
        let actions = actions.filter(|action| !matches!(action.action, Action::Ignored { .. }));
        actions.for_each(|action| self.skip(step, action, why));
    }
}
