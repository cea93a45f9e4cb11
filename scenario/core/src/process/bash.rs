//! One bash: it reads commands from us, runs them one after the other, and reports its state after each.
//!
//! It reads commands from a pipe that is not its standard input, and writes its reports to another one. It opens both by
//! their names in `/proc`, so that what it starts inherits neither. `terminal` decides when to start another bash.

use std::ffi::OsString;
use std::fs::File;
use std::io::{PipeReader, PipeWriter, Read, Seek, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::member::{Member, member};
use super::output::{OnLine, Streams, gone};
use super::shell_state::ShellState;
use super::signals::{TICK, interrupted};
use super::spawn::{self, Child, Exit};
use super::tree::Tree;
use super::{Command, Finished, nothing};
use crate::error::{Context, Error, Result};

/// How long the processes that a command leaves may go on. Some programs, such as git, tidy up in the background after they
/// have ended.
const LEFT_RUNNING_TIME_MAX: Duration = Duration::from_secs(3);
/// How long a shell may take to start, and to read a state.
pub(super) const START_TIME_MAX: Duration = Duration::from_secs(60);
/// A function for bash that reports its state, after a status: [`ShellState::read`] reads what it writes. Bash lists
/// `DIRSTACK` as it was when last read.
pub const REPORT: &str = r#"__scenario_report () {
builtin printf '%s\0%s\0' "${__scenario_status-$1}" "$PWD"; builtin unset -v __scenario_status
builtin umask -p; builtin : "${DIRSTACK[@]}"; builtin declare -p; builtin printf '\0'; builtin declare -F; builtin printf '\0'; builtin declare -f
builtin printf '\0'; builtin alias -p; builtin printf '\0'; builtin trap -p; builtin printf '\0\1'
}
"#;
/// What a shell reads besides at its start. Its reports go to the file `@`, because bash writes them line by line; then a
/// byte goes to the pipe `%`.
///
/// `__scenario_n` keeps the status and the last word of a command that runs to its end. It is not called after a command
/// that an error ends, such as an unset variable under `nounset`.
const PRELUDE: &str = r#"BASH_ARGV0=bash; unset -v HISTFILE; set +H +o history
__scenario_n () { __scenario_status=$1 __scenario_l=$2; }
__scenario_again () { return "$1"; }
__scenario_e () { { builtin printf '\0'; __scenario_report "$1"; } >>@; builtin set +xv; builtin printf . >%; }
__scenario_f=@ __scenario_l=
"#;
/// Reports the state, after `$?`. These lines are ours, so until the next command nothing is traced and no trap runs. A
/// function could not do that: it does not inherit the traps for `DEBUG` and `RETURN`.
pub(super) const END: &str =
    r#"__scenario_s=$?; builtin trap -p DEBUG RETURN >|"$__scenario_f"; builtin trap - DEBUG RETURN"#;
/// How the names of our own functions and variables begin.
pub(super) const OWN: &str = "__scenario_";

/// How a terminal is started.
#[derive(Debug, Clone)]
pub struct TerminalSettings {
    /// Where it begins.
    pub dir: PathBuf,
    /// Variables to set or, with `None`, to remove.
    pub env: Vec<(OsString, Option<OsString>)>,
    /// The script with the state that it begins with, where there is one; its later states are written there too.
    pub script: PathBuf,
}

/// A command for a terminal.
#[derive(Debug, Clone, Copy)]
pub struct TerminalCommand<'a> {
    /// Its text.
    pub text: &'a str,
    /// How long it may run.
    pub deadline: Duration,
    /// Whether what it leaves running belongs to another program, as what a client starts belongs to its server.
    pub leaves_to_others: bool,
}

/// A bash that runs.
#[derive(Debug)]
pub(super) struct Shell {
    child: Child,
    pub(super) tree: Tree,
    /// What it reads.
    text: PipeWriter,
    /// Has the last report, and a byte once that is whole.
    report: File,
    reported: PipeReader,
    /// The other end, by whose name in `/proc` the shell opens it.
    _reported_end: PipeWriter,
    pub(super) streams: Streams,
    pub(super) status: i32,
    /// What turns on again what is off between commands: traces, and the traps that run at each command.
    resumes: Vec<u8>,
    /// Whether it traces commands, and what a trace begins with.
    traces: bool,
    trace_mark: Option<u8>,
    /// What the traces of the present command may begin with.
    trace_marks: Vec<u8>,
}

/// How a command came to its end.
pub(super) enum End {
    Reported(Box<ShellState>),
    Exit(Exit),
    Late,
}

