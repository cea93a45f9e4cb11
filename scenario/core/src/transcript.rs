//! What a command printed against what the page shows, with the elisions of trycmd: `...` matches any
//! lines, `[..]` anything within a line. Pure.
//!
//! Escape sequences such as colours do not count, nor do blanks at the end of a line. How a difference is
//! shown is the work of `report`.

use std::collections::HashMap;

use anstream::adapter::strip_str;
use serde::{Deserialize, Serialize};
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::model::OutputLine;

/// How many equal lines are kept on each side of a difference.
const CONTEXT_LINES: usize = 3;
/// How many lines of one kind in a row are kept.
const RUN_LINES_MAX: usize = 20;
/// How many lines a difference has at most.
const DIFF_LINES_MAX: usize = 80;
/// How much of a line is kept.
const LINE_CHARS_MAX: usize = 300;
/// How much of a long line is kept before the place where it differs.
const BEFORE_CHARS_MAX: usize = 40;
/// How many pairs of a line with `[..]` and a printed line are tried when lines are aligned.
const PAIRS_MAX: usize = 1 << 21;

/// Where the output leaves what the page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputMismatch {
    /// The index of the expected line that does not hold; the last one where there is too much output.
    pub line: usize,
    /// The lines of the page against the printed ones.
    pub diff: Vec<DiffLine>,
}

/// A line of a difference. Long lines are cut, with a `…` where something is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "in", content = "text", rename_all = "kebab-case")]
pub enum DiffLine {
    /// On the page and printed.
    Both(String),
    /// On the page only.
    Page(String),
    /// Printed only.
    Printed(String),
    /// Lines that are left out: how many are in both, on the page only, and printed only.
    LeftOut(usize, usize, usize),
}

/// All that a command printed, without escape sequences: standard output, then standard error, each on lines
/// of its own.
pub fn printed(stdout: &str, stderr: &str) -> String {
    let mut text = strip_str(stdout).to_string();
    let stderr = strip_str(stderr).to_string();
    if !text.is_empty() && !text.ends_with('\n') && !stderr.is_empty() {
        text.push('\n');
    }
    text + &stderr
}

/// Compares; `None` if the output, as [`printed`] gives it, matches the page.
pub fn compare(expected: &[OutputLine], output: &str) -> Option<OutputMismatch> {
    // Blank lines at the end of a block are no part of what it shows, so those of the output are none either.
    let found: Vec<&str> = output.trim_end_matches('\n').lines().map(str::trim_end).collect();
    let expected: Vec<&str> = expected.iter().map(|line| line.text.trim_end()).collect();
    let mut from = 0;
    for part in parts(&expected) {
        match part.end_in(&expected, &found, from) {
            Some(end) => from = end,
            None => return Some(part.mismatch(&expected, &found, from)),
        }
    }
    None
}

/// Expected lines between two `...`, or the ends of what the page shows.
struct Segment {
    start: usize,
    end: usize,
    /// Whether no `...` comes before it.
    is_first: bool,
    /// Whether no `...` comes after it.
    is_last: bool,
}

fn parts(expected: &[&str]) -> Vec<Segment> {
    let dots = expected.iter().enumerate().filter(|(_, line)| **line == "...").map(|(index, _)| index);
    let mut parts = Vec::new();
    let mut start = 0;
    for end in dots.chain([expected.len()]) {
        parts.push(Segment { start, end, is_first: start == 0, is_last: end == expected.len() });
        start = end + 1;
    }
    parts
}

impl Segment {
    fn len(&self) -> usize {
        self.end - self.start
    }

    /// Where the first printed lines end that are this part; they begin at `from` or later.
    fn end_in(&self, expected: &[&str], found: &[&str], from: usize) -> Option<usize> {
        let last = found.len().checked_sub(self.len())?;
        let fits = |at: usize| {
            let pairs = expected[self.start..self.end].iter().zip(&found[at..]);
            pairs.into_iter().all(|(line, found)| line_matches(line, found))
        };
        let starts = match (self.is_first, self.is_last) {
            (true, true) if last > 0 => return None,
            (true, _) => 0..1,
            (false, true) => last.max(from)..last + 1,
            (false, false) => from..last + 1,
        };
        starts.into_iter().find(|at| fits(*at)).map(|at| at + self.len())
    }

