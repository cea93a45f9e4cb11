//! The entry points of `step` and `begin`, and the end of what no longer belongs to the world. `layers` decides which steps
//! are played.

use crate::error::{Error, Result};
use crate::event::{Note, RunResult};
use crate::plan::{Plan, PlannedStep};
use crate::runner::needs;
use crate::runner::record::Sink;
use crate::runner::run::{Mode, Run, RunOptions};
use crate::session::{self, Session};
use crate::world::World;

/// Brings files and world to the end of step `number`.
///
/// # Errors
///
/// The run could not go on: a missing step, a port that another program holds, another workspace's world.
/// What a page gets wrong is a failure in the result.
pub fn step(plan: &Plan, number: usize, options: &RunOptions, sink: Sink<'_>) -> Result<RunResult> {
    require_step(plan, number)?;
    let plan = needs::fit(plan, number, options)?;
    let step = require_step(&plan, number)?;
    in_world(&plan, options, sink, |run| run.converge_to(step))
}

/// Brings files and world to the beginning of step `number`: to the end of the step before it, or to nothing.
///
/// # Errors
///
/// As those of [`step`].
pub fn begin(plan: &Plan, number: usize, options: &RunOptions, sink: Sink<'_>) -> Result<RunResult> {
    require_step(plan, number)?;
    match number {
        1 => in_world(plan, options, sink, |run| run.converge_to_nothing()),
        _ => step(plan, number - 1, options, sink),
    }
}

/// Does something in the world of this workspace, and leaves to it what was started.
pub(super) fn in_world(
    plan: &Plan,
    options: &RunOptions,
    sink: Sink<'_>,
    what: impl FnOnce(Run<'_>) -> Result<RunResult>,
) -> Result<RunResult> {
    let mut session = Session::open(&options.command, &options.exe, options.machine.engine.as_ref())?;
    let result = require_own_world(&session, options)
        .and_then(|()| Run::new(plan, options, &mut session, Mode::Step, sink))
        .and_then(what);
    match &result {
        Err(error) if error.is_interrupted() => session.end()?,
        // What a step has reached stays, whether it passed or not: nothing of the learner's is taken away.
        _ => session.keep()?,
    }
    result
}

/// The step with a number, or an error that lists those there are.
///
/// # Errors
///
/// There is no such step.
pub fn require_step(plan: &Plan, number: usize) -> Result<&PlannedStep> {
    plan.step(number).ok_or_else(|| no_step(plan, &number.to_string()))
}

/// The step that a person calls `2` or `2.1`, or an error that lists those there are.
///
/// # Errors
///
/// There is no such step.
pub fn require_labelled<'a>(plan: &'a Plan, label: &str) -> Result<&'a PlannedStep> {
    plan.steps.iter().find(|step| step.label == label).ok_or_else(|| no_step(plan, label))
}

fn no_step(plan: &Plan, label: &str) -> Error {
    let steps = plan.steps.iter().map(|step| format!("  {}  {}", step.label, step.title));
    let steps: Vec<String> = steps.collect();
    Error::usage(format!("there is no step {label}"))
        .with_help(format!("the steps are:\n{}", steps.join("\n")))
}

/// Another workspace's world must end before this one's begins.
pub(super) fn require_own_world(session: &Session, options: &RunOptions) -> Result<()> {
    // A workspace that was removed is still ours.
    let ours = std::path::absolute(&options.workspace).unwrap_or_else(|_| options.workspace.clone());
    let ours = ours.canonicalize().unwrap_or_else(|_| {
        let parent = ours.parent().and_then(|parent| parent.canonicalize().ok());
        parent.zip(ours.file_name()).map_or_else(|| ours.clone(), |(parent, name)| parent.join(name))
    });
    let owner = session.record.owner.as_deref().unwrap_or("one that left no record");
    let live = if owner == ours.display().to_string() { Vec::new() } else { session.live()? };
    if live.is_empty() {
        return Ok(());
    }
    Err(Error::busy(format!("another workspace is active: `{owner}` has {}", session::listed(&live)))
        .with_help(format!("only one workspace can be active; `{} down` stops it", options.front)))
}

impl Run<'_> {
    /// Ends whatever we have started that belongs neither to the step nor to the one before it.
    pub(super) fn end_what_is_over(&mut self, world: &World, before: &World) -> Result<()> {
        let running = self.session.record.backgrounds.keys();
        let over = running
            .filter(|name| !world.backgrounds.contains_key(*name) && !before.backgrounds.contains_key(*name));
        let mut over: Vec<String> = over.cloned().collect();
        over.iter().try_for_each(|name| self.session.end_background(name))?;
        over.extend(self.session.end_swarm_of(&self.owner)?);
        if let Some(engine) = self.options.machine.engine.clone() {
            let ours = format!("{}={}", crate::container::OWNER_LABEL, self.owner);
            for (id, name) in engine.labelled_containers(&ours)? {
                if !world.containers.contains_key(&name) && !before.containers.contains_key(&name) {
                    engine.remove(&id)?;
                    over.push(name);
                }
            }
        }
        self.say_what_was_ended(over);
        Ok(())
    }

    /// Reports it for `step` only: a proof begins from nothing, so nobody expects anything to go on.
    fn say_what_was_ended(&mut self, names: Vec<String>) {
        if self.mode == Mode::Step && !names.is_empty() {
            self.record.note(Note::Ended { names });
        }
    }

    /// Ends the processes that steps after this one have started: their files are about to go.
    pub(super) fn end_what_came_after(&mut self, number: usize) -> Result<()> {
        let world = World::at(&self.plan.scenario, number);
        let is_of_it =
            |name: &str, command: &str| world.backgrounds.get(name).is_some_and(|made| made.by == command);
        let running = self.session.record.backgrounds.iter();
        let later = running.filter(|(name, known)| !is_of_it(name, &known.command));
        let later: Vec<String> = later.map(|(name, _)| name.clone()).collect();
        later.iter().try_for_each(|name| self.session.end_background(name))?;
        self.say_what_was_ended(later);
        Ok(())
    }
}
