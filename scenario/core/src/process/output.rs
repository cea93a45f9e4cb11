//! A running child: what it prints is kept within a bound, and its end is awaited within another.
//!
//! One thread does both, by `poll`: what a child prints faster than it is read stays in the pipe, and the child
//! waits. So a flood costs neither memory nor the look at deadline and interruption.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{PipeReader, Read, Write};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde::{Deserialize, Serialize};

use super::signals::{TICK, interrupted};
use super::spawn::{Child, Exit};
use super::tree::{Member, Tree};
use crate::error::{Error, Result};

/// How much of each output stream is kept for comparison with a page.
pub const OUTPUT_BYTES_MAX: usize = 1 << 20;
/// How much of the end of a stream is kept once [`OUTPUT_BYTES_MAX`] is passed.
const TAIL_BYTES_MAX: usize = 16 << 10;
/// How long what a child leaves behind may go on after its end: streams to be read, and processes.
const LEFT_TIME_MAX: Duration = TICK.saturating_mul(2);
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
    /// What it left running in its tree (see `Command::in_tree`), which has been ended since.
    pub left: Vec<Member>,
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

/// How a child is awaited.
pub(super) struct Watch<'a> {
    /// Its tree, which is ended if it is not to go on.
    pub(super) tree: &'a Tree,
    /// Whether what it leaves in its tree is ended after it.
    pub(super) holds: bool,
    /// How long it may run.
    pub(super) deadline: Duration,
    /// Where what it prints is shown as well, as it comes.
    pub(super) screen: Option<&'a File>,
}

impl Watch<'_> {
    /// Reads what the child prints until it has ended and its streams are closed, or two ticks after its end:
    /// a grandchild that keeps a stream open, or goes on printing, must not hold the run.
    pub(super) fn to_the_end(
        &self,
        child: &mut Child,
        stdout: PipeReader,
        stderr: PipeReader,
        on_line: OnLine<'_>,
    ) -> Result<Finished> {
        let mut streams = Streams {
            stdout: Stream { pipe: Some(stdout), kept: Capture::default() },
            stderr: Stream { pipe: Some(stderr), kept: Capture::default() },
            buffer: vec![0; 64 << 10],
            screen: self.screen,
            line: None,
            said: None,
            on_line,
        };
        let (exit, timed_out) = self.until_exit(child, &mut streams)?;
        let left = self.after_exit(&mut streams);
        let (stdout, stderr) = (streams.stdout.kept, streams.stderr.kept);
        Ok(Finished {
            status: exit.status(),
            exit,
            truncated: stdout.dropped + stderr.dropped > 0,
            stdout: stdout.text(),
            stderr: stderr.text(),
            timed_out,
            left,
        })
    }

    fn until_exit(&self, child: &mut Child, streams: &mut Streams<'_>) -> Result<(Exit, Option<Duration>)> {
        let end = Instant::now() + self.deadline;
        let mut nap = Duration::from_micros(50);
        loop {
            if streams.are_closed() {
                // Mostly it is about to end. If it goes on without its streams, it is looked at less often.
                std::thread::sleep(nap);
                nap = (nap * 2).min(TICK / 5);
            } else {
                streams.read(TICK);
            }
            if let Some(exit) = child.try_wait() {
                return Ok((exit, None));
            }
            let (stopped, late) = (interrupted(), Instant::now() > end);
            if stopped || late {
                self.tree.end();
                let exit = child.wait_for(KILL_TIME_MAX);
                return match exit {
                    _ if stopped => Err(Error::interrupted()),
                    Some(exit) => Ok((exit, Some(self.deadline))),
                    None => Err(Error::new(format!("process {} could not be killed", child.id()))
                        .with_help("it may wait for a disk or a device that does not answer")),
                };
            }
        }
    }

    /// Gives what the child has left a moment to end, then ends it; returns what that was.
    fn after_exit(&self, streams: &mut Streams<'_>) -> Vec<Member> {
        let end = Instant::now() + LEFT_TIME_MAX;
        let goes_on = || self.holds && self.tree.is_alive();
        let mut is_alive = goes_on();
        while !streams.are_closed() || is_alive {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            match streams.are_closed() {
                true => std::thread::sleep(left.min(Duration::from_millis(2))),
                false => streams.read(left.min(Duration::from_millis(10))),
            }
            is_alive = goes_on();
        }
        streams.say();
        let left = if is_alive { self.tree.members() } else { Vec::new() };
        if !left.is_empty() {
            self.tree.end();
        }
        left
    }
}

/// The two streams of a child.
struct Streams<'a> {
    stdout: Stream,
    stderr: Stream,
    buffer: Vec<u8>,
    screen: Option<&'a File>,
    /// The last line so far, until it is said.
    line: Option<String>,
    /// When a line was said last.
    said: Option<Instant>,
    on_line: OnLine<'a>,
}

struct Stream {
    /// `None` once it is closed.
    pipe: Option<PipeReader>,
    kept: Capture,
}

impl Streams<'_> {
    fn are_closed(&self) -> bool {
        self.stdout.pipe.is_none() && self.stderr.pipe.is_none()
    }

    /// Waits until a stream can be read, and reads each once; no longer than `patience`.
    fn read(&mut self, patience: Duration) {
        let pipes: Vec<_> =
            [&self.stdout, &self.stderr].into_iter().filter_map(|s| s.pipe.as_ref()).collect();
        let mut polled: Vec<PollFd<'_>> =
            pipes.iter().map(|pipe| PollFd::new(pipe.as_fd(), PollFlags::POLLIN)).collect();
        let timeout =
            PollTimeout::try_from(patience.max(Duration::from_millis(1))).unwrap_or(PollTimeout::ZERO);
        // An error is a signal to this process, which is looked for next.
        let found = poll(&mut polled, timeout).unwrap_or(0);
        let mut ready = polled.iter().map(|fd| fd.any().unwrap_or(false)).collect::<Vec<_>>().into_iter();
        for stream in [&mut self.stdout, &mut self.stderr] {
            if stream.pipe.is_some() && ready.next() == Some(true) {
                let count = stream.pipe.as_mut().map_or(0, |pipe| pipe.read(&mut self.buffer).unwrap_or(0));
                if count == 0 {
                    stream.pipe = None;
                    continue;
                }
                let bytes = &self.buffer[..count];
                stream.kept.push(bytes);
                if let Some(mut screen) = self.screen {
                    // A terminal that has gone shows nothing, and the command goes on.
                    let _ = screen.write_all(bytes);
                }
                self.line = last_line(bytes).or(self.line.take());
            }
        }
        if found == 0 || self.said.is_none_or(|said| said.elapsed() >= TICK) {
            self.say();
        }
    }

    fn say(&mut self) {
        if let Some(line) = self.line.take() {
            (self.on_line)(&line);
            self.said = Some(Instant::now());
        }
    }
}

/// The last line in some output that is not empty.
fn last_line(bytes: &[u8]) -> Option<String> {
    let line =
        bytes.rsplit(|byte| matches!(byte, b'\n' | b'\r')).find(|line| !line.trim_ascii().is_empty())?;
    Some(String::from_utf8_lossy(line).into_owned())
}

/// A stream's head, and once that is full its tail.
#[derive(Default)]
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
