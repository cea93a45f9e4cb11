//! The constructs of a page as data.
//!
//! This module does not find them: the other modules do.

use std::ops::Range;

use super::braces::Braces;
use super::pre::Pre;

/// A part of a page that has a meaning in the format.
#[derive(Debug, Clone, PartialEq)]
pub struct Construct {
    /// Its bytes, with its braces.
    pub span: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// What a construct is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A fenced code block.
    Fence(Fence),
    /// A code span with braces that touch it, or without.
    Span(Span),
    /// A `<pre>` with what is in it.
    Pre(Pre),
    /// A comment of HTML.
    Comment {
        /// Whether it has an end.
        is_closed: bool,
    },
    /// Braces with an action that belong to no code.
    Orphan(Braces),
    /// A fence with an action on its first line that no fence closes: only a line that was meant to be the end of one.
    Stray(Braces),
    /// Backticks that nothing closes in their paragraph.
    LoneBackticks,
}

/// A fenced code block.
#[derive(Debug, Clone, PartialEq)]
pub struct Fence {
    /// What follows the characters of the fence on its first line, trimmed.
    pub info: Range<usize>,
    /// The lines between, with the last newline.
    pub body: Range<usize>,
    /// The braces behind its end.
    pub braces: Option<Braces>,
    /// Braces on its first line, where they have no effect.
    pub opening_braces: Option<Braces>,
    /// How it ends.
    pub end: End,
    /// Whether its first line is indented.
    pub is_indented: bool,
    /// How many quotations it is in: each of its lines begins with as many `>`.
    pub quotes: usize,
    /// Whether it is made of tildes.
    pub is_tilde: bool,
    /// Whether more text follows the braces behind its end.
    pub has_text_after: bool,
}

impl Fence {
    /// Whether the code begins on the first line of the fence. This is so if the info string has several words, and the
    /// lines below have no code or the fence ends on a line of code.
    pub fn has_code_on_first_line(&self, text: &str) -> bool {
        let is_code = self.end == End::AfterCode || text[self.body.clone()].trim().is_empty();
        is_code && self.opening_braces.is_none() && text[self.info.clone()].contains(' ')
    }
}

/// How a fence ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By a line with at least as many of the same character.
    Line,
    /// On a line of code, before braces.
    AfterCode,
    /// By a line with fewer of the same character, before braces.
    Shorter,
    /// With the page.
    Missing,
}

/// A code span.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// What is between its backticks.
    pub code: Range<usize>,
    /// How many backticks it has on each side.
    pub ticks: usize,
    /// The braces that touch its end.
    pub braces: Option<Braces>,
}
