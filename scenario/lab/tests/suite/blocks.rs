//! The buttons of blocks. The small book's first step: 0 writes a list, 1 inserts into it, 2 and 3 are commands,
//! 4 is a longer one, 5 writes a script, 6 keeps that running.

use serde_json::json;

use crate::lab_test::{Lab, LabTest, until};
use crate::sockets::text;

/// Presses *Copy to editor*.
#[track_caller]
fn apply(lab: &Lab, step: usize, index: usize) -> serde_json::Value {
    lab.post(&format!("/api/blocks/{}/apply", lab.block(step, index)), "{}").is(200).json()
}

/// A book with one step that changes a file in every way.
const WAYS: &str = "# One

```text file=a.txt
one
two
three
```

```text file=a.txt insert-after=\"one\"
1.5
```

```text file=a.txt insert-before=\"three\"
2.5
```

```text file=a.txt replace=\"two\"
TWO
```

```text file=a.txt append
four
```

```text file=a.txt prepend
zero
```
";

#[test]
fn blocks_edit_as_the_runner_would_and_say_what_they_have_changed() {
    let test = LabTest::book(&[WAYS]);
    let lab = test.start();
    let changed: Vec<_> = (0..6).map(|index| (apply(&lab, 1, index), test.read("a.txt"))).collect();
    let lines: Vec<_> = changed.iter().map(|(applied, _)| applied["changed"].clone()).collect();
    assert_eq!(
        lines,
        [
            json!([[1, 3]]),
            json!([[2, 2]]),
            json!([[4, 4]]),
            json!([[3, 3]]),
            json!([[6, 6]]),
            json!([[1, 1]])
        ]
    );
    for (applied, _) in &changed {
        assert_eq!((&applied["outcome"], &applied["path"]), (&json!("applied"), &json!("a.txt")));
        assert!(applied["kept"].is_null(), "{applied}");
    }
    let whole = "zero\none\n1.5\nTWO\n2.5\nthree\nfour\n";
    assert_eq!(test.read("a.txt"), whole);
    assert_eq!(changed[5].0["etag"].as_str(), Some(lab.file("a.txt").1.as_str()));
    // All of them stand there now, also those whose text was changed by a later one.
    for index in 0..6 {
        let applied = apply(&lab, 1, index);
        assert_eq!(applied["outcome"], "already", "block {index}");
        assert_eq!(test.read("a.txt"), whole, "block {index}");
    }
}

#[test]
fn a_block_that_is_pressed_twice_says_already() {
    let test = LabTest::second_book();
    let lab = test.start();
    assert_eq!(apply(&lab, 1, 0)["outcome"], "applied");
    let again = apply(&lab, 1, 0);
    assert_eq!((&again["outcome"], &again["changed"]), (&json!("already"), &json!([[1, 3]])));
    apply(&lab, 1, 1);
    assert_eq!(test.read("notes/shopping.txt"), "bread\nmilk\ncheese\napples\n");
    assert_eq!(apply(&lab, 1, 1)["changed"], json!([[3, 3]]));
    assert_eq!(apply(&lab, 1, 0)["outcome"], "already", "a later block has changed the text of this one");
}

#[test]
fn a_block_that_is_pressed_in_many_windows_at_once_is_applied_once() {
    let test =
        LabTest::book(&["# One\n\n```text file=a.txt\none\n```\n\n```text file=a.txt append\nmore\n```\n"]);
    let lab = test.start();
    let path = format!("/api/blocks/{}/apply", lab.block(1, 1));
    for round in 0..10 {
        test.write("workspace/a.txt", format!("mine {round}\n"));
        let outcomes: Vec<String> = std::thread::scope(|scope| {
            let presses: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| text(&lab.post(&path, "{}").is(200).json()["outcome"])))
                .collect();
            presses.into_iter().map(|press| press.join().expect("a press")).collect()
        });
        assert_eq!(outcomes.iter().filter(|outcome| *outcome == "applied").count(), 1, "{outcomes:?}");
        assert_eq!(test.read("a.txt"), format!("mine {round}\nmore\n"));
    }
}

