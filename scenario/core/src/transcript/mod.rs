//! What a command printed against what the page shows, with the elisions of trycmd: `...` matches any
//! lines, `[..]` anything within a line, `[TIME]` and the like what has their form. Pure.
//!
//! Blanks at the end of a line do not count. How a difference is shown is the work of `report`.

mod diff;
mod elision;
mod printed;
mod rewrite;
mod value;

use serde::{Deserialize, Serialize};

use crate::model::OutputLine;

use elision::Expected;

pub use elision::{ELISIONS, Elision, line_matches, misspelled, printed_elision};
pub use printed::Printed;
pub use rewrite::{NothingAlike, Row, rewrite};
pub use value::elide_varying;

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
    /// Printed only. A line that was written over has its carriage returns and backspaces.
    Printed(String),
    /// Lines that are left out: how many are in both, on the page only, and printed only.
    LeftOut(usize, usize, usize),
}

/// How many lines of a difference are in both, on the page only, and printed only.
fn counts(lines: &[DiffLine]) -> (usize, usize, usize) {
    lines.iter().fold((0, 0, 0), |(both, page, printed), line| match line {
        DiffLine::Both(_) => (both + 1, page, printed),
        DiffLine::Page(_) => (both, page + 1, printed),
        DiffLine::Printed(_) => (both, page, printed + 1),
        DiffLine::LeftOut(b, a, p) => (both + b, page + a, printed + p),
    })
}

/// Compares what a command printed with the page, which shows standard output alone or both streams; `None` if it
/// matches. Of two differences the smaller one is returned.
pub fn compare_streams(expected: &[OutputLine], stdout: &str, stderr: &str) -> Option<OutputMismatch> {
    difference(expected, stdout, stderr).map(|(_, mismatch)| mismatch)
}

/// The same, with what of it the page shows.
fn difference(expected: &[OutputLine], stdout: &str, stderr: &str) -> Option<(Printed, OutputMismatch)> {
    let printed = Printed::both(stdout, stderr);
    let both = compare(expected, &printed)?;
    if stdout.is_empty() || stderr.is_empty() {
        return Some((printed, both));
    }
    let stdout = Printed::new(stdout);
    let alone = compare(expected, &stdout)?;
    Some(if alone.size() < both.size() { (stdout, alone) } else { (printed, both) })
}

/// Compares a text with the page; `None` if it matches.
pub fn compare(expected: &[OutputLine], output: &Printed) -> Option<OutputMismatch> {
    let found = found_lines(output);
    let expected: Vec<Expected<'_>> =
        expected.iter().map(|line| Expected::new(line.text.trim_end())).collect();
    let mut from = 0;
    for part in parts(&expected) {
        match part.end_in(&expected, &found, from) {
            Some(end) => from = end,
            None => return Some(part.mismatch(&expected, &found, from, &output.overwritten)),
        }
    }
    None
}

/// The lines that are compared. Blank lines at the end are not; the parser drops those of the page.
fn found_lines(output: &Printed) -> Vec<&str> {
    output.text.trim_end().lines().map(str::trim_end).collect()
}

