//! One page that shows a terminal, as the terminal sees it: how much it has shown, and what it is sent.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use tokio::sync::mpsc;

use super::screen::Screen;
use crate::limits::UNSHOWN_BYTES_MAX;

/// How long the shell waits for a page that is behind: a hidden window must not slow down the others.
const BEHIND_MAX: Duration = Duration::from_millis(500);

/// What a terminal sends to one page.
#[derive(Debug)]
pub(crate) enum Frame {
    /// More output.
    Output(Bytes),
    /// The whole screen.
    Snapshot(String),
    /// The shell has ended.
    Exit(i32),
}

/// One page.
#[derive(Debug)]
pub(super) struct Viewer {
    frames: mpsc::UnboundedSender<Frame>,
    unshown: usize,
    /// Since when it is sent no more output, because it has too much that it has not shown.
    pub(super) behind: Option<Instant>,
}

impl Viewer {
    /// A page that has seen nothing yet.
    pub(super) fn new(frames: mpsc::UnboundedSender<Frame>) -> Viewer {
        Viewer { frames, unshown: 0, behind: None }
    }

    /// Whether it is behind, and will soon have caught up.
    pub(super) fn is_awaited(&self) -> bool {
        self.behind.is_some_and(|since| since.elapsed() < BEHIND_MAX)
    }

    /// Sends it more output, unless it has too much already.
    pub(super) fn deliver(&mut self, bytes: &Bytes) {
        if self.behind.is_none() && self.unshown + bytes.len() <= UNSHOWN_BYTES_MAX {
            self.unshown += bytes.len();
            self.send(Frame::Output(bytes.clone()));
        } else {
            self.behind.get_or_insert_with(Instant::now);
        }
    }

    /// It has shown so much; true if it was behind and has caught up.
    pub(super) fn acknowledge(&mut self, bytes: usize) -> bool {
        self.unshown = self.unshown.saturating_sub(bytes);
        self.behind.is_some() && self.unshown < UNSHOWN_BYTES_MAX / 4
    }

    pub(super) fn send(&self, frame: Frame) {
        // Its socket may have closed a moment ago.
        let _ = self.frames.send(frame);
    }

    pub(super) fn snapshot(&mut self, screen: &Screen) {
        let snapshot = screen.snapshot();
        self.unshown += snapshot.len();
        self.behind = None;
        self.send(Frame::Snapshot(snapshot));
    }
}

/// Whether these bytes answer a terminal query of a program, and were not typed.
pub(super) fn is_report(bytes: &[u8]) -> bool {
    matches!(bytes, [0x1b, b'[', .., b'c' | b'R' | b'n' | b'y'] | [0x1b, b']' | b'P', ..])
}