    /// Aligns this part with the printed lines that come nearest to it.
    fn mismatch(&self, expected: &[&str], found: &[&str], from: usize) -> OutputMismatch {
        let ours = &expected[self.start..self.end];
        let rest = &found[from.min(found.len())..];
        let twice = (2 * self.len()).min(rest.len());
        let theirs = match (self.is_first, self.is_last) {
            (true, true) => rest,
            (true, false) => &rest[..twice],
            (false, true) => &rest[rest.len() - twice..],
            (false, false) => nearest(ours, rest),
        };
        let mut diff = Diff { lines: Vec::new(), first: None };
        if !self.is_first {
            diff.lines.push(DiffLine::Both("...".to_owned()));
        }
        let hunks = self.hunks(ours, theirs);
        for (index, hunk) in hunks.iter().enumerate() {
            match hunk {
                Hunk::Same(lines) => diff.same(&ours[lines.clone()], index == 0, index + 1 == hunks.len()),
                Hunk::Change(page, printed) => {
                    diff.change(page.start, &ours[page.clone()], &theirs[printed.clone()]);
                }
            }
        }
        if !self.is_last {
            diff.lines.push(DiffLine::Both("...".to_owned()));
        }
        let line = self.start + diff.first.unwrap_or_default();
        OutputMismatch { line: line.min(expected.len().saturating_sub(1)), diff: bounded(diff.lines) }
    }

    /// What of this part is printed and what is not. Printed lines next to a `...` are covered by it, but for
    /// as many as take the place of lines of the page.
    fn hunks(&self, ours: &[&str], theirs: &[&str]) -> Vec<Hunk> {
        let mut hunks = align(ours, theirs);
        let shorten = |hunk: Option<&mut Hunk>, keep_end: bool| {
            let Some(Hunk::Change(page, printed)) = hunk else { return };
            let excess = printed.len().saturating_sub(page.len());
            if keep_end {
                printed.start += excess;
            } else {
                printed.end -= excess;
            }
        };
        if !self.is_first {
            shorten(hunks.first_mut(), true);
        }
        if !self.is_last {
            shorten(hunks.last_mut(), false);
        }
        hunks
    }
}

type Range = std::ops::Range<usize>;

/// A stretch of two texts: lines that are in both, or those of each that are not in the other.
enum Hunk {
    Same(Range),
    Change(Range, Range),
}

