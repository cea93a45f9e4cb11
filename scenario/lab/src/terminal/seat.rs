//! The place of a block in a terminal: while it has it, its commands are run there, each at the prompt that follows the
//! one before, and no other block's.
//!
//! A command is shown as if it had been typed, and is in the shell's history. It is run as the runner runs it: by `sh`,
//! in the workspace, with nothing to read, and what it prints is kept (`__lab_run` in `shell`). That it has ended does
//! not mean that the shell is ready: only at its prompt does the next one begin, or another block get the place.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use tokio::sync::mpsc;

use super::{Inner, Input, Phase, Terminal};
use crate::limits::{BEGIN_COMMAND_MAX, PROMPT_MAX, STOP_COMMAND_MAX};

/// What Ctrl-C sends.
const CTRL_C: &[u8] = b"\x03";
/// How long the prompt has to come back before a line that was begun is taken away once more.
const STOP_AGAIN_AFTER: Duration = Duration::from_millis(300);

/// A block's place in a terminal, until it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    terminal: Arc<Terminal>,
    number: u64,
    seen: mpsc::UnboundedReceiver<Seen>,
}

/// The block that has the place, as the terminal knows it.
#[derive(Debug)]
pub(super) struct Holder {
    number: u64,
    seen: mpsc::UnboundedSender<Seen>,
    /// The command to run at the next prompt.
    next: Option<String>,
    /// The command that was given to the shell and has not ended.
    current: Option<String>,
    /// Whether it only waits for the prompt to give the place back.
    leaves: bool,
    /// The last wait, for the prompt or for a command to begin: a bound applies to the wait that it is for.
    wait: u64,
}

/// What a block sees of its terminal.
#[derive(Debug)]
enum Seen {
    Ended(i32),
    Lost(Lost),
}

/// Why a block has lost its place.
#[derive(Debug)]
pub(crate) enum Lost {
    /// The block with this id has it now.
    Displaced(String),
    /// The terminal could not go on.
    Failed(String),
}

/// How a command has ended, and what it has printed.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

/// Why a block did not get the place.
#[derive(Debug)]
pub(crate) enum NotRun {
    /// This command runs there.
    Busy(String),
    /// The shell has ended.
    Ended,
}

impl Terminal {
    /// The place in this terminal for a block; with `stop`, what runs is stopped first.
    ///
    /// # Errors
    ///
    /// A command runs there, or the shell has ended.
    pub(crate) fn seat(self: &Arc<Terminal>, block: &str, stop: bool) -> Result<Seat, NotRun> {
        let mut inner = self.lock();
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
            self.interrupt(&mut inner);
        }
        drop(inner);
        self.changed();
        Ok(Seat { terminal: Arc::clone(self), number, seen })
    }

    /// Stops what runs, or takes away what stands after the prompt, be it an open quote.
    fn interrupt(self: &Arc<Terminal>, inner: &mut Inner) {
        inner.send(CTRL_C);
        self.wait_for_prompt(inner, STOP_COMMAND_MAX);
    }

    /// The block loses the place if the prompt does not come within a time.
    fn wait_for_prompt(self: &Arc<Terminal>, inner: &mut Inner, within: Duration) {
        let Some(wait) = inner.new_wait() else { return };
        let terminal = Arc::clone(self);
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
                // Bash overlooks a Ctrl-C between two lines of one command; a program is not asked twice.
                if inner.phase == Phase::Prompt {
                    inner.send(CTRL_C);
                }
            }
        });
    }

    /// The block loses the place if the shell does not begin its command.
    fn wait_for_begin(self: &Arc<Terminal>, inner: &mut Inner) {
        let Some(wait) = inner.new_wait() else { return };
        let terminal = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(BEGIN_COMMAND_MAX).await;
            let mut inner = terminal.lock();
            if inner.phase != Phase::Typed || !inner.waits_still(wait) {
                return;
            }
            let seconds = BEGIN_COMMAND_MAX.as_secs();
            inner.lose(Lost::Failed(format!("the shell did not begin the command within {seconds} s")));
            // The next command takes the rest of this one away.
            (inner.phase, inner.typed) = (Phase::Prompt, true);
            drop(inner);
            terminal.changed();
        });
    }

    /// The prompt is there: runs the next command, or takes the place back.
    pub(super) fn go_on(self: &Arc<Terminal>, inner: &mut Inner) {
        let Some(holder) = &mut inner.holder else { return };
        if holder.current.is_some() {
            // It was given to the shell already: the prompt is that of a Ctrl-C before it.
            inner.phase = Phase::Typed;
            return;
        }
        if holder.leaves {
            inner.holder = None;
            return;
        }
        if inner.typed && holder.next.is_some() {
            return self.interrupt(inner);
        }
        let Some(text) = holder.next.take() else { return };
        let folder = inner.shell.as_ref().map(|live| live.folder.clone()).unwrap_or_default();
        if let Err(cause) = std::fs::write(kept(&folder, &self.id, ""), &text) {
            return inner.lose(Lost::Failed(format!("not run: failed to write the command: {cause}")));
        }
        holder.current = Some(text);
        (inner.phase, inner.held) = (Phase::Typed, Vec::new());
        inner.send(format!("__lab_run {}\r", self.id).as_bytes());
        self.wait_for_begin(inner);
    }
}

