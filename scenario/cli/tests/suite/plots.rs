//! What becomes of a plot when its book is proven. Prometheus is a server of the test's own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use snapbox::str;

use crate::forms::is_report;
use crate::playground::Playground;
use crate::server::prometheus;

/// A stand-in for Prometheus, whose query finds a sample, and this curve.
fn with_curves(curve: impl Fn() -> &'static str + Send + Sync + 'static) -> u16 {
    prometheus(move |path| match path.starts_with("/api/v1/query_range") {
        true => ("matrix", format!("[{}]", curve())),
        false => ("vector", r#"[{"metric": {"job": "app"}, "value": [0, "0"]}]"#.to_owned()),
    })
}

/// A stand-in for Prometheus. `range` is the result of a query over a range, and `samples` those of a selector.
fn book(curve: &str, range: &'static str, samples: &'static str) -> (Playground, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let port = prometheus(move |path| {
        log.lock().expect("a log").push(path.to_owned());
        match path {
            path if path.starts_with("/api/v1/query_range") => ("matrix", format!("[{range}]")),
            path if path.contains("%5B") => ("matrix", format!("[{samples}]")),
            _ => ("vector", r#"[{"metric": {"job": "app"}, "value": [0, "7"]}]"#.to_owned()),
        }
    });
    let query = format!(
        "```promql already-true=\"it is the test's own\" plot=load range=2m step=500ms curve=\"{curve}\" \
         alt=\"It climbs.\"\napp_requests\n```\n"
    );
    (later(&query, port), asked)
}

/// A book whose Prometheus is started by its second step only, which is not played: the port is taken.
pub(crate) fn later(query: &str, port: u16) -> Playground {
    let start = format!("```console background=prometheus ready={port} within=1s\n$ prometheus\n```\n");
    Playground::steps(&[query, &start]).with_fake_prometheus()
}

fn first_series(report: &Value) -> &Value {
    let items = report["items"].as_array().expect("items");
    items.iter().find_map(|item| item["curve"]["series"].get(0)).expect("a series")
}

/// Moments within the range are relative to its beginning, which the test does not know.
const CLIMBS: &str = r#"{"metric": {"job": "app"}, "values": [[0, "1"], [1, "2.5"], [2, "NaN"], [3, "7"]]}"#;

const CLIMBS_NOT_YET: &str = r#"{"metric": {"job": "app"}, "values": [[0, "1"], [1, "2.5"]]}"#;

#[test]
fn verify_asks_for_the_curve_and_keeps_it() {
    let (playground, asked) =
        book("highest == 7 and lowest == 1 and last == 7 and count == 1", CLIMBS, CLIMBS);
    playground.run(&["verify", "--step", "1", "--json", "report.json"]).status(0);
    let asked = asked.lock().expect("a log");
    let range =
        asked.iter().find(|path| path.starts_with("/api/v1/query_range")).expect("a query over a range");
    let (query, rest) = range.split_once("&start=").expect("a beginning");
    assert_eq!(query, "/api/v1/query_range?query=app_requests");
    let (start, rest) = rest.split_once("&end=").expect("an end");
    let (end, step) = rest.split_once("&step=").expect("a step");
    let number = |text: &str| text.parse::<f64>().expect("a number");
    assert!((number(end) - number(start) - 120.0).abs() < 0.01, "{start} to {end}");
    assert_eq!(step, "0.500");
    let samples = format!("/api/v1/query?query=app_requests%5B120000ms%5D&time={end}");
    assert!(asked.contains(&samples), "{asked:?}");
    let report = is_report(&playground.report("report.json"));
    let series = first_series(&report);
    assert_eq!(series["labels"]["job"], "app");
    for of in ["points", "scrapes"] {
        let values: Vec<_> = series[of].as_array().expect("points").iter().map(|point| &point[1]).collect();
        assert_eq!(values, [1.0, 2.5, 7.0], "{of}");
    }
}

#[test]
fn a_query_that_passes_before_its_step_has_another_curve_then() {
    // The curve is asked for before the step, and again after the query has passed.
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let port = with_curves(move || if count.fetch_add(1, Ordering::SeqCst) == 0 { "" } else { CLIMBS });
    let query = "```promql plot=load range=2m curve=\"highest == 7\" alt=\"It climbs.\"\nsum(app)\n```\n";
    let playground = later(query, port);
    playground.run(&["verify", "--step", "1"]).status(0);
    playground.run(&["verify", "--step", "1"]).status(1).says("this check passes before its step");
}

#[test]
fn a_curve_is_awaited_as_long_as_the_page_says() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let port =
        with_curves(move || if count.fetch_add(1, Ordering::SeqCst) < 5 { CLIMBS_NOT_YET } else { CLIMBS });
    let query =
        "```promql plot=load range=2m within=1m curve=\"last == 7\" alt=\"It climbs.\"\nsum(app)\n```\n";
    later(query, port).run(&["verify", "--step", "1"]).status(0);
    assert_eq!(asked.load(Ordering::SeqCst), 6, "before the step, and five times after it");
}

#[test]
fn of_many_samples_none_are_kept() {
    let values: Vec<String> = (0..41).map(|moment| format!("[{moment}, \"1\"]")).collect();
    let samples = format!(r#"{{"metric": {{"job": "app"}}, "values": [{}]}}"#, values.join(","));
    let (playground, _) = book("last == 7", CLIMBS, samples.leak());
    playground.run(&["verify", "--step", "1", "--json", "report.json"]).status(0);
    let report = is_report(&playground.report("report.json"));
    assert_eq!(first_series(&report)["scrapes"].as_array().map(Vec::len), Some(0));
}

#[test]
fn only_verify_asks_for_the_curve() {
    let (playground, asked) = book("last == 7", CLIMBS, CLIMBS);
    playground.run(&["step", "1"]).status(0);
    playground.run(&["check", "1"]).status(0);
    let asked = asked.lock().expect("a log");
    assert!(!asked.iter().any(|path| path.contains("query_range")), "{asked:?}");
}

#[test]
fn a_curve_that_is_not_as_the_page_says_fails() {
    let (playground, _) = book("highest > 1 and last < 1", CLIMBS, CLIMBS);
    playground.run(&["verify", "--step", "1"]).status(1).out(str![[r#"
Step 1  step-1
  ✗ `app_requests` has count > 0

error: the check failed
 --> src/step-1.md:1:1
  |
1 | ```promql already-true="it is the test's own" plot=load range=2m step=500ms curve="highest > 1 and last < 1" alt="It climbs."
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  expected: a curve with highest > 1 and last < 1
  found:    lowest 1, highest 7, last 7
  again:    `scenario verify --step 1`

verify: 0 passed, 1 failed, 0 skipped in [TIME] s
census: 2 blocks: 0 file edits, 1 of commands, 1 queries, 0 ignored with a reason, 0 unaccounted; 0 hidden checks

"#]]);
    let (playground, _) = book("last > 0", "", CLIMBS);
    playground
        .run(&["verify", "--step", "1"])
        .status(1)
        .says("found:    the query found no finite value in that time");
    for series in [
        r#"{"metric": {}, "values": [[0, "NaN"], [1, "+Inf"]]}"#,
        r#"{"metric": {}, "histograms": [[0, {"count": "1", "sum": "1", "buckets": []}]]}"#,
    ] {
        let (playground, _) = book("last > 0", series, CLIMBS);
        let ran = playground.run(&["verify", "--step", "1"]);
        ran.status(1).says("found:    the query found no finite value in that time");
    }
}

#[test]
fn a_curve_with_too_many_series_fails() {
    const NINE: &str = r#"{"metric": {"n": "1"}, "values": [[0, "1"]]}, {"metric": {"n": "2"}, "values": [[0, "1"]]},
        {"metric": {"n": "3"}, "values": [[0, "1"]]}, {"metric": {"n": "4"}, "values": [[0, "1"]]},
        {"metric": {"n": "5"}, "values": [[0, "1"]]}, {"metric": {"n": "6"}, "values": [[0, "1"]]},
        {"metric": {"n": "7"}, "values": [[0, "1"]]}, {"metric": {"n": "8"}, "values": [[0, "1"]]},
        {"metric": {"n": "9"}, "values": [[0, "1"]]}"#;
    let (playground, _) = book("last > 0", NINE, "");
    playground.run(&["verify", "--step", "1"]).status(1).out(str![[r#"
Step 1  step-1
  ✗ `app_requests` has count > 0

error: the check failed
 --> src/step-1.md:1:1
  |
1 | ```promql already-true="it is the test's own" plot=load range=2m step=500ms curve="last > 0" alt="It climbs."
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  expected: a curve with at most 8 series
  found:    9 series
  again:    `scenario verify --step 1`

verify: 0 passed, 1 failed, 0 skipped in [TIME] s
census: 2 blocks: 0 file edits, 1 of commands, 1 queries, 0 ignored with a reason, 0 unaccounted; 0 hidden checks

"#]]);
}
