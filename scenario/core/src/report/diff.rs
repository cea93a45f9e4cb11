//! The difference between the output that a page shows and the output that was printed, for a person. Characters that look
//! alike are shown as escapes, and explained.

use crate::report::text::{escape, is_direction};
use crate::transcript::{self, DiffLine};

/// The lines of a difference with a sign each: `-` for those of the page, `+` for the printed ones.
pub(super) fn rows(diff: &[DiffLine]) -> Vec<String> {
    let alike = look_alike(diff);
    let shown = |text: &str| escape(text, |c| is_invisible(c) || (alike && is_misleading(c)));
    let row = |line: &DiffLine| match line {
        DiffLine::Both(text) => format!("  {}", escape(text, is_invisible)),
        DiffLine::Page(text) => format!("- {}", shown(text)),
        DiffLine::Printed(text) => format!("+ {}", shown(text)),
        DiffLine::LeftOut(both, page, printed) => left_out(*both, *page, *printed),
    };
    diff.iter().map(row).collect()
}

fn left_out(both: usize, page: usize, printed: usize) -> String {
    let lines =
        |count: usize| if count == 1 { "1 more line".to_owned() } else { format!("{count} more lines") };
    let parts: Vec<String> = [("", both), (" of the page", page), (" printed", printed)]
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(what, count)| format!("{}{what}", lines(count)))
        .collect();
    let sign = match (both, page, printed) {
        (0, _, 0) => '-',
        (0, 0, _) => '+',
        _ => ' ',
    };
    format!("{sign} … {}", parts.join(", "))
}

/// A class of characters.
type Is = fn(char) -> bool;

/// What can be said of characters that are hard to see in the lines that differ; a sentence each.
pub(super) fn explanations(diff: &[DiffLine]) -> Vec<&'static str> {
    let alike = look_alike(diff);
    let only_on_one_side = |is: Is| {
        let count = |line: &DiffLine| match line {
            DiffLine::Page(text) => text.chars().filter(|c| is(*c)).count().cast_signed(),
            DiffLine::Printed(text) => -text.chars().filter(|c| is(*c)).count().cast_signed(),
            DiffLine::Both(_) | DiffLine::LeftOut(..) => 0,
        };
        diff.iter().map(count).sum::<isize>() != 0
    };
    let all: [(Is, bool, &str); 6] = [
        (
            |c| c == '\r',
            true,
            "`\\r` is a carriage return: what follows it is written over the line, and only what is left of the line is compared",
        ),
        (|c| c == '\t', alike, "`\\t` is a tab; it looks like blanks"),
        (
            is_other_blank,
            true,
            "a blank that is shown as `\\u{…}` is not the usual one, such as a no-break space",
        ),
        (is_zero_width, true, "a character that is shown as `\\u{…}` has no width"),
        (
            is_combining,
            alike,
            "letters with accents are written in two ways: as one character, or as a letter and a `\\u{…}` that is put over it",
        ),
        (|c| is_control(c) || is_direction(c), true, "a control character is shown as `\\u{…}`"),
    ];
    all.into_iter()
        .filter(|(is, applies, _)| *applies && only_on_one_side(*is))
        .map(|(_, _, sentence)| sentence)
        .collect()
}

/// The elision that a word on a line that differs is probably meant to be. A word that was printed as well is text.
pub(super) fn misspelled(diff: &[DiffLine]) -> Option<String> {
    let is_printed =
        |word: &str| diff.iter().any(|line| matches!(line, DiffLine::Printed(text) if text.contains(word)));
    let found = diff.iter().find_map(|line| match line {
        DiffLine::Page(text) => transcript::misspelled(text).filter(|(word, _)| !is_printed(word)),
        DiffLine::Both(_) | DiffLine::Printed(_) | DiffLine::LeftOut(..) => None,
    });
    found.map(|(word, meant)| format!("`{word}` is compared as text; did you mean `{meant}`?"))
}

/// Whether lines that differ look the same on a terminal.
fn look_alike(diff: &[DiffLine]) -> bool {
    let (mut page, mut printed) = (Vec::new(), Vec::new());
    for line in diff {
        match line {
            DiffLine::Page(text) => page.push(skeleton(text)),
            DiffLine::Printed(text) => printed.push(skeleton(text)),
            DiffLine::Both(_) | DiffLine::LeftOut(..) => {}
        }
    }
    page.iter().any(|line| printed.contains(line))
}

/// What is left of a line if all is taken for the same that can look the same.
fn skeleton(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // An accented letter, and the letter that carries a combining accent.
            c if is_combining(c) => {
                out.pop();
                out.push('\u{fffd}');
            }
            c if c.is_alphabetic() && !c.is_ascii() => out.push('\u{fffd}'),
            c if c == '\t' || c == ' ' || is_other_blank(c) => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c if is_invisible(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// Invisible characters, which are always shown as escapes.
fn is_invisible(c: char) -> bool {
    is_control(c) || c == '\r' || is_other_blank(c) || is_zero_width(c) || is_direction(c)
}

/// What is only shown as an escape where two lines would look the same.
fn is_misleading(c: char) -> bool {
    c == '\t' || is_combining(c)
}

fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\r' | '\t')
}

fn is_other_blank(c: char) -> bool {
    c.is_whitespace() && !c.is_ascii()
}

fn is_zero_width(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn shown(page: &str, printed: &str, expected: [&str; 2], explanations: &[&str]) {
        let diff = [DiffLine::Page(page.to_owned()), DiffLine::Printed(printed.to_owned())];
        assert_eq!(rows(&diff), expected);
        let told = super::explanations(&diff);
        assert_eq!(told.len(), explanations.len(), "{told:?}");
        for (sentence, begin) in told.iter().zip(explanations) {
            assert!(sentence.contains(begin), "{sentence}");
        }
    }

    #[test]
    fn what_looks_alike_is_shown_escaped_and_explained() {
        shown("90%", "10%\r100%", ["- 90%", "+ 10%\\r100%"], &["carriage return"]);
        shown("a b", "a\u{a0}b", ["- a b", "+ a\\u{a0}b"], &["no-break space"]);
        shown("a       b", "a\tb", ["- a       b", "+ a\\tb"], &["tab"]);
        shown("ab", "a\u{200b}b", ["- ab", "+ a\\u{200b}b"], &["no width"]);
        shown("caf\u{e9}", "cafe\u{301}", ["- caf\u{e9}", "+ cafe\\u{301}"], &["accents"]);
        shown("a", "a\u{8}", ["- a", "+ a\\u{8}"], &["control character"]);
        shown("a", "\u{202e}a", ["- a", "+ \\u{202e}a"], &["control character"]);
    }

    #[test]
    fn what_differs_for_all_to_see_is_shown_as_it_is() {
        shown("one\ttwo", "three\tfour", ["- one\ttwo", "+ three\tfour"], &[]);
        shown("e\u{301}a", "e\u{301}b", ["- e\u{301}a", "+ e\u{301}b"], &[]);
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let rows = rows(&[
            DiffLine::LeftOut(16, 0, 0),
            DiffLine::LeftOut(0, 1, 0),
            DiffLine::LeftOut(0, 0, 9),
            DiffLine::LeftOut(1, 2, 3),
        ]);
        assert_eq!(
            rows,
            [
                "  … 16 more lines",
                "- … 1 more line of the page",
                "+ … 9 more lines printed",
                "  … 1 more line, 2 more lines of the page, 3 more lines printed",
            ]
        );
    }
}
