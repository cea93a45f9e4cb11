//! A running child: what it prints is kept up to a bound, and its end is awaited up to a deadline.
//!
//! One thread does both, by `poll`. A child that prints faster than it is read has to wait for the pipe, so a flood neither
//! fills memory nor delays the deadline or an interruption.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{PipeReader, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde::{Deserialize, Serialize};

use super::member::Member;
use super::signals::{TICK, interrupted};
use super::spawn::{Child, Exit};
use super::tree::Tree;
use crate::error::{Error, Result};

/// How much of each output stream is kept for comparison with a page.
pub const OUTPUT_BYTES_MAX: usize = 1 << 20;
/// How much of the end of a stream is kept once [`OUTPUT_BYTES_MAX`] is passed.
const TAIL_BYTES_MAX: usize = 16 << 10;
/// How long what a child leaves behind may go on after its end: streams to be read, and processes.
pub(super) const LEFT_TIME_MAX: Duration = TICK.saturating_mul(2);
/// How long a killed child may take to be gone.
const KILL_TIME_MAX: Duration = Duration::from_secs(5);

/// How a child process ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Finished {
    /// The exit status, or 128 plus the signal's number as a shell would say it.
    pub status: i32,
    /// How it ended.
    pub exit: Exit,
    /// What it wrote to standard output, as text; bytes that are not UTF-8 are replaced.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
    /// Whether a stream was longer than [`OUTPUT_BYTES_MAX`], and its middle is missing.
    pub truncated: bool,
    /// Set when the deadline passed and it was ended.
    pub timed_out: Option<Duration>,
    /// What it left running in its terminal, which has been ended since.
    #[serde(default)]
    pub left: Vec<Member>,
    /// Whether its terminal's shell ended with it.
    #[serde(default)]
    pub ended_terminal: bool,
    /// Where its terminal is afterwards.
    #[serde(default)]
    pub dir: Option<PathBuf>,
}

impl Finished {
    /// Whether it ended by itself with status 0.
    pub fn success(&self) -> bool {
        self.status == 0 && self.timed_out.is_none()
    }

    /// The last `count` lines of what was written, standard error first: there a failure explains itself.
    pub fn last_lines(&self, count: usize) -> String {
        let text = if self.stderr.trim().is_empty() { &self.stdout } else { &self.stderr };
        last_lines(text, count)
    }
}

/// The last `count` lines of `text`.
pub fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// Gets a line of what a running child prints.
pub type OnLine<'a> = &'a mut dyn FnMut(&str);

/// Reads what the child prints until it has ended and its streams are closed, or two ticks after its end: a grandchild
/// that keeps a stream open, or goes on printing, must not hold the run.
pub(super) fn to_the_end(
    child: &mut Child,
    tree: &Tree,
    deadline: Duration,
    mut streams: Streams,
    on_line: OnLine<'_>,
) -> Result<Finished> {
    let end = Instant::now() + deadline;
    let mut nap = Duration::from_micros(50);
    let (exit, timed_out) = loop {
        if streams.are_closed() {
            // Mostly it is about to end. If it goes on without its streams, it is looked at less often.
            std::thread::sleep(nap);
            nap = (nap * 2).min(TICK / 5);
        } else {
            streams.read(TICK, None, on_line);
        }
        if let Some(exit) = child.try_wait() {
            break (exit, None);
        }
        if interrupted() || Instant::now() > end {
            break (stop(child, tree)?, Some(deadline));
        }
    };
    streams.read_rest(LEFT_TIME_MAX, on_line);
    Ok(streams.finished(exit, timed_out))
}

/// Ends a child that takes too long, with its tree.
///
/// # Errors
///
/// This process was asked to stop, or the child cannot be killed.
pub(super) fn stop(child: &mut Child, tree: &Tree) -> Result<Exit> {
    let stopped = interrupted();
    tree.end();
    gone(child, stopped)
}

/// Waits for a child that was killed, because this process was asked to stop or for another reason.
///
/// # Errors
///
/// This process was asked to stop, or the child cannot be killed.
pub(super) fn gone(child: &mut Child, stopped: bool) -> Result<Exit> {
    match child.wait_for(KILL_TIME_MAX) {
        _ if stopped => Err(Error::interrupted()),
        Some(exit) => Ok(exit),
        None => Err(Error::new(format!("process {} could not be killed", child.id()))
            .with_help("it may wait for a disk or a device that does not answer")),
    }
}

/// The two streams of a child.
#[derive(Debug)]
pub(super) struct Streams {
    stdout: Stream,
    stderr: Stream,
    buffer: Vec<u8>,
    /// Where what is read is shown as well, as it comes.
    screen: Option<File>,
    /// The last line so far, until it is said.
    line: Option<String>,
    /// When a line was said last.
    said: Option<Instant>,
}

#[derive(Debug)]
struct Stream {
    /// `None` once it is closed.
    pipe: Option<PipeReader>,
    kept: Capture,
}

