//! One file edit on one text. Pure: nothing is read or written here.
//!
//! A text is kept as lines, each with the place in the book that it came from, so that a compiler's message
//! about a line of the file can be led back to the page.

use std::collections::HashSet;

use memchr::memmem;
use unicode_normalization::UnicodeNormalization;

use crate::diagnostic::Diagnostic;
use crate::model::{Block, Marker, Verb};
use crate::problem::{LINES_MAX, Nearest, NumberedLine, Problem};
use crate::source::Span;

/// A line of a file of the workspace, and where the book says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The line without its newline.
    pub text: String,
    /// The line of the block that it came from.
    pub origin: Span,
}

impl Line {
    /// The lines of a text that the book has not written, such as a learner's. All get the same origin.
    pub fn of(text: &str, origin: Span) -> Vec<Line> {
        text.lines().map(|text| Line { text: text.to_owned(), origin }).collect()
    }

    /// The lines of a block.
    pub fn of_block(block: &Block) -> Vec<Line> {
        let lines = block.text.lines().zip(&block.lines);
        lines.map(|(text, origin)| Line { text: text.to_owned(), origin: *origin }).collect()
    }
}

impl AsRef<str> for Line {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

/// What an edit has done to a text: from line `start` on, `added` lines replace those that were `removed`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The index of the first added line.
    pub start: usize,
    /// How many lines it has put there; for a replacement, with what surrounds it on its first and last line.
    pub added: usize,
    /// The lines that were there before.
    pub removed: Vec<Line>,
}

/// Edits a text with the lines of a block. `path` is the name of the text in messages. Only the lines from the
/// first changed one on are touched, so that appending costs no more in a long text than in a short one.
///
/// # Errors
///
/// A marker that does not occur exactly once in the text, with the nearest candidates. The text is unchanged then.
pub fn apply(path: &str, text: &mut Vec<Line>, verb: &Verb, block: Vec<Line>) -> Result<Change, Diagnostic> {
    let find = |marker: &Marker| find(path, text, marker, None);
    let (lines, block) = match verb {
        Verb::Write => (0..text.len(), block),
        Verb::Append => (text.len()..text.len(), block),
        Verb::Prepend => (0..0, block),
        Verb::InsertBefore(marker) => {
            let (line, _) = find(marker)?;
            (line..line, block)
        }
        Verb::InsertAfter(marker) => {
            let (line, _) = find(marker)?;
            (line + 1..line + 1, block)
        }
        Verb::Replace(from, to) => {
            let start = find(from)?;
            let end = match to {
                None => (start.0, start.1 + from.text.len()),
                Some(to) => {
                    let after = (start.0, start.1 + from.text.len());
                    let (line, column) = self::find(path, text, to, Some(after))?;
                    (line, column + to.text.len())
                }
            };
            (start.0..end.0 + 1, within_lines(text, start, end, block, from.span))
        }
    };
    let (start, added) = (lines.start, block.len());
    Ok(Change { start, added, removed: text.splice(lines, block).collect() })
}

/// Edits a text that the book has not written, such as a learner's. What the edit does not touch stays the same byte for
/// byte, including line endings and a missing one at the end. New lines get the line ending that most lines have.
///
/// # Errors
///
/// As those of [`apply`].
pub fn apply_to_text(path: &str, text: &str, verb: &Verb, block: Vec<Line>) -> Result<String, Diagnostic> {
    let mut lines = Line::of(text, Span::new(0, 0..0));
    let Change { start, added, removed } = apply(path, &mut lines, verb, block)?;
    let whole: Vec<&str> = text.split_inclusive('\n').collect();
    let (head, rest) = whole.split_at(start);
    let (old, tail) = rest.split_at(removed.len());
    let (all, long) = (text.matches('\n').count(), text.matches("\r\n").count());
    let end = if 2 * long > all { "\r\n" } else { "\n" };
    let has_no_end = |lines: &[&str]| lines.last().is_some_and(|line| !line.ends_with('\n'));
    let mut new: String = lines[start..start + added].iter().flat_map(|line| [&line.text, end]).collect();
    if has_no_end(head) && added > 0 {
        new.insert_str(0, end);
    }
    // An empty last line is one only by its end.
    if has_no_end(old) && lines[start..start + added].last().is_some_and(|line| !line.text.is_empty()) {
        new.truncate(new.len() - end.len());
    }
    Ok([&head.concat(), &new, &tail.concat()].map(String::as_str).concat())
}

