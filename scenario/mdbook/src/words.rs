//! What blocks and checks do, in words that a reader understands, as HTML.

use std::time::Duration;

use scenario_core::model::{Check, CheckKind, Expect, Health, Op, Readiness, Ready, Verb};

use crate::html::code;

/// What an edit does to its file, which `exists` before it or not.
pub(crate) fn verb(verb: &Verb, exists: bool) -> String {
    match verb {
        Verb::Write if exists => "the whole file, rewritten".to_owned(),
        Verb::Write => "new file".to_owned(),
        Verb::Append => "append to the end".to_owned(),
        Verb::Prepend => "insert at the beginning".to_owned(),
        Verb::InsertBefore(marker) => format!("insert before the line with {}", code(marker.text.trim())),
        Verb::InsertAfter(marker) => format!("insert after the line with {}", code(marker.text.trim())),
        Verb::Replace(from, None) => format!("replace {}", code(from.text.trim())),
        Verb::Replace(from, Some(to)) => {
            format!("replace from {} through {}", code(from.text.trim()), code(to.text.trim()))
        }
    }
}

/// What keeps running, and when it is ready.
pub(crate) fn background(name: &str, ready: &Readiness) -> String {
    let what = match &ready.probe {
        Ready::Port(port) => format!("port {port} answers"),
        Ready::Url(url) => format!("{} answers", code(url)),
        Ready::Log(text) => format!("it has printed {}", code(text)),
    };
    format!("keeps running as {}; ready when {what} (within {})", code(name), duration(ready.within))
}

/// What must be true after the commands of a block.
pub(crate) fn ready(ready: &Readiness) -> String {
    let what = match &ready.probe {
        Ready::Port(port) => format!("port {port} must answer"),
        Ready::Url(url) => format!("{} must answer", code(url)),
        Ready::Log(text) => format!("{} must have been printed", code(text)),
    };
    format!("then {what} (within {})", duration(ready.within))
}

/// What a check should find, for a caption.
pub(crate) fn expected(check: &Check) -> String {
    match &check.kind {
        CheckKind::Promql { expect, .. } => {
            format!("expected: {}{}", expectation(expect), after_comma(check.within))
        }
        CheckKind::Target { .. } | CheckKind::Http { .. } => self::check(check),
    }
}

fn expectation(expect: &Expect) -> String {
    let Expect::Samples { value, count } = expect else { return "no result".to_owned() };
    let terms = |terms: &[(Op, f64)]| {
        let terms: Vec<String> =
            terms.iter().map(|(op, number)| format!("{}\u{a0}{number}", sign(*op))).collect();
        terms.join(" and ")
    };
    let values = (!value.is_empty()).then(|| format!("a value {}", terms(value)));
    let counts = match count[..] {
        [] => None,
        [(Op::Greater, 0.0)] => values.is_none().then(|| "any result".to_owned()),
        _ => Some(format!("a number of results {}", terms(count))),
    };
    let parts: Vec<String> = values.into_iter().chain(counts).collect();
    parts.join(", and ")
}

fn sign(op: Op) -> &'static str {
    match op {
        Op::Less => "&lt;",
        Op::LessEqual => "≤",
        Op::Equal => "=",
        Op::NotEqual => "≠",
        Op::GreaterEqual => "≥",
        Op::Greater => "&gt;",
    }
}

/// One check as a sentence, without its full stop.
pub(crate) fn check(check: &Check) -> String {
    let what = match &check.kind {
        CheckKind::Target { job, health, error } => target(job, *health, error.as_deref()),
        CheckKind::Http { url, status, header, contains, matches } => {
            let header = header.as_ref().map(|(name, value)| format!("{name}: {value}"));
            let parts = [
                status.map(|status| format!("status {status}")),
                header.map(|header| format!("the header {}", code(&header))),
                contains.as_ref().map(|text| format!("a body that contains {}", code(text))),
                matches.as_ref().map(|regex| format!("a body that matches {}", code(regex))),
            ];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            format!("{} answers with {}", code(&format!("GET {url}")), enumeration(&parts))
        }
        CheckKind::Promql { query, expect } => {
            let query: Vec<&str> = query.split_whitespace().collect();
            format!("{} finds {}", code(&query.join(" ")), expectation(expect))
        }
    };
    format!("{what}{}", after_comma(check.within))
}

fn enumeration(parts: &[String]) -> String {
    match parts {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => parts.join(""),
    }
}

fn target(job: &str, health: Health, error: Option<&str>) -> String {
    let error = error.map_or_else(String::new, |text| {
        format!(", and the error of its last scrape contains {}", code(text))
    });
    format!("The target of job {} is {}{error}", code(job), health.name())
}

fn after_comma(within: Option<Duration>) -> String {
    within.map_or_else(String::new, |within| format!(", within {}", duration(within)))
}

fn duration(duration: Duration) -> String {
    match (duration.as_secs(), duration.subsec_millis()) {
        (seconds, 0) if seconds >= 60 && seconds % 60 == 0 => format!("{}\u{a0}min", seconds / 60),
        (seconds, 0) => format!("{seconds}\u{a0}s"),
        _ => format!("{}\u{a0}ms", duration.as_millis()),
    }
}
