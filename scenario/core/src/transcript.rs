//! What a command printed against what the page shows, with the elisions of trycmd: `...` stands for any
//! lines, `[..]` for anything within a line. Pure.

use std::fmt::Write;

use crate::model::OutputLine;

/// Where the output leaves what the page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The index of the expected line that does not hold; the last one where there is too much output.
    pub line: usize,
    /// Expected and found, side by side line by line.
    pub diff: String,
}

/// Compares; `None` if the output is what the page shows.
pub fn compare(expected: &[OutputLine], output: &str) -> Option<Mismatch> {
    // Blank lines at the end of a block are no part of what it shows, so those of the output are none either.
    let found: Vec<&str> = output.trim_end_matches('\n').lines().collect();
    let expected: Vec<&str> = expected.iter().map(|line| line.text.trim_end()).collect();
    let reached = furthest(&expected, &found)?;
    let line = reached.min(expected.len() - 1);
    Some(Mismatch { line, diff: diff(&expected, &found) })
}

/// How many expected lines can be matched before it goes wrong; `None` if all of them and the output too.
fn furthest(expected: &[&str], found: &[&str]) -> Option<usize> {
    // reachable[j]: the expected lines so far can have used up the first j found lines.
    let mut reachable = vec![false; found.len() + 1];
    reachable[0] = true;
    for (index, line) in expected.iter().enumerate() {
        let next: Vec<bool> = if *line == "..." {
            let mut seen = false;
            reachable
                .iter()
                .map(|here| {
                    seen |= here;
                    seen
                })
                .collect()
        } else {
            let matched = |at: usize| reachable[at - 1] && line_matches(line, found[at - 1].trim_end());
            (0..reachable.len()).map(|at| at > 0 && matched(at)).collect()
        };
        if !next.contains(&true) {
            return Some(index);
        }
        reachable = next;
    }
    if reachable[found.len()] { None } else { Some(expected.len()) }
}

/// One line, in which `[..]` stands for anything.
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

/// Expected lines marked `-`, found lines `+`, common ones neither; at most a screenful.
fn diff(expected: &[&str], found: &[&str]) -> String {
    const LINES_MAX: usize = 20;
    let mut out = String::new();
    let mut common = 0;
    while common < expected.len().min(found.len()) && line_matches(expected[common], found[common].trim_end())
    {
        common += 1;
    }
    let mut put = |sign: char, lines: &[&str]| {
        for line in lines.iter().take(LINES_MAX) {
            let _ = writeln!(out, "{sign} {line}");
        }
        if lines.len() > LINES_MAX {
            let _ = writeln!(out, "{sign} … {} more lines", lines.len() - LINES_MAX);
        }
    };
    put(' ', &expected[..common]);
    put('-', &expected[common..]);
    put('+', &found[common..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn mismatch(expected: &str, output: &str) -> Option<usize> {
        let line = |text: &str| OutputLine { text: text.to_owned(), span: Span::new(0, 0..0) };
        let expected: Vec<OutputLine> = expected.lines().map(line).collect();
        compare(&expected, output).map(|mismatch| mismatch.line)
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
        assert_eq!(mismatch("...\nb\n...", "a\nb\nb\nc\n"), None);
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
}