/// Whether a text contains an edit already, that is, whether the edit could have produced it.
///
/// Some texts contain an edit to which it could be applied again, such as a file that ends in the line to append. Those
/// count as containing it. After a replacement, no marker may be left except for one in the block itself. A short
/// replacement that also occurs elsewhere cannot be told apart.
pub fn holds(text: &[impl AsRef<str>], verb: &Verb, block: &[impl AsRef<str>]) -> bool {
    let text: Vec<&str> = text.iter().map(AsRef::as_ref).collect();
    let block: Vec<&str> = block.iter().map(AsRef::as_ref).collect();
    match verb {
        Verb::Write => text == block,
        Verb::Append => text.ends_with(&block),
        Verb::Prepend => text.starts_with(&block),
        Verb::InsertBefore(_) | Verb::InsertAfter(_) if block.is_empty() => true,
        Verb::InsertBefore(marker) => is_inserted(text.iter().rev(), block.iter().rev(), &marker.text),
        Verb::InsertAfter(marker) => is_inserted(text.iter(), block.iter(), &marker.text),
        Verb::Replace(from, to) => {
            let (whole, new) = (text.join("\n"), block.join("\n"));
            if new.is_empty() {
                return !whole.contains(&from.text);
            }
            let Some(start) = only_place(&whole, &new) else { return false };
            let end = start + new.len();
            let is_before = whole.find(&from.text).is_some_and(|at| at < start);
            let is_after = whole.rfind(&from.text).is_some_and(|at| at + from.text.len() > end);
            if is_before || is_after {
                return false;
            }
            let to = to.iter().flat_map(|to| ["\n", &to.text]);
            let old: String = std::iter::once(from.text.as_str()).chain(to).collect();
            let before = format!("{}{old}{}", &whole[..start], &whole[end..]);
            makes(&before.split('\n').collect::<Vec<_>>(), verb, &block, from.span, &text)
        }
    }
}

/// Whether the lines of a block come right after the line of a marker that occurs once outside the block. For an
/// insertion before a marker, the lines are passed in reverse.
///
/// The line of the marker is the first that contains it: any line before that would be outside the block.
fn is_inserted<'a>(
    mut text: impl Iterator<Item = &'a &'a str> + Clone,
    block: impl ExactSizeIterator<Item = &'a &'a str>,
    marker: &str,
) -> bool {
    let Some(line) = text.find(|line| line.contains(marker)) else { return false };
    let mut below = text.clone().skip(block.len());
    only_place(line, marker).is_some()
        && text.take(block.len()).eq(block)
        && !below.any(|line| line.contains(marker))
}

/// Whether an edit makes one text of another.
fn makes(before: &[&str], verb: &Verb, block: &[&str], origin: Span, after: &[&str]) -> bool {
    let lines = |lines: &[&str]| -> Vec<Line> {
        lines.iter().map(|text| Line { text: (*text).to_owned(), origin }).collect()
    };
    let mut text = lines(before);
    apply("", &mut text, verb, lines(block)).is_ok()
        && text.iter().map(AsRef::as_ref).eq(after.iter().copied())
}

/// The place where one text is in another, if there is only one.
fn only_place(text: &str, part: &str) -> Option<usize> {
    text.find(part).filter(|at| text.rfind(part) == Some(*at))
}

/// Every place where one text occurs in another, including overlapping ones.
fn places(text: &str, part: &str) -> Vec<usize> {
    // Most lines do not have it, and are looked through once.
    let Some(first) = text.find(part) else { return Vec::new() };
    match text.rfind(part) {
        Some(last) if first < last => repeated(text.as_bytes(), part.as_bytes()),
        _ => vec![first],
    }
}

