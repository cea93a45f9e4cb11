//! What stands for something else in a line of expected output: `[..]` for any text, `[TIME]` and the like for a text of
//! one form. Pure.
//!
//! `...` stands for whole lines, and is not known here.

use std::fmt::Write;

use regex_lite::Regex;

use crate::problem::near;

/// Stands for any text within a line, or none.
pub(super) const ANYTHING: &str = "[..]";

/// An elision that stands for a text of one form.
#[derive(Debug, Clone, Copy)]
pub struct Elision {
    /// How a page writes it, with its brackets.
    pub name: &'static str,
    /// What it stands for, in a line of Markdown.
    pub meaning: &'static str,
    /// The same as a regular expression that must match all of the text.
    pub pattern: &'static str,
}

/// All of them.
pub const ELISIONS: [Elision; 9] = [
    Elision {
        name: "[TIME]",
        meaning: "a time of day: `9:05`, `23:59:59`, `23:59:59.123456`; then AM or PM, and `Z` or an offset, if there is one: `11:30 PM`, `23:59:59Z`, `23:59+02:00`",
        pattern: r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?(?: ?[AaPp][Mm])?(?:Z| ?[+-][0-9]{2}:?[0-9]{2})?",
    },
    Elision {
        name: "[DATE]",
        meaning: "a date: `2026-11-26`, `2026/11/26`, `26 Nov 2026`, `Nov 26`, `Nov 26, 2026`, `Thu, 26 Nov 2026`, `Thu Nov 26`",
        pattern: r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}/[0-9]{2}/[0-9]{2}|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? )?(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6} {1,2}[0-9]{1,2}(?:,? [0-9]{4})?|[0-9]{1,2}[ -](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}[ -][0-9]{4})",
    },
    Elision {
        name: "[DURATION]",
        meaning: "one or more numbers with a unit of time each: `0.45s`, `120 ms`, `1m 30s`, `2 hours`; the units are ns, us, µs, ms, s, m, h, d and their English words",
        pattern: r"[0-9]+(?:[.,][0-9]+)? ?(?:ns|[uµμ]s|ms|s|m|h|d|(?:milli|micro|nano)seconds?|secs?|seconds?|mins?|minutes?|hrs?|hours?|days?)(?:,? ?[0-9]+(?:[.,][0-9]+)? ?(?:ns|[uµμ]s|ms|s|m|h|d|(?:milli|micro|nano)seconds?|secs?|seconds?|mins?|minutes?|hrs?|hours?|days?))*",
    },
    Elision {
        name: "[HASH]",
        meaning: "7 to 128 hexadecimal digits, letters all small or all capital: `1a2b3c4`",
        pattern: r"[0-9a-f]{7,128}|[0-9A-F]{7,128}",
    },
    Elision {
        name: "[ID]",
        meaning: "letters, digits, `-` and `_`, the first a letter or a digit: a UUID, the name of a container",
        pattern: r"[0-9A-Za-z][0-9A-Za-z_-]*",
    },
    Elision {
        name: "[PORT]",
        meaning: "a number from 1 to 65535 without leading zeros",
        pattern: r"[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]",
    },
    Elision {
        name: "[NUMBER]",
        meaning: "a number: `42`, `-0.5`, `1,234,567`, `1_000`, `6.02e23`",
        pattern: r"[+-]?(?:[0-9]{1,3}(?:[,_][0-9]{3})+|[0-9]+)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?",
    },
    Elision {
        name: "[SIZE]",
        meaning: "a number with a unit of bytes: `512 B`, `1.5 MB`, `10KiB`, `4.0K`, `12 bytes`",
        pattern: r"[0-9]+(?:[.,][0-9]+)? ?(?:bytes?|[kKMGTP]?i?B|[kKMGTP]i?)",
    },
    Elision {
        name: "[PATH]",
        meaning: "a path with at least one `/`: `/tmp/a.txt`, `target/debug`; no white space, quotes, or any of `:,;()<>|`",
        pattern: r#"[^\s"'`:,;()<>|/]*/[^\s"'`:,;()<>|]*"#,
    },
];

