//! The buttons of a step, progress, and the book while it is written.

use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::free_port::free_port;
use crate::lab_test::{Lab, LabTest, comes_true, until};
use crate::sockets::text;

/// Two steps whose checks ask a port that nobody else has.
fn served() -> (LabTest, u16) {
    let port = free_port();
    let one = format!(
        "# Serve\n\n```text file=www/a.txt\none\n```\n\n```console background=web ready=http://127.0.0.1:{port}/ within=20s\n$ python3 -m http.server {port} --bind 127.0.0.1 --directory www\n```\n\n<!-- scenario: check http url=http://127.0.0.1:{port}/a.txt status=200 contains=\"one\" within=1s -->\n<!-- scenario: check http url=http://127.0.0.1:{port}/b.txt status=404 within=1s -->\n"
    );
    let two = format!(
        "# Change\n\n```text file=www/a.txt append\ntwo\n```\n\n<!-- scenario: check http url=http://127.0.0.1:{port}/a.txt contains=\"two\" within=1s -->\n"
    );
    (LabTest::book(&[&one, &two]), port)
}

fn press(lab: &Lab, step: usize, button: &str) {
    lab.post(&format!("/api/steps/{step}/{button}"), "{}").is(202);
}

#[test]
fn a_check_streams_what_was_expected_and_found_and_what_to_do() {
    let (test, port) = served();
    let lab = test.start();
    let mut page = lab.page();
    press(&lab, 1, "check");
    let first = page.wait_for("check", |message| message["check"]["state"] != "running")["check"].clone();
    assert_eq!(first["state"], "failed", "{first}");
    assert!(text(&first["text"]).ends_with("nothing listens there"), "{first}");
    assert_eq!(first["help"], "step 1 starts `web` there; “Solve step” in step 1 runs it for you");
    let checked = page.wait_for("checked", |message| message["by"] == "learner");
    let expected =
        json!({"type": "checked", "step": 1, "passed": 0, "total": 2, "done": false, "by": "learner"});
    assert_eq!(checked, expected);
    press(&lab, 1, "solve");
    assert_eq!(page.wait_for_job()["state"], "passed");
    let checked = page.wait_for("checked", |message| message["by"] == "learner");
    assert_eq!((&checked["passed"], &checked["done"]), (&json!(2), &json!(true)));
    let passed = |message: &&Value| message["type"] == "check" && message["check"]["state"] == "passed";
    assert!(page.heard.iter().filter(passed).count() >= 2, "{:#?}", page.heard);
    assert!(text(&first["title"]).contains(&port.to_string()), "{first}");
    press(&lab, 2, "check");
    let second =
        page.wait_for("check", |message| message["step"] == 2 && message["check"]["state"] != "running");
    let second = &second["check"];
    assert_eq!(
        (&second["state"], &second["expected"], &second["found"]),
        (&json!("failed"), &json!("a body that contains `two`"), &json!("a body that does not"))
    );
    assert_eq!(
        second["help"],
        "the first block of this step that was not used yet is the one for `www/a.txt`"
    );
}

#[test]
fn checks_that_run_by_themselves_never_report_a_failure() {
    let (test, _) = served();
    let lab = test.start();
    let mut page = lab.page();
    lab.post(&format!("/api/blocks/{}/apply", lab.block(1, 0)), "{}").is(200);
    let checked = page.wait_for("checked", |message| message["by"] == "lab");
    assert_eq!(checked["passed"], 0);
    let failed = |message: &&Value| message["type"] == "check" && message["check"]["state"] == "failed";
    assert_eq!(page.heard.iter().find(failed), None);
    lab.post(&format!("/api/blocks/{}/run", lab.block(1, 1)), "{}").is(202);
    let done = page.wait_for("checked", |message| message["by"] == "lab" && message["done"] == true);
    assert_eq!(done["step"], 1);
}

