//! A result of every kind, for tests of reports. Nothing here runs.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use scenario_core::event::{ItemResult, Output, Phase, Remark, Skip, Verdict};
use scenario_core::failure::{
    Asked, Captured, Curve, Difference, Elsewhere, Failure, FileDifference, Found, Mismatch, NoAnswer,
    Outcome, Place, PortHolder, Reason, Sample, Samples, Series, SeriesSummary, Starter, TextOf,
};
use scenario_core::files::EditFault;
use scenario_core::model::{CurveBound, Expect, Health, Measure, Op, Ready};
use scenario_core::plan::ActionKind;
use scenario_core::problem::{Nearest, NumberedLine};
use scenario_core::process::{Exit, Member};
use scenario_core::source::Span;
use scenario_core::transcript::DiffLine;

/// A verdict of every kind.
pub(crate) fn verdicts() -> Vec<Verdict> {
    let passed = [
        Remark::Done,
        Remark::DoneAlready,
        Remark::RunsAlready,
        Remark::StartedByHand { pid: 7 },
        Remark::Found(Found::Answer { status: 200 }),
        Remark::Found(Found::Target { url: "http://localhost:8000/metrics".into(), health: "up".into() }),
        Remark::Found(Found::Samples(samples())),
        Remark::Found(Found::Ended { status: 1 }),
        Remark::Found(Found::File),
        Remark::Found(Found::NoFile),
        Remark::Noticed { check: "`http://localhost/` answers 200".into() },
        Remark::Differs(Failure::new(Reason::OutputTooLong { bytes_max: 1 })),
    ];
    let skipped = [
        Skip::EarlierAction,
        Skip::EarlierStep,
        Skip::Needs { step: 1 },
        Skip::Unchanged,
        Skip::MadeByHand,
        Skip::WrittenByCommand,
        Skip::NotLastStep { step: 2 },
    ];
    let failed = reasons().into_iter().map(|reason| {
        let mut failure = Failure::new(reason).at(Span::new(0, 2..5)).with_log("ready\nstopped");
        failure.places = vec![place(), Place { line: 4, ..place() }];
        if failure.may_pass() {
            failure.elsewhere = Some(Elsewhere { terminal: "T1".into(), dir: "web".into() });
        }
        Verdict::Failed(failure)
    });
    let passed = passed.into_iter().map(Verdict::Passed);
    passed.chain(skipped.into_iter().map(Verdict::Skipped)).chain(failed).collect()
}

/// A result with a verdict.
pub(crate) fn item(verdict: Verdict) -> ItemResult {
    ItemResult {
        exercise: None,
        step: 1,
        id: "page-1-abcd".into(),
        kind: ActionKind::Command,
        title: "cargo build".into(),
        span: Span::new(0, 0..5),
        phase: Phase::After,
        began: "2026-01-02T03:04:05.678901234Z".parse::<Timestamp>().expect("a time"),
        elapsed: Duration::from_nanos(1_234_567_891),
        verdict,
        output: Some(Output {
            stdout: Captured::new("\u{1b}[1mout\u{1b}[0m\n"),
            stderr: Captured { text: "err".into(), omitted: 9 },
        }),
        curve: Some(Curve {
            series: vec![Series {
                labels: BTreeMap::from([("job".to_owned(), "app".to_owned())]),
                points: vec![(0.5, 1.0), (1.5, 2.25)],
                scrapes: vec![(0.25, 1.0)],
            }],
        }),
    }
}

fn place() -> Place {
    let file = "app/src/main.rs".into();
    Place { file, line: 3, origin: Span::new(0, 1..2) }
}

fn samples() -> Samples {
    let labels =
        BTreeMap::from([("__name__".to_owned(), "up".to_owned()), ("a".to_owned(), "\"b\"".to_owned())]);
    Samples { first: vec![Sample { labels, value: "+Inf".into() }], count: 3 }
}

