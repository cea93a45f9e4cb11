//! What a query asks of Prometheus. Here that is a server of the test's own.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use snapbox::str;

use crate::free_port::free_port;
use crate::playground::{Playground, Ran};
use crate::scenario_test::ScenarioTest;
use crate::server::{Answer, ok, serve};

#[test]
fn a_query_reaches_prometheus_as_the_page_has_it() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let port = serve(move |path| {
        log.lock().expect("a log").push(path.to_owned());
        ok(match path.starts_with("/api/v1/targets") {
            true => r#"{"status": "success", "data": {"activeTargets": []}}"#,
            false => r#"{"status": "success", "data": {"resultType": "scalar", "result": [0, "1"]}}"#,
        })
    });
    let page = format!(
        "# One\n\n```console background=prometheus ready={port} within=1s\n$ prometheus\n```\n\n\
         ```promql\nup{{job=\"ä & b+c\"}} % 2 # 100%\n```\n"
    );
    ScenarioTest::step(&page).playground().run(&["check", "1"]).status(0);
    let asked = asked.lock().expect("a log");
    assert_eq!(asked[0], "/api/v1/targets?state=active");
    assert_eq!(
        asked[1],
        "/api/v1/query?query=up%7Bjob%3D%22%C3%A4%20%26%20b%2Bc%22%7D%20%25%202%20%23%20100%25"
    );
}

/// A target as Prometheus lists it.
fn target(job: &str, last_scrape: Timestamp, interval: &str) -> String {
    format!(
        r#"{{"labels": {{"job": "{job}", "instance": "localhost:1"}}, "scrapeUrl": "http://localhost:1/{job}",
            "health": "up", "lastError": "", "lastScrape": "{last_scrape}", "lastScrapeDuration": 0.01,
            "scrapeInterval": "{interval}", "scrapeTimeout": "1s"}}"#
    )
}

