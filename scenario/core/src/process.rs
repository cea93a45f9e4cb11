//! The only door to child processes: each has its own process group, a deadline and bounded output.
//!
//! Children read from nothing, so a command that asks a question gets an end of file instead of the
//! terminal. This module knows nothing of scenarios; it does not decide what a status means.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use procfs::Current;

use crate::error::{Context, Error, Result};

/// How much of each output stream is kept for comparison with a page.
pub const OUTPUT_BYTES_MAX: usize = 1 << 20;
/// How much of the end of a stream is kept once [`OUTPUT_BYTES_MAX`] is passed.
const TAIL_BYTES_MAX: usize = 16 << 10;
/// How long a process group has between TERM and KILL.
pub const TERM_GRACE: Duration = Duration::from_secs(5);
/// How often a wait looks for an interruption.
const TICK: Duration = Duration::from_millis(50);

static INTERRUPTS: AtomicUsize = AtomicUsize::new(0);
/// Set once a run clears away what it started: that must not be interrupted by the signal that caused it.
static CLEANING: AtomicBool = AtomicBool::new(false);

/// From now on SIGINT, SIGTERM and SIGHUP are counted instead of ending this process, so that a run can
/// clean up. The children do not see a Ctrl-C themselves: each is in a process group of its own.
pub fn handle_signals() -> Result<()> {
    ctrlc::set_handler(|| {
        INTERRUPTS.fetch_add(1, Ordering::SeqCst);
    })
    .context(|| "handle signals".to_owned())
}

/// How many times this process was asked to stop.
pub fn interrupts() -> usize {
    INTERRUPTS.load(Ordering::SeqCst)
}

/// From now on children run to their end whatever signals come.
pub fn begin_cleaning() {
    CLEANING.store(true, Ordering::SeqCst);
}

fn interrupted() -> bool {
    interrupts() > 0 && !CLEANING.load(Ordering::SeqCst)
}

/// Fails with the error of an interruption if this process was asked to stop.
pub fn check_interrupt() -> Result<()> {
    if interrupted() { Err(Error::interrupted()) } else { Ok(()) }
}

/// Waits for `duration`, or less if this process is asked to stop.
pub fn pause(duration: Duration) -> Result<()> {
    let end = Instant::now() + duration;
    loop {
        check_interrupt()?;
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        std::thread::sleep(left.min(TICK));
    }
}

/// A child process to start.
#[derive(Debug, Clone)]
pub struct Command {
    argv: Vec<OsString>,
    dir: Option<PathBuf>,
    env: Vec<(OsString, Option<OsString>)>,
    deadline: Duration,
}

/// How a child process ended.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The exit status, or 128 plus the signal's number as a shell would say it.
    pub status: i32,
    /// What it wrote to standard output, as text; bytes that are not UTF-8 are replaced.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
    /// Whether a stream was longer than [`OUTPUT_BYTES_MAX`], and its middle is missing.
    pub truncated: bool,
    /// Set when the deadline passed and the process group was killed.
    pub timed_out: Option<Duration>,
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

/// What a running child may tell while it runs: one line of its standard error or output.
pub type OnLine<'a> = &'a mut dyn FnMut(&str);

impl Command {
    /// A program with its arguments.
    pub fn new<S: Into<OsString>>(argv: impl IntoIterator<Item = S>) -> Command {
        let argv: Vec<OsString> = argv.into_iter().map(Into::into).collect();
        debug_assert!(!argv.is_empty(), "a command names a program");
        Command { argv, dir: None, env: Vec::new(), deadline: Duration::from_secs(60) }
    }

    /// A command line for `sh -c`.
    pub fn shell(text: &str) -> Command {
        Command::new(["sh", "-c", text])
    }

    /// The directory to run in.
    #[must_use]
    pub fn dir(mut self, dir: &Path) -> Command {
        self.dir = Some(dir.to_owned());
        self
    }

