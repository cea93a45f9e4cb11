//! Lines of the learner's files: those that a terminal names, mistakes that a command of the book finds after a save, and
//! formatted text.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::lab_test::{Lab, LabTest, comes_true, until};

const PAGE: &str = "# One

```text file=notes/a.txt
good apple
bad pear
```

```console
$ true
```
";

/// Looks for `bad` in the notes; a file `slow` makes it slow.
const COMMAND: &str =
    "if [ -e slow ]; then exec sleep 1000; fi; grep -Hn bad *.txt | sed 's/:bad/:5: warning: bad/'";

fn notes() -> LabTest {
    let test = LabTest::book(&[PAGE]);
    let table = format!(
        "[[preprocessor.scenario.after-save]]\ndir = \"notes\"\nformat = \"lines\"\ncommand = '''{COMMAND}'''\n"
    );
    test.write("book/book.toml", format!("[book]\ntitle = \"A book\"\n\n{table}"));
    test
}

/// Has a command of the book run, after which its others may.
fn trust(lab: &Lab) {
    let mut page = lab.page();
    lab.view("1").until_prompt();
    let id = lab.block(1, 1);
    lab.post(&format!("/api/blocks/{id}/run"), "{}").is(202);
    page.wait_for_block(&id, "passed");
}

/// Whether the command is where it is slow: the words of the shell before it have the same text.
fn is_slow(test: &LabTest) -> bool {
    test.processes().iter().any(|(_, words)| words == "sleep 1000")
}

fn saved(lab: &Lab, status: u16) {
    lab.post("/api/file/saved?path=notes/a.txt", "{}").is(status);
}

fn is_done(message: &Value) -> bool {
    message["problems"]["state"] == "done"
}

#[test]
fn lines_of_files_that_a_terminal_names_are_found_from_its_folder() {
    let test = notes();
    test.write("workspace/notes/ä/b.txt", "one\n");
    test.write("workspace/.hidden/c.txt", "one\n");
    test.write("outside.txt", "one\n");
    let lab = test.start();
    lab.post(&format!("/api/blocks/{}/apply", lab.block(1, 0)), "{}").is(200);
    let mut view = lab.view("1");
    view.until_prompt();
    view.enter("cd notes");
    view.until_prompt();
    let found =
        |text: &str| lab.post("/api/terminals/1/lines", &json!({ "text": text }).to_string()).is(200).json();
    until("the shell is there", || found("ä/b.txt:2") != json!([]));
    let places = found("😀 --> a.txt:2:5");
    let origin = json!({
        "file": "notes/a.txt", "line": 2, "origin": "book/src/step-1.md:5:1", "page": "step-1.html",
        "block": lab.block(1, 0), "row": 2,
    });
    assert_eq!(
        places,
        json!([
            { "start": 7, "end": 16, "path": "notes/a.txt", "line": 2, "column": 5, "place": origin }
        ])
    );
    let paths = |text: &str| -> Vec<String> {
        let all = found(text);
        all.as_array().expect("a list").iter().map(|one| format!("{}:{}", one["path"], one["line"])).collect()
    };
    let root = test.path("notes").display().to_string();
    assert_eq!(paths(&format!("at f (file://{root}/a.txt:1:1)")), ["\"notes/a.txt\":1"]);
    assert_eq!(paths("File \"ä/b.txt\", line 7, in f"), ["\"notes/ä/b.txt\":7"]);
    assert_eq!(paths("notes/a.txt:1 and ä/b.txt:1"), ["\"notes/a.txt\":1", "\"notes/ä/b.txt\":1"]);
    let outside = test.root().join("outside.txt").display().to_string();
    for none in [
        "no.txt:1",
        "../../outside.txt:1",
        "/etc/passwd:1",
        "ä:1",
        "../.hidden/c.txt:1",
        "../.scenario/progress.json:1",
    ] {
        assert_eq!(paths(none), [""; 0], "{none}");
    }
    assert_eq!(paths(&format!("{outside}:1")), [""; 0]);
    assert_eq!(
        paths(&format!("{} a.txt:1", "x".repeat(5000))),
        [""; 0],
        "only the beginning of a line is searched"
    );
    lab.post("/api/terminals/9/lines", "{\"text\": \"\"}").is(404);
}

#[test]
fn what_the_command_of_the_book_finds_after_a_save_is_sent_with_its_place_in_the_book() {
    let test = notes();
    let lab = test.start();
    lab.post(&format!("/api/blocks/{}/apply", lab.block(1, 0)), "{}").is(200);
    trust(&lab);
    let mut page = lab.page();
    assert_eq!(page.hello()["problems"]["state"], "never");
    test.write("workspace/notes/b.txt", "\nbad plum\n");
    saved(&lab, 202);
    let problems = page.wait_for("problems", is_done)["problems"].clone();
    assert_eq!(problems["text"], "2 warnings");
    assert_eq!(problems["command"], format!("{COMMAND} (in notes)"));
    let list = problems["list"].as_array().expect("a list");
    let short = |one: &Value| {
        let at = format!("{}:{}:{}", one["path"].as_str().unwrap_or_default(), one["line"], one["column"]);
        format!("{at} {} {} {}", one["severity"], one["message"], one["place"]["origin"])
    };
    assert_eq!(
        list.iter().map(short).collect::<Vec<_>>(),
        [
            "notes/a.txt:2:5 \"warning\" \"bad pear\" \"book/src/step-1.md:5:1\"",
            "notes/b.txt:2:5 \"warning\" \"bad plum\" null",
        ]
    );
    assert_eq!(lab.page().hello()["problems"], problems, "a window that is opened later knows of it");
    // A file of another folder is none of its business.
    test.write("workspace/other.txt", "bad\n");
    lab.post("/api/file/saved?path=other.txt", "{}").is(204);
    lab.post("/api/file/saved?path=../other.txt", "{}").is(400);
    // A job makes the files others.
    lab.post("/api/steps/1/begin", "{}").is(202);
    page.wait_for("problems", |message| message["problems"]["state"] == "never");
    page.wait_for_job();
}

