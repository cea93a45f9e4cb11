//! Brings a workspace and its world to the end of a step.

use crate::error::{Error, Result};
use crate::event::{Missing, Note, RunResult, Skip};
use crate::files::Files;
use crate::plan::{Plan, PlannedAction, PlannedStep};
use crate::runner::play::Part;
use crate::runner::record::Sink;
use crate::runner::run::{Mode, Run, RunOptions};
use crate::session::Session;
use crate::world::{Origin, World};

/// Brings files and world to the end of step `number`.
///
/// # Errors
///
/// The run could not go on: a missing step, a port that another program holds, another workspace's world.
/// What a page gets wrong is a failure in the result.
pub fn step(plan: &Plan, number: usize, options: &RunOptions, sink: Sink<'_>) -> Result<RunResult> {
    let step = require_step(plan, number)?;
    in_world(plan, options, sink, |run| run.converge_to(step))
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
    plan.step(number).ok_or_else(|| {
        let steps: Vec<String> =
            plan.steps.iter().map(|step| format!("  {}  {}", step.number, step.title)).collect();
        Error::usage(format!("there is no step {number}"))
            .with_help(format!("the steps are:\n{}", steps.join("\n")))
    })
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
    Err(Error::busy(format!("another workspace is active: `{owner}` has {}", live.join(", ")))
        .with_help(format!("only one workspace can be active; `{} down` stops it", options.front)))
}

