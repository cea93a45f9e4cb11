//! The result that a PromQL block shows below its query: comments that begin with `# =>`, and `# ...`.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::model::{ESCAPES, Shown, ShownSample, Tolerance, is_plain_label};
use crate::problem::{Problem, ResultFault};
use crate::source::Span;

/// A line of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultLine<'a> {
    /// A sample, or `none`, without the `# => `.
    Sample(&'a str),
    /// `# ...`.
    More,
    /// A line of the query, or a comment of the author's.
    Other,
}

/// What a line of a query's block shows.
pub fn result_line(text: &str) -> ResultLine<'_> {
    let Some(comment) = text.trim().strip_prefix('#').map(str::trim) else { return ResultLine::Other };
    match comment.strip_prefix("=>") {
        Some(sample) => ResultLine::Sample(sample.trim()),
        None if comment == "..." => ResultLine::More,
        None => ResultLine::Other,
    }
}

/// The query of a block, and the result that it shows, if it shows one.
pub(super) fn split<'a>(
    text: &'a str,
    lines: &[Span],
    diagnostics: &mut Vec<Diagnostic>,
) -> (&'a str, Option<(Shown, Span)>) {
    let rows = || text.lines().zip(lines);
    if !rows().any(|(text, _)| matches!(result_line(text), ResultLine::Sample(_))) {
        return (text, None);
    }
    let (mut shown, mut first, mut query_end, mut end) = (Shown::default(), None, text.len(), 0);
    let mut none = None;
    for (row, span) in rows() {
        let begin = end;
        end += row.len() + 1;
        // Counted from the end: a list may have taken a part of a tab, and then the row begins with other blanks.
        let last = span.end - (row.len() - row.trim_end().len());
        let place = Span { start: last - row.trim().len(), end: last, ..*span };
        match result_line(row) {
            ResultLine::Other if first.is_none() || row.trim().is_empty() => continue,
            ResultLine::Other => {
                diagnostics.push(Diagnostic::new(place, Problem::QueryBelowResult));
                break;
            }
            ResultLine::More => shown.more = true,
            ResultLine::Sample("none") => none = Some(place),
            ResultLine::Sample(text) => match sample(text) {
                Ok(sample) => shown.samples.push(sample),
                Err(fault) => diagnostics.push(Diagnostic::new(place, Problem::InvalidResult { fault })),
            },
        }
        if first.is_none() {
            (first, query_end) = (Some(place), begin);
        }
    }
    if let Some(place) = none.filter(|_| shown.more || !shown.samples.is_empty()) {
        let problem = Problem::InvalidResult { fault: ResultFault::NoneNotAlone };
        diagnostics.push(Diagnostic::new(place, problem));
    }
    (&text[..query_end], first.map(|place| (shown, place)))
}

/// `name{label="value", [..]} VALUE ±TOLERANCE`, or `{"a name", "a label"="value"} VALUE`.
fn sample(text: &str) -> Result<ShownSample, ResultFault> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let (mut name, mut rest) = text.split_at(text.find(|c| !is_name(c)).unwrap_or(text.len()));
    let begins_a_name = name.starts_with(|c: char| !c.is_ascii_digit());
    if !begins_a_name || ["nan", "inf"].contains(&name.to_ascii_lowercase().as_str()) {
        (name, rest) = ("", text);
    }
    let name = (!name.is_empty()).then(|| name.to_owned());
    let mut sample =
        ShownSample { name, labels: BTreeMap::new(), other_labels: false, value: None, tolerance: None };
    if let Some(inner) = rest.strip_prefix('{') {
        rest = labels(inner, &mut sample)?;
    }
    let (value, tolerance) = match rest.trim().split_once('±') {
        Some((value, tolerance)) => (value.trim(), Some(self::tolerance(tolerance.trim())?)),
        None => (rest.trim(), None),
    };
    sample.tolerance = tolerance;
    sample.value = match value {
        "" => return Err(ResultFault::MissingValue),
        "[..]" | "[NUMBER]" if tolerance.is_none() => None,
        text => Some(number(text).ok_or_else(|| ResultFault::InvalidValue(text.to_owned()))?),
    };
    if tolerance.is_some() && sample.value.is_some_and(|value| !value.is_finite()) {
        return Err(ResultFault::InvalidTolerance(rest.trim().to_owned()));
    }
    Ok(sample)
}

/// The labels up to the closing brace; returns what comes behind it. A quoted name without a value is that of the metric.
fn labels<'a>(mut rest: &'a str, sample: &mut ShownSample) -> Result<&'a str, ResultFault> {
    loop {
        rest = rest.trim_start_matches([' ', ',']);
        if let Some(after) = rest.strip_prefix('}') {
            return Ok(after);
        }
        if let Some(after) = rest.strip_prefix("[..]") {
            sample.other_labels = true;
            rest = after;
            continue;
        }
        let invalid = || ResultFault::InvalidLabel(rest.to_owned());
        let (name, after, is_quoted) = match rest.strip_prefix('"') {
            Some(name) => quoted(name).map(|(name, after)| (name, after, true)),
            None => rest.find('=').map(|at| (rest[..at].trim().to_owned(), &rest[at..], false)),
        }
        .ok_or_else(invalid)?;
        if name.is_empty() {
            return Err(invalid());
        }
        let after = after.trim_start();
        if is_quoted && after.starts_with([',', '}']) {
            if sample.name.replace(name).is_some() {
                return Err(invalid());
            }
            rest = after;
            continue;
        }
        let value = after.strip_prefix('=').and_then(|value| value.trim_start().strip_prefix('"'));
        let (value, after) = value.and_then(quoted).ok_or_else(invalid)?;
        if !is_quoted && !is_plain_label(&name) {
            return Err(ResultFault::UnquotedName(name));
        }
        if sample.labels.insert(name, value).is_some() {
            return Err(invalid());
        }
        rest = after;
    }
}

/// The text up to the closing quote, and what comes behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => {
                let (_, escaped) = chars.next()?;
                value.push(ESCAPES.iter().find(|(_, known)| *known == escaped)?.0);
            }
            c => value.push(c),
        }
    }
    None
}

fn tolerance(text: &str) -> Result<Tolerance, ResultFault> {
    let (number, kind): (&str, fn(f64) -> Tolerance) = match text.strip_suffix('%') {
        Some(percent) => (percent.trim_end(), Tolerance::Percent),
        None => (text, Tolerance::Absolute),
    };
    let parsed = number.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    parsed.map(kind).ok_or_else(|| ResultFault::InvalidTolerance(text.to_owned()))
}

fn number(text: &str) -> Option<f64> {
    match text {
        "+Inf" | "Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        other => other.parse().ok().filter(|number: &f64| number.is_finite()),
    }
}
