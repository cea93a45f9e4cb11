//! `verify --from N`: from the state that an earlier proof has kept, and what happens where there is none.

use snapbox::str;

use crate::forms::{is_junit, is_report};
use crate::playground::Playground;
use crate::scenario_test::ScenarioTest;

const FIRST: &str = "# One\n\n```text file=app/a.txt\none\n```\n\n```console\n$ mkdir made; echo 1 > made/x; export SEEN=1; mkdir .venv; touch .venv/tool; chmod +x app/a.txt\n```\n";
const SECOND: &str = "# Two\n\n```console background=clock ready=log:tick within=10s\n$ sh -c 'echo tick; cat made/x; sleep 7711'\n```\n\n\
    ```console\n$ ln -s x made/link\n```\n";
const THIRD: &str = "# Three\n\n```text file=app/a.txt append\nthree\n```\n\n\
    ```console\n$ echo \"$SEEN\" $(ls made) $(ls .venv) $(cat app/a.txt) $(test -x app/a.txt && echo runs)\n1 link x tool one three runs\n$ touch app/left made/left\n```\n\n\
    <!-- scenario: check command=\"tail -c 2 app/a.txt; pgrep -f 'sleep 771[1]' >/dev/null; ls app/left\" status=0 contains=left -->\n";

/// Three steps: files, a process, and what depends on both.
fn book() -> Playground {
    Playground::steps(&[FIRST, SECOND, THIRD])
}

fn rewrite(playground: &Playground, page: &str, text: &str) {
    std::fs::write(playground.dir().join("src").join(page), text).expect("a page");
}

/// The folder that proofs are made in.
fn folder(playground: &Playground) -> std::path::PathBuf {
    playground.root().join(".cache/scenario/verify/a-book")
}

