//! A terminal of a book: one bash that runs commands one after the other and keeps what they change in it.
//!
//! It behaves like a reader's, but has no controlling terminal and no input. After each command its shell reports its whole
//! state, so that another shell can continue there if it ends. What a status means is decided elsewhere.

use std::fs::File;
use std::os::unix::ffi::OsStrExt;

use super::bash::{END, End, START_TIME_MAX, Shell, TerminalCommand, TerminalSettings, quiet};
use super::output::{LEFT_TIME_MAX, OnLine};
use super::shell_state::{NO_DIRECTORY, ShellState};
use super::spawn::Exit;
use super::tree::Tree;
use super::{Finished, in_quotes};
use crate::disk;
use crate::error::{Context, Error, PathContext, Result};

/// A terminal. Its shell is started with its first command, and ends with it.
#[derive(Debug)]
pub struct Terminal {
    settings: TerminalSettings,
    shell: Option<Shell>,
    /// The state of a shell that has just started.
    base: ShellState,
    state: ShellState,
    screen: Option<File>,
}

impl Terminal {
    /// A terminal whose shell is not started yet.
    pub fn new(settings: TerminalSettings) -> Terminal {
        let (base, state) = <(ShellState, ShellState)>::default();
        Terminal { settings, shell: None, base, state, screen: None }
    }

    /// Shows what its commands print on a screen as well, as it comes.
    pub fn show_on(&mut self, screen: File) {
        self.screen = Some(screen);
    }

    /// Runs a command to its end, or to its deadline, or until this process is asked to stop. The next command gets a new
    /// shell if this one ends the shell (in the state before this command) or leaves something running that has to be ended
    /// (in the state after it).
    ///
    /// `on_start` gets the tree of a shell that is started.
    ///
    /// # Errors
    ///
    /// The shell cannot be started, or this process was asked to stop.
    pub fn run(
        &mut self,
        command: TerminalCommand<'_>,
        on_start: &mut dyn FnMut(&Tree),
        on_line: OnLine<'_>,
    ) -> Result<Finished> {
        self.start(on_start)?;
        let Some(mut shell) = self.shell.take() else { return Err(Error::new("the terminal has no shell")) };
        shell.begin(command);
        match shell.until_report(command.deadline, on_line)? {
            End::Reported(state) => {
                self.state = *state;
                let left = shell.after_report(command.leaves_to_others, on_line);
                let mut finished = shell.finished(Exit::Status(shell.status), None);
                if left.is_empty() {
                    self.shell = Some(shell);
                } else {
                    shell.end()?;
                }
                finished.left = left;
                finished.dir = Some(self.state.dir().to_owned());
                Ok(finished)
            }
            End::Exit(exit) => {
                shell.tree.end();
                shell.streams.read_rest(LEFT_TIME_MAX, on_line);
                Ok(Finished { ended_terminal: true, ..shell.finished(exit, None) })
            }
            End::Late => {
                let exit = shell.end()?;
                shell.streams.read_rest(LEFT_TIME_MAX, on_line);
                Ok(shell.finished(exit, Some(command.deadline)))
            }
        }
    }

    /// Its state after the last command; `None` if there was none.
    pub fn state(&self) -> Option<&ShellState> {
        (self.state != ShellState::default()).then_some(&self.state)
    }

    /// Starts the shell, unless it runs; returns its state.
    ///
    /// # Errors
    ///
    /// The shell cannot be started, or not be brought to the state of the script.
    pub fn open(&mut self, on_start: &mut dyn FnMut(&Tree)) -> Result<ShellState> {
        self.start(on_start)?;
        Ok(self.state.clone())
    }

    /// Writes the script with its state, unless it has run no command.
    ///
    /// # Errors
    ///
    /// The script cannot be written.
    pub fn save(&self) -> Result<()> {
        let script = &self.settings.script;
        let Some(state) = self.state() else { return Ok(()) };
        let text = state.script(&self.base, Some(&self.settings.dir));
        if text.is_empty() {
            return match std::fs::remove_file(script) {
                Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
                    Err(cause).on_path("remove", script)
                }
                _ => Ok(()),
            };
        }
        disk::replace(script, &text).on_path("write", script)
    }

    /// Starts the shell, unless it runs.
    fn start(&mut self, on_start: &mut dyn FnMut(&Tree)) -> Result<()> {
        if self.shell.is_some() {
            return Ok(());
        }
        self.save()?;
        let screen = self.screen.as_ref().map(File::try_clone).transpose();
        let screen = screen.context(|| "open the screen".to_owned())?;
        let (shell, base) = Shell::start(&self.settings, screen, on_start)?;
        (self.base, self.state) = (base.clone(), base);
        self.load(shell)
    }

    /// Brings a shell that has just started to the state of the script, where there is one.
    fn load(&mut self, mut shell: Shell) -> Result<()> {
        let script = &self.settings.script;
        if script.is_file() {
            let quoted = in_quotes(script);
            shell.send(&[b"builtin . ", quoted.as_bytes(), b" >/dev/null 2>&1\n"].concat());
            shell.send(quiet(&format!("{END}; __scenario_e \"$__scenario_s\"")).as_bytes());
            match shell.until_report(START_TIME_MAX, &mut |_| {})? {
                End::Reported(_) if shell.status == NO_DIRECTORY => {
                    let name = script.file_stem().unwrap_or_default().display();
                    return Err(Error::new(format!(
                        "the directory in which terminal `{name}` was is not there any more"
                    ))
                    .with_help("run the steps before this one again"));
                }
                End::Reported(state) => self.state = *state,
                End::Exit(_) | End::Late => {
                    shell.end()?;
                    let what = format!("failed to bring a terminal to its state: `{}`", script.display());
                    return Err(Error::new(what).with_help("run the steps before this one again"));
                }
            }
            shell.drop_output();
        }
        self.shell = Some(shell);
        Ok(())
    }
}
