//! Exercises: checked for the learner, with the hint of a mistake; their blocks work and are no part of the step.

use serde_json::json;

use crate::lab_test::LabTest;

const PAGE: &str = "# Count\n\n```text file=a.txt\none\n```\n\n<!-- scenario: check file=a.txt contains=one -->\n\n\
    <!-- scenario: check file=a.txt contains=two exercise=count -->\n\
    <!-- scenario: check command=\"tail -n 1 a.txt\" contains=two exercise=count mistake=\"Write it below.\" -->\n\n\
    ```text file=a.txt append exercise=count\ntwo\n```\n\n```console exercise=count\n$ cat a.txt\none\ntwo\n```\n\n\
    ```text file=a.txt prepend exercise=count mistake=\"Write it below.\"\ntwo\n```\n";

const COMMANDS: &str = "# Look\n\n```text file=b.txt\nb\n```\n\n<!-- scenario: check command=\"cat b.txt\" contains=b -->\n\
    <!-- scenario: check command=\"head b.txt\" contains=b -->\n";

#[test]
fn an_exercise_is_checked_for_the_learner_with_the_hint_of_a_mistake() {
    let test = LabTest::book(&[PAGE]);
    let lab = test.start();
    let mut page = lab.page();
    let exercise = page.hello()["steps"][0]["exercises"][0].clone();
    assert_eq!((&exercise["name"], &exercise["checks"][0]["state"]), (&json!("count"), &json!("unknown")));
    let ids = [exercise["checks"][0]["id"].clone(), exercise["checks"][1]["id"].clone()];
    test.write("workspace/a.txt", "two\none\n");
    let path = "/api/steps/1/exercises/count/check";
    lab.post(path, "{}").is(202);
    let of = |id: &serde_json::Value, state: &str| {
        let (id, state) = (id.clone(), state.to_owned());
        move |message: &serde_json::Value| message["check"]["id"] == id && message["check"]["state"] == state
    };
    page.wait_for("check", of(&ids[0], "passed"));
    let failed = page.wait_for("check", of(&ids[1], "failed"));
    assert_eq!(failed["check"]["help"], "Write it below.");
    test.write("workspace/a.txt", "one\ntwo\n");
    lab.post(path, "{}").is(202);
    page.wait_for("check", of(&ids[1], "passed"));
    assert!(!page.heard.iter().any(|message| message["type"] == "checked" && message["by"] == "learner"));
}

#[test]
fn the_blocks_of_a_solution_work_and_are_not_those_of_the_step() {
    let test = LabTest::book(&[PAGE]);
    let lab = test.start();
    let mut page = lab.page();
    lab.post("/api/steps/1/solve", "{}").is(202);
    assert_eq!(page.wait_for_job()["state"], "passed");
    assert_eq!(test.read("a.txt"), "one\n");
    let hello = lab.page().hello().clone();
    let blocks = hello["steps"][0]["exercises"][0]["blocks"].clone();
    assert_eq!(blocks.as_array().map(Vec::len), Some(2), "no mistake is among them: {blocks}");
    assert_eq!((&blocks[0]["used"], &hello["steps"][0]["done"]), (&json!(false), &json!(true)));
    let id = |index: usize| blocks[index]["id"].as_str().expect("an id").to_owned();
    lab.post(&format!("/api/blocks/{}/apply", id(0)), "{}").is(200);
    assert_eq!(test.read("a.txt"), "one\ntwo\n");
    lab.post(&format!("/api/blocks/{}/run", id(1)), "{}").is(202);
    let shown = page.wait_for("block", |message| {
        message["block"]["id"] == id(1) && message["block"]["state"]["now"] != "running"
    });
    assert_eq!((&shown["step"], &shown["block"]["state"]["now"]), (&json!(1), &json!("passed")));
    assert_eq!(shown["block"]["used"], true);
}

/// Puts a link that leads out of the workspace in the place of our own folder there: no command of a check can run.
fn spoil(test: &LabTest) {
    let own = test.path(".scenario");
    let _ = std::fs::remove_dir_all(&own);
    std::os::unix::fs::symlink("/", &own).expect("a link");
}

#[test]
fn checks_that_cannot_be_asked_tell_the_page_why_and_do_not_stay_running() {
    let test = LabTest::book(&[PAGE, COMMANDS]);
    test.write("workspace/a.txt", "one\n");
    let lab = test.start();
    let mut page = lab.page();
    page.hello();
    spoil(&test);
    for path in ["/api/steps/1/exercises/count/check", "/api/steps/2/check"] {
        lab.post(path, "{}").is(202);
        let failed = page.wait_for("check", |message| message["check"]["state"] == "failed");
        assert_eq!(failed["check"]["text"], "`.scenario` in the workspace is a symbolic link");
        assert_ne!(failed["check"]["help"], "");
        let other = page.wait_for("check", |message| message["check"]["state"] == "unknown");
        assert_eq!(other["step"], failed["step"]);
        assert_ne!(other["check"]["id"], failed["check"]["id"]);
    }
    let hello = lab.page().hello().to_string();
    assert!(!hello.contains(r#""state":"running""#), "{hello}");
}
