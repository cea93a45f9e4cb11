//! Background processes of a page: started once, found again by a later run, accepted if the learner started them by
//! hand, and stopped.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::digest::digest;
use crate::error::{Error, PathContext, Result};
use crate::event::{Phase, Progress, Remark, RunResult};
use crate::failure::{Failure, Reason};
use crate::files::Files;
use crate::model::{BackgroundCommand, CommandLine, Readiness, Ready};
use crate::plan::{Action, Plan, PlannedAction, PlannedStep};
use crate::ports::{self, HolderProcess};
use crate::process::{self, Child, Command, Exit, Tree, last_lines};
use crate::runner::block::{self, Stop};
use crate::runner::needs;
use crate::runner::record::Sink;
use crate::runner::run::{Mode, Run, RunOptions, verdict};
use crate::runner::step::{in_world, require_own_world};
use crate::session::{Background, Session};
use crate::world::World;

/// How much of its log a message shows.
const LOG_LINES_MAX: usize = 20;
/// How long to wait for the exit status of a process that no longer runs.
const EXIT_TIME_MAX: Duration = Duration::from_secs(1);
/// How far the times of files and of processes can be apart. No server reads its configuration within less after its start.
const CLOCKS_DIFFER: Duration = Duration::from_millis(100);

/// Starts the background process of one block, by the id of the block or of its command, with the files as
/// they are, and leaves it running. What the block stops is ended first.
///
/// # Errors
///
/// Those of [`step`](crate::runner::step), and an unknown block.
pub fn start(plan: &Plan, id: &str, options: &RunOptions, sink: Sink<'_>) -> Result<RunResult> {
    let find = |plan| {
        let mut all = backgrounds(plan);
        all.find(|(_, action, _)| action.id == id || action.block.as_deref() == Some(id))
    };
    // What the process is made from depends on which of the steps before it this machine can play.
    let before = find(plan).map_or(0, |(step, _, _)| step.number - 1);
    let plan = &*needs::fit(plan, before, options)?;
    let Some((step, action, background)) = find(plan) else {
        return Err(Error::usage(format!("no block `{id}` of the book starts a process that keeps running"))
            .with_help("a block that was changed has another id: read the page again"));
    };
    in_world(plan, options, sink, |mut run| {
        for other in step.actions.iter().filter(|other| other.block == action.block) {
            if let Action::Stop { name } = &other.action {
                let ticket = run.record.begin(step, other);
                let verdict = verdict(run.stop_background(name))?;
                run.record.finish(ticket, verdict);
            }
        }
        let ticket = run.record.begin(step, action);
        let mut verdict = verdict(run.background(background, action))?;
        let files = action.block.as_deref().and_then(|block| Files::before(&plan.scenario, block));
        run.find_places_of_log(&mut verdict, &files.unwrap_or_default());
        run.record.finish(ticket, verdict);
        Ok(run.record.into_result())
    })
}

/// Ends a background process of the book by its name; one that does not run is fine.
///
/// # Errors
///
/// The book has no process of that name, or the one that runs was not started by us.
pub fn stop(plan: &Plan, name: &str, options: &RunOptions) -> Result<()> {
    let named = backgrounds(plan).find(|(_, _, other)| other.name == name);
    let Some((_, _, background)) = named else {
        let names: Vec<&str> = backgrounds(plan).map(|(_, _, other)| other.name.as_str()).collect();
        return Err(Error::usage(format!("the book starts no process `{name}`"))
            .with_help(format!("its processes are: {}", names.join(", "))));
    };
    let mut session = Session::open(&options.command, &options.exe, options.machine.engine.as_ref())?;
    let ended = require_own_world(&session, options).and_then(|()| {
        let known = session.record.backgrounds.contains_key(name);
        session.end_background(name).map(|()| known)
    });
    session.keep()?;
    if ended? {
        return Ok(());
    }
    match background.ready.port().and_then(|port| ports::holder(port).map(|holder| (port, holder))) {
        None => Ok(()),
        Some((port, holder)) => Err(Error::port_taken(
            port,
            format!("`{name}` was not started here: port {port} is held by {holder}"),
        )
        .with_help("stop it where it was started")),
    }
}

/// The id of a process that the learner has started by hand and that is what a background block would start. Another
/// program on its port does not count.
pub fn started_by_hand(background: &BackgroundCommand, workspace: &Path) -> Option<i32> {
    let process = background.ready.port().and_then(ports::holder)?.process?;
    is_the_same(&process, &background.command, workspace).then_some(process.pid)
}

/// Every command of the book that keeps running, with its action and its step.
fn backgrounds(plan: &Plan) -> impl Iterator<Item = (&PlannedStep, &PlannedAction, &BackgroundCommand)> {
    let all = plan.steps.iter().flat_map(|step| step.actions.iter().map(move |action| (step, action)));
    all.filter_map(|(step, action)| match &action.action {
        Action::Background(background) => Some((step, action, &**background)),
        _ => None,
    })
}

