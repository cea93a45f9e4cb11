//! What pages are sent of places in the book: the mistakes in its pages, the lines that a program complains about, and
//! what a search has found.

use serde::Serialize;

/// Why the book on disk could not be rendered. The pages are those of its last version without mistakes.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct BookError {
    /// What happened, and what to do next, unless its pages have mistakes.
    pub(crate) message: Option<String>,
    /// The first mistakes in its pages.
    pub(crate) mistakes: Vec<Mistake>,
    /// How many mistakes there are.
    pub(crate) count: usize,
}

/// A mistake in a page of the book, and where it is.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Mistake {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// The line, with the mistake underlined.
    pub(crate) excerpt: String,
    pub(crate) help: Vec<String>,
    /// The page as it is shown, below `/book/`.
    pub(crate) page: Option<String>,
    /// The last block above the mistake, on that page.
    pub(crate) block: Option<String>,
}

/// A line of a file that a program has complained about, and where the book has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Place {
    /// The file, relative to the workspace.
    pub(crate) file: String,
    /// Its line, counted from 1.
    pub(crate) line: usize,
    /// The place in the book, for a person.
    pub(crate) origin: String,
    /// The page as it is shown, below `/book/`.
    pub(crate) page: Option<String>,
    /// The block that has the line, on that page.
    pub(crate) block: Option<String>,
    /// Which line of the block's text it is, counted from 1.
    pub(crate) row: Option<usize>,
}

/// A section of the book that a search has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Found {
    /// Its page and heading, as an address below `/book/`.
    pub(crate) page: String,
    /// The titles of what it is in, and its own.
    pub(crate) title: String,
    /// The text around the first word of the query.
    pub(crate) text: String,
}