#[test]
fn a_missing_marker_is_named_with_its_place_and_the_file_can_be_restored() {
    let test = LabTest::second_book();
    let lab = test.start();
    test.write("workspace/notes/shopping.txt", "only mine\n");
    let id = lab.block(1, 1);
    let refused = lab.post(&format!("/api/blocks/{id}/apply"), "{}").is(409).json();
    let error = text(&refused["error"]);
    assert_eq!(error, "book/src/step-1-write.md:13:49: marker not found in `notes/shopping.txt`");
    assert!(!text(&refused["help"]).is_empty(), "{refused}");
    assert_eq!(refused["restore"], true, "{refused}");
    assert_eq!(test.read("notes/shopping.txt"), "only mine\n", "nothing was written");
    let restored = lab.post(&format!("/api/blocks/{id}/restore"), "{}").is(200).json();
    assert_eq!(test.read("notes/shopping.txt"), "bread\nmilk\ncheese\napples\n");
    let kept = text(&restored["kept"]);
    assert!(kept.starts_with(".scenario/kept/"), "{restored}");
    assert_eq!(test.read(&kept), "only mine\n");
}

#[test]
fn a_block_keeps_what_the_learner_has_written_around_its_place() {
    let test = LabTest::second_book();
    let lab = test.start();
    test.write("workspace/notes/shopping.txt", "wine\r\nmilk\r\nbread");
    let applied = apply(&lab, 1, 1);
    assert_eq!(test.read("notes/shopping.txt"), "wine\r\nmilk\r\ncheese\r\nbread");
    assert!(applied["kept"].is_null(), "{applied}");
    // A block that writes the whole file replaces it, and keeps the learner's.
    let applied = apply(&lab, 1, 0);
    assert_eq!(test.read(&text(&applied["kept"])), "wine\r\nmilk\r\ncheese\r\nbread");
}

#[test]
fn a_block_that_changes_a_file_which_is_not_there_says_what_to_do() {
    let test = LabTest::second_book();
    let lab = test.start();
    let refused = lab.post(&format!("/api/blocks/{}/apply", lab.block(1, 1)), "{}").is(409).json();
    assert_eq!(refused["error"], "`notes/shopping.txt` is not there yet, and this block changes it");
    assert_eq!(refused["restore"], true);
}

#[test]
fn a_file_that_is_no_text_is_not_edited_as_one() {
    let test = LabTest::second_book();
    let bytes = b"milk\n\xff\xfe\n";
    test.write("workspace/notes/shopping.txt", bytes);
    let lab = test.start();
    let refused = lab.post(&format!("/api/blocks/{}/apply", lab.block(1, 1)), "{}").is(409).json();
    assert_eq!(refused["restore"], true, "{refused}");
    assert_eq!(std::fs::read(test.path("notes/shopping.txt")).expect("the file"), bytes);
    let restored = lab.post(&format!("/api/blocks/{}/restore", lab.block(1, 1)), "{}").is(200).json();
    assert_eq!(std::fs::read(test.path(&text(&restored["kept"]))).expect("the learner's"), bytes);
}

#[test]
fn a_block_is_taken_back_as_long_as_its_file_was_not_changed() {
    let test = LabTest::second_book();
    let lab = test.start();
    let (first, second) = (lab.block(1, 0), lab.block(1, 1));
    let undo = |id: &str| lab.post(&format!("/api/blocks/{id}/undo"), "{}");
    let refused = undo(&first).is(409).text();
    assert!(refused.contains("has changed nothing since the lab was started"), "{refused}");
    apply(&lab, 1, 0);
    apply(&lab, 1, 1);
    assert_eq!(test.read("notes/shopping.txt"), "bread\nmilk\ncheese\napples\n");
    assert!(undo(&first).is(409).text().contains("has changed since this block was applied"));
    undo(&second).is(204);
    assert_eq!(test.read("notes/shopping.txt"), "bread\nmilk\napples\n");
    let blocks = lab.page().hello()["steps"][0]["blocks"].clone();
    assert_eq!((&blocks[0]["used"], &blocks[1]["used"]), (&json!(true), &json!(false)));
    undo(&first).is(204);
    assert!(!test.path("notes/shopping.txt").exists());
}

#[test]
fn what_a_restored_file_has_replaced_comes_back() {
    let test = LabTest::second_book();
    let lab = test.start();
    test.write("workspace/notes/shopping.txt", "only honey\n");
    let id = lab.block(1, 1);
    lab.post(&format!("/api/blocks/{id}/restore"), "{}").is(200);
    assert_eq!(test.read("notes/shopping.txt"), "bread\nmilk\ncheese\napples\n");
    lab.post(&format!("/api/blocks/{id}/undo"), "{}").is(204);
    assert_eq!(test.read("notes/shopping.txt"), "only honey\n");
}

