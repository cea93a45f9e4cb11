//! The screenshots that `verify` takes, by the browser of this machine. Prometheus is a server of the test's own.

use std::process::Command;

use crate::playground::{Playground, skipped};
use crate::plots::later;
use crate::server::{Answer, ok, serve};

/// A book whose query finds `value`, with a screenshot of `/page` or of nothing.
fn book(value: &'static str, url: &str) -> Playground {
    book_of(value, url, &["some-page"])
}

/// The same with a query for each of these screenshots.
fn book_of(value: &'static str, url: &str, names: &[&str]) -> Playground {
    let port = serve(move |path| match path {
        "/page" => ok("<!doctype html><title>A page</title><h1 style='color: green'>Some text</h1>"),
        path if path.starts_with("/api/v1/targets") => {
            ok(r#"{"status": "success", "data": {"activeTargets": []}}"#)
        }
        path if path.starts_with("/api/") => ok(format!(
            r#"{{"status": "success", "data": {{"resultType": "vector", "result": [
                {{"metric": {{"job": "app"}}, "value": [0, "{value}"]}}]}}}}"#
        )),
        _ => Answer("404 Not Found", vec![], "no page".to_owned()),
    });
    let query = |name: &&str| {
        format!(
            "```promql already-true=\"it is the test's own\" expect=\"value == 7\" screenshot={name} \
             url=http://127.0.0.1:{port}{url} alt=\"Some text.\"\napp_requests\n```\n\n"
        )
    };
    later(&names.iter().map(query).collect::<String>(), port)
}

const VERIFY: [&str; 5] = ["verify", "--step", "1", "--screenshots", "shots"];

fn has_browser() -> bool {
    let names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
    let answers = |name: &&str| {
        Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success())
    };
    names.iter().any(answers) || std::env::var_os("SCENARIO_BROWSER").is_some()
}

#[test]
fn a_screenshot_is_taken_when_the_query_has_passed() {
    if !has_browser() {
        return skipped("no Chromium and no Chrome");
    }
    let playground = book("7", "/page");
    let path = playground.root().join("shots/some-page.png");
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(&path, "of an earlier run").expect("a file");
    playground.run(&VERIFY).status(0).does_not_say("screenshot");
    let png = std::fs::read(&path).expect("a picture");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    assert_eq!((&png[..4], number(16), number(20)), (&b"\x89PNG"[..], 1680, 1800));
}

#[test]
fn a_query_that_fails_has_no_screenshot() {
    let playground = book("6", "/page");
    let path = playground.root().join("shots/some-page.png");
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(&path, "of an earlier run").expect("a file");
    playground.run(&VERIFY).status(1);
    assert!(!path.exists(), "it would be one of another run");
}

#[test]
fn a_page_that_is_not_there_is_not_taken() {
    if !has_browser() {
        return skipped("no Chromium and no Chrome");
    }
    let playground = book("7", "/other");
    playground.run(&VERIFY).status(0).says("/other` answers 404");
    assert!(!playground.root().join("shots/some-page.png").exists());
}

#[test]
fn a_browser_that_hangs_is_ended_with_what_it_has_started_and_not_started_again() {
    let browser = "case \"$*\" in *--version*) echo Chromium 140.0;; \
                   *) echo started >> started; setsid sleep 7624 >/dev/null 2>&1 & sleep 7625;; esac";
    let playground = book_of("7", "/page", &["first", "second", "third"])
        .with_program("SCENARIO_BROWSER", browser)
        .env("SCENARIO_COMMAND_SECONDS", "1");
    playground
        .run(&VERIFY)
        .status(0)
        .says("/scenario_browser` did not end within 1 s and was stopped\n")
        .says("no screenshot `second`: the browser was not started again after `first`\n")
        .says("no screenshot `third`: the browser was not started again after `first`\n");
    let started = std::fs::read_to_string(playground.root().join("started")).expect("a file");
    assert_eq!(started, "started\n");
    playground.nothing_is_left_within(1);
}

#[test]
fn without_a_browser_a_run_passes_and_says_so() {
    let playground = book("7", "/page").env("SCENARIO_BROWSER", "/nowhere/chromium");
    playground.run(&VERIFY).status(0).says("no screenshots were taken: ");
}
