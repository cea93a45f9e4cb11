//! A run as plain lines with a mark each, for who shows them somewhere else than in a terminal.

use anstream::adapter::strip_str;

use crate::book::shown;
use crate::event::{Event, Failure, ItemResult, Verdict};

/// One line: its mark, which is empty where it goes on with the one before, and its text without colours.
pub type Line = (&'static str, String);

/// What there is to say of an event; of some there is nothing.
pub fn lines(event: &Event) -> Vec<Line> {
    match event {
        Event::Step { number, title } => vec![("·", format!("step {number}: {title}"))],
        Event::Begin { .. } => Vec::new(),
        Event::Progress { text, left } => {
            let left = left.map_or_else(String::new, |left| format!(" ({} s left)", left.as_secs()));
            vec![("…", format!("{}{left}", plain(text)))]
        }
        Event::End(item) => end(item),
        Event::Kept { path, kept } => {
            vec![("·", format!("kept your `{path}` as `{}`", shown(kept).display()))]
        }
        Event::Note(text) => vec![("·", plain(text))],
    }
}

fn end(item: &ItemResult) -> Vec<Line> {
    let title = plain(&item.title);
    match &item.verdict {
        Verdict::Passed(remark) if remark.is_empty() => vec![("✓", title)],
        Verdict::Passed(remark) => vec![("✓", format!("{title}: {}", plain(remark)))],
        Verdict::Skipped(why) => vec![("·", format!("{title} skipped: {}", plain(why)))],
        Verdict::Failed(failure) => {
            let Failure { message, expected, found, detail, help, .. } = &**failure;
            let mut lines = vec![("✗", format!("{title}: {}", plain(message)))];
            for (name, text) in [("expected: ", expected), ("found: ", found), ("", detail), ("help: ", help)]
            {
                let text = if text.is_empty() { String::new() } else { format!("{name}{}", strip_str(text)) };
                lines.extend(text.lines().map(|line| ("", line.to_owned())));
            }
            lines
        }
    }
}

/// A text on one line, without colours.
fn plain(text: &str) -> String {
    strip_str(text).to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::source::Span;

    fn ended(verdict: Verdict) -> Vec<Line> {
        let item = ItemResult {
            step: 1,
            id: "x".into(),
            kind: "command",
            title: "cargo build".into(),
            span: Span::new(0, 0..0),
            verdict,
            elapsed: Duration::ZERO,
        };
        lines(&Event::End(Box::new(item)))
    }

    #[track_caller]
    fn says(lines: &[Line], expected: &[(&str, &str)]) {
        let lines: Vec<(&str, &str)> = lines.iter().map(|(mark, text)| (*mark, text.as_str())).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn each_event_has_its_mark() {
        let step = Event::Step { number: 3, title: "Instrument".into() };
        says(&lines(&step), &[("·", "step 3: Instrument")]);
        says(&lines(&Event::Begin { kind: "edit", title: "write `a`".into() }), &[]);
        let progress = |left| Event::Progress { text: " \u{1b}[32mCompiling\u{1b}[0m\n app ".into(), left };
        says(&lines(&progress(None)), &[("…", "Compiling app")]);
        says(&lines(&progress(Some(Duration::from_millis(4200)))), &[("…", "Compiling app (4 s left)")]);
        let kept = Event::Kept { path: "a.txt".into(), kept: "/w/kept/a.txt".into() };
        says(&lines(&kept), &[("·", "kept your `a.txt` as `/w/kept/a.txt`")]);
        says(&lines(&Event::Note("done".into())), &[("·", "done")]);
        says(&ended(Verdict::Passed(String::new())), &[("✓", "cargo build")]);
        says(&ended(Verdict::Passed("runs already".into())), &[("✓", "cargo build: runs already")]);
        says(&ended(Verdict::Skipped("unchanged".into())), &[("·", "cargo build skipped: unchanged")]);
    }

    #[test]
    fn a_failure_goes_on_with_all_that_is_known_of_it() {
        says(&ended(Verdict::Failed(Failure::new("it failed"))), &[("✗", "cargo build: it failed")]);
        let mut failure = Failure::new("it failed");
        failure.expected = "exit status 0".into();
        failure.found = "exit status 101".into();
        failure.detail = "\u{1b}[31merror\u{1b}[0m: no\n  --> main.rs".into();
        failure.help = "mend it".into();
        let expected = [
            ("✗", "cargo build: it failed"),
            ("", "expected: exit status 0"),
            ("", "found: exit status 101"),
            ("", "error: no"),
            ("", "  --> main.rs"),
            ("", "help: mend it"),
        ];
        says(&ended(Verdict::Failed(failure)), &expected);
    }
}