impl Streams {
    pub(super) fn new(stdout: PipeReader, stderr: PipeReader) -> Streams {
        let stream = |pipe| Stream { pipe: Some(pipe), kept: Capture::default() };
        let (stdout, stderr) = (stream(stdout), stream(stderr));
        Streams { stdout, stderr, buffer: vec![0; 64 << 10], screen: None, line: None, said: None }
    }

    /// From now on what is read is shown there as well.
    pub(super) fn show_on(&mut self, screen: Option<File>) {
        self.screen = screen;
    }

    pub(super) fn are_closed(&self) -> bool {
        self.stdout.pipe.is_none() && self.stderr.pipe.is_none()
    }

    /// Waits, at most for `patience`, until a stream or `also` can be read, and reads each stream once. Returns whether any
    /// stream could be read, and whether `also` can be.
    pub(super) fn read(
        &mut self,
        patience: Duration,
        also: Option<BorrowedFd<'_>>,
        on_line: OnLine<'_>,
    ) -> (bool, bool) {
        let pipes: Vec<_> =
            [&self.stdout, &self.stderr].into_iter().filter_map(|s| s.pipe.as_ref()).collect();
        let ends = pipes.iter().map(|pipe| pipe.as_fd()).chain(also);
        let mut polled: Vec<PollFd<'_>> = ends.map(|end| PollFd::new(end, PollFlags::POLLIN)).collect();
        // An error is a signal to this process, which is looked for next.
        let found = poll(&mut polled, timeout(patience)).unwrap_or(0);
        let ready = polled.iter().map(|fd| fd.any().unwrap_or(false)).collect::<Vec<_>>();
        let count = pipes.len();
        let mut each = ready.iter().take(count);
        for stream in [&mut self.stdout, &mut self.stderr] {
            if stream.pipe.is_some() && each.next() == Some(&true) {
                let count = stream.pipe.as_mut().map_or(0, |pipe| pipe.read(&mut self.buffer).unwrap_or(0));
                if count == 0 {
                    stream.pipe = None;
                    continue;
                }
                let bytes = &self.buffer[..count];
                stream.kept.push(bytes);
                if let Some(screen) = &mut self.screen {
                    // A terminal that has gone shows nothing, and the command goes on.
                    let _ = screen.write_all(bytes);
                }
                self.line = last_line(bytes).or(self.line.take());
            }
        }
        if found == 0 || self.said.is_none_or(|said| said.elapsed() >= TICK) {
            self.say(on_line);
        }
        (ready[..count].contains(&true), ready[count..].contains(&true))
    }

    /// Reads what is there, and what comes until the streams are closed; no longer than `patience`.
    pub(super) fn read_rest(&mut self, patience: Duration, on_line: OnLine<'_>) {
        let end = Instant::now() + patience;
        while !self.are_closed() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            self.read(left.min(Duration::from_millis(10)), None, on_line);
        }
        self.say(on_line);
    }

    fn say(&mut self, on_line: OnLine<'_>) {
        if let Some(line) = self.line.take() {
            on_line(&line);
            self.said = Some(Instant::now());
        }
    }

    /// What was read, as that of a command that has ended; the streams are ready for the next one.
    pub(super) fn finished(&mut self, exit: Exit, timed_out: Option<Duration>) -> Finished {
        let (stdout, stderr) = (std::mem::take(&mut self.stdout.kept), std::mem::take(&mut self.stderr.kept));
        Finished {
            status: exit.status(),
            exit,
            truncated: stdout.dropped + stderr.dropped > 0,
            stdout: stdout.text(),
            stderr: stderr.text(),
            timed_out,
            left: Vec::new(),
            ended_terminal: false,
            dir: None,
        }
    }
}

/// A time for `poll`; one that is not over is not rounded down to none.
fn timeout(patience: Duration) -> PollTimeout {
    let least = if patience.is_zero() { patience } else { patience.max(Duration::from_millis(1)) };
    PollTimeout::try_from(least).unwrap_or(PollTimeout::ZERO)
}

/// The last line in some output that is not empty.
fn last_line(bytes: &[u8]) -> Option<String> {
    let line =
        bytes.rsplit(|byte| matches!(byte, b'\n' | b'\r')).find(|line| !line.trim_ascii().is_empty())?;
    Some(String::from_utf8_lossy(line).into_owned())
}

/// A stream's head, and once that is full its tail.
#[derive(Debug, Default)]
struct Capture {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    dropped: usize,
}

impl Capture {
    fn push(&mut self, bytes: &[u8]) {
        let room = OUTPUT_BYTES_MAX - self.head.len();
        let (head, rest) = bytes.split_at(room.min(bytes.len()));
        self.head.extend_from_slice(head);
        self.tail.extend(rest);
        let excess = self.tail.len().saturating_sub(TAIL_BYTES_MAX);
        self.tail.drain(..excess);
        self.dropped += excess;
    }

    fn text(self) -> String {
        let mut bytes = self.head;
        if self.dropped > 0 {
            bytes.extend_from_slice(format!("\n[… {} bytes not kept …]\n", self.dropped).as_bytes());
        }
        bytes.extend(self.tail);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
