//! HTML from text. What we write for a block is a single line, so that no blank line can end it as Markdown,
//! and so that it fits into any list or quote.

use std::fmt::{self, Display, Formatter};

/// A text with everything escaped that means something in HTML, in an attribute's value, or to Markdown
/// within a line of HTML: a newline becomes a character reference.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        let means_something = |byte: u8| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\n' | b'\r');
        while let Some(at) = rest.bytes().position(means_something) {
            f.write_str(&rest[..at])?;
            f.write_str(match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                b'\n' => "&#10;",
                _ => "&#13;",
            })?;
            rest = &rest[at + 1..];
        }
        f.write_str(rest)
    }
}

/// A text as code within a sentence.
pub(crate) fn code(text: &str) -> String {
    format!("<code>{}</code>", Escaped(text))
}
