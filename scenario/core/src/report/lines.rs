//! A run as plain lines, each with a mark, for a page instead of a terminal.

use serde::{Deserialize, Serialize};

use crate::book::shown;
use crate::event::{Event, EventKind, ItemResult, Verdict};
use crate::report::{Words, text};

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// Something that a reader should know.
    Note,
    /// How far something is; the next line takes its place.
    Progress,
    /// Something that passed.
    Passed,
    /// Something that failed.
    Failed,
    /// It goes on with the line before.
    More,
}

impl std::fmt::Display for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Mark::Note => "·",
            Mark::Progress => "…",
            Mark::Passed => "✓",
            Mark::Failed => "✗",
            Mark::More => "",
        })
    }
}

/// One line: what it is about, and its text without colours.
pub type MarkedLine = (Mark, String);

/// The lines for an event; some events have none.
pub fn lines(event: &Event, words: &Words<'_>) -> Vec<MarkedLine> {
    match &event.kind {
        EventKind::Step { number, title } => {
            vec![(Mark::Note, format!("step {}: {}", words.label(*number), text::plain(title)))]
        }
        EventKind::Exercise { step, name } => {
            vec![(Mark::Note, format!("step {}, exercise {name}", words.label(*step)))]
        }
        EventKind::Begin { .. } => Vec::new(),
        EventKind::Progress { what, left } => {
            let left = left.map_or_else(String::new, |left| format!(" ({} s left)", left.as_secs()));
            vec![(Mark::Progress, format!("{}{left}", text::plain(&words.progress(what))))]
        }
        EventKind::End(item) => end(item, words),
        EventKind::Kept { path, kept } => {
            vec![(Mark::Note, text::plain(&format!("kept your `{path}` as `{}`", shown(kept).display())))]
        }
        EventKind::Note(note) => vec![(Mark::Note, text::plain(&words.note(note)))],
    }
}

fn end(item: &ItemResult, words: &Words<'_>) -> Vec<MarkedLine> {
    let title = text::plain(&item.title);
    match &item.verdict {
        Verdict::Passed(remark) => {
            let remark = text::plain(&words.remark(remark));
            let colon = if remark.is_empty() { "" } else { ": " };
            vec![(Mark::Passed, format!("{title}{colon}{remark}"))]
        }
        Verdict::Skipped(skip) => vec![(Mark::Note, format!("{title} skipped: {}", words.skip(*skip)))],
        Verdict::Failed(_) => {
            let explained = words.explain(item);
            let mut lines = vec![(Mark::Failed, format!("{title}: {}", text::plain(&explained.message)))];
            for part in explained.parts() {
                lines.extend(text::lines(&part).map(|line| (Mark::More, line)));
            }
            lines
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::event::{Note, Output, Phase, Progress, Remark, Skip};
    use crate::failure::{Captured, Failure, Reason};
    use crate::model::{Scenario, Unwritten};
    use crate::plan::ActionKind;
    use crate::report::Door;
    use crate::source::{Sources, Span};

    const BOOK: Scenario = Scenario {
        title: String::new(),
        steps: Vec::new(),
        sources: Sources { pages: Vec::new() },
        results: Vec::new(),
        unwritten: Unwritten { seeds: Vec::new(), caches: Vec::new(), extras: Vec::new() },
        needs: Vec::new(),
        imported: false,
        after_save: Vec::new(),
    };
    const WORDS: Words<'_> = Words { scenario: &BOOK, door: Door::Command("scenario") };

    fn event(kind: EventKind) -> Vec<MarkedLine> {
        let event = Event { at: Timestamp::UNIX_EPOCH, action: None, phase: Phase::Run, kind };
        lines(&event, &WORDS)
    }

    fn ended(verdict: Verdict) -> Vec<MarkedLine> {
        let stderr = Captured::new("\u{1b}[31merror\u{1b}[0m: no\n  --> main.rs");
        let item = ItemResult {
            step: 1,
            exercise: None,
            id: "x".into(),
            kind: ActionKind::Command,
            title: "cargo build".into(),
            span: Span::new(0, 0..0),
            phase: Phase::Run,
            began: Timestamp::UNIX_EPOCH,
            elapsed: Duration::ZERO,
            verdict,
            output: Some(Output { stdout: Captured::default(), stderr }),
            curve: None,
        };
        event(EventKind::End(Box::new(item)))
    }

    #[track_caller]
    fn says(lines: &[MarkedLine], expected: &[(Mark, &str)]) {
        let lines: Vec<(Mark, &str)> = lines.iter().map(|(mark, text)| (*mark, text.as_str())).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn each_event_has_its_mark() {
        let step = EventKind::Step { number: 3, title: "Instrument".into() };
        says(&event(step), &[(Mark::Note, "step 3: Instrument")]);
        says(&event(EventKind::Begin { kind: ActionKind::Edit, title: "write `a`".into() }), &[]);
        let line = Progress::Line(" \u{1b}[32mCompiling\u{1b}[0m\n app ".into());
        let progress = |left| event(EventKind::Progress { what: line.clone(), left });
        says(&progress(None), &[(Mark::Progress, "Compiling app")]);
        says(&progress(Some(Duration::from_millis(4200))), &[(Mark::Progress, "Compiling app (4 s left)")]);
        let kept = EventKind::Kept { path: "a.txt".into(), kept: "/w/kept/a.txt".into() };
        says(&event(kept), &[(Mark::Note, "kept your `a.txt` as `/w/kept/a.txt`")]);
        says(
            &event(EventKind::Note(Note::RunningAgain)),
            &[(Mark::Note, "a check failed: running the step's commands")],
        );
        says(&ended(Verdict::Passed(Remark::Done)), &[(Mark::Passed, "cargo build")]);
        says(&ended(Verdict::Passed(Remark::RunsAlready)), &[(Mark::Passed, "cargo build: already running")]);
        let unchanged = [(Mark::Note, "cargo build skipped: unchanged since it last succeeded")];
        says(&ended(Verdict::Skipped(Skip::Unchanged)), &unchanged);
    }

    #[test]
    fn a_failure_goes_on_with_all_that_is_known_of_it() {
        let left = Failure::new(Reason::NoImage { tag: "app".to_owned() });
        let message = (Mark::Failed, "cargo build: there is no image `app` after this command");
        says(&ended(Verdict::Failed(left)), &[message]);
        let failure =
            Failure::new(Reason::Status { expected: 0, found: 101, cause: None, prints_as_shown: false });
        let expected = [
            (Mark::Failed, "cargo build: the command failed"),
            (Mark::More, "expected: exit status 0"),
            (Mark::More, "found: exit status 101"),
            (Mark::More, "error: no"),
            (Mark::More, "  --> main.rs"),
        ];
        says(&ended(Verdict::Failed(failure)), &expected);
    }
}