impl OutputMismatch {
    /// How many lines differ; a line that was printed in place of one of the page counts once.
    fn size(&self) -> usize {
        let (_, page, printed) = counts(&self.diff);
        page.max(printed)
    }
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

fn parts(expected: &[Expected<'_>]) -> Vec<Segment> {
    let dots = expected.iter().enumerate().filter(|(_, line)| line.text == "...").map(|(index, _)| index);
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
    fn end_in(&self, expected: &[Expected<'_>], found: &[&str], from: usize) -> Option<usize> {
        let last = found.len().checked_sub(self.len())?;
        let fits = |at: usize| {
            let pairs = expected[self.start..self.end].iter().zip(&found[at..]);
            pairs.into_iter().all(|(line, found)| line.matches(found))
        };
        let starts = match (self.is_first, self.is_last) {
            (true, true) if last > 0 => return None,
            (true, _) => 0..1,
            (false, true) => last.max(from)..last + 1,
            (false, false) => from..last + 1,
        };
        starts.into_iter().find(|at| fits(*at)).map(|at| at + self.len())
    }
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
        compare(&lines(expected), &Printed::new(output)).map(|mismatch| mismatch.line)
    }

    /// The difference with the signs of `diff`.
    #[track_caller]
    fn differs(expected: &str, output: &str, rows: &[&str]) {
        let mismatch = compare(&lines(expected), &Printed::new(output)).expect("a difference");
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
        assert_eq!(mismatch("a", "a\n9%\r  \r"), None, "nor does a line of blanks");
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
            (Some((line, rest)), Some((first, later))) => {
                Expected::new(line).matches(first) && is_shown(rest, later)
            }
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
                let mismatch = compare(&page, &Printed::new(&found.join("\n")));
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
        let diff = compare(&lines("a\nb"), &Printed::new(&numbers(1..=100_000))).expect("a difference").diff;
        assert_eq!(diff.len(), 23);
        assert_eq!(diff[22], DiffLine::LeftOut(0, 0, 99_980));
        let long = "x".repeat(1 << 20);
        let diff = compare(&lines(&format!("{long}a")), &Printed::new(&format!("{long}b")))
            .expect("a difference")
            .diff;
        let shown = |end: &str| format!("…{}{end}", "x".repeat(diff::BEFORE_CHARS_MAX));
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
    fn a_page_shows_standard_output_alone_or_both_streams() {
        let compare = |page: &str, stdout: &str, stderr: &str| compare_streams(&lines(page), stdout, stderr);
        assert_eq!(compare("a", "a\n", "warning\n"), None);
        assert_eq!(compare("a\nwarning", "a", "warning\n"), None);
        assert_eq!(compare("warning", "", "warning\n"), None);
        assert!(compare("warning", "a\n", "warning\n").is_some(), "nobody sees standard error alone");
        let page = DiffLine::Page("a".into());
        let printed = |text: &str| DiffLine::Printed(text.into());
        let diff = compare("a", "b\n", "one\ntwo\n").expect("a difference").diff;
        assert_eq!(diff, [page.clone(), printed("b")]);
        let diff = compare("a\none\ntwo", "b\n", "one\ntwo\n").expect("a difference").diff;
        assert_eq!(diff, [page, printed("b"), DiffLine::Both("one".into()), DiffLine::Both("two".into())]);
    }

    #[test]
    fn a_line_that_was_written_over_is_shown_so_where_it_differs() {
        assert_eq!(mismatch("100%", "10%\r100%\n"), None);
        differs("99%", "10%\r100%\n", &["- 99%", "+ 10%\r100%"]);
        differs("a\n99%", "10\ra\n10%\r100%\n", &["- a", "- 99%", "+ 10\ra", "+ 10%\r100%"]);
    }

    #[test]
    fn lines_with_typed_elisions_are_aligned_and_kept() {
        let printed = "Compiled a in 0.3s\nran 5 tests\nok\n";
        assert_eq!(mismatch("Compiled a in [DURATION]\nran [NUMBER] tests\nok", printed), None);
        let rows = ["  Compiled a in [DURATION]", "- ran [PORT]", "+ ran 5 tests", "  ok"];
        differs("Compiled a in [DURATION]\nran [PORT]\nok", printed, &rows);
    }

    #[test]
    fn typed_elisions_on_long_outputs_take_no_time_to_speak_of() {
        let expected: String = (0..500).map(|number| format!("[..]{number} [NUMBER] [ID] x\n")).collect();
        let printed = "1 2 3 4 5 6 7 8 9 a-b-c y\n".repeat(5000);
        let start = std::time::Instant::now();
        assert!(mismatch(&expected, &printed).is_some());
        let took = start.elapsed();
        assert!(took.as_secs() < 5, "{took:?} for what takes half a second");
    }
}
