//! The commands of a block, typed into a terminal one after the other, each at the prompt that follows the one before.
//!
//! They are typed as a learner would, so that they are seen, can be stopped, and are in the shell's history. That a
//! command has ended does not mean that the shell is ready: only at its prompt is the next one typed, or the end of the
//! block reported.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;

use super::{Inner, Input, Phase, Terminal, Told};
use crate::limits::{BEGIN_COMMAND_MAX, PROMPT_MAX, STOP_COMMAND_MAX};
use crate::message::{BlockState, Now};

/// What Ctrl-C sends.
const CTRL_C: &[u8] = b"\x03";
/// How long the prompt has to come back before a line that was begun is taken away once more.
const STOP_AGAIN_AFTER: Duration = Duration::from_millis(300);

/// The commands of a block.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) block: String,
    /// The id of the terminal that they are typed into.
    terminal: String,
    /// Those to come: the text, and the status that the page shows.
    pub(crate) commands: VecDeque<(String, i32)>,
    /// What must answer once they have all ended.
    pub(crate) ready: Option<Ready>,
    /// The command that was typed and has not ended.
    current: Option<(String, i32)>,
    /// Why the commands to come are not typed. It is reported at the prompt: until then the terminal takes no others.
    failure: Option<String>,
    /// The last wait of this run, for the prompt or for a command to begin: a bound applies to the wait that it is for.
    wait: u64,
}

/// A port that must accept connections within a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ready {
    pub(crate) port: u16,
    pub(crate) within: Duration,
}

impl Run {
    /// Commands that were not typed yet.
    pub(crate) fn new(block: &str, commands: Vec<(String, i32)>, ready: Option<Ready>) -> Run {
        let (block, commands) = (block.to_owned(), commands.into());
        Run { block, terminal: String::new(), commands, ready, current: None, failure: None, wait: 0 }
    }

    /// The command that runs.
    pub(super) fn current(&self) -> Option<String> {
        self.current.as_ref().map(|(text, _)| text.clone())
    }

    pub(super) fn told(&self, now: Now, text: impl Into<String>) -> Told {
        let terminal = Some(self.terminal.clone());
        let state = BlockState { terminal, ..BlockState::new(now, text) };
        Told::Block { block: self.block.clone(), state }
    }

    /// Its failure; `why` is the reason if no command has failed before.
    pub(super) fn failed(&self, why: &str) -> Told {
        self.told(Now::Failed, self.failure.as_deref().unwrap_or(why))
    }
}

/// Why commands were not typed.
#[derive(Debug)]
pub(crate) enum NotRun {
    /// This command runs there.
    Busy(String),
    /// The shell has ended.
    Ended,
}

impl Terminal {
    /// Types commands as soon as the prompt is there; with `stop`, what runs is stopped first.
    ///
    /// # Errors
    ///
    /// A command runs there, or the shell has ended.
    pub(crate) fn run(self: &Arc<Terminal>, mut run: Run, stop: bool) -> Result<(), NotRun> {
        let mut inner = self.lock();
        if inner.shell.is_none() {
            return Err(NotRun::Ended);
        }
        let runs = matches!(inner.phase, Phase::Typed | Phase::Running);
        if (inner.run.is_some() || runs) && !stop {
            return Err(NotRun::Busy(inner.busy().unwrap_or_default()));
        }
        if let Some(old) = inner.run.take() {
            self.tell(old.told(Now::Stopped, "stopped for another block"));
        }
        run.terminal.clone_from(&self.id);
        self.tell(run.told(Now::Running, format!("running in T{}", self.id)));
        inner.run = Some(run);
        match inner.phase {
            Phase::Prompt => self.go_on(&mut inner),
            Phase::Ended if !stop => self.wait_for_prompt(&mut inner, PROMPT_MAX),
            Phase::Starting => self.wait_for_prompt(&mut inner, PROMPT_MAX),
            Phase::Typed | Phase::Running | Phase::Ended => self.interrupt(&mut inner),
        }
        drop(inner);
        self.tell(Told::Changed);
        Ok(())
    }

    /// Stops what runs, or takes away what stands after the prompt, be it an open quote; the run goes on at the prompt.
    fn interrupt(self: &Arc<Terminal>, inner: &mut Inner) {
        inner.send(CTRL_C);
        self.wait_for_prompt(inner, STOP_COMMAND_MAX);
    }

