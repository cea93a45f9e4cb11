//! What blocks and checks do, in words that a reader understands.

use std::time::Duration;

use scenario_core::model::{Check, CheckKind, Expect, Health, Op, Readiness, Ready, Verb};
use scenario_core::plan::Action;

use crate::html::code;

/// What an edit does to its file, which `exists` before it or not.
pub(crate) fn verb(verb: &Verb, exists: bool) -> String {
    match verb {
        Verb::Write if exists => "replace the whole file".to_owned(),
        Verb::Write => "new file".to_owned(),
        Verb::Append => "append to the end".to_owned(),
        Verb::Prepend => "insert at the beginning".to_owned(),
        Verb::InsertBefore(marker) => format!("insert before the line with {}", code(marker.text.trim())),
        Verb::InsertAfter(marker) => format!("insert after the line with {}", code(marker.text.trim())),
        Verb::Replace(from, None) => format!("replace {}", code(from.text.trim())),
        Verb::Replace(from, Some(to)) => {
            format!("replace from {} to {}", code(from.text.trim()), code(to.text.trim()))
        }
    }
}

/// What a command leaves running or waits for, where it does.
pub(crate) fn after_command(action: &Action) -> Option<String> {
    match action {
        Action::Background(background) => {
            let (condition, limit) = readiness(&background.ready);
            Some(format!(
                "keeps running as {}; ready when {condition} (within {limit})",
                code(&background.name)
            ))
        }
        Action::Command(planned) => {
            let files: Vec<String> = planned.writes.iter().map(|file| code(&file.path)).collect();
            let writes = (!files.is_empty()).then(|| format!("writes {}", enumeration(&files)));
            let waits = match (planned.repeat, &planned.ready) {
                (Some(within), _) => {
                    Some(format!("repeat until the output is this (at most {})", duration(within)))
                }
                (None, Some(ready)) => {
                    let (condition, limit) = readiness(ready);
                    Some(format!("then wait until {condition} (at most {limit})"))
                }
                (None, None) => None,
            };
            let both: Vec<String> = writes.into_iter().chain(waits).collect();
            (!both.is_empty()).then(|| both.join("; "))
        }
        Action::Stop { name } => Some(format!("stops {}", code(name))),
        Action::Edit(_) | Action::Check(_) | Action::Ignored { .. } => None,
    }
}

/// What must become true, and how long that may take.
fn readiness(ready: &Readiness) -> (String, String) {
    let condition = match &ready.probe {
        Ready::Port(port) => format!("port {port} accepts connections"),
        Ready::Url(url) => format!("{} responds", code(url)),
        Ready::Log(text) => format!("the output contains {}", code(text)),
        Ready::Wait => "it has ended, or the time is over".to_owned(),
    };
    (condition, duration(ready.within))
}

/// What a query should find, for a caption.
pub(crate) fn expected(check: &Check) -> String {
    match &check.kind {
        CheckKind::Promql { expect, .. } => format!("{}{}", expectation(expect), limit(check.within)),
        _ => self::check(check),
    }
}

fn expectation(expect: &Expect) -> String {
    let (value, count) = match expect {
        Expect::Samples { value, count } => (value, count),
        Expect::None => return "no results".to_owned(),
        Expect::Shown(_) => return "the result that is shown".to_owned(),
    };
    let values: Vec<String> =
        value.iter().map(|(op, number)| format!("{}\u{a0}{number}", sign(*op))).collect();
    let values = (!values.is_empty()).then(|| format!("a value {}", values.join(" and ")));
    let counts: Vec<String> = match count[..] {
        // There is a result if one has this value.
        [(Op::Greater, 0.0)] if values.is_some() => Vec::new(),
        _ => count.iter().map(|(op, number)| results(*op, *number)).collect(),
    };
    let parts: Vec<String> = values.into_iter().chain(counts).collect();
    parts.join(", and ")
}

/// A condition on the number of results.
fn results(op: Op, number: f64) -> String {
    let noun = if number == 1.0 { "result" } else { "results" };
    match op {
        Op::Greater if number == 0.0 => "at least one result".to_owned(),
        Op::Less => format!("fewer than {number} {noun}"),
        Op::LessEqual => format!("at most {number} {noun}"),
        Op::Equal => format!("exactly {number} {noun}"),
        Op::NotEqual => format!("a number of results other than {number}"),
        Op::GreaterEqual => format!("at least {number} {noun}"),
        Op::Greater => format!("more than {number} {noun}"),
    }
}

fn sign(op: Op) -> &'static str {
    match op {
        Op::Less => "<",
        Op::LessEqual => "≤",
        Op::Equal => "=",
        Op::NotEqual => "≠",
        Op::GreaterEqual => "≥",
        Op::Greater => ">",
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
            format!("{} returns {}", code(&format!("GET {url}")), enumeration(&parts))
        }
        CheckKind::Command { command, status, contains, matches, .. } => {
            let mut parts = vec![format!("ends with status {status}")];
            parts.extend(contains.as_ref().map(|text| format!("prints {}", code(text))));
            parts.extend(matches.as_ref().map(|regex| format!("prints what matches {}", code(regex))));
            format!("{} {}", code(command), enumeration(&parts))
        }
        CheckKind::File { path, absent: true, .. } => format!("{} does not exist", code(path)),
        CheckKind::File { path, contains, matches, .. } => {
            let contains = contains.as_ref().map(|text| format!("contains {}", code(text)));
            let matches = matches.as_ref().map(|regex| format!("matches {}", code(regex)));
            let parts: Vec<String> = contains.into_iter().chain(matches).collect();
            format!("{} {}", code(path), enumeration(&parts))
        }
        CheckKind::Promql { query, expect } => {
            let query: Vec<&str> = query.split_whitespace().collect();
            format!("{} returns {}", code(&query.join(" ")), expectation(expect))
        }
    };
    format!("{what}{}", limit(check.within))
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

fn limit(within: Option<Duration>) -> String {
    within.map_or_else(String::new, |within| format!(" (within {})", duration(within)))
}

/// A time that differs from machine to machine.
pub(crate) fn about(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("about {seconds} seconds"),
        (1, 0) => "about a minute".to_owned(),
        (1, 30) => "about a minute and a half".to_owned(),
        (minutes, 30) => format!("about {minutes} and a half minutes"),
        (minutes, rest) => format!("about {} minutes", minutes + u64::from(rest > 30)),
    }
}

fn duration(duration: Duration) -> String {
    match (duration.as_secs(), duration.subsec_millis()) {
        (seconds, 0) if seconds >= 60 && seconds % 60 == 0 => format!("{}\u{a0}min", seconds / 60),
        (seconds, 0) => format!("{seconds}\u{a0}s"),
        _ => format!("{}\u{a0}ms", duration.as_millis()),
    }
}
