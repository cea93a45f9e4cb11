//! Compares a text from any source with what a check expects it to contain.

use crate::failure::{Captured, Mismatch, TextOf};
use crate::model::by_line;

pub(super) fn mismatch(
    of: TextOf,
    text: &str,
    contains: Option<&str>,
    matches: Option<&str>,
) -> Option<Mismatch> {
    if let Some(expected) = contains.filter(|expected| !text.contains(expected)) {
        return Some(Mismatch::Contains { of, expected: expected.to_owned(), found: Captured::new(text) });
    }
    let pattern = matches?;
    let matched = by_line(pattern).is_ok_and(|pattern| pattern.is_match(text));
    (!matched).then(|| Mismatch::Matches { of, expected: pattern.to_owned(), found: Captured::new(text) })
}
