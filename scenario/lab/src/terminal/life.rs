//! The life of a terminal: its shell starts, prints and ends, and pages come and go.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use scenario_core::error::Result;
use scenario_core::process::Tree;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Notify, mpsc};

use super::screen::{Mark, Screen};
use super::seat;
use super::shell::{self, Shell, ShellSettings};
use super::size::Size;
use super::state::{Inner, Input, Live, Lost, Phase, Terminal};
use super::viewer::{Frame, Viewer, is_report};
use crate::digest::random;
use crate::sync::blocking;

/// How long the shell's output waits for pages that are behind, so that a flood goes no faster than they show it.
const WAIT_FOR_PAGES: Duration = Duration::from_millis(20);
/// How many bytes of output are taken in before others get their turn.
const STRETCH_MAX: usize = 64 << 10;
/// The status that bash reports after a Ctrl-C.
const INTERRUPTED: i32 = 130;
/// How long a shell's last output is read after its end.
const LAST_OUTPUT_MAX: Duration = Duration::from_secs(1);

impl Terminal {
    /// A terminal with a new shell.
    ///
    /// # Errors
    ///
    /// The shell cannot be started.
    pub(crate) fn open(
        id: String,
        settings: &ShellSettings,
        has_changed: Arc<Notify>,
    ) -> Result<Arc<Terminal>> {
        let terminal = Arc::new(Terminal::new(id, has_changed));
        terminal.start(settings)?;
        Ok(terminal)
    }

    /// Starts a shell where the last one has ended.
    ///
    /// # Errors
    ///
    /// The shell cannot be started.
    pub(crate) fn start(self: &Arc<Terminal>, settings: &ShellSettings) -> Result<()> {
        let mut inner = self.lock();
        if inner.shell.is_some() {
            return Ok(());
        }
        let secret = random()?[..16].to_owned();
        let Shell { output, input, mut child, session } =
            Shell::start(settings, &self.id, &secret, inner.size)?;
        let (sender, receiver) = mpsc::channel(64);
        tokio::spawn(write(input, receiver));
        let mut reading = tokio::spawn(Arc::clone(self).read(output));
        let tree = session.tree.clone();
        let folder = settings.rc.parent().map(PathBuf::from).unwrap_or_default();
        inner.shell = Some(Live { input: sender, session, reader: reading.abort_handle(), folder });
        inner.screen = Screen::new(inner.size, &secret);
        inner.secret = secret;
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
            // Its last output is still to be read. What it has left running may keep the terminal open for ever, and
            // must not write into the next shell's.
            let _ = tokio::time::timeout(LAST_OUTPUT_MAX, &mut reading).await;
            reading.abort();
            let orphans = blocking(move || shell::leaves_something(&tree).then_some(tree)).await;
            terminal.has_ended(status, orphans.ok().flatten());
        });
        self.changed();
        Ok(())
    }

    /// Ends the shell and what it has started, and then the sockets of the pages. This blocks.
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
        let mut inner = self.lock();
        inner.closed = true;
        inner.viewers.clear();
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
        let mut at_a_stretch = 0;
        // Once nothing has the terminal open any more, reading fails.
        while let Ok(count @ 1..) = output.read(&mut buffer).await {
            let caught_up = self.caught_up.notified();
            if self.take_in(&buffer[..count]) {
                let _ = tokio::time::timeout(WAIT_FOR_PAGES, caught_up).await;
            }
            // In a flood there is always more to read, and the runtime would look at its sockets once in a second. A Ctrl-C
            // comes from one.
            at_a_stretch += count;
            if at_a_stretch >= STRETCH_MAX {
                at_a_stretch = 0;
                tokio::task::yield_now().await;
            }
        }
    }

    /// Takes in output; true if a page is behind that will soon have caught up.
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
                seat::go_on(self, inner);
            }
            // No command has ended: the shell draws the same line again, for a new size.
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

    /// Passes on what a viewer has typed. Every page answers terminal queries; only the leader's answers are passed on.
    pub(crate) async fn type_in(&self, viewer: u64, bytes: Bytes) {
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

    /// Takes the size in which a page shows the terminal; that of the last one counts.
    pub(crate) fn resize(&self, viewer: u64, size: Size) {
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
    pub(crate) fn attach(&self, size: Size) -> (u64, mpsc::UnboundedReceiver<Frame>) {
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
        if !inner.closed {
            inner.viewers.insert(number, viewer);
        }
        (number, receiver)
    }

    /// A viewer has gone.
    pub(crate) fn detach(&self, viewer: u64) {
        let mut inner = self.lock();
        inner.viewers.remove(&viewer);
        if inner.leader == viewer {
            // Another viewer answers terminal queries.
            inner.leader = inner.viewers.keys().next_back().copied().unwrap_or_default();
        }
        drop(inner);
        self.caught_up.notify_waiters();
    }

    /// A viewer has shown some of its output.
    pub(crate) fn acknowledge(&self, number: u64, bytes: usize) {
        let mut inner = self.lock();
        let Inner { viewers, screen, .. } = &mut *inner;
        let Some(viewer) = viewers.get_mut(&number) else { return };
        if viewer.acknowledge(bytes) {
            viewer.snapshot(screen);
            self.caught_up.notify_waiters();
        }
    }
}

/// Writes input into the shell's terminal.
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
