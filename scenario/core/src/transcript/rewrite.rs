//! What a page should show where what was printed differs from it: lines that still match stay, and so do the elisions of a
//! line that has changed elsewhere. Pure.
//!
//! A text that is not elided yet is written as it was printed. What of it varies from run to run is found in `value.rs`.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::model::OutputLine;

use super::diff::{Hunk, align};
use super::elision::{ANYTHING, ELISIONS, Expected, line_matches};
use super::{difference, found_lines};

/// A line that a page should show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A line that it shows already, by its index.
    Kept(usize),
    /// Another line.
    New {
        /// Its text.
        text: String,
        /// The line that it replaces, by its index, where that is clear.
        old: Option<usize>,
    },
}

/// Nothing that was printed is like what the page shows between its `...`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NothingAlike;

/// How many pairs of lines are looked at for elisions that can stay.
const PAIRS_MAX: usize = 1000;
/// Lines with more words than this are written as they were printed.
const WORDS_MAX: usize = 400;
/// How many words of a change are looked through for what a typed elision stands for.
const CHANGE_MAX: usize = 64;

/// The lines that a page should show of what was printed; both streams, or standard output alone as now.
///
/// # Errors
///
/// Only `...` would be left of lines that the page shows.
pub fn rewrite(expected: &[OutputLine], stdout: &str, stderr: &str) -> Result<Vec<Row>, NothingAlike> {
    let Some((printed, _)) = difference(expected, stdout, stderr) else {
        return Ok((0..expected.len()).map(Row::Kept).collect());
    };
    let found = found_lines(&printed);
    let lines: Vec<Expected<'_>> = expected.iter().map(|line| Expected::new(line.text.trim_end())).collect();
    let mut page = Page { shown: Vec::new(), dots: vec![Vec::new()] };
    for (index, line) in lines.into_iter().enumerate() {
        if line.text == "..." {
            page.dots.last_mut().into_iter().for_each(|gap| gap.push(index));
        } else {
            page.shown.push((index, line));
            page.dots.push(Vec::new());
        }
    }
    let rows = Rewriting { page: &page, rows: Vec::new(), pairs_left: PAIRS_MAX }.of(&found);
    let shows_lines = rows.iter().any(|row| match row {
        Row::New { .. } => true,
        Row::Kept(index) => expected[*index].text.trim() != "...",
    });
    let has_dots = rows.len() > rows.iter().filter(|row| matches!(row, Row::New { .. })).count();
    if has_dots && !shows_lines && !page.shown.is_empty() { Err(NothingAlike) } else { Ok(rows) }
}

/// What a page shows: its lines without `...`, and the `...` before each of them and at the end.
struct Page<'a> {
    shown: Vec<(usize, Expected<'a>)>,
    dots: Vec<Vec<usize>>,
}

struct Rewriting<'a> {
    page: &'a Page<'a>,
    rows: Vec<Row>,
    pairs_left: usize,
}

