//! What finds mistakes in files that were saved. It is not run here.

use std::path::PathBuf;

use serde::Deserialize;

/// A command that finds mistakes in the files of a folder, as the book's configuration has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AfterSave {
    /// The folder, as a path in the workspace: the command runs there. Without it, the workspace.
    #[serde(default)]
    pub dir: PathBuf,
    /// The command, for bash.
    pub command: String,
    /// How it says what it has found.
    pub format: Findings,
}

/// How a command says which mistakes it has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Findings {
    /// As cargo does with `--message-format=json`: a JSON object in each line of standard output.
    Cargo,
    /// A mistake in each line of either stream: `file:line:column: message`, or without the column.
    Lines,
}
