//! What the book has running: the list, and green that goes when what it was true of goes.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::free_port::free_port;
use crate::lab_test::{Lab, LabTest, until};

/// A step whose checks ask a server of its own for a file.
fn served() -> LabTest {
    let port = free_port();
    LabTest::book(&[&format!(
        "# Serve\n\n```text file=www/a.txt\none\n```\n\n```console background=web ready=http://127.0.0.1:{port}/ within=20s\n$ python3 -m http.server {port} --bind 127.0.0.1 --directory www\n```\n\n<!-- scenario: check http url=http://127.0.0.1:{port}/a.txt status=200 contains=\"one\" within=1s -->\n"
    )])
}

fn parts(lab: &Lab) -> Value {
    lab.get("/api/running").is(200).json()["parts"].clone()
}

fn kill_web(test: &LabTest) {
    let web = test.process("http.server").expect("the server");
    kill(Pid::from_raw(web), Signal::SIGKILL).expect("the server");
}

#[test]
fn green_goes_when_what_it_was_true_of_goes_and_comes_back() {
    let test = served();
    let lab = test.start();
    let mut page = lab.page();
    lab.post("/api/steps/1/solve", "{}").is(202);
    let passed = |message: &Value| message["check"]["state"] == "passed";
    let open = |message: &Value| {
        message["check"]["state"] == "unknown" && message["check"]["text"] == "no longer passes"
    };
    page.wait_for("checked", |message| message["passed"] == 1 && message["done"] == true);
    // The process.
    kill_web(&test);
    page.wait_for("check", open);
    lab.post(&format!("/api/blocks/{}/run", lab.block(1, 1)), "{}").is(202);
    page.wait_for("check", passed);
    // The file.
    test.write("workspace/www/a.txt", "another text\n");
    page.wait_for("check", open);
    test.write("workspace/www/a.txt", "one\n");
    page.wait_for("check", passed);
}

#[test]
fn what_has_ended_is_listed_with_its_log_and_started_again() {
    let test = served();
    let lab = test.start();
    let mut page = lab.page();
    assert_eq!(parts(&lab), json!([]), "nothing was done yet");
    lab.post(&format!("/api/blocks/{}/apply", lab.block(1, 0)), "{}").is(200);
    lab.post(&format!("/api/blocks/{}/run", lab.block(1, 1)), "{}").is(202);
    page.wait_for_job();
    let found = parts(&lab)[0].clone();
    let is = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
    assert_eq!((is("name"), is("kind"), is("state")), ("web".into(), "process".into(), "running".into()));
    assert!(is("text").starts_with("runs and answers on port "), "{found}");
    kill_web(&test);
    until("its end is seen", || parts(&lab)[0]["state"] == "ended");
    let id = is("id");
    assert!(lab.get(&format!("/api/running/{id}/log")).is(200).text().contains("GET / HTTP/1.1"));
    lab.post(&format!("/api/running/{id}/start"), "{}").is(202);
    until("it runs again", || parts(&lab)[0]["state"] == "running");
}