impl Rewriting<'_> {
    fn of(mut self, found: &[&str]) -> Vec<Row> {
        let shown: Vec<&Expected<'_>> = self.page.shown.iter().map(|(_, line)| line).collect();
        let mut is_gap_done = false;
        for hunk in align(&shown, found) {
            match hunk {
                Hunk::Same(lines) => {
                    for line in lines {
                        if !std::mem::take(&mut is_gap_done) {
                            self.dots(line);
                        }
                        self.rows.push(Row::Kept(self.page.shown[line].0));
                    }
                }
                Hunk::Change(lines, printed) => {
                    self.change(lines, &found[printed]);
                    is_gap_done = true;
                }
            }
        }
        if !is_gap_done {
            self.dots(self.page.shown.len());
        }
        self.rows
    }

    /// The `...` before a line.
    fn dots(&mut self, gap: usize) {
        self.rows.extend(self.page.dots[gap].iter().copied().map(Row::Kept));
    }

    /// Lines that are not printed, and what is printed between the same neighbours. Lines next to no `...` are replaced
    /// by as many; those between two `...` by those that are most like them.
    fn change(&mut self, lines: Range<usize>, printed: &[&str]) {
        let gaps: Vec<usize> =
            (lines.start..=lines.end).filter(|gap| !self.page.dots[*gap].is_empty()).collect();
        let (Some(first), Some(last)) = (gaps.first(), gaps.last()) else {
            return self.replace(lines, printed);
        };
        let head = (first - lines.start).min(printed.len());
        let tail = (lines.end - last).min(printed.len() - head);
        let (before, rest) = printed.split_at(head);
        let (mut between, after) = rest.split_at(rest.len() - tail);
        self.replace(lines.start..*first, before);
        self.dots(*first);
        for pair in gaps.windows(2) {
            let group = pair[0]..pair[1];
            if let Some(at) = self.most_alike(group.clone(), between) {
                let (theirs, rest) = between[at..].split_at(group.len());
                self.replace(group, theirs);
                self.dots(pair[1]);
                between = rest;
            }
        }
        self.replace(*last..lines.end, after);
    }

    /// Where as many printed lines begin that are most like these; at least half of their words are the same.
    fn most_alike(&self, lines: Range<usize>, printed: &[&str]) -> Option<usize> {
        let ours = &self.page.shown[lines];
        let places = 0..(printed.len() + 1).checked_sub(ours.len())?;
        let alike = |at: usize| -> usize {
            ours.iter().zip(&printed[at..]).map(|((_, line), found)| percent_alike(line.text, found)).sum()
        };
        let best =
            places.take(PAIRS_MAX / ours.len().max(1)).map(|at| (alike(at), std::cmp::Reverse(at))).max()?;
        (best.0 >= 50 * ours.len()).then_some(best.1.0)
    }

    /// Lines take the place of others. Each takes over the elisions of the first that it can be aligned with.
    fn replace(&mut self, lines: Range<usize>, printed: &[&str]) {
        let mut ours = &self.page.shown[lines.clone()];
        let is_paired = lines.len() == printed.len();
        for (number, line) in printed.iter().enumerate() {
            let mut kept = None;
            for (at, (index, old)) in ours.iter().enumerate().filter(|(_, (_, old))| old.has_elisions()) {
                if self.pairs_left == 0 {
                    break;
                }
                self.pairs_left -= 1;
                kept = match old.matches(line) {
                    true => Some((at, Row::Kept(*index))),
                    false => {
                        with_elisions(old.text, line).map(|text| (at, Row::New { text, old: Some(*index) }))
                    }
                };
                if kept.is_some() {
                    break;
                }
            }
            let (at, row) = kept.unzip();
            ours = &ours[at.map_or(0, |at| at + 1)..];
            let old = is_paired.then(|| self.page.shown[lines.start + number].0);
            self.rows.push(row.unwrap_or_else(|| Row::New { text: (*line).to_owned(), old }));
        }
    }
}

/// A part of a line: an elision, a word, blanks, or another character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Token<'a> {
    Elision(&'a str),
    Text(&'a str),
}

impl<'a> Token<'a> {
    fn text(self) -> &'a str {
        match self {
            Token::Elision(text) | Token::Text(text) => text,
        }
    }

    fn is_word(self) -> bool {
        matches!(self, Token::Text(text) if text.starts_with(char::is_alphanumeric))
    }

    /// Whether it is an elision that stands for a text of one form.
    fn is_typed(self) -> bool {
        matches!(self, Token::Elision(name) if name != ANYTHING)
    }
}

/// The parts of a line; elisions are parts of a line of a page.
fn tokens(line: &str, of_page: bool) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let names = ELISIONS.iter().map(|elision| elision.name).chain([ANYTHING]);
        let name = names.filter(|_| of_page && first == '[').find(|name| rest.starts_with(name));
        let run = |is: fn(char) -> bool| rest.find(|c: char| !is(c)).unwrap_or(rest.len());
        let length = match name {
            Some(name) => name.len(),
            None if first.is_alphanumeric() => run(char::is_alphanumeric),
            None if first.is_whitespace() => run(char::is_whitespace),
            None => first.len_utf8(),
        };
        let (text, after) = rest.split_at(length);
        tokens.push(if name.is_some() { Token::Elision(text) } else { Token::Text(text) });
        rest = after;
    }
    tokens
}

