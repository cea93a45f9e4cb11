//! Terminals: shells that outlive the pages that show them.
//!
//! A page is only a viewer. The shell's output goes to the server's own screen first and from there to whoever
//! looks; a page that shows it too slowly is left out, and gets the screen as it is once it has caught up. So a
//! flood of output costs neither memory nor a frozen page.

mod screen;
mod seat;
mod shell;
mod socket;
mod viewer;

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use scenario_core::error::Result;
use scenario_core::process::Tree;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Notify, mpsc};

use crate::lab::waiting;
use crate::message;
use screen::{Mark, Screen, Size};
use seat::Holder;
use shell::{Session, Shell};
use viewer::{Frame, Viewer, is_report};

pub(crate) use seat::{Finished, Lost, NotRun, Seat};
pub(crate) use shell::Settings;
pub(crate) use socket::socket;

/// How long the shell's output waits for pages that are behind, so that a flood goes no faster than they show it.
const WAIT_FOR_PAGES: Duration = Duration::from_millis(20);
/// The status that bash reports after a Ctrl-C.
const INTERRUPTED: i32 = 130;
/// How long a shell's last output is read after its end.
const LAST_WORDS_MAX: Duration = Duration::from_secs(1);

/// One terminal.
#[derive(Debug)]
pub(crate) struct Terminal {
    pub(crate) id: String,
    inner: Mutex<Inner>,
    /// A page has caught up.
    caught_up: Notify,
    /// It has become busy or free, or its shell has ended.
    has_changed: Arc<Notify>,
}

#[derive(Debug)]
struct Inner {
    screen: Screen,
    size: Size,
    viewers: BTreeMap<u64, Viewer>,
    next_viewer: u64,
    /// The viewer that was used last: it alone answers what programs ask of a terminal.
    leader: u64,
    shell: Option<Live>,
    /// What shells that have ended have left running.
    orphans: Vec<Tree>,
    status: i32,
    phase: Phase,
    /// Whether keys were typed since the last command ended: they may stand after the prompt.
    typed: bool,
    holder: Option<Holder>,
    /// What the shell has printed since a block's command was given to it, until it begins.
    held: Vec<u8>,
    /// How many times blocks have waited.
    waits: u64,
    full_screen: bool,
}

/// A shell that runs, seen from the outside.
#[derive(Debug)]
struct Live {
    input: mpsc::Sender<Input>,
    session: Session,
    reader: tokio::task::AbortHandle,
    /// Where the commands of blocks are kept for it.
    folder: PathBuf,
}

#[derive(Debug)]
enum Input {
    Bytes(Bytes),
    Size(Size),
}

/// What the shell does. Only at its prompt is it ready for the next command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
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

impl Terminal {
    /// A terminal with a new shell.
    ///
    /// # Errors
    ///
    /// The shell cannot be started.
    pub(crate) fn open(id: String, settings: &Settings, has_changed: Arc<Notify>) -> Result<Arc<Terminal>> {
        let size = Size::default();
        let inner = Inner {
            screen: Screen::new(size),
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
        };
        let terminal =
            Arc::new(Terminal { id, inner: Mutex::new(inner), caught_up: Notify::new(), has_changed });
        terminal.start(settings)?;
        Ok(terminal)
    }

    /// Starts a shell where the last one has ended.
    ///
    /// # Errors
    ///
    /// The shell cannot be started.
    pub(crate) fn start(self: &Arc<Terminal>, settings: &Settings) -> Result<()> {
        let mut inner = self.lock();
        if inner.shell.is_some() {
            return Ok(());
        }
        let Shell { output, input, mut child, session } = Shell::start(settings, inner.size)?;
        let (sender, receiver) = mpsc::channel(64);
        tokio::spawn(write(input, receiver));
        let mut reading = tokio::spawn(Arc::clone(self).read(output));
        let tree = session.tree.clone();
        let folder = settings.rc.parent().map(PathBuf::from).unwrap_or_default();
        inner.shell = Some(Live { input: sender, session, reader: reading.abort_handle(), folder });
        inner.screen = Screen::new(inner.size);
        inner.phase = Phase::Starting;
        inner.typed = false;
        inner.snapshot_to_all();
        drop(inner);
        let terminal = Arc::clone(self);
        tokio::spawn(async move {
            let status = child.wait().await.map_or(-1, |status| match status.signal() {
                Some(signal) => 128 + signal,
                None => status.code().unwrap_or(-1),
            });
            // Its last words are still to be read; what it has left running may keep the terminal open for ever, and
            // must not write into the next shell's.
            let _ = tokio::time::timeout(LAST_WORDS_MAX, &mut reading).await;
            reading.abort();
            let orphans = waiting(move || shell::leaves_something(&tree).then_some(tree)).await;
            terminal.has_ended(status, orphans.ok().flatten());
        });
        self.changed();
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.has_changed.notify_one();
    }

    /// What the page is told of it.
    pub(crate) fn view(&self) -> message::Terminal {
        let inner = self.lock();
        message::Terminal { id: self.id.clone(), alive: inner.shell.is_some(), busy: inner.busy() }
    }

    /// Ends the shell and what it has started, and whoever looks sees that. This waits.
    pub(crate) fn end(&self) {
        let (live, mut trees) = {
            let mut inner = self.lock();
            (inner.shell.take(), std::mem::take(&mut inner.orphans))
        };
        trees.extend(live.as_ref().map(|live| live.session.tree.clone()));
        shell::end(&trees);
        if let Some(live) = live {
            live.reader.abort();
        }
        self.lock().viewers.clear();
    }

