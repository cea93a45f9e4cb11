//! What is wrong as annotations of GitHub Actions: commands on standard output that the runner of a workflow carries out.
//! <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands> describes them.
//!
//! GitHub shows the first ten errors of a step of a workflow.

use std::fmt::Write;
use std::path::Path;

use crate::error::{Error, ErrorKind};
use crate::event::{ItemResult, Verdict};
use crate::report::{Door, End, Report, Words, text};

/// How long the text of an annotation may be; GitHub cuts off the rest.
const CHARS_MAX: usize = 4096;

/// The annotations of a run, a line for each mistake in a page and for each failure. `file` is a page's path from the root
/// of the repository.
pub fn annotations(report: &Report<'_>, file: &dyn Fn(&Path) -> String) -> String {
    let mut out = String::new();
    if let Some(plan) = report.plan {
        let words = Words { scenario: &plan.scenario, door: Door::Command(report.front) };
        for item in &report.result.items {
            if matches!(item.verdict, Verdict::Failed(_)) {
                failure(&mut out, &words, item, file);
            }
        }
    }
    if let End::Error(error) = report.end {
        of_error(&mut out, error, file);
    }
    out
}

fn failure(out: &mut String, words: &Words<'_>, item: &ItemResult, file: &dyn Fn(&Path) -> String) {
    let explained = words.explain(item);
    let at = words.scenario.sources.location(Words::place(item));
    let title = format!("step {}: {}", words.label(item.step), item.title);
    let message: Vec<String> = [explained.message.clone()].into_iter().chain(explained.parts()).collect();
    let place = [("file", file(at.path)), ("line", at.line.to_string()), ("col", at.column.to_string())];
    error(out, &place, &title, &message.join("\n"));
}

fn of_error(out: &mut String, cause: &Error, file: &dyn Fn(&Path) -> String) {
    let ErrorKind::Book(mistakes) = cause.kind() else {
        let help = cause.help().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
        return error(out, &[], "the run could not go on", &format!("{cause}{help}"));
    };
    for diagnostic in &mistakes.diagnostics {
        let at = mistakes.location(diagnostic);
        let help: String = diagnostic.help.iter().map(|help| format!("\nhelp: {}", help.text)).collect();
        let place = [("file", file(at.path)), ("line", at.line.to_string()), ("col", at.column.to_string())];
        error(out, &place, diagnostic.code().name(), &format!("{}{help}", diagnostic.message()));
    }
}

fn error(out: &mut String, place: &[(&str, String)], title: &str, message: &str) {
    out.push_str("::error ");
    for (name, value) in place {
        // Writing to a `String` cannot fail.
        let _ = write!(out, "{name}={},", property(value));
    }
    let lines: Vec<String> = text::lines(message).collect();
    let mut message = lines.join("\n");
    if let Some((at, _)) = message.char_indices().nth(CHARS_MAX) {
        let end = message[..at].rfind('\n').unwrap_or(at);
        message.truncate(end);
        message.push_str("\n…");
    }
    let _ = writeln!(out, "title={}::{}", property(&text::one_line(title)), data(&message));
}

/// A text in which nothing ends the line of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A text in which nothing ends the value of a property either.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_an_annotation_or_begins_another() {
        let mut out = String::new();
        error(&mut out, &[("file", "a,b:c%.md".into())], "1, 2::3\n::x", "50%\r\n::error::x\u{1b}[2J\n");
        let line = "::error file=a%2Cb%3Ac%25.md,title=1%2C 2%3A%3A3 %3A%3Ax::50%25%0A::error::x\\u{1b}[2J\n";
        assert_eq!(out, line);
    }

    #[test]
    fn a_long_text_is_cut_at_a_line() {
        let mut out = String::new();
        error(&mut out, &[], "a", &"x\n".repeat(10_000));
        assert!(out.len() < 3 * CHARS_MAX && out.ends_with("%0Ax%0A…\n"), "{} {out}", out.len());
    }
}