impl TerminalCommand<'_> {
    /// The lines that make a shell run it and report.
    ///
    /// By `eval`, so that a text that is not complete cannot take in what follows it.
    /// Bash reads a pipe byte by byte, so they are short.
    fn lines(&self, shell: &Shell) -> Vec<u8> {
        let tree = &shell.tree;
        let (outside, inside) = if self.leaves_to_others { tree.doors() } else { Default::default() };
        let mut lines = outside.into_bytes();
        let again = shell.again(self.text);
        let mut text = Vec::new();
        if shell.resumes.is_empty() {
            lines.extend(again.map(|words| words + "\n").unwrap_or_default().into_bytes());
        } else {
            text.extend(&shell.resumes);
            text.extend(again.map(|words| quiet(&words)).unwrap_or_default().into_bytes());
        }
        text.extend(format!("{}\n{}", self.text, quiet("__scenario_n \"$?\" \"$_\"")).into_bytes());
        lines.extend(b"builtin eval '");
        lines.extend(text.iter().flat_map(|byte| match byte {
            b'\'' => b"'\\''",
            byte => std::slice::from_ref(byte),
        }));
        lines.extend(b"'\n");
        let end = format!("{END}; {inside}__scenario_e \"$__scenario_s\" \"$__scenario_l\"");
        lines.extend(quiet(&end).into_bytes());
        lines
    }

    /// Whether it turns tracing on, as far as its words tell.
    fn traces(&self) -> bool {
        let words: Vec<&str> = self.text.split(|c: char| c.is_whitespace() || c == ';').collect();
        let is_on = |two: &[&str]| {
            two[0] == "set" && two[1].starts_with('-') && two[1].contains('x') || two == ["-o", "xtrace"]
        };
        words.windows(2).any(is_on)
    }
}

/// A line of ours that prints nothing, whatever is traced.
pub(super) fn quiet(words: &str) -> String {
    format!("{{ {words}; }} >/dev/null 2>&1\n")
}

impl Shell {
    /// Starts it; returns its state as well.
    ///
    /// # Errors
    ///
    /// There is no bash, or it does not report.
    pub(super) fn start(
        settings: &TerminalSettings,
        screen: Option<File>,
        on_start: &mut dyn FnMut(&Tree),
    ) -> Result<(Shell, ShellState)> {
        let env = spawn::environment(&settings.env);
        if spawn::find("bash".as_ref(), &env).is_none() {
            return Err(Error::new("failed to start a terminal: `bash` is not on PATH")
                .with_help("the commands of a book run in bash; install it, then try again"));
        }
        let pipe = || std::io::pipe().context(|| "open a pipe".to_owned());
        let ((stdout, stdout_end), (stderr, stderr_end)) = (pipe()?, pipe()?);
        let ((text_end, mut text), (reported, reported_end)) = (pipe()?, pipe()?);
        let report = memfd_create("report", MFdFlags::MFD_CLOEXEC);
        let report = File::from(report.context(|| "make a file in memory".to_owned())?);
        let name = |number: i32| format!("/proc/{}/fd/{number}", std::process::id());
        let script = name(text_end.as_raw_fd());
        let tree = Tree::new();
        on_start(&tree);
        let words = ["bash", "--norc", "--noprofile", "-i", &script];
        let command = Command::new(words).dir(&settings.dir).envs(&settings.env).in_tree(tree.clone());
        let child = command.spawn(nothing()?.as_fd(), stdout_end.as_fd(), stderr_end.as_fd())?;
        let tree = tree.led_by(child.id()).with_orphans();
        on_start(&tree);
        let prelude = PRELUDE.replace('@', &name(report.as_raw_fd()));
        let prelude = REPORT.to_owned() + &prelude.replace('%', &name(reported_end.as_raw_fd()));
        let _ = text.write_all(prelude.as_bytes());
        let mut shell = Shell {
            child,
            tree,
            text,
            report,
            reported,
            _reported_end: reported_end,
            streams: Streams::new(stdout, stderr),
            status: 0,
            resumes: Vec::new(),
            traces: false,
            trace_mark: None,
            trace_marks: Vec::new(),
        };
        shell.send(quiet(&format!("{END}; __scenario_e 0")).as_bytes());
        let end = shell.until_report(START_TIME_MAX, &mut |_| {})?;
        shell.drop_output();
        shell.streams.show_on(screen);
        match end {
            End::Reported(state) => Ok((shell, *state)),
            End::Exit(exit) => {
                Err(Error::new(format!("failed to start a terminal: `bash` ended with {exit}")))
            }
            End::Late => {
                shell.end()?;
                Err(Error::new("failed to start a terminal: `bash` does not report"))
            }
        }
    }

    /// Gives it something to read.
    pub(super) fn send(&mut self, lines: &[u8]) {
        // A shell that has ended is noticed by whoever waits for its report.
        let _ = self.text.write_all(lines);
    }

    /// Gives it a command.
    pub(super) fn begin(&mut self, command: TerminalCommand<'_>) {
        self.trace_marks.clear();
        self.note_trace_mark(self.traces || command.traces());
        self.send(&command.lines(self));
    }

    fn note_trace_mark(&mut self, traces: bool) {
        self.trace_marks.extend(self.trace_mark.filter(|_| traces));
    }

    /// Reads what is printed until the shell reports.
    pub(super) fn until_report(&mut self, deadline: Duration, on_line: OnLine<'_>) -> Result<End> {
        let end = Instant::now() + deadline;
        loop {
            let (_, reported) = self.streams.read(TICK, Some(self.reported.as_fd()), on_line);
            if reported {
                return self.read_report().map(|state| End::Reported(Box::new(state)));
            }
            if let Some(exit) = self.child.try_wait() {
                return Ok(End::Exit(exit));
            }
            if interrupted() {
                self.end()?;
                return Err(Error::interrupted());
            }
            if Instant::now() > end {
                return Ok(End::Late);
            }
        }
    }

