//! The only door to child processes: each has a session of its own, a deadline and bounded output.
//!
//! Children read from nothing and have no terminal, so a command that asks a question fails at once instead of
//! waiting for an answer. This module knows nothing of scenarios; it does not decide what a status means.

mod age;
mod bash;
mod cgroup;
mod member;
mod orphans;
mod output;
mod shell_state;
mod shell_tree;
mod signals;
mod spawn;
mod terminal;
mod tree;

use std::ffi::OsString;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Context, Error, PathContext, Result};

pub use age::{started_at, started_at_time};
pub use bash::{REPORT, TerminalCommand, TerminalSettings};
pub use member::{Member, group_alive};
pub use orphans::adopt_orphans;
pub use output::{Finished, OUTPUT_BYTES_MAX, OnLine, last_lines};
pub use shell_state::ShellState;
pub use signals::{begin_cleaning, check_interrupt, handle_signals, interrupts, pause};
pub use spawn::{Child, Exit};
pub use terminal::Terminal;
pub use tree::{TERM_GRACE, Tree};

/// A child process to start.
#[derive(Debug, Clone)]
pub struct Command {
    argv: Vec<OsString>,
    dir: Option<PathBuf>,
    env: Vec<(OsString, Option<OsString>)>,
    deadline: Duration,
    is_shell: bool,
    state: Option<PathBuf>,
    tree: Option<Tree>,
}

impl Command {
    /// A program with its arguments.
    pub fn new<S: Into<OsString>>(argv: impl IntoIterator<Item = S>) -> Command {
        let argv: Vec<OsString> = argv.into_iter().map(Into::into).collect();
        debug_assert!(!argv.is_empty(), "a command names a program");
        Command {
            argv,
            dir: None,
            env: Vec::new(),
            deadline: Duration::from_secs(60),
            is_shell: false,
            state: None,
            tree: None,
        }
    }

    /// A command line for `sh -c`.
    pub fn shell(text: &str) -> Command {
        Command { is_shell: true, ..Command::new(["sh", "-c", text]) }
    }

    /// A command line for `bash -c`, in a state that a terminal has kept as a script, where there is one.
    pub fn bash(text: &str, state: &Path) -> Command {
        Command { is_shell: true, state: Some(state.to_owned()), ..Command::new(["bash", "-c", text]) }
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

    /// Starts it inside a tree. Where it is run to its end, all that it has started ends with it.
    #[must_use]
    pub fn in_tree(mut self, tree: Tree) -> Command {
        self.env.extend(tree.env().map(|(name, value)| (name, Some(value))));
        self.tree = Some(tree);
        self
    }

    /// Runs it to its end, or to its deadline, or until this process is asked to stop.
    pub fn run(&self) -> Result<Finished> {
        let pipe = || std::io::pipe().context(|| "open a pipe".to_owned());
        let ((stdout, stdout_end), (stderr, stderr_end)) = (pipe()?, pipe()?);
        let child = self.spawn(nothing()?.as_fd(), stdout_end.as_fd(), stderr_end.as_fd());
        // Else the pipes would stay open for ever.
        drop((stdout_end, stderr_end));
        let tree = self.tree.clone().unwrap_or_else(Tree::of_session);
        let mut child = child.inspect_err(|_| tree.release())?;
        let tree = tree.led_by(child.id());
        let streams = output::Streams::new(stdout, stderr);
        let finished = output::to_the_end(&mut child, &tree, self.deadline, streams, &mut |_| {});
        if self.tree.is_some() {
            tree.kill();
        }
        finished
    }

    /// Starts it and leaves it running, with both streams written to `log`.
    ///
    /// The caller owns the process: it must wait for it, or record its tree for a later end.
    pub fn start(&self, log: &Path) -> Result<Child> {
        let log = open_log(log)?;
        self.spawn(nothing()?.as_fd(), log.as_fd(), log.as_fd())
    }

    /// Like [`Command::start`], reading from a pipe that the caller holds: the watchdog lives by it.
    pub fn start_with_input(&self, log: &Path) -> Result<Child> {
        let log = open_log(log)?;
        let (stdin, input) = std::io::pipe().context(|| "open a pipe".to_owned())?;
        let mut child = self.spawn(stdin.as_fd(), log.as_fd(), log.as_fd())?;
        child.stdin = Some(input);
        Ok(child)
    }

    fn spawn(&self, stdin: BorrowedFd<'_>, stdout: BorrowedFd<'_>, stderr: BorrowedFd<'_>) -> Result<Child> {
        let streams = spawn::Streams { stdin, stdout, stderr };
        let missing = self.dir.as_ref().is_some_and(|dir| !dir.is_dir());
        let spawned = match missing {
            true => Err(std::io::ErrorKind::NotFound.into()),
            false => spawn::spawn(&self.words(), &self.env, &streams),
        };
        spawned.map_err(|cause| self.spawn_error(&cause))
    }

    /// The words to start: a shell first enters the directory and the tree where that is asked for, and then
    /// runs the text or hands over to the program.
    fn words(&self) -> Vec<OsString> {
        let mut text = OsString::from(self.tree.as_ref().and_then(Tree::entrance).unwrap_or_default());
        if let Some(dir) = &self.dir {
            text.push("cd -- ");
            text.push(in_quotes(dir));
            text.push(" || exit; unset OLDPWD");
        }
        if let Some(state) = self.state.as_ref().filter(|state| state.is_file()) {
            text.push("; shopt -s expand_aliases; . ");
            text.push(in_quotes(state));
            text.push(" 2>/dev/null");
        }
        if text.is_empty() {
            return self.argv.clone();
        }
        text.push(member::ENTERED);
        if self.is_shell {
            text.push(&self.argv[2]);
            return vec![self.argv[0].clone(), "-c".into(), text];
        }
        text.push("exec \"$@\"");
        let shell = ["sh".into(), "-c".into(), text, "sh".into()];
        shell.into_iter().chain(self.argv.iter().cloned()).collect()
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

/// The path of the program that this process runs, to start it again.
///
/// Where possible, it is a path in `/proc`: on disk, another program may have replaced it since.
///
/// # Errors
///
/// The system does not say where it is.
pub fn this_program() -> Result<PathBuf> {
    let running = PathBuf::from(format!("/proc/{}/exe", std::process::id()));
    if running.exists() {
        return Ok(running);
    }
    std::env::current_exe().context(|| "find this program".to_owned())
}

/// A path as one word for `sh`, whatever bytes it has.
fn in_quotes(path: &Path) -> OsString {
    let mut quoted = vec![b'\''];
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'\'' => quoted.extend(b"'\\''"),
            other => quoted.push(*other),
        }
    }
    quoted.push(b'\'');
    OsString::from_vec(quoted)
}

fn nothing() -> Result<std::fs::File> {
    std::fs::File::open("/dev/null").context(|| "open `/dev/null`".to_owned())
}

fn open_log(log: &Path) -> Result<std::fs::File> {
    let opened = std::fs::OpenOptions::new().create(true).append(true).open(log);
    opened.on_path("open the log", log)
}
