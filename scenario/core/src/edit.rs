//! One file edit on one text. Pure: nothing is read or written here.
//!
//! A text is kept as lines, each with the place in the book that it came from, so that a compiler's message
//! about a line of the file can be led back to the page.

use crate::diagnostic::Diagnostic;
use crate::model::{Block, Marker, Verb};
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
    /// The lines of a text that the book has not written, such as a learner's; all get one origin.
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

/// The lines of a text after an edit with the lines of a block. `path` is what messages call the text.
///
/// # Errors
///
/// A marker that does not stand exactly once in the text, with the nearest candidates.
pub fn apply(path: &str, text: &[Line], verb: &Verb, block: &[Line]) -> Result<Vec<Line>, Diagnostic> {
    let find = |marker: &Marker| find(path, text, marker, None);
    let splice = |at: usize| [&text[..at], block, &text[at..]].concat();
    Ok(match verb {
        Verb::Write => block.to_vec(),
        Verb::Append => splice(text.len()),
        Verb::Prepend => splice(0),
        Verb::InsertBefore(marker) => splice(find(marker)?.0),
        Verb::InsertAfter(marker) => splice(find(marker)?.0 + 1),
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
            replace(text, start, end, block, from.span)
        }
    })
}

/// Whether an edit stands in a text already: whether the text is what the edit makes of some other one.
///
/// A text may be both, what the edit makes and what it could be made to once more, as a file that ends in the
/// line to append. Then it counts as standing. Of a replacement no marker may be left, but for one that the
/// block itself brings; and a replacement so short that it stands elsewhere too cannot be told from that.
pub fn holds(text: &[impl AsRef<str>], verb: &Verb, block: &[impl AsRef<str>]) -> bool {
    let text: Vec<&str> = text.iter().map(AsRef::as_ref).collect();
    let block: Vec<&str> = block.iter().map(AsRef::as_ref).collect();
    let without = |at: usize| [&text[..at], &text[at + block.len()..]].concat();
    match verb {
        Verb::Write => text == block,
        Verb::Append => text.ends_with(&block),
        Verb::Prepend => text.starts_with(&block),
        Verb::InsertBefore(_) | Verb::InsertAfter(_) if block.is_empty() => true,
        Verb::InsertBefore(marker) | Verb::InsertAfter(marker) => text
            .windows(block.len())
            .enumerate()
            .any(|(at, lines)| lines == block && makes(&without(at), verb, &block, marker.span, &text)),
        Verb::Replace(from, to) => {
            let (whole, new) = (text.join("\n"), block.join("\n"));
            if new.is_empty() {
                return !whole.contains(&from.text);
            }
            let [start] = places(&whole, &new)[..] else { return false };
            let end = start + new.len();
            let left = |at: &usize| *at < start || at + from.text.len() > end;
            if places(&whole, &from.text).iter().any(left) {
                return false;
            }
            let to = to.iter().flat_map(|to| ["\n", &to.text]);
            let old: String = std::iter::once(from.text.as_str()).chain(to).collect();
            let before = format!("{}{old}{}", &whole[..start], &whole[end..]);
            makes(&before.split('\n').collect::<Vec<_>>(), verb, &block, from.span, &text)
        }
    }
}

/// Whether an edit makes one text of another.
fn makes(before: &[&str], verb: &Verb, block: &[&str], origin: Span, after: &[&str]) -> bool {
    let lines = |lines: &[&str]| -> Vec<Line> {
        lines.iter().map(|text| Line { text: (*text).to_owned(), origin }).collect()
    };
    let made = apply("", &lines(before), verb, &lines(block));
    made.is_ok_and(|made| made.iter().map(AsRef::as_ref).eq(after.iter().copied()))
}

/// Every place where one text stands in another, those that overlap too.
fn places(text: &str, part: &str) -> Vec<usize> {
    text.char_indices().map(|(at, _)| at).filter(|at| text[*at..].starts_with(part)).collect()
}

/// A line, and a byte of it.
type Place = (usize, usize);

/// Swaps the text from one place to another for the block; what stands around it on its lines stays.
fn replace(text: &[Line], start: Place, end: Place, block: &[Line], origin: Span) -> Vec<Line> {
    let mut middle = block.to_vec();
    if middle.is_empty() {
        middle.push(Line { text: String::new(), origin });
    }
    middle[0].text.insert_str(0, &text[start.0].text[..start.1]);
    if let Some(line) = middle.last_mut() {
        line.text.push_str(&text[end.0].text[end.1..]);
    }
    [&text[..start.0], &middle, &text[end.0 + 1..]].concat()
}

/// The one place where the marker stands, looked for from a place on.
fn find(path: &str, text: &[Line], marker: &Marker, after: Option<Place>) -> Result<Place, Diagnostic> {
    let from = after.unwrap_or((0, 0));
    let mut places = Vec::new();
    for (index, line) in text.iter().enumerate().skip(from.0) {
        let skip = if index == from.0 { from.1 } else { 0 };
        // Each place counts, those that overlap too: between them there is nothing to choose by.
        let here = self::places(&line.text, &marker.text).into_iter().filter(|column| *column >= skip);
        places.extend(here.map(|column| (index, column)));
    }
    if let [place] = places[..] {
        return Ok(place);
    }
    let scope = if after.is_some() { " after the text of `replace`" } else { "" };
    Err(if places.is_empty() {
        let message = format!("this marker does not stand in `{path}`{scope}");
        Diagnostic::new(marker.span, message).with_help(nearest(text, from.0, &marker.text))
    } else {
        let message = format!("this marker stands {} times in `{path}`{scope}", places.len());
        let mut lines: Vec<usize> = places.iter().map(|(line, _)| *line).collect();
        lines.dedup();
        Diagnostic::new(marker.span, message).with_help(format!(
            "it must stand there exactly once; take in more of the line that is meant:\n{}",
            quote(text, &lines)
        ))
    })
}

/// Up to three lines, from line `from` on, that look most like the marker.
fn nearest(text: &[Line], from: usize, marker: &str) -> String {
    let score = |line: &str| strsim::sorensen_dice(marker.trim(), line.trim());
    let lines = text.iter().enumerate().skip(from);
    let mut scored: Vec<(f64, usize)> = lines.map(|(index, line)| (score(&line.text), index)).collect();
    scored.retain(|(score, index)| *score > 0.3 && !text[*index].text.trim().is_empty());
    scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let best: Vec<usize> = scored.iter().take(3).map(|(_, index)| *index).collect();
    match (text.len() - from, best.is_empty()) {
        (0, _) => "the file is empty at this point of the book".to_owned(),
        (1, true) => "the only line there does not look like it".to_owned(),
        (count, true) => format!("none of the {count} lines there looks like it"),
        _ => format!("a marker is text of one line of the file; the nearest are:\n{}", quote(text, &best)),
    }
}

/// Lines of a file with their numbers; at most a handful, and no line in full that is very long.
fn quote(text: &[Line], lines: &[usize]) -> String {
    const LINES_MAX: usize = 5;
    const WIDTH_MAX: usize = 90;
    let mut quoted: Vec<String> = lines
        .iter()
        .take(LINES_MAX)
        .map(|index| {
            let line = text[*index].text.trim();
            let cut = line.char_indices().nth(WIDTH_MAX).map(|(at, _)| format!("{}…", &line[..at]));
            format!("  line {}: {}", index + 1, cut.as_deref().unwrap_or(line))
        })
        .collect();
    if lines.len() > LINES_MAX {
        quoted.push(format!("  … and {} more", lines.len() - LINES_MAX));
    }
    quoted.join("\n")
}
