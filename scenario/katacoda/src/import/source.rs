//! A page during its conversion: what is converted, and the pieces so far.
//!
//! This module does not know what a construct becomes: `page` does.

use std::collections::HashMap;
use std::ops::Range;

use super::block::Piece;
use super::text::paragraph_end;
use super::{images, local, prose};

/// A page during its conversion.
pub(super) struct Source<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a str,
    /// Where the lines end, because a page has many places.
    newlines: Vec<usize>,
    pub(super) pieces: Vec<Piece>,
    /// Blocks that follow the paragraph.
    pub(super) pending: Vec<Piece>,
    /// The place up to which the text is converted.
    pub(super) at: usize,
    /// The new addresses of pictures.
    pub(super) images: &'a HashMap<String, String>,
}

impl Source<'_> {
    /// A page with what goes before it.
    pub(super) fn new<'a>(
        path: &'a str,
        text: &'a str,
        pieces: Vec<Piece>,
        images: &'a HashMap<String, String>,
    ) -> Source<'a> {
        let newlines = memchr::memchr_iter(b'\n', text.as_bytes()).collect();
        Source { path, text, newlines, pieces, pending: Vec::new(), at: 0, images }
    }

    pub(super) fn line(&self, at: usize) -> usize {
        self.newlines.partition_point(|newline| *newline < at) + 1
    }

    pub(super) fn push_text(&mut self, text: &str) {
        if let Some(Piece::Text(last)) = self.pieces.last_mut() {
            last.push_str(text);
        } else {
            self.pieces.push(Piece::Text(text.to_owned()));
        }
    }

    /// Converts the text up to a place, and adds waiting blocks after its first paragraph. Returns the tags that would do
    /// something.
    pub(super) fn text_until(&mut self, end: usize) -> Vec<String> {
        let text = &self.text[self.at..end.max(self.at)];
        let split = if self.pending.is_empty() { None } else { paragraph_end(text) };
        let (first, rest) = text.split_at(split.unwrap_or(text.len()));
        let mut tags = Vec::new();
        for (number, part) in [first, rest].into_iter().enumerate().filter(|(_, part)| !part.is_empty()) {
            if number == 1 {
                self.flush();
            }
            let (safe, found) = prose::tags(part);
            tags.extend(found);
            self.push_text(&images::renamed(&local::linked(&safe), self.images));
        }
        if split.is_some() {
            self.flush();
        }
        self.at = end;
        tags
    }

    /// Whether nothing else is on the lines of a place.
    pub(super) fn is_alone(&self, place: Range<usize>) -> bool {
        let before = self.text[..place.start].rsplit('\n').next().unwrap_or_default();
        let after = self.text[place.end..].split('\n').next().unwrap_or_default();
        before.trim().is_empty() && after.trim().is_empty() && self.pending.is_empty()
    }

    /// The indentation of the content of the line of a place.
    pub(super) fn indent(&self, at: usize) -> usize {
        let start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        prose::indent_of(&self.text[start..at]).min(at - start)
    }

    /// Adds the waiting blocks.
    pub(super) fn flush(&mut self) {
        self.pieces.append(&mut self.pending);
    }
}
