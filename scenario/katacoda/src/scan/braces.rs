//! `{{words}}` on one line. `action` reads the words.

use std::ops::Range;

/// The most bytes to search for the end of the braces.
const LENGTH_MAX: usize = 200;

/// Two braces, words, two braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Braces {
    /// All of it.
    pub span: Range<usize>,
}

impl Braces {
    /// The braces that begin at a byte.
    pub(crate) fn at(text: &str, at: usize) -> Option<Braces> {
        let rest = text.as_bytes().get(at..)?.strip_prefix(b"{{")?;
        let rest = &rest[..rest.len().min(LENGTH_MAX)];
        let length = rest.iter().position(|byte| matches!(byte, b'{' | b'}' | b'\n'))?;
        let is_closed = rest[length..].starts_with(b"}}");
        is_closed.then(|| Braces { span: at..at + length + 4 })
    }

    /// What is between them.
    pub fn words<'a>(&self, text: &'a str) -> &'a str {
        &text[self.span.start + 2..self.span.end - 2]
    }
}
