//! The place of a block in a terminal: while it has it, its commands are run there, each at the prompt that follows the
//! one before, and no other block's.
//!
//! A command is shown as if it had been typed, and is in the shell's history. It is run as the runner runs it: by `sh`,
//! in the workspace, with nothing to read (`__lab_run` in `shell` starts `crate::command`). That it has ended does
//! not mean that the shell is ready: only at its prompt does the next one begin, or another block get the place.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use scenario_core::process::Finished;
use tokio::sync::mpsc;

use super::state::{Holder, Inner, Lost, Phase, Seen, Terminal};
use crate::command;
use crate::limits::{BEGIN_COMMAND_MAX, PROMPT_MAX, STOP_COMMAND_MAX};

/// What Ctrl-C sends.
const CTRL_C: &[u8] = b"\x03";
/// How long to wait for the prompt before the line is cleared once more.
const STOP_AGAIN_AFTER: Duration = Duration::from_millis(300);

/// A block's place in a terminal, until it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    terminal: Arc<Terminal>,
    number: u64,
    seen: mpsc::UnboundedReceiver<Seen>,
}

/// Why a block did not get the place.
#[derive(Debug)]
pub(crate) enum NotRun {
    /// This command runs there.
    Busy(String),
    /// The shell has ended.
    Ended,
}

/// Stops what runs, or clears the line after the prompt, even where a quote is open.
fn interrupt(terminal: &Arc<Terminal>, inner: &mut Inner) {
    inner.send(CTRL_C);
    wait_for_prompt(terminal, inner, STOP_COMMAND_MAX);
}

/// The block loses the place if the prompt does not come within a time.
fn wait_for_prompt(terminal: &Arc<Terminal>, inner: &mut Inner, within: Duration) {
    let Some(wait) = inner.new_wait() else { return };
    let terminal = Arc::clone(terminal);
    tokio::spawn(async move {
        let end = Instant::now() + within;
        loop {
            tokio::time::sleep(STOP_AGAIN_AFTER).await;
            let mut inner = terminal.lock();
            let is_free = inner.phase == Phase::Prompt && !inner.typed;
            if is_free || !inner.waits_still(wait) {
                return;
            }
            if Instant::now() > end {
                let (id, seconds) = (&terminal.id, within.as_secs());
                inner.lose(Lost::Failed(if within == STOP_COMMAND_MAX {
                    format!("not run: what runs in T{id} did not stop within {seconds} s of Ctrl-C")
                } else {
                    format!("not run: T{id} showed no prompt within {seconds} s")
                }));
                drop(inner);
                return terminal.changed();
            }
            // Bash misses a Ctrl-C between two lines of one command. A program gets only one.
            if inner.phase == Phase::Prompt {
                inner.send(CTRL_C);
            }
        }
    });
}

/// The block loses the place if the shell does not begin its command.
fn wait_for_begin(terminal: &Arc<Terminal>, inner: &mut Inner) {
    let Some(wait) = inner.new_wait() else { return };
    let terminal = Arc::clone(terminal);
    tokio::spawn(async move {
        tokio::time::sleep(BEGIN_COMMAND_MAX).await;
        let mut inner = terminal.lock();
        if inner.phase != Phase::Typed || !inner.waits_still(wait) {
            return;
        }
        let seconds = BEGIN_COMMAND_MAX.as_secs();
        inner.lose(Lost::Failed(format!("the shell did not begin the command within {seconds} s")));
        // The next command clears the rest of this one.
        (inner.phase, inner.typed) = (Phase::Prompt, true);
        drop(inner);
        terminal.changed();
    });
}

