//! Carries out the actions of one step in order; after a failure the rest of the step is skipped.

use jiff::Timestamp;

use crate::check::Outcome;
use crate::digest::digest;
use crate::error::Result;
use crate::event::{EventKind, Phase, Progress, Remark, Skip, Verdict};
use crate::failure::{Failure, Reason};
use crate::files::Files;
use crate::model::{BackgroundCommand, Check, CheckKind, Effect, Step};
use crate::plan::{self, Action};
use crate::runner::{Done, Run};

/// What of a step is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// All but its commands, which need not run for the reason that is given.
    Checks(Skip),
    /// Only its first so many commands, to bring back what it started; nothing it prints is compared.
    Commands(usize),
}

/// The moments that what Prometheus knows must be newer than.
#[derive(Debug, Clone, Copy)]
struct Since {
    /// When the last command ended: a sample from before may miss what it did.
    command: Timestamp,
    /// When the last command ended that changed what runs: a health from before is that of something else.
    world: Timestamp,
}

impl Since {
    fn of(self, check: &Check) -> Timestamp {
        if matches!(check.kind, CheckKind::Target { .. }) { self.world } else { self.command }
    }
}

/// How far a step has been played.
struct Played {
    since: Since,
    /// How many of its commands have had their turn.
    commands: usize,
    /// Whether one of them ran.
    ran: bool,
    failed: bool,
}