/// A stand-in for Prometheus with these targets, and samples for a query.
fn prometheus(
    targets: impl Fn(Timestamp) -> Vec<String> + Send + Sync + 'static,
    samples: impl Fn(&str) -> String + Send + Sync + 'static,
) -> u16 {
    serve(move |path| {
        ok(match path.split_once("/query?query=") {
            Some((_, query)) => {
                let samples = samples(query);
                format!(
                    r#"{{"status": "success", "data": {{"resultType": "vector", "result": [{samples}]}}}}"#
                )
            }
            None => {
                let targets = targets(Timestamp::now()).join(",");
                format!(r#"{{"status": "success", "data": {{"activeTargets": [{targets}]}}}}"#)
            }
        })
    })
}

fn asks(ready: &str, block: &str) -> Playground {
    let page = format!(
        "# One\n\n```console background=prometheus ready={ready} within=1s\n$ prometheus\n```\n\n{block}"
    );
    ScenarioTest::step(&page).playground()
}

fn check(ready: &str, query: &str) -> Ran {
    asks(ready, &format!("```promql\n{query}\n```\n")).run(&["check", "1"])
}

/// Of a target that is looked at, such a time is reported.
const AHEAD: Duration = Duration::from_secs(40);
const SUM: &str = r#"{"metric": {}, "value": [0, "7"]}"#;
const OF_APP: &str = r#"{"metric": {"job": "app", "instance": "localhost:1"}, "value": [0, "1"]}"#;

#[test]
fn a_query_waits_for_the_targets_whose_samples_it_finds_and_for_no_others() {
    let slow = "2000-01-01T00:00:00Z".parse::<Timestamp>().expect("a time");
    let targets = move |now| vec![target("app", now, "1s"), target("slow", slow, "1s")];
    let port = prometheus(targets, |_| OF_APP.to_owned());
    check(&port.to_string(), "app_up").status(0);
}

#[test]
fn a_sum_waits_for_the_targets_that_its_selectors_find() {
    let slow = "2000-01-01T00:00:00Z".parse::<Timestamp>().expect("a time");
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let targets = move |now| vec![target("app", now, "1s"), target("slow", slow, "1s")];
    let port = prometheus(targets, move |query| {
        log.lock().expect("a log").push(query.to_owned());
        if query.starts_with("sum") { SUM.to_owned() } else { OF_APP.to_owned() }
    });
    check(&port.to_string(), "sum(a) / sum(b)").status(0);
    let targets = move |now| vec![target("app", now + AHEAD, "1s"), target("slow", slow, "1s")];
    let sum = |query: &str| if query.starts_with("sum") { SUM.to_owned() } else { OF_APP.to_owned() };
    check(&prometheus(targets, sum).to_string(), "sum(a)").status(1).says("ahead of the clock");
    assert_eq!(
        asked.lock().expect("a log")[1],
        "count%20by%20(job%2C%20instance)%20(a)%20or%20count%20by%20(job%2C%20instance)%20(b)"
    );
}

#[test]
fn a_query_that_finds_nothing_waits_for_no_target_that_is_scraped_rarely() {
    let past = "2000-01-01T00:00:00Z".parse::<Timestamp>().expect("a time");
    let targets = move |now| vec![target("app", now, "15s"), target("slow", past, "10m")];
    let port = prometheus(targets, |_| String::new());
    let none = "```promql expect=none\napp_errors_total\n```\n";
    asks(&port.to_string(), none).run(&["check", "1"]).status(0);
    let targets = move |now| vec![target("app", now + AHEAD, "15s"), target("slow", past, "10m")];
    let port = prometheus(targets, |_| String::new());
    asks(&port.to_string(), none).run(&["check", "1"]).status(1).says("ahead of the clock");
}

#[test]
fn a_native_histogram_is_a_sample_without_a_value() {
    let histogram = r#"{"metric": {"job": "app"}, "histogram": [0, {"count": "3", "sum": "0.4", "buckets": [[0, "0.1", "0.2", "3"]]}]}"#;
    let port = prometheus(|_| vec![], move |_| histogram.to_owned());
    check(&port.to_string(), "latency_seconds").status(0).says("{count:3, sum:0.4}");
    asks(&port.to_string(), "```promql expect=\"value > 0\"\nlatency_seconds\n```\n")
        .run(&["check", "1"])
        .status(1)
        .says("  expected: value > 0\n  found:    {count:3, sum:0.4}\n");
}

#[test]
fn the_path_prefix_of_ready_is_that_of_the_api() {
    let port = serve(|path| match path.starts_with("/prometheus/api/v1/") {
        true if path.contains("targets") => ok(r#"{"status": "success", "data": {"activeTargets": []}}"#),
        true => ok(r#"{"status": "success", "data": {"resultType": "scalar", "result": [0, "1"]}}"#),
        false => Answer("404 Not Found", vec![], "404 page not found\n".to_owned()),
    });
    check(&format!("http://127.0.0.1:{port}/prometheus/-/ready"), "1").status(0);
    let ran = check(&port.to_string(), "1");
    ran.status(1).out(str![[r#"
Step 1  step-1
  ✗ `1` has count > 0

error: the check could not run: no answer from Prometheus: `http://127.0.0.1:[..]/api/v1/targets` answers with status 404
 --> src/step-1.md:7:1
  |
7 | ```promql
  | ^^^^^^^^^
  help:     the address is that of `ready` of `background=prometheus`, else port 9090; if Prometheus answers below a path, name it there, as in `ready=http://127.0.0.1:[..]/prometheus/-/ready`
  again:    `scenario check 1`

check 1: 0 passed, 1 failed, 0 skipped in [TIME] s

"#]]);
}

#[test]
fn clocks_that_differ_are_reported() {
    let port =
        prometheus(|now| vec![target("app", now - Duration::from_secs(40), "1s")], |_| OF_APP.to_owned());
    let ran = check(&port.to_string(), "app_up");
    ran.status(1).out(str![[r#"
Step 1  step-1
  ✗ `app_up` has count > 0

error: the clock of Prometheus is [..] s behind the clock of this machine
 --> src/step-1.md:7:1
  |
7 | ```promql
  | ^^^^^^^^^
  help:     the time of the last scrape of http://localhost:1/app shows it, so what is new cannot be told from what is old; let both clocks be set from the network, or restart the virtual machine that Prometheus runs in
  again:    `scenario check 1`

check 1: 0 passed, 1 failed, 0 skipped in [TIME] s

"#]]);
    let port =
        prometheus(|now| vec![target("app", now + Duration::from_secs(40), "1s")], |_| OF_APP.to_owned());
    check(&port.to_string(), "app_up").status(1).says(" s ahead of the clock of this machine");
}

#[test]
fn a_regular_expression_matches_by_line() {
    let port = serve(|path| match path {
        "/metrics" => ok("# TYPE app_up gauge\napp_up 1\nother 2\n"),
        "/crlf" => ok("one\r\napp_up 1\r\n"),
        _ => ok("app_up 15\n"),
    });
    let page = |path: &str, pattern: &str| {
        ScenarioTest::step(&format!(
            "# One\n\n<!-- scenario: check http url=http://127.0.0.1:{port}{path} matches=\"{pattern}\" -->\n"
        ))
        .playground()
        .run(&["check", "1"])
    };
    page("/metrics", "^app_up [01]$").status(0);
    page("/crlf", "^app_up [01]$").status(0);
    page("/other", "^app_up [01]$").status(1);
    page("/metrics", "gauge.app_up").status(1);
    page("/metrics", r"\\Aapp_up").status(1);
    page("/metrics", r"\\A# TYPE").status(0);
}

const TWO: &str =
    r#"{"metric": {"code": "500"}, "value": [0, "28"]}, {"metric": {"code": "200"}, "value": [0, "103"]}"#;

#[test]
fn a_result_that_the_page_shows_is_compared() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let port = prometheus(
        |_| vec![],
        move |query| {
            log.lock().expect("a log").push(query.to_owned());
            TWO.to_owned()
        },
    );
    let with = |result: &str| check(&port.to_string(), &format!("x # codes\n{result}"));
    with("# => {code=\"200\"} 100 ±5%\n# => {code=\"500\"} 28").status(0);
    assert_eq!(asked.lock().expect("a log")[0], "x%20%23%20codes", "the query is sent without its result");
    with("# => {code=\"200\"} [..]\n# ...").status(0);
    with("# => {[..]} 28\n# => {code=\"[NUMBER]\"} 103").status(0);
    with("# => {code=\"200\"} 103").status(1);
    with("# => none").status(1).says("    - none\n    + {code=\"500\"} 28\n    + {code=\"200\"} 103\n");
    with("# => {code=\"200\"} 100 ±1%\n# => {code=\"500\"} 28\n").status(1).out(str![[r#"
Step 1  step-1
  ✗ `x # codes` has the result that the page shows

error: the check failed
 --> src/step-1.md:7:1
  |
7 | ```promql
  | ^^^^^^^^^
  expected: the result on the page
  found:    another one
    - {code="200"} 100 ±1%
      {code="500"} 28
    + {code="200"} 103
  help:     lines with `-` are on the page, lines with `+` were found
  again:    `scenario check 1`

check 1: 0 passed, 1 failed, 0 skipped in [TIME] s

"#]]);
}

#[test]
fn a_shown_sample_has_its_name_and_lies_within_its_bounds() {
    let port = prometheus(|_| vec![], |_| r#"{"metric": {"__name__": "up"}, "value": [0, "12"]}"#.to_owned());
    let with = |result: &str| check(&port.to_string(), &format!("up\n{result}"));
    with("# => up 12.4 ±0.5").status(0);
    with("# => up 12.4 ±0.1").status(1);
    with("# => {[..]} 12").status(0);
    with("# => down 12").status(1);
    with("# => 12").status(1).says("    - 12\n    + up 12\n");
}

/// The answer is written after the source of Prometheus 3.
#[test]
fn names_in_quotes_are_compared_with_a_fake_answer() {
    let port = prometheus(
        |_| vec![],
        |_| {
            r#"{"metric": {"__name__": "http.count", "http.status": "500", "job": "a\"b"}, "value": [0, "28"]}"#.to_owned()
        },
    );
    let with = |result: &str| check(&port.to_string(), &format!("{{\"http.count\"}}\n{result}"));
    with(r#"# => {"http.count", "http.status"="500", job="a\"b"} 28"#).status(0);
    with(r#"# => {"http.status"="[NUMBER]", [..]} 28"#).status(0);
    with(r#"# => {"http.status"="500", job="a\"b"} 28"#).status(1);
    with(r#"# => {"http.counts", "http.status"="500", "job"="a\"b"} 28"#).status(1).says(
        "    - {\"http.counts\", \"http.status\"=\"500\", job=\"a\\\"b\"} 28\n    + {\"http.count\", \"http.status\"=\"500\", job=\"a\\\"b\"} 28\n",
    );
    with(r#"# => {http_status="500"} 28"#).status(1);
}

#[test]
fn none_is_a_result_too() {
    let port = prometheus(|_| vec![], |_| String::new());
    check(&port.to_string(), "x\n# => none").status(0);
    check(&port.to_string(), "x\n# => 1").status(1).says("    - 1\n    + none\n");
    check(&port.to_string(), "x\n# ...").status(1).says("has count > 0");
}

#[test]
fn a_step_asks_the_prometheus_that_it_has_started_last() {
    let stub = "import http.server, sys\n\n\nclass Handler(http.server.BaseHTTPRequestHandler):\n    \
                def do_GET(self):\n        targets = '{\"activeTargets\": []}'\n        \
                value = '{\"resultType\": \"scalar\", \"result\": [0, \"%s\"]}' % sys.argv[2]\n        \
                data = targets if '/targets' in self.path else value\n        \
                self.send_response(200)\n        self.end_headers()\n        \
                self.wfile.write(('{\"status\": \"success\", \"data\": %s}' % data).encode())\n\n\n\
                http.server.HTTPServer((\"127.0.0.1\", int(sys.argv[1])), Handler).serve_forever()\n";
    let start = |value: u8| {
        let port = free_port();
        format!(
            "```console background=prometheus ready={port} within=10s\n$ python3 stub.py {port} {value}\n```\n\n\
             ```promql\nx\n# => {value}\n```\n"
        )
    };
    let playground = ScenarioTest::new()
        .page("step-1.md", &format!("# One\n\n```python file=stub.py\n{stub}```\n\n{}", start(1)))
        .page("step-2.md", &format!("# Two\n\n{}", start(2)))
        .playground()
        .with_fake_prometheus();
    for words in
        [&["step", "1"][..], &["check", "1"], &["step", "2"], &["check", "2"], &["verify", "--replace"]]
    {
        playground.run(words).status(0);
    }
}

#[test]
fn check_does_not_ask_a_query_that_shows_what_was_so_before_a_later_block() {
    let port = crate::server::prometheus(|_| ("scalar", r#"[0, "1"]"#.to_owned()));
    let page = format!(
        "# One\n\n```console background=prometheus ready={port} within=1s\n$ prometheus\n```\n\n\
         ```promql expect=\"value == 0\"\nbroken\n```\n\n```console\n$ true\n```\n\n\
         ```promql expect=\"value == 1\"\nmended\n```\n\n```console read-only\n$ true\n```\n"
    );
    ScenarioTest::step(&page)
        .playground()
        .run(&["check", "1"])
        .status(0)
        .says("check 1: 1 passed, 0 failed")
        .says("`mended`");
}
