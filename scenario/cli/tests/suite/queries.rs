//! What a query asks of Prometheus. Here that is a server of the test's own.

use std::sync::{Arc, Mutex};

use crate::scenario_test::ScenarioTest;
use crate::server::{ok, serve};

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