#[test]
fn a_step_is_solved_reset_and_compared() {
    let (test, port) = served();
    let lab = test.start();
    let mut page = lab.page();
    press(&lab, 2, "solve");
    let job = page.wait_for_job();
    assert_eq!((&job["state"], &job["title"]), (&json!("passed"), &json!("Solving step 2, Step 2")));
    assert_eq!(test.read("www/a.txt"), "one\ntwo\n");
    let hello = lab.page().hello().clone();
    assert_eq!(
        (&hello["step"], &hello["steps"][0]["done"], &hello["steps"][1]["done"]),
        (&json!(2), &json!(true), &json!(true))
    );
    assert_eq!(lab.get("/api/steps/2/diff").is(200).json(), json!([]));
    test.write("workspace/www/a.txt", "mine\n");
    let differs = json!([{"path": "www/a.txt", "mine": "mine\n", "book": "one\ntwo\n"}]);
    assert_eq!(lab.get("/api/steps/2/diff").is(200).json(), differs);
    press(&lab, 2, "begin");
    assert_eq!(page.wait_for_job()["state"], "passed");
    assert_eq!(test.read("www/a.txt"), "one\n");
    let kept = walk(&test.path(".scenario/kept"));
    assert!(
        kept.iter().any(|path| std::fs::read_to_string(path).is_ok_and(|text| text == "mine\n")),
        "{kept:?}"
    );
    let hello = lab.page().hello().clone();
    assert_eq!((&hello["steps"][0]["done"], &hello["steps"][1]["done"]), (&json!(true), &json!(false)));
    assert_eq!(hello["steps"][1]["blocks"][0]["used"], false);
    press(&lab, 1, "begin");
    assert_eq!(page.wait_for_job()["state"], "passed");
    assert!(!test.path("www/a.txt").exists());
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err(), "nothing of the book runs");
    let differs = lab.get("/api/steps/1/diff").is(200).json();
    assert_eq!(differs, json!([{"path": "www/a.txt", "mine": null, "book": "one\n"}]));
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| if entry.path().is_dir() { walk(&entry.path()) } else { vec![entry.path()] })
        .collect()
}

#[test]
fn a_job_that_is_cancelled_says_so_and_leaves_nothing_running() {
    let test = LabTest::book(&["# One\n\n```console\n$ sleep 1001\n```\n"]);
    let lab = test.start();
    let mut page = lab.page();
    press(&lab, 1, "solve");
    crate::lab_test::until("the command", || test.process("sleep 1001").is_some());
    lab.post("/api/job/cancel", "{}").is(204);
    assert_eq!(page.wait_for_job()["state"], "cancelled");
    assert_eq!(test.process("sleep 1001"), None);
}

#[test]
fn a_job_ends_with_the_lab() {
    let test = LabTest::book(&["# One\n\n```console\n$ sleep 1001\n```\n"]);
    let mut lab = test.start();
    press(&lab, 1, "solve");
    crate::lab_test::until("the command", || test.process("sleep 1001").is_some());
    assert!(lab.stop(Signal::SIGTERM).success());
    crate::lab_test::until("the end of all", || test.processes().is_empty());
}

#[test]
fn progress_is_kept_in_the_workspace_and_resumed() {
    let test = LabTest::second_book();
    let mut lab = test.start();
    assert_eq!((&lab.page().hello()["step"], &lab.page().hello()["guide"]), (&json!(1), &json!(true)));
    lab.post("/api/guide/dismiss", "{}").is(204);
    lab.post(&format!("/api/blocks/{}/apply", lab.block(1, 0)), "{}").is(200);
    lab.post("/api/steps/2/here", "{}").is(204);
    lab.stop(Signal::SIGINT);
    assert!(test.path(".scenario/progress.json").is_file());
    let again = test.start();
    let hello = again.page().hello().clone();
    assert_eq!((&hello["step"], &hello["guide"]), (&json!(2), &json!(false)));
    assert_eq!(
        (&hello["steps"][0]["blocks"][0]["used"], &hello["steps"][0]["blocks"][1]["used"]),
        (&json!(true), &json!(false))
    );
}

#[test]
fn progress_that_cannot_be_read_is_as_good_as_none() {
    let test = LabTest::second_book();
    test.write("workspace/.scenario/progress.json", "{");
    let lab = test.start();
    assert_eq!(lab.page().hello()["step"], 1);
}

#[test]
fn progress_beyond_the_end_of_the_book_is_its_last_step() {
    let test = LabTest::second_book();
    test.write(
        "workspace/.scenario/progress.json",
        "{\"step\": 99, \"guide\": false, \"used\": [], \"done\": [99]}",
    );
    let lab = test.start();
    assert_eq!(lab.page().hello()["step"], 3);
}

