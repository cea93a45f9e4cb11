//! Carries out the actions of one step in order; after a failure the rest of the step is skipped.

use jiff::Timestamp;

use crate::check::Outcome;
use crate::error::Result;
use crate::event::{Progress, Remark, Skip, Verdict};
use crate::failure::{Failure, Reason};
use crate::files::{Files, Misfit};
use crate::model::{Check, CheckKind, Health};
use crate::plan::{Action, PlannedAction, PlannedStep, Resource};
use crate::process;
use crate::runner::block::Stop;
use crate::runner::places::Named;
use crate::runner::run::{self, Mode, Run};
use crate::world::World;

/// What of a step is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// All but its commands, which need not run for the reason that is given.
    Checks(Skip),
    /// All that changes something, on the way to a later step.
    Way,
}

/// The times that the data of Prometheus must be newer than.
#[derive(Debug, Clone, Copy)]
struct Since {
    /// When the last command ended. An earlier sample may not show what it did.
    command: Timestamp,
    /// When the last command that changed what is running ended; without one, when that was started. Before, a target's
    /// health was that of something else.
    world: Timestamp,
    /// When the step began.
    start: Timestamp,
}

impl Since {
    fn of(self, check: &Check) -> Timestamp {
        match check.kind {
            // A target that should be down may have ended just now, and not by a command of the book.
            CheckKind::Target { health: Health::Up, .. } => self.world,
            CheckKind::Target { .. } => self.world.max(self.start),
            _ => self.command,
        }
    }
}

/// How far a step has been carried out.
struct Played {
    since: Since,
    /// Whether one of its commands ran.
    ran: bool,
    failed: bool,
}