#[test]
fn a_query_is_used_when_the_learner_has_asked_it() {
    let test = LabTest::book(&["# Ask\n\n```promql\nup\n```\n"]);
    let lab = test.start();
    let id = lab.block(1, 0);
    let used = || lab.page().hello()["steps"][0]["blocks"][0]["used"].clone();
    assert_eq!(used(), false);
    lab.post(&format!("/api/blocks/{id}/asked"), "{}").is(204);
    assert_eq!(used(), true);
}

#[test]
fn what_was_used_gets_its_tick_in_every_window() {
    let test = LabTest::second_book();
    let lab = test.start();
    let (mut one, mut two) = (lab.page(), lab.page());
    let id = lab.block(1, 0);
    assert_eq!(one.hello()["steps"][0]["blocks"][0]["used"], false);
    apply(&lab, 1, 0);
    for page in [&mut one, &mut two] {
        page.wait_for("block", |message| {
            message["block"]["id"] == id.as_str() && message["block"]["used"] == true
        });
    }
}

#[test]
fn commands_are_typed_into_the_terminal_one_after_the_other() {
    let test = LabTest::second_book();
    let lab = test.start();
    apply(&lab, 1, 0);
    apply(&lab, 1, 1);
    let (mut page, mut view) = (lab.page(), lab.view("1"));
    for (index, shows) in [(2, "apples"), (3, "0"), (4, "notes/shopping.txt has 4 lines")] {
        let id = lab.block(1, index);
        let answer = lab.post(&format!("/api/blocks/{id}/run"), "{}").is(202);
        assert_eq!(answer.json(), json!({"terminal": "1"}));
        let running =
            page.wait_for("block", |message| message["block"]["state"]["now"] == "running")["block"].clone();
        let state =
            json!({"now": "running", "text": "running in T1", "terminal": "1", "detail": "", "places": []});
        assert_eq!((&running["id"], &running["state"]), (&json!(id), &state));
        assert_eq!(page.wait_for_block(&id, "passed"), "done", "block {index}");
        view.until_line(shows);
    }
    view.until_line("$ grep -c cheese notes/shopping.txt");
    let used = &lab.page().hello()["steps"][0]["blocks"].clone();
    assert_eq!(used[4]["used"], true);
}

#[test]
fn a_block_is_run_in_the_terminal_that_it_names() {
    let test = LabTest::book(&[
        "# One\n\n```console terminal=T3\n$ WHO=third\n```\n\n```console\n$ echo \"${WHO:-nobody}\" > who.txt\n```\n\n```console terminal=T3\n$ echo \"$WHO\" >> who.txt\n```\n\n```console terminal=other\n$ true\n```\n",
    ]);
    let lab = test.start();
    let mut page = lab.page();
    for (index, terminal) in [(0, "3"), (1, "1"), (2, "3"), (3, "1")] {
        let id = lab.block(1, index);
        let answer = lab.post(&format!("/api/blocks/{id}/run"), "{}").is(202);
        assert_eq!(answer.json(), json!({"terminal": terminal}), "block {index}");
        page.wait_for_block(&id, "passed");
    }
    assert_eq!(std::fs::read_to_string(test.path("who.txt")).expect("a file"), "nobody\nthird\n");
    assert_eq!(lab.page().hello()["steps"][0]["blocks"][2]["terminal"], "T3");
}

#[test]
fn a_command_that_ends_otherwise_than_the_page_says_stops_the_block() {
    let test = LabTest::book(&[
        "# One\n\n```console\n$ true\n$ (exit 3)\n$ touch never\n```\n\n```console\n$ true\n? 1\n```\n",
    ]);
    let lab = test.start();
    let mut page = lab.page();
    let first = lab.block(1, 0);
    lab.post(&format!("/api/blocks/{first}/run"), "{}").is(202);
    let said = page.wait_for_block(&first, "failed");
    assert_eq!(
        said,
        "`(exit 3)`: the command failed; expected exit status 0; found exit status 3; the commands after it were not run"
    );
    let second = lab.block(1, 1);
    lab.post(&format!("/api/blocks/{second}/run"), "{}").is(202);
    let said = page.wait_for_block(&second, "failed");
    assert_eq!(
        said,
        "`true`: the command succeeded, but fails on the page; expected exit status 1; found exit status 0"
    );
    assert!(!test.path("never").exists());
    assert_eq!(lab.page().hello()["steps"][0]["blocks"][0]["used"], false);
}