#[test]
fn a_page_of_the_book_that_changes_is_shown_to_all_windows() {
    let test = LabTest::second_book();
    let lab = test.start();
    // Eight windows, each with its events: all hear the same.
    let mut pages: Vec<_> = (0..8).map(|_| lab.page()).collect();
    let before = lab.block(1, 1);
    test.change_page("src/step-1-write.md", "cheese\n", "butter\n");
    for page in &mut pages {
        let told = page.wait_for("book", |_| true);
        assert!(told["error"].is_null(), "{told}");
        let steps = page.wait_for("steps", |_| true);
        assert_eq!(steps["steps"].as_array().map(Vec::len), Some(3));
    }
    assert!(lab.get("/book/step-1-write.html").is(200).text().contains("butter"));
    assert_ne!(lab.block(1, 1), before, "a block that was changed has another id");
    assert_eq!(lab.post(&format!("/api/blocks/{before}/apply"), "{}").status, 404);
}

#[test]
fn a_page_that_was_renamed_leads_to_the_step_and_the_title_follows_the_book() {
    let test = LabTest::second_book();
    let lab = test.start();
    let mut page = lab.page();
    lab.post("/api/steps/2/here", "{}").is(204);
    std::fs::rename(
        test.root().join("book/src/step-2-serve.md"),
        test.root().join("book/src/step-2-publish.md"),
    )
    .expect("a page");
    test.change_page("src/SUMMARY.md", "step-2-serve.md", "step-2-publish.md");
    page.wait_for("steps", |message| message["steps"][1]["page"] == "step-2-publish.html");
    let gone = lab.get("/book/step-2-serve.html").is(404).text();
    assert!(gone.contains("<h1>This page is not in the book</h1>"), "{gone}");
    assert!(gone.contains("<a href=\"/book/step-2-publish.html\">2. Serve them</a>"), "{gone}");
    let title = page.hello()["title"].as_str().expect("a title").to_owned();
    test.change_page("book.toml", &title, "Another <title>");
    page.wait_for("book", |message| message["title"] == "Another <title>");
}

#[test]
fn a_block_keeps_its_tick_when_another_comes_before_it() {
    let test = LabTest::second_book();
    let lab = test.start();
    let mut page = lab.page();
    let used = lab.block(1, 0);
    lab.post(&format!("/api/blocks/{used}/apply"), "{}").is(200);
    let above = "```text ignore=\"an example\"\nbread\n```\n\n```text file=";
    test.change_page(
        "src/step-1-write.md",
        "```text file=notes/shopping.txt\n",
        &format!("{above}notes/shopping.txt\n"),
    );
    let steps = page.wait_for("steps", |_| true);
    let blocks = &steps["steps"][0]["blocks"];
    assert_eq!((&blocks[0]["kind"], &blocks[0]["used"]), (&json!("ignored"), &json!(false)));
    assert_eq!((&blocks[1]["id"], &blocks[1]["used"]), (&json!(used), &json!(true)));
}

#[test]
fn a_mistake_in_a_page_is_shown_and_the_old_pages_stay() {
    let test = LabTest::second_book();
    let lab = test.start();
    let mut page = lab.page();
    let shows = |text: &str| {
        let shown = lab.get("/book/step-1-write.html").is(200).text();
        assert!(shown.contains(text), "no {text} in the page");
    };
    test.change_page("src/step-1-write.md", "insert-after=\"milk\"", "insert-after=\"wine\"");
    let message = page.wait_for("book", |_| true);
    let error = &message["error"];
    assert_eq!((&error["message"], &error["count"]), (&json!(null), &json!(1)));
    let mistake = &error["mistakes"][0];
    assert!(text(&mistake["path"]).ends_with("src/step-1-write.md"), "{mistake}");
    assert_eq!((&mistake["line"], &mistake["column"]), (&13.into(), &49.into()), "{mistake}");
    assert_eq!(text(&mistake["code"]), "marker-not-found");
    assert!(text(&mistake["message"]).starts_with("marker not found in"), "{mistake}");
    assert_eq!(text(&mistake["help"][0]), "none of the 3 lines there is similar");
    assert!(text(&mistake["excerpt"]).contains("insert-after=\"wine\""), "{mistake}");
    // Where it is in the pages that are shown.
    assert_eq!(text(&mistake["page"]), "step-1-write.html");
    assert_eq!(text(&mistake["block"]), lab.block(1, 1));
    assert_eq!(lab.page().hello()["book_error"], *error, "a page that connects later");
    shows("cheese");
    test.change_page("src/step-1-write.md", "insert-after=\"wine\"", "insert-after=\"bread\"");
    assert!(page.wait_for("book", |_| true)["error"].is_null());
    shows("cheese");
}

