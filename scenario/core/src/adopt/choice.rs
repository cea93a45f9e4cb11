//! A change of a file that several blocks could take over, and the choices.

use crate::diagnostic::PageEdit;
use crate::source::Span;

use super::why::Why;

/// A change that several blocks could take over.
#[derive(Debug, Clone)]
pub struct Question {
    /// The file, relative to the workspace.
    pub path: String,
    /// The line of it where the change begins, counted from 1.
    pub line: usize,
    /// The lines that are new there.
    pub new: Vec<String>,
    /// Why it is a question.
    pub why: Why,
    /// What can be done.
    pub choices: Vec<Choice>,
}

/// A block that could take over new lines.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The line of the page that they come next to, or in place of.
    pub place: Span,
    /// Where they come.
    pub side: Side,
    /// What it changes in the pages.
    pub(super) edits: Vec<PageEdit>,
}

/// Where new lines come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Below the line.
    Below,
    /// Above it.
    Above,
    /// In its place and that of the lines that follow; lines of other blocks go.
    Instead,
}

/// What becomes of one change.
pub(super) enum Made {
    Edits(Vec<PageEdit>),
    Asked(Why, Vec<Choice>),
}