/// A reason of every kind.
fn reasons() -> Vec<Reason> {
    let cause = Some(place());
    let diff = vec![
        DiffLine::Both("a".into()),
        DiffLine::Page("b".into()),
        DiffLine::Printed("c\r".into()),
        DiffLine::LeftOut(1, 2, 3),
    ];
    let made = Some(("prometheus".to_owned(), 2));
    let mut reasons = vec![
        Reason::Status { expected: 0, found: 101, cause: None, prints_as_shown: true },
        Reason::Status { expected: 0, found: 137, cause, prints_as_shown: false },
        Reason::Output { diff },
        Reason::CommandPrinted { line: "$ make".into() },
        Reason::OutputTooLong { bytes_max: 1 << 20 },
        Reason::TimedOut { after: Duration::from_millis(1500) },
        Reason::TerminalEnded { name: "T1".into(), exit: Exit::Status(3) },
        Reason::LeftRunning { processes: vec![Member { pid: 12, words: "sleep 9".into() }] },
        Reason::FileChanged {
            path: "a".into(),
            difference: Difference::LineEnds,
            kept: None,
            writes: vec!["a".into()],
            read_only: true,
        },
        Reason::FileChanged {
            path: "a".into(),
            difference: Difference::Missing,
            kept: Some("/w/a".into()),
            writes: vec!["b".into(), "a".into()],
            read_only: false,
        },
        Reason::PortTaken { port: 8000, holder: PortHolder::Container("app".into()) },
        Reason::PortTaken { port: 8000, holder: PortHolder::Background("web".into()) },
        Reason::NoContainer { name: "app".into() },
        Reason::NoImage { tag: "app".into() },
        Reason::ForeignImage { tag: "app".into() },
        Reason::ContainerEnded { name: "app".into(), status: 1 },
        Reason::BackgroundEnded { name: "web".into(), was_ready: false, exit: Some(Exit::Signal(9)) },
        Reason::BackgroundEnded { name: "web".into(), was_ready: true, exit: None },
        Reason::NotReady { ready: Ready::Port(8000), within: Duration::from_secs(5), status: None },
        Reason::NotReady {
            ready: Ready::Url("http://localhost/".into()),
            within: Duration::from_secs(5),
            status: Some(404),
        },
        Reason::NotReady {
            ready: Ready::Log("listening".into()),
            within: Duration::from_secs(5),
            status: None,
        },
        Reason::Stale { url: "http://localhost:8000/metrics".into(), interval: Duration::from_millis(1500) },
        Reason::ClocksDiffer { url: "http://localhost:8000/metrics".into(), ahead_seconds: -40 },
        Reason::PassesBefore { found: Found::Answer { status: 204 } },
        Reason::HintBefore { shown: "count both".into() },
        Reason::MistakePasses,
        Reason::OtherHint { check: "`a` exists".into(), shown: Some("count both".into()) },
        Reason::OtherHint { check: "`a` exists".into(), shown: None },
        Reason::File { difference: Difference::Missing },
        Reason::File {
            difference: Difference::Line { number: 1, expected: Some("one".into()), found: None },
        },
        Reason::Result { differences: differences() },
    ];
    reasons.extend(mismatches().into_iter().map(Reason::Check));
    reasons.extend(faults().map(|fault| Reason::Edit { path: "a".into(), fault, by: Span::new(0, 1..2) }));
    for why in [
        NoAnswer::NothingListens,
        NoAnswer::TimedOut { seconds: 5 },
        NoAnswer::Body { error: "too long".into(), bytes_max: 4 << 20 },
        NoAnswer::NotPrometheus { url: "http://localhost:9090/api".into(), status: 200, error: "EOF".into() },
        NoAnswer::Other("bad URL".into()),
    ] {
        let what = Asked::Prometheus("http://127.0.0.1:9090".into());
        let start = Some(Starter { step: 3, made: made.clone() });
        reasons.push(Reason::Unreachable { what, why, start });
    }
    for (what, why) in [
        (Asked::Command("true".into()), NoAnswer::NoWorkspace { path: "w".into() }),
        (Asked::File("a".into()), NoAnswer::TooLong { bytes_max: 4 << 20 }),
    ] {
        reasons.push(Reason::Unreachable { what, why, start: None });
    }
    let outcomes = [
        Outcome::Passed(Found::Samples(samples())),
        Outcome::Failed(Mismatch::NotSamples),
        Outcome::Stale { url: "http://localhost/".into(), interval: Duration::from_secs(15) },
        Outcome::ClocksDiffer { url: "http://localhost/".into(), ahead_seconds: 7 },
        Outcome::Unreachable { what: Asked::Url("http://localhost/".into()), why: NoAnswer::NothingListens },
    ];
    let before = |outcome| Reason::FailsBefore { claim: "it runs".into(), outcome: Box::new(outcome) };
    reasons.extend(outcomes.map(before));
    reasons
}