/// A page may be saved while the lab that has read it still starts.
#[test]
fn what_is_saved_while_the_lab_starts_is_shown() {
    let test = LabTest::second_book();
    // The lab asks for cargo's version once it has rendered the book.
    let page = test.root().join("book/src/step-1-write.md");
    let test = test.with_program("cargo", &format!("sed -i 's/cheese$/butter/' {}", page.display()));
    let lab = test.start();
    let mut page = lab.page();
    assert!(page.wait_for("book", |_| true)["error"].is_null());
    let shown = lab.get("/book/step-1-write.html").is(200).text();
    assert!(shown.contains("butter"), "{shown}");
}

/// Settings with a stylesheet that is not there.
const MISSING: &str = "src = \"src\"\n\n[output.html]\nadditional-css = [\"missing.css\"]";

#[test]
fn a_book_that_cannot_be_rendered_any_more_is_still_shown() {
    let test = LabTest::second_book();
    let lab = test.start();
    let mut page = lab.page();
    let shows = |text: &str| {
        let shown = lab.get("/book/step-1-write.html").is(200).text();
        assert!(shown.contains(text), "no {text} in the page");
    };
    // mdBook finds the mistake when it has begun to write already. Each of its two folders is the shown one in turn.
    for (before, after) in [("cheese", "butter"), ("butter", "curd")] {
        for (from, to) in [("src = \"src\"", MISSING), ("missing.css", "gone.css")] {
            test.change_page("book.toml", from, to);
            let message = text(&page.wait_for("book", |_| true)["error"]["message"]);
            assert!(message.contains("failed to render"), "{message}");
            shows(before);
        }
        lab.post(&format!("/api/blocks/{}/apply", lab.block(1, 0)), "{}").is(200);
        test.change_page("book.toml", &MISSING.replace("missing.css", "gone.css"), "src = \"src\"");
        assert!(page.wait_for("book", |_| true)["error"].is_null());
        test.change_page("src/step-1-write.md", &format!("{before}\n"), &format!("{after}\n"));
        assert!(page.wait_for("book", |_| true)["error"].is_null());
        shows(after);
        // The next mistake meets the other folder.
        test.change_page("src/step-1-write.md", "A list of what to buy", "A list of what to buy now");
        assert!(page.wait_for("book", |_| true)["error"].is_null());
    }
}

#[test]
fn eight_windows_hear_the_same() {
    let test = LabTest::second_book();
    let lab = test.start();
    let mut pages: Vec<_> = (0..8).map(|_| lab.page()).collect();
    lab.post("/api/terminals", "{}").is(201);
    lab.post(&format!("/api/blocks/{}/apply", lab.block(1, 0)), "{}").is(200);
    lab.post("/api/steps/2/here", "{}").is(204);
    let told: Vec<Vec<Value>> = pages
        .iter_mut()
        .map(|page| {
            page.wait_for("progress", |message| message["step"] == 2);
            let told = page
                .heard
                .iter()
                .filter(|message| matches!(message["type"].as_str(), Some("block" | "progress")));
            told.cloned().collect()
        })
        .collect();
    assert!(told.iter().all(|heard| *heard == told[0]), "{told:#?}");
    drop(pages.split_off(1));
    lab.post("/api/steps/3/here", "{}").is(204);
    pages[0].wait_for("progress", |message| message["step"] == 3);
}

#[test]
fn a_page_that_says_something_to_the_events_is_closed() {
    let test = LabTest::second_book();
    let lab = test.start();
    let mut page = lab.page();
    page.socket.say(tokio_tungstenite::tungstenite::Message::Text("{}".into()));
    page.socket.until_closed();
}

