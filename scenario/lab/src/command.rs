//! `scenario-lab command FILE`: runs the command of a block in a terminal, by the same door as the runner.
//!
//! The file has the text of the command, and beside it is the state of the terminal's shell. What it prints is shown on
//! the terminal as it comes; how it ended is written beside the file as JSON. What it means is decided by the lab.

use std::fs::File;
use std::path::{Path, PathBuf};

use scenario_core::disk;
use scenario_core::error::{Context, Error, PathContext, Result};
use scenario_core::process::{self, Finished, ShellState, Terminal, TerminalCommand, TerminalSettings};
use scenario_core::runner::{block, command_deadline};

/// Names the file with the state of the terminal's shell when it had started.
const START: &str = "LAB_START";
/// The exit status of a command that was interrupted.
const INTERRUPTED: i32 = 130;

/// Runs the command in a file to its end, in the workspace; the exit status.
///
/// # Errors
///
/// It could not be run, or its result not be written. An interruption is a status.
pub fn run(file: &Path, workspace: &Path) -> Result<i32> {
    let text = std::fs::read_to_string(file).on_path("read", file)?;
    let screen = File::options().write(true).open("/dev/tty").context(|| "open `/dev/tty`".to_owned())?;
    let state = |path: &Path| -> Result<ShellState> {
        let state = ShellState::read(&std::fs::read(path).on_path("read", path)?);
        state.ok_or_else(|| Error::new("the terminal's state cannot be read"))
    };
    let at_start =
        std::env::var_os(START).map_or_else(|| Ok(ShellState::default()), |path| state(Path::new(&path)))?;
    let changed = state(&file.with_extension("state"))?.script(&at_start, None);
    process::adopt_orphans();
    let script = file.with_extension("sh");
    disk::replace(&script, &changed).map_err(|cause| Error::io("write", &script, cause))?;
    let env = vec![(START.into(), None)];
    let settings = TerminalSettings { dir: workspace.to_owned(), env, script: script.clone() };
    let mut terminal = Terminal::new(settings);
    terminal.show_on(screen);
    let before = terminal.open(&mut |_| {})?;
    let command = TerminalCommand {
        text: &text,
        deadline: command_deadline()?,
        // What a client leaves behind for an engine is the container itself.
        leaves_to_others: block::names_engine(&text),
    };
    let finished = terminal.run(command, &mut |_| {}, &mut |_| {});
    let after = terminal.state().map(|state| state.script(&before, None)).unwrap_or_default();
    disk::replace(&script, &after).map_err(|cause| Error::io("write", &script, cause))?;
    match finished {
        Ok(finished) => {
            let json = serde_json::to_vec(&finished).unwrap_or_default();
            let place = result_of(file);
            disk::replace(&place, &json).map_err(|cause| Error::io("write", &place, cause))?;
            Ok(finished.status)
        }
        Err(error) if error.is_interrupted() => Ok(INTERRUPTED),
        Err(error) => Err(error),
    }
}

/// The result of the command that was last run from a file; `None` if it was interrupted or could not be run.
pub(crate) fn take_result(file: &Path) -> Option<Finished> {
    let place = result_of(file);
    let json = std::fs::read(&place).ok()?;
    let _ = std::fs::remove_file(place);
    serde_json::from_slice(&json).ok()
}

fn result_of(file: &Path) -> PathBuf {
    file.with_extension("json")
}