    /// Sets (or with `None` removes) an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: Option<OsString>) -> Command {
        self.env.push((name.into(), value));
        self
    }

    /// Sets or removes several environment variables.
    #[must_use]
    pub fn envs(mut self, pairs: &[(OsString, Option<OsString>)]) -> Command {
        self.env.extend_from_slice(pairs);
        self
    }

    /// How long it may run; one minute unless told.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Command {
        self.deadline = deadline;
        self
    }

    /// Runs it to its end, or to its deadline, or until this process is asked to stop.
    pub fn run(&self) -> Result<Finished> {
        self.run_with(&mut |_| {}, &mut |_| {})
    }

    /// Like [`Command::run`]; `on_start` gets the process group, `on_line` each line as it comes.
    pub fn run_with(&self, on_start: &mut dyn FnMut(i32), on_line: OnLine<'_>) -> Result<Finished> {
        let mut child = self.spawn(Stdio::null(), Stdio::piped(), Stdio::piped())?;
        let pgid = child.id().cast_signed();
        on_start(pgid);
        let (sender, messages) = mpsc::channel();
        let stdout = child.stdout.take();
        let stderr = child.stderr.take();
        read_in_thread(stdout, StreamName::Stdout, sender.clone());
        read_in_thread(stderr, StreamName::Stderr, sender.clone());
        std::thread::spawn(move || {
            let status = child.wait();
            // The receiver is gone only when the run was given up.
            let _ = sender.send(Message::Exited(status));
        });
        collect(&messages, pgid, self.deadline, on_line)
    }

    /// Starts it and leaves it running, with both streams written to `log`.
    ///
    /// The caller owns the process: it must wait for it, or record its group for a later end.
    pub fn start(&self, log: &Path) -> Result<Child> {
        self.start_reading(Stdio::null(), log)
    }

    /// Like [`Command::start`], reading from a pipe that the caller holds: the watchdog lives by it.
    pub fn start_with_input(&self, log: &Path) -> Result<Child> {
        self.start_reading(Stdio::piped(), log)
    }

    fn start_reading(&self, stdin: Stdio, log: &Path) -> Result<Child> {
        let open = || {
            std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(log)
                .context(|| format!("open the log `{}`", log.display()))
        };
        self.spawn(stdin, open()?.into(), open()?.into())
    }

    fn spawn(&self, stdin: Stdio, stdout: Stdio, stderr: Stdio) -> Result<Child> {
        let mut command = std::process::Command::new(&self.argv[0]);
        command.args(&self.argv[1..]).stdin(stdin).stdout(stdout).stderr(stderr).process_group(0);
        if let Some(dir) = &self.dir {
            command.current_dir(dir);
        }
        for (name, value) in &self.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.spawn().map_err(|cause| self.spawn_error(&cause))
    }

    /// "Not found" is said of the program or of the directory, whichever it is.
    fn spawn_error(&self, cause: &std::io::Error) -> Error {
        let program = self.argv[0].to_string_lossy();
        if cause.kind() == std::io::ErrorKind::NotFound {
            if let Some(dir) = self.dir.as_ref().filter(|dir| !dir.is_dir()) {
                return Error::new(format!("failed to run `{program}`: no directory `{}`", dir.display()));
            }
            return Error::new(format!("failed to run `{program}`: no such program on PATH"));
        }
        Error::new(format!("failed to run `{program}`: {cause}"))
    }
}

