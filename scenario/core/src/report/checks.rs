//! The outcome of a check, in words.

use std::time::Duration;

use crate::failure::{Asked, Captured, Found, Mismatch, NoAnswer, Outcome, Samples, SeriesSummary, TextOf};
use crate::model::{Health, series};
use crate::report::diff;
use crate::report::explained::Explained;

/// How many lines of a body or a log a message shows.
pub(super) const DETAIL_LINES_MAX: usize = 20;
/// How many samples a message shows.
const SAMPLES_SHOWN_MAX: usize = 5;

pub(super) fn stale(url: &str, interval: Duration) -> String {
    format!(
        "no scrape of {url} since the last command; Prometheus should scrape it every {} s",
        interval.as_secs_f64()
    )
}

pub(super) fn clocks_differ(ahead_seconds: i64) -> String {
    let way = if ahead_seconds < 0 { "behind" } else { "ahead of" };
    format!("the clock of Prometheus is {} s {way} the clock of this machine", ahead_seconds.unsigned_abs())
}

pub(super) fn unreachable(what: &Asked, reason: &NoAnswer) -> String {
    let why = match reason {
        NoAnswer::NothingListens => "nothing listens there".to_owned(),
        NoAnswer::TimedOut { seconds } => format!("no answer within {seconds} s"),
        NoAnswer::Body { error, bytes_max } => format!("{error} (bodies are read up to {bytes_max} bytes)"),
        NoAnswer::NotPrometheus { url, status: 200, error } => {
            format!("`{url}` does not answer as Prometheus does: {error}")
        }
        NoAnswer::NotPrometheus { url, status, .. } => format!("`{url}` answers with status {status}"),
        NoAnswer::TooLong { bytes_max } => {
            format!("more than {bytes_max} bytes, which is all that is read")
        }
        NoAnswer::NoWorkspace { path } => format!("the workspace `{path}` does not exist"),
        NoAnswer::Other(error) => error.clone(),
    };
    // What a check itself names is in its title.
    match (what, reason) {
        (Asked::Url(_), _) => format!("no answer from its address: {why}"),
        (Asked::Prometheus(_), NoAnswer::NotPrometheus { .. }) => format!("no answer from Prometheus: {why}"),
        (Asked::Prometheus(address), _) => format!("no answer from Prometheus at `{address}`: {why}"),
        (Asked::Command(_), _) => format!("failed to run the command: {why}"),
        (Asked::File(_), _) => format!("failed to read the file: {why}"),
    }
}

/// The outcome of a check in words: everything that is known about a failure, otherwise one line.
pub fn explain_outcome(given: &Outcome) -> Explained {
    match given {
        Outcome::Failed(mismatch) => check_failed(mismatch),
        _ => Explained { message: outcome(given), ..Explained::default() },
    }
}

pub(super) fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Passed(it) => found(it),
        Outcome::Failed(mismatch) => check_failed(mismatch).found,
        Outcome::Stale { url, interval } => stale(url, *interval),
        Outcome::ClocksDiffer { ahead_seconds, .. } => clocks_differ(*ahead_seconds),
        Outcome::Unreachable { what, why } => unreachable(what, why),
    }
}

pub(super) fn found(found: &Found) -> String {
    match found {
        Found::Answer { status } => format!("status {status}"),
        Found::Target { url, health } => format!("{url} is {health}"),
        Found::Samples(it) => samples(it),
        Found::Ended { status } => format!("exit status {status}"),
        Found::File => String::new(),
        Found::NoFile => String::new(),
    }
}

