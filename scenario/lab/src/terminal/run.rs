//! The commands of a block, typed into a terminal one after the other, each when the one before has ended.
//!
//! They are typed as a learner would, so that they are seen, can be stopped, and are in the shell's history.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;

use super::{Inner, Input, Phase, Terminal, Told};
use crate::limits::STOP_COMMAND_MAX;
use crate::message::{BlockState, Now};

/// What Ctrl-C sends.
const CTRL_C: &[u8] = b"\x03";
/// How long the prompt has to come back before a line that was begun is taken away once more.
const STOP_AGAIN_AFTER: Duration = Duration::from_millis(300);

/// The commands of a block.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) block: String,
    /// Those to come: the text, and the status that the page shows.
    pub(crate) commands: VecDeque<(String, i32)>,
    /// What must answer once they have all ended.
    pub(crate) ready: Option<Ready>,
    current: Option<(String, i32)>,
}

/// A port that must accept connections within a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ready {
    pub(crate) port: u16,
    pub(crate) within: Duration,
}

impl Run {
    /// Commands that nobody has typed yet.
    pub(crate) fn new(block: &str, commands: Vec<(String, i32)>, ready: Option<Ready>) -> Run {
        Run { block: block.to_owned(), commands: commands.into(), ready, current: None }
    }

    /// The command that runs.
    pub(super) fn current(&self) -> Option<String> {
        self.current.as_ref().map(|(text, _)| text.clone())
    }

    pub(super) fn told(&self, now: Now, text: impl Into<String>) -> Told {
        Told::Block { block: self.block.clone(), state: BlockState::new(now, text) }
    }

    pub(super) fn broken(&self, why: &str) -> Told {
        self.told(Now::Failed, why)
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
    pub(crate) fn run(self: &Arc<Terminal>, run: Run, stop: bool) -> Result<(), NotRun> {
        let mut inner = self.lock();
        if inner.shell.is_none() {
            return Err(NotRun::Ended);
        }
        if let Some(command) = inner.busy().filter(|_| !stop) {
            return Err(NotRun::Busy(command));
        }
        if let Some(old) = inner.run.take() {
            self.tell(old.told(Now::Stopped, "stopped for another block"));
        }
        self.tell(run.told(Now::Running, format!("running in T{}", self.id)));
        let free = inner.phase == Phase::Prompt && !inner.typed;
        let starting = inner.phase == Phase::Starting;
        let block = run.block.clone();
        inner.run = Some(run);
        if free {
            self.go_on(&mut inner);
        } else if !starting {
            // It ends what runs, and takes away what stands after the prompt, be it an open quote.
            inner.send(CTRL_C);
            self.give_up_unless_typed(block);
        }
        drop(inner);
        self.tell(Told::Changed);
        Ok(())
    }

    /// Says so if the prompt does not come back.
    fn give_up_unless_typed(self: &Arc<Terminal>, block: String) {
        let terminal = Arc::clone(self);
        tokio::spawn(async move {
            let end = Instant::now() + STOP_COMMAND_MAX;
            while Instant::now() < end {
                tokio::time::sleep(STOP_AGAIN_AFTER).await;
                let mut inner = terminal.lock();
                if !inner.run.as_ref().is_some_and(|run| run.block == block && run.current.is_none()) {
                    return;
                }
                // Bash overlooks a Ctrl-C between two lines of one command; a program is not asked twice.
                if inner.phase == Phase::Prompt {
                    inner.send(CTRL_C);
                }
            }
            let run = terminal.lock().run.take_if(|run| run.block == block && run.current.is_none());
            if let Some(run) = run {
                let seconds = STOP_COMMAND_MAX.as_secs();
                let text = format!(
                    "not run: what runs in T{} did not stop within {seconds} s of Ctrl-C",
                    terminal.id
                );
                terminal.tell(run.broken(&text));
            }
        });
    }

    /// The prompt is there: types the next command, or says that all have ended.
    pub(super) fn go_on(self: &Arc<Terminal>, inner: &mut Inner) {
        let Some(run) = &mut inner.run else { return };
        if let Some((text, status)) = run.commands.pop_front() {
            let typed = typed(&text, inner.screen.takes_pastes());
            run.current = Some((text, status));
            inner.phase = Phase::Running;
            inner.send(&typed);
            return;
        }
        let Some(run) = inner.run.take() else { return };
        match run.ready {
            None => self.tell(run.told(Now::Passed, "done")),
            Some(ready) => {
                self.tell(run.told(Now::Running, format!("waiting for port {} to answer", ready.port)));
                let terminal = Arc::clone(self);
                tokio::spawn(async move { terminal.tell(wait(&run, ready).await) });
            }
        }
    }

    /// A command has ended, as the page says or otherwise.
    pub(super) fn command_has_ended(&self, inner: &mut Inner, status: i32) {
        let Some(run) = &mut inner.run else { return };
        let Some((text, expected)) = run.current.take() else { return };
        if status != expected {
            let more = if run.commands.is_empty() { "" } else { "; the commands after it were not run" };
            let shows = if expected == 0 { "success".to_owned() } else { format!("exit status {expected}") };
            let first = text.lines().next().unwrap_or_default();
            let what = format!("`{first}` ended with exit status {status}, the page shows {shows}{more}");
            let told = run.broken(&what);
            inner.run = None;
            self.tell(told);
        }
    }
}

impl Inner {
    fn send(&mut self, bytes: &[u8]) {
        if let Some(live) = &self.shell {
            // The queue is empty at a prompt; where it is full, the shell reads nothing and never will.
            let _ = live.input.try_send(Input::Bytes(Bytes::copy_from_slice(bytes)));
        }
    }
}

/// A command as keystrokes: several lines are pasted, so that the shell reads them as one command.
fn typed(text: &str, takes_pastes: bool) -> Vec<u8> {
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
            run.broken(&format!("nothing answers on port {} within {seconds} s", ready.port))
        }
    }
}
