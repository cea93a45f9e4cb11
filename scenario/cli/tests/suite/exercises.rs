//! Exercises: what `verify` proves of them, what `check --exercise` says to a reader, and that steps ignore them.

use snapbox::str;

use crate::forms::is_report;
use crate::playground::Playground;
use crate::scenario_test::ScenarioTest;

const CHAPTER: &str = "# One\n\n```text file=numbers\n2\n3\n4\n```\n\n\
    ```console background=clock ready=log:tick within=10s\n$ sh -c 'echo tick; sleep 7721'\n```\n\n\
    <!-- scenario: check file=numbers contains=3 -->\n\n";
const TASK: &str = "Write `sum.sh`, and let it write `result`.\n\n\
    <!-- scenario: check file=sum.sh matches=. exercise=sum -->\n\
    <!-- scenario: check file=result matches=. exercise=sum mistake=\"Run it, too.\" -->\n\
    <!-- scenario: check file=result contains=9 exercise=sum mistake=\"Add, do not multiply.\" -->\n\n";
const SOLUTION: &str = "```sh file=sum.sh exercise=sum\npaste -sd+ numbers | sed 's/.*/echo $((&))/' | sh > result\n```\n\n\
    ```console exercise=sum\n$ sh sum.sh && cd /\n```\n\n";
const NOT_RUN: &str =
    "```sh file=sum.sh exercise=sum mistake=\"Run it, too.\"\npaste -sd+ numbers | bc > result\n```\n\n";
const PRODUCT: &str = "```sh file=sum.sh exercise=sum mistake=\"Add, do not multiply.\"\necho 24 > result\n```\n\n\
     ```console exercise=sum mistake=\"Add, do not multiply.\"\n$ pwd | grep -c workspace || sh sum.sh\n$ sh sum.sh\n```\n";

const SECOND: &str = "# Two\n\n```console\n$ ls\nnumbers\n$ touch two\n```\n";

/// A book whose first chapter has an exercise of these parts.
fn book(parts: &[&str]) -> Playground {
    let first = [&[CHAPTER], parts].concat().concat();
    Playground::steps(&[&first, SECOND])
}

const REPORTED: [&str; 5] = ["verify", "--json", "r.json", "--junit", "r.xml"];

/// The mistakes in both reports, each with its verdict and remark.
#[track_caller]
fn mistakes(playground: &Playground) -> Vec<(String, String)> {
    let (report, junit) = playground.reports("r.json", "r.xml");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let items = report["items"].as_array().expect("items");
    let of_mistakes: Vec<_> = items.iter().filter(|item| item["kind"] == "mistake").collect();
    for item in &of_mistakes {
        let blocks = report["blocks"].as_array().expect("blocks");
        let block = blocks.iter().find(|block| block["id"] == item["id"]).expect("a block of the mistake");
        for part in ["step", "label", "exercise", "title", "page", "line", "column"] {
            assert_eq!(block[part], item[part], "{part}");
        }
        assert_eq!(block["outcome"], item["verdict"]);
        assert!(junit.contains(item["title"].as_str().expect("a title")), "{junit}");
    }
    of_mistakes.iter().map(|item| (text(&item["verdict"]), text(&item["remark"]))).collect()
}

