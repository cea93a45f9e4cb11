//! Checks reports of every kind of result against their published forms. Nothing here runs.

use std::time::Duration;

use jiff::Timestamp;
use scenario_core::error::Error;
use scenario_core::event::RunResult;
use scenario_core::plan::Plan;
use scenario_core::report::{self, End, Report};

use crate::examples::{item, verdicts};
use crate::forms::{is_junit, is_report};
use crate::scenario_test::ScenarioTest;

fn report<'a>(plan: Option<&'a Plan>, result: &'a RunResult, end: End<'a>) -> Report<'a> {
    let took = Duration::from_millis(1500);
    Report { plan, front: "scenario", result, began: Timestamp::UNIX_EPOCH, took, end }
}

fn plan() -> Plan {
    Plan::new(ScenarioTest::step("# One\n\nsome text\n").scenario())
}

fn every_verdict() -> RunResult {
    let items = verdicts().into_iter().map(item).enumerate();
    let items = items.map(|(index, mut item)| {
        (item.id, item.title) = (format!("id-{index}"), format!("title {index} \u{1b}[1m<&>\"\u{0}\u{ffff}"));
        item
    });
    RunResult { items: items.collect() }
}

#[test]
fn every_result_fits_the_schema_of_the_json_report() {
    let plan = plan();
    let result = every_verdict();
    let text = report::json(&report(Some(&plan), &result, End::Done));
    let value = is_report(&text);
    assert_eq!(value["outcome"], "failed");
    assert_eq!(value["items"].as_array().map(Vec::len), Some(result.items.len()));
    let second = &value["items"]
        .as_array()
        .expect("items")
        .iter()
        .find(|item| item["failure"]["data"]["found"] == 137);
    let data = &second.expect("a failure with a cause")["failure"]["data"];
    assert_eq!(data["cause"]["origin"]["line"], 1);
}

#[test]
fn every_result_fits_the_rules_of_junit() {
    let plan = plan();
    let result = every_verdict();
    is_junit(&report::junit(&report(Some(&plan), &result, End::Done)));
}

#[test]
fn a_run_that_could_not_go_on_is_an_error_in_both_reports() {
    let plan = plan();
    let error = Error::new("port 8000 is taken\nby <another>").with_help("stop it");
    let interrupted = Error::interrupted();
    for (end, outcome) in [
        (End::Error(&error), "error"),
        (End::Error(&interrupted), "interrupted"),
        (End::Unfinished, "unfinished"),
    ] {
        for plan in [None, Some(&plan)] {
            let result = RunResult { items: verdicts().into_iter().take(2).map(item).collect() };
            let report = report(plan, &result, end);
            let value = is_report(&report::json(&report));
            assert_eq!(value["outcome"], outcome);
            let junit = report::junit(&report);
            is_junit(&junit);
            assert!(junit.contains(&format!("<error type=\"{outcome}\"")), "{junit}");
        }
    }
}