fn faults() -> impl Iterator<Item = EditFault> {
    let line = || NumberedLine { number: 3, text: "b".into() };
    let nearest = [
        Nearest::None(2),
        Nearest::Lines(vec![line()]),
        Nearest::LooksTheSame { line: line(), theirs: "U+00A0".into(), ours: "U+0020".into() },
    ];
    let not_found =
        nearest.map(|nearest| EditFault::NotFound { marker: "b".into(), after_replace: false, nearest });
    let (marker, lines) = ("b".into(), vec![line()]);
    let ambiguous = EditFault::Ambiguous { marker, after_replace: true, count: 7, lines, more_lines: 2 };
    not_found.into_iter().chain([ambiguous, EditFault::Missing, EditFault::NotText])
}

fn differences() -> Vec<FileDifference> {
    let line = Difference::Line { number: 1, expected: Some("one".into()), found: None };
    [Difference::Missing, Difference::Unexpected, Difference::LineEnds, line]
        .map(|difference| FileDifference { path: "app/a".into(), written: "app/a".into(), difference })
        .into()
}

fn mismatches() -> Vec<Mismatch> {
    let body = Captured::new("{}\n");
    let bounds = vec![(Op::Greater, 0.5), (Op::LessEqual, f64::INFINITY)];
    vec![
        Mismatch::HttpStatus { expected: 200, found: 404, body: body.clone() },
        Mismatch::Header { name: "vary".into(), expected: "Origin".into(), found: None },
        Mismatch::Header { name: "vary".into(), expected: "Origin".into(), found: Some("*".into()) },
        Mismatch::Contains { of: TextOf::Body, expected: "x".into(), found: body.clone() },
        Mismatch::Matches { of: TextOf::Output, expected: "x".into(), found: body.clone() },
        Mismatch::Matches { of: TextOf::File, expected: "x".into(), found: body.clone() },
        Mismatch::CommandStatus { expected: 0, found: 1, output: body },
        Mismatch::Writes { path: "a".into() },
        Mismatch::NoFile { path: "a".into() },
        Mismatch::FileExists { path: "a".into() },
        Mismatch::NoTarget { job: "app".into(), expected: Health::Up, jobs: vec!["prometheus".into()] },
        Mismatch::Health {
            job: "app".into(),
            expected: Health::Down,
            url: "http://localhost:8000/metrics".into(),
            found: "unknown".into(),
            error: String::new(),
        },
        Mismatch::ScrapeError { expected: "refused".into(), found: String::new() },
        Mismatch::Samples { expected: Expect::Samples { value: bounds, count: vec![] }, found: samples() },
        Mismatch::Samples { expected: Expect::None, found: samples() },
        Mismatch::Result {
            found: samples(),
            diff: vec![DiffLine::Page("1".into()), DiffLine::Printed("2".into())],
        },
        Mismatch::Curve {
            expected: vec![
                CurveBound { of: Measure::Highest, op: Op::Greater, number: 0.5 },
                CurveBound { of: Measure::Count, op: Op::Equal, number: 1.0 },
            ],
            found: vec![SeriesSummary {
                labels: BTreeMap::from([("code".to_owned(), "200".to_owned())]),
                lowest: 0.0,
                highest: 0.25,
                last: 0.125,
            }],
        },
        Mismatch::TooManySeries { count: 9, series_max: 8 },
        Mismatch::NotSamples,
        Mismatch::Refused { error: "parse error".into() },
    ]
}
