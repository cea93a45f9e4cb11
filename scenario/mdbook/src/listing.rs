//! The lines of a file edit as a reader should see them: the block's own, which of them are new, and a few of
//! the file around them, so that the place is found without searching.
//!
//! How a line looks is not decided here.

use scenario_core::edit::{Change, Line};
use scenario_core::model::{Block, Verb};
use similar::{Algorithm, ChangeTag, capture_diff_slices};

/// How many lines of the file are shown before and after the block.
const CONTEXT_LINES: usize = 3;

/// One line of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) mark: Mark,
    /// What the file has before the block's own text on this line.
    pub(crate) head: String,
    /// The block's own text; none on a line that the block does not say.
    pub(crate) own: Option<String>,
    /// What the file has after it.
    pub(crate) tail: String,
}

impl Row {
    fn of_file(mark: Mark, text: &str) -> Row {
        Row { mark, head: text.to_owned(), own: None, tail: String::new() }
    }
}

/// What an edit does to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// It is in the file before and after.
    Same,
    /// It is in the file only after the edit.
    Added,
    /// It was in the file only before.
    Removed,
}

/// The rows of an edit of a file that has the lines `after` by it; nothing where the edit says nothing.
pub(crate) fn rows(block: &Block, verb: &Verb, change: &Change, after: &[Line]) -> Vec<Row> {
    let (start, end) = (change.start, change.start + change.added);
    if start == end {
        return Vec::new();
    }
    let around = |line: &Line| Row::of_file(Mark::Same, &line.text);
    let mut rows: Vec<Row> = after[start.saturating_sub(CONTEXT_LINES)..start]
        .iter()
        .skip_while(|line| line.text.trim().is_empty())
        .map(around)
        .collect();
    rows.extend(changed(&change.removed, &after[start..end], verb, &Line::of_block(block)));
    let below = &after[end..after.len().min(end + CONTEXT_LINES)];
    let blank = below.iter().rev().take_while(|line| line.text.trim().is_empty()).count();
    rows.extend(below[..below.len() - blank].iter().map(around));
    rows
}

/// The lines of the edit itself: those that go, and those that come or stay.
fn changed(replaced: &[Line], after: &[Line], verb: &Verb, block: &[Line]) -> Vec<Row> {
    let old: Vec<&str> = replaced.iter().map(|line| line.text.as_str()).collect();
    let new: Vec<&str> = after.iter().map(|line| line.text.as_str()).collect();
    // A replacement begins and ends within a line of the file.
    let head = match verb {
        Verb::Replace(from, _) => old.first().and_then(|line| line.find(&from.text)).unwrap_or(0),
        _ => 0,
    };
    let own = |index: usize, mark: Mark| {
        let start = if index == 0 { head } else { 0 };
        let length = block.get(index).map_or(0, |line| line.text.len());
        let (head, rest) = new[index].split_at(start);
        let (text, tail) = rest.split_at(length);
        Row { mark, head: head.to_owned(), own: Some(text.to_owned()), tail: tail.to_owned() }
    };
    let operations = capture_diff_slices(Algorithm::Myers, &old, &new);
    let changes = operations.iter().flat_map(|operation| operation.iter_changes(&old, &new));
    changes
        .filter_map(|change| match (change.tag(), change.new_index()) {
            (ChangeTag::Equal, Some(index)) => Some(own(index, Mark::Same)),
            (_, Some(index)) => Some(own(index, Mark::Added)),
            // A rewritten file is shown as it will be.
            (_, None) if matches!(verb, Verb::Write) => None,
            (_, None) => Some(Row::of_file(Mark::Removed, change.value())),
        })
        .collect()
}