impl Run<'_> {
    /// Makes sure that the process runs and answers.
    pub(super) fn background(
        &mut self,
        BackgroundCommand { name, command, ready }: &BackgroundCommand,
        action: &PlannedAction,
    ) -> Result<Remark, Stop> {
        self.record.phase(Phase::Before);
        let key = self.background_key(command, action)?;
        if let Some(known) = self.session.record.backgrounds.get(name).cloned() {
            let is_it = known.command == command.id && known.key == key;
            if self.mode == Mode::Step && is_it && known.serves() {
                self.await_background(ready, name, &known)?;
                return Ok(Remark::RunsAlready);
            }
            self.session.end_background(name)?;
        }
        if let Some(port) = ready.port()
            && let Some(holder) = block::lasting_holder(port)?
        {
            let (conditions, _) = self.parts();
            if let Some(process) = holder.process.as_ref().filter(|_| !conditions.proves)
                && conditions.background_of(&holder).is_none()
                && is_the_same(process, command, self.workspace.root())
            {
                return self.adopt(process, action);
            }
            return Err(self.parts().0.port_is_taken(&holder, command.span));
        }
        self.record.phase(Phase::Run);
        let background = self.start(command, name, key)?;
        self.await_background(ready, name, &background)?;
        Ok(Remark::Done)
    }

    /// Whether the background process that a command starts may end by itself.
    pub(super) fn may_end(&self, command: &str) -> bool {
        let mut all = backgrounds(self.plan).map(|(_, _, background)| background);
        all.any(|background| background.command.id == command && background.ready.probe == Ready::Wait)
    }

    /// Ends a background process of the book; one that does not run is fine, but not where the book is proved.
    pub(super) fn stop_background(&mut self, name: &str) -> Result<Remark, Stop> {
        let Some(known) = self.session.record.backgrounds.get(name).cloned() else {
            return Ok(Remark::DoneAlready);
        };
        let ended = end_of(&mut self.children, name, &known, true).filter(|_| !self.may_end(&known.command));
        self.session.end_background(name)?;
        match ended {
            Some(failure) if self.mode == Mode::Verify => Err(failure.into()),
            Some(_) => Ok(Remark::DoneAlready),
            None => Ok(Remark::Done),
        }
    }

    /// Starts the process, in a tree of its own.
    fn start(&mut self, command: &CommandLine, name: &str, key: String) -> Result<Background> {
        let log = self.workspace.state_path(&format!("logs/{name}.log"))?;
        std::fs::write(&log, "").on_path("write", &log)?;
        // `exec` makes the program itself the leader of its session, so that a later look finds the program and not a shell.
        let text =
            if is_simple(&command.text) { format!("exec {}", command.text) } else { command.text.clone() };
        let id = command.id.clone();
        let tree = Tree::new();
        self.session.track(&tree);
        let state = self.terminals.present(&command.terminal)?;
        let command = Command::bash(&text, &state).dir(self.workspace.root()).envs(&self.env);
        let child = command.in_tree(tree.clone()).start(&log)?;
        let tree = tree.led_by(child.id());
        self.session.track(&tree);
        self.children.insert(name.to_owned(), child.awaited());
        let session = self.session.id.clone();
        let background = Background { tree, key, command: id, log, session };
        self.session.record.backgrounds.insert(name.to_owned(), background.clone());
        self.session.save()?;
        Ok(background)
    }

    /// Reports each background process that should run at the end of a step but has ended since it was ready. Returns true if
    /// there is none. A process whose port a later block uses was replaced and is left out.
    pub(super) fn backgrounds_still_run(&mut self, step: &PlannedStep) -> bool {
        let all = self.session.record.backgrounds.iter();
        let ended: Vec<(String, Background)> = all
            .filter(|(_, background)| !background.tree.is_alive())
            .map(|(name, background)| (name.clone(), background.clone()))
            .collect();
        if ended.is_empty() {
            return true;
        }
        let world = World::at(&self.plan.scenario, step.number);
        let mut running: Vec<(&PlannedStep, &PlannedAction, &BackgroundCommand)> = Vec::new();
        for found in backgrounds(self.plan) {
            let is_running = world.backgrounds.get(&found.2.name).is_some_and(|made| made.by == found.1.id);
            if is_running && found.2.ready.probe != Ready::Wait {
                let port = found.2.ready.port();
                running.retain(|(_, _, other)| port.is_none() || other.ready.port() != port);
                running.push(found);
            }
        }
        let mut all_run = true;
        for (started, action, background) in running {
            let Some((name, known)) = ended.iter().find(|(name, _)| *name == background.name) else {
                continue;
            };
            if let Some(failure) = end_of(&mut self.children, name, known, true) {
                all_run = false;
                self.record.came_undone(started, action, failure);
            }
        }
        all_run
    }

    /// Changes with the command, the state of its terminal, and the files that its words name. The files are taken from disk,
    /// where the process reads them: a step has written the book's text to them, but the learner may have changed it.
    fn background_key(&self, command: &CommandLine, action: &PlannedAction) -> Result<String> {
        let mut text = command.text.clone().into_bytes();
        // What its terminal has for it, such as variables.
        text.push(0);
        text.extend(std::fs::read(self.terminals.present(&command.terminal)?).unwrap_or_default());
        for path in action.files() {
            text.push(0);
            text.extend(std::fs::read(self.workspace.root().join(path)).unwrap_or_default());
        }
        Ok(digest(&text, 16))
    }

    fn await_background(
        &mut self,
        ready: &Readiness,
        name: &str,
        background: &Background,
    ) -> Result<(), Stop> {
        self.record.phase(Phase::After);
        let (children, record) = (&mut self.children, &mut self.record);
        let mut runs =
            || end_of(children, name, background, false).map_or(Ok(()), |failure| Err(Stop::Failed(failure)));
        let done = match &ready.probe {
            Ready::Log(text) => await_log(text, ready.within, background, &mut runs),
            Ready::Wait => await_end(ready.within, background, &mut runs),
            Ready::Port(_) | Ready::Url(_) => block::wait_until_ready(
                ready,
                &mut |probe, left| record.progress(Progress::Waiting(probe.clone()), Some(left)),
                &mut runs,
            ),
        };
        done.map_err(|stop| match stop {
            Stop::Failed(failure) if failure.log.is_none() => failure.with_log(end_of_log(background)).into(),
            other => other,
        })
    }

    /// A process of the learner's serves as well as one of ours, if it has read the files as they are now.
    fn adopt(&self, holder: &HolderProcess, action: &PlannedAction) -> Result<Remark, Stop> {
        let changed_at = |path: &str| {
            std::fs::metadata(self.workspace.root().join(path)).and_then(|meta| meta.modified()).ok()
        };
        let started = process::started_at_time(holder.pid).map(|started| started + CLOCKS_DIFFER);
        let newer = action.files().find(|path| changed_at(path) > started);
        match newer {
            None => Ok(Remark::StartedByHand { pid: holder.pid }),
            Some(path) => Err(Error::new(format!(
                "{}: process {} was started by hand before `{path}` changed",
                self.at(action.span),
                holder.pid
            ))
            .with_help(format!("stop it (`kill {}`), then try again", holder.pid))
            .into()),
        }
    }
}

