//! Printed output against expected lines: `compare` against a definition that tries every way.

use std::collections::HashMap;

use scenario_core::model::OutputLine;
use scenario_core::source::Span;
use scenario_core::transcript;

use crate::{BETWEEN_PARTS, text};

/// How many lines of each side count. The definition below tries every way to match them.
const LINES_MAX: usize = 40;
/// How many characters of a line count.
const WIDTH_MAX: usize = 80;

/// The input is what a page shows, a line `%%%`, and what was printed.
pub fn transcript(input: &[u8]) {
    let input = text(input);
    let (expected, output) = input.split_once(BETWEEN_PARTS).unwrap_or((&input, ""));
    let expected: Vec<String> = bounded(expected);
    let output = bounded(output).iter().flat_map(|line| [line, "\n"]).collect::<String>();
    let line = |text: &String| OutputLine { text: text.clone(), span: Span::new(0, 0..0) };
    let lines: Vec<OutputLine> = expected.iter().map(line).collect();
    if lines.is_empty() {
        // A block without output shows nothing, so nothing is compared.
        return;
    }
    let mismatch = transcript::compare(&lines, &output);
    let found: Vec<&str> = output.trim_end_matches('\n').lines().map(str::trim_end).collect();
    let expected: Vec<&str> = expected.iter().map(|line| line.trim_end()).collect();
    assert_eq!(mismatch.is_none(), lines_match(&expected, &found), "{expected:?} and {found:?}");
    if let Some(mismatch) = mismatch {
        assert!(mismatch.line < lines.len(), "line {} of {}", mismatch.line, lines.len());
    }
}

fn bounded(text: &str) -> Vec<String> {
    text.lines().take(LINES_MAX).map(|line| line.chars().take(WIDTH_MAX).collect()).collect()
}

fn lines_match(expected: &[&str], found: &[&str]) -> bool {
    matches(expected, found, &|line| *line == "...", &|expected, found| {
        // A joker within a line is one character here, which no line has.
        let expected: Vec<char> = expected.replace("[..]", "\u{10ffff}").chars().collect();
        let found: Vec<char> = found.chars().collect();
        matches(&expected, &found, &|c| *c == '\u{10ffff}', &|expected, found| expected == found)
    })
}

/// Whether a pattern covers all of a sequence, where some of its parts stand for any number of anything.
fn matches<T>(
    pattern: &[T],
    all: &[T],
    is_joker: &dyn Fn(&T) -> bool,
    equal: &dyn Fn(&T, &T) -> bool,
) -> bool {
    fn from<T>(
        (pattern, all): (&[T], &[T]),
        is_joker: &dyn Fn(&T) -> bool,
        equal: &dyn Fn(&T, &T) -> bool,
        known: &mut HashMap<(usize, usize), bool>,
    ) -> bool {
        let place = (pattern.len(), all.len());
        if let Some(known) = known.get(&place) {
            return *known;
        }
        let result = match pattern {
            [] => all.is_empty(),
            [joker, rest @ ..] if is_joker(joker) => {
                (0..=all.len()).any(|taken| from((rest, &all[taken..]), is_joker, equal, known))
            }
            [one, rest @ ..] => match all {
                [] => false,
                [first, others @ ..] => equal(one, first) && from((rest, others), is_joker, equal, known),
            },
        };
        known.insert(place, result);
        result
    }
    from((pattern, all), is_joker, equal, &mut HashMap::new())
}