impl Run<'_> {
    fn converge_to(mut self, step: &PlannedStep) -> Result<RunResult> {
        let number = step.number;
        let files = Files::at(&self.plan.scenario, number);
        let world = World::at(&self.plan.scenario, number);
        let before = World::at(&self.plan.scenario, number - 1);
        let dirty = self.workspace.is_changed_by_hand(&files);
        self.workspace.memory.succeeded.retain(|known, _| *known <= number);
        self.end_what_is_over(&world, &before)?;
        if !self.bring_back(number, &files, &world, dirty)? {
            return Ok(self.record.into_result());
        }
        if !self.record.result().items.is_empty() {
            self.end_what_is_over(&world, &before)?;
        }
        self.record.step(step);
        let missing = self.missing_from(&world, number)?;
        let settled = match !dirty && missing.is_empty() {
            true if self.have_succeeded(step, &step.actions, Part::Whole) => Some(Skip::Unchanged),
            true if self.is_by_hand(step, &files, &world) => Some(Skip::MadeByHand),
            _ => None,
        };
        let mut earlier = Files::at(&self.plan.scenario, number - 1);
        let holds = match settled {
            Some(why) => self.still_holds(step, earlier.clone(), why)?,
            None => false,
        };
        if !holds {
            self.seed()?;
            self.play(step, &mut earlier, Part::Whole)?;
        }
        self.workspace.save()?;
        Ok(self.record.into_result())
    }

    /// Ends all that is ours, and removes the files that the book has written. What tools have made of them
    /// stays, such as compiled programs.
    fn converge_to_nothing(mut self) -> Result<RunResult> {
        self.end_what_is_over(&World::default(), &World::default())?;
        self.sync(&Files::default())?;
        self.workspace.memory.succeeded.clear();
        self.terminals.forget()?;
        self.workspace.save()?;
        self.record.note(Note::NothingLeft);
        Ok(self.record.into_result())
    }

    /// Only checks a step whose commands need not run. A check may fail after some time, as one
    /// of a rate over the last minutes does; then only a note is reported, and the commands run after all.
    fn still_holds(&mut self, step: &PlannedStep, mut files: Files, why: Skip) -> Result<bool> {
        self.record.hold_back();
        let passed = self.play(step, &mut files, Part::Checks(why));
        if let Ok(true) = passed {
            self.record.release();
            return Ok(true);
        }
        self.record.discard();
        if passed.is_ok() && step.commands().next().is_some() {
            self.record.note(Note::RunningAgain);
        }
        passed
    }

    /// Whether the learner has typed the step: the files are the book's, what it starts runs, and no command of
    /// it was ever ours.
    fn is_by_hand(&self, step: &PlannedStep, files: &Files, world: &World) -> bool {
        let makes = |all: &std::collections::BTreeMap<String, Origin>| {
            all.values().any(|made| made.step == step.number)
        };
        (makes(&world.containers) || makes(&world.backgrounds))
            && !self.ran(step.number)
            && self.workspace.has(files)
    }

    /// Whether we have run commands of a step in this workspace.
    fn ran(&self, number: usize) -> bool {
        self.workspace.memory.succeeded.get(&number).is_some_and(|keys| !keys.is_empty())
    }

    /// Ends what is ours and runs, but belongs neither to the step nor to the one before it.
    pub(super) fn end_what_is_over(&mut self, world: &World, before: &World) -> Result<()> {
        let names: Vec<String> = self.session.record.backgrounds.keys().cloned().collect();
        for name in names {
            if !world.backgrounds.contains_key(&name) && !before.backgrounds.contains_key(&name) {
                self.session.end_background(&name)?;
            }
        }
        let Some(engine) = self.options.machine.engine.clone() else { return Ok(()) };
        let ours = format!("{}={}", crate::container::OWNER_LABEL, self.owner);
        for (id, name) in engine.labelled_containers(&ours)? {
            if !world.containers.contains_key(&name) && !before.containers.contains_key(&name) {
                engine.remove(&id)?;
            }
        }
        Ok(())
    }

    /// Runs the commands of the steps before this one whose containers or processes should be there and are not.
    fn bring_back(&mut self, number: usize, files: &Files, world: &World, dirty: bool) -> Result<bool> {
        for other in self.plan.up_to(number - 1) {
            let missing = self.missing_from(world, other.number)?;
            let makes_containers = world.containers.values().any(|made| made.step == other.number);
            // What the learner started is as good as what we did, and has no keys.
            let ours = makes_containers && self.ran(other.number);
            let changed =
                ours && (dirty || !self.have_succeeded(other, other.up_to_its_world(), Part::World));
            if missing.is_empty() && !changed {
                continue;
            }
            self.record.step(other);
            self.record.note(Note::BringingBack { step: other.number, missing });
            self.sync(files)?;
            self.seed()?;
            if !self.play(other, &mut files.clone(), Part::World)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What a step has made that should run and does not. It is looked at, not remembered.
    fn missing_from(&self, world: &World, number: usize) -> Result<Vec<Missing>> {
        let of_step = |(_, made): &(&String, &Origin)| made.step == number;
        let mut missing = Vec::new();
        for (name, made) in world.backgrounds.iter().filter(of_step) {
            let known = self.session.record.backgrounds.get(name);
            let alive = known.is_some_and(|known| known.command == made.by && known.serves());
            if !alive {
                missing.push(Missing::Process(name.clone()));
            }
        }
        for (name, made) in world.containers.iter().filter(of_step) {
            let image = made.image.as_deref().unwrap_or_default();
            let container = self.engine()?.container(name)?.filter(|container| container.running);
            let current = self.engine()?.image(image)?;
            let alive = match (container, current) {
                (Some(container), Some((id, _))) => container.image == id,
                _ => false,
            };
            if !alive {
                missing.push(Missing::Container(name.clone()));
            }
        }
        Ok(missing)
    }

    /// Whether all commands among these actions of a step have succeeded with their present inputs.
    fn have_succeeded(&self, step: &PlannedStep, actions: &[PlannedAction], part: Part) -> bool {
        let memory = &self.workspace.memory;
        // A terminal that is closed has forgotten what they did to it.
        if memory.terminals.get(&step.number).is_some_and(|kept| !self.terminals.has(step.number, kept)) {
            return false;
        }
        let known = memory.succeeded.get(&step.number);
        let is_part =
            |action: &&PlannedAction| action.is_command() && !(part == Part::World && action.is_read_only());
        let mut commands = actions.iter().filter(is_part);
        commands.all(|action| known.is_some_and(|known| known.contains(&action.key)))
    }
}
