//! A run as JSON, for other programs.

use serde::Serialize;

use crate::event::{Failure, ItemResult, RunResult, Verdict};
use crate::model::Scenario;

#[derive(Serialize)]
struct Report<'a> {
    title: &'a str,
    passed: bool,
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    step: usize,
    id: &'a str,
    kind: &'a str,
    title: &'a str,
    page: String,
    line: usize,
    column: usize,
    verdict: &'static str,
    seconds: f64,
    #[serde(skip_serializing_if = "str::is_empty")]
    remark: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureView<'a>>,
}

#[derive(Serialize)]
struct FailureView<'a> {
    message: &'a str,
    expected: &'a str,
    found: &'a str,
    detail: &'a str,
    help: &'a str,
}

/// The whole run as one JSON object.
pub fn json(scenario: &Scenario, result: &RunResult) -> String {
    let items = result.items.iter().map(|item| view(scenario, item)).collect();
    let report = Report { title: &scenario.title, passed: result.passed(), items };
    // Plain data with string keys: this cannot fail.
    serde_json::to_string_pretty(&report).unwrap_or_default()
}

fn view<'a>(scenario: &Scenario, item: &'a ItemResult) -> Item<'a> {
    let span = match &item.verdict {
        Verdict::Failed(failure) => failure.span.unwrap_or(item.span),
        _ => item.span,
    };
    let at = scenario.sources.location(span);
    let (verdict, remark, failure) = match &item.verdict {
        Verdict::Passed(remark) => ("passed", remark.as_str(), None),
        Verdict::Skipped(why) => ("skipped", why.as_str(), None),
        Verdict::Failed(failure) => {
            let Failure { message, expected, found, detail, help, .. } = &**failure;
            ("failed", "", Some(FailureView { message, expected, found, detail, help }))
        }
    };
    Item {
        step: item.step,
        id: &item.id,
        kind: item.kind,
        title: &item.title,
        page: at.path.display().to_string(),
        line: at.line,
        column: at.column,
        verdict,
        seconds: item.elapsed.as_secs_f64(),
        remark,
        failure,
    }
}
