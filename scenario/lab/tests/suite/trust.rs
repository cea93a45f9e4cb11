//! An imported book: the server refuses whatever would run something of it, until the learner agrees to the list.

use serde_json::{Value, json};

use crate::http::Ask;
use crate::lab_test::{Lab, LabTest, until};

const PAGE: &str = "# One\n\n```text file=a.txt\none\n```\n\n```console\n$ echo ran >> log\n```\n\n\
    ```console background=serve ready=log:up within=30s\n$ echo up; sleep 1001\n```\n\n\
    <!-- scenario: check command=\"echo checked >> log\" -->\n";
const TOML: &str = "[book]\ntitle = \"Tea\"\n\n[preprocessor.scenario]\nimported = true\n";

fn imported(page: &str) -> LabTest {
    let test = LabTest::book(&[page]);
    test.write("book/book.toml", TOML);
    test
}

/// What the page still has to ask.
fn digest(lab: &Lab) -> Value {
    lab.page().hello()["untrusted"]["digest"].clone()
}

fn agree(lab: &Lab) {
    lab.post("/api/trust", &json!({"digest": digest(lab)}).to_string()).is(204);
}

fn post(lab: &Lab, path: &str) -> Ask {
    lab.ask("POST", path).cookie().origin().json("{}")
}

/// All requests that run something of the book.
fn presses(lab: &Lab) -> Vec<Ask> {
    let block = |index: usize, what: &str| post(lab, &format!("/api/blocks/{}/{what}", lab.block(1, index)));
    vec![
        block(0, "apply"),
        block(0, "restore"),
        block(1, "run"),
        block(2, "run"),
        block(1, "asked"),
        lab.ask("GET", &format!("/api/blocks/{}/compare", lab.block(1, 1))).cookie(),
        lab.ask("GET", "/api/prometheus/9090/query?query=up").cookie(),
        post(lab, &format!("/api/running/{}/start", lab.block(1, 2))),
        post(lab, "/api/steps/1/check"),
        post(lab, "/api/steps/1/exercises/x/check"),
        post(lab, "/api/steps/1/begin"),
        post(lab, "/api/steps/1/solve"),
        post(lab, "/api/steps/1/take?path=a.txt"),
        post(lab, "/api/preflight/provide"),
        post(lab, "/api/a/new/button"),
    ]
}