#[test]
fn pages_are_informed_that_the_lab_stops() {
    let test = LabTest::second_book();
    let mut lab = test.start();
    let mut page = lab.page();
    let folder = test.root().join("cache/scenario/lab");
    let rendered = || std::fs::read_dir(&folder).map(Iterator::count).expect("the folder of rendered books");
    assert_eq!(rendered(), 1);
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(lab.pid()), Signal::SIGINT).expect("the lab runs");
    page.wait_for("stopping", |_| true);
    assert!(lab.stop(Signal::SIGINT).success());
    assert_eq!(rendered(), 0, "the rendered book is gone");
}

#[test]
fn a_terminal_goes_on_where_the_step_has_left_it() {
    let test = LabTest::book(&["# One\n\n```console\n$ mkdir -p app; cd app; A=1\n```\n"]);
    let lab = test.start();
    let (mut page, mut view) = (lab.page(), lab.view("1"));
    view.until_prompt();
    press(&lab, 1, "solve");
    assert_eq!(page.wait_for_job()["state"], "passed");
    // One that was open, from its next prompt on.
    view.enter("");
    view.enter("clear; echo A is $A in ${PWD##*/}");
    view.until_line("A is 1 in app");
    // A new one of that name.
    lab.ask("DELETE", "/api/terminals/1").cookie().origin().json("").send().is(204);
    lab.post("/api/terminals", "{}").is(201);
    let mut view = lab.view("1");
    view.until_prompt();
    view.enter("clear; echo A is $A in ${PWD##*/}");
    view.until_line("A is 1 in app");
}

#[test]
fn a_chapter_that_the_machine_cannot_run_is_neither_done_nor_failed() {
    let pages = [
        "```text file=a.txt\none\n```\n",
        "<!-- scenario: needs what=\"a moon\" command=\"test -e /moon\" -->\n\n\
         ```text file=b.txt\ntwo\n```\n\n<!-- scenario: check file=b.txt contains=two -->\n",
        "```text file=c.txt\nthree\n```\n",
    ];
    let test = LabTest::book(&pages);
    let lab = test.start();
    let mut page = lab.page();
    press(&lab, 2, "check");
    let check = page.wait_for("check", |message| message["check"]["state"] != "running")["check"].clone();
    let skipped = "skipped: this machine lacks what the chapter needs: a moon";
    assert_eq!((&check["state"], &check["text"]), (&json!("unknown"), &json!(skipped)));
    press(&lab, 3, "solve");
    assert_eq!(page.wait_for_job()["state"], "passed");
    let steps = lab.page().hello()["steps"].clone();
    let done: Vec<&Value> = (0..3).map(|step| &steps[step]["done"]).collect();
    assert_eq!(done, [&json!(true), &json!(false), &json!(true)]);
    assert!(!test.path("workspace/b.txt").exists());
}

/// Whoever opens a book has not run it yet.
#[test]
fn the_lab_runs_no_command_of_a_check_before_the_learner_has_had_something_run() {
    let page = "# One\n\n```console\n$ true\n```\n\n<!-- scenario: check command=\"touch checked\" -->\n";
    let test = LabTest::book(&[page]);
    let lab = test.start();
    let mut page = lab.page();
    lab.post("/api/steps/1/here", "{}").is(204);
    // It asks every five seconds, and says that it is alive every two.
    for _ in 0..5 {
        page.wait_for("alive", |_| true);
    }
    assert!(!test.path("checked").exists());
    lab.post(&format!("/api/blocks/{}/run", lab.block(1, 0)), "{}").is(202);
    until("the check by itself", || test.path("checked").exists());
}

#[test]
fn what_is_done_while_no_page_is_open_is_seen_by_the_next_one() {
    let page = "# One\n\n```console\n$ mkdir target; touch target/there\n```\n\n\
        <!-- scenario: check command=\"test -e target/there\" -->\n";
    let test = LabTest::book(&[page]);
    let lab = test.start();
    let mut page = lab.page();
    lab.post(&format!("/api/blocks/{}/run", lab.block(1, 0)), "{}").is(202);
    page.wait_for("check", |message| message["check"]["state"] == "passed");
    drop(page);
    let mut view = lab.view("1");
    view.until_prompt();
    view.enter("rm target/there; echo gone");
    view.until_line("gone");
    // No page is told of it: the lab looks, and finds nobody.
    comes_true(Duration::from_secs(1), || false);
    let mut page = lab.page();
    page.wait_for("check", |message| message["check"]["text"] == "no longer passes");
}