impl Run<'_> {
    /// Plays a step on files as they are before it; tells whether all of it passed.
    pub(super) fn play(
        &mut self,
        step: &Step,
        files: &mut Files,
        part: Part,
        keys: &[String],
    ) -> Result<bool> {
        let now = Timestamp::now();
        let mut played =
            Played { since: Since { command: now, world: now }, commands: 0, ran: false, failed: false };
        for action in plan::actions(step) {
            if played.failed {
                self.skip(step, &action, Skip::EarlierAction);
                continue;
            }
            match action {
                Action::Ignored(..) => {}
                // The files are those of a later step already.
                Action::Edit(..) | Action::Check(_) if matches!(part, Part::Commands(_)) => {}
                Action::Edit(block, _) => {
                    let start = self.begin(&action);
                    // The book was checked as a whole before the run began.
                    let applied = files.apply(block);
                    debug_assert!(applied.is_ok(), "edits are checked when a book is loaded");
                    self.end(step, &action, Verdict::Passed(Remark::Done), start);
                }
                // One action has one result: what was wrong before the step stays wrong.
                Action::Check(check) if self.failed_before(check) => {}
                Action::Check(check) => {
                    self.sync(files)?;
                    let start = self.begin(&action);
                    let verdict = self.check(check, played.since.of(check))?;
                    played.failed = matches!(verdict, Verdict::Failed(_));
                    self.end(step, &action, verdict, start);
                }
                Action::Command(block, command, last) => {
                    let mut command = command.clone();
                    if matches!(part, Part::Commands(_)) {
                        command.output.clear();
                    }
                    let ready = block.ready.as_ref().filter(|_| last);
                    self.play_command(step, &action, (files, part, keys), &mut played, |run, files| {
                        run.command(block, &command, ready, files)
                    })?;
                }
                Action::Background(background) => {
                    self.play_command(step, &action, (files, part, keys), &mut played, |run, files| {
                        run.background(background, files)
                    })?;
                }
            }
        }
        if !played.failed {
            self.sync(files)?;
        }
        if played.ran {
            self.after_commands(step)?;
        }
        Ok(!played.failed)
    }

    /// One command, in the foreground or the background, unless this part of the step leaves it out.
    fn play_command(
        &mut self,
        step: &Step,
        action: &Action<'_>,
        (files, part, keys): (&Files, Part, &[String]),
        played: &mut Played,
        run: impl FnOnce(&mut Self, &Files) -> Result<Done>,
    ) -> Result<()> {
        let index = played.commands;
        played.commands += 1;
        match part {
            Part::Checks(why) => {
                self.skip(step, action, why);
                return Ok(());
            }
            Part::Commands(count) if index >= count => return Ok(()),
            Part::Commands(_) | Part::Whole => {}
        }
        self.sync(files)?;
        played.ran = true;
        let start = self.begin(action);
        let done = run(self, files)?;
        played.since.command = Timestamp::now();
        if action.changes_world() {
            played.since.world = played.since.command;
        }
        played.failed = done.is_err();
        self.remember(step.number, keys, index, !played.failed);
        self.end(step, action, done.map_or_else(Verdict::Failed, Verdict::Passed), start);
        Ok(())
    }

    /// A command that has succeeded need not run again while its key stays; one that has not must.
    fn remember(&mut self, step: usize, keys: &[String], index: usize, succeeded: bool) {
        let Some(key) = keys.get(index) else { return };
        let known = self.workspace.memory.succeeded.entry(step).or_default();
        // A command that the page had before has been undone by what the page has now.
        known.retain(|known| keys.contains(known));
        if succeeded {
            known.insert(key.clone());
        } else {
            known.remove(key);
        }
    }

    fn after_commands(&mut self, step: &Step) -> Result<()> {
        for (path, _) in self.seeds() {
            self.workspace.remember_seed(&path);
        }
        let builds = plan::actions(step).iter().any(
            |action| matches!(action, Action::Command(_, command, _) if matches!(command.effect, Effect::Build { .. })),
        );
        if builds {
            self.engine()?.prune()?;
        }
        self.workspace.save()
    }

    /// Brings the files on disk to the book's, and tells what of the learner's was kept.
    pub(super) fn sync(&mut self, files: &Files) -> Result<()> {
        let synced = self.workspace.sync(files)?;
        if !synced.changed.is_empty() {
            self.workspace.save()?;
        }
        for (path, kept) in synced.kept {
            self.emit(EventKind::Kept { path, kept });
        }
        Ok(())
    }

    /// Whether a check has failed before its step.
    fn failed_before(&self, check: &Check) -> bool {
        self.result.items.iter().any(|item| item.phase == Phase::Before && item.id == check.id)
    }

    /// Asks until it holds, or its time is over.
    fn check(&mut self, check: &Check, since: Timestamp) -> Result<Verdict> {
        let (sink, current) = (&mut self.sink, &self.current);
        let outcome = self.asker.until(check, Some(since), &mut |left, outcome| {
            let what = Progress::Asked(Box::new(outcome.clone()));
            sink(current.event(EventKind::Progress { what, left: Some(left) }));
        })?;
        Ok(verdict(outcome))
    }

    /// What tools write themselves and `verify` compares nothing with, such as `Cargo.lock`: its place in the
    /// workspace, and the file to begin with.
    pub(super) fn seeds(&self) -> Vec<(String, std::path::PathBuf)> {
        let Some(result) = &self.scenario.result else { return Vec::new() };
        let lock = result.join("Cargo.lock");
        let folder = result.file_name().unwrap_or_default().to_string_lossy();
        if lock.is_file() { vec![(format!("{folder}/Cargo.lock"), lock)] } else { Vec::new() }
    }

    /// Puts the seeds in place before the commands of a step.
    pub(super) fn seed(&mut self) -> Result<()> {
        for (path, from) in self.seeds() {
            if let Ok(bytes) = std::fs::read(&from) {
                self.workspace.seed(&path, &bytes)?;
            }
        }
        Ok(())
    }

    /// For each command of a step, something that changes with what the page says of it, with the commands before
    /// it, and with the files at that point.
    pub(super) fn keys(step: &Step, mut files: Files) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        for action in plan::actions(step) {
            match action {
                // Mistakes in edits were reported when the book was loaded.
                Action::Edit(block, _) => drop(files.apply(block)),
                Action::Command(_, command, _) | Action::Background(BackgroundCommand { command, .. }) => {
                    let before = keys.last().map_or("", String::as_str);
                    let mut text = format!("{before}\0{}\0{}", command.text, command.status);
                    for line in &command.output {
                        text.push('\n');
                        text.push_str(&line.text);
                    }
                    for path in files.paths() {
                        text.push('\0');
                        text.push_str(path);
                        text.push('\0');
                        text.push_str(&files.text(path).unwrap_or_default());
                    }
                    keys.push(digest(text.as_bytes(), 16));
                }
                Action::Check(_) | Action::Ignored(..) => {}
            }
        }
        keys
    }
}

/// What an outcome means for a run.
pub(super) fn verdict(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Holds(found) => Verdict::Passed(Remark::Found(found)),
        Outcome::Fails(mismatch) => Verdict::Failed(Failure::new(Reason::Check(mismatch))),
        Outcome::Stale { url } => Verdict::Failed(Failure::new(Reason::Stale { url })),
        Outcome::Unreachable { what, why } => {
            Verdict::Failed(Failure::new(Reason::Unreachable { what, why, start: None }))
        }
    }
}