    fn read_report(&mut self) -> Result<ShellState> {
        let what = || "read a terminal's report".to_owned();
        let mut report = Vec::new();
        self.reported.read_exact(&mut [0]).context(what)?;
        self.report.rewind().and_then(|()| self.report.read_to_end(&mut report)).context(what)?;
        let parts = report.iter().position(|byte| *byte == 0).map(|end| report.split_at(end));
        let Some((traps, [_, report @ ..])) = parts else { return Err(unreadable()) };
        let status = report.split(|byte| *byte == 0).next().and_then(|text| std::str::from_utf8(text).ok());
        let status = status.and_then(|text| text.parse().ok());
        let state = ShellState::read(report).map(|state| state.with_traps(traps));
        let (Some(status), Some(state)) = (status, state) else { return Err(unreadable()) };
        (self.status, self.resumes) = (status, state.resumes());
        (self.traces, self.trace_mark) = (state.traces(), state.trace_mark());
        self.note_trace_mark(self.traces);
        Ok(state)
    }

    /// Reads what was printed before the report, and gives the processes that the command has left a moment to end. Returns
    /// those that still run.
    pub(super) fn after_report(&mut self, leaves_to_others: bool, on_line: OnLine<'_>) -> Vec<Member> {
        let end = Instant::now() + LEFT_RUNNING_TIME_MAX;
        loop {
            let others = self.tree.others(leaves_to_others);
            // Whatever was printed before the processes were listed is read afterwards.
            while self.streams.read(Duration::ZERO, None, on_line).0 && Instant::now() < end {}
            if others.is_empty() || Instant::now() >= end {
                if leaves_to_others {
                    self.tree.disown_orphans();
                }
                return others.into_iter().filter_map(member).collect();
            }
            self.streams.read(Duration::from_millis(2), None, on_line);
        }
    }

    /// Forgets what was printed so far.
    pub(super) fn drop_output(&mut self) {
        while self.streams.read(Duration::ZERO, None, &mut |_| {}).0 {}
        let _ = self.finished(Exit::Status(0), None);
    }

    /// What was printed since the last command, as the output of a command that has ended.
    pub(super) fn finished(&mut self, exit: Exit, timed_out: Option<Duration>) -> Finished {
        let mut finished = self.streams.finished(exit, timed_out);
        finished.stderr = without_own_lines(as_typed(finished.stderr), &self.trace_marks);
        finished
    }

    /// What restores the status and the last word of the previous command, if a command asks for them.
    fn again(&self, text: &str) -> Option<String> {
        let asks = text.contains("$?") || (!self.resumes.is_empty() && text.contains("$_"));
        let again = format!("__scenario_again {} \"$__scenario_l\"", self.status);
        match self.status {
            0 => (asks && !self.resumes.is_empty()).then_some(again),
            // Within a list it neither ends the shell under `errexit` nor triggers the trap for `ERR`.
            _ => asks.then(|| again + " && :"),
        }
    }

    /// Ends the shell with all that it has started.
    pub(super) fn end(&mut self) -> Result<Exit> {
        let stopped = interrupted();
        self.tree.end_below();
        gone(&mut self.child, stopped)
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        if self.child.try_wait().is_none() {
            let _ = kill(Pid::from_raw(self.child.id()), Signal::SIGKILL);
            self.child.wait();
        }
        self.tree.kill();
    }
}

/// What bash prints about a text that it cannot parse, as in a terminal: without mention of `eval`.
fn as_typed(stderr: String) -> String {
    let Some((head, rest)) = stderr.split_once('\n') else { return stderr };
    let message = |line: &str| {
        let rest = line.strip_prefix("bash: eval: line ")?;
        let (number, message) = rest.split_once(": ")?;
        number.bytes().all(|byte| byte.is_ascii_digit()).then(|| message.to_owned())
    };
    let Some(said) = message(head).filter(|said| said.starts_with("syntax error")) else { return stderr };
    let after = match rest.split_once('\n') {
        Some((line, after)) if message(line).is_some_and(|text| text.starts_with('`')) => after,
        _ => rest,
    };
    format!("bash: {said}\n{after}")
}

fn unreadable() -> Error {
    Error::new("a terminal's report cannot be read")
}

/// What a terminal prints on standard error without lines of ours, which `set -v` shows. Within `eval`, a trace begins
/// with its first mark once more than in a terminal.
fn without_own_lines(stderr: String, trace_marks: &[u8]) -> String {
    let is_trace = |line: &str| {
        let bytes = line.as_bytes();
        bytes.len() > 1 && bytes[0] == bytes[1] && trace_marks.contains(&bytes[0])
    };
    if !stderr.contains(OWN) && trace_marks.is_empty() {
        return stderr;
    }
    let lines = stderr.split_inclusive('\n').filter(|line| !line.contains(OWN));
    lines.map(|line| if is_trace(line) { &line[1..] } else { line }).collect()
}