impl Seat {
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
                    self.terminal.go_on(&mut inner);
                } else if !stops {
                    self.terminal.wait_for_prompt(&mut inner, PROMPT_MAX);
                }
            }
            inner.shell.as_ref().map(|live| live.folder.clone()).unwrap_or_default()
        };
        self.terminal.changed();
        match self.seen.recv().await {
            Some(Seen::Ended(status)) => {
                let read = |part: &str| std::fs::read(kept(&folder, &self.terminal.id, part));
                let (stdout, stderr) = (read(".stdout"), read(".stderr"));
                Ok(Finished {
                    status,
                    stdout: stdout.unwrap_or_default(),
                    stderr: stderr.unwrap_or_default(),
                })
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
                    self.terminal.go_on(&mut inner);
                } else {
                    self.terminal.wait_for_prompt(&mut inner, PROMPT_MAX);
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

impl Inner {
    /// The command that a block runs, or is about to run.
    pub(super) fn command_of_block(&self) -> Option<String> {
        let holder = self.holder.as_ref()?;
        Some(holder.current.clone().or_else(|| holder.next.clone()).unwrap_or_else(|| "a block".to_owned()))
    }

    /// A command has ended; if it was a block's, that is told.
    pub(super) fn command_has_ended(&mut self, status: i32) {
        if let Some(holder) = &mut self.holder
            && holder.current.take().is_some()
        {
            // A block that has gone does not need to know.
            let _ = holder.seen.send(Seen::Ended(status));
        }
    }

    /// The block that has the place loses it.
    pub(super) fn lose(&mut self, why: Lost) {
        if let Some(holder) = self.holder.take() {
            let _ = holder.seen.send(Seen::Lost(why));
        }
    }

    /// What is shown of the output while the shell takes a block's command in: the command as the page has it, in place
    /// of the words that the lab has typed.
    pub(super) fn shown(&mut self, bytes: &[u8]) -> Bytes {
        /// How much is held back.
        const HELD_BYTES_MAX: usize = 64 << 10;
        const BEGINS: &[u8] = b"\x1b]133;C\x1b\\";
        const ENDED: &[u8] = b"\x1b]133;D;";
        let current = self.holder.as_ref().and_then(|holder| holder.current.as_ref());
        let Some(command) = current.filter(|_| self.phase == Phase::Typed) else {
            return Bytes::copy_from_slice(bytes);
        };
        self.held.extend_from_slice(bytes);
        let find = |mark: &[u8]| self.held.windows(mark.len()).position(|window| window == mark);
        if let Some(at) = find(BEGINS) {
            // A line that is accepted ends the mode in which pasted text is set off.
            let mut shown = format!("\x1b[?2004l{}\r\n", command.replace('\n', "\r\n> ")).into_bytes();
            shown.extend_from_slice(&self.held[at..]);
            self.held.clear();
            return shown.into();
        }
        if find(ENDED).is_some() || self.held.len() > HELD_BYTES_MAX {
            return std::mem::take(&mut self.held).into();
        }
        Bytes::new()
    }

    /// Begins another wait of the block that has the place.
    fn new_wait(&mut self) -> Option<u64> {
        let holder = self.holder.as_mut()?;
        self.waits += 1;
        holder.wait = self.waits;
        Some(self.waits)
    }

    fn waits_still(&self, wait: u64) -> bool {
        self.holder.as_ref().is_some_and(|holder| holder.wait == wait)
    }

    fn send(&self, bytes: &[u8]) {
        if let Some(live) = &self.shell {
            // The queue is empty at a prompt; where it is full, the shell reads nothing and never will.
            let _ = live.input.try_send(Input::Bytes(Bytes::copy_from_slice(bytes)));
        }
    }
}

/// Where a terminal's last command of a block is kept, or with a `part` what it has printed.
fn kept(folder: &Path, terminal: &str, part: &str) -> PathBuf {
    folder.join(format!("run-{terminal}{part}"))
}
