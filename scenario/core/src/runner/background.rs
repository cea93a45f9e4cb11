//! A background process of a page: started once, found again, adopted from the learner's hand, or refused.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::digest::digest;
use crate::error::{Context, Error, Result};
use crate::event::{Phase, Remark};
use crate::failure::{Failure, Reason};
use crate::model::{BackgroundCommand, CommandLine, Readiness, Ready};
use crate::plan::PlannedAction;
use crate::ports::{self, HolderProcess};
use crate::process::{self, Command, last_lines};
use crate::runner::{Done, Mode, Run};
use crate::session::{Background, Group};

/// How much of its log a message shows.
const LOG_LINES_MAX: usize = 20;
/// How far the time of a file and that of a process can be apart. No server reads its configuration sooner.
const CLOCKS_DIFFER: Duration = Duration::from_millis(100);

impl Run<'_> {
    /// Sees to it that the process runs and answers.
    pub(super) fn background(
        &mut self,
        BackgroundCommand { name, command, ready }: &BackgroundCommand,
        action: &PlannedAction,
    ) -> Result<Done> {
        self.record.phase(Phase::Before);
        let key = self.background_key(command, action);
        if self.mode == Mode::Step
            && let Some(known) = self.session.record.backgrounds.get(name).cloned()
        {
            if known.serves() && known.key == key {
                return Ok(self
                    .await_background(ready, &known.log, known.group)?
                    .map(|_| Remark::RunsAlready));
            }
            self.session.end_background(name)?;
        }
        if let Some(port) = ready.port()
            && let Some(holder) = ports::holder(port)
        {
            if let Some(process) = holder.process.as_ref().filter(|_| self.mode == Mode::Step)
                && self.is_the_same(process, command)
            {
                return self.adopt(process, action);
            }
            return self.port_is_free(Some(port), command.span);
        }
        self.record.phase(Phase::Run);
        let log = self.workspace.own(&format!("logs/{name}.log"))?;
        std::fs::write(&log, "").context(|| format!("write `{}`", log.display()))?;
        // `exec` makes the program itself the leader of its group, so that it is what is looked at later.
        let text =
            if is_simple(&command.text) { format!("exec {}", command.text) } else { command.text.clone() };
        let child = Command::shell(&text).dir(self.workspace.root()).envs(&self.env).start(&log)?;
        let group = self.session.own(child.id().cast_signed());
        reap(child);
        let background = Background { group, key, log: log.clone(), session: self.session.id.clone() };
        self.session.record.backgrounds.insert(name.to_owned(), background);
        self.session.save()?;
        self.await_background(ready, &log, group)
    }

    /// Changes with the command and with the files that its words name, as they are on disk: that is what the
    /// process reads. A step has brought them to what the book has by now; a learner may have done more.
    fn background_key(&self, command: &CommandLine, action: &PlannedAction) -> String {
        let mut text = command.text.clone().into_bytes();
        for path in action.files() {
            text.push(0);
            text.extend(std::fs::read(self.workspace.root().join(path)).unwrap_or_default());
        }
        digest(&text, 16)
    }

    fn await_background(&mut self, ready: &Readiness, log: &Path, group: Group) -> Result<Done> {
        self.record.phase(Phase::After);
        let read = || {
            std::fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
        };
        let done = match &ready.probe {
            Ready::Log(text) => await_log(text, ready.within, group, &read)?,
            _ => self.wait_ready(ready, &mut |_| Ok((!group.alive()).then(|| ended(&read()))))?,
        };
        Ok(done.map_err(|failure| match failure.log {
            Some(_) => failure,
            None => failure.with_log(last_lines(&read(), LOG_LINES_MAX)),
        }))
    }

    /// Whether a process is what the page starts, started by hand: same directory, and all words of the page.
    fn is_the_same(&self, process: &HolderProcess, command: &CommandLine) -> bool {
        let Ok(words) = shell_words::split(&command.text) else { return false };
        let name = |word: &str| word.rsplit('/').next().unwrap_or(word).to_owned();
        let same_program = match (words.first(), process.argv.first()) {
            (Some(ours), Some(theirs)) => name(ours) == name(theirs),
            _ => false,
        };
        same_program
            && process.dir.as_deref() == Some(self.workspace.root())
            && words.iter().skip(1).all(|word| process.argv.contains(word))
    }

    /// A process of the learner's serves as well as one of ours, if it has read the files as they are now.
    fn adopt(&self, holder: &HolderProcess, action: &PlannedAction) -> Result<Done> {
        let changed_at = |path: &str| {
            std::fs::metadata(self.workspace.root().join(path)).and_then(|meta| meta.modified()).ok()
        };
        let started = process::started_at_time(holder.pid).map(|started| started + CLOCKS_DIFFER);
        let newer = action.files().find(|path| changed_at(path) > started);
        match newer {
            None => Ok(Ok(Remark::StartedByHand { pid: holder.pid })),
            Some(path) => Err(Error::new(format!(
                "{}: process {} was started by hand before `{path}` changed",
                self.at(action.span),
                holder.pid
            ))
            .with_help(format!("stop it (`kill {}`), then run the same command again", holder.pid))),
        }
    }
}

/// Whether a command is one program with its words, which a shell can hand over to by `exec`.
fn is_simple(text: &str) -> bool {
    let assigns = text.split_whitespace().next().is_some_and(|word| word.contains('='));
    !assigns && !text.contains(['|', ';', '&', '<', '>', '`', '$', '(', '{', '\n'])
}

/// Waits for a text in the log of a process.
fn await_log(text: &str, within: Duration, group: Group, read: &dyn Fn() -> String) -> Result<Done> {
    let start = Instant::now();
    loop {
        if read().contains(text) {
            return Ok(Ok(Remark::Done));
        }
        if !group.alive() {
            return Ok(Err(ended(&read())));
        }
        if start.elapsed() >= within {
            let ready = Ready::Log(text.to_owned());
            return Ok(Err(Failure::new(Reason::NotReady { ready, within })));
        }
        process::pause(Duration::from_millis(20))?;
    }
}

fn ended(log: &str) -> Box<Failure> {
    Failure::new(Reason::BackgroundEnded).with_log(last_lines(log, LOG_LINES_MAX))
}

/// A child that nobody waits for would stay as a zombie and look alive.
fn reap(mut child: std::process::Child) {
    std::thread::spawn(move || child.wait());
}