    fn has_ended(&self, status: i32, orphans: Option<Tree>) {
        let mut inner = self.lock();
        inner.shell = None;
        inner.orphans.extend(orphans);
        inner.status = status;
        inner.lose(Lost::Failed("the shell has ended".to_owned()));
        inner.send_to_all(|| Frame::Exit(status));
        drop(inner);
        self.changed();
    }

    async fn read(self: Arc<Terminal>, mut output: pty_process::OwnedReadPty) {
        let mut buffer = vec![0; 16 << 10];
        // Once nothing has the terminal open any more, reading fails.
        while let Ok(count @ 1..) = output.read(&mut buffer).await {
            let caught_up = self.caught_up.notified();
            if self.take_in(&buffer[..count]) {
                let _ = tokio::time::timeout(WAIT_FOR_PAGES, caught_up).await;
            }
        }
    }

    /// Takes in output, and tells whether a page is behind that will soon have caught up.
    fn take_in(self: &Arc<Terminal>, bytes: &[u8]) -> bool {
        let mut inner = self.lock();
        let bytes = inner.shown(bytes);
        let marks = inner.screen.take_in(&bytes);
        inner.deliver(bytes);
        let is_awaited = inner.viewers.values().any(Viewer::is_awaited);
        let changed = !marks.is_empty();
        for mark in marks {
            self.handle_mark(&mut inner, mark);
        }
        drop(inner);
        if changed {
            self.changed();
        }
        is_awaited
    }

    fn handle_mark(self: &Arc<Terminal>, inner: &mut Inner, mark: Mark) {
        match (mark, inner.phase) {
            (Mark::Running, _) => inner.phase = Phase::Running,
            (Mark::Prompt, Phase::Ended) => {
                inner.phase = Phase::Prompt;
                self.go_on(inner);
            }
            // Without an end before it, the same prompt is drawn again, with what stands after it: for a new size.
            (Mark::Prompt, _) => {}
            (Mark::Ended(status), before) => {
                (inner.phase, inner.typed) = (Phase::Ended, false);
                // A Ctrl-C that came before the typed command took away the line before it.
                if !(before == Phase::Typed && status == INTERRUPTED) {
                    inner.command_has_ended(status);
                }
            }
        }
    }

    /// Takes what a viewer has typed. What programs ask of a terminal every page answers; one answer is enough.
    async fn type_in(&self, viewer: u64, bytes: Bytes) {
        let input = {
            let mut inner = self.lock();
            if is_report(&bytes) {
                if viewer != inner.leader {
                    return;
                }
            } else {
                inner.leader = viewer;
                inner.typed = true;
            }
            inner.shell.as_ref().map(|live| live.input.clone())
        };
        if let Some(input) = input {
            let _ = input.send(Input::Bytes(bytes)).await;
        }
    }

    /// A page shows the terminal, in a size of its own; the last one wins.
    fn resize(&self, viewer: u64, size: Size) {
        let mut inner = self.lock();
        inner.leader = viewer;
        if inner.size != size {
            inner.size = size;
            inner.screen.resize(size);
            if let Some(live) = &inner.shell {
                // A shell that reads nothing will learn of its size by the next change.
                let _ = live.input.try_send(Input::Size(size));
            }
        }
    }

    /// A new viewer: its number, and what it is to show, beginning with the whole screen in its size.
    fn look_in(&self, size: Size) -> (u64, mpsc::UnboundedReceiver<Frame>) {
        let number = {
            let mut inner = self.lock();
            inner.next_viewer += 1;
            inner.next_viewer
        };
        self.resize(number, size);
        let mut inner = self.lock();
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut viewer = Viewer::new(sender);
        viewer.snapshot(&inner.screen);
        if inner.shell.is_none() {
            viewer.send(Frame::Exit(inner.status));
        }
        inner.viewers.insert(number, viewer);
        (number, receiver)
    }

    fn look_away(&self, viewer: u64) {
        let mut inner = self.lock();
        inner.viewers.remove(&viewer);
        if inner.leader == viewer {
            // Somebody must answer what programs ask.
            inner.leader = inner.viewers.keys().next_back().copied().unwrap_or_default();
        }
        drop(inner);
        self.caught_up.notify_waiters();
    }

    /// A viewer has shown some of its output.
    fn has_shown(&self, number: u64, bytes: usize) {
        let mut inner = self.lock();
        let Inner { viewers, screen, .. } = &mut *inner;
        let Some(viewer) = viewers.get_mut(&number) else { return };
        if viewer.has_shown(bytes) {
            viewer.snapshot(screen);
            self.caught_up.notify_waiters();
        }
    }
}

impl Inner {
    fn busy(&self) -> Option<String> {
        let live = self.shell.as_ref()?;
        match self.phase {
            // Before its first prompt it can be told what to run then.
            Phase::Prompt | Phase::Starting if self.holder.is_none() => None,
            _ => {
                let command = self.command_of_block().or_else(|| live.session.foreground());
                Some(command.unwrap_or_else(|| "a command".to_owned()))
            }
        }
    }

    fn deliver(&mut self, bytes: Bytes) {
        // Who came while a program had the whole screen does not know what lies under it.
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

    fn snapshot_to_all(&mut self) {
        for viewer in self.viewers.values_mut() {
            viewer.snapshot(&self.screen);
        }
    }

    fn send_to_all(&self, frame: impl Fn() -> Frame) {
        self.viewers.values().for_each(|viewer| viewer.send(frame()));
    }
}

/// Feeds the shell.
async fn write(mut pty: pty_process::OwnedWritePty, mut inputs: mpsc::Receiver<Input>) {
    while let Some(input) = inputs.recv().await {
        let written = match input {
            Input::Bytes(bytes) => pty.write_all(&bytes).await.is_ok(),
            Input::Size(size) => pty.resize(pty_process::Size::new(size.rows, size.cols)).is_ok(),
        };
        if !written {
            return;
        }
    }
}
