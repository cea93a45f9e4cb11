//! The text of one file, each line with its place in the book.
//!
//! Edits are not made here.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::edit::Line;
use crate::source::Span;

/// The text of a file.
#[derive(Debug, Clone, Default)]
pub(super) struct Text {
    /// Shared: the files of a book are copied for each attempt at an exercise.
    pub(super) lines: Arc<Vec<Line>>,
    /// Its size: the lines, each with its newline.
    pub(super) bytes: usize,
    /// What a command has written, where that is more than lines with a newline each.
    pub(super) exact: Option<Vec<u8>>,
    /// Where the page says that a command writes it, if the book has not written it whole since.
    pub(super) by: Option<Span>,
    /// Texts with one revision are the same text; see [`Text::is_changed`].
    pub(super) revision: u64,
}

/// The last revision of any text.
static REVISION: AtomicU64 = AtomicU64::new(0);

impl Text {
    /// Takes note that this is another text from now on.
    pub(super) fn is_changed(&mut self) {
        self.revision = REVISION.fetch_add(1, Ordering::Relaxed) + 1;
    }

    pub(super) fn is(&self, text: &str) -> bool {
        if let Some(exact) = &self.exact {
            return exact == text.as_bytes();
        }
        let mut rest = text;
        let mut take = |part: &str| rest.strip_prefix(part).map(|after| rest = after).is_some();
        self.bytes == text.len() && self.lines.iter().all(|line| take(&line.text) && take("\n"))
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        if let Some(exact) = &self.exact {
            return exact.clone();
        }
        let mut bytes = Vec::with_capacity(self.bytes);
        self.lines.iter().for_each(|line| bytes.extend([line.text.as_bytes(), b"\n"].concat()));
        bytes
    }

    /// What a command has made of a file. A line that was there before keeps its place in the book.
    pub(super) fn written(bytes: Vec<u8>, by: Span, before: Option<&Text>) -> Text {
        let text = String::from_utf8_lossy(&bytes);
        let mut lines = Line::of(&text, by);
        if let Some(before) = before {
            keep_origins(&before.lines, &mut lines);
        }
        let mut written =
            Text { bytes: size(&lines), lines: Arc::new(lines), by: Some(by), ..Text::default() };
        written.is_changed();
        if !std::str::from_utf8(&bytes).is_ok_and(|text| written.is(text)) {
            written.exact = Some(bytes);
        }
        written
    }
}

/// How many bytes lines have with their newlines.
pub(super) fn size(lines: &[Line]) -> usize {
    lines.iter().map(|line| line.text.len() + 1).sum()
}

/// Gives lines the places of those before them: at the beginning, at the end, and between these where a line is there
/// once before and once after.
fn keep_origins(before: &[Line], after: &mut [Line]) {
    let same = |pairs: &mut dyn Iterator<Item = (&Line, &Line)>| {
        pairs.take_while(|(one, other)| one.text == other.text).count()
    };
    let head = same(&mut before.iter().zip(after.iter()));
    let tail = same(&mut before[head..].iter().rev().zip(after[head..].iter().rev()));
    let (old, count) = (&before[head..before.len() - tail], after.len());
    for (line, known) in after[..head].iter_mut().zip(before) {
        line.origin = known.origin;
    }
    for (line, known) in after[count - tail..].iter_mut().zip(&before[before.len() - tail..]) {
        line.origin = known.origin;
    }
    let new = &mut after[head..count - tail];
    let mut seen: HashMap<&str, (usize, usize, Span)> = HashMap::new();
    for line in old {
        seen.entry(&line.text).or_insert((0, 0, line.origin)).0 += 1;
    }
    for line in new.iter() {
        seen.entry(line.text.as_str()).and_modify(|(_, count, _)| *count += 1);
    }
    let origins: Vec<Option<Span>> = new
        .iter()
        .map(|line| {
            seen.get(line.text.as_str()).filter(|(old, new, _)| (*old, *new) == (1, 1)).map(|found| found.2)
        })
        .collect();
    for (line, origin) in new.iter_mut().zip(origins) {
        line.origin = origin.unwrap_or(line.origin);
    }
}
