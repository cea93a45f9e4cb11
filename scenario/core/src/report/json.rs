//! A run as JSON, for other programs. `docs/report.schema.json` describes it.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::error::{Error, ErrorKind};
use crate::event::{ItemResult, Output, Verdict};
use crate::failure::{Curve, Failure, Reason};
use crate::model::Scenario;
use crate::report::blocks::{BlockResult, Outcome, blocks};
use crate::report::{Door, End, Report, Words};

/// The version of the schema; it grows with each change that a program which reads reports has to follow.
const VERSION: u32 = 3;

#[derive(Serialize)]
struct View<'a> {
    version: u32,
    title: Option<&'a str>,
    outcome: &'static str,
    began: Timestamp,
    seconds: f64,
    counts: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorView<'a>>,
    blocks: Vec<BlockView<'a>>,
    items: Vec<Item<'a>>,
}

/// A block, or a hidden check: its actions together.
#[derive(Serialize)]
struct BlockView<'a> {
    step: usize,
    label: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exercise: Option<&'a str>,
    id: &'a str,
    title: &'a str,
    page: &'a str,
    line: usize,
    column: usize,
    seconds: f64,
    outcome: Outcome,
}

impl<'a> BlockView<'a> {
    fn of(block: BlockResult<'a>) -> BlockView<'a> {
        let BlockResult { step, exercise, id, title, position, took, outcome } = block;
        BlockView {
            step: step.number,
            label: &step.label,
            exercise,
            id,
            title,
            page: &position.path,
            line: position.line,
            column: position.column,
            seconds: took.as_secs_f64(),
            outcome,
        }
    }
}

/// How many actions passed, failed and were skipped.
#[derive(Serialize)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
}

#[derive(Serialize)]
struct ErrorView<'a> {
    kind: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mistakes: Vec<Mistake>,
}

/// A mistake in a page.
#[derive(Serialize)]
struct Mistake {
    code: &'static str,
    page: String,
    line: usize,
    column: usize,
    message: String,
    help: Vec<String>,
}

impl ErrorView<'_> {
    fn of(error: &Error) -> ErrorView<'_> {
        let (kind, mistakes) = match error.kind() {
            ErrorKind::Io { .. } => ("io", Vec::new()),
            ErrorKind::Book(mistakes) => {
                let all = mistakes.diagnostics.iter().map(|diagnostic| {
                    let at = mistakes.location(diagnostic);
                    Mistake {
                        code: diagnostic.code().name(),
                        page: at.path.display().to_string(),
                        line: at.line,
                        column: at.column,
                        message: diagnostic.message(),
                        help: diagnostic.help.iter().map(|help| help.text.clone()).collect(),
                    }
                });
                ("book", all.collect())
            }
            ErrorKind::Usage => ("usage", Vec::new()),
            ErrorKind::PortTaken { .. } => ("port-taken", Vec::new()),
            ErrorKind::Busy => ("busy", Vec::new()),
            ErrorKind::Untrusted => ("untrusted", Vec::new()),
            ErrorKind::MissingTool => ("missing-tool", Vec::new()),
            ErrorKind::Interrupted => ("interrupted", Vec::new()),
            ErrorKind::Other => ("other", Vec::new()),
        };
        ErrorView { kind, message: error.to_string(), help: error.help(), mistakes }
    }
}

#[derive(Serialize)]
struct Item<'a> {
    step: usize,
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    exercise: Option<&'a str>,
    id: &'a str,
    kind: &'static str,
    title: &'a str,
    page: String,
    line: usize,
    column: usize,
    phase: &'static str,
    began: Timestamp,
    seconds: f64,
    verdict: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    remark: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a Output>,
    #[serde(skip_serializing_if = "Option::is_none")]
    curve: Option<&'a Curve>,
}

/// A failure in words, and its data.
#[derive(Serialize)]
struct FailureView {
    message: String,
    expected: String,
    found: String,
    detail: String,
    help: String,
    data: Value,
}

/// The whole run as one JSON object.
pub fn json(report: &Report<'_>) -> String {
    let (passed, failed, skipped) = report.result.counts();
    let error = match report.end {
        End::Error(error) => Some(ErrorView::of(error)),
        End::Done | End::Unfinished => None,
    };
    let scenario = report.plan.map(|plan| &plan.scenario);
    let items = scenario.map_or_else(Vec::new, |scenario| {
        report.result.items.iter().map(|item| view(scenario, report.front, item)).collect()
    });
    let view = View {
        version: VERSION,
        title: scenario.map(|scenario| scenario.title.as_str()),
        outcome: report.outcome(),
        began: report.began,
        seconds: report.took.as_secs_f64(),
        counts: Counts { passed, failed, skipped },
        error,
        blocks: blocks(report).into_iter().map(BlockView::of).collect(),
        items,
    };
    // Plain data with string keys: this cannot fail.
    serde_json::to_string_pretty(&view).unwrap_or_default() + "\n"
}

/// A failure as values; places are those of a page and not of our memory.
fn data(scenario: &Scenario, failure: &Failure) -> Value {
    // Plain data with string keys: this cannot fail.
    let mut data = serde_json::to_value(failure).unwrap_or_default();
    if let Some(data) = data.as_object_mut() {
        // It is the item's own place.
        data.remove("span");
    }
    let place = |span| {
        let at = scenario.sources.location(span);
        json!({"page": at.path.display().to_string(), "line": at.line, "column": at.column})
    };
    for (index, named) in failure.places.iter().enumerate() {
        data["places"][index]["origin"] = place(named.origin);
    }
    match &failure.reason {
        Reason::Status { cause: Some(cause), .. } => data["cause"]["origin"] = place(cause.origin),
        Reason::Edit { by, .. } => data["by"] = place(*by),
        _ => {}
    }
    data
}

fn view<'a>(scenario: &Scenario, front: &str, item: &'a ItemResult) -> Item<'a> {
    let words = Words { scenario, door: Door::Command(front) };
    let at = scenario.sources.location(Words::place(item));
    let (verdict, remark, failure) = match &item.verdict {
        Verdict::Passed(remark) => ("passed", words.remark(remark), None),
        Verdict::Skipped(skip) => ("skipped", words.skip(*skip), None),
        Verdict::Failed(failure) => {
            let explained = words.explain(item);
            let failure = FailureView {
                message: explained.message,
                expected: explained.expected,
                found: explained.found,
                detail: explained.detail,
                help: explained.help,
                data: data(scenario, failure),
            };
            ("failed", String::new(), Some(failure))
        }
    };
    Item {
        step: item.step,
        label: words.label(item.step),
        exercise: item.exercise.as_deref(),
        id: &item.id,
        kind: item.kind.name(),
        title: &item.title,
        page: at.path.display().to_string(),
        line: at.line,
        column: at.column,
        phase: item.phase.name(),
        began: item.began,
        seconds: item.elapsed.as_secs_f64(),
        verdict,
        remark,
        failure,
        output: item.output.as_ref(),
        curve: item.curve.as_ref(),
    }
}