/// A prompt that comes as soon as there is no file `hold` in the home folder.
const HELD_PROMPT: &str = "PS1='$ '\nPROMPT_COMMAND='while [ -e \"$HOME/hold\" ]; do sleep 0.02; done'\n";

#[test]
fn a_block_that_fails_is_reported_when_the_terminal_takes_the_next_one() {
    let test = LabTest::book(&[
        "# One\n\n```console\n$ touch ~/hold && (exit 3)\n```\n\n```console\n$ touch next.txt\n```\n",
    ]);
    test.write("home/.bashrc", HELD_PROMPT);
    let lab = test.start();
    let mut page = lab.page();
    let (first, second) = (lab.block(1, 0), lab.block(1, 1));
    lab.post(&format!("/api/blocks/{first}/run"), "{}").is(202);
    until("the command", || test.root().join("home/hold").exists());
    lab.post(&format!("/api/blocks/{second}/run"), "{}").is(409);
    std::fs::remove_file(test.root().join("home/hold")).expect("a file");
    page.wait_for_block(&first, "failed");
    lab.post(&format!("/api/blocks/{second}/run"), "{}").is(202);
    page.wait_for_block(&second, "passed");
    assert!(test.path("next.txt").exists());
}

#[test]
fn a_block_that_is_run_between_a_command_and_the_prompt_waits_for_the_prompt() {
    let test = LabTest::book(&["# One\n\n```console\n$ touch next.txt\n```\n"]);
    test.write("home/.bashrc", HELD_PROMPT);
    let lab = test.start();
    let (mut page, mut view) = (lab.page(), lab.view("1"));
    view.until_prompt();
    view.enter("touch ~/hold");
    until("the command", || test.root().join("home/hold").exists());
    let id = lab.block(1, 0);
    let run = format!("/api/blocks/{id}/run");
    // It is refused as long as the command runs.
    until("the end of the command", || lab.post(&run, "{}").status == 202);
    assert!(!test.path("next.txt").exists());
    std::fs::remove_file(test.root().join("home/hold")).expect("a file");
    page.wait_for_block(&id, "passed");
    assert!(test.path("next.txt").exists());
}

#[test]
fn what_is_typed_before_the_prompt_comes_does_not_get_mixed_up_with_a_block() {
    let test = LabTest::book(&["# One\n\n```console\n$ touch next.txt\n```\n"]);
    test.write("home/.bashrc", HELD_PROMPT);
    let lab = test.start();
    let (mut page, mut view) = (lab.page(), lab.view("1"));
    view.until_prompt();
    view.enter("touch ~/hold");
    until("the command", || test.root().join("home/hold").exists());
    let id = lab.block(1, 0);
    let run = format!("/api/blocks/{id}/run");
    until("the end of the command", || lab.post(&run, "{}").status == 202);
    view.type_in("echo half a");
    view.until("the echo", |text| text.contains("half a"));
    std::fs::remove_file(test.root().join("home/hold")).expect("a file");
    page.wait_for_block(&id, "passed");
    assert!(test.path("next.txt").exists());
}

#[test]
fn an_exclamation_mark_is_a_character_like_another() {
    let test = LabTest::book(&[
        "# One\n\n```console\n$ echo \"print('Hallo, Welt!')\" > bang.py\n$ echo \"one!two\" > two.txt\n```\n",
    ]);
    let lab = test.start();
    let mut page = lab.page();
    let id = lab.block(1, 0);
    lab.post(&format!("/api/blocks/{id}/run"), "{}").is(202);
    page.wait_for_block(&id, "passed");
    assert_eq!(test.read("bang.py"), "print('Hallo, Welt!')\n");
    assert_eq!(test.read("two.txt"), "one!two\n");
}

