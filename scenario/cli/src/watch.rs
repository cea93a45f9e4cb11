//! `watch`: whenever a page is saved, shows its mistakes at once, or brings the workspace to the end of its step.
//!
//! The step itself is another process of this program, so a save ends a run that it has made obsolete, and mistakes are
//! shown while a run goes on. It polls: a book has few files, and that works on every file system.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use scenario_core::book::{FileVersions, file_versions, shown};
use scenario_core::error::{Context, Result};
use scenario_core::plan::{Plan, PlannedStep};
use scenario_core::process;
use scenario_core::report::visible;
use scenario_core::runner;

use crate::flags::{Front, Trust};
use crate::output::{complain, print};
use crate::trust;

/// How often the files are looked at. A file is read once two looks in a row have found it the same.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Watches until it is interrupted.
pub(crate) fn watch(front: &Front, label: Option<&str>, yes: bool, trust: Trust) -> Result<()> {
    if let Ok(plan) = front.load() {
        trust::require(front, &plan, "watch", trust)?;
    }
    let mut watch = Watch { front, label, yes, plan: None, played: None, run: None };
    let mut known = file_versions(&front.book, &front.workspace);
    watch.begin()?;
    let mut last = known.clone();
    while process::pause(LOOK_EVERY).is_ok() {
        watch.notice_the_end()?;
        let now = file_versions(&front.book, &front.workspace);
        if now != known && now == last {
            let saved = newest_change(&known, &now);
            known.clone_from(&now);
            watch.read(saved.as_deref())?;
        }
        last = now;
    }
    watch.stop()?;
    say(&format!("no longer watching; `{} down` ends what runs", front.name))
}

struct Watch<'a> {
    front: &'a Front,
    /// The step that is always played.
    label: Option<&'a str>,
    /// Whether what the machine lacks is provided.
    yes: bool,
    /// The book as it was when it last had no mistakes.
    plan: Option<Plan>,
    /// What was played last and ended well.
    played: Option<Played>,
    run: Option<Run>,
}

/// A step with the keys of all that it does: prose changes none of them.
#[derive(Debug, PartialEq, Eq)]
struct Played {
    step: usize,
    keys: Vec<String>,
}

struct Run {
    child: Child,
    plays: Played,
}

impl Watch<'_> {
    /// Reads the book for the first time.
    fn begin(&mut self) -> Result<()> {
        let book = visible(&shown(&self.front.book).display().to_string()).into_owned();
        match self.front.load() {
            Ok(plan) => {
                if let Some(label) = self.label {
                    self.play(runner::require_labelled(&plan, label)?)?;
                }
                self.plan = Some(plan);
            }
            Err(error) => complain(&error),
        }
        say(&format!("watching `{book}`: save a page to play its step; Ctrl-C ends this"))
    }

    /// Reads the book after a file of it was saved.
    fn read(&mut self, saved: Option<&Path>) -> Result<()> {
        let what = saved.map(|path| visible(&shown(path).display().to_string()).into_owned());
        let saved_text = format!("saved `{}`", what.unwrap_or_else(|| "book".to_owned()));
        let plan = match self.front.load() {
            Ok(plan) => plan,
            Err(error) => {
                say(&saved_text)?;
                complain(&error);
                return say("waiting for the next save");
            }
        };
        match self.step_of(&plan, saved) {
            Some(step) => {
                say(&format!("{saved_text}: step {}", step.label))?;
                self.play(step)?;
            }
            None => say(&format!("{saved_text}: no mistakes, and no step to play"))?,
        }
        self.plan = Some(plan);
        Ok(())
    }

    /// The step that the author is writing: that of the saved page, otherwise the last one that was played.
    fn step_of<'p>(&self, plan: &'p Plan, saved: Option<&Path>) -> Option<&'p PlannedStep> {
        let find = |is_it: &dyn Fn(&PlannedStep) -> bool| plan.steps.iter().find(|step| is_it(step));
        if let Some(label) = self.label {
            return find(&|step| step.label == label);
        }
        let is_saved = |step: &PlannedStep| {
            saved.is_some_and(|path| shown(path) == plan.scenario.sources.pages[step.source].path)
        };
        let last = self.run.as_ref().map(|run| &run.plays).or(self.played.as_ref());
        find(&is_saved).or_else(|| find(&|step| last.is_some_and(|last| last.step == step.number)))
    }

    /// Plays a step, unless it was or is being played as it is now.
    fn play(&mut self, step: &PlannedStep) -> Result<()> {
        let keys = step.actions.iter().map(|action| action.key.clone());
        let plays = Played { step: step.number, keys: [step.key.clone()].into_iter().chain(keys).collect() };
        if self.run.as_ref().is_some_and(|run| run.plays == plays) {
            return say("its blocks are as before; the run goes on");
        }
        if self.run.is_none() && self.played.as_ref() == Some(&plays) {
            return say("its blocks are as before; nothing to play");
        }
        self.stop()?;
        self.played = None;
        let mut command = Command::new(process::this_program()?);
        command.args(&self.front.flags).args(["step", &step.label]).args(self.yes.then_some("--yes"));
        // In a group of its own: a Ctrl-C comes to us, and we pass it on once.
        command.stdin(Stdio::null()).process_group(0);
        let child = command.spawn().context(|| format!("start `{} step {}`", self.front.name, step.label))?;
        self.run = Some(Run { child, plays });
        Ok(())
    }

    /// Remembers what a run has reached that has ended.
    fn notice_the_end(&mut self) -> Result<()> {
        let Some(run) = &mut self.run else { return Ok(()) };
        let ended = run.child.try_wait().context(|| "wait for the run".to_owned())?;
        let (Some(status), Some(run)) = (ended, self.run.take_if(|_| ended.is_some())) else { return Ok(()) };
        self.played = status.success().then_some(run.plays);
        say("waiting for the next save")
    }

    /// Ends the run. It clears away what it has started, within bounds of its own.
    fn stop(&mut self) -> Result<()> {
        let Some(mut run) = self.run.take() else { return Ok(()) };
        let pid = Pid::from_raw(run.child.id().cast_signed());
        // It may have ended in between.
        let _ = kill(pid, Signal::SIGINT);
        run.child.wait().map(drop).context(|| "wait for the run".to_owned())
    }
}

/// The changed file whose change is the latest.
fn newest_change(before: &FileVersions, now: &FileVersions) -> Option<PathBuf> {
    let changed = now.iter().filter(|(path, version)| before.get(*path) != Some(version));
    changed.max_by_key(|(_, version)| *version).map(|(path, _)| path.clone())
}

/// A line about the watching itself, apart from what a run prints.
fn say(line: &str) -> Result<()> {
    print(|out| writeln!(out, "-- {line}"))
}
