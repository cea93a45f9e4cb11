//! Why an output or a result cannot be written to a page.

use std::fmt;

use crate::failure::{CAPTURED_BYTES_MAX, SAMPLES_MAX};

/// Why an output or a result cannot be written to a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// A line would be read as something else.
    ReadAs {
        /// The line.
        line: String,
        /// What it would be read as.
        what: &'static str,
        /// What to write instead.
        instead: String,
    },
    /// A line contains the name of an elision, which would match other texts, too.
    Elision {
        /// The line.
        line: String,
        /// The elision.
        name: &'static str,
    },
    /// There is more than is kept of a command.
    TooLong,
    /// There are more samples than are kept.
    TooManySamples {
        /// How many.
        count: usize,
    },
    /// Only `...` would be left.
    NothingAlike,
    /// The page would have this mistake.
    Mistake(String),
    /// The changed page would be read as something else.
    Misread,
    /// An action of the same block failed.
    BlockFailed,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::ReadAs { line, what, instead } => {
                write!(f, "the line `{line}` would be read as {what}; write `{instead}`")
            }
            Why::Elision { line, name } => write!(
                f,
                "`{name}` in the line `{line}` would be read as an elision, and a page cannot say that it is not one; print \
                 it in another form, or write the line by hand"
            ),
            Why::TooLong => write!(
                f,
                "more than {CAPTURED_BYTES_MAX} bytes were printed; shorten the output, as with `| head`"
            ),
            Why::TooManySamples { count } => {
                write!(f, "{count} samples were found, and {SAMPLES_MAX} are kept; narrow the query")
            }
            Why::NothingAlike => write!(
                f,
                "no printed line is like those that the page shows between `...`; write the lines to show"
            ),
            Why::Mistake(message) => write!(f, "the page would have a mistake: {message}"),
            Why::Misread => {
                write!(f, "the page would not show it as it was printed; print it in another form")
            }
            Why::BlockFailed => write!(f, "another action of its block failed"),
        }
    }
}
