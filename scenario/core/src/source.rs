//! The text of the book and places in it: what every message points at.
//!
//! Reading files is the work of `book`; here a page is its text already.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Which page of a [`Sources`] a place is in.
pub type PageIndex = usize;

/// A stretch of one page, in bytes of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The page.
    pub page: PageIndex,
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// The stretch `range` of `page`.
    pub fn new(page: PageIndex, range: Range<usize>) -> Span {
        Span { page, start: range.start, end: range.end }
    }
}

/// One page: its path as messages show it, and its text.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The path as it is shown.
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
    line_starts: Vec<usize>,
}

impl SourceFile {
    /// A page from its text.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> SourceFile {
        let text = text.into();
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        SourceFile { path: path.into(), text, line_starts }
    }

    /// The line (counted from 1) that holds the byte at `offset`.
    pub fn line_number(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset)
    }

    /// The bytes of line `number` (counted from 1), without its newline or carriage return.
    pub fn line_range(&self, number: usize) -> Range<usize> {
        let start = self.line_starts[number - 1];
        let end = self.line_starts.get(number).map_or(self.text.len(), |next| next - 1);
        let carriage_return = self.text[start..end].ends_with('\r');
        start..end - usize::from(carriage_return)
    }

    /// The text of line `number` (counted from 1).
    pub fn line(&self, number: usize) -> &str {
        &self.text[self.line_range(number)]
    }

    /// How many lines there are; what follows the last newline counts as one, even if it is nothing.
    pub fn line_count(&self) -> usize {
        self.line_starts.len()
    }
}

/// All pages that a scenario was read from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The pages; a [`PageIndex`] counts in here.
    pub pages: Vec<SourceFile>,
}

impl Sources {
    /// Adds a page.
    pub fn add(&mut self, page: SourceFile) -> PageIndex {
        self.pages.push(page);
        self.pages.len() - 1
    }

    /// The text of a span.
    pub fn text(&self, span: Span) -> &str {
        &self.pages[span.page].text[span.start..span.end]
    }

    /// Where a span begins, for a person.
    pub fn location(&self, span: Span) -> Location<'_> {
        let page = &self.pages[span.page];
        let line = page.line_number(span.start);
        let range = page.line_range(line);
        let column = page.text[range.start..span.start.min(range.end)].chars().count() + 1;
        Location { path: &page.path, line, column }
    }
}

/// A place as `path:line:column`, both counted from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Location<'a> {
    /// The page.
    pub path: &'a Path,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl fmt::Display for Location<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}
