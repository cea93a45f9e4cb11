//! The state of a terminal: its screen, the pages that show it, what its shell is doing, and the block that it runs for.
//!
//! It is changed under one lock. Nothing here waits.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Bytes;
use scenario_core::process::Tree;
use tokio::sync::{Notify, mpsc};

use super::screen::{Screen, sign};
use super::shell::Session;
use super::size::Size;
use super::viewer::{Frame, Viewer};
use crate::message;
use crate::sync::locked;

/// What makes a shell draw its line anew, on an empty screen.
const CTRL_L: &[u8] = b"\x0c";

/// One terminal.
#[derive(Debug)]
pub(crate) struct Terminal {
    pub(crate) id: String,
    inner: Mutex<Inner>,
    /// A page has caught up.
    pub(super) caught_up: Notify,
    /// It has become busy or free, or its shell has ended.
    pub(super) has_changed: Arc<Notify>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) screen: Screen,
    /// What the shell signs its marks with.
    pub(super) secret: String,
    pub(super) size: Size,
    pub(super) viewers: BTreeMap<u64, Viewer>,
    pub(super) next_viewer: u64,
    /// The viewer that was used last. Only its answers to terminal queries are passed on.
    pub(super) leader: u64,
    pub(super) shell: Option<Live>,
    /// What shells that have ended have left running.
    pub(super) orphans: Vec<Tree>,
    pub(super) status: i32,
    pub(super) phase: Phase,
    /// Whether keys were typed since the last command ended: the line after the prompt may not be empty.
    pub(super) typed: bool,
    pub(super) holder: Option<Holder>,
    /// What the shell has printed since a block's command was given to it, until it begins.
    pub(super) held: Vec<u8>,
    /// How many times blocks have waited.
    pub(super) waits: u64,
    pub(super) full_screen: bool,
    /// It was closed. A page that comes now is not kept waiting.
    pub(super) closed: bool,
    /// What the learner calls it.
    pub(super) name: String,
}

/// A shell that runs, seen from the outside.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) input: mpsc::Sender<Input>,
    pub(super) session: Session,
    pub(super) reader: tokio::task::AbortHandle,
    /// Where the commands of blocks are kept for it.
    pub(super) folder: PathBuf,
}

#[derive(Debug)]
pub(super) enum Input {
    Bytes(Bytes),
    Size(Size),
}

/// What the shell does. Only at its prompt is it ready for the next command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// It reads its settings.
    Starting,
    /// It waits for a command.
    Prompt,
    /// A command of a block was typed, and has not begun.
    Typed,
    /// A command runs.
    Running,
    /// That command has ended; the prompt is about to come.
    Ended,
}

/// The block that has the place in a terminal.
#[derive(Debug)]
pub(super) struct Holder {
    pub(super) number: u64,
    pub(super) seen: mpsc::UnboundedSender<Seen>,
    /// The command to run at the next prompt.
    pub(super) next: Option<String>,
    /// The command that was given to the shell and has not ended.
    pub(super) current: Option<String>,
    /// Whether it only waits for the prompt to give the place back.
    pub(super) leaves: bool,
    /// The last wait, for the prompt or for a command to begin: a bound applies to the wait that it is for.
    pub(super) wait: u64,
}

/// What a terminal reports to its block.
#[derive(Debug)]
pub(super) enum Seen {
    Ended(i32),
    Lost(Lost),
}

/// Why a block cannot go on in its terminal.
#[derive(Debug)]
pub(crate) enum Lost {
    /// The block with this id has it now.
    Displaced(String),
    /// The terminal could not go on.
    Failed(String),
    /// Its command was interrupted or could not be run; the shell has this status.
    NoResult(i32),
}

impl Terminal {
    /// A terminal without a shell.
    pub(super) fn new(id: String, has_changed: Arc<Notify>) -> Terminal {
        let size = Size::default();
        let inner = Inner {
            screen: Screen::new(size, ""),
            secret: String::new(),
            size,
            viewers: BTreeMap::new(),
            next_viewer: 0,
            leader: 0,
            shell: None,
            orphans: Vec::new(),
            status: 0,
            phase: Phase::Starting,
            typed: false,
            holder: None,
            held: Vec::new(),
            waits: 0,
            full_screen: false,
            closed: false,
            name: String::new(),
        };
        Terminal { id, inner: Mutex::new(inner), caught_up: Notify::new(), has_changed }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        locked(&self.inner)
    }

