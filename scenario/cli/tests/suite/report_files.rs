//! The files of `verify --json` and `--junit`, whatever becomes of the run.

use std::net::TcpListener;

use nix::sys::signal::Signal;
use snapbox::str;

use crate::forms::is_junit;
use crate::playground::{Playground, until};
use crate::scenario_test::ScenarioTest;

const VERIFY: [&str; 5] = ["verify", "--json", "reports/run.json", "--junit", "reports/junit.xml"];

#[track_caller]
fn reports(playground: &Playground) -> (serde_json::Value, String) {
    playground.reports("reports/run.json", "reports/junit.xml")
}

/// A book whose first run passes.
fn green() -> Playground {
    let playground = ScenarioTest::step("# One\n\n```console\n$ true\n```\n").playground();
    playground.run(&VERIFY).status(0);
    let (json, junit) = reports(&playground);
    assert_eq!(json["outcome"], "passed");
    assert_eq!(junit.matches("<testcase").count(), 1, "{junit}");
    playground
}

fn rewrite(playground: &Playground, page: &str) {
    std::fs::write(playground.dir().join("src/step-1.md"), page).expect("a page");
}

#[test]
fn folders_of_reports_are_made() {
    green();
}

#[test]
fn a_mistake_in_a_page_takes_the_place_of_a_green_report() {
    let playground = green();
    rewrite(&playground, "# One\n\n```console\n$ make &\n```\n");
    playground.run(&VERIFY).status(2);
    let (json, junit) = reports(&playground);
    assert_eq!(json["outcome"], "error");
    let message = json["error"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("src/step-1.md:4:3"), "{message}");
    let mistake = &json["error"]["mistakes"][0];
    assert_eq!(
        (&json["error"]["kind"], &mistake["line"], &mistake["column"]),
        (&"book".into(), &4.into(), &3.into())
    );
    assert!(junit.contains("src/step-1.md:4:3"), "{junit}");
}

#[test]
fn a_port_that_is_taken_is_in_the_report_with_what_was_done_before() {
    let playground = green();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    rewrite(
        &playground,
        &format!(
            "# One\n\n```console\n$ true\n```\n\n```console background=web ready={port} within=1s\n$ sleep 7020\n```\n"
        ),
    );
    playground.run(&VERIFY).status(2);
    let (json, junit) = reports(&playground);
    assert_eq!(json["outcome"], "error");
    assert!(json["error"]["message"].as_str().is_some_and(|message| message.contains(&port.to_string())));
    assert_eq!(json["items"].as_array().map(Vec::len), Some(1), "{json:#}");
    assert_eq!(junit.matches("<testcase").count(), 2, "{junit}");
}

#[test]
fn a_ctrl_c_is_in_the_report_with_what_was_done_before() {
    let playground = green();
    rewrite(&playground, "# One\n\n```console\n$ true\n$ touch started; sleep 7021\n```\n");
    let run = playground.start(&VERIFY);
    until("the command", || playground.root().join(".cache/scenario/verify/a-book/started").exists());
    run.signal(Signal::SIGINT);
    assert_eq!(run.wait(), Some(130));
    let (json, _) = reports(&playground);
    assert_eq!(json["outcome"], "interrupted");
    assert_eq!(json["items"].as_array().map(Vec::len), Some(1), "{json:#}");
}

#[test]
fn a_run_that_was_killed_leaves_no_green_report() {
    let playground = green();
    rewrite(&playground, "# One\n\n```console\n$ touch started; sleep 7022\n```\n");
    let run = playground.start(&VERIFY);
    until("the command", || playground.root().join(".cache/scenario/verify/a-book/started").exists());
    run.signal(Signal::SIGKILL);
    assert_eq!(run.wait(), None);
    assert_eq!(reports(&playground).0["outcome"], "unfinished");
}