/// As many printed lines as there are expected ones, where most of them match.
fn nearest<'a, 'b>(ours: &[&'a str], rest: &'b [&'a str]) -> &'b [&'a str] {
    let numbers = Numbers::of(ours, rest);
    let lines: HashMap<usize, usize> =
        numbers.ours.iter().enumerate().rev().map(|(line, number)| (*number, line)).collect();
    let mut places: HashMap<usize, usize> = HashMap::new();
    for (index, number) in numbers.theirs.iter().enumerate() {
        if let Some(line) = lines.get(number) {
            *places.entry(index.saturating_sub(*line)).or_default() += 1;
        }
    }
    let best = places.into_iter().max_by_key(|(at, count)| (*count, std::cmp::Reverse(*at)));
    let at = best.map_or(0, |(at, _)| at);
    &rest[at..rest.len().min(at + ours.len())]
}

/// A number for each line, such that lines which match have the same.
struct Numbers {
    ours: Vec<usize>,
    theirs: Vec<usize>,
}

impl Numbers {
    fn of<'a>(ours: &[&'a str], theirs: &[&'a str]) -> Numbers {
        let mut known: HashMap<&str, usize> = HashMap::new();
        let mut number = |line: &'a str| {
            let next = known.len();
            *known.entry(line).or_insert(next)
        };
        let ours_numbers: Vec<usize> = ours.iter().map(|line| number(line)).collect();
        let exact = ours_numbers.iter().max().map_or(0, |max| max + 1);
        let mut patterns: Vec<(&str, usize)> = ours
            .iter()
            .copied()
            .zip(ours_numbers.iter().copied())
            .filter(|(line, _)| line.contains("[..]"))
            .collect();
        patterns.dedup();
        let mut tries = PAIRS_MAX;
        let theirs_numbers = theirs
            .iter()
            .map(|line| {
                let number = number(line);
                if number < exact {
                    return number;
                }
                tries = tries.saturating_sub(patterns.len());
                let fitting =
                    patterns.iter().filter(|_| tries > 0).find(|(pattern, _)| line_matches(pattern, line));
                fitting.map_or(number, |(_, number)| *number)
            })
            .collect();
        Numbers { ours: ours_numbers, theirs: theirs_numbers }
    }
}

fn align(ours: &[&str], theirs: &[&str]) -> Vec<Hunk> {
    let numbers = Numbers::of(ours, theirs);
    let ops = capture_diff_slices(Algorithm::Myers, &numbers.ours, &numbers.theirs);
    let hunk = |op: &DiffOp| match op {
        DiffOp::Equal { .. } => Hunk::Same(op.old_range()),
        _ => Hunk::Change(op.old_range(), op.new_range()),
    };
    ops.iter().map(hunk).collect()
}

/// A difference in the making.
struct Diff {
    lines: Vec<DiffLine>,
    /// The expected line at the first change.
    first: Option<usize>,
}

impl Diff {
    /// Equal lines: those next to a change, and how many are left out.
    fn same(&mut self, lines: &[&str], is_first: bool, is_last: bool) {
        let before = if is_first { 0 } else { CONTEXT_LINES };
        let after = if is_last { 0 } else { CONTEXT_LINES };
        let both = |line: &&str| DiffLine::Both(cut(line, 0));
        // A count takes a line too.
        if lines.len() <= before + after + 1 {
            self.lines.extend(lines.iter().map(both));
            return;
        }
        self.lines.extend(lines[..before].iter().map(both));
        self.lines.push(DiffLine::LeftOut(lines.len() - before - after, 0, 0));
        self.lines.extend(lines[lines.len() - after..].iter().map(both));
    }

    fn change(&mut self, at: usize, page: &[&str], printed: &[&str]) {
        if page.is_empty() && printed.is_empty() {
            return;
        }
        self.first.get_or_insert(at);
        let differs_at = |index: usize| {
            let (Some(page), Some(printed)) = (page.get(index), printed.get(index)) else { return 0 };
            page.chars().zip(printed.chars()).take_while(|(page, printed)| page == printed).count()
        };
        for (index, line) in page.iter().enumerate().take(RUN_LINES_MAX) {
            self.lines.push(DiffLine::Page(cut(line, differs_at(index))));
        }
        if page.len() > RUN_LINES_MAX {
            self.lines.push(DiffLine::LeftOut(0, page.len() - RUN_LINES_MAX, 0));
        }
        for (index, line) in printed.iter().enumerate().take(RUN_LINES_MAX) {
            self.lines.push(DiffLine::Printed(cut(line, differs_at(index))));
        }
        if printed.len() > RUN_LINES_MAX {
            self.lines.push(DiffLine::LeftOut(0, 0, printed.len() - RUN_LINES_MAX));
        }
    }
}

/// The first lines of a difference, and how many more it has.
fn bounded(mut lines: Vec<DiffLine>) -> Vec<DiffLine> {
    let rest = lines.split_off(lines.len().min(DIFF_LINES_MAX));
    let left_out = rest.iter().fold((0, 0, 0), |(both, page, printed), line| match line {
        DiffLine::Both(_) => (both + 1, page, printed),
        DiffLine::Page(_) => (both, page + 1, printed),
        DiffLine::Printed(_) => (both, page, printed + 1),
        DiffLine::LeftOut(b, a, p) => (both + b, page + a, printed + p),
    });
    if !rest.is_empty() {
        lines.push(DiffLine::LeftOut(left_out.0, left_out.1, left_out.2));
    }
    lines
}

/// A line, or the part of a long one around its character `at`.
fn cut(line: &str, at: usize) -> String {
    let mut chars = line.char_indices();
    if chars.nth(LINE_CHARS_MAX).is_none() {
        return line.to_owned();
    }
    let skipped = if at < LINE_CHARS_MAX { 0 } else { at - BEFORE_CHARS_MAX };
    let mut places = line.char_indices().skip(skipped).map(|(at, _)| at);
    let start = places.next().unwrap_or(line.len());
    let end = places.nth(LINE_CHARS_MAX - 1).unwrap_or(line.len());
    let (before, after) = (if start > 0 { "…" } else { "" }, if end < line.len() { "…" } else { "" });
    format!("{before}{}{after}", &line[start..end])
}

/// One line, in which `[..]` matches anything.
fn line_matches(expected: &str, found: &str) -> bool {
    let mut parts = expected.split("[..]");
    let Some(mut rest) = parts.next().and_then(|first| found.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn lines(text: &str) -> Vec<OutputLine> {
        let line = |text: &str| OutputLine { text: text.to_owned(), span: Span::new(0, 0..0) };
        text.lines().map(line).collect()
    }

    fn mismatch(expected: &str, output: &str) -> Option<usize> {
        compare(&lines(expected), output).map(|mismatch| mismatch.line)
    }

    /// The difference with the signs of `diff`.
    #[track_caller]
    fn differs(expected: &str, output: &str, rows: &[&str]) {
        let mismatch = compare(&lines(expected), output).expect("a difference");
        let row = |line: &DiffLine| match line {
            DiffLine::Both(text) => format!("  {text}"),
            DiffLine::Page(text) => format!("- {text}"),
            DiffLine::Printed(text) => format!("+ {text}"),
            DiffLine::LeftOut(both, page, printed) => format!("{both} {page} {printed}"),
        };
        assert_eq!(mismatch.diff.iter().map(row).collect::<Vec<_>>(), rows);
    }

    fn numbers(range: std::ops::RangeInclusive<u32>) -> String {
        range.map(|number| format!("{number}\n")).collect()
    }

    #[test]
    fn output_is_compared_line_by_line() {
        assert_eq!(mismatch("a\nb", "a\nb\n"), None);
        assert_eq!(mismatch("a\nb", "a\nc\n"), Some(1));
        assert_eq!(mismatch("a", "a\nb\n"), Some(0));
        assert_eq!(mismatch("a\nb", "a\n"), Some(1));
        assert_eq!(mismatch("a", ""), Some(0));
        assert_eq!(mismatch("a", "a\n\n"), None, "blank lines at the end do not count");
    }

    #[test]
    fn three_dots_stand_for_any_lines() {
        assert_eq!(mismatch("...", ""), None);
        assert_eq!(mismatch("a\n...\nz", "a\nb\nc\nz\n"), None);
        assert_eq!(mismatch("a\n...\nz", "a\nz\n"), None);
        assert_eq!(mismatch("a\n...\na", "a\n"), Some(2));
        assert_eq!(mismatch("...\nb\n...", "a\nb\nb\nc\n"), None);
        assert_eq!(mismatch("...\nb\n...\nb\nc", "a\nb\nb\nc\n"), None);
        assert_eq!(mismatch("...\n...\nc", "a\nc\n"), None);
        assert_eq!(mismatch("...\nx\n...", "a\nb\n"), Some(1));
    }

    #[test]
    fn two_dots_in_brackets_stand_for_anything_within_a_line() {
        assert_eq!(mismatch("took [..] ms", "took 12 ms\n"), None);
        assert_eq!(mismatch("[..]b[..]", "abc\n"), None);
        assert_eq!(mismatch("a[..]", "a\n"), None);
        assert_eq!(mismatch("a[..]b[..]c", "axxbyyc\n"), None);
        assert_eq!(mismatch("a[..]b", "a\nb\n"), Some(0));
        assert_eq!(mismatch("ab[..]b", "ab\n"), Some(0));
    }

    /// What the elisions mean, word for word.
    fn is_shown(expected: &[&str], found: &[&str]) -> bool {
        match (expected.split_first(), found.split_first()) {
            (None, _) => found.is_empty(),
            (Some((&"...", rest)), None) => is_shown(rest, found),
            (Some((&"...", rest)), Some((_, later))) => is_shown(rest, found) || is_shown(expected, later),
            (Some(_), None) => false,
            (Some((line, rest)), Some((first, later))) => line_matches(line, first) && is_shown(rest, later),
        }
    }

    /// All texts of up to `length` of these lines.
    fn texts<'a>(of: &[&'a str], length: usize) -> Vec<Vec<&'a str>> {
        let mut all: Vec<Vec<&str>> = vec![vec![]];
        let mut from = 0;
        for _ in 0..length {
            let to = all.len();
            for index in from..to {
                all.extend(
                    of.iter().map(|line| [all[index].as_slice(), &[*line]].concat()).collect::<Vec<_>>(),
                );
            }
            from = to;
        }
        all
    }

    #[test]
    fn a_difference_is_found_where_the_elisions_do_not_cover_it_and_nowhere_else() {
        let outputs = texts(&["a", "b", "ab"], 4);
        for expected in texts(&["a", "b", "a[..]", "..."], 4).iter().filter(|expected| !expected.is_empty()) {
            let page = lines(&expected.join("\n"));
            for found in &outputs {
                let mismatch = compare(&page, &found.join("\n"));
                assert_eq!(mismatch.is_none(), is_shown(expected, found), "{expected:?} {found:?}");
                let Some(OutputMismatch { line, diff }) = mismatch else { continue };
                assert!(line < expected.len(), "{expected:?} {found:?}");
                let is_shared =
                    |line: &DiffLine| matches!(line, DiffLine::Both(_) | DiffLine::LeftOut(_, 0, 0));
                assert!(!diff.iter().all(is_shared), "nothing differs in {diff:?}: {expected:?} {found:?}");
            }
        }
    }

    #[test]
    fn a_line_too_many_or_too_few_is_shown_with_its_neighbours() {
        let without = |number: u32| numbers(1..=number - 1) + &numbers(number + 1..=40);
        let rows = |sign| ["16 0 0", "  17", "  18", "  19", sign, "  21", "  22", "  23", "17 0 0"];
        differs(&without(20), &numbers(1..=40), &rows("+ 20"));
        differs(&numbers(1..=40), &without(20), &rows("- 20"));
        assert_eq!(mismatch(&without(20), &numbers(1..=40)), Some(19));
        assert_eq!(mismatch(&numbers(1..=40), &without(20)), Some(19));
    }

    #[test]
    fn after_three_dots_what_was_printed_in_place_of_a_line_is_shown() {
        let printed = numbers(1..=30) + "built in release\n";
        differs("...\nbuilt in debug", &printed, &["  ...", "- built in debug", "+ built in release"]);
        let printed = numbers(1..=30).replace("27", "twenty-seven");
        let rows = ["  ...", "  25", "  26", "- 27", "+ twenty-seven", "  28", "  29", "  30"];
        differs("1\n...\n25\n26\n27\n28\n29\n30", &printed, &rows);
        let rows = ["  ...", "  10", "- 11", "+ eleven", "  12", "  ..."];
        differs("...\n10\n11\n12\n...", &numbers(1..=30).replace("11", "eleven"), &rows);
        differs("1\n2\n...", "1\n3\n4\n5\n", &["  1", "- 2", "+ 3", "  ..."]);
    }

    #[test]
    fn lines_with_elisions_are_aligned_too() {
        differs("[..] a\nb\n[..] c", "1 a\nx\n3 c\n", &["  [..] a", "- b", "+ x", "  [..] c"]);
    }

    #[test]
    fn a_difference_is_bounded_whatever_is_printed() {
        let diff = compare(&lines("a\nb"), &numbers(1..=100_000)).expect("a difference").diff;
        assert_eq!(diff.len(), 23);
        assert_eq!(diff[22], DiffLine::LeftOut(0, 0, 99_980));
        let long = "x".repeat(1 << 20);
        let diff = compare(&lines(&format!("{long}a")), &format!("{long}b")).expect("a difference").diff;
        let shown = |end: &str| format!("…{}{end}", "x".repeat(BEFORE_CHARS_MAX));
        assert_eq!(diff, [DiffLine::Page(shown("a")), DiffLine::Printed(shown("b"))]);
    }

    #[test]
    fn elisions_in_turn_with_lines_take_no_time_to_speak_of() {
        let expected: String = (0..20_000).map(|number| format!("...\n{number}\n")).collect();
        let start = std::time::Instant::now();
        assert_eq!(mismatch(&expected, &numbers(0..=19_999)), None);
        assert!(mismatch(&expected, &numbers(0..=19_998)).is_some());
        let took = start.elapsed();
        assert!(took.as_secs() < 5, "{took:?} for what takes some milliseconds");
    }

    #[test]
    fn what_is_printed_is_standard_output_and_then_standard_error_without_colours() {
        assert_eq!(printed("a", "b"), "a\nb");
        assert_eq!(printed("a\n", "b"), "a\nb");
        assert_eq!(printed("", "b"), "b");
        assert_eq!(printed("a", ""), "a");
        assert_eq!(printed("\u{1b}[1;32mok\u{1b}[0m\n\u{1b}[0m", "\u{1b}]0;title\u{7}b"), "ok\nb");
        assert_eq!(printed("10%\r100%", ""), "10%\r100%", "an overwritten line is not ours to judge");
    }
}
