//! A failure in words: the parts that every report shows, and the sentences about a file that differs.
//!
//! All other sentences are in `words`.

use crate::failure::Difference;

/// A failure in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explained {
    /// What is wrong, in lower case.
    pub message: String,
    /// What should be; may be empty.
    pub expected: String,
    /// What is; may be empty.
    pub found: String,
    /// A difference, the end of a log, the beginning of a body; may be empty.
    pub detail: String,
    /// What a reader may have overlooked in an exercise; may be empty.
    pub hint: String,
    /// What to do next; may be empty.
    pub help: String,
}

impl Explained {
    /// What a message has below its first line: the parts that are not empty, each with its name.
    pub(super) fn parts(&self) -> impl Iterator<Item = String> {
        let parts = [
            ("expected: ", &self.expected),
            ("found: ", &self.found),
            ("", &self.detail),
            ("hint: ", &self.hint),
            ("help: ", &self.help),
        ];
        parts.into_iter().filter(|(_, part)| !part.is_empty()).map(|(name, part)| format!("{name}{part}"))
    }
}

/// How a file of the learner's differs from the book's at the end of a step, and what to do about it.
pub(super) fn file_differs(difference: &Difference, door: &str) -> Explained {
    let line =
        |line: &Option<String>| line.as_ref().map_or("no such line".to_owned(), |line| format!("`{line}`"));
    let (message, expected, found) = match difference {
        Difference::Missing => {
            ("there is no such file in the workspace".to_owned(), String::new(), String::new())
        }
        Difference::Line { number, expected, found } => {
            (format!("line {number} differs from the book"), line(expected), line(found))
        }
        Difference::Unexpected => {
            ("the book has no such file at the end of the step".to_owned(), String::new(), String::new())
        }
        Difference::LineEnds => {
            ("only the line ends differ from the book".to_owned(), String::new(), String::new())
        }
    };
    let help = format!("do what the page says here, or let {door} do it; what you have written is kept");
    Explained { message, expected, found, help, ..Explained::default() }
}
