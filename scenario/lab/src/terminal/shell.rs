//! A real shell on a pseudo-terminal: its start, and the end of everything that it has started.
//!
//! It is bash with the learner's own settings, and three additions: the book's tools first on PATH, and marks (OSC
//! 133) around its prompt and its commands, by which the lab knows whether it is free and how a command ended.
//!
//! What ends with it depends on the machine, as `scenario_core::process::Tree` says: where cgroups can be written, all
//! that it has started; elsewhere what is found in `/proc`.

use std::ffi::OsString;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pty_process::{OwnedReadPty, OwnedWritePty};
use scenario_core::error::{Error, Result};
use scenario_core::process::{REPORT, Tree};
use scenario_core::workspace::terminal_script;

use super::screen::sign;
use super::size::Size;
use crate::limits::HANGUP_GRACE;

/// What bash reads at its start instead of `~/.bashrc`.
const SETTINGS: &str = r#"# Written by the lab; changes are lost.
__lab_workspace=$PWD
if [ -f ~/.bashrc ]; then . ~/.bashrc; fi
# Whatever the settings above have put first, the book's tools come before.
PATH=$LAB_PATH:$PATH
__lab_exe=$LAB_EXE
__lab_folder=$LAB_FOLDER
__lab_script=$LAB_STATE
__lab_sign=$LAB_SIGN
unset LAB_PATH LAB_EXE LAB_FOLDER LAB_STATE LAB_SIGN
# Goes on where the book's terminal of this name was left, whenever that is another place than before.
__lab_go_on() {
    local __lab_new=
    if [ -f "$__lab_script" ]; then IFS= read -r -d '' __lab_new < "$__lab_script"; fi
    if [ "$__lab_new" = "$__lab_seen" ]; then return; fi
    __lab_seen=$__lab_new
    builtin cd -- "$__lab_workspace"
    if [ -f "$__lab_script" ]; then builtin . "$__lab_script"; fi
} 2>/dev/null
__lab_seen=
# Marks (OSC 133): D, a command has ended; B, the prompt is there; C, a command begins. Each is signed, because programs
# can print such marks too.
__lab_ended() {
    local status=$?
    printf '\e]133;D;%s;%s\e\\' "$status" "$__lab_sign"
    return "$status"
}
__lab_prompt() {
    local status=$?
    __lab_go_on
    case $PS1 in
    *"$__lab_sign"*) ;;
    *) PS1+='\[\e]133;B;'$__lab_sign'\e\\\]' ;;
    esac
    case $PS0 in
    *"$__lab_sign"*) ;;
    *) PS0='\e]133;C;'$__lab_sign'\e\\'$PS0 ;;
    esac
    return "$status"
}
# A book's commands are those of a script, where an exclamation mark is a character like another.
set +H
# Runs the command of a block, whose text is in a file. Neither Ctrl-Z nor Ctrl-\ may take it apart.
__lab_run() {
    local __lab_at="$__lab_folder/run-$1" __lab_text
    __lab_go_on
    IFS= read -r -d '' __lab_text < "$__lab_at"
    history -s -- "$__lab_text"
    { __scenario_report 0; } >"$__lab_at.state" 2>/dev/null
    (trap '' TSTP QUIT; LAB_START=$__lab_start exec "$__lab_exe" --workspace "$__lab_workspace" command "$__lab_at")
    local __lab_status=$?
    if [ -f "$__lab_at.sh" ]; then builtin . "$__lab_at.sh" 2>/dev/null; fi
    return "$__lab_status"
}
# On lines of their own: what the settings have put there may end with a semicolon, or be an array.
__lab_theirs=$(IFS=$'\n'; printf '%s' "${PROMPT_COMMAND[*]}")
unset PROMPT_COMMAND
PROMPT_COMMAND=$'__lab_ended\n'$__lab_theirs$'\n__lab_prompt'
unset __lab_theirs
# What the learner's settings have made of the shell is not passed on to the commands of blocks.
__lab_start=$__lab_folder/start-$$
{ __scenario_report 0; } >"$__lab_start" 2>/dev/null
"#;

/// How shells are started.
#[derive(Debug, Clone)]
pub(crate) struct ShellSettings {
    /// The workspace, where they begin.
    pub(crate) workspace: PathBuf,
    /// Folders that come first on PATH.
    pub(crate) path: Vec<PathBuf>,
    /// Variables to set or, with `None`, to remove.
    pub(crate) env: Vec<(OsString, Option<OsString>)>,
    /// Where the settings of bash are written, and beside them the commands of blocks.
    pub(crate) rc: PathBuf,
    /// This program.
    pub(crate) exe: PathBuf,
}

/// A shell that runs.
#[derive(Debug)]
pub(super) struct Shell {
    pub(super) output: OwnedReadPty,
    pub(super) input: OwnedWritePty,
    pub(super) child: tokio::process::Child,
    pub(super) session: Session,
}

/// The processes of a shell.
#[derive(Debug)]
pub(super) struct Session {
    /// The shell, which leads a session, with all that it has started.
    pub(super) tree: Tree,
    terminal: OwnedFd,
}

