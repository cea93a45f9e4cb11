//! What the learner had where the lab has written the book's: kept, and put back by a button.

use serde_json::{Value, json};

use crate::lab_test::{Lab, LabTest};

fn mine(lab: &Lab, path: &str) -> crate::http::Answer {
    lab.post(&format!("/api/file/mine?path={path}"), "{}")
}

/// Two steps, of which the learner has changed what the first wrote, and a job has brought the book's back.
fn reset() -> (LabTest, Lab, Value) {
    let test = LabTest::book(&[
        "# One\n\n```text file=a.txt\none\n```\n",
        "# Two\n\n```text file=b.txt\ntwo\n```\n",
    ]);
    let lab = test.start();
    let mut page = lab.page();
    lab.post("/api/steps/2/solve", "{}").is(202);
    assert_eq!(page.wait_for_job()["kept"], json!([]));
    test.write("workspace/a.txt", "mine\n");
    test.write("workspace/b.txt", "mine too\n");
    lab.post("/api/steps/2/begin", "{}").is(202);
    let job = page.wait_for_job();
    (test, lab, job)
}

#[test]
fn what_a_job_has_replaced_is_named_and_put_back() {
    let (test, lab, job) = reset();
    assert_eq!((&job["state"], &job["kept"]), (&json!("passed"), &json!(["a.txt", "b.txt"])));
    assert_eq!(test.read("a.txt"), "one\n");
    assert!(!test.path("b.txt").exists());
    mine(&lab, "a.txt").is(204);
    mine(&lab, "b.txt").is(204);
    assert_eq!((test.read("a.txt"), test.read("b.txt")), ("mine\n".to_owned(), "mine too\n".to_owned()));
    assert_eq!(lab.page().hello()["job"]["kept"], json!([]));
    let refused = mine(&lab, "a.txt").is(409).text();
    assert!(refused.contains("`a.txt` was not replaced since the lab was started"), "{refused}");
}

#[test]
fn it_is_not_put_back_over_what_has_changed_since() {
    let (test, lab, _) = reset();
    test.write("workspace/a.txt", "new\n");
    let refused = mine(&lab, "a.txt").is(409).json();
    assert_eq!(refused["error"], "`a.txt` has changed since yours was kept");
    assert!(refused["help"].as_str().is_some_and(|help| help.contains("`.scenario/kept/")), "{refused}");
    assert_eq!(test.read("a.txt"), "new\n");
}

#[test]
fn the_books_file_is_taken_and_the_learners_comes_back() {
    let (test, lab, _) = reset();
    test.write("workspace/a.txt", "better\n");
    let taken = lab.post("/api/steps/2/take?path=a.txt", "{}").is(200).json();
    assert!(taken["kept"].as_str().is_some_and(|kept| kept.starts_with(".scenario/kept/")), "{taken}");
    assert_eq!(test.read("a.txt"), "one\n");
    mine(&lab, "a.txt").is(204);
    assert_eq!(test.read("a.txt"), "better\n");
    let new = lab.post("/api/steps/2/take?path=b.txt", "{}").is(200).json();
    assert_eq!((&new["kept"], test.read("b.txt")), (&json!(null), "two\n".to_owned()));
    for path in ["c.txt", "../a.txt", ".scenario/progress.json", ""] {
        lab.post(&format!("/api/steps/2/take?path={path}"), "{}").is(404);
    }
    lab.post("/api/steps/9/take?path=a.txt", "{}").is(404);
}
