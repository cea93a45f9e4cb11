//! Lines of a file as a message shows them: a few, numbered, and cut if they are very long.

use serde::{Deserialize, Serialize};

/// How many lines a message quotes.
pub(crate) const LINES_MAX: usize = 5;
/// How many characters of a line.
const WIDTH_MAX: usize = 90;

/// A line of a file, for a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberedLine {
    /// Its number, counted from 1.
    pub number: usize,
    /// Its text.
    pub text: String,
}

impl NumberedLine {
    /// Line `number` of a file, cut to what a message shows.
    pub(crate) fn new(number: usize, text: &str) -> NumberedLine {
        let text = text.trim();
        let cut = text.char_indices().nth(WIDTH_MAX).map(|(at, _)| format!("{}…", &text[..at]));
        NumberedLine { number, text: cut.unwrap_or_else(|| text.to_owned()) }
    }
}

/// The lines below each other, and how many more there are.
pub(super) fn quote(lines: &[NumberedLine], more: usize) -> String {
    let mut quoted: Vec<String> =
        lines.iter().map(|line| format!("  line {}: {}", line.number, line.text)).collect();
    if more > 0 {
        quoted.push(format!("  … and {more} more"));
    }
    quoted.join("\n")
}