/// Every place of one text in another by Knuth, Morris and Pratt: no byte is compared twice, however much the
/// places overlap.
fn repeated(text: &[u8], part: &[u8]) -> Vec<usize> {
    // `back[n]`: where in `part` to continue if the byte after `n` equal ones differs.
    let mut back = vec![0; part.len() + 1];
    let mut equal = 0;
    for at in 1..part.len() {
        while equal > 0 && part[at] != part[equal] {
            equal = back[equal];
        }
        equal += usize::from(part[at] == part[equal]);
        back[at + 1] = equal;
    }
    let mut found = Vec::new();
    equal = 0;
    for (at, byte) in text.iter().enumerate() {
        while equal > 0 && part.get(equal) != Some(byte) {
            equal = back[equal];
        }
        equal += usize::from(part.get(equal) == Some(byte));
        if equal == part.len() {
            found.push(at + 1 - equal);
        }
    }
    found
}

/// A line, and a byte of it.
type TextPlace = (usize, usize);

/// The block with what is around it on its first and its last line, which stays.
fn within_lines(
    text: &[Line],
    start: TextPlace,
    end: TextPlace,
    mut block: Vec<Line>,
    origin: Span,
) -> Vec<Line> {
    if block.is_empty() {
        block.push(Line { text: String::new(), origin });
    }
    block[0].text.insert_str(0, &text[start.0].text[..start.1]);
    if let Some(line) = block.last_mut() {
        line.text.push_str(&text[end.0].text[end.1..]);
    }
    block
}

/// The only place where the marker occurs, from `after` on.
fn find(
    path: &str,
    text: &[Line],
    marker: &Marker,
    after: Option<TextPlace>,
) -> Result<TextPlace, Diagnostic> {
    let from = after.unwrap_or((0, 0));
    let mut places = Vec::new();
    // The search is prepared once for all lines, most of which do not have the marker.
    let finder = memmem::Finder::new(&marker.text);
    for (index, line) in text.iter().enumerate().skip(from.0) {
        if finder.find(line.text.as_bytes()).is_none() {
            continue;
        }
        let skip = if index == from.0 { from.1 } else { 0 };
        // Overlapping places count as well: nothing says which of them is meant.
        let here = self::places(&line.text, &marker.text).into_iter().filter(|column| *column >= skip);
        places.extend(here.map(|column| (index, column)));
    }
    if let [place] = places[..] {
        return Ok(place);
    }
    let (path, after_replace) = (path.to_owned(), after.is_some());
    let problem = if places.is_empty() {
        Problem::MarkerNotFound {
            path,
            after_replace,
            nearest: nearest(&text[from.0..], from.0, &marker.text),
        }
    } else {
        let mut lines: Vec<usize> = places.iter().map(|(line, _)| *line).collect();
        lines.dedup();
        let more_lines = lines.len().saturating_sub(LINES_MAX);
        let quoted = lines.iter().take(LINES_MAX).map(|at| NumberedLine::new(at + 1, &text[*at].text));
        Problem::AmbiguousMarker {
            path,
            after_replace,
            count: places.len(),
            lines: quoted.collect(),
            more_lines,
        }
    };
    Err(Diagnostic::new(marker.span, problem))
}

/// The lines that a missing marker may have been meant for: one that looks the same, or up to three that are most similar.
/// Line 1 of `text` is line `skipped + 1` of the file.
fn nearest(text: &[Line], skipped: usize, marker: &str) -> Nearest {
    let numbered = |at: usize| NumberedLine::new(skipped + at + 1, &text[at].text);
    let looks = looks(marker);
    if let Some(at) = text.iter().position(|line| self::looks(&line.text).contains(&looks)) {
        let (theirs, ours) = differing(&text[at].text, marker);
        return Nearest::LooksTheSame { line: numbered(at), theirs, ours };
    }
    let parts = trigrams(marker);
    let score = |line: &str| {
        // A marker can be a small part of a long line, so the rest of the line must not count.
        let there = trigrams(line);
        let share = parts.intersection(&there).count() as f64 / parts.len().max(1) as f64;
        strsim::sorensen_dice(marker.trim(), line.trim()).max(if share < 0.5 { 0.0 } else { share })
    };
    let mut scored: Vec<(f64, usize)> =
        text.iter().enumerate().map(|(at, line)| (score(&line.text), at)).collect();
    scored.retain(|(score, at)| *score > 0.3 && !text[*at].text.trim().is_empty());
    scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    if scored.is_empty() {
        return Nearest::None(text.len());
    }
    Nearest::Lines(scored.iter().take(3).map(|(_, at)| numbered(*at)).collect())
}

