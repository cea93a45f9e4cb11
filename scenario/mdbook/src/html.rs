//! HTML from text. What we write for a block is a single line, so that no blank line can end it as Markdown,
//! and so that it fits into any list or quote.

use std::fmt::{self, Display, Formatter};

/// A text with everything escaped that means something in HTML, in an attribute's value, or to Markdown
/// within a line of HTML: a newline becomes a character reference.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\n' => f.write_str("&#10;")?,
                '\r' => f.write_str("&#13;")?,
                other => write!(f, "{other}")?,
            }
        }
        Ok(())
    }
}

/// A text as code within a sentence.
pub(crate) fn code(text: &str) -> String {
    format!("<code class=\"nohighlight\">{}</code>", Escaped(text))
}
