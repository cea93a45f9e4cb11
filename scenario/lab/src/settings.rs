//! What the lab was started with.

use std::path::PathBuf;

use scenario_cli::Front;
use scenario_core::runner::{Machine, RunOptions};

/// What the lab was started with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The book, the workspace, the tools, and the command line of the runner.
    pub front: Front,
    /// This program.
    pub exe: PathBuf,
}

impl Settings {
    /// The options of a run on a machine.
    pub(crate) fn run_options(&self, machine: Machine) -> RunOptions {
        RunOptions {
            workspace: self.front.workspace.clone(),
            machine,
            command: format!("{} serve", self.front.name),
            exe: self.exe.clone(),
            front: self.front.name.clone(),
        }
    }
}