#[test]
fn a_command_that_the_shell_does_not_begin_fails_the_block_and_frees_the_terminal() {
    let test = LabTest::book(&["# One\n\n```console\n$ touch next.txt\n```\n"]);
    let lab = test.start();
    let (mut page, mut view) = (lab.page(), lab.view("1"));
    view.until_prompt();
    // Enter does nothing any more.
    view.enter("bind '\"\\C-m\": \"\"'; echo off");
    view.until_line("off");
    view.until_prompt();
    let id = lab.block(1, 0);
    let run = format!("/api/blocks/{id}/run");
    lab.post(&run, "{}").is(202);
    assert_eq!(page.wait_for_block(&id, "failed"), "the shell did not begin the command within 10 s");
    // The terminal is free.
    lab.post(&run, "{}").is(202);
}

#[test]
fn a_command_runs_as_in_the_runner_and_is_seen_as_the_page_has_it() {
    let test = LabTest::book(&[
        "# One\n\n```console\n$ echo \"one\\ntwo\" > lines.txt\n$ pwd > here.txt\n$ cat > read.txt\n$ test -t 1 || echo apart\napart\n$ echo a \\\n> b\na b\n$ echo $WHO; cd ..; export WHO=block\nlearner\n```\n\n```console\n$ [[ 1 -lt 2 ]] && echo \"$WHO\" > less.txt\n```\n",
    ]);
    let lab = test.start();
    let (mut page, mut view) = (lab.page(), lab.view("1"));
    view.until_prompt();
    view.enter("mkdir elsewhere; cd elsewhere; WHO=learner; clear");
    until("the command", || test.path("elsewhere").is_dir());
    let (first, second) = (lab.block(1, 0), lab.block(1, 1));
    until("the end of the command", || lab.post(&format!("/api/blocks/{first}/run"), "{}").status == 202);
    page.wait_for_block(&first, "passed");
    assert_eq!(test.read("elsewhere/lines.txt"), "one\\ntwo\n");
    assert_eq!(test.read("elsewhere/here.txt"), format!("{}\n", test.path("elsewhere").display()));
    assert_eq!(test.read("elsewhere/read.txt"), "");
    for line in ["$ pwd > here.txt", "$ test -t 1 || echo apart", "apart", "$ echo a \\", "> b", "a b"] {
        view.until_line(line);
    }
    assert!(!view.text().contains("__lab_run"), "{}", view.text());
    view.enter("history 3 | cut -c 8-");
    view.until("the command in the history", |text| text.contains("\necho a \\\n"));
    view.until_prompt();
    lab.post(&format!("/api/blocks/{second}/run"), "{}").is(202);
    page.wait_for_block(&second, "passed");
    assert_eq!(test.read("less.txt"), "block\n");
    // What a block changes is there for the learner.
    view.enter("echo $WHO in ${PWD##*/}");
    let folder =
        test.path("").file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    view.until_line(&format!("block in {folder}"));
}

#[test]
fn what_a_command_prints_is_compared_with_the_page() {
    let test = LabTest::book(&[
        "# One\n\n```console\n$ printf 'one\\ntwo\\n'\none\n...\n```\n\n```console\n$ printf 'one\\ntwo\\n'; echo loud >&2\none\nthree\nloud\n```\n",
    ]);
    let lab = test.start();
    let mut page = lab.page();
    let (first, second) = (lab.block(1, 0), lab.block(1, 1));
    lab.post(&format!("/api/blocks/{first}/run"), "{}").is(202);
    page.wait_for_block(&first, "passed");
    lab.post(&format!("/api/blocks/{second}/run"), "{}").is(202);
    let said = page.wait_for_block(&second, "failed");
    assert_eq!(
        said,
        "`printf 'one\\ntwo\\n'; echo loud >&2`: the output differs from what the page shows; lines with \
         `-` are on the page, lines with `+` were printed"
    );
    let state = lab.page().hello()["steps"][0]["blocks"][1]["state"].clone();
    assert!(text(&state["detail"]).contains("three"), "{state}");
}

#[test]
fn a_busy_terminal_is_named_with_one_that_is_free() {
    let test = LabTest::second_book();
    let lab = test.start();
    let mut view = lab.view("1");
    view.until_prompt();
    view.enter("sleep 1001");
    until("the command", || test.process("sleep 1001").is_some());
    let run = format!("/api/blocks/{}/run", lab.block(1, 4));
    let refused = lab.post(&run, "{}").is(409).json();
    assert_eq!(refused["error"], "T1 is busy: `sleep 1001`");
    assert_eq!(refused["busy"], json!({"terminal": "1", "command": "sleep 1001"}));
    assert!(refused["free"].is_null(), "{refused}");
    lab.post("/api/terminals", "{}").is(201);
    lab.view("2").until_prompt();
    assert_eq!(lab.post(&run, "{}").is(409).json()["free"], "2");
    lab.post(&run, "{\"terminal\": \"2\"}").is(202);
    assert!(test.process("sleep 1001").is_some(), "what ran goes on");
}