#[test]
fn the_command_does_not_run_before_the_learner_has_had_something_run() {
    let test = notes();
    let lab = test.start();
    test.write("workspace/notes/slow", "");
    test.write("workspace/notes/a.txt", "bad\n");
    saved(&lab, 204);
    lab.post(&format!("/api/blocks/{}/apply", lab.block(1, 0)), "{}").is(200);
    saved(&lab, 204);
    assert!(!is_slow(&test));
    trust(&lab);
    saved(&lab, 202);
    until("it runs", || is_slow(&test));
}

#[test]
fn the_next_save_ends_the_command_and_so_does_the_end_of_the_lab() {
    let test = notes();
    let mut lab = test.start();
    test.write("workspace/notes/a.txt", "bad\n");
    trust(&lab);
    let mut page = lab.page();
    test.write("workspace/notes/slow", "");
    saved(&lab, 202);
    until("it runs", || is_slow(&test));
    std::fs::remove_file(test.path("notes/slow")).expect("a file");
    let begin = Instant::now();
    // Of several at once the last one's result counts.
    (0..5).for_each(|_| saved(&lab, 202));
    page.wait_for("problems", is_done);
    assert!(begin.elapsed() < Duration::from_secs(20), "it was waited for");
    until("the first one is gone", || !is_slow(&test));
    test.write("workspace/notes/slow", "");
    saved(&lab, 202);
    until("it runs again", || is_slow(&test));
    lab.stop(Signal::SIGINT);
    assert!(comes_true(Duration::from_secs(1), || !is_slow(&test)), "it outlives the lab");
}

#[test]
fn a_file_is_formatted_only_if_it_parses_and_the_blocks_of_the_book_still_fit() {
    let page = "# One\n\n```rust file=src/main.rs\nfn main() {\n    let a  = 1;\n}\n```\n\n\
        ```rust file=src/main.rs insert-after=\"let a  = 1;\"\n    let b = 2;\n```\n\n```console\n$ true\n```\n";
    let test = LabTest::book(&[page]);
    let lab = test.start();
    let format = |path: &str, text: &str| {
        let body = json!({ "text": text }).to_string();
        lab.post(&format!("/api/file/format?path={path}"), &body).is(200).json()
    };
    let stays = json!({ "text": null, "why": "" });
    assert_eq!(format("src/other.rs", "fn  main(){}"), stays, "nothing of the book was run yet");
    let mut events = lab.page();
    lab.view("1").until_prompt();
    let id = lab.block(1, 2);
    lab.post(&format!("/api/blocks/{id}/run"), "{}").is(202);
    events.wait_for_block(&id, "passed");
    assert_eq!(
        format("src/other.rs", "mod  a;fn  main(){}"),
        json!({ "text": "mod a;\nfn main() {}\n", "why": "" })
    );
    assert_eq!(format("src/other.rs", "fn main() {"), stays, "it does not parse");
    assert_eq!(format("src/other.rs", "fn main() {}\n"), stays, "it is formatted");
    assert_eq!(format("notes.txt", "fn  main(){}"), stays, "it is no Rust");
    // The words of the page are what the next block looks for.
    let text = "fn main() {\n    let a  = 1;\n}\n";
    let kept = json!({ "text": null, "why": "the block at book/src/step-1.md:3:1 would not fit any more" });
    assert_eq!(format("src/main.rs", text), kept);
    let own = "fn main() {\n    let  c = 1;\n}\n";
    assert_eq!(
        format("src/main.rs", own)["text"],
        "fn main() {\n    let c = 1;\n}\n",
        "no block fits, before or after"
    );
    assert!(test.read(".scenario/unformatted.rs").contains("No such file"));
}

#[test]
fn a_terminal_has_a_name_and_is_emptied_in_all_windows() {
    let test = notes();
    let lab = test.start();
    let (mut page, mut one, mut two) = (lab.page(), lab.view("1"), lab.view("1"));
    lab.post("/api/terminals/1/name", "{\"name\": \" the server \"}").is(204);
    page.wait_for("terminals", |message| message["terminals"][0]["name"] == "the server");
    lab.post("/api/terminals/1/name", &json!({ "name": "x".repeat(25) }).to_string()).is(400);
    lab.post("/api/terminals/1/name", "{\"name\": \"a\\nb\"}").is(400);
    lab.post("/api/terminals/9/name", "{\"name\": \"x\"}").is(404);
    one.until_prompt();
    one.enter("seq 1 200");
    two.until_line("200");
    two.until_prompt();
    lab.post("/api/terminals/1/clear", "{}").is(204);
    for view in [&mut one, &mut two] {
        view.until("an empty screen with a prompt", |text| text.trim() == "$");
    }
    let mut later = lab.view("1");
    later.until_prompt();
    later.scroll(100);
    assert_eq!(later.text().trim(), "$", "what was above the screen is gone as well");
    one.enter("echo goes on");
    one.until_line("goes on");
    lab.post("/api/terminals/9/clear", "{}").is(404);
}