#[test]
fn a_report_that_cannot_be_written_is_reported_before_the_run() {
    let playground = ScenarioTest::step("# One\n\n```console\n$ touch ran\n```\n").playground();
    std::fs::write(playground.dir().join("reports"), "a file").expect("a file");
    playground.run(&VERIFY).status(2).out(str![""]).err(str![[r#"
error: failed to create the folder `reports`: File exists (os error 17)

"#]]);
    playground.run(&["verify", "--json", "src"]).status(2).out(str![""]).err(str![[r#"
error: failed to write `src`: Is a directory (os error 21)

"#]]);
    assert!(!playground.root().join(".cache/scenario/verify/a-book/ran").exists());
}

#[test]
fn one_report_that_cannot_be_written_in_the_end_does_not_take_the_other_along() {
    let playground = ScenarioTest::new();
    let folder = playground.dir().join("gone");
    let page = format!("# One\n\n```console\n$ rm -r {}\n```\n", folder.display());
    let playground = playground.page("step-1.md", &page).playground();
    let ran = playground.run(&["verify", "--json", "gone/run.json", "--junit", "junit.xml"]);
    ran.status(2).says("verify: 1 passed").err(str![[r#"
error: failed to write `gone/run.json`: No such file or directory (os error 2)

"#]]);
    is_junit(&playground.report("junit.xml"));
}

#[test]
fn each_case_of_junit_has_a_name_of_its_own_and_names_its_page() {
    let twice = "```console\n$ echo x\nx\n$ echo x\nx\n```\n";
    let check = "<!-- scenario: check http url=http://127.0.0.1:1/ status=200 -->\n";
    let page = format!("# A page\n\n```text file=a\na\n```\n\n{twice}\n{twice}\n{check}\n{check}");
    let playground = ScenarioTest::new().page("one.md", &page).page("two.md", &page).playground();
    playground.run(&VERIFY).status(1);
    let (_, junit) = reports(&playground);
    for name in [
        "step 1, block 1: write `a`",
        "step 1, block 2, command 2: echo x",
        "step 1, block 3, command 1: echo x",
        "step 2, block 3, command 1: echo x",
        "step 2, check 2: `http://127.0.0.1:1/` answers 200",
    ] {
        assert!(junit.contains(&format!("name=\"{name}\"")), "{name}: {junit}");
    }
    assert_eq!(junit.matches("classname=\"src/one\"").count(), 7, "{junit}");
    assert_eq!(junit.matches("classname=\"src/two\"").count(), 7, "{junit}");
}

#[test]
fn a_check_that_fails_before_its_step_is_one_case() {
    let port = crate::server::serve(|_| crate::server::ok("hello"));
    let page =
        format!("# One\n\n<!-- scenario: check http url=http://127.0.0.1:{port}/ contains=hello -->\n");
    let playground = ScenarioTest::step(&page).playground();
    playground.run(&VERIFY).status(1);
    let (json, junit) = reports(&playground);
    assert_eq!(junit.matches("<testcase").count(), 1, "{junit}");
    assert_eq!(json["items"][0]["phase"], "before");
    assert_eq!(json["items"][0]["failure"]["data"]["reason"], "passes-before");
}

#[test]
fn a_report_has_what_a_command_printed_and_its_failure_as_values() {
    let page = "# One\n\n```console\n$ echo out; printf err >&2; (exit 3)\n```\n";
    let playground = ScenarioTest::step(page).playground();
    playground.run(&VERIFY).status(1);
    let (json, junit) = reports(&playground);
    let item = &json["items"][0];
    let data = serde_json::json!({"reason": "status", "expected": 0, "found": 3});
    assert_eq!(item["failure"]["data"], data);
    let output = serde_json::json!({"stdout": {"text": "out\n"}, "stderr": {"text": "err"}});
    assert_eq!(item["output"], output);
    assert!(junit.contains("</failure>"), "{junit}");
    assert!(junit.contains("printf err &gt;&amp;2; (exit 3)\nerr\n</system-err>"), "{junit}");
}