impl Run<'_> {
    /// Carries out a step on files as they are before it; true if all of it passed.
    pub(super) fn play(&mut self, step: &PlannedStep, files: &mut Files, part: Part) -> Result<bool> {
        self.record.leave_out(step);
        let now = Timestamp::now();
        // If no command is to run, the start of what is running counts.
        let world = match part {
            Part::Checks(_) => self.world_started(step.number).unwrap_or(now),
            Part::Whole | Part::Way => now,
        };
        let mut played =
            Played { since: Since { command: now, world, start: now }, ran: false, failed: false };
        if !matches!(part, Part::Checks(_)) {
            self.terminals.begin(step.number)?;
        }
        let mut written = 0;
        let lasting = step.lasting();
        for (index, action) in step.actions.iter().enumerate() {
            match &action.action {
                Action::Check(_) if part == Part::Way => {}
                Action::Command(planned) if part == Part::Way && planned.read_only => {}
                Action::Ignored { .. } => {}
                _ if played.failed => self.record.skip(step, action, Skip::EarlierAction),
                Action::Edit(_) => {
                    let ticket = self.record.begin(step, action);
                    let mut verdict = Verdict::Passed(Remark::Done);
                    if index >= written {
                        let (count, misfit) = self.write_edits(&step.actions[index..], files, part)?;
                        written = index + count;
                        if let Some(failure) = misfit.filter(|_| count == 0) {
                            played.failed = true;
                            verdict = Verdict::Failed(failure);
                        }
                    }
                    self.record.finish(ticket, verdict);
                }
                // One action has one result: a check that failed before the step stays failed.
                Action::Check(_) if self.record.has_failed_before(&action.id) => {}
                Action::Check(check) => {
                    // It was so at that moment.
                    if let Part::Checks(why) = part
                        && !lasting.has(index, action)
                    {
                        self.record.skip(step, action, why);
                        continue;
                    }
                    self.sync(files)?;
                    let ticket = self.record.begin(step, action);
                    self.aim(step, &action.id);
                    let verdict = self.check(check, played.since.of(check))?;
                    played.failed = matches!(verdict, Verdict::Failed(_));
                    self.record.finish(ticket, verdict);
                }
                Action::Command(planned) => {
                    self.play_command(step, action, part, &mut played, files, |run, files| {
                        run.command(planned, files)
                    })?
                }
                Action::Stop { name } => {
                    self.play_command(step, action, part, &mut played, files, |run, _| {
                        run.stop_background(name)
                    })?;
                }
                Action::Background(background) => {
                    self.play_command(step, action, part, &mut played, files, |run, _| {
                        run.background(background, action)
                    })?;
                }
            }
        }
        if !played.failed {
            self.sync(files)?;
            played.failed = !self.backgrounds_still_run(step);
        }
        if played.ran {
            self.after_commands(step)?;
        }
        self.leave_terminals(step.number, part, !played.failed)?;
        Ok(!played.failed)
    }

    /// Keeps the states of the terminals at the end of the step. If its commands did not run, those of the last time count.
    fn leave_terminals(&mut self, number: usize, part: Part, passed: bool) -> Result<()> {
        if matches!(part, Part::Checks(_)) {
            return if passed { self.terminals.go_to(number) } else { Ok(()) };
        }
        let is_kept = passed && self.keeps;
        if let Some(kept) = self.terminals.end(number, is_kept)? {
            self.workspace.memory.terminals.insert(number, kept);
        }
        Ok(())
    }

    /// Carries out the edits at the beginning of `actions` on disk. Returns how many actions those are, and why the next edit
    /// cannot be made, if so. A file that several of them change is written once, because each write causes a rebuild.
    fn write_edits(
        &mut self,
        actions: &[PlannedAction],
        files: &mut Files,
        part: Part,
    ) -> Result<(usize, Option<Box<Failure>>)> {
        if let Part::Checks(_) = part {
            // The files are those of the end of the step already.
            self.sync(files)?;
            return Ok((actions.len(), None));
        }
        let reads_files = |action: &&PlannedAction| match action.action {
            Action::Edit(_) | Action::Ignored { .. } => false,
            Action::Command(_) | Action::Background(_) | Action::Stop { .. } => true,
            Action::Check(_) => part != Part::Way,
        };
        let count = actions.iter().take_while(|action| !reads_files(action)).count();
        let mut done = (count, None);
        for (index, action) in actions[..count].iter().enumerate() {
            if let Action::Edit(planned) = &action.action
                && let Err(Misfit { fault, by, at }) = files.apply_now(&planned.block, &planned.edit)
            {
                let path = planned.edit.path.clone();
                done = (index, Some(Failure::new(Reason::Edit { path, fault, by }).at(at)));
                break;
            }
        }
        self.sync(files)?;
        Ok(done)
    }

    /// One command, in the foreground or the background, unless this part of the step leaves it out.
    fn play_command(
        &mut self,
        step: &PlannedStep,
        action: &PlannedAction,
        part: Part,
        played: &mut Played,
        files: &mut Files,
        carry_out: impl FnOnce(&mut Self, &Files) -> Result<Remark, Stop>,
    ) -> Result<()> {
        if let Part::Checks(why) = part {
            self.record.skip(step, action, why);
            return Ok(());
        }
        self.sync(files)?;
        self.before_command(&action.action, files)?;
        played.ran = true;
        let ticket = self.record.begin(step, action);
        let mut verdict = run::verdict(carry_out(self, files))?;
        match &action.action {
            Action::Command(planned) => verdict = self.after_command(planned, files, verdict)?,
            _ => self.acknowledge_later_files(files),
        }
        self.find_places_of_log(&mut verdict, files);
        played.since.command = Timestamp::now();
        if action.changes_world() {
            played.since.world = played.since.command;
        }
        played.failed = matches!(verdict, Verdict::Failed(_));
        self.record.finish(ticket, verdict);
        Ok(())
    }

    /// Finds the lines of the book that the log of a failure names.
    pub(super) fn find_places_of_log(&self, verdict: &mut Verdict, files: &Files) {
        if let Verdict::Failed(failure) = verdict
            && let Some(log) = &failure.log
        {
            let root = self.workspace.root();
            failure.places = Named { files, root, dir: root }.find(log).all;
        }
    }

    fn after_commands(&mut self, step: &PlannedStep) -> Result<()> {
        for (path, _) in self.seeds() {
            self.workspace.remember_seed(&path);
        }
        let mut changes = step.actions.iter().flat_map(|action| &action.changes);
        if changes.any(|change| matches!(change, Resource::Image(_))) {
            self.engine()?.prune(&self.session.label())?;
        }
        self.workspace.save()
    }

    /// Brings the files on disk to the book's, and reports which of the learner's were kept.
    pub(super) fn sync(&mut self, files: &Files) -> Result<()> {
        let synced = self.workspace.sync(files)?;
        if !synced.changed.is_empty() {
            self.workspace.save()?;
        }
        for (path, kept) in synced.kept {
            self.record.kept(path, kept);
        }
        Ok(())
    }

    /// When the last of what runs at a step was started; `None` if that is not known of all of it.
    fn world_started(&self, number: usize) -> Option<Timestamp> {
        let world = World::at(&self.plan.scenario, number);
        let engine = self.options.machine.engine.as_ref();
        let containers = world.containers.keys().map(|name| engine?.started_at(name));
        let backgrounds = world.backgrounds.keys().map(|name| {
            let tree = &self.session.record.backgrounds.get(name)?.tree;
            Timestamp::try_from(process::started_at_time(tree.pid)?).ok()
        });
        let all: Option<Vec<Timestamp>> = containers.chain(backgrounds).collect();
        all?.into_iter().max()
    }

    /// Repeats a check until it passes, or its time is over.
    fn check(&mut self, check: &Check, since: Timestamp) -> Result<Verdict> {
        let record = &mut self.record;
        let outcome = self.prober.until(check, Some(since), &mut |left, outcome| {
            record.progress(Progress::Asked(Box::new(outcome.clone())), Some(left));
        })?;
        // Elsewhere a picture costs nothing.
        if let (Outcome::Passed(_), Mode::Verify) = (&outcome, self.mode)
            && let Some(curve) = self.prober.curve_until(check)?
        {
            match curve {
                Ok(curve) => record.curve(curve),
                Err(outcome) => return Ok(verdict(outcome)),
            }
        }
        Ok(match verdict(outcome) {
            Verdict::Failed(failure) if self.blesses && failure.is_of_what_is_shown() => {
                Verdict::Passed(Remark::Differs(failure))
            }
            verdict => verdict,
        })
    }

    /// The files that tools write and that there is something to begin with for.
    pub(super) fn seeds(&self) -> Vec<(String, std::path::PathBuf)> {
        self.plan.scenario.seeds().filter(|(_, from)| from.is_file()).collect()
    }

    /// Puts the seeds in place before the commands of a step.
    pub(super) fn seed(&mut self) -> Result<()> {
        if self.latest {
            return Ok(());
        }
        for (path, from) in self.seeds() {
            if let Ok(bytes) = std::fs::read(&from) {
                self.workspace.seed(&path, &bytes)?;
            }
        }
        Ok(())
    }
}

/// What an outcome means for a run.
pub(super) fn verdict(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Passed(found) => Verdict::Passed(Remark::Found(found)),
        Outcome::Failed(mismatch) => Verdict::Failed(Failure::new(Reason::Check(mismatch))),
        Outcome::Stale { url, interval } => Verdict::Failed(Failure::new(Reason::Stale { url, interval })),
        Outcome::ClocksDiffer { url, ahead_seconds } => {
            Verdict::Failed(Failure::new(Reason::ClocksDiffer { url, ahead_seconds }))
        }
        Outcome::Unreachable { what, why } => {
            Verdict::Failed(Failure::new(Reason::Unreachable { what, why, start: None }))
        }
    }
}
