//! Exercises: when one is complete, and the message about one that is not.

use snapbox::str;

use crate::scenario_test::{ScenarioTest, rejects};

const CHECK: &str = "<!-- scenario: check file=b contains=b exercise=copy -->\n";
const SOLUTION: &str = "```console exercise=copy\n$ cp a b\n```\n";

#[test]
fn what_names_an_exercise_is_no_part_of_its_step() {
    let page = format!("# One\n\n```text file=a\na\n```\n\n{CHECK}\n{SOLUTION}");
    let book = ScenarioTest::step(&page);
    let scenario = book.scenario();
    let step = &scenario.steps[0];
    assert_eq!((step.blocks.len(), step.checks.len()), (1, 0));
    let exercise = scenario.exercise(1, "copy").expect("the exercise");
    assert_eq!((exercise.solution.len(), exercise.checks.len(), exercise.mistakes.len()), (1, 1, 0));
    book.files_at(
        1,
        "a",
        str![[r#"
a

"#]],
    );
}

#[test]
fn edits_of_a_solution_and_of_each_mistake_begin_with_the_files_of_the_chapter() {
    let edit = |mistake: &str, from: &str| {
        format!("```text file=a exercise=copy{mistake} replace={from}\nb\n```\n\n")
    };
    let hint = " mistake=\"not so\"";
    let check = CHECK.replace("exercise=copy", "exercise=copy mistake=\"not so\"");
    let page = |mistake: &str| format!("```text file=a\na\n```\n\n{check}\n{}{mistake}", edit("", "a"));
    ScenarioTest::step(&page(&edit(hint, "a"))).scenario();
    rejects(
        &page(&edit(hint, "b")),
        str![[r#"
error[marker-not-found]: marker not found in `a`
  --> src/step-1.md:11:55
   |
11 | ```text file=a exercise=copy mistake="not so" replace=b
   |                                                       ^
   |
   = help: the file has one line at this point, which is not similar

"#]],
    );
}

#[test]
fn a_mistake_belongs_to_an_exercise() {
    rejects(
        "```text file=a mistake=no\na\n```\n",
        str![[r#"
error[mistake-without-exercise]: `mistake` without `exercise`
 --> src/step-1.md:1:16
  |
1 | ```text file=a mistake=no
  |                ^^^^^^^
  |
  = help: name the exercise as well: `exercise=NAME`

"#]],
    );
    rejects(
        "<!-- scenario: check file=b contains=b mistake=no -->\n",
        str![[r#"
error[mistake-without-exercise]: `mistake` without `exercise`
 --> src/step-1.md:1:40
  |
1 | <!-- scenario: check file=b contains=b mistake=no -->
  |                                        ^^^^^^^
  |
  = help: name the exercise as well: `exercise=NAME`

"#]],
    );
}

#[test]
fn an_exercise_has_a_plain_name() {
    rejects(
        &format!("{CHECK}\n{SOLUTION}").replace("exercise=copy", "exercise=\"a copy\""),
        str![[r#"
error[invalid-name]: invalid exercise name `a copy`
 --> src/step-1.md:1:49
  |
1 | <!-- scenario: check file=b contains=b exercise="a copy" -->
  |                                                 ^^^^^^^^
  |
  = help: use letters, digits, `-` and `_`, as in `exercise=buckets`

error[invalid-name]: invalid exercise name `a copy`
 --> src/step-1.md:3:21
  |
3 | ```console exercise="a copy"
  |                     ^^^^^^^^
  |
  = help: use letters, digits, `-` and `_`, as in `exercise=buckets`

"#]],
    );
}

#[test]
fn an_exercise_has_a_hidden_check_and_a_solution() {
    rejects(
        SOLUTION,
        str![[r#"
error[exercise-without-check]: the exercise `copy` has no hidden check
 --> src/step-1.md:1:21
  |
1 | ```console exercise=copy
  |                     ^^^^
  |
  = help: add what must be true when it is solved, such as
          `<!-- scenario: check http url=http://localhost:8000/ status=200 exercise=copy -->`

"#]],
    );
    rejects(
        CHECK,
        str![[r#"
error[exercise-without-solution]: the exercise `copy` has no solution
 --> src/step-1.md:1:49
  |
1 | <!-- scenario: check file=b contains=b exercise=copy -->
  |                                                 ^^^^
  |
  = help: add the file edits or commands that solve it, each with `exercise=copy` and without `mistake`

"#]],
    );
}

#[test]
fn a_mistake_is_on_a_block_and_on_a_check() {
    let mistake = "\n```text file=b exercise=copy mistake=\"Copy it.\"\nc\n```\n";
    rejects(
        &format!("{CHECK}\n{SOLUTION}{mistake}"),
        str![[r#"
error[unmatched-mistake]: no check of the exercise `copy` has this mistake
 --> src/step-1.md:7:38
  |
7 | ```text file=b exercise=copy mistake="Copy it."
  |                                      ^^^^^^^^^^
  |
  = help: add `mistake` with the same text to the check that fails then, which has `exercise=copy`: the text is its hint

"#]],
    );
    let check = CHECK.replace("exercise=copy", "exercise=copy mistake=\"Copy it!\"");
    rejects(
        &format!("{check}\n{SOLUTION}"),
        str![[r#"
error[unmatched-mistake]: no block of the exercise `copy` makes this mistake
 --> src/step-1.md:1:62
  |
1 | <!-- scenario: check file=b contains=b exercise=copy mistake="Copy it!" -->
  |                                                              ^^^^^^^^^^
  |
  = help: `mistake` on a check is the hint that is shown when the check fails: add a file edit or commands that
          make the mistake, with the same text and `exercise=copy`, so that it is seen to fail

"#]],
    );
}

#[test]
fn a_chapter_ends_before_its_exercises() {
    rejects(
        &format!("{CHECK}\n{SOLUTION}\n```text file=a\na\n```\n"),
        str![[r#"
error[block-after-exercise]: a block of the chapter is below the exercise `copy`
 --> src/step-1.md:7:1
  |
1 | <!-- scenario: check file=b contains=b exercise=copy -->
  |                                                 ---- the exercise begins here
...
7 | ```text file=a
  | ^^^^^^^^^^^^^^
  |
  = help: an exercise begins at the end of its chapter: move the block above the exercise, or make it part of an exercise with `exercise=NAME`

"#]],
    );
}

#[test]
fn what_cannot_be_read_may_be_what_an_exercise_lacks() {
    rejects(
        &format!("{CHECK}\n{}", SOLUTION.replace("$ cp a b", "cp a b")),
        str![[r#"
error[output-before-command]: expected a command that starts with `$ `
 --> src/step-1.md:4:1
  |
4 | cp a b
  | ^^^^^^
  |
  = help: write `$ ` before the command, or add `ignore="why"` to the block

"#]],
    );
}

#[test]
fn a_process_that_an_exercise_stops_runs_at_the_end_of_its_chapter() {
    let start = "```console background=web ready=8000 within=1s\n$ web\n```\n";
    let stop = "```console stop=web exercise=copy\n```\n";
    ScenarioTest::step(&format!("{start}\n{CHECK}\n{stop}")).scenario();
    rejects(
        &format!("{CHECK}\n{stop}"),
        str![[r#"
error[not-running]: no background process `web` is running here
 --> src/step-1.md:3:17
  |
3 | ```console stop=web exercise=copy
  |                 ^^^
  |
  = help: an earlier block starts it with `background=web`; remove `stop` if none does

"#]],
    );
}

#[test]
fn a_query_of_an_exercise_is_asked_only_after_its_solution() {
    let query = "```promql exercise=copy already-true=\"it is\"\nup\n```\n";
    rejects(
        &format!("{CHECK}\n{SOLUTION}\n{query}"),
        str![[r#"
error[conflicting-attributes]: `exercise` conflicts with `already-true`
 --> src/step-1.md:7:38
  |
7 | ```promql exercise=copy already-true="it is"
  |                                      ^^^^^^^
  |
  = help: remove it: a solution's query is asked only after it

"#]],
    );
    let query = "```promql exercise=copy mistake=\"no\"\nup\n```\n";
    rejects(
        &format!("{CHECK}\n{SOLUTION}\n{query}"),
        str![[r#"
error[misplaced-attribute]: `mistake` is not allowed on a `promql` block
 --> src/step-1.md:7:25
  |
7 | ```promql exercise=copy mistake="no"
  |                         ^^^^^^^
  |
  = help: expected `within`, `expect`, `already-true`, `plot`, `range`, `step`, `curve`, `unit`, `alt`, `screenshot`, `url`, `exercise`, `file` or `ignore`

"#]],
    );
}

#[test]
fn a_name_has_a_bound() {
    let name = "a".repeat(101);
    let page = format!(
        "# A\n\n```promql plot={name} range=1m curve=\"last > 0\" alt=x\nup\n```\n\n\
         ```text file=x exercise={name}\nx\n```\n"
    );
    rejects(
        &page,
        str![[r#"
error[invalid-name]: plot name has 101 characters
 --> src/step-1.md:3:16
  |
3 | ```promql plot=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa range=1m curve="...
  |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: use at most 100 characters

error[invalid-name]: exercise name has 101 characters
 --> src/step-1.md:7:25
  |
7 | ```text file=x exercise=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  |                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: use at most 100 characters

"#]],
    );
}

#[test]
fn a_hint_may_go_on_in_the_next_line_of_a_comment() {
    let page = "# A\n\n<!-- scenario: check file=x matches=x exercise=a mistake=\"Write\n     it  down.\" -->\n\n\
        ```text file=x exercise=a\nx\n```\n\n```text file=x exercise=a mistake=\"Write it down.\"\ny\n```\n";
    let scenario = ScenarioTest::step(page).scenario();
    let exercise = &scenario.steps[0].exercises[0];
    assert_eq!(exercise.checks[0].hint.as_deref(), Some("Write it down."));
    assert_eq!(exercise.mistakes.len(), 1);
}