pub(super) fn check_failed(mismatch: &Mismatch) -> Explained {
    let health = |job: &str, health: Health| format!("job `{job}`: health {}", health.name());
    let first_lines = |body: &Captured| -> String {
        body.text.lines().take(DETAIL_LINES_MAX).collect::<Vec<_>>().join("\n")
    };
    let (expected, found, detail) = match mismatch {
        Mismatch::HttpStatus { expected, found, body } => {
            (format!("status {expected}"), format!("status {found}"), first_lines(body))
        }
        Mismatch::Header { name, expected, found } => {
            let found = found.as_ref();
            let found = found.map_or_else(|| format!("no header `{name}`"), |it| format!("`{name}: {it}`"));
            (format!("`{name}: {expected}`"), found, String::new())
        }
        Mismatch::Contains { of, expected, found } => (
            format!("{} that contains `{expected}`", text_of(*of)),
            format!("{} that does not", text_of(*of)),
            first_lines(found),
        ),
        Mismatch::Matches { of, expected, found } => (
            format!("{} that matches `{expected}`", text_of(*of)),
            format!("{} that does not", text_of(*of)),
            first_lines(found),
        ),
        Mismatch::CommandStatus { expected, found, output } => {
            (format!("exit status {expected}"), format!("exit status {found}"), first_lines(output))
        }
        Mismatch::Writes { path } => {
            ("a command that changes nothing".to_owned(), format!("it has changed `{path}`"), String::new())
        }
        Mismatch::NoFile { path } => {
            (format!("a file `{path}`"), "the file does not exist".to_owned(), String::new())
        }
        Mismatch::FileExists { path } => {
            (format!("no file `{path}`"), "the file exists".to_owned(), String::new())
        }
        Mismatch::NoTarget { job, expected, jobs } => {
            let listed = if jobs.is_empty() {
                "no targets".to_owned()
            } else {
                format!("only jobs {}", jobs.join(", "))
            };
            (health(job, *expected), format!("Prometheus lists {listed}"), String::new())
        }
        Mismatch::Health { job, expected, url, found, error } => {
            let cause =
                if error.is_empty() { String::new() } else { format!("; its last scrape says: {error}") };
            (health(job, *expected), format!("{url} has health {found}{cause}"), String::new())
        }
        Mismatch::ScrapeError { expected, found } => {
            (format!("a scrape error with `{expected}`"), format!("`{found}`"), String::new())
        }
        Mismatch::Samples { expected, found } => (expected.to_string(), samples(found), String::new()),
        Mismatch::Result { diff, .. } => {
            ("the result on the page".to_owned(), "another one".to_owned(), diff::rows(diff).join("\n"))
        }
        Mismatch::Curve { expected, found } => {
            let bounds: Vec<String> = expected.iter().map(ToString::to_string).collect();
            (format!("a curve with {}", bounds.join(" and ")), curves(found), String::new())
        }
        Mismatch::TooManySeries { count, series_max } => {
            (format!("a curve with at most {series_max} series"), format!("{count} series"), String::new())
        }
        Mismatch::NotSamples => {
            ("an instant vector or a scalar".to_owned(), "a result of another type".to_owned(), String::new())
        }
        Mismatch::Refused { error } => {
            ("an answer".to_owned(), format!("Prometheus says: {error}"), String::new())
        }
    };
    let help = match mismatch {
        Mismatch::Result { .. } => "lines with `-` are on the page, lines with `+` were found".to_owned(),
        _ => String::new(),
    };
    Explained {
        message: "the check failed".to_owned(),
        expected,
        found,
        detail,
        help,
        ..Explained::default()
    }
}

fn text_of(of: TextOf) -> &'static str {
    match of {
        TextOf::Body => "a body",
        TextOf::Output => "output",
        TextOf::File => "a file",
    }
}

fn samples(samples: &Samples) -> String {
    if samples.count == 0 {
        return "the query found nothing".to_owned();
    }
    let shown = samples.first.iter().take(SAMPLES_SHOWN_MAX);
    let mut shown: Vec<String> = shown
        .map(|sample| format!("{} {}", labels(&sample.labels), sample.value).trim().to_owned())
        .collect();
    if samples.count > shown.len() {
        shown.push(format!("and {} more samples", samples.count - shown.len()));
    }
    shown.join("; ")
}

fn curves(found: &[SeriesSummary]) -> String {
    if found.is_empty() {
        return "the query found no finite value in that time".to_owned();
    }
    let shown = found.iter().map(|SeriesSummary { labels, lowest, highest, last }| {
        let series = self::labels(labels);
        format!("{series} lowest {lowest}, highest {highest}, last {last}").trim().to_owned()
    });
    shown.collect::<Vec<_>>().join("; ")
}

fn labels(metric: &std::collections::BTreeMap<String, String>) -> String {
    let labels = metric.iter().filter(|(key, _)| !matches!(key.as_str(), "__name__" | "instance" | "job"));
    let labels = labels.map(|(key, value)| (key.as_str(), value.as_str()));
    series(metric.get("__name__").map(String::as_str), labels, false)
}
