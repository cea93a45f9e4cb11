//! The terminals of a run, and their states at the end of each step, which are kept with the workspace.
//!
//! `.scenario/terminals/3/T1.sh` is the state of `T1` at the end of step 3, as a script for bash. A terminal in the same
//! state as a new one has no script. The folder `now` has the states that new terminals begin with.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::digest::digest;
use crate::error::{Error, PathContext, Result};
use crate::process::{Terminal, TerminalSettings};
use crate::workspace::{Workspace, terminal_script, terminals_dir};

/// The folder of the states that new terminals begin with.
const NOW: &str = "now";
/// How many bytes of a digest name the states of a step.
const DIGEST_BYTES: usize = 16;

/// The terminals of one workspace.
#[derive(Debug)]
pub(super) struct Terminals {
    root: PathBuf,
    env: Vec<(OsString, Option<OsString>)>,
    folder: PathBuf,
    open: BTreeMap<String, Terminal>,
    /// The step that this run has brought them to the end of.
    at: Option<usize>,
}

impl Terminals {
    /// Those of a workspace; none is opened yet.
    pub(super) fn new(workspace: &Workspace, env: Vec<(OsString, Option<OsString>)>) -> Result<Terminals> {
        let root = workspace.root().to_owned();
        Ok(Terminals { folder: terminals_dir(&root), root, env, open: BTreeMap::new(), at: None })
    }

    /// The terminal with a name.
    pub(super) fn get(&mut self, name: &str) -> Result<&mut Terminal> {
        if !self.open.contains_key(name) {
            let script = self.script(name)?;
            let settings = TerminalSettings { dir: self.root.clone(), env: self.env.clone(), script };
            self.open.insert(name.to_owned(), Terminal::new(settings));
        }
        self.open.get_mut(name).ok_or_else(|| Error::new(format!("no terminal `{name}`")))
    }

    /// The script with the present state of a terminal, for whatever begins in that state. It may not exist.
    pub(super) fn present(&self, name: &str) -> Result<PathBuf> {
        if let Some(terminal) = self.open.get(name) {
            terminal.save()?;
        }
        self.script(name)
    }

    fn script(&self, name: &str) -> Result<PathBuf> {
        let script = terminal_script(&self.root, name);
        std::fs::create_dir_all(script.with_file_name("")).on_path("create", &script)?;
        Ok(script)
    }

    /// A step begins: each terminal is as it was at the end of the step before.
    pub(super) fn begin(&mut self, step: usize) -> Result<()> {
        if self.at != Some(step - 1) {
            self.go_to(step - 1)?;
        }
        self.at = None;
        Ok(())
    }

    /// Makes the states at the end of a step those that terminals begin with.
    pub(super) fn go_to(&mut self, step: usize) -> Result<()> {
        self.open.clear();
        copy(&self.of_step(step), &self.folder.join(NOW))?;
        self.at = Some(step);
        Ok(())
    }

    /// A step has ended here; with `passed`, its states are kept. Returns what [`Terminals::has`] asks for.
    pub(super) fn end(&mut self, step: usize, passed: bool) -> Result<Option<String>> {
        self.open.values().try_for_each(Terminal::save)?;
        if !passed {
            return Ok(None);
        }
        copy(&self.folder.join(NOW), &self.of_step(step))?;
        self.at = Some(step);
        Ok(Some(digest_of(&self.of_step(step))))
    }

    /// Whether the states at the end of a step are still there.
    pub(super) fn has(&self, step: usize, kept: &str) -> bool {
        are_kept(&self.folder, step, kept)
    }

    /// Forgets all states.
    pub(super) fn forget(&mut self) -> Result<()> {
        self.open.clear();
        self.at = None;
        remove(&self.folder)
    }

    fn of_step(&self, step: usize) -> PathBuf {
        self.folder.join(step.to_string())
    }
}

/// Whether the states at the end of a step are in the folder of a workspace's terminals, as [`Terminals::end`] named them.
pub(super) fn are_kept(folder: &Path, step: usize, kept: &str) -> bool {
    digest_of(&folder.join(step.to_string())) == kept
}

/// A digest of the states in a folder; empty if there are none.
fn digest_of(folder: &Path) -> String {
    let mut all = Vec::new();
    for script in scripts(folder) {
        all.extend(script.file_name().unwrap_or_default().as_encoded_bytes());
        all.push(0);
        all.extend(std::fs::read(&script).unwrap_or_default());
    }
    if all.is_empty() { String::new() } else { digest(&all, DIGEST_BYTES) }
}

/// The scripts in a folder, in order of their names.
fn scripts(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    found.sort();
    found
}

/// Makes one folder like another, which need not exist.
fn copy(from: &Path, to: &Path) -> Result<()> {
    remove(to)?;
    let scripts = scripts(from);
    if !scripts.is_empty() {
        std::fs::create_dir_all(to).on_path("create", to)?;
    }
    for script in scripts {
        let place = to.join(script.file_name().unwrap_or_default());
        std::fs::copy(&script, &place).on_path("write", &place)?;
    }
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => Err(cause).on_path("remove", folder),
        _ => Ok(()),
    }
}