#[test]
fn what_runs_is_stopped_first_if_that_is_wanted() {
    let test = LabTest::second_book();
    let lab = test.start();
    let (mut page, mut view) = (lab.page(), lab.view("1"));
    view.until_prompt();
    view.enter("sleep 1001");
    until("the command", || test.process("sleep 1001").is_some());
    apply(&lab, 1, 0);
    let id = lab.block(1, 4);
    lab.post(&format!("/api/blocks/{id}/run"), "{\"busy\": \"stop\"}").is(202);
    page.wait_for_block(&id, "passed");
    assert_eq!(test.process("sleep 1001"), None);
}

#[test]
fn what_does_not_stop_keeps_the_terminal_and_the_block_says_so() {
    let test = LabTest::second_book();
    let lab = test.start();
    let (mut page, mut view) = (lab.page(), lab.view("1"));
    view.until_prompt();
    view.enter("(trap '' INT; sleep 1001; sleep 1002)");
    until("the command", || test.process("sleep 1001").is_some());
    let id = lab.block(1, 4);
    lab.post(&format!("/api/blocks/{id}/run"), "{\"busy\": \"stop\"}").is(202);
    let said = page.wait_for_block(&id, "failed");
    assert_eq!(said, "not run: what runs in T1 did not stop within 3 s of Ctrl-C");
}

#[test]
fn an_open_quote_after_the_prompt_does_not_swallow_the_command() {
    let test = LabTest::second_book();
    let lab = test.start();
    apply(&lab, 1, 0);
    let (mut page, mut view) = (lab.page(), lab.view("1"));
    view.until_prompt();
    let id = lab.block(1, 4);
    for half in ["echo \"open", "echo \"open\r", "cat <<END\r", "half a word", "for x in 1 2\r"] {
        view.type_in(half);
        let shown = half.trim_end();
        view.until(shown, |text| text.contains(shown));
        lab.post(&format!("/api/blocks/{id}/run"), "{}").is(202);
        page.wait_for_block(&id, "passed");
        view.until_line("notes/shopping.txt has 3 lines");
        view.until_prompt();
        view.enter("clear");
        view.until("an empty screen", |text| text.trim_end() == "$");
    }
}

#[test]
fn a_block_that_is_run_before_the_first_prompt_waits_for_it_and_is_not_replaced() {
    let test = LabTest::second_book();
    test.write("home/.bashrc", "PS1='$ '\nuntil [ -e \"$HOME/go\" ]; do sleep 0.02; done\n");
    let lab = test.start();
    let mut page = lab.page();
    let (first, second) = (lab.block(1, 5 - 1), lab.block(1, 3));
    lab.post(&format!("/api/blocks/{first}/run"), "{}").is(202);
    lab.post(&format!("/api/blocks/{second}/run"), "{}").is(409);
    apply(&lab, 1, 0);
    test.write("home/go", "");
    page.wait_for_block(&first, "passed");
}

#[test]
fn a_background_block_is_started_shown_and_stopped() {
    let test = LabTest::second_book();
    let lab = test.start();
    apply(&lab, 1, 5);
    let mut page = lab.page();
    let id = lab.block(1, 6);
    let log = || lab.get(&format!("/api/blocks/{id}/log")).is(200).text();
    assert_eq!(log(), "");
    lab.post(&format!("/api/blocks/{id}/run"), "{}").is(202);
    page.wait_for_block(&id, "running");
    assert_eq!(page.wait_for_block(&id, "passed"), "`clock` runs");
    let job = page.wait_for_job();
    assert_eq!((&job["kind"], &job["state"]), (&json!("start"), &json!("passed")), "{job}");
    until("the log to go on", || log().contains("tick 3"));
    let clock = test.process("sh clock.sh").expect("the clock");
    assert_eq!(lab.post(&format!("/api/blocks/{id}/stop"), "{}").status, 204);
    until("the end of the clock", || test.process("sh clock.sh").is_none());
    assert_ne!(clock, 0);
    let shown = lab.page().hello()["steps"][0]["blocks"][6].clone();
    assert!(shown["state"].is_null() && shown["used"] == true, "{shown}");
    lab.post(&format!("/api/blocks/{id}/stop"), "{}").is(204);
}