/// A line of expected output.
#[derive(Debug)]
pub(super) struct Expected<'a> {
    pub(super) text: &'a str,
    /// With an elision that has a form: the whole line. `None` where it has no such elision.
    typed: Option<Regex>,
}

impl<'a> Expected<'a> {
    pub(super) fn new(text: &'a str) -> Expected<'a> {
        let has_typed = text.contains('[') && ELISIONS.iter().any(|elision| text.contains(elision.name));
        // In a line that is too long for a regular expression, typed elisions stand for themselves.
        Expected { text, typed: has_typed.then(|| Regex::new(&pattern(text)).ok()).flatten() }
    }

    /// Whether it stands for more than itself.
    pub(super) fn has_elisions(&self) -> bool {
        self.typed.is_some() || self.text.contains(ANYTHING)
    }

    /// What it costs to compare a line with it, next to comparing two texts.
    pub(super) fn cost(&self, line: &str) -> usize {
        if self.typed.is_some() { 1 + line.len() } else { 1 }
    }

    pub(super) fn matches(&self, line: &str) -> bool {
        match &self.typed {
            Some(pattern) => self.text == line || pattern.is_match(line),
            None => matches_anything(self.text, line),
        }
    }
}

/// Whether a text is what an expected one stands for, as a line of output is.
pub fn line_matches(expected: &str, text: &str) -> bool {
    Expected::new(expected).matches(text)
}

/// An elision that a printed line has by chance: there are more of it than in the line of the page that it replaces.
pub fn printed_elision(line: &str, old: &str) -> Option<&'static str> {
    let mut names = ELISIONS.iter().map(|elision| elision.name).chain([ANYTHING]);
    names.find(|name| line.matches(name).count() > old.matches(name).count())
}

/// A word in brackets that stands for itself, and the elision that it is probably meant to be.
pub fn misspelled(line: &str) -> Option<(&str, &'static str)> {
    let names: Vec<&str> = ELISIONS.iter().map(|elision| elision.name.trim_matches(['[', ']'])).collect();
    let mut rest = line;
    while let Some(at) = rest.find('[') {
        let from = &rest[at..];
        rest = &from[1..];
        let Some(end) = from.find(']') else { continue };
        let (word, inner) = (&from[..=end], &from[1..end]);
        let is_dots = !inner.is_empty() && inner.chars().all(|c| matches!(c, '.' | '…'));
        let meant = if is_dots {
            Some(ANYTHING)
        } else if inner.chars().all(|c| c.is_ascii_alphabetic()) {
            let near = near(&inner.to_ascii_uppercase(), &names);
            ELISIONS
                .iter()
                .map(|elision| elision.name)
                .find(|name| Some(name.trim_matches(['[', ']'])) == near)
        } else {
            None
        };
        if let Some(meant) = meant.filter(|meant| *meant != word) {
            return Some((word, meant));
        }
    }
    None
}

/// A line with elisions as a regular expression. An elision also stands for its own name.
fn pattern(line: &str) -> String {
    let mut out = String::from("^");
    let mut rest = line;
    while let Some(at) = rest.find('[') {
        let (before, from) = rest.split_at(at);
        out += &regex_lite::escape(before);
        let known = ELISIONS.iter().find(|elision| from.starts_with(elision.name));
        let taken = match known {
            Some(Elision { name, pattern, .. }) => {
                // Writing to a `String` cannot fail.
                let _ = write!(out, "(?:{pattern}|{})", regex_lite::escape(name));
                name.len()
            }
            None if from.starts_with(ANYTHING) => {
                out += "(?s:.*)";
                ANYTHING.len()
            }
            None => {
                out += r"\[";
                1
            }
        };
        rest = &from[taken..];
    }
    out + &regex_lite::escape(rest) + "$"
}

