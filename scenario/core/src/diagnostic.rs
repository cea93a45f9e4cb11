//! A mistake in a page: where it is, what is wrong, and what would be right.

use std::fmt::Write;

use crate::source::{Sources, Span};

/// One mistake in a page. Nothing runs while there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The text that is wrong.
    pub span: Span,
    /// What is wrong with it, in lower case.
    pub message: String,
    /// What would be right; several lines are possible.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A mistake without advice.
    pub fn new(span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { span, message: message.into(), help: None }
    }

    /// The same mistake with advice.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// The message with the line it is about, the wrong part underlined.
    pub fn render(&self, sources: &Sources) -> String {
        let mut out = format!("error: {}\n", self.message);
        out.push_str(&excerpt(sources, self.span));
        for (index, line) in self.help.iter().flat_map(|help| help.lines()).enumerate() {
            let margin = if index == 0 { "  help: " } else { "        " };
            let _ = writeln!(out, "{margin}{line}");
        }
        out
    }
}

/// The place of a span, its first line, and a row of carets under what the span covers of it.
pub fn excerpt(sources: &Sources, span: Span) -> String {
    let page = &sources.pages[span.page];
    let at = sources.location(span);
    let range = page.line_range(at.line);
    let line = page.line(at.line);
    let start = span.start.min(range.end);
    let width = page.text[start..span.end.clamp(start, range.end)].chars().count().max(1);
    let number = at.line.to_string();
    let margin = " ".repeat(number.len());
    // A tab stays a tab, so that the carets stand below what they mean however wide it is shown.
    let blank = |c: char| if c == '\t' { c } else { ' ' };
    let indent: String = page.text[range.start..start].chars().map(blank).collect();
    let carets = "^".repeat(width);
    format!("{margin}--> {at}\n{margin} |\n{number} | {line}\n{margin} | {indent}{carets}\n")
}
