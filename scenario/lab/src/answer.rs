//! Answers about Prometheus and about files, as JSON. All other answers, and the messages to pages, are in `message`.

use serde::Serialize;

/// What a query of the book finds now, against what the page shows.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Compared {
    pub(crate) same: bool,
    /// One line for a person.
    pub(crate) text: String,
    pub(crate) expected: String,
    pub(crate) found: String,
    /// The difference, line by line; may be empty.
    pub(crate) detail: String,
}

/// The answer to *Copy to editor*.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Applied {
    pub(crate) outcome: Outcome,
    pub(crate) path: String,
    pub(crate) etag: String,
    /// Ranges of lines of the new text, counted from 1, both ends included.
    pub(crate) changed: Vec<(usize, usize)>,
    /// Where the learner's own file was moved to.
    pub(crate) kept: Option<String>,
}

/// Whether the file was changed.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    Applied,
    /// It has this block already.
    Already,
}

/// A file that differs from the book's at the end of a step.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Difference {
    pub(crate) path: String,
    pub(crate) mine: Option<String>,
    pub(crate) book: Option<String>,
}

/// The files of the workspace.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct FileList {
    pub(crate) files: Vec<FileEntry>,
    /// The folders that the files are in, and those without files.
    pub(crate) folders: Vec<String>,
    /// Whether there are more.
    pub(crate) truncated: bool,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct FileEntry {
    pub(crate) path: String,
    /// Whether the book writes it.
    pub(crate) book: bool,
}

/// Lines of files that have a text.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct FoundLines {
    pub(crate) lines: Vec<FoundLine>,
    /// Why there may be more.
    pub(crate) cut: Option<Cut>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct FoundLine {
    pub(crate) path: String,
    /// Its number, counted from 1.
    pub(crate) line: usize,
    /// What is around the text in it.
    pub(crate) text: String,
}

/// Which bound has ended a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Cut {
    /// As many lines as are listed were found.
    Lines,
    /// The time was up.
    Time,
    /// There are more files than are listed.
    Files,
}