#[test]
fn a_background_block_that_cannot_start_says_why() {
    let test = LabTest::second_book();
    let lab = test.start();
    let mut page = lab.page();
    let id = lab.block(1, 6);
    lab.post(&format!("/api/blocks/{id}/run"), "{}").is(202);
    let why = page.wait_for_block(&id, "failed");
    assert_eq!(why, "sh clock.sh: the background process `clock` ended before it was ready");
    let job = page.wait_for_job();
    assert_eq!(job["state"], "failed");
    let failed = json!({"mark": "failed", "text": why, "place": null});
    assert!(job["lines"].as_array().is_some_and(|lines| lines.contains(&failed)), "{job}");
    // It is still said after the next look at what runs.
    page.wait_for("files", |_| true);
    test.write("workspace/new.txt", "");
    page.wait_for("files", |_| true);
    let shown = lab.page().hello()["steps"][0]["blocks"][6].clone();
    assert_eq!((&shown["used"], &shown["state"]["text"]), (&json!(false), &json!(why)));
}

#[test]
fn a_background_process_that_ends_by_itself_is_noticed() {
    let test = LabTest::second_book();
    let lab = test.start();
    apply(&lab, 1, 5);
    let mut page = lab.page();
    let id = lab.block(1, 6);
    lab.post(&format!("/api/blocks/{id}/run"), "{}").is(202);
    page.wait_for_block(&id, "passed");
    page.wait_for_job();
    let clock = test.process("sh clock.sh").expect("the clock");
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(clock), nix::sys::signal::Signal::SIGKILL)
        .expect("the clock");
    assert_eq!(page.wait_for_block(&id, "stopped"), "`clock` has ended; its log says why");
}

#[test]
fn two_jobs_are_never_under_way() {
    let test = LabTest::book(&[
        "# One\n\n```text file=a.txt\none\n```\n\n```console\n$ until [ -e go ]; do sleep 0.02; done\n```\n",
        "# Two\n",
    ]);
    let lab = test.start();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let presses: Vec<_> =
            (0..8).map(|_| scope.spawn(|| lab.post("/api/steps/1/solve", "{}").status)).collect();
        presses.into_iter().map(|press| press.join().expect("a press")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 202).count(), 1, "{statuses:?}");
    let refused = lab.post("/api/steps/2/begin", "{}").is(409).json();
    assert_eq!(refused["error"], "a job is running: Solving step 1, Step 1");
    lab.post(&format!("/api/blocks/{}/apply", lab.block(1, 0)), "{}").is(409);
    let mut page = lab.page();
    test.write("workspace/go", "");
    page.wait_for_job();
    lab.post(&format!("/api/blocks/{}/apply", lab.block(1, 0)), "{}").is(200);
}

#[test]
fn a_block_that_ends_its_terminal_fails_and_leaves_it_as_it_was() {
    let test = LabTest::book(&["# One\n\n```console\n$ A=1\n$ A=2; exit 3\n? 3\n```\n"]);
    let lab = test.start();
    let (mut page, mut view) = (lab.page(), lab.view("1"));
    view.until_prompt();
    let id = lab.block(1, 0);
    lab.post(&format!("/api/blocks/{id}/run"), "{}").is(202);
    let state = page.wait_for_block(&id, "failed");
    let expected = "the command ended the shell of its terminal `T1` (exit status 3)";
    assert!(state.to_string().contains(expected), "{state}");
    view.enter("clear; echo A is $A");
    view.until_line("A is 1");
}

#[test]
fn the_learners_settings_do_not_change_what_a_block_does() {
    let test = LabTest::book(&["# One\n\n```console\n$ echo first > a.txt\n$ echo written > a.txt\n```\n"]);
    test.write("home/.bashrc", "PS1='$ '\nalias echo=false\nset -C\n");
    let lab = test.start();
    let mut page = lab.page();
    let id = lab.block(1, 0);
    lab.post(&format!("/api/blocks/{id}/run"), "{}").is(202);
    page.wait_for_block(&id, "passed");
    assert_eq!(test.read("a.txt"), "written\n");
}
