//! The proof of a book: from nothing, red before green, and equal to what it promises.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::{Timestamp, ToSpan};
use snapbox::str;

use crate::free_port::free_port;
use crate::playground::{Playground, skipped, until};
use crate::scenario_test::ScenarioTest;
use crate::server::{Answer, ok, prometheus, serve, serve_on};

#[test]
fn the_second_book_is_proven() {
    if Command::new("python3").arg("--version").stdout(Stdio::null()).status().is_err() {
        return skipped("no python3, which is the second book's web server");
    }
    let playground = ScenarioTest::fixture("second-book").playground();
    // The book's own port may be in use, by the same test of another worktree for one.
    let port = free_port().to_string();
    for page in ["step-2-serve.md", "step-3-change.md"] {
        let path = playground.dir().join("src").join(page);
        let text = std::fs::read_to_string(&path).expect("a page");
        std::fs::write(&path, text.replace("18765", &port)).expect("a page");
    }
    let mut ran = playground.run(&["verify"]);
    ran.stdout = ran.stdout.replace(&port, "18765");
    ran.status(0).out(str![[r#"
Step 1  Write notes
  ✓ write `notes/shopping.txt`
  ✓ edit `notes/shopping.txt` (insert-after)
  ✓ cat notes/shopping.txt
  ✓ grep -c cheese notes/shopping.txt
  ✓ grep -c caviar notes/shopping.txt
  ✓ printf '%s has %s lines/n' notes/shopping.txt / "$(grep -c '' notes/shopping.txt)"
  ✓ date
  ✓ write `clock.sh`
  ✓ sh clock.sh
Step 2  Serve them
  ✓ write `notes/index.html`
  ✓ python3 -m http.server 18765 --bind 127.0.0.1 --directory notes
  ✓ `http://127.0.0.1:18765/shopping.txt` answers 200, has `content-type: text/plain`, contains `cheese`  status 200
  ✓ `http://127.0.0.1:18765/` matches `<title>[A-Z][a-z]+</title>`  status 200
Step 3  Change them
  ✓ edit `notes/index.html` (replace)
  ✓ edit `notes/shopping.txt` (append)
  ✓ `http://127.0.0.1:18765/` contains `<p>Tomorrow:`  status 200
  ✓ `http://127.0.0.1:18765/shopping.txt` matches `tea/n$`  status 200
  ✓ `http://127.0.0.1:18765/shopping.txt` answers 200  status 200
  ✓ the result is equal to `notes`
verify: 19 passed, 0 failed, 0 skipped in [TIME] s
census: 12 blocks: 6 file edits, 5 of commands, 0 queries, 1 ignored with a reason, 0 unaccounted; 5 hidden checks

"#]]);
    playground.nothing_is_left_within(1);
    assert!(!playground.path("").exists(), "the learner's folder is not for a proof");
}

#[test]
fn a_check_that_holds_before_its_step_proves_nothing() {
    let port = serve(|_| ok("hello\n"));
    let page =
        format!("# One\n\n<!-- scenario: check http url=http://127.0.0.1:{port}/ contains=hello -->\n");
    let mut ran = ScenarioTest::step(&page).playground().run(&["verify"]);
    ran.stdout = ran.stdout.replace(&port.to_string(), "[PORT]");
    ran.status(1).out(str![[r#"
Step 1  step-1
  ✗ `http://127.0.0.1:[PORT]/` contains `hello`

error: this check passes before its step, so it proves nothing
 --> src/step-1.md:3:1
  |
3 | <!-- scenario: check http url=http://127.0.0.1:[PORT]/ contains=hello -->
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  found:    status 200
  help:     check for what only this step brings about, or say `already-true="why"`
  again:    `scenario verify --step 1`

verify: 0 passed, 1 failed, 0 skipped in [TIME] s
census: 0 blocks: 0 file edits, 0 of commands, 0 queries, 0 ignored with a reason, 0 unaccounted; 1 hidden checks

"#]]);
}

#[test]
fn a_check_that_says_why_it_holds_before_its_step_passes() {
    let port = serve(|_| ok("hello\n"));
    let page = format!(
        "# One\n\n<!-- scenario: check http url=http://127.0.0.1:{port}/ contains=hello already-true=\"a test serves it\" -->\n"
    );
    ScenarioTest::step(&page).playground().run(&["verify"]).status(0);
}

#[test]
fn a_check_that_says_that_it_holds_before_its_step_must() {
    let asked = AtomicUsize::new(0);
    let port =
        serve(move |_| ok(if asked.fetch_add(1, Ordering::SeqCst) == 0 { "not yet\n" } else { "hello\n" }));
    let page = format!(
        "# One\n\n<!-- scenario: check http url=http://127.0.0.1:{port}/ contains=hello already-true=\"a test serves it\" -->\n"
    );
    let ran = ScenarioTest::step(&page).playground().run(&["verify"]);
    ran.status(1).says("this check should pass before its step (`a test serves it`), but does not");
    ran.says(" --> src/step-1.md:3:1");
}

#[test]
fn a_check_that_turns_from_red_to_green_passes() {
    let asked = AtomicUsize::new(0);
    let port =
        serve(move |_| ok(if asked.fetch_add(1, Ordering::SeqCst) == 0 { "not yet\n" } else { "hello\n" }));
    let page =
        format!("# One\n\n<!-- scenario: check http url=http://127.0.0.1:{port}/ contains=hello -->\n");
    ScenarioTest::step(&page).playground().run(&["verify"]).status(0);
}

/// Writes `promise/a.txt`; `made` is what its only step writes.
fn promise(made: &str) -> ScenarioTest {
    ScenarioTest::step(&format!("# One\n\n```text file=promise/a.txt\n{made}\n```\n"))
        .file(
            "book.toml",
            "[book]\ntitle = \"A book\"\n\n[preprocessor.scenario]\nresult = \"promise\"\n\
               seeds = [\"lock\"]\ncaches = [\"built\"]\nextras = [\"tests\"]\n",
        )
        .file("promise/a.txt", "first\nsecond\n")
}

#[test]
fn what_the_steps_make_is_compared_with_the_promised_folder() {
    promise("first\nsecond").playground().run(&["verify"]).status(0).says("the result is equal to `promise`");
}

#[test]
fn a_difference_from_the_promised_folder_is_named_by_file_and_line() {
    promise("first\n2nd").playground().run(&["verify"]).status(1).out(str![[r#"
Step 1  step-1
  ✓ write `promise/a.txt`
  ✗ the result is equal to `promise`

error: the files of the last step differ from the expected result
 --> src/step-1.md:1:1
  |
1 | # One
  | ^
    `promise/a.txt` line 2 is `second`, but the book has `2nd`
  help:     change the page or the folder until they agree: readers end up with what the page says
  again:    `scenario verify --step 1`

verify: 1 passed, 1 failed, 0 skipped in [TIME] s
census: 1 blocks: 1 file edits, 0 of commands, 0 queries, 0 ignored with a reason, 0 unaccounted; 0 hidden checks

"#]]);
}

#[test]
fn several_folders_and_files_can_be_promised() {
    let page = "# One\n\n```text file=app/a\n1\n```\n\n```text file=b.yml\n2\n```\n";
    let book = |b: &str| {
        let config = "[book]\ntitle = \"A book\"\n\n[preprocessor.scenario]\n\
                      result = [\"app\", \"config/b.yml\"]\n";
        ScenarioTest::step(page).file("book.toml", config).file("app/a", "1\n").file("config/b.yml", b)
    };
    let playground = book("2\n").playground();
    playground.run(&["verify"]).status(0).says("the result is equal to `app`, `config/b.yml`");
    let playground = book("two\n").playground();
    playground.run(&["verify"]).status(1).says("`config/b.yml` line 1 is `two`, but the book has `2`");
    playground.run(&["adopt", "--result", "--yes"]).status(0).says("-2\n+two\n");
    playground.run(&["verify"]).status(0);
}

#[test]
fn a_proof_may_be_started_in_the_promised_folder() {
    let playground = promise("first\nsecond").playground();
    let mut command = playground.command(&["--book", "..", "verify"]);
    let output =
        command.current_dir(playground.root().join("promise")).output().expect("scenario can be started");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
}

#[test]
fn a_promised_folder_that_no_page_writes_to_is_compared_all_the_same() {
    let playground = ScenarioTest::step("# One\n\n```console\n$ true\n```\n")
        .file("book.toml", "[book]\ntitle = \"A book\"\n\n[preprocessor.scenario]\nresult = \"promise\"\n")
        .file("promise/a.txt", "a\n")
        .playground();
    playground.run(&["verify"]).status(1).says("the files of the last step differ from the expected result");
}

#[test]
fn a_promised_file_that_no_page_writes_is_named() {
    let playground = promise("first\nsecond").file("promise/src/b.txt", "b\n").playground();
    playground.run(&["verify"]).status(1).says("no page of the book writes `promise/src/b.txt`");
}

#[test]
fn what_tools_leave_in_the_promised_folder_is_not_compared() {
    let playground = promise("first\nsecond")
        .file("promise/built/app", "x")
        .file("promise/tests/a.rs", "x")
        .file("promise/lock", "x")
        .playground();
    playground.run(&["verify"]).status(0);
}

#[test]
fn a_proof_of_the_first_steps_says_that_the_result_was_not_compared() {
    let playground = promise("first")
        .page("step-2.md", "# Two\n\n```text file=promise/a.txt append\nsecond\n```\n")
        .playground();
    playground.run(&["verify", "--step", "1"]).status(0).says("skipped: step 1 is not the last step");
    playground.run(&["verify"]).status(0).does_not_say("skipped: step");
}

#[test]
fn after_a_failure_later_steps_are_not_tried() {
    let playground = ScenarioTest::new()
        .page("step-1.md", "# One\n\n```console\n$ false\n```\n")
        .page("step-2.md", "# Two\n\n```console\n$ touch tried\n```\n")
        .playground();
    playground.run(&["verify"]).status(1).says("skipped: an earlier step failed");
    assert!(!playground.root().join(".cache/scenario/verify/a-book/tried").exists());
}

#[test]
fn every_proof_begins_from_nothing_but_the_caches() {
    let page = "# One\n\n```console\n$ mkdir -p app/built; ls; ls app/built; touch left app/left app/built/left\napp\n```\n";
    let book = "[book]\ntitle = \"A book\"\n\n[preprocessor.scenario]\ncaches = [\"built\"]\n";
    let playground = ScenarioTest::step(page).file("book.toml", book).playground();
    playground.run(&["verify"]).status(0);
    playground.run(&["verify"]).status(1).says("    + left\n");
    playground.run(&["verify", "--cold"]).status(0);
}

/// A world that a step has left.
fn live() -> crate::playground::Playground {
    let clock = "# One\n\n```console background=clock ready=log:\"tick\" within=10s\n$ sh -c 'echo tick; sleep 7401'\n```\n";
    let playground = ScenarioTest::step(clock).playground();
    playground.run(&["step", "1"]).status(0);
    playground
}

#[test]
fn verify_beside_a_live_world_refuses_and_names_down() {
    let playground = live();
    let clock = playground.process("7401");
    playground.run(&["verify"]).status(2).err(str![[r#"
error: the book is already running: process `clock` ([PID])
  help: `verify` starts from nothing: stop it with `scenario down`, or use `--replace`

"#]]);
    assert_eq!(playground.process("7401"), clock, "the world was left alone");
}

#[test]
fn verify_replaces_a_live_world_on_request() {
    let playground = live();
    playground.run(&["verify", "--replace"]).status(0);
    playground.nothing_is_left_within(1);
}

/// What Prometheus answers about one target that is up, scraped at some time.
fn targets(scraped: Timestamp) -> Answer {
    target("up", scraped)
}

fn target(health: &str, scraped: Timestamp) -> Answer {
    ok(format!(
        r#"{{"status":"success","data":{{"activeTargets":[{{"labels":{{"job":"app"}},"scrapeUrl":"http://localhost:8000/metrics","health":"{health}","lastError":"connection refused","lastScrape":"{scraped}"}}]}}}}"#
    ))
}

/// A book with one check, whose Prometheus is a server of the test.
fn asks_prometheus(port: u16, check: &str) -> ScenarioTest {
    // `check` does not start what the page starts.
    ScenarioTest::step(&format!(
        "# One\n\n```console background=prometheus ready={port} within=5s\n$ prometheus --version\n```\n\n{check}\n"
    ))
}

#[test]
fn an_up_from_before_the_last_command_proves_nothing() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let old = Timestamp::now() - 1.minute();
    let port = serve(move |_| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        targets(if number < 5 { old } else { Timestamp::now() })
    });
    let playground =
        asks_prometheus(port, "<!-- scenario: check target job=app health=up within=1s -->").playground();
    let ran = playground.run(&["check", "1"]);
    ran.status(0).says("http://localhost:8000/metrics is up");
    assert!(asked.load(Ordering::SeqCst) > 5, "all five old answers were passed over");
}

/// The server of the test stands in for Prometheus: it listens once the process of the page has started.
#[test]
fn a_step_passes_over_an_up_from_before_its_process_was_started() {
    let port = free_port();
    let page = format!(
        "# One\n\n```console background=prometheus ready={port} within=10s\n$ sh -c 'touch started; sleep 7471'\n```\n\n\
         <!-- scenario: check target job=app health=up within=10s -->\n"
    );
    let playground = ScenarioTest::step(&page).playground().with_fake_prometheus();
    let asked = Arc::new(AtomicUsize::new(0));
    let (count, started) = (Arc::clone(&asked), playground.path("started"));
    std::thread::spawn(move || {
        while !started.exists() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let old = Timestamp::now() - 1.minute();
        let listener = std::net::TcpListener::bind(("127.0.0.1", port)).expect("the port of the page");
        serve_on(listener, move |_| {
            let number = count.fetch_add(1, Ordering::SeqCst);
            targets(if number < 5 { old } else { Timestamp::now() })
        });
    });
    playground.run(&["step", "1"]).status(0).says("http://localhost:8000/metrics is up");
    assert!(asked.load(Ordering::SeqCst) > 5, "all five old answers were passed over");
    playground.run(&["down"]).status(0);
}

/// The last command of a step may replace a target, which is down for a moment.
#[test]
fn what_was_scraped_before_the_end_of_the_step_before_is_not_so_before_a_step() {
    let port = free_port();
    let first = format!(
        "# One\n\n```console background=prometheus ready={port} within=10s\n$ sh -c 'touch started; sleep 7472'\n```\n"
    );
    let second = "# Two\n\n```console\n$ touch stopped\n```\n\n\
                  <!-- scenario: check target job=app health=down within=10s -->\n";
    let playground = Playground::steps(&[&first, second]).with_fake_prometheus();
    let folder = playground.root().join(".cache/scenario/verify/a-book");
    std::thread::spawn(move || {
        until("the process of the page", || folder.join("started").exists());
        let old = Timestamp::now() - 1.minute();
        let listener = std::net::TcpListener::bind(("127.0.0.1", port)).expect("the port of the page");
        let asked = AtomicUsize::new(0);
        serve_on(listener, move |_| match asked.fetch_add(1, Ordering::SeqCst) {
            0..3 => target("down", old),
            _ if folder.join("stopped").exists() => target("down", Timestamp::now()),
            _ => targets(Timestamp::now()),
        });
    });
    playground.run(&["verify"]).status(0);
}

#[test]
fn a_target_that_is_down_is_reported_with_prometheuss_own_error() {
    let port = serve(|_| target("down", Timestamp::now()));
    let playground =
        asks_prometheus(port, "<!-- scenario: check target job=app health=up within=1s -->").playground();
    let ran = playground.run(&["check", "1"]);
    ran.status(1).says("expected: job `app`: health up");
    ran.says(
        "found:    http://localhost:8000/metrics has health down; its last scrape says: connection refused",
    );
}

#[test]
fn a_query_that_finds_nothing_is_distinguished_from_one_that_could_not_be_asked() {
    let check = "```promql expect=\"value > 0\"\nup\n```";
    let port = prometheus(|_| ("vector", "[]".to_owned()));
    let ran = asks_prometheus(port, check).playground().run(&["check", "1"]);
    ran.status(1).says("expected: value > 0").says("found:    the query found nothing");
    let nobody = free_port();
    let ran = asks_prometheus(nobody, check).playground().run(&["check", "1"]);
    ran.status(1).says("the check could not run: no answer from Prometheus at `http://127.0.0.1:");
}

#[test]
fn a_query_that_prometheus_refuses_is_reported_in_its_words() {
    let port = serve(|path| {
        if path.contains("/targets") {
            return ok(r#"{"status":"success","data":{"activeTargets":[]}}"#);
        }
        Answer(
            "400 Bad Request",
            vec![],
            r#"{"status":"error","errorType":"bad_data","error":"parse error: unclosed"}"#.to_owned(),
        )
    });
    let ran = asks_prometheus(port, "```promql\nsum(up\n```").playground().run(&["check", "1"]);
    ran.status(1).says("found:    Prometheus says: parse error: unclosed");
}
