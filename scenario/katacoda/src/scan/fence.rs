//! Fences: where one begins, and where it ends.
//!
//! Three or more backticks or tildes open one, indented or behind the mark of a list or a quotation. A line with at
//! least as many closes it, also with braces behind them.

use std::ops::Range;

use super::action::Action;
use super::braces::Braces;
use super::construct::{End, Fence};

/// The first line of a fence.
#[derive(Debug)]
pub(super) struct Opening {
    mark: u8,
    length: usize,
    info: Range<usize>,
    is_indented: bool,
    /// How many quotations it is in: the lines below begin with their marks, too.
    quotes: usize,
    /// Braces with an action on the line.
    braces: Option<Braces>,
    /// Whether the info string begins with them.
    is_action_only: bool,
    /// The byte behind its newline.
    pub(super) line_end: usize,
}

/// A line that begins with the characters of a fence.
struct Marks {
    mark: u8,
    start: usize,
    length: usize,
}

/// The bytes of the line that begins at a byte, without its newline, and where the next one begins.
fn line(text: &str, at: usize) -> (Range<usize>, usize) {
    let bytes = text.as_bytes();
    let newline = memchr::memchr(b'\n', &bytes[at..]).map(|length| at + length);
    let end = newline.unwrap_or(bytes.len());
    let returned = end > at && bytes[end - 1] == b'\r';
    (at..end - usize::from(returned), newline.map_or(end, |at| at + 1))
}

impl Marks {
    /// The marks at the beginning of a line, behind blanks and `skipped` bytes.
    fn at(text: &str, line: &Range<usize>, skipped: usize) -> Option<Marks> {
        let bytes = &text.as_bytes()[..line.end];
        let blanks =
            bytes[line.start + skipped..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let start = line.start + skipped + blanks;
        let mark = *bytes.get(start).filter(|byte| matches!(byte, b'`' | b'~'))?;
        let length = bytes[start..].iter().take_while(|byte| **byte == mark).count();
        (length >= 3).then_some(Marks { mark, start, length })
    }

    fn rest<'a>(&self, text: &'a str, line: &Range<usize>) -> &'a str {
        &text[self.start + self.length..line.end]
    }

    /// The braces behind it, with only blanks between.
    fn braces(&self, text: &str, line: &Range<usize>) -> Option<Braces> {
        let rest = self.rest(text, line);
        Braces::at(&text[..line.end], line.end - rest.trim_start().len())
    }

    fn is_bare(&self, text: &str, line: &Range<usize>) -> bool {
        self.rest(text, line).trim().is_empty()
    }
}

/// Whether a byte may stand before a fence on its line: a blank, or part of a mark of a list or a quotation.
pub(super) fn may_precede(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'>' | b'-' | b'*' | b'+' | b'.' | b')' | b'0'..=b'9')
}

