//! HTML from text, such that it fits into Markdown.

use std::fmt::{self, Display, Formatter, Write};

/// A text with everything escaped that means something in HTML.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        escape(self.0, b'<', "&lt;", f)
    }
}

/// The attribute `data-text`: a text that is not the page's own. The style shows it, and the script makes it text of the
/// element. It is not found by a search, and mdBook is spared its words.
pub(crate) struct DataText<'a>(pub(crate) &'a str);

impl Display for DataText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(" data-text=\"")?;
        escape(self.0, b'"', "&quot;", f)?;
        f.write_char('"')
    }
}

/// Writes a text with `special` escaped, and what is special everywhere. Each escape costs mdBook time.
fn escape(text: &str, special: u8, escaped: &str, f: &mut Formatter<'_>) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| byte == special || matches!(byte, b'&' | b'\r')) {
        f.write_str(&rest[..at])?;
        f.write_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'\r' => "&#13;",
            _ => escaped,
        })?;
        rest = &rest[at + 1..];
    }
    f.write_str(rest)
}

/// HTML without a blank line, which would end it as Markdown; on a single line if it is within a list or a quote, whose
/// lines begin with marks.
pub(crate) fn without_blank_lines(html: &str, is_within: bool) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 16);
    for line in html.split_inclusive('\n') {
        match line.strip_suffix('\n') {
            Some(text) if is_within || text.trim().is_empty() => out.extend([text, "&#10;"]),
            _ => out.push_str(line),
        }
    }
    out
}

/// A text as code within a sentence; the script makes an element of it.
pub(crate) fn code(text: &str) -> String {
    format!("“{text}”")
}