/// How many of the words of a line are in another, in percent; the forms of typed elisions count as words.
fn percent_alike(line: &str, found: &str) -> usize {
    let Some(aligned) = aligned(line, found) else { return 0 };
    (100 * aligned.same).checked_div(aligned.words).unwrap_or(100 * usize::from(!aligned.is_all_new))
}

/// A printed line with the elisions of a line of the page; `None` if less than half of the words of that are in it.
fn with_elisions(line: &str, found: &str) -> Option<String> {
    let Aligned { text, words, same, elisions, .. } = aligned(line, found)?;
    (elisions > 0 && 2 * same >= words && line_matches(&text, found)).then_some(text)
}

/// A printed line next to a line of the page.
#[derive(Default)]
struct Aligned {
    /// The printed line, with the elisions that fit.
    text: String,
    /// How many elisions that are.
    elisions: usize,
    /// How many words and typed elisions the line of the page has.
    words: usize,
    /// How many of them are in the printed line.
    same: usize,
    /// Whether nothing of the line of the page is in it.
    is_all_new: bool,
}

fn aligned(line: &str, found: &str) -> Option<Aligned> {
    let (ours, theirs) = (tokens(line, true), tokens(found, false));
    if ours.len().max(theirs.len()) > WORDS_MAX {
        return None;
    }
    let words = ours.iter().filter(|token| token.is_word() || token.is_typed()).count();
    let mut out = Aligned { words, is_all_new: true, ..Aligned::default() };
    for op in capture_diff_slices(Algorithm::Myers, &ours, &theirs) {
        let (old, new) = (&ours[op.old_range()], &theirs[op.new_range()]);
        if let DiffOp::Equal { .. } = op {
            out.same += old.iter().filter(|token| token.is_word()).count();
            out.is_all_new = false;
            out.text.extend(old.iter().map(|token| token.text()));
        } else {
            out.change(old, new);
        }
    }
    Some(out)
}

