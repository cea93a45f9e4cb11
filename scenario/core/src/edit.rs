//! One file edit on one text. Pure: nothing is read or written here.
//!
//! A text is kept as lines, each with the place in the book that it came from, so that a compiler's message
//! about a line of the file can be led back to the page.

use crate::diagnostic::Diagnostic;
use crate::model::{Marker, Verb};
use crate::source::Span;

/// A line of a file of the workspace, and where the book says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The line without its newline.
    pub text: String,
    /// The line of the block that it came from.
    pub origin: Span,
}

/// The lines of a text after an edit with the block's `lines`.
///
/// # Errors
///
/// A marker that does not stand exactly once in the text, with the nearest candidates.
pub fn apply(text: &[Line], verb: &Verb, block: &[Line]) -> Result<Vec<Line>, Diagnostic> {
    let splice = |at: usize| [&text[..at], block, &text[at..]].concat();
    Ok(match verb {
        Verb::Write => block.to_vec(),
        Verb::Append => splice(text.len()),
        Verb::Prepend => splice(0),
        Verb::InsertBefore(marker) => splice(find(text, marker, (0, 0))?.0),
        Verb::InsertAfter(marker) => splice(find(text, marker, (0, 0))?.0 + 1),
        Verb::Replace(from, to) => replace(text, from, to.as_ref(), block)?,
    })
}

/// Swaps the text from the first marker through its end, or through the second marker, for the block.
fn replace(
    text: &[Line],
    from: &Marker,
    to: Option<&Marker>,
    block: &[Line],
) -> Result<Vec<Line>, Diagnostic> {
    let (first, start) = find(text, from, (0, 0))?;
    let (last, end) = match to {
        None => (first, start + from.text.len()),
        Some(to) => {
            let (line, column) = find(text, to, (first, start + from.text.len()))?;
            (line, column + to.text.len())
        }
    };
    let mut middle = block.to_vec();
    if middle.is_empty() {
        middle.push(Line { text: String::new(), origin: from.span });
    }
    middle[0].text.insert_str(0, &text[first].text[..start]);
    let tail = &text[last].text[end..];
    if let Some(line) = middle.last_mut() {
        line.text.push_str(tail);
    }
    Ok([&text[..first], &middle, &text[last + 1..]].concat())
}

/// The line and byte column of the one place where the marker stands, looked for from a place on.
fn find(text: &[Line], marker: &Marker, from: (usize, usize)) -> Result<(usize, usize), Diagnostic> {
    let mut places = Vec::new();
    for (index, line) in text.iter().enumerate().skip(from.0) {
        let skip = if index == from.0 { from.1 } else { 0 };
        let matches = line.text[skip..].match_indices(&marker.text);
        places.extend(matches.map(|(column, _)| (index, skip + column)));
    }
    if let [place] = places[..] {
        return Ok(place);
    }
    let after = if from == (0, 0) { "" } else { " after the first marker" };
    Err(if places.is_empty() {
        Diagnostic::new(marker.span, format!("the marker does not stand in the file{after}"))
            .with_help(nearest(text, &marker.text))
    } else {
        let lines: Vec<String> = places
            .iter()
            .map(|(line, _)| format!("  line {}: {}", line + 1, text[*line].text.trim()))
            .collect();
        Diagnostic::new(marker.span, format!("the marker stands {} times in the file{after}", places.len()))
            .with_help(format!(
                "it must match exactly once; take more of one of these lines:\n{}",
                lines.join("\n")
            ))
    })
}

/// Up to three lines that look most like the marker.
fn nearest(text: &[Line], marker: &str) -> String {
    let mut scored: Vec<(f64, usize)> = text
        .iter()
        .enumerate()
        .filter(|(_, line)| !line.text.trim().is_empty())
        .map(|(index, line)| (strsim::sorensen_dice(marker, line.text.trim()), index))
        .filter(|(score, _)| *score > 0.3)
        .collect();
    scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    if scored.is_empty() {
        return format!("no line of the file ({} lines) looks like it", text.len());
    }
    let lines: Vec<String> = scored
        .iter()
        .take(3)
        .map(|(_, index)| format!("  line {}: {}", index + 1, text[*index].text.trim()))
        .collect();
    format!("the nearest lines are:\n{}", lines.join("\n"))
}
