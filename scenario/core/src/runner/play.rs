//! Carries out the actions of one step in order; after a failure the rest of the step is skipped.

use jiff::Timestamp;

use crate::check::Outcome;
use crate::digest::digest;
use crate::error::Result;
use crate::event::{Event, Failure, Verdict};
use crate::files::Files;
use crate::model::{Check, CheckKind, Effect, Step};
use crate::plan::{self, Action};
use crate::runner::{Done, Run};

/// What of a step is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// All but its commands, which need not run for the reason that is given.
    Checks(&'static str),
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

fn changes_world(action: &Action<'_>) -> bool {
    match action {
        Action::Background(..) => true,
        Action::Command(_, command, _) => command.effect != Effect::None,
        _ => false,
    }
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
        let mut failed = false;
        let mut index = 0;
        let mut ran = false;
        let start = Timestamp::now();
        let mut since = Since { command: start, world: start };
        for action in plan::actions(step) {
            let this = index;
            index += usize::from(action.is_command());
            if failed {
                self.skip(step, &action, "an earlier action of the step failed");
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
                    self.end(step, &action, Verdict::Passed(String::new()), start);
                }
                Action::Check(check) => {
                    self.sync(files)?;
                    let start = self.begin(&action);
                    let verdict = self.check(check, since.of(check))?;
                    failed = matches!(verdict, Verdict::Failed(_));
                    self.end(step, &action, verdict, start);
                }
                Action::Command(..) | Action::Background(..) => {
                    match part {
                        Part::Checks(why) => {
                            self.skip(step, &action, why);
                            continue;
                        }
                        Part::Commands(count) if this >= count => continue,
                        Part::Commands(_) | Part::Whole => {}
                    }
                    self.sync(files)?;
                    ran = true;
                    let start = self.begin(&action);
                    let done = self.run_command(&action, files, part)?;
                    since.command = Timestamp::now();
                    if changes_world(&action) {
                        since.world = since.command;
                    }
                    failed = done.is_err();
                    self.remember(step.number, &action, keys.get(this).filter(|_| !failed));
                    let verdict = done.map_or_else(Verdict::Failed, Verdict::Passed);
                    self.end(step, &action, verdict, start);
                }
            }
        }
        if !failed {
            self.sync(files)?;
        }
        if ran {
            self.after_commands(step)?;
        }
        Ok(!failed)
    }

    fn run_command(&mut self, action: &Action<'_>, files: &Files, part: Part) -> Result<Done> {
        match action {
            Action::Command(console, command, last) => {
                let mut command = (*command).clone();
                if matches!(part, Part::Commands(_)) {
                    command.output.clear();
                }
                self.command(console, &command, *last, files)
            }
            Action::Background(console, command, name) => self.background(console, command, name, files),
            _ => Ok(Ok(String::new())),
        }
    }

    /// A command that has succeeded need not run again while its key stays; one that has not must.
    fn remember(&mut self, step: usize, action: &Action<'_>, key: Option<&String>) {
        let commands = self.workspace.memory.commands.entry(step).or_default();
        match key {
            Some(key) => commands.insert(action.id().to_owned(), key.clone()),
            None => commands.remove(action.id()),
        };
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
            self.emit(Event::Kept { path, kept });
        }
        Ok(())
    }

    /// Asks until it holds, or its time is over.
    fn check(&mut self, check: &Check, since: Timestamp) -> Result<Verdict> {
        let sink = &mut self.sink;
        let outcome = self.asker.until(check, Some(since), &mut |left, outcome| {
            let text = match outcome {
                Outcome::Stale(what) | Outcome::Unaskable(what) => what.clone(),
                Outcome::Fails { found, .. } | Outcome::Holds(found) => found.clone(),
            };
            sink(Event::Progress { text, left: Some(left) });
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

    /// For each command of a step, something that changes with it, with the commands before it, and with the
    /// files at that point.
    pub(super) fn keys(step: &Step, mut files: Files) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        for action in plan::actions(step) {
            match action {
                // Mistakes in edits were reported when the book was loaded.
                Action::Edit(block, _) => drop(files.apply(block)),
                Action::Command(_, command, _) | Action::Background(_, command, _) => {
                    let before = keys.last().map_or("", String::as_str);
                    let mut text = format!("{before}\0{}\0{}", command.id, command.text);
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
        Outcome::Holds(found) => Verdict::Passed(found),
        Outcome::Fails { expected, found, detail } => {
            let mut failure = Failure::new("the check does not hold");
            (failure.expected, failure.found, failure.detail) = (expected, found, detail);
            Verdict::Failed(failure)
        }
        Outcome::Stale(what) => {
            Verdict::Failed(Failure::new(format!("the check could not be judged: {what}")))
        }
        Outcome::Unaskable(why) => {
            Verdict::Failed(Failure::new(format!("the check could not be made: {why}")))
        }
    }
}