#[test]
fn the_kept_end_of_the_step_before_is_put_back_and_what_runs_there_is_started() {
    let playground = book();
    playground.run(&["verify"]).status(0);
    std::fs::write(folder(&playground).join("stray"), "").expect("a file");
    for _ in 0..2 {
        playground.run(&["verify", "--from", "3"]).status(0).out(str![[r#"
  note starting from the end of step 2, as an earlier `verify` has kept it
  note running the commands of step 2: `clock` is not running
  note playing steps 2 and 3
Step 2  step-2
  ✓ sh -c 'echo tick; cat made/x; sleep 7711'
  ✓ ln -s x made/link
  – 2 actions skipped: this run begins with step 3
Step 3  step-3
  ✓ edit `app/a.txt` (append)
  ✓ echo "$SEEN" $(ls made) $(ls .venv) $(cat app/a.txt) $(test -x app/a.txt && echo runs)
  ✓ touch app/left made/left
  ✓ `tail -c 2 app/a.txt; pgrep -f 'sleep 771[1]' >/dev/null; ls app/left` ends with status 0, prints `left`  exit status 0
verify: 6 passed, 0 failed, 2 skipped in [TIME] s
census: 6 blocks: 2 file edits, 4 of commands, 0 queries, 0 ignored with a reason, 0 unaccounted; 1 hidden checks

"#]]);
        playground.nothing_is_left_within(1);
    }
    assert!(!folder(&playground).join("stray").exists(), "it was not there at the end of step 2");
}

#[test]
fn the_reports_have_each_step_that_was_not_run_as_skipped() {
    let playground = book();
    playground.run(&["verify"]).status(0);
    let words = ["verify", "--from", "3", "--json", "run.json", "--junit", "run.xml"];
    playground.run(&words).status(0);
    let json = is_report(&playground.report("run.json"));
    assert_eq!((&json["outcome"], &json["counts"]["skipped"]), (&"passed".into(), &2.into()), "{json:#}");
    let blocks: Vec<String> = json["blocks"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|block| format!("{} {}: {}", block["step"], block["title"], block["outcome"]).replace('"', ""))
        .collect();
    let outcomes: Vec<&str> = blocks.iter().filter_map(|block| block.rsplit(' ').next()).collect();
    assert_eq!(outcomes.join(" "), "skipped skipped passed passed passed passed passed", "{blocks:#?}");
    let item = json["items"]
        .as_array()
        .and_then(|items| items.iter().find(|item| item["step"] == 1))
        .expect("an item");
    assert_eq!(
        (&item["verdict"], &item["remark"]),
        (&"skipped".into(), &"this run begins with step 3".into())
    );
    let junit = playground.report("run.xml");
    is_junit(&junit);
    assert_eq!(junit.matches("<skipped message=\"this run begins with step 3\"/>").count(), 2, "{junit}");
}

#[test]
fn a_step_before_that_has_changed_is_proved_first() {
    let playground = book();
    playground.run(&["verify"]).status(0);
    rewrite(&playground, "step-2.md", &SECOND.replace("ln -s x made/link", "ln -s x made/other"));
    playground.run(&["verify", "--from", "3"]).status(1).out(str![[r#"
  note step 2 or one before it has changed since it passed `verify`, so step 2 is proved first
  note starting from the end of step 1, as an earlier `verify` has kept it
  – 2 actions skipped: this run begins with step 2
Step 2  step-2
  ✓ sh -c 'echo tick; cat made/x; sleep 7711'
  ✓ ln -s x made/other
Step 3  step-3
  ✓ edit `app/a.txt` (append)
  ✗ echo "$SEEN" $(ls made) $(ls .venv) $(cat app/a.txt) $(test -x app/a.txt && echo runs)

error: the output differs from what the page shows
 --> src/step-3.md:9:1
  |
9 | 1 link x tool one three runs
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    - 1 link x tool one three runs
    + 1 other x tool one three runs
  help:     lines with `-` are on the page, lines with `+` were printed
  again:    `scenario verify --from 3 --step 3`

  – 2 actions skipped: an earlier action of the step failed
verify: 3 passed, 1 failed, 4 skipped in [TIME] s
census: 6 blocks: 2 file edits, 4 of commands, 0 queries, 0 ignored with a reason, 0 unaccounted; 1 hidden checks

"#]]);
    rewrite(&playground, "step-3.md", &THIRD.replace("1 link x tool", "1 other x tool"));
    // Step 2 has passed by now.
    playground.run(&["verify", "--from", "3"]).status(0).says("note starting from the end of step 2,");
}

#[test]
fn prose_and_checks_of_the_steps_before_may_change() {
    let playground = book();
    playground.run(&["verify"]).status(0);
    let check = "Prose.\n\n<!-- scenario: check file=app/a.txt contains=one -->\n";
    rewrite(&playground, "step-1.md", &format!("{FIRST}\n{check}"));
    let ran = playground.run(&["verify", "--from", "3"]);
    ran.status(0).says("note starting from the end of step 2,").says("– 3 actions skipped");
}

#[test]
fn without_an_earlier_proof_all_steps_are_proved() {
    let playground = book();
    playground.run(&["verify", "--from", "3"]).status(0).out(str![[r#"
  note step 1 has not passed `verify` yet, so steps 1 and 2 are proved first
Step 1  step-1
  ✓ write `app/a.txt`
  ✓ mkdir made; echo 1 > made/x; export SEEN=1; mkdir .venv; touch .venv/tool; chmod +x app/a.txt
Step 2  step-2
  ✓ sh -c 'echo tick; cat made/x; sleep 7711'
  ✓ ln -s x made/link
Step 3  step-3
  ✓ edit `app/a.txt` (append)
  ✓ echo "$SEEN" $(ls made) $(ls .venv) $(cat app/a.txt) $(test -x app/a.txt && echo runs)
  ✓ touch app/left made/left
  ✓ `tail -c 2 app/a.txt; pgrep -f 'sleep 771[1]' >/dev/null; ls app/left` ends with status 0, prints `left`  exit status 0
verify: 8 passed, 0 failed, 0 skipped in [TIME] s
census: 6 blocks: 2 file edits, 4 of commands, 0 queries, 0 ignored with a reason, 0 unaccounted; 1 hidden checks

"#]]);
    playground.run(&["verify", "--from", "3"]).status(0).says("note starting from the end of step 2,");
}

#[test]
fn a_step_that_has_failed_is_proved_again() {
    let playground = book();
    rewrite(&playground, "step-2.md", &format!("{SECOND}\n<!-- scenario: check file=none contains=x -->\n"));
    playground.run(&["verify"]).status(1);
    rewrite(&playground, "step-2.md", SECOND);
    let ran = playground.run(&["verify", "--from", "3"]);
    ran.status(0).says("note step 2 has not passed `verify` yet, so step 2 is proved first");
}

#[test]
fn a_check_that_proves_nothing_leaves_its_step_unproved() {
    let playground = book();
    let check = "<!-- scenario: check file=app/a.txt contains=one -->\n";
    rewrite(&playground, "step-2.md", &format!("{SECOND}\n{check}"));
    playground.run(&["verify"]).status(1).says("this check passes before its step, so it proves nothing");
    rewrite(&playground, "step-2.md", SECOND);
    let ran = playground.run(&["verify", "--from", "3"]);
    ran.status(0).says("note step 2 has not passed `verify` yet, so step 2 is proved first");
}

#[test]
fn a_state_that_is_gone_or_unreadable_is_made_again() {
    let playground = book();
    let state = |name: &str| folder(&playground).join(".scenario").join(name);
    playground.run(&["verify"]).status(0);
    std::fs::remove_file(state("steps/2.json")).expect("a kept state");
    let ran = playground.run(&["verify", "--from", "3"]);
    ran.status(0).says("note the end of step 2 is not kept, so step 2 is proved first");
    std::fs::write(state("memory.json"), "{").expect("a file");
    let ran = playground.run(&["verify", "--from", "3"]);
    ran.status(0).says("note step 1 has not passed `verify` yet, so steps 1 and 2 are proved first");
}

#[test]
fn what_other_commands_have_left_in_the_folder_is_no_proof() {
    for words in [&["mutate", "1"][..], &["verify", "--latest"]] {
        let playground = book();
        playground.run(&["verify"]).status(0);
        playground.run(words);
        let ran = playground.run(&["verify", "--from", "2"]);
        ran.status(0).says("note step 1 has not passed `verify` yet, so step 1 is proved first");
    }
}

#[test]
fn a_failure_names_the_shortest_way_to_try_again() {
    let playground = book();
    playground.run(&["verify"]).status(0);
    rewrite(&playground, "step-3.md", "# Three\n\n```console\n$ false\n```\n");
    playground
        .run(&["verify", "--from", "2"])
        .status(1)
        .says("again:    `scenario verify --from 3 --step 3`");
    playground
        .run(&["verify", "--from", "3", "--step", "3"])
        .status(1)
        .says("starting from the end of step 2");
}

#[test]
fn a_process_that_does_not_come_back_ends_the_proof() {
    let playground = book();
    let start = "```console background=clock ready=log:tick within=10s\n$ sh -c 'test ! -e ../../../../stop && echo tick; cat made/x; sleep 7711'\n```\n";
    rewrite(&playground, "step-2.md", &format!("# Two\n\n{start}\n```console\n$ ln -s x made/link\n```\n"));
    playground.run(&["verify"]).status(0);
    std::fs::write(playground.root().join("stop"), "").expect("a file");
    playground.run(&["verify", "--from", "3"]).status(1).says("skipped: an earlier step failed");
}

#[test]
fn a_first_step_that_cannot_be_is_refused() {
    let playground = book();
    for label in ["0", "4", "2.1"] {
        let mut ran = playground.run(&["verify", "--from", label]);
        ran.stderr = ran.stderr.replace(&format!("step {label}\n"), "step [N]\n");
        ran.status(2).err(str![[r#"
error: there is no step [N]
  help: the steps are:
          1  step-1
          2  step-2
          3  step-3

"#]]);
    }
    playground.run(&["verify", "--from", "3", "--step", "2"]).status(2).err(str![[r#"
error: `--from 3` is after `--step 2`: no step is between them
  help: `--from` is the first step to prove, `--step` the last one

"#]]);
    playground.run(&["verify", "--from", "2", "--cold"]).status(2).err(str![[r#"
error: the argument '--from <N>' cannot be used with '--cold'

Usage: scenario verify --from <N>

For more information, try '--help'.

"#]]);
    playground.run(&["verify", "--from", "1"]).status(0).does_not_say("note");
}

#[test]
fn a_nested_step_may_be_the_first() {
    let playground = ScenarioTest::new()
        .file("src/one.md", "# One\n\n```console\n$ echo 1 > x\n```\n")
        .file("src/below.md", "# Below\n\n```console\n$ cat x\n1\n```\n")
        .summary("# Summary\n\n- [One](one.md)\n  - [Below](below.md)\n")
        .playground();
    playground.run(&["verify"]).status(0);
    playground.run(&["verify", "--from", "1.1"]).status(0).out(str![[r#"
  note starting from the end of step 1, as an earlier `verify` has kept it
  – echo 1 > x skipped: this run begins with step 1.1
Step 1.1  Below
  ✓ cat x
verify: 1 passed, 0 failed, 1 skipped in [TIME] s
census: 2 blocks: 0 file edits, 2 of commands, 0 queries, 0 ignored with a reason, 0 unaccounted; 0 hidden checks

"#]]);
}

#[test]
fn an_exercise_plays_no_chapter_again_of_which_nothing_runs() {
    let book = ScenarioTest::new();
    let log = book.dir().join("log");
    let play =
        |name: &str| format!("```console\n$ echo {name} | tee -a '{}' > {name}\n```\n\n", log.display());
    let exercise =
        "```text file=x exercise=e\nx\n```\n\n<!-- scenario: check file=x contains=x exercise=e -->\n";
    let playground = book
        .page("step-1.md", &format!("# One\n\n{}", play("one")))
        .page("step-2.md", &format!("# Two\n\n{}{exercise}", play("two")))
        .playground();
    let played = || {
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        let _ = std::fs::remove_file(&log);
        text
    };
    playground.run(&["verify"]).status(0);
    assert_eq!(played(), "one\ntwo\n");
    playground.run(&["verify", "--from", "2"]).status(0).says("Step 2  exercise e\n");
    assert_eq!(played(), "two\n");
}
