//! How printed lines differ from the lines of a page: aligned by `similar`, around the places, within a bound.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::elision::Expected;
use super::{DiffLine, OutputMismatch, Segment, counts};

/// How many equal lines are kept on each side of a difference.
const CONTEXT_LINES: usize = 3;
/// How many lines of one kind in a row are kept.
const RUN_LINES_MAX: usize = 20;
/// How many lines a difference has at most.
const DIFF_LINES_MAX: usize = 80;
/// How much of a line is kept.
const LINE_CHARS_MAX: usize = 300;
/// How much of a long line is kept before the place where it differs.
pub(super) const BEFORE_CHARS_MAX: usize = 40;
/// How much is spent on pairs of a line with elisions and a printed line when lines are aligned.
const COST_MAX: usize = 1 << 21;

impl Segment {
    /// Aligns this part with the printed lines that come nearest to it. `overwritten` has those that were written over.
    pub(super) fn mismatch(
        &self,
        expected: &[Expected<'_>],
        found: &[&str],
        from: usize,
        overwritten: &BTreeMap<usize, String>,
    ) -> OutputMismatch {
        let ours = &expected[self.start..self.end];
        let from = from.min(found.len());
        let twice = (2 * self.len()).min(found.len() - from);
        let near = match (self.is_first, self.is_last) {
            (true, true) => from..found.len(),
            (true, false) => from..from + twice,
            (false, true) => found.len() - twice..found.len(),
            (false, false) => nearest(ours, found, from),
        };
        let theirs = &found[near.clone()];
        let mut diff = Diff { lines: Vec::new(), first: None };
        if !self.is_first {
            diff.lines.push(DiffLine::Both("...".to_owned()));
        }
        let hunks = self.hunks(ours, theirs);
        for (index, hunk) in hunks.iter().enumerate() {
            match hunk {
                Hunk::Same(lines) => diff.same(&ours[lines.clone()], index == 0, index + 1 == hunks.len()),
                Hunk::Change(page, printed) => {
                    let raw = |line: usize| {
                        let seen = theirs[line];
                        overwritten.get(&(near.start + line)).map_or(seen, String::as_str)
                    };
                    let printed: Vec<&str> = printed.clone().map(raw).collect();
                    diff.change(page.start, &ours[page.clone()], &printed);
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
    fn hunks(&self, ours: &[Expected<'_>], theirs: &[&str]) -> Vec<Hunk> {
        let mut hunks = align(&ours.iter().collect::<Vec<_>>(), theirs);
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

/// A stretch of two texts: lines that are in both, or those of each that are not in the other.
pub(super) enum Hunk {
    Same(Range<usize>),
    Change(Range<usize>, Range<usize>),
}

/// As many printed lines as there are expected ones, from `from` on, where most of them match.
fn nearest(ours: &[Expected<'_>], found: &[&str], from: usize) -> Range<usize> {
    let numbers = Numbers::of(&ours.iter().collect::<Vec<_>>(), &found[from..]);
    let lines: HashMap<usize, usize> =
        numbers.ours.iter().enumerate().rev().map(|(line, number)| (*number, line)).collect();
    let mut places: HashMap<usize, usize> = HashMap::new();
    for (index, number) in numbers.theirs.iter().enumerate() {
        if let Some(line) = lines.get(number) {
            *places.entry(index.saturating_sub(*line)).or_default() += 1;
        }
    }
    let best = places.into_iter().max_by_key(|(at, count)| (*count, std::cmp::Reverse(*at)));
    let at = from + best.map_or(0, |(at, _)| at);
    at..found.len().min(at + ours.len())
}

/// A number for each line, such that lines which match have the same.
struct Numbers {
    ours: Vec<usize>,
    theirs: Vec<usize>,
}

impl Numbers {
    fn of<'a>(ours: &[&Expected<'a>], theirs: &[&'a str]) -> Numbers {
        let mut known: HashMap<&str, usize> = HashMap::new();
        let mut number = |line: &'a str| {
            let next = known.len();
            *known.entry(line).or_insert(next)
        };
        let ours_numbers: Vec<usize> = ours.iter().map(|line| number(line.text)).collect();
        let exact = ours_numbers.iter().max().map_or(0, |max| max + 1);
        let mut patterns: Vec<(&Expected<'_>, usize)> = ours
            .iter()
            .copied()
            .zip(ours_numbers.iter().copied())
            .filter(|(line, _)| line.has_elisions())
            .collect();
        patterns.dedup_by_key(|(_, number)| *number);
        let mut left = COST_MAX;
        let mut fitting: HashMap<usize, usize> = HashMap::new();
        let theirs_numbers = theirs
            .iter()
            .map(|line| {
                let number = number(line);
                if number < exact {
                    return number;
                }
                *fitting.entry(number).or_insert_with(|| {
                    let fits = |(pattern, _): &&(&Expected<'_>, usize)| {
                        left = left.saturating_sub(pattern.cost(line));
                        left > 0 && pattern.matches(line)
                    };
                    patterns.iter().find(fits).map_or(number, |(_, number)| *number)
                })
            })
            .collect();
        Numbers { ours: ours_numbers, theirs: theirs_numbers }
    }
}

pub(super) fn align<'a>(ours: &[&Expected<'a>], theirs: &[&'a str]) -> Vec<Hunk> {
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
    fn same(&mut self, lines: &[Expected<'_>], is_first: bool, is_last: bool) {
        let before = if is_first { 0 } else { CONTEXT_LINES };
        let after = if is_last { 0 } else { CONTEXT_LINES };
        let both = |line: &Expected<'_>| DiffLine::Both(cut(line.text, 0));
        // A count takes a line too.
        if lines.len() <= before + after + 1 {
            self.lines.extend(lines.iter().map(both));
            return;
        }
        self.lines.extend(lines[..before].iter().map(both));
        self.lines.push(DiffLine::LeftOut(lines.len() - before - after, 0, 0));
        self.lines.extend(lines[lines.len() - after..].iter().map(both));
    }

    fn change(&mut self, at: usize, page: &[Expected<'_>], printed: &[&str]) {
        if page.is_empty() && printed.is_empty() {
            return;
        }
        self.first.get_or_insert(at);
        let differs_at = |index: usize| {
            let (Some(page), Some(printed)) = (page.get(index), printed.get(index)) else { return 0 };
            page.text.chars().zip(printed.chars()).take_while(|(page, printed)| page == printed).count()
        };
        for (index, line) in page.iter().enumerate().take(RUN_LINES_MAX) {
            self.lines.push(DiffLine::Page(cut(line.text, differs_at(index))));
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
    if !rest.is_empty() {
        let (both, page, printed) = counts(&rest);
        lines.push(DiffLine::LeftOut(both, page, printed));
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