#[test]
fn nothing_of_an_imported_book_runs_before_the_learner_agrees() {
    let test = imported(PAGE);
    let lab = test.start();
    for ask in presses(&lab) {
        let answer = ask.send().is(403).json();
        assert_eq!(answer["untrusted"], true, "{answer}");
        assert_eq!(answer["error"], "this book was imported, and you have not agreed yet to what it runs");
    }
    assert!(!test.path("log").exists() && !test.path("a.txt").exists());
    // The book is shown, and the terminals and files are the learner's.
    lab.get("/book/step-1.html").is(200);
    lab.put("mine.txt", None, "mine\n").is(204);
    lab.post("/api/terminals", "{}").is(201);
    let mut view = lab.view("1");
    view.until_prompt();
    view.enter("cat mine.txt");
    view.until_line("mine");
    until("the prompt", || lab.page().hello()["terminals"][0]["busy"].is_null());
    for (path, body) in [
        ("folder?path=own", "{}"),
        ("terminals/1/name", r#"{"name": "mine"}"#),
        ("terminals/1/lines", r#"{"text": "mine.txt:1"}"#),
        ("terminals/1/clear", "{}"),
    ] {
        let answer = lab.post(&format!("/api/{path}"), body);
        assert!(answer.status < 300, "{path}: {answer:?}");
    }
    lab.get("/api/files/search?text=mine").is(200);
    agree(&lab);
    lab.post(&format!("/api/blocks/{}/run", lab.block(1, 1)), "{}").is(202);
    until("the command", || test.read("log").contains("ran\n"));
    lab.post("/api/steps/1/check", "{}").is(202);
    until("the check", || test.read("log").contains("checked\n"));
}

#[test]
fn the_list_has_all_that_the_book_runs() {
    let test = imported(PAGE);
    let lab = test.start();
    let list = lab.get("/api/trust").is(200).json();
    assert_eq!(list["digest"], digest(&lab));
    let rows: Vec<[&str; 3]> = list["listed"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| ["kind", "title", "text"].map(|key| row[key].as_str().expect("a text")))
        .collect();
    assert_eq!(
        rows,
        [
            ["file", "write `a.txt`", "one\n"],
            ["command", "", "echo ran >> log"],
            ["command", "", "echo up; sleep 1001"],
            ["check", "", "echo checked >> log"],
        ]
    );
    assert!(
        list["listed"][1]["position"].as_str().is_some_and(|at| at.ends_with("src/step-1.md:8:3")),
        "{list}"
    );
    assert_eq!(lab.page().hello()["untrusted"]["counts"], "2 commands, 1 file, 1 check");
}

#[test]
fn what_is_too_long_for_the_list_is_counted() {
    let commands: String = (0..501).map(|number| format!("$ echo {number}\n")).collect();
    let long =
        format!("# One\n\n```text file=a.txt\n{}\n```\n\n```console\n{commands}```\n", "ä".repeat(5000));
    let test = imported(&format!("{long}\n<!-- scenario: check file=a.txt contains=a -->\n"));
    let list = test.start().get("/api/trust").is(200).json();
    assert_eq!((list["listed"].as_array().map(Vec::len), &list["more"]), (Some(500), &json!(3)));
    assert_eq!(list["listed"][0]["more"], 10_001 - 8192);
}

#[test]
fn a_book_that_changes_is_asked_for_again_while_the_lab_runs() {
    let test = imported(PAGE);
    let lab = test.start();
    let mut page = lab.page();
    let first = digest(&lab);
    agree(&lab);
    page.wait_for("trust", |message| message["untrusted"].is_null());
    test.change_page("src/step-1.md", "echo ran", "echo changed");
    page.wait_for("trust", |message| message["untrusted"]["counts"] == "2 commands, 1 file, 1 check");
    post(&lab, &format!("/api/blocks/{}/run", lab.block(1, 1))).send().is(403);
    // Whoever has read the old list has not read the new one.
    lab.post("/api/trust", &json!({"digest": first}).to_string()).is(409);
    post(&lab, "/api/steps/1/solve").send().is(403);
    // As it was, it is trusted still.
    test.change_page("src/step-1.md", "echo changed", "echo ran");
    page.wait_for("trust", |message| message["untrusted"].is_null());
    lab.post(&format!("/api/blocks/{}/run", lab.block(1, 1)), "{}").is(202);
    until("the command", || test.read("log") == "ran\n");
}

#[test]
fn a_book_stays_imported_while_the_lab_runs_whatever_it_says() {
    let test = imported(PAGE);
    let lab = test.start();
    let mut page = lab.page();
    let toml = TOML.replace("imported = true\n", "");
    let program = test.root().join("started");
    let evil = format!("[preprocessor.evil]\ncommand = \"touch {}\"\n", program.display());
    test.write("book/book.toml", format!("{toml}\n{evil}"));
    test.change_page("src/step-1.md", "echo ran", "echo changed");
    page.wait_for("steps", |message| message["steps"].to_string().contains("echo changed"));
    post(&lab, "/api/steps/1/solve").send().is(403);
    assert!(!program.exists());
}

#[test]
fn rustfmt_runs_only_for_a_book_that_is_trusted_still() {
    let test = imported(PAGE);
    let lab = test.start();
    let mut page = lab.page();
    let format = || {
        lab.post("/api/file/format?path=a.rs", &json!({"text": "fn  main() {}\n"}).to_string()).is(200).json()
    };
    agree(&lab);
    lab.post("/api/steps/1/check", "{}").is(202);
    until("the check", || test.read("log").contains("checked\n"));
    until("the format", || format()["text"] == "fn main() {}\n");
    test.change_page("src/step-1.md", "echo ran", "echo changed");
    page.wait_for("trust", |message| !message["untrusted"].is_null());
    assert!(format()["text"].is_null());
}

#[test]
fn trust_outlives_the_lab_and_is_not_in_the_workspace() {
    let test = imported(PAGE);
    let mut lab = test.start();
    agree(&lab);
    lab.stop(nix::sys::signal::Signal::SIGINT);
    assert!(test.root().join("state/trusted").is_dir());
    let lab = test.start();
    assert!(digest(&lab).is_null());
    lab.post("/api/steps/1/check", "{}").is(202);
}

#[test]
fn no_program_of_an_imported_book_toml_is_started_and_no_file_included() {
    let test = imported(
        "# One\n\n{{#include ../../secret.txt}}\n\n```console\n$ true\n```\n\n<!-- scenario: check file=a absent -->\n",
    );
    test.write("secret.txt", "sesame\n");
    let evil = "[preprocessor.evil]\ncommand = \"touch started\"\n\n[output.html]\n\n[output.other]\ncommand = \"touch started\"\n";
    test.write("book/book.toml", format!("{TOML}\n{evil}"));
    let lab = test.start();
    let page = lab.get("/book/step-1.html").is(200).text();
    assert!(page.contains("include ../../secret.txt") && !page.contains("sesame"), "{page}");
    assert!(!test.root().join("started").exists() && !test.root().join("book/started").exists());
}

#[test]
fn a_book_that_was_not_imported_has_no_list() {
    let test = LabTest::second_book();
    let lab = test.start();
    assert!(digest(&lab).is_null());
    lab.get("/api/trust").is(404);
}