    /// Fails the run if it cannot go on within a time.
    fn wait_for_prompt(self: &Arc<Terminal>, inner: &mut Inner, within: Duration) {
        let Some(wait) = inner.new_wait() else { return };
        let terminal = Arc::clone(self);
        let waits = move |run: &Run| run.wait == wait;
        tokio::spawn(async move {
            let end = Instant::now() + within;
            while Instant::now() < end {
                tokio::time::sleep(STOP_AGAIN_AFTER).await;
                let inner = terminal.lock();
                if !inner.run.as_ref().is_some_and(waits) {
                    return;
                }
                // Bash overlooks a Ctrl-C between two lines of one command; a program is not asked twice.
                if inner.phase == Phase::Prompt {
                    inner.send(CTRL_C);
                }
            }
            let id = &terminal.id;
            let seconds = within.as_secs();
            let why = if within == STOP_COMMAND_MAX {
                format!("not run: what runs in T{id} did not stop within {seconds} s of Ctrl-C")
            } else {
                format!("not run: T{id} showed no prompt within {seconds} s")
            };
            let run = terminal.lock().run.take_if(|run| waits(run));
            terminal.give_up(run, &why);
        });
    }

    /// Fails the run if the shell does not begin what was typed, as with a quote that is never closed.
    fn wait_for_begin(self: &Arc<Terminal>, inner: &mut Inner) {
        let Some(wait) = inner.new_wait() else { return };
        let terminal = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(BEGIN_COMMAND_MAX).await;
            let mut inner = terminal.lock();
            if inner.phase != Phase::Typed {
                return;
            }
            let run = inner.run.take_if(|run| run.wait == wait);
            if run.is_some() {
                // The next command takes the rest of this one away.
                (inner.phase, inner.typed) = (Phase::Prompt, true);
            }
            drop(inner);
            let seconds = BEGIN_COMMAND_MAX.as_secs();
            terminal.give_up(run, &format!("the shell did not begin the command within {seconds} s"));
        });
    }

    fn give_up(&self, run: Option<Run>, why: &str) {
        if let Some(run) = run {
            self.tell(run.failed(why));
            self.tell(Told::Changed);
        }
    }

    /// The prompt is there: types the next command, or reports how the block has ended.
    pub(super) fn go_on(self: &Arc<Terminal>, inner: &mut Inner) {
        let Some(run) = &mut inner.run else { return };
        if run.current.is_some() {
            // It was typed already: the prompt is that of a Ctrl-C before it.
            inner.phase = Phase::Typed;
            return;
        }
        if inner.typed && !run.commands.is_empty() {
            return self.interrupt(inner);
        }
        if let Some((text, status)) = run.commands.pop_front() {
            let keys = keys_of(&text, inner.screen.takes_pastes());
            run.current = Some((text, status));
            inner.phase = Phase::Typed;
            inner.send(&keys);
            return self.wait_for_begin(inner);
        }
        let Some(run) = inner.run.take() else { return };
        match run.ready {
            _ if run.failure.is_some() => self.tell(run.failed("")),
            None => self.tell(run.told(Now::Passed, "done")),
            Some(ready) => {
                self.tell(run.told(Now::Running, format!("waiting for port {} to answer", ready.port)));
                let terminal = Arc::clone(self);
                tokio::spawn(async move { terminal.tell(wait(&run, ready).await) });
            }
        }
    }
}

impl Inner {
    /// A command has ended, as the page says or otherwise.
    pub(super) fn command_has_ended(&mut self, status: i32) {
        let Some(run) = &mut self.run else { return };
        let Some((text, expected)) = run.current.take() else { return };
        if status != expected {
            let more = if run.commands.is_empty() { "" } else { "; the commands after it were not run" };
            let shows = if expected == 0 { "success".to_owned() } else { format!("exit status {expected}") };
            let first = text.lines().next().unwrap_or_default();
            run.failure =
                Some(format!("`{first}` ended with exit status {status}, the page shows {shows}{more}"));
            run.commands.clear();
        }
    }

    /// Begins another wait of the run that there is.
    fn new_wait(&mut self) -> Option<u64> {
        let run = self.run.as_mut()?;
        self.waits += 1;
        run.wait = self.waits;
        Some(self.waits)
    }

    fn send(&self, bytes: &[u8]) {
        if let Some(live) = &self.shell {
            // The queue is empty at a prompt; where it is full, the shell reads nothing and never will.
            let _ = live.input.try_send(Input::Bytes(Bytes::copy_from_slice(bytes)));
        }
    }
}

/// A command as keystrokes: several lines are pasted, so that the shell reads them as one command.
fn keys_of(text: &str, takes_pastes: bool) -> Vec<u8> {
    if text.contains('\n') && takes_pastes {
        return format!("\x1b[200~{text}\x1b[201~\r").into_bytes();
    }
    format!("{}\r", text.replace('\n', "\r")).into_bytes()
}

async fn wait(run: &Run, ready: Ready) -> Told {
    let answers = async {
        while tokio::net::TcpStream::connect(("127.0.0.1", ready.port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    match tokio::time::timeout(ready.within, answers).await {
        Ok(()) => run.told(Now::Passed, format!("port {} answers", ready.port)),
        Err(_) => {
            let seconds = ready.within.as_secs_f32();
            run.failed(&format!("nothing answers on port {} within {seconds} s", ready.port))
        }
    }
}