/// All parts of three characters.
fn trigrams(text: &str) -> HashSet<[char; 3]> {
    let chars: Vec<char> = text.trim().chars().collect();
    chars.windows(3).map(|part| [part[0], part[1], part[2]]).collect()
}

/// A text without invisible differences: normalized, with one kind of space, and without characters that have no width.
fn looks(text: &str) -> String {
    let has_width = |c: &char| !matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    let plain: String = text.nfkc().filter(has_width).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The characters of each text that the other does not have, as code points.
fn differing(theirs: &str, ours: &str) -> (String, String) {
    let only = |one: &str, other: &str| {
        let mut points: Vec<String> = Vec::new();
        for c in one.chars().filter(|c| !other.contains(*c)) {
            let point = format!("U+{:04X}", c as u32);
            if !points.contains(&point) && points.len() < LINES_MAX {
                points.push(point);
            }
        }
        points.join(" ")
    };
    (only(theirs, ours), only(ours, theirs))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text after an edit with the block `new` and the marker `one`.
    fn edited(text: &str, verb: impl Fn(Marker) -> Verb, new: &str) -> String {
        let span = Span::new(0, 0..0);
        let verb = verb(Marker { text: "one".to_owned(), span });
        let text = apply_to_text("a", text, &verb, Line::of(new, span)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(holds(&lines, &verb, &new.lines().collect::<Vec<_>>()), "{text:?}");
        text
    }

    #[test]
    fn lines_that_an_edit_does_not_touch_keep_their_ends() {
        let mixed = "zero\none\r\ntwo\r\nthree";
        assert_eq!(edited(mixed, |_| Verb::Append, "four\n"), "zero\none\r\ntwo\r\nthree\r\nfour\r\n");
        assert_eq!(edited(mixed, |_| Verb::Prepend, "a\nb\n"), "a\r\nb\r\nzero\none\r\ntwo\r\nthree");
        assert_eq!(edited(mixed, Verb::InsertAfter, "a\n"), "zero\none\r\na\r\ntwo\r\nthree");
        assert_eq!(edited(mixed, Verb::InsertBefore, "a\n"), "zero\na\r\none\r\ntwo\r\nthree");
        let replace = |marker| Verb::Replace(marker, None);
        assert_eq!(edited(mixed, replace, "1\n1\n"), "zero\n1\r\n1\r\ntwo\r\nthree");
        assert_eq!(edited("a\r\nb one", replace, "1\n"), "a\r\nb 1");
        assert_eq!(edited("a\nb one\n", replace, ""), "a\nb \n");
        assert_eq!(edited("a\none", replace, ""), "a\n\n");
        assert_eq!(edited("", |_| Verb::Append, "a\n"), "a\n");
        assert_eq!(edited("a", |_| Verb::Append, "b\n"), "a\nb\n");
    }

    #[test]
    fn places_that_overlap_are_all_found() {
        for (text, part) in [
            ("aaaaa", "aa"),
            ("abababa", "aba"),
            ("aabaabaaab", "aab"),
            ("éaéaé", "éaé"),
            ("abc", "abc"),
            ("ab", "abc"),
            ("aabaaabaaac", "aabaaac"),
        ] {
            let starts = text.char_indices().map(|(at, _)| at);
            let expected: Vec<usize> = starts.filter(|at| text[*at..].starts_with(part)).collect();
            assert_eq!(places(text, part), expected, "`{part}` in `{text}`");
        }
    }
}