    pub(super) fn changed(&self) {
        self.has_changed.notify_one();
    }

    /// Gives it a name.
    pub(crate) fn rename(&self, name: String) {
        self.lock().name = name;
        self.changed();
    }

    /// The directory of what runs in it, or of its shell.
    pub(crate) fn dir(&self) -> Option<PathBuf> {
        self.lock().shell.as_ref().and_then(|live| live.session.dir())
    }

    /// Empties its screen and what is above that. At the prompt the shell writes its line again; a program that has the
    /// whole screen keeps it.
    pub(crate) fn clear(&self) {
        let mut inner = self.lock();
        if inner.screen.is_full_screen() {
            return;
        }
        inner.screen = Screen::new(inner.size, &inner.secret);
        inner.snapshot_to_all();
        if inner.phase == Phase::Prompt {
            inner.send(CTRL_L);
        }
    }

    /// The terminal as pages see it.
    pub(crate) fn view(&self) -> message::TerminalView {
        let inner = self.lock();
        let (id, name) = (self.id.clone(), inner.name.clone());
        message::TerminalView { id, name, alive: inner.shell.is_some(), busy: inner.busy() }
    }
}

impl Inner {
    pub(super) fn busy(&self) -> Option<String> {
        let live = self.shell.as_ref()?;
        match self.phase {
            // A block that comes before the prompt waits for it.
            Phase::Prompt | Phase::Starting | Phase::Ended if self.holder.is_none() => None,
            _ => {
                let command = self.command_of_block().or_else(|| live.session.foreground());
                Some(command.unwrap_or_else(|| "a command".to_owned()))
            }
        }
    }

    pub(super) fn deliver(&mut self, bytes: Bytes) {
        // A viewer that came while a program had the whole screen has not seen the screen below.
        let full_screen = self.screen.is_full_screen();
        let uncovered = std::mem::replace(&mut self.full_screen, full_screen) && !full_screen;
        for viewer in self.viewers.values_mut() {
            if uncovered && viewer.behind.is_none() {
                viewer.snapshot(&self.screen);
            } else {
                viewer.deliver(&bytes);
            }
        }
    }

    pub(super) fn snapshot_to_all(&mut self) {
        for viewer in self.viewers.values_mut() {
            viewer.snapshot(&self.screen);
        }
    }

    pub(super) fn send_to_all(&self, frame: impl Fn() -> Frame) {
        self.viewers.values().for_each(|viewer| viewer.send(frame()));
    }

    /// The command that a block runs, or is about to run.
    pub(super) fn command_of_block(&self) -> Option<String> {
        let holder = self.holder.as_ref()?;
        Some(holder.current.clone().or_else(|| holder.next.clone()).unwrap_or_else(|| "a block".to_owned()))
    }

    /// A command has ended. If it was a block's, the block gets its status.
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
        const ENDED: &[u8] = b"\x1b]133;D;";
        let begins = format!("\x1b]133;C;{}\x1b\\", sign(&self.secret));
        let current = self.holder.as_ref().and_then(|holder| holder.current.as_ref());
        let Some(command) = current.filter(|_| self.phase == Phase::Typed) else {
            return Bytes::copy_from_slice(bytes);
        };
        self.held.extend_from_slice(bytes);
        let find = |mark: &[u8]| self.held.windows(mark.len()).position(|window| window == mark);
        if let Some(at) = find(begins.as_bytes()) {
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
    pub(super) fn new_wait(&mut self) -> Option<u64> {
        let holder = self.holder.as_mut()?;
        self.waits += 1;
        holder.wait = self.waits;
        Some(self.waits)
    }

    pub(super) fn waits_still(&self, wait: u64) -> bool {
        self.holder.as_ref().is_some_and(|holder| holder.wait == wait)
    }

    pub(super) fn send(&self, bytes: &[u8]) {
        if let Some(live) = &self.shell {
            // The queue is empty at a prompt; where it is full, the shell reads nothing and never will.
            let _ = live.input.try_send(Input::Bytes(Bytes::copy_from_slice(bytes)));
        }
    }
}
