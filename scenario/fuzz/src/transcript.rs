//! Compares printed output with expected lines: `compare` must agree with a definition that tries every way.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex_lite::Regex;
use scenario_core::model::OutputLine;
use scenario_core::source::Span;
use scenario_core::transcript::{self, ELISIONS, Elision, Printed, Row};

use crate::{BETWEEN_PARTS, text};

/// The most lines of each side to use, because the definition below tries every way to match them.
const LINES_MAX: usize = 40;
/// The most characters of a line to use.
const WIDTH_MAX: usize = 80;

/// The input is the expected lines, a line `%%%`, and the printed output.
pub fn transcript(input: &[u8]) {
    let input = text(input);
    let (expected, output) = input.split_once(BETWEEN_PARTS).unwrap_or((&input, ""));
    let expected: Vec<String> = bounded(expected);
    let output = bounded(output).iter().flat_map(|line| [line, "\n"]).collect::<String>();
    let line = |text: &String| OutputLine { text: text.clone(), span: Span::new(0, 0..0) };
    let lines: Vec<OutputLine> = expected.iter().map(line).collect();
    if lines.is_empty() {
        // A block without output expects nothing, so nothing is compared.
        return;
    }
    let output = Printed::new(&output);
    let mismatch = transcript::compare(&lines, &output);
    let found: Vec<&str> = output.text.trim_end().lines().map(str::trim_end).collect();
    let expected: Vec<&str> = expected.iter().map(|line| line.trim_end()).collect();
    assert_eq!(mismatch.is_none(), lines_match(&expected, &found), "{expected:?} and {found:?}");
    is_rewritten(&lines, &output.text);
    if let Some(mismatch) = mismatch {
        assert!(mismatch.line < lines.len(), "line {} of {}", mismatch.line, lines.len());
    }
}

/// Checks that a rewritten page shows the printed output.
fn is_rewritten(lines: &[OutputLine], output: &str) {
    let Ok(rows) = transcript::rewrite(lines, output, "") else { return };
    let text = |row: Row| match row {
        Row::Kept(index) => lines[index].clone(),
        Row::New { text, .. } => OutputLine { text, span: Span::new(0, 0..0) },
    };
    let rewritten: Vec<OutputLine> = rows.into_iter().map(text).collect();
    let mismatch = transcript::compare_streams(&rewritten, output, "");
    assert_eq!(mismatch, None, "{rewritten:?} for {lines:?} and {output:?}");
}

fn bounded(text: &str) -> Vec<String> {
    text.lines().take(LINES_MAX).map(|line| line.chars().take(WIDTH_MAX).collect()).collect()
}

fn lines_match(expected: &[&str], found: &[&str]) -> bool {
    matches(expected, found, &|line| *line == "...", &|expected, found| {
        line_matches(&tokens(expected), found, &mut HashMap::new())
    })
}

/// A part of an expected line.
enum Token {
    Char(char),
    Anything,
    Typed(&'static Regex),
}

/// The typed elisions, each with a condition for the whole text that it stands for.
static TYPED: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    let all = |elision: &Elision| format!("^(?:{}|{})$", elision.pattern, regex_lite::escape(elision.name));
    let one = |elision: &Elision| Some((elision.name, Regex::new(&all(elision)).ok()?));
    ELISIONS.iter().filter_map(one).collect()
});

fn tokens(line: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let typed = TYPED.iter().find(|(name, _)| rest.starts_with(name));
        let (token, length) = match typed {
            Some((name, regex)) => (Token::Typed(regex), name.len()),
            None if rest.starts_with("[..]") => (Token::Anything, 4),
            None => (Token::Char(first), first.len_utf8()),
        };
        tokens.push(token);
        rest = &rest[length..];
    }
    tokens
}

fn line_matches(tokens: &[Token], line: &str, known: &mut HashMap<(usize, usize), bool>) -> bool {
    let place = (tokens.len(), line.len());
    if let Some(known) = known.get(&place) {
        return *known;
    }
    let ends = || line.char_indices().map(|(at, _)| at).chain([line.len()]);
    let result = match tokens {
        [] => line.is_empty(),
        [Token::Char(c), rest @ ..] => {
            line.strip_prefix(*c).is_some_and(|later| line_matches(rest, later, known))
        }
        [Token::Anything, rest @ ..] => ends().any(|end| line_matches(rest, &line[end..], known)),
        [Token::Typed(regex), rest @ ..] => {
            ends().any(|end| regex.is_match(&line[..end]) && line_matches(rest, &line[end..], known))
        }
    };
    known.insert(place, result);
    result
}

/// Whether a pattern matches a whole sequence. Some parts of the pattern match any number of elements.
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