/// Ends a process group: TERM, up to [`TERM_GRACE`], KILL. A second signal to this process skips the grace.
pub fn end_group(pgid: i32) {
    let pid = Pid::from_raw(pgid);
    if killpg(pid, Signal::SIGTERM).is_err() {
        return;
    }
    let end = Instant::now() + TERM_GRACE;
    while Instant::now() < end && interrupts() < 2 {
        if !group_alive(pgid) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = killpg(pid, Signal::SIGKILL);
}

/// Whether a process group has a member that is not a zombie.
pub fn group_alive(pgid: i32) -> bool {
    let Ok(processes) = procfs::process::all_processes() else { return false };
    processes
        .flatten()
        .filter_map(|process| process.stat().ok())
        .any(|stat| stat.pgrp == pgid && stat.state != 'Z' && stat.state != 'X')
}

/// When a process started, in clock ticks since boot; with the pid it names a process for good, as a
/// recycled pid has another start.
pub fn started_at(pid: i32) -> Option<u64> {
    let stat = procfs::process::Process::new(pid).and_then(|process| process.stat()).ok()?;
    (stat.state != 'Z').then_some(stat.starttime)
}

/// When a process started, on the clock; right to a few hundredths of a second, as `/proc` counts no finer.
pub fn started_at_time(pid: i32) -> Option<std::time::SystemTime> {
    let ticks = started_at(pid)?;
    let since_boot = Duration::from_millis(ticks * 1000 / procfs::ticks_per_second());
    // Not by the time of the boot: that is known in whole seconds.
    let age = procfs::Uptime::current().ok()?.uptime_duration().saturating_sub(since_boot);
    std::time::SystemTime::now().checked_sub(age)
}

#[derive(Clone, Copy)]
enum StreamName {
    Stdout,
    Stderr,
}

enum Message {
    Output(StreamName, Vec<u8>),
    Closed,
    Exited(std::io::Result<std::process::ExitStatus>),
}

fn read_in_thread<R: Read + Send + 'static>(
    stream: Option<R>,
    name: StreamName,
    sender: mpsc::Sender<Message>,
) {
    std::thread::spawn(move || {
        let Some(mut stream) = stream else { return };
        let mut buffer = [0; 8192];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            if sender.send(Message::Output(name, buffer[..count].to_vec())).is_err() {
                return;
            }
        }
        let _ = sender.send(Message::Closed);
    });
}

/// Gathers what the reader and waiter threads send until the child has exited and its streams are closed.
///
/// A grandchild that keeps a stream open (`sleep 100 &`) must not hold the run: after the exit the streams
/// get two more ticks.
fn collect(
    messages: &mpsc::Receiver<Message>,
    pgid: i32,
    deadline: Duration,
    on_line: OnLine<'_>,
) -> Result<Finished> {
    let end = Instant::now() + deadline;
    let (mut stdout, mut stderr) = (Capture::default(), Capture::default());
    let (mut open, mut status, mut idle_after_exit) = (2, None, 0);
    let mut timed_out = None;
    while status.is_none() || (open > 0 && idle_after_exit < 2) {
        match messages.recv_timeout(TICK) {
            Ok(Message::Output(name, bytes)) => {
                let capture = if matches!(name, StreamName::Stdout) { &mut stdout } else { &mut stderr };
                capture.push(&bytes);
                if let Some(line) = String::from_utf8_lossy(&bytes).lines().rfind(|l| !l.trim().is_empty()) {
                    on_line(line);
                }
            }
            Ok(Message::Closed) => open -= 1,
            Ok(Message::Exited(result)) => {
                let exit = result.context(|| "wait for a child process".to_owned())?;
                status = Some(exit.code().unwrap_or_else(|| 128 + exit.signal().unwrap_or(0)));
            }
            Err(mpsc::RecvTimeoutError::Timeout) if status.is_some() => idle_after_exit += 1,
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
        if status.is_none() && interrupted() {
            end_group(pgid);
            return Err(Error::interrupted());
        }
        if status.is_none() && timed_out.is_none() && Instant::now() > end {
            timed_out = Some(deadline);
            end_group(pgid);
        }
    }
    Ok(Finished {
        status: status.unwrap_or(-1),
        truncated: stdout.dropped + stderr.dropped > 0,
        stdout: stdout.text(),
        stderr: stderr.text(),
        timed_out,
    })
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
