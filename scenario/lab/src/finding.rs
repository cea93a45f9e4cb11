//! Reads what a command has found off its output: cargo's messages in JSON, or lines that begin with a place.
//!
//! Which file of the workspace a path means is not decided here.

use std::collections::HashSet;

use scenario_core::model::Findings;
use scenario_core::runner::places::mentions;
use serde::Deserialize;

use crate::limits::{PROBLEM_CHARS_MAX, PROBLEMS_MAX};
use crate::problem::Severity;

/// A mistake, as a command names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Finding {
    pub(crate) path: String,
    /// Line and column where it begins.
    pub(crate) start: (usize, usize),
    /// Line and column behind its end.
    pub(crate) end: (usize, usize),
    pub(crate) severity: Severity,
    pub(crate) message: String,
    pub(crate) detail: String,
}

/// What a command has found, each mistake once, errors first; at most [`PROBLEMS_MAX`].
pub(crate) fn read(format: Findings, stdout: &str, stderr: &str) -> Vec<Finding> {
    let all: Box<dyn Iterator<Item = Finding>> = match format {
        Findings::Cargo => Box::new(stdout.lines().filter_map(of_cargo)),
        Findings::Lines => Box::new(stdout.lines().chain(stderr.lines()).filter_map(of_line)),
    };
    // Cargo repeats what it has found for each target of a package.
    let mut seen = HashSet::new();
    let mut found: Vec<Finding> = all.filter(|finding| seen.insert(finding.clone())).collect();
    found.sort_by_key(|finding| finding.severity == Severity::Warning);
    found.truncate(PROBLEMS_MAX);
    found
}

/// A line of cargo's output with `--message-format=json`, as "External tools" in The Cargo Book describes it.
#[derive(Deserialize)]
struct CargoLine {
    message: Option<RustcMessage>,
}

/// A diagnostic of rustc, as "JSON Output" in The rustc book describes it.
#[derive(Deserialize)]
struct RustcMessage {
    message: String,
    level: String,
    #[serde(default)]
    spans: Vec<RustcSpan>,
    rendered: Option<String>,
}

#[derive(Deserialize)]
struct RustcSpan {
    file_name: String,
    line_start: usize,
    line_end: usize,
    column_start: usize,
    column_end: usize,
    is_primary: bool,
    label: Option<String>,
    expansion: Option<Box<Expansion>>,
}

/// Where a macro is used whose text the span is in.
#[derive(Deserialize)]
struct Expansion {
    span: RustcSpan,
}

fn of_cargo(line: &str) -> Option<Finding> {
    let message = serde_json::from_str::<CargoLine>(line).ok()?.message?;
    let severity = match message.level.as_str() {
        "error" | "error: internal compiler error" => Severity::Error,
        "warning" => Severity::Warning,
        _ => return None,
    };
    let mut span = message.spans.into_iter().find(|span| span.is_primary)?;
    let label = span.label.take();
    // Of a macro of another package, the line of the learner's that uses it.
    while let Some(expansion) = span.expansion.take() {
        span = expansion.span;
    }
    let label = label.filter(|label| !message.message.contains(label.as_str()));
    let message_text =
        label.map_or_else(|| message.message.clone(), |label| format!("{}: {label}", message.message));
    Some(Finding {
        path: span.file_name,
        start: (span.line_start, span.column_start),
        end: (span.line_end, span.column_end),
        severity,
        message: cut(&message_text),
        detail: cut(message.rendered.as_deref().unwrap_or_default().trim_end()),
    })
}

/// `path:line:column: message`, as compilers and linters print; the message may begin with `warning:`.
fn of_line(line: &str) -> Option<Finding> {
    let mention = mentions(line).into_iter().next().filter(|mention| mention.range.start == 0)?;
    let message = line[mention.range.end..].strip_prefix(':')?.trim();
    let severity = if message.starts_with("warning") { Severity::Warning } else { Severity::Error };
    let is_remark = message.starts_with("note:") || message.is_empty();
    let message =
        ["error: ", "warning: "].iter().find_map(|word| message.strip_prefix(word)).unwrap_or(message);
    let start = (mention.line, mention.column.unwrap_or(1));
    (!is_remark).then(|| Finding {
        path: mention.path.to_owned(),
        start,
        end: start,
        severity,
        message: cut(message),
        detail: String::new(),
    })
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(PROBLEM_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Severity, place and message of each.
    fn found(format: Findings, stdout: &str, stderr: &str) -> Vec<String> {
        let all = read(format, stdout, stderr).into_iter();
        let text = |one: Finding| {
            format!("{:?} {} {:?}-{:?} {}", one.severity, one.path, one.start, one.end, one.message)
        };
        all.map(text).collect()
    }

    #[test]
    fn messages_of_cargo_are_read_each_once_and_errors_first() {
        let span = |line: usize, primary: bool, more: &str| {
            format!(
                "{{\"file_name\":\"src/main.rs\",\"line_start\":{line},\"line_end\":{line},\"column_start\":5,\
                 \"column_end\":9,\"is_primary\":{primary},\"label\":null,\"expansion\":null{more}}}"
            )
        };
        let message = |level: &str, text: &str, spans: &[String]| {
            format!(
                "{{\"reason\":\"compiler-message\",\"message\":{{\"message\":\"{text}\",\"level\":\"{level}\",\
                 \"spans\":[{}],\"rendered\":\"{level}: {text}\\n\",\"children\":[]}}}}\n",
                spans.join(",")
            )
        };
        let output = [
            "{\"reason\":\"compiler-artifact\"}\nnot JSON\n".to_owned(),
            message("warning", "unused", &[span(1, true, "")]),
            message("error", "no such name", &[span(9, false, ""), span(2, true, "")]),
            message("error", "no such name", &[span(9, false, ""), span(2, true, "")]),
            message("error", "aborting due to 1 previous error", &[]),
            message("failure-note", "for more information", &[]),
        ];
        assert_eq!(
            found(Findings::Cargo, &output.concat(), "src/main.rs:1: no"),
            ["Error src/main.rs (2, 5)-(2, 9) no such name", "Warning src/main.rs (1, 5)-(1, 9) unused",]
        );
    }

    #[test]
    fn lines_that_begin_with_a_place_are_read_from_both_streams() {
        let stdout = "a.py:3:7: E999 no\na.py:4: warning: odd\nb.c:1:1: note: here\nin a.py:3: no\na.py:5\n";
        assert_eq!(
            found(Findings::Lines, stdout, "b.c:2:3: error: no\n"),
            [
                "Error a.py (3, 7)-(3, 7) E999 no",
                "Error b.c (2, 3)-(2, 3) no",
                "Warning a.py (4, 1)-(4, 1) odd",
            ]
        );
    }

    #[test]
    fn what_is_found_is_bounded() {
        let long = "x".repeat(PROBLEM_CHARS_MAX + 1);
        let lines: String = (1..500).map(|line| format!("a.c:{line}: {long}\n")).collect();
        let all = read(Findings::Lines, &lines, "");
        assert_eq!(all.len(), PROBLEMS_MAX);
        assert!(all.iter().all(|one| one.message.chars().count() == PROBLEM_CHARS_MAX + 1));
    }
}