/// Whether a process is what the page starts, started by hand: same directory, and all words of the page.
fn is_the_same(process: &HolderProcess, command: &CommandLine, workspace: &Path) -> bool {
    let Ok(words) = shell_words::split(&command.text) else { return false };
    let name = |word: &str| word.rsplit('/').next().unwrap_or(word).to_owned();
    let same_program = match (words.first(), process.argv.first()) {
        (Some(ours), Some(theirs)) => name(ours) == name(theirs),
        _ => false,
    };
    same_program
        && process.dir.as_deref() == Some(workspace)
        && words.iter().skip(1).all(|word| process.argv.contains(word))
}

/// Waits for a text in the log of a process.
fn await_log(
    text: &str,
    within: Duration,
    background: &Background,
    runs: &mut dyn FnMut() -> Result<(), Stop>,
) -> Result<(), Stop> {
    let start = Instant::now();
    loop {
        let log = std::fs::read(&background.log).unwrap_or_default();
        if String::from_utf8_lossy(&log).contains(text) {
            return Ok(());
        }
        runs()?;
        if start.elapsed() >= within {
            let ready = Ready::Log(text.to_owned());
            return Err(Failure::new(Reason::NotReady { ready, within, status: None }).into());
        }
        process::pause(Duration::from_millis(20))?;
    }
}

/// Waits until a process has ended well, or the time is over.
fn await_end(
    within: Duration,
    background: &Background,
    runs: &mut dyn FnMut() -> Result<(), Stop>,
) -> Result<(), Stop> {
    let start = Instant::now();
    while background.tree.is_alive() && start.elapsed() < within {
        process::pause(Duration::from_millis(20))?;
    }
    match runs() {
        Err(Stop::Failed(failure)) if has_ended_well(&failure) => Ok(()),
        other => other,
    }
}

fn has_ended_well(failure: &Failure) -> bool {
    matches!(failure.reason, Reason::BackgroundEnded { exit: Some(Exit::Status(0)), .. })
}

/// The failure of a background process whose tree has ended.
fn end_of(
    children: &mut BTreeMap<String, Child>,
    name: &str,
    background: &Background,
    was_ready: bool,
) -> Option<Box<Failure>> {
    if background.tree.is_alive() {
        return None;
    }
    let exit = children.get_mut(name).and_then(|child| child.wait_for(EXIT_TIME_MAX));
    let reason = Reason::BackgroundEnded { name: name.to_owned(), was_ready, exit };
    Some(Failure::new(reason).with_log(end_of_log(background)))
}

/// Whether a command is one program with its words, which a shell can hand over to by `exec`.
fn is_simple(text: &str) -> bool {
    let assigns = text.split_whitespace().next().is_some_and(|word| word.contains('='));
    !assigns && !text.contains(['|', ';', '&', '<', '>', '`', '$', '(', '{', '\n'])
}

/// What a failure shows of a log.
fn end_of_log(background: &Background) -> String {
    let log = std::fs::read(&background.log).unwrap_or_default();
    last_lines(&String::from_utf8_lossy(&log), LOG_LINES_MAX)
}
