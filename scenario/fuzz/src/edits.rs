//! One edit of one text: `apply`, `apply_to_text` and `holds` against simple definitions.

use scenario_core::edit::{self, Change, Line};
use scenario_core::model::{Marker, Verb};
use scenario_core::source::Span;

use crate::{BETWEEN_PARTS, text};

/// The most lines of a text and of a block to use.
const LINES_MAX: usize = 40;

/// The input has five parts: the verb, a marker, the marker of `replace-to` or nothing, the text, the block.
pub fn edits(input: &[u8]) {
    let input = text(input);
    let mut parts = input.splitn(5, BETWEEN_PARTS);
    let [word, from, to, text, block] = std::array::from_fn(|_| parts.next().unwrap_or_default());
    let (from, to) = (marker(from), marker(to));
    let word = word.trim_end();
    if from.text.is_empty() && !matches!(word, "write" | "append" | "prepend") {
        // The parser refuses an empty marker.
        return;
    }
    let verb = match word {
        "write" => Verb::Write,
        "append" => Verb::Append,
        "prepend" => Verb::Prepend,
        "insert-before" => Verb::InsertBefore(from),
        "insert-after" => Verb::InsertAfter(from),
        _ => Verb::Replace(from, Some(to).filter(|to| !to.text.is_empty())),
    };
    let text = with_plain_ends(text);
    let block: Vec<String> = lines_of(block).iter().map(|line| line.replace('\r', "")).collect();
    check_apply(&verb, &text, &block);
    check_holds(&verb, &lines_of(&text), &block);
}

fn check_apply(verb: &Verb, text: &str, block: &[String]) {
    let before = lines_of(text);
    let mut lines = Line::of(text, Span::new(0, 0..0));
    let change = edit::apply("a", &mut lines, verb, as_lines(block));
    let whole = edit::apply_to_text("a", text, verb, as_lines(block));
    let Some(expected) = simply(verb, &before, block) else {
        assert!(change.is_err(), "{verb:?} cannot be applied to {before:?}");
        assert!(whole.is_err(), "{verb:?} cannot be applied to {text:?}");
        assert_eq!(texts(&lines), before, "a refused edit has changed the text");
        return;
    };
    let Change { start, added, removed } = change.unwrap_or_else(|mistake| panic!("{mistake:?}"));
    assert_eq!(texts(&lines), expected, "{verb:?} with {block:?} on {before:?}");
    let mut undone = lines.clone();
    undone.splice(start..start + added, removed.iter().cloned());
    assert_eq!(texts(&undone), before, "the change is told wrongly");
    if !matches!(verb, Verb::Replace(..)) {
        assert!(edit::holds(&lines, verb, block), "{verb:?} with {block:?} has made {expected:?}");
    }
    let whole = whole.unwrap_or_else(|mistake| panic!("{mistake:?}"));
    assert_eq!(lines_of(&whole), expected, "{verb:?} with {block:?} on {text:?} made {whole:?}");
    let ends: Vec<&str> = text.split_inclusive('\n').collect();
    let (head, tail) = (ends[..start].concat(), ends[start + removed.len()..].concat());
    assert!(whole.starts_with(&head), "{whole:?} does not start with {head:?}");
    assert!(whole.ends_with(&tail), "{whole:?} does not end with {tail:?}");
}

/// Whether an insertion is present, as the documentation of `holds` defines it: whether inserting the block into some text
/// gives this text.
fn check_holds(verb: &Verb, text: &[String], block: &[String]) {
    let found = edit::holds(text, verb, block);
    let without = |at: usize| [&text[..at], &text[at + block.len()..]].concat();
    let expected = match verb {
        Verb::Write => text == block,
        Verb::Append => text.ends_with(block),
        Verb::Prepend => text.starts_with(block),
        Verb::InsertBefore(_) | Verb::InsertAfter(_) => {
            let mut places = 0..(text.len() + 1).saturating_sub(block.len());
            block.is_empty()
                || places.any(|at| {
                    text[at..].starts_with(block)
                        && simply(verb, &without(at), block).as_deref() == Some(text)
                })
        }
        // The replaced text is gone, so it must be guessed.
        Verb::Replace(..) => return,
    };
    assert_eq!(found, expected, "{verb:?} with {block:?} in {text:?}");
}

/// The lines after an edit, by searching and joining plain strings; `None` unless each marker matches one place.
fn simply(verb: &Verb, text: &[String], block: &[String]) -> Option<Vec<String>> {
    let line = |marker: &Marker| only(text, &marker.text, (0, 0)).map(|(line, _)| line);
    let splice = |at: usize| [&text[..at], block, &text[at..]].concat();
    Some(match verb {
        Verb::Write => block.to_vec(),
        Verb::Append => splice(text.len()),
        Verb::Prepend => splice(0),
        Verb::InsertBefore(marker) => splice(line(marker)?),
        Verb::InsertAfter(marker) => splice(line(marker)? + 1),
        Verb::Replace(from, to) => {
            let start = only(text, &from.text, (0, 0))?;
            let mut end = (start.0, start.1 + from.text.len());
            if let Some(to) = to {
                let (line, column) = only(text, &to.text, end)?;
                end = (line, column + to.text.len());
            }
            let offset = |(line, column): (usize, usize)| {
                text[..line].iter().map(|line| line.len() + 1).sum::<usize>() + column
            };
            let mut whole = text.join("\n");
            whole.replace_range(offset(start)..offset(end), &block.join("\n"));
            whole.split('\n').map(str::to_owned).collect()
        }
    })
}

/// The line and the column of a marker that matches one place of a text after the given one.
fn only(text: &[String], marker: &str, from: (usize, usize)) -> Option<(usize, usize)> {
    let mut places = Vec::new();
    for (number, line) in text.iter().enumerate() {
        for (column, _) in line.char_indices() {
            if (number, column) >= from && line[column..].starts_with(marker) {
                places.push((number, column));
            }
        }
    }
    if let [place] = places[..] { Some(place) } else { None }
}

fn marker(text: &str) -> Marker {
    let text = text.lines().next().unwrap_or_default().replace('\r', "");
    Marker { text, span: Span::new(0, 0..0) }
}

/// A text without carriage returns except at the ends of lines, as people write it.
fn with_plain_ends(text: &str) -> String {
    let lines = text.split_inclusive('\n').take(LINES_MAX);
    let plain = lines.map(|line| {
        let end = if line.ends_with("\r\n") { "\r\n" } else { &line[line.trim_end_matches('\n').len()..] };
        line.replace(['\r', '\n'], "") + end
    });
    plain.collect()
}

fn lines_of(text: &str) -> Vec<String> {
    text.lines().take(LINES_MAX * 3).map(str::to_owned).collect()
}

fn as_lines(texts: &[String]) -> Vec<Line> {
    let origin = Span::new(0, 0..0);
    texts.iter().map(|text| Line { text: text.clone(), origin }).collect()
}

fn texts(lines: &[Line]) -> Vec<String> {
    lines.iter().map(|line| line.text.clone()).collect()
}
