//! A run as the summary of a job of GitHub Actions, in Markdown: the chapters, the failures, the slowest blocks.
//!
//! Text of the book and of its commands is escaped, or in a fence that it cannot end.

use std::fmt::Write;
use std::time::Duration;

use crate::event::{ItemResult, Verdict};
use crate::excerpt::excerpt;
use crate::report::blocks::{Outcome, blocks};
use crate::report::{Door, End, Report, Words, text};

/// How many bytes the summaries of one step of a workflow may have; GitHub shows none of a longer one.
pub const SUMMARY_BYTES_MAX: usize = 1 << 20;
/// How many of the slowest blocks are listed.
const SLOWEST: usize = 10;

/// The summary of a run of `command`, in at most `bytes_max` bytes.
pub fn summary(report: &Report<'_>, command: &str, bytes_max: usize) -> String {
    let (passed, failed, skipped) = report.result.counts();
    let verdict = match report.end {
        End::Done => format!("{passed} passed, {failed} failed, {skipped} skipped"),
        End::Error(_) | End::Unfinished => report.outcome().to_owned(),
    };
    let took = seconds(report.took);
    let mut out = Bounded { text: String::new(), left: bytes_max, omitted: 0 };
    out.push(&format!("## {}: {verdict} in {took} s\n\n", escape(command)));
    out.push(&chapters(report));
    if let End::Error(error) = report.end {
        let help = error.help().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
        out.push(&fence(&format!("error: {error}{help}")));
    }
    if let Some(plan) = report.plan {
        let words = Words { scenario: &plan.scenario, door: Door::Command(report.front) };
        let failed = report.result.items.iter().filter(|item| matches!(item.verdict, Verdict::Failed(_)));
        failed.for_each(|item| out.push(&failure(&words, item)));
    }
    out.push(&slowest(report));
    out.end()
}

/// A text of bounded length. A part that does not fit is left out as a whole.
struct Bounded {
    text: String,
    left: usize,
    omitted: usize,
}

/// What the last line needs.
const LAST_LINE: usize = 120;

impl Bounded {
    fn push(&mut self, part: &str) {
        if self.text.len() + part.len() + LAST_LINE > self.left {
            self.omitted += 1;
        } else {
            self.text.push_str(part);
        }
    }

    fn end(mut self) -> String {
        let last = match self.omitted {
            0 => return self.text,
            count => {
                format!("{count} parts are left out: a summary has at most {SUMMARY_BYTES_MAX} bytes.\n\n")
            }
        };
        if self.text.len() + last.len() <= self.left {
            self.text.push_str(&last);
        }
        self.text
    }
}

/// A row for each chapter of which something is known.
fn chapters(report: &Report<'_>) -> String {
    let Some(plan) = report.plan else { return String::new() };
    let mut rows = String::new();
    for step in &plan.steps {
        let items: Vec<&ItemResult> =
            report.result.items.iter().filter(|item| item.step == step.number).collect();
        if items.is_empty() {
            continue;
        }
        let took = seconds(items.iter().map(|item| item.elapsed).sum());
        let result = match Outcome::of(items) {
            Outcome::Failed => "**failed**",
            outcome => outcome.name(),
        };
        // Writing to a `String` cannot fail.
        let _ = writeln!(rows, "| {} | {} | {result} | {took} |", escape(&step.label), escape(&step.title));
    }
    match rows.is_empty() {
        true => rows,
        false => format!("| step | chapter | result | seconds |\n|---:|---|---|---:|\n{rows}\n"),
    }
}

fn failure(words: &Words<'_>, item: &ItemResult) -> String {
    let explained = words.explain(item);
    let mut shown =
        format!("error: {}\n{}\n", explained.message, excerpt(&words.scenario.sources, Words::place(item)));
    explained.parts().for_each(|part| {
        shown.extend([
            &part, "
",
        ])
    });
    format!("### Step {}: {}\n\n{}", escape(&words.label(item.step)), escape(&item.title), fence(&shown))
}

/// The blocks that took longest.
fn slowest(report: &Report<'_>) -> String {
    let mut all = blocks(report);
    all.retain(|block| block.took >= Duration::from_millis(100));
    all.sort_by_key(|block| std::cmp::Reverse(block.took));
    let mut rows = String::new();
    for block in all.iter().take(SLOWEST) {
        let (took, title) = (seconds(block.took), escape(block.title));
        let place = escape(&block.position.to_string());
        let _ = writeln!(rows, "| {took} | {} | {title} | {place} |", escape(&block.step.label));
    }
    match rows.is_empty() {
        true => rows,
        false => format!(
            "### The slowest blocks\n\n| seconds | step | block | place |\n|---:|---:|---|---|\n{rows}\n"
        ),
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1}", duration.as_secs_f64())
}

/// A text on one line, in which Markdown finds nothing.
fn escape(text: &str) -> String {
    let means_something = |c: char| c.is_ascii_punctuation() && !".,:;/'\"-%=?".contains(c);
    text::one_line(text).chars().fold(String::new(), |mut out, c| {
        if means_something(c) {
            out.push('\\');
        }
        out.push(c);
        out
    })
}

/// A text in a fence that is longer than any within it.
fn fence(text: &str) -> String {
    let lines: Vec<String> = text::lines(text.trim_end()).collect();
    let longest = lines.iter().flat_map(|line| line.split(|c| c != '`')).map(str::len).max().unwrap_or(0);
    let marks = "`".repeat(longest.max(2) + 1);
    format!("{marks}text\n{}\n{marks}\n\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_end_its_fence() {
        assert_eq!(fence("a\n```\n````x\n"), "`````text\na\n```\n````x\n`````\n\n");
        assert_eq!(fence("a"), "```text\na\n```\n\n");
    }

    #[test]
    fn a_text_means_nothing_to_markdown() {
        assert_eq!(
            escape("a | <b> [c](d) `e` *f*\n# $g$"),
            "a \\| \\<b\\> \\[c\\]\\(d\\) \\`e\\` \\*f\\* \\# \\$g\\$"
        );
    }

    #[test]
    fn what_does_not_fit_is_left_out_as_a_whole() {
        let mut out = Bounded { text: String::new(), left: 300, omitted: 0 };
        for part in ["a".repeat(100), "z".repeat(100), "c".repeat(50)] {
            out.push(&part);
        }
        let text = out.end();
        let end = "c1 parts are left out: a summary has at most 1048576 bytes.\n\n";
        assert!(text.len() <= 300 && text.starts_with("aaa") && text.ends_with(end), "{text}");
        assert!(!text.contains('z'), "{text}");
    }
}