/// One line in which `[..]` is the only elision.
fn matches_anything(expected: &str, found: &str) -> bool {
    let mut parts = expected.split(ANYTHING);
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

    #[track_caller]
    fn stands_for(name: &str, yes: &[&str], no: &[&str]) {
        let line = format!("<{name}>");
        let expected = Expected::new(&line);
        for text in yes {
            assert!(expected.matches(&format!("<{text}>")), "{name} does not stand for `{text}`");
        }
        for text in no {
            assert!(!expected.matches(&format!("<{text}>")), "{name} stands for `{text}`");
        }
        assert!(expected.matches(&line), "it stands for itself");
        assert!(!expected.matches("<>"), "{name} stands for nothing");
    }

    #[test]
    fn each_elision_stands_for_texts_of_its_form_only() {
        stands_for(
            "[TIME]",
            &[
                "9:05",
                "23:59:59",
                "23:59:59.123456",
                "11:30 PM",
                "23:59:59Z",
                "23:59+02:00",
                "01:09:09 +0000",
            ],
            &["9", "9:5", "23:59:", "noon", "23:59:59.", "x9:05"],
        );
        stands_for(
            "[DATE]",
            &[
                "2026-11-26",
                "2026/11/26",
                "26 Nov 2026",
                "Nov 26",
                "Nov  6",
                "Nov 26, 2026",
                "Thu, 26 Nov 2026",
                "Thu Nov 26",
                "26-November-2026",
            ],
            &["26.11.2026", "2026-1-1", "Nov", "2026", "Foo 12"],
        );
        stands_for(
            "[DURATION]",
            &["0.45s", "120 ms", "1m 30s", "1m30s", "2 hours", "3 µs", "1 day, 2 hours", "5 seconds"],
            &["5", "s", "5 x", "-1s", "1m30"],
        );
        stands_for(
            "[HASH]",
            &["1a2b3c4", "DEADBEEF", &"a".repeat(64)],
            &["1a2b3c", "1a2B3c4", "1a2b3g4", &"a".repeat(129)],
        );
        stands_for("[ID]", &["a", "123e4567-e89b-12d3", "brave_fermi"], &["-a", "a b", "a.b"]);
        stands_for(
            "[PORT]",
            &["1", "80", "8000", "59999", "65535"],
            &["0", "080", "65536", "99999", "123456", "-1"],
        );
        stands_for(
            "[NUMBER]",
            &["42", "-0.5", "+1", "1,234,567", "1_000", "6.02e23", "007"],
            &["1,23", "1.", ".5", "e5", "1 2", "0x1f"],
        );
        stands_for(
            "[SIZE]",
            &["512 B", "1.5 MB", "10KiB", "4.0K", "12 bytes", "1 byte"],
            &["12", "1.5 XB", "B", "1 iK"],
        );
        stands_for(
            "[PATH]",
            &["/tmp/a.txt", "target/debug", "/", "a/"],
            &["a.txt", "a b/c", "a:/b", "\"/a\""],
        );
    }

    #[test]
    fn elisions_mix_within_a_line() {
        let matches = |expected: &str, found: &str| Expected::new(expected).matches(found);
        assert!(matches("Finished in [DURATION] at [TIME] ([..])", "Finished in 0.45s at 9:05 ()"));
        assert!(matches("[DATE]T[TIME] [..] port=[PORT]", "2026-01-02T03:04:05Z INFO port=8000"));
        assert!(matches("commit [HASH] (a.b)", "commit 1a2b3c4 (a.b)"));
        assert!(!matches("commit [HASH] (a.b)", "commit 1a2b3c4 (axb)"));
        assert!(matches("[TIMES] [time] [NUMBER]", "[TIMES] [time] 7"));
        assert!(matches("[[NUMBER]]", "[7]"));
        assert!(!matches("[NUMBER]", "7 8"));
        assert!(!matches("[NUMBER]", "x7"));
    }

    #[test]
    fn a_word_near_the_name_of_an_elision_is_found() {
        for (line, expected) in [
            ("at [TIEM]", Some(("[TIEM]", "[TIME]"))),
            ("[NUMBER] [time]", Some(("[time]", "[TIME]"))),
            ("[a [NUM]", Some(("[NUM]", "[NUMBER]"))),
            ("took [...] ms", Some(("[...]", "[..]"))),
            ("[TIME] [..] [INFO] [OK] [] [0] [", None),
        ] {
            assert_eq!(misspelled(line), expected, "{line}");
        }
    }
}