/// The prompt is there: runs the next command, or takes the place back.
pub(super) fn go_on(terminal: &Arc<Terminal>, inner: &mut Inner) {
    let Some(holder) = &mut inner.holder else { return };
    if holder.current.is_some() {
        // The shell has it already: this prompt is that of a Ctrl-C before it.
        inner.phase = Phase::Typed;
        return;
    }
    if holder.leaves {
        inner.holder = None;
        return;
    }
    if inner.typed && holder.next.is_some() {
        return interrupt(terminal, inner);
    }
    let Some(text) = holder.next.take() else { return };
    let folder = inner.shell.as_ref().map(|live| live.folder.clone()).unwrap_or_default();
    if let Err(cause) = std::fs::write(file_of(&folder, &terminal.id), &text) {
        return inner.lose(Lost::Failed(format!("not run: failed to write the command: {cause}")));
    }
    holder.current = Some(text);
    (inner.phase, inner.held) = (Phase::Typed, Vec::new());
    inner.send(format!("__lab_run {}\r", terminal.id).as_bytes());
    wait_for_begin(terminal, inner);
}

impl Seat {
    /// Takes the place in a terminal for a block; with `stop`, what runs is stopped first.
    ///
    /// # Errors
    ///
    /// A command runs there, or the shell has ended.
    pub(crate) fn take(terminal: &Arc<Terminal>, block: &str, stop: bool) -> Result<Seat, NotRun> {
        let mut inner = terminal.lock();
        if inner.shell.is_none() {
            return Err(NotRun::Ended);
        }
        let runs = matches!(inner.phase, Phase::Typed | Phase::Running);
        if (inner.holder.is_some() || runs) && !stop {
            return Err(NotRun::Busy(inner.busy().unwrap_or_default()));
        }
        inner.lose(Lost::Displaced(block.to_owned()));
        inner.waits += 1;
        let number = inner.waits;
        let (sender, seen) = mpsc::unbounded_channel();
        let (next, current) = (None, None);
        inner.holder = Some(Holder { number, seen: sender, next, current, leaves: false, wait: 0 });
        if matches!(inner.phase, Phase::Typed | Phase::Running) {
            interrupt(terminal, &mut inner);
        }
        drop(inner);
        terminal.changed();
        Ok(Seat { terminal: Arc::clone(terminal), number, seen })
    }

    /// Runs a command at the next prompt, to its end.
    ///
    /// # Errors
    ///
    /// The place was lost.
    pub(crate) async fn run(&mut self, text: &str) -> Result<Finished, Lost> {
        let folder = {
            let mut inner = self.terminal.lock();
            let stops = inner.phase == Phase::Typed || inner.phase == Phase::Running;
            if let Some(holder) = inner.holder.as_mut().filter(|holder| holder.number == self.number) {
                holder.next = Some(text.to_owned());
                if inner.phase == Phase::Prompt {
                    go_on(&self.terminal, &mut inner);
                } else if !stops {
                    wait_for_prompt(&self.terminal, &mut inner, PROMPT_MAX);
                }
            }
            inner.shell.as_ref().map(|live| live.folder.clone()).unwrap_or_default()
        };
        self.terminal.changed();
        match self.seen.recv().await {
            Some(Seen::Ended(status)) => {
                command::take_result(&file_of(&folder, &self.terminal.id)).ok_or(Lost::NoResult(status))
            }
            Some(Seen::Lost(why)) => Err(why),
            None => Err(Lost::Failed("the terminal was closed".to_owned())),
        }
    }

    /// Gives the place back as soon as the prompt is there, and the terminal ready for another block.
    pub(crate) async fn leave(mut self) {
        {
            let mut inner = self.terminal.lock();
            if let Some(holder) = inner.holder.as_mut().filter(|holder| holder.number == self.number) {
                holder.leaves = true;
                if inner.phase == Phase::Prompt {
                    go_on(&self.terminal, &mut inner);
                } else {
                    wait_for_prompt(&self.terminal, &mut inner, PROMPT_MAX);
                }
            }
        }
        // It ends with the place.
        while self.seen.recv().await.is_some() {}
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.terminal.lock().holder.take_if(|holder| holder.number == self.number);
        self.terminal.changed();
    }
}

/// The file with the last command of a block in a terminal.
fn file_of(folder: &Path, terminal: &str) -> PathBuf {
    folder.join(format!("run-{terminal}"))
}
