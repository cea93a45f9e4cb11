//! Starts one process, and waits for it.
//!
//! `posix_spawn` rather than the standard library's `Command`, as only that can put a child into a session of
//! its own without unsafe code: such a child has no terminal, so nothing in it can ask the learner a question.
//! What the standard library does beside is done here too: signals are reset, and descriptors are not inherited.

use std::ffi::{CString, OsStr, OsString};
use std::io::PipeWriter;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawn};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use super::orphans;

/// `POSIX_SPAWN_SETSID`, the same in glibc and musl; `nix` has no name for it.
const SETSID: i32 = 0x80;

/// How long to wait for the waiting thread before checking again.
const WAIT_AGAIN: Duration = Duration::from_secs(1);

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exit {
    /// By itself, with a status.
    Status(i32),
    /// By a signal.
    Signal(i32),
}

impl Exit {
    /// The status, or 128 plus the signal's number as a shell would say it.
    pub fn status(self) -> i32 {
        match self {
            Exit::Status(status) => status,
            Exit::Signal(number) => 128 + number,
        }
    }
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Exit::Status(status) => write!(f, "exit status {status}"),
            Exit::Signal(number) => match Signal::try_from(*number) {
                Ok(signal) => write!(f, "signal {number} ({})", signal.as_str().trim_start_matches("SIG")),
                Err(_) => write!(f, "signal {number}"),
            },
        }
    }
}

/// A child process. It leads a session and a process group that have its id.
///
/// Dropping it neither ends it nor waits for it.
#[derive(Debug)]
pub struct Child {
    pid: Pid,
    exit: Option<Exit>,
    /// Where a thread that waits for it says how it ended.
    waiter: Option<Arc<OnceLock<Exit>>>,
    /// What it reads, where it was started with a pipe.
    pub stdin: Option<PipeWriter>,
}

impl Child {
    /// Its process id.
    pub fn id(&self) -> i32 {
        self.pid.as_raw()
    }

    /// How it ended, if it has.
    pub fn try_wait(&mut self) -> Option<Exit> {
        if self.exit.is_none() {
            self.exit = match &self.waiter {
                Some(waiter) => waiter.get().copied(),
                None => wait(self.pid, Some(WaitPidFlag::WNOHANG)),
            };
        }
        self.exit
    }

    /// Waits until it has ended.
    pub fn wait(&mut self) -> Exit {
        loop {
            let blocks = self.exit.is_none() && self.waiter.is_none();
            let exit = if blocks { wait(self.pid, None) } else { self.wait_for(WAIT_AGAIN) };
            if let Some(exit) = exit {
                self.exit = Some(exit);
                return exit;
            }
        }
    }

    /// From now on a thread waits for it: one that nobody waits for looks as if it still ran.
    #[must_use]
    pub fn awaited(mut self) -> Child {
        let (pid, ended) = (self.pid, Arc::new(OnceLock::new()));
        self.waiter = Some(Arc::clone(&ended));
        std::thread::spawn(move || {
            while ended.get().is_none() {
                if let Some(exit) = wait(pid, None) {
                    let _ = ended.set(exit);
                }
            }
        });
        self
    }

    /// Waits until it has ended, but not longer than `patience`.
    pub(crate) fn wait_for(&mut self, patience: Duration) -> Option<Exit> {
        let end = Instant::now() + patience;
        loop {
            if let Some(exit) = self.try_wait() {
                return Some(exit);
            }
            if Instant::now() >= end {
                return None;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

fn wait(pid: Pid, flag: Option<WaitPidFlag>) -> Option<Exit> {
    let exit = match waitpid(pid, flag) {
        Ok(WaitStatus::Exited(_, status)) => Some(Exit::Status(status)),
        Ok(WaitStatus::Signaled(_, signal, _)) => Some(Exit::Signal(signal as i32)),
        // Somebody else has waited for it: it is gone, and how it ended is not known.
        Err(Errno::ECHILD) => Some(Exit::Status(-1)),
        _ => None,
    };
    if exit.is_some() {
        orphans::forget_child(pid.as_raw());
    }
    exit
}

/// What a child reads and writes.
pub(super) struct Streams<'a> {
    pub(super) stdin: BorrowedFd<'a>,
    pub(super) stdout: BorrowedFd<'a>,
    pub(super) stderr: BorrowedFd<'a>,
}

/// Starts a program in a session of its own, in this process's directory.
pub(super) fn spawn(
    argv: &[OsString],
    env: &[(OsString, Option<OsString>)],
    streams: &Streams<'_>,
) -> std::io::Result<Child> {
    let env = environment(env);
    let program = find(&argv[0], &env).ok_or(std::io::ErrorKind::NotFound)?;
    let mut actions = PosixSpawnFileActions::init()?;
    for (number, stream) in (0..).zip([streams.stdin, streams.stdout, streams.stderr]) {
        actions.add_dup2(stream.as_raw_fd(), number)?;
    }
    let mut attributes = PosixSpawnAttr::init()?;
    // Rust ignores SIGPIPE in this process, which programs do not expect.
    let mut default = SigSet::empty();
    default.add(Signal::SIGPIPE);
    attributes.set_sigdefault(&default)?;
    attributes.set_sigmask(&SigSet::empty())?;
    let signals = PosixSpawnFlags::POSIX_SPAWN_SETSIGDEF | PosixSpawnFlags::POSIX_SPAWN_SETSIGMASK;
    attributes.set_flags(signals | PosixSpawnFlags::from_bits_retain(SETSID))?;
    let argv = argv.iter().map(|word| c_string(word)).collect::<std::io::Result<Vec<_>>>()?;
    let variables = env
        .into_iter()
        .map(|(name, value)| c_string(&[name, value].join(OsStr::new("="))))
        .collect::<std::io::Result<Vec<_>>>()?;
    let pid = posix_spawn(program.as_path(), &actions, &attributes, &argv, &variables)?;
    orphans::note_child(pid.as_raw());
    Ok(Child { pid, exit: None, waiter: None, stdin: None })
}

/// This process's variables with changes.
pub(super) fn environment(changes: &[(OsString, Option<OsString>)]) -> Vec<(OsString, OsString)> {
    let changed = |name: &OsStr| changes.iter().any(|(other, _)| other == name);
    let mut variables: Vec<_> = std::env::vars_os().filter(|(name, _)| !changed(name)).collect();
    for (at, (name, value)) in changes.iter().enumerate() {
        let last = !changes[at + 1..].iter().any(|(other, _)| other == name);
        variables.extend(value.clone().filter(|_| last).map(|value| (name.clone(), value)));
    }
    variables
}

/// The file of a program: by its path, or on the PATH that it gets.
pub(super) fn find(program: &OsStr, env: &[(OsString, OsString)]) -> Option<PathBuf> {
    if program.as_bytes().contains(&b'/') {
        return Some(PathBuf::from(program));
    }
    let path = env.iter().find(|(name, _)| name == "PATH").map(|(_, value)| value);
    let is_executable = |file: &PathBuf| {
        let mode = |meta: std::fs::Metadata| std::os::unix::fs::PermissionsExt::mode(&meta.permissions());
        std::fs::metadata(file).is_ok_and(|meta| meta.is_file() && mode(meta) & 0o111 != 0)
    };
    std::env::split_paths(path?).map(|folder| folder.join(program)).find(is_executable)
}

fn c_string(text: &OsStr) -> std::io::Result<CString> {
    Ok(CString::new(text.to_owned().into_vec())?)
}
