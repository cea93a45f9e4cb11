//! Events and results as data: they can be written and read back.

use std::time::Duration;

use jiff::Timestamp;
use scenario_core::event::{Event, EventKind, Missing, Note, Phase, Progress, RunResult};
use scenario_core::failure::{CAPTURED_BYTES_MAX, Captured, Found, Outcome};
use scenario_core::model::Ready;
use scenario_core::plan::ActionKind;
use scenario_core::snapshot::NotKept;

use crate::examples::{item, verdicts};

fn kinds() -> Vec<EventKind> {
    let left = Some(Duration::from_millis(2500));
    let progress = [
        Progress::Line("\u{1b}[32mCompiling\u{1b}[0m app".into()),
        Progress::Waiting(Ready::Log("listening".into())),
        Progress::Repeating,
        Progress::Asked(Box::new(Outcome::Passed(Found::Answer { status: 200 }))),
    ];
    let notes = [
        Note::BringingBack {
            step: 1,
            missing: vec![
                Missing::Process("a".into()),
                Missing::Container("b".into()),
                Missing::Image("c".into()),
            ],
        },
        Note::Ended { names: vec!["a".into()] },
        Note::Playing { steps: vec![1, 2] },
        Note::ByHand { step: 1 },
        Note::PutBack { path: "a".into(), count: 2 },
        Note::KeptMore { count: 3, folder: "/w/kept".into() },
        Note::NotKept { step: 1, why: NotKept::Entries },
        Note::NotPutBack { step: 1, why: NotKept::Bytes },
        Note::NotKept { step: 1, why: NotKept::Name("a".into()) },
        Note::RunningAgain,
        Note::NothingLeft,
        Note::LeftOut { path: ".scenario/steps/now.json".into(), cause: "EOF".into() },
        Note::Forgotten { cause: "EOF".into() },
        Note::Past { step: 2, container: "app".into(), of: 3 },
    ];
    let mut kinds = vec![
        EventKind::Step { number: 1, title: "One".into() },
        EventKind::Begin { kind: ActionKind::Edit, title: "write `a`".into() },
        EventKind::Kept { path: "a".into(), kept: "/w/kept/a".into() },
    ];
    kinds.extend(progress.map(|what| EventKind::Progress { what, left }));
    kinds.extend(notes.map(EventKind::Note));
    kinds.extend(verdicts().into_iter().map(|verdict| EventKind::End(Box::new(item(verdict)))));
    kinds
}

#[test]
fn every_event_can_be_read_back_from_what_is_written() {
    for (index, kind) in kinds().into_iter().enumerate() {
        let action = (index % 2 == 0).then(|| "page-1-abcd".to_owned());
        let phase = [Phase::Before, Phase::Run, Phase::After][index % 3];
        let at = "2026-01-02T03:04:05.678901234Z".parse::<Timestamp>().expect("a time");
        let event = Event { at, action, phase, kind };
        let text = serde_json::to_string(&event).expect("an event can be written");
        assert!(!text.contains('\n'), "one line: {text}");
        let read: Event = serde_json::from_str(&text).unwrap_or_else(|cause| panic!("{cause}: {text}"));
        assert_eq!(read, event, "{text}");
    }
}

#[test]
fn a_result_can_be_read_back_from_what_is_written() {
    let result = RunResult { items: verdicts().into_iter().map(item).collect() };
    let text = serde_json::to_string(&result).expect("a result can be written");
    assert_eq!(serde_json::from_str::<RunResult>(&text).expect("a result"), result);
}

#[test]
fn of_a_long_output_the_beginning_and_the_end_are_kept_and_the_bound_is_named() {
    let whole = format!("first\n{}last\n", "é\n".repeat(100_000));
    let kept = Captured::new(&whole);
    assert!(kept.text.starts_with("first\n") && kept.text.ends_with("last\n"));
    assert!(kept.text.len() < CAPTURED_BYTES_MAX + 100);
    let mark = format!("\n[… {} bytes left out: {CAPTURED_BYTES_MAX} are kept …]\n", kept.omitted);
    assert_eq!(kept.text.len() - mark.len() + kept.omitted, whole.len());
    assert!(kept.text.contains(&mark));
    let short = Captured::new("a\n");
    assert_eq!((short.text.as_str(), short.omitted), ("a\n", 0));
}