#[test]
fn an_exercise_is_red_before_green_with_its_solution_and_red_with_each_mistake() {
    let playground = book(&[TASK, SOLUTION, NOT_RUN, PRODUCT]);
    playground.run(&REPORTED).status(0).out(str![[r#"
Step 1  step-1
  ✓ write `numbers`
  ✓ sh -c 'echo tick; sleep 7721'
  ✓ `numbers` contains `3`
Step 2  step-2
  ✓ ls
  ✓ touch two
Step 1  exercise sum
  ✓ mistake: Run it, too.  noticed by: `result` matches `.`
  ✓ mistake: Add, do not multiply.  noticed by: `result` contains `9`
  ✓ write `sum.sh`
  ✓ sh sum.sh && cd /
  ✓ `sum.sh` matches `.`
  ✓ `result` matches `.`
  ✓ `result` contains `9`
  note 1 exercise proved in [TIME] s
verify: 12 passed, 0 failed, 0 skipped in [TIME] s
census: 3 blocks: 1 file edits, 2 of commands, 0 queries, 0 ignored with a reason, 0 unaccounted; 1 hidden checks; 1 exercises: 5 blocks, 3 hidden checks, 2 mistakes

"#]]);
    playground.nothing_is_left_within(1);
    let (report, junit) = playground.reports("r.json", "r.xml");
    let items = report["items"].as_array().expect("items");
    let of_exercise: Vec<String> = items
        .iter()
        .filter(|item| item["exercise"] == "sum")
        .map(|item| format!("{} {} {}", item["step"], item["kind"], item["verdict"]))
        .collect();
    assert_eq!(of_exercise.len(), 7, "{of_exercise:?}");
    assert!(of_exercise[0] == r#"1 "mistake" "passed""#, "{of_exercise:?}");
    assert!(junit.contains("exercise sum, 2: mistake: Add, do not multiply."), "{junit}");
    let noticed = |by: &str| ("passed".to_owned(), format!("noticed by: {by}"));
    assert_eq!(mistakes(&playground), [noticed("`result` matches `.`"), noticed("`result` contains `9`")]);
    // What is kept of the chapters is not spoilt.
    playground.run(&["verify", "--from", "2"]).status(0).does_not_say("exercise sum");
}

#[test]
fn a_step_ignores_exercises_and_a_reader_is_told_what_went_wrong() {
    let playground = book(&[TASK, SOLUTION, NOT_RUN, PRODUCT]);
    playground.run(&["step", "1"]).status(0).does_not_say("sum.sh");
    assert!(!playground.path("sum.sh").exists());
    playground.run(&["check", "1"]).status(0).does_not_say("sum.sh");
    playground.run(&["check", "1", "--exercise", "sum"]).status(1).does_not_say("hint:");
    std::fs::write(playground.path("sum.sh"), "echo 24 > result\n").expect("a file");
    playground.run(&["check", "1", "--exercise", "sum"]).status(1).says("hint:     Run it, too.");
    std::fs::write(playground.path("result"), "24\n").expect("a file");
    playground.run(&["check", "1", "--exercise", "sum"]).status(1).out(str![[r#"
Step 1  exercise sum
  ✓ `sum.sh` matches `.`
  ✓ `result` matches `.`
  ✗ `result` contains `9`

error: the check failed
  --> src/step-1.md:19:1
   |
19 | <!-- scenario: check file=result contains=9 exercise=sum mistake="Add, do not multiply." -->
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  expected: a file that contains `9`
  found:    a file that does not
    24
  hint:     Add, do not multiply.
  again:    `scenario check 1 --exercise sum`

check 1 --exercise sum: 2 passed, 1 failed, 0 skipped in [TIME] s

"#]]);
    std::fs::write(playground.path("result"), "9\n").expect("a file");
    playground.run(&["check", "1", "--exercise", "sum"]).status(0).out(str![[r#"
Step 1  exercise sum
  ✓ `sum.sh` matches `.`
  ✓ `result` matches `.`
  ✓ `result` contains `9`
check 1 --exercise sum: 3 passed, 0 failed, 0 skipped in [TIME] s

"#]]);
    playground.run(&["check", "1", "--exercise", "product"]).status(2).err(str![[r#"
error: step 1 has no exercise `product`
  help: its exercises are `sum`

"#]]);
    playground.run(&["check", "2", "--exercise", "sum"]).status(2).err(str![[r#"
error: step 2 has no exercise `sum`
  help: it has none at all; `plan` lists the exercises of each step

"#]]);
}

#[test]
fn a_reader_s_solution_has_the_time_that_its_checks_give_until_one_fails() {
    // `! mkdir` fails when it is asked first, and passes when it is asked again.
    let checks = "<!-- scenario: check command=\"! mkdir first\" within=20s exercise=wait -->\n\
        <!-- scenario: check file=sum.sh matches=. exercise=wait mistake=\"Write it.\" -->\n\
        <!-- scenario: check command=\"! mkdir last\" within=20s exercise=wait -->\n";
    let solution = "```sh file=sum.sh exercise=wait\ntrue\n```\n";
    let mistake = "```console exercise=wait mistake=\"Write it.\"\n$ true\n```\n";
    let playground = book(&[checks, solution, mistake]);
    playground.run(&["step", "1"]).status(0);
    playground
        .run(&["check", "1", "--exercise", "wait"])
        .status(1)
        .says("hint:     Write it.")
        .says("1 passed, 2 failed");
    std::fs::write(playground.path("sum.sh"), "true\n").expect("a file");
    std::fs::remove_dir(playground.path("first")).expect("a folder");
    playground.run(&["check", "1", "--exercise", "wait"]).status(0).says("3 passed");
}

#[test]
fn no_step_is_said_to_start_what_only_an_exercise_starts() {
    let check = "<!-- scenario: check http url=http://localhost:7/ status=200 exercise=port -->\n";
    let playground = book(&[check, "```text file=port exercise=port\n7\n```\n"]);
    playground.run(&["step", "1"]).status(0);
    let asked = playground.run(&["check", "1", "--exercise", "port"]);
    asked.status(1).says("nothing listens there").does_not_say("starts what this step needs");
}

#[test]
fn a_mistake_that_nothing_notices_fails() {
    let right = PRODUCT.replace("echo 24", "echo 9");
    let ran = book(&[TASK, SOLUTION, NOT_RUN, &right]).run(&["verify"]);
    ran.status(1).out(str![[r#"
Step 1  step-1
  ✓ write `numbers`
  ✓ sh -c 'echo tick; sleep 7721'
  ✓ `numbers` contains `3`
Step 2  step-2
  ✓ ls
  ✓ touch two
Step 1  exercise sum
  ✓ mistake: Run it, too.  noticed by: `result` matches `.`
  ✗ mistake: Add, do not multiply.

error: no check of the exercise fails after this mistake
  --> src/step-1.md:33:40
   |
33 | ```sh file=sum.sh exercise=sum mistake="Add, do not multiply."
   |                                        ^^^^^^^^^^^^^^^^^^^^^^^
  help:     let the check with this hint ask for what the mistake gets wrong
  again:    `scenario verify --step 1`

  ✓ write `sum.sh`
  ✓ sh sum.sh && cd /
  ✓ `sum.sh` matches `.`
  ✓ `result` matches `.`
  ✓ `result` contains `9`
verify: 11 passed, 1 failed, 0 skipped in [TIME] s
census: 3 blocks: 1 file edits, 2 of commands, 0 queries, 0 ignored with a reason, 0 unaccounted; 1 hidden checks; 1 exercises: 5 blocks, 3 hidden checks, 2 mistakes

"#]]);
}

#[test]
fn a_mistake_with_the_hint_of_another_fails() {
    let not_run = PRODUCT.replace("\n$ sh sum.sh\n", "\n");
    let not_run = not_run.replace("$ pwd | grep -c workspace || sh sum.sh", "$ true");
    let ran = book(&[TASK, SOLUTION, NOT_RUN, &not_run]).run(&["verify"]);
    ran.status(1)
        .says("error: after this mistake another check fails first: `result` matches `.`\n")
        .says("  found:    the hint `Run it, too.`\n");
}

#[test]
fn a_mistake_whose_command_fails_is_no_proof() {
    let broken = PRODUCT.replace("$ sh sum.sh\n", "$ sh sum.sh nothing; false\n");
    let ran = book(&[TASK, SOLUTION, NOT_RUN, &broken]).run(&["verify"]);
    ran.status(1).says("error: the command failed\n");
}

#[test]
fn before_anything_is_done_no_hint_of_a_mistake_is_shown() {
    let task = TASK.replace("<!-- scenario: check file=sum.sh matches=. exercise=sum -->\n", "");
    let ran = book(&[&task, SOLUTION, NOT_RUN, PRODUCT]).run(&["verify"]);
    ran.status(1).out(str![[r#"
Step 1  step-1
  ✓ write `numbers`
  ✓ sh -c 'echo tick; sleep 7721'
  ✓ `numbers` contains `3`
Step 2  step-2
  ✓ ls
  ✓ touch two
Step 1  exercise sum
  ✗ `result` matches `.`

error: before anything is done, this is the first check that fails, and its hint is `Run it, too.`
  --> src/step-1.md:17:1
   |
17 | <!-- scenario: check file=result matches=. exercise=sum mistake="Run it, too." -->
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help:     put a check before it that fails until the exercise is begun, without `mistake`
  again:    `scenario verify --step 1`

  ✓ mistake: Run it, too.  noticed by: `result` matches `.`
  ✓ mistake: Add, do not multiply.  noticed by: `result` contains `9`
  ✓ write `sum.sh`
  ✓ sh sum.sh && cd /
  ✓ `result` contains `9`
verify: 10 passed, 1 failed, 0 skipped in [TIME] s
census: 3 blocks: 1 file edits, 2 of commands, 0 queries, 0 ignored with a reason, 0 unaccounted; 1 hidden checks; 1 exercises: 5 blocks, 2 hidden checks, 2 mistakes

"#]]);
}

#[test]
fn a_solution_that_does_not_solve_it_fails() {
    let wrong = SOLUTION.replace("-sd+", "-sd-");
    let playground = book(&[TASK, &wrong, NOT_RUN, PRODUCT]);
    let ran = playground.run(&REPORTED);
    ran.status(1).says("✓ mistake: Add, do not multiply.").says("✗ `result` contains `9`");
}

#[test]
fn where_a_chapter_fails_no_exercise_is_tried() {
    let chapter = CHAPTER.replace("contains=3", "contains=5");
    let first = [&chapter, TASK, SOLUTION, NOT_RUN, PRODUCT].concat();
    let playground = ScenarioTest::step(&first).playground();
    playground.run(&REPORTED).status(1).says("– 7 actions skipped: an earlier step failed");
    let skipped = ("skipped".to_owned(), "an earlier step failed".to_owned());
    assert_eq!(mistakes(&playground), [skipped.clone(), skipped]);
}

#[test]
fn where_the_end_of_a_chapter_cannot_be_brought_back_its_exercise_is_reported_as_skipped() {
    // The process starts once only, and is started again before the exercise.
    let chapter = CHAPTER.replace("echo tick;", "mkdir target && echo tick;");
    let first = [&chapter, TASK, SOLUTION, NOT_RUN, PRODUCT].concat();
    let playground = ScenarioTest::new()
        .file("book.toml", "[book]\ntitle = \"A book\"\n\n[preprocessor.scenario]\ncaches = [\"target\"]\n")
        .page("step-1.md", &first)
        .playground();
    playground.run(&REPORTED).status(1).says("– 7 actions skipped: an earlier step failed");
    let report = is_report(&playground.report("r.json"));
    let of_exercise =
        report["items"].as_array().expect("items").iter().filter(|item| item["exercise"] == "sum");
    assert_eq!(of_exercise.filter(|item| item["verdict"] == "skipped").count(), 7, "{report:#}");
}

#[test]
fn exercises_of_chapters_that_are_not_proved_are_reported_as_skipped() {
    let playground = book(&[TASK, SOLUTION, NOT_RUN, PRODUCT]);
    playground.run(&["verify"]).status(0);
    playground.run(&[&REPORTED[..], &["--from", "2"]].concat()).status(0).does_not_say("exercise sum");
    let skipped = ("skipped".to_owned(), "this run begins with step 2".to_owned());
    assert_eq!(mistakes(&playground), [skipped.clone(), skipped]);
}

#[test]
fn the_plan_shows_exercises_apart() {
    let playground = book(&[TASK, SOLUTION, NOT_RUN, PRODUCT]);
    playground.run(&["plan", "1"]).status(0).out(str![[r#"
Step 1  step-1
  edit       write `numbers`  (src/step-1.md:3:1)
  background sh -c 'echo tick; sleep 7721'  (src/step-1.md:10:3)
  check      `numbers` contains `3`  (src/step-1.md:13:1)
  exercise sum
    edit       write `sum.sh`  (src/step-1.md:21:1)
    command    sh sum.sh && cd /  (src/step-1.md:26:3)
    check      `sum.sh` matches `.`  (src/step-1.md:17:1)
    check      `result` matches `.`  (src/step-1.md:18:1)
    check      `result` contains `9`  (src/step-1.md:19:1)
    mistake: Run it, too.
      edit       write `sum.sh`  (src/step-1.md:29:1)
    mistake: Add, do not multiply.
      edit       write `sum.sh`  (src/step-1.md:33:1)
      command    pwd | grep -c workspace || sh sum.sh  (src/step-1.md:38:3)
      command    sh sum.sh  (src/step-1.md:39:3)
census: 3 blocks: 1 file edits, 2 of commands, 0 queries, 0 ignored with a reason, 0 unaccounted; 1 hidden checks; 1 exercises: 5 blocks, 3 hidden checks, 2 mistakes

"#]]);
    let json = playground.run(&["plan", "--json"]).status(0).stdout.clone();
    let plan: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let exercise = &plan["steps"][0]["exercises"][0];
    assert_eq!((&exercise["name"], &exercise["line"]), (&"sum".into(), &17.into()));
    assert_eq!(exercise["actions"].as_array().map(Vec::len), Some(5));
    let mistake = &exercise["mistakes"][1];
    assert_eq!(mistake["hint"], "Add, do not multiply.");
    assert_eq!((&mistake["line"], &mistake["column"]), (&33.into(), &40.into()));
    assert_eq!(mistake["id"], mistake["actions"][0]["block"]);
    assert_eq!(plan["steps"][1]["exercises"], serde_json::Value::Null);
}

#[test]
fn no_exercise_meets_the_files_of_another() {
    let exercise = |name: &str| {
        format!(
            "<!-- scenario: check file=x matches=. exercise={name} -->\n\n```text file=x exercise={name}\nx\n```\n\n"
        )
    };
    let first = ["# One\n\n```text file=a\na\n```\n\n", &exercise("a"), &exercise("b")].concat();
    let second = ["# Two\n\n```console\n$ touch two\n```\n\n", &exercise("a")].concat();
    let playground = Playground::steps(&[&first, &second]);
    playground.run(&["verify"]).status(0).says("note 3 exercises proved in ");
}

#[test]
fn a_process_that_a_later_chapter_stops_runs_on_through_the_exercises_before_it() {
    let three = "# Three\n\n```console\n$ pgrep -fxc 'sleep 7741'\n1\n```\n\n```console stop=web\n^C\n```\n\n\
                 <!-- scenario: check file=z contains=z exercise=ez -->\n\n```console exercise=ez\n$ echo z > z\n```\n";
    ScenarioTest::new()
        .page(
            "step-1.md",
            "# One\n\n```console background=web ready=log:up within=10s\n$ sh -c 'echo up; exec sleep 7741'\n```\n",
        )
        .page(
            "step-2.md",
            "# Two\n\n```console\n$ true\n```\n\n<!-- scenario: check file=y contains=y exercise=ey -->\n\n\
             ```console exercise=ey\n$ echo y > y\n```\n",
        )
        .page("step-3.md", three)
        .playground()
        .run(&["verify"])
        .status(0)
        .says("note 2 exercises proved");
}

#[test]
fn what_the_commands_of_a_mistake_have_made_does_not_help_the_solution() {
    let page = "# One\n\n```text file=n\n2\n```\n\n<!-- scenario: check file=q contains=good exercise=ex -->\n\
                <!-- scenario: check file=r contains=9 exercise=ex mistake=bad -->\n\n\
                ```console exercise=ex mistake=bad\n$ echo good > q; mkdir folder; echo 1 > r\n```\n\n\
                ```console exercise=ex\n$ test ! -e folder && echo 9 > r\n```\n";
    let ran = ScenarioTest::step(page).playground().run(&["verify"]);
    ran.status(1).says("✓ mistake: bad").says("✗ `q` contains `good`");
}
