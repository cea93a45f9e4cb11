//! What pages are sent of lines of the learner's files: mistakes that a command has found, and lines that a terminal shows.

use serde::Serialize;

use crate::place::Place;

/// What the book's command after a save has found in the files of a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Problems {
    pub(crate) state: Looking,
    /// The command, for a person; empty if none has run.
    pub(crate) command: String,
    /// One line for a person: how many there are, or why that is not known.
    pub(crate) text: String,
    pub(crate) list: Vec<FileProblem>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Looking {
    /// No command has run.
    #[default]
    Never,
    /// It runs; the problems are those of the last time.
    Running,
    Done,
    /// It could not say what it has found.
    Failed,
}

/// A mistake in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct FileProblem {
    /// The file, relative to the workspace.
    pub(crate) path: String,
    /// Where it begins, counted from 1; columns are characters.
    pub(crate) line: usize,
    pub(crate) column: usize,
    /// Where it ends; the column is the one behind it.
    pub(crate) end_line: usize,
    pub(crate) end_column: usize,
    pub(crate) severity: Severity,
    /// One line for a person.
    pub(crate) message: String,
    /// All that the command says about it.
    pub(crate) detail: String,
    /// Where the book has the line.
    pub(crate) place: Option<Place>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    Error,
    Warning,
}

/// A line of a file that a line of a terminal names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct NamedLine {
    /// Where the terminal's line names it: from one UTF-16 unit to another.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The file, relative to the workspace.
    pub(crate) path: String,
    /// The line, counted from 1.
    pub(crate) line: usize,
    /// The column, counted from 1.
    pub(crate) column: Option<usize>,
    /// Where the book has the line.
    pub(crate) place: Option<Place>,
}

/// A text that a formatter was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Formatted {
    /// The formatted text; none if it is to stay as it is.
    pub(crate) text: Option<String>,
    /// Why it is to stay, if a person should know.
    pub(crate) why: String,
}
