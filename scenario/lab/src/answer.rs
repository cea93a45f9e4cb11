//! Answers about Prometheus, as JSON. All other answers, and the messages to pages, are in `message`.

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