impl Aligned {
    /// A part that has changed. `[..]` stays where it alone is replaced; a typed elision where its form is found.
    fn change(&mut self, old: &[Token<'_>], new: &[Token<'_>]) {
        let joined = |tokens: &[Token<'_>]| tokens.iter().map(|token| token.text()).collect::<String>();
        if let [Token::Elision(ANYTHING)] = old {
            self.text.push_str(ANYTHING);
            self.elisions += 1;
            return;
        }
        let mut rest = new;
        for name in old.iter().filter(|token| token.is_typed()).map(|token| token.text()) {
            let last = rest.len().min(CHANGE_MAX);
            let ends = |start: usize| (start + 1..=last).rev().map(move |end| start..end);
            let form = Expected::new(name);
            let fits = |range: &Range<usize>| form.matches(&joined(&rest[range.clone()]));
            let Some(range) = (0..last).flat_map(ends).find(fits) else { continue };
            self.text += &joined(&rest[..range.start]);
            self.text += name;
            rest = &rest[range.end..];
            self.elisions += 1;
            self.same += 1;
        }
        self.text += &joined(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::super::compare_streams;
    use super::*;
    use crate::source::Span;

    fn lines(text: &str) -> Vec<OutputLine> {
        let line = |text: &str| OutputLine { text: text.to_owned(), span: Span::new(0, 0..0) };
        text.lines().map(line).collect()
    }

    /// What a page shows after it was rewritten, which what was printed must match.
    #[track_caller]
    fn rewritten(page: &str, stdout: &str, stderr: &str) -> String {
        let before = lines(page);
        let rows = rewrite(&before, stdout, stderr).expect("lines to show");
        let text = |row: &Row| match row {
            Row::Kept(index) => before[*index].text.clone(),
            Row::New { text, .. } => text.clone(),
        };
        let after = rows.iter().map(text).collect::<Vec<_>>().join("\n");
        assert_eq!(compare_streams(&lines(&after), stdout, stderr), None, "{after}");
        after
    }

    #[track_caller]
    fn becomes(page: &str, printed: &str, expected: &str) {
        assert_eq!(rewritten(page, printed, ""), expected);
    }

    #[test]
    fn lines_that_match_stay_and_others_are_as_printed() {
        becomes("a\nb\nc", "a\nx\nc\n", "a\nx\nc");
        becomes("a\nc", "a\nb\nc\nd\n", "a\nb\nc\nd");
        becomes("a\nb", "b\n", "b");
        becomes("took [..] ms\nb", "took 12 ms\nc\n", "took [..] ms\nc");
        becomes("x", "", "");
    }

    #[test]
    fn three_dots_stay_where_they_cover_lines_or_none() {
        becomes("a\n...\nz", "a\n1\n2\ny\n", "a\n...\ny");
        becomes("a\n...\nz", "b\n1\nz\n", "b\n...\nz");
        becomes("...\nbuilt in debug", "1\n2\nbuilt in release\n", "...\nbuilt in release");
        becomes("...\nbuilt in debug\n...", "1\nbuilt in release\n2\n", "...\nbuilt in release\n...");
        becomes("1\n2\n...", "1\n3\n4\n5\n", "1\n3\n...");
        becomes("a\n...\nz", "a\nz\nc\n", "a\n...\nz\nc");
        becomes("...\na b\n...\nc d\n...", "1\nc d\n2\n", "...\nc d\n...");
        becomes("a\n...\n...\nb", "a\nc\n", "a\n...\n...\nc");
    }

    #[test]
    fn where_only_three_dots_would_be_left_that_is_an_error() {
        assert_eq!(rewrite(&lines("...\nbuilt\n..."), "1\n2\n", ""), Err(NothingAlike));
        becomes("...", "1\n2\n", "...");
    }

    #[test]
    fn elisions_stay_where_the_rest_of_their_line_can_be_aligned() {
        becomes("Compiled a in [DURATION]", "Compiled b in 0.3s\n", "Compiled b in [DURATION]");
        becomes("[DATE] [TIME] error", "2026-11-26 05:00 ok\n", "[DATE] [TIME] ok");
        becomes("version [..]", "release 1.2.3\n", "release 1.2.3");
        becomes("app version [..]", "app release 1.2.3\n", "app release [..]");
        becomes("took [DURATION] total", "took 3 s overall\n", "took [DURATION] overall");
        becomes("ran [PORT] of [NUMBER] tests", "ran x of 7 tests\n", "ran x of [NUMBER] tests");
        becomes("id [HASH] a", "id none a\n", "id none a");
        becomes("a [..]\nb [NUMBER] c", "x\nb 7 d\n", "x\nb [NUMBER] d");
        becomes("[..] files", "hello world\n", "hello world");
    }

    #[test]
    fn what_shows_one_stream_or_both_goes_on_to_do_so() {
        assert_eq!(rewritten("a", "b\n", "warning\n"), "b");
        assert_eq!(rewritten("a\none", "b\n", "one\n"), "b\none");
        assert_eq!(rewritten("x", "", "error: a\n"), "error: a");
        assert_eq!(rewritten("a\n99%", "a\n10%\r100%\n", ""), "a\n100%");
    }

    #[test]
    fn much_output_takes_no_time_to_speak_of() {
        let page: String = (0..500).map(|number| format!("[..]{number} [NUMBER] x\n")).collect();
        let printed = "1 2 3 4 5 6 7 8 9 a-b-c y\n".repeat(5000);
        let start = std::time::Instant::now();
        assert_eq!(rewrite(&lines(&page), &printed, "").expect("lines to show").len(), 5000);
        let took = start.elapsed();
        assert!(took.as_secs() < 10, "{took:?} for what takes a second");
    }
}