/// How many bytes at the beginning of a line are marks of lists and quotations.
fn containers(text: &str, line: &Range<usize>) -> usize {
    let bytes = &text.as_bytes()[line.clone()];
    let mut at = 0;
    loop {
        let start = at + bytes[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let digits = bytes[start..].iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
        let length = match bytes.get(start + digits) {
            Some(b'>') if digits == 0 => 1,
            Some(b'-' | b'*' | b'+') if digits == 0 => 2,
            Some(b'.' | b')') if digits > 0 => digits + 2,
            _ => return at,
        };
        // A blank follows the mark of a list.
        if length > 1 && !matches!(bytes.get(start + length - 1), Some(b' ' | b'\t')) {
            return at;
        }
        at = start + length;
    }
}

impl Opening {
    /// The fence that the line at a byte opens.
    pub(super) fn at(text: &str, at: usize) -> Option<Opening> {
        // Most lines have no mark at all.
        let first = text.as_bytes()[at..].iter().find(|byte| !matches!(byte, b' ' | b'\t'))?;
        if !matches!(first, b'`' | b'~' | b'>' | b'-' | b'*' | b'+' | b'0'..=b'9') {
            return None;
        }
        let (range, line_end) = line(text, at);
        let skipped = containers(text, &range);
        let marks = Marks::at(text, &range, skipped)?;
        let rest = marks.rest(text, &range);
        if marks.mark == b'`' && rest.contains('`') {
            return None;
        }
        let start = range.end - rest.trim_start().len();
        let braces = rest.find("{{").and_then(|at| Braces::at(text, range.end - rest.len() + at));
        let braces = braces.filter(|braces| Action::of(braces.words(text)).is_known());
        Some(Opening {
            mark: marks.mark,
            length: marks.length,
            info: start..start + rest.trim().len(),
            is_indented: marks.start > range.start,
            quotes: text[range.start..range.start + skipped].matches('>').count(),
            is_action_only: braces.as_ref().is_some_and(|braces| braces.span.start == start),
            braces,
            line_end,
        })
    }

    /// Whether an action is all that is behind the marks.
    pub(super) fn is_action_only(&self) -> bool {
        self.is_action_only
    }

    /// The marks at the beginning of one of its lines.
    fn marks(&self, text: &str, line: &Range<usize>) -> Option<Marks> {
        Marks::at(text, line, if self.quotes > 0 { containers(text, line) } else { 0 })
    }

    /// The braces of a line that has nothing else. Its author meant it as the end of a block.
    pub(super) fn stray(&self, text: &str) -> Option<&Braces> {
        self.braces.as_ref().filter(|_| self.is_action_only && !is_closed_next(text, self))
    }

    fn closes(&self, marks: &Marks) -> bool {
        marks.mark == self.mark && marks.length >= self.length
    }
}

/// Whether the next line that begins like a fence closes this one, and does nothing else.
fn is_closed_next(text: &str, opening: &Opening) -> bool {
    let mut at = opening.line_end;
    while at < text.len() {
        let (range, next) = line(text, at);
        if let Some(marks) = opening.marks(text, &range) {
            return opening.closes(&marks) && marks.is_bare(text, &range);
        }
        at = next;
    }
    false
}

/// Reads a fence to its end, and says where that is.
pub(super) fn read(text: &str, opening: Opening) -> (Fence, usize) {
    let body_start = opening.line_end;
    let mut at = body_start;
    let mut is_shorter_open = false;
    while at < text.len() {
        let (range, next) = line(text, at);
        if let Some(marks) = opening.marks(text, &range)
            && marks.mark == opening.mark
        {
            let (bare, braces) = (marks.is_bare(text, &range), marks.braces(text, &range));
            if opening.closes(&marks) && (bare || braces.is_some()) {
                let end = marks.start + marks.length;
                return closed(text, opening, body_start..at, End::Line, end, braces);
            }
            if marks.length < opening.length {
                if !is_shorter_open && let Some(braces) = braces {
                    let end = braces.span.end;
                    return closed(text, opening, body_start..at, End::Shorter, end, Some(braces));
                }
                is_shorter_open = !is_shorter_open;
            }
        } else if let Some((code_end, braces)) = end_after_code(text, &range, &opening) {
            let end = braces.span.end;
            return closed(text, opening, body_start..code_end, End::AfterCode, end, Some(braces));
        }
        at = next;
    }
    let end = text.len();
    closed(text, opening, body_start..end, End::Missing, end, None)
}

/// The end of a fence behind code on its last line: where the code ends, and the braces.
fn end_after_code(text: &str, line: &Range<usize>, opening: &Opening) -> Option<(usize, Braces)> {
    // The code may have shorter marks of its own, such as those of a command substitution.
    let mut marks = Marks { mark: opening.mark, start: line.start, length: 0 };
    while !opening.closes(&marks) {
        marks.start += marks.length;
        let bytes = &text.as_bytes()[marks.start..line.end];
        let found = memchr::memchr(opening.mark, bytes)?;
        marks.start += found;
        marks.length = bytes[found..].iter().take_while(|byte| **byte == opening.mark).count();
    }
    let braces = marks.braces(text, line)?;
    Action::of(braces.words(text)).is_meant().then_some((marks.start, braces))
}

fn closed(
    text: &str,
    opening: Opening,
    body: Range<usize>,
    end: End,
    marks_end: usize,
    braces: Option<Braces>,
) -> (Fence, usize) {
    let line_end = line(text, marks_end).0.end;
    let braces = braces.or_else(|| braces_on_next_line(text, marks_end).filter(|_| end == End::Line));
    let after = braces.as_ref().map_or(marks_end, |braces| braces.span.end);
    let has_text_after = after < line_end && !text[after..line_end].trim().is_empty();
    let fence = Fence {
        info: opening.info,
        body,
        braces,
        opening_braces: opening.braces,
        end,
        is_indented: opening.is_indented,
        quotes: opening.quotes,
        is_tilde: opening.mark == b'~',
        has_text_after,
    };
    (fence, after)
}

/// An action at the beginning of the line below a fence.
fn braces_on_next_line(text: &str, marks_end: usize) -> Option<Braces> {
    let (_, next) = line(text, marks_end);
    let rest = text.get(next..)?;
    let braces = Braces::at(text, next + (rest.len() - rest.trim_start_matches([' ', '\t']).len()))?;
    Action::of(braces.words(text)).is_known().then_some(braces)
}
