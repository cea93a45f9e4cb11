//! A real shell on a pseudo-terminal: its start, and the end of everything that it has started.
//!
//! It is bash with the learner's own settings, and three additions: the book's tools first on PATH, and marks (OSC
//! 133) around its prompt and its commands, by which the lab knows whether it is free and how a command ended.

use std::ffi::OsString;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pty_process::{OwnedReadPty, OwnedWritePty};
use scenario_core::error::{Error, Result};

use super::screen::Size;
use crate::limits::{HANGUP_GRACE, KILL_TIME_MAX};

/// What bash reads at its start instead of `~/.bashrc`.
const SETTINGS: &str = r#"# Written by the lab; changes are lost.
if [ -f ~/.bashrc ]; then . ~/.bashrc; fi
# Whatever the settings above have put first, the book's tools come before.
PATH=$LAB_PATH:$PATH
unset LAB_PATH
# Marks (OSC 133): D, a command has ended; B, the prompt is there; C, a command begins.
__lab_ended() {
    local status=$?
    printf '\e]133;D;%s\e\\' "$status"
    return "$status"
}
__lab_prompt() {
    local status=$?
    case $PS1 in
    *'133;B'*) ;;
    *) PS1+='\[\e]133;B\e\\\]' ;;
    esac
    case $PS0 in
    *'133;C'*) ;;
    *) PS0='\e]133;C\e\\'$PS0 ;;
    esac
    return "$status"
}
# A book's commands are those of a script, where an exclamation mark is a character like another.
set +H
# On lines of their own: what the settings have put there may end with a semicolon, or be an array.
__lab_theirs=$(IFS=$'\n'; printf '%s' "${PROMPT_COMMAND[*]}")
unset PROMPT_COMMAND
PROMPT_COMMAND=$'__lab_ended\n'$__lab_theirs$'\n__lab_prompt'
unset __lab_theirs
"#;

/// How shells are started.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// The workspace, where they begin.
    pub(crate) workspace: PathBuf,
    /// Folders that come first on PATH.
    pub(crate) path: Vec<PathBuf>,
    /// Variables to set or, with `None`, to remove.
    pub(crate) env: Vec<(OsString, Option<OsString>)>,
    /// Where the settings of bash are written.
    pub(crate) rc: PathBuf,
}

/// A shell that runs.
#[derive(Debug)]
pub(super) struct Shell {
    pub(super) output: OwnedReadPty,
    pub(super) input: OwnedWritePty,
    pub(super) child: tokio::process::Child,
    pub(super) session: Session,
}

/// The processes of a shell: it leads a session of its own.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) leader: i32,
    terminal: OwnedFd,
}

impl Shell {
    /// Starts a shell.
    ///
    /// # Errors
    ///
    /// There is no bash, or no terminal to be had.
    pub(super) fn start(settings: &Settings, size: Size) -> Result<Shell> {
        let failed =
            |what: &str, cause: &dyn std::fmt::Display| Error::new(format!("failed to {what}: {cause}"));
        write_settings(&settings.rc).map_err(|cause| failed("write the shell's settings", &cause))?;
        let (pty, pts) = pty_process::open().map_err(|cause| failed("open a terminal", &cause))?;
        pty.resize(pty_process::Size::new(size.rows, size.cols))
            .map_err(|cause| failed("open a terminal", &cause))?;
        let terminal = pty.as_fd().try_clone_to_owned().map_err(|cause| failed("open a terminal", &cause))?;
        let mut command = pty_process::Command::new("bash");
        command = command.arg("--rcfile").arg(&settings.rc).arg("-i").current_dir(&settings.workspace);
        for (name, value) in &settings.env {
            command = match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let path = std::env::join_paths(&settings.path).map_err(|cause| failed("set PATH", &cause))?;
        command = command.env("TERM", "xterm-256color").env("COLORTERM", "truecolor").env("LAB_PATH", path);
        let child = command.spawn(pts).map_err(|cause| {
            failed("start `bash`", &cause)
                .with_help("the lab's terminals need bash; install it, then open a new terminal")
        })?;
        let leader = child.id().map(u32::cast_signed).unwrap_or_default();
        let (output, input) = pty.into_split();
        Ok(Shell { output, input, child, session: Session { leader, terminal } })
    }
}

/// Writes them once: another shell may be about to read them, and must not find half of them.
fn write_settings(rc: &Path) -> std::io::Result<()> {
    if std::fs::read(rc).is_ok_and(|text| text == SETTINGS.as_bytes()) {
        return Ok(());
    }
    scenario_core::disk::replace(rc, SETTINGS.as_bytes())
}

impl Session {
    /// The command in the foreground, unless that is the shell itself.
    pub(super) fn foreground(&self) -> Option<String> {
        let group = nix::unistd::tcgetpgrp(self.terminal.as_fd()).ok()?.as_raw();
        let process = (group != self.leader).then(|| procfs::process::Process::new(group).ok()).flatten()?;
        let words = process.cmdline().ok().filter(|words| !words.is_empty())?;
        let name =
            |word: &String| Path::new(word).file_name().map(|name| name.to_string_lossy().into_owned());
        let first = words.first().and_then(name).unwrap_or_default();
        Some(std::iter::once(first).chain(words.iter().skip(1).cloned()).collect::<Vec<_>>().join(" "))
    }
}

/// Ends the shells that lead these sessions and all that they have started, also where a shell has gone already: a
/// hang-up first, and what is still there after the grace is killed.
///
/// This waits; it belongs on a thread that may.
pub(super) fn end(sessions: &[i32]) {
    for session in sessions {
        let members = members(*session);
        // The shell passes it on to its jobs; without a shell, nobody does.
        let heirs = if members.contains(session) { vec![*session] } else { members };
        send(&heirs, Signal::SIGHUP);
    }
    let begin = Instant::now();
    loop {
        let waited = begin.elapsed();
        let kills = waited >= HANGUP_GRACE;
        let mut left = 0;
        for pid in living(sessions) {
            left += 1;
            if kills {
                // As soon as it is found: some only live until they have started the next one.
                send(&[pid], Signal::SIGKILL);
            }
        }
        if left == 0 || waited >= HANGUP_GRACE + KILL_TIME_MAX {
            return;
        }
        if !kills {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn send(pids: &[i32], signal: Signal) {
    for pid in pids {
        // One that has ended meanwhile needs none.
        let _ = kill(Pid::from_raw(*pid), signal);
    }
}

/// The processes of a session that have not ended.
pub(super) fn members(session: i32) -> Vec<i32> {
    living(&[session]).collect()
}

/// The processes of some sessions, each looked at when it is asked for.
fn living(sessions: &[i32]) -> impl Iterator<Item = i32> {
    let processes = procfs::process::all_processes().into_iter().flatten().flatten();
    let stats = processes.filter_map(|process| process.stat().ok());
    stats.filter(|stat| sessions.contains(&stat.session) && stat.state != 'Z').map(|stat| stat.pid)
}