impl Shell {
    /// Starts a shell, which signs its marks with a secret.
    ///
    /// # Errors
    ///
    /// bash is not installed, or the system has no free terminal.
    pub(super) fn start(settings: &ShellSettings, id: &str, secret: &str, size: Size) -> Result<Shell> {
        let failed =
            |what: &str, cause: &dyn std::fmt::Display| Error::new(format!("failed to {what}: {cause}"));
        write_settings(&settings.rc).map_err(|cause| failed("write the shell's settings", &cause))?;
        let (pty, pts) = pty_process::open().map_err(|cause| failed("open a terminal", &cause))?;
        pty.resize(pty_process::Size::new(size.rows, size.cols))
            .map_err(|cause| failed("open a terminal", &cause))?;
        let terminal = pty.as_fd().try_clone_to_owned().map_err(|cause| failed("open a terminal", &cause))?;
        if !is_on_path("bash") {
            return Err(Error::new("failed to start `bash`: it is not on PATH")
                .with_help("the lab's terminals need bash; install it, then open a new terminal"));
        }
        let tree = Tree::new();
        let rc = settings.rc.as_os_str().to_owned();
        let mut words = tree.words(["bash".into(), "--rcfile".into(), rc, "-i".into()]).into_iter();
        let mut command = pty_process::Command::new(words.next().unwrap_or_default());
        command = command.args(words).current_dir(&settings.workspace);
        for (name, value) in &settings.env {
            command = match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some((name, value)) = tree.env() {
            command = command.env(name, value);
        }
        let path = std::env::join_paths(&settings.path).map_err(|cause| failed("set PATH", &cause))?;
        command = command.env("TERM", "xterm-256color").env("COLORTERM", "truecolor").env("LAB_PATH", path);
        command = command.env("LAB_EXE", &settings.exe).env("LAB_SIGN", sign(secret));
        let state = terminal_script(&settings.workspace, &format!("T{id}"));
        command = command.env("LAB_STATE", state);
        command = command.env("LAB_FOLDER", settings.rc.parent().unwrap_or(Path::new(".")));
        let child = command.spawn(pts).map_err(|cause| {
            tree.release();
            failed("start `bash`", &cause)
        })?;
        let tree = tree.led_by(child.id().map(u32::cast_signed).unwrap_or_default());
        let (output, input) = pty.into_split();
        Ok(Shell { output, input, child, session: Session { tree, terminal } })
    }
}

/// Writes them once: another shell may be about to read them, and must not find half of them.
fn write_settings(rc: &Path) -> std::io::Result<()> {
    let settings = format!("{REPORT}{SETTINGS}");
    if std::fs::read(rc).is_ok_and(|text| text == settings.as_bytes()) {
        return Ok(());
    }
    scenario_core::disk::replace(rc, settings.as_bytes())
}

impl Session {
    /// The directory of the command in the foreground, or of the shell.
    pub(super) fn dir(&self) -> Option<PathBuf> {
        let group = nix::unistd::tcgetpgrp(self.terminal.as_fd()).map(Pid::as_raw);
        group.ok().and_then(dir_of).or_else(|| dir_of(self.tree.pid))
    }

    /// The command in the foreground, unless that is the shell itself.
    pub(super) fn foreground(&self) -> Option<String> {
        let group = nix::unistd::tcgetpgrp(self.terminal.as_fd()).ok()?.as_raw();
        let process =
            (group != self.tree.pid).then(|| procfs::process::Process::new(group).ok()).flatten()?;
        let words = process.cmdline().ok().filter(|words| !words.is_empty())?;
        let name =
            |word: &String| Path::new(word).file_name().map(|name| name.to_string_lossy().into_owned());
        let first = words.first().and_then(name).unwrap_or_default();
        Some(std::iter::once(first).chain(words.iter().skip(1).cloned()).collect::<Vec<_>>().join(" "))
    }
}

/// The directory of a process.
fn dir_of(pid: i32) -> Option<PathBuf> {
    procfs::process::Process::new(pid).ok()?.cwd().ok()
}

fn is_on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Ends shells and all that they have started, also where a shell has gone already: a hang-up first, and what is still
/// there after the grace is killed.
///
/// This blocks.
pub(super) fn end(trees: &[Tree]) {
    for tree in trees {
        if tree.leads() {
            // The shell passes it on to its jobs.
            let _ = kill(Pid::from_raw(tree.pid), Signal::SIGHUP);
        } else {
            tree.signal(Signal::SIGHUP);
        }
    }
    let end = Instant::now() + HANGUP_GRACE;
    while Instant::now() < end && trees.iter().any(|tree| !tree.members().is_empty()) {
        std::thread::sleep(Duration::from_millis(20));
    }
    for tree in trees {
        tree.kill();
    }
}

/// Looks whether a shell that has ended has left anything running; true if it has. This blocks.
pub(super) fn leaves_something(tree: &Tree) -> bool {
    let leaves = !tree.members().is_empty();
    if !leaves {
        tree.release();
    }
    leaves
}
