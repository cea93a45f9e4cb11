//! `writes`: the files of the book that the commands of a block change, and what is known about them afterwards.

use scenario_core::files::{EditFault, Files};
use scenario_core::model::{BlockKind, Scenario};
use scenario_core::plan::Plan;
use snapbox::str;

use crate::scenario_test::{ScenarioTest, rejects};

const PAGE: &str = "```text file=a\none\ntwo\n```\n\n```console writes=a\n$ tool\n```\n\n\
                    ```text file=a insert-after=made\nthree\n```\n";

/// The files after all blocks of the first step, if a command has written this text to `a`.
fn run(scenario: &Scenario, made: &str) -> Result<Files, EditFault> {
    let mut files = Files::default();
    for block in &scenario.steps[0].blocks {
        match &block.kind {
            BlockKind::Edit(edit) => files.apply_now(block, edit).map_err(|misfit| misfit.fault)?,
            _ => {
                files.apply(block).expect("a place for the file");
                files.learn("a", Some(made.into()));
            }
        }
    }
    Ok(files)
}

#[test]
fn what_a_command_writes_is_known_only_when_the_step_runs() {
    let test = ScenarioTest::step(PAGE);
    test.diagnostics(str![]);
    let files = Files::at(&test.scenario(), 1);
    assert!(files.is_written("a") && files.has("a") && files.text("a").is_none());
    assert_eq!(files.paths().count(), 0);
    assert_eq!(files.written().collect::<Vec<_>>(), ["a"]);
    let files = run(&test.scenario(), "one\nmade\n").expect("an edit that fits");
    assert_eq!(files.text("a").as_deref(), Some("one\nmade\nthree\n"));
    let fault = run(&test.scenario(), "one\n").expect_err("an edit that does not fit");
    assert!(matches!(&fault, EditFault::NotFound { marker, .. } if marker == "made"), "{fault:?}");
}

#[test]
fn a_block_with_the_whole_file_makes_its_text_known_again() {
    let page = format!("{PAGE}\n```text file=a\nnew\n```\n\n```text file=a insert-after=old\nx\n```\n");
    rejects(
        &page,
        str![[r#"
error[marker-not-found]: marker not found in `a`
  --> src/step-1.md:18:29
   |
18 | ```text file=a insert-after=old
   |                             ^^^
   |
   = help: the file has one line at this point, which is not similar

"#]],
    );
}

#[test]
fn a_line_that_a_command_has_left_keeps_its_place_in_the_book() {
    let scenario = ScenarioTest::step(PAGE).scenario();
    let files = run(&scenario, "zero\none\nmade\ntwo\nmore\n").expect("an edit that fits");
    assert_eq!(files.text("a").as_deref(), Some("zero\none\nmade\nthree\ntwo\nmore\n"));
    let lines = (1..=6).map(|line| files.origin("a", line).map(|span| scenario.sources.location(span).line));
    assert_eq!(lines.collect::<Vec<_>>(), [6, 2, 6, 11, 3, 6].map(Some));
}

#[test]
fn lines_without_a_newline_or_with_another_one_stay_as_they_are() {
    let scenario = ScenarioTest::step(PAGE).scenario();
    for (made, edited) in
        [("made", "made\nthree\n"), ("made\r\nb", "made\r\nthree\r\nb"), ("made\n\nb", "made\nthree\n\nb")]
    {
        let files = run(&scenario, made).expect("an edit that fits");
        assert_eq!(files.bytes("a").as_deref(), Some(edited.as_bytes()));
        assert!(files.is("a", edited));
        let of_edit = files.origin("a", 2).map(|span| scenario.sources.location(span).line);
        assert_eq!(of_edit, Some(11), "{edited:?}");
    }
}

#[test]
fn what_writes_names_must_be_files_of_the_workspace() {
    rejects(
        "```console writes=\"a, ../b\"\n$ tool\n```\n",
        str![[r#"
error[invalid-path]: invalid path `../b`: it leads out of the workspace
 --> src/step-1.md:1:19
  |
1 | ```console writes="a, ../b"
  |                   ^^^^^^^^^
  |
  = help: write a path relative to the workspace, its parts joined by `/`, as in `src/main.rs`

"#]],
    );
    rejects(
        "```console writes=\"a,\"\n$ tool\n```\n",
        str![[r#"
error[invalid-path]: invalid path ``: it has an empty part, `.`, `\` or a control character
 --> src/step-1.md:1:19
  |
1 | ```console writes="a,"
  |                   ^^^^
  |
  = help: write a path relative to the workspace, its parts joined by `/`, as in `src/main.rs`

"#]],
    );
    rejects(
        "```console writes=\n$ tool\n```\n",
        str![[r#"
error[missing-value]: missing value for `writes`
 --> src/step-1.md:1:12
  |
1 | ```console writes=
  |            ^^^^^^^
  |
  = help: write `writes=PATH`, without spaces around the `=`

"#]],
    );
    rejects(
        "```text file=app/a\nx\n```\n\n```console writes=app\n$ tool\n```\n",
        str![[r#"
error[path-conflict]: `app` cannot be a file: the book writes `app/a` as well
 --> src/step-1.md:5:19
  |
5 | ```console writes=app
  |                   ^^^
  |
  = help: rename one of them: one is a folder, the other a file of the same name

"#]],
    );
}

#[test]
fn what_only_looks_or_keeps_running_writes_no_file() {
    rejects(
        "```console read-only writes=a\n$ tool\n```\n",
        str![[r#"
error[conflicting-attributes]: `read-only` conflicts with `writes`
 --> src/step-1.md:1:29
  |
1 | ```console read-only writes=a
  |                             ^
  |
  = help: a block that writes a file is not read-only: remove one of the two

"#]],
    );
    rejects(
        "```console background=web ready=8000 within=5s writes=a\n$ tool\n```\n",
        str![[r#"
error[conflicting-attributes]: `background` conflicts with `writes`
 --> src/step-1.md:1:55
  |
1 | ```console background=web ready=8000 within=5s writes=a
  |                                                       ^
  |
  = help: a process that keeps running could change the file at any time: remove `writes`

"#]],
    );
    rejects(
        "```text file=a writes=b\nx\n```\n",
        str![[r#"
error[misplaced-attribute]: `writes` is not allowed on a file edit
 --> src/step-1.md:1:16
  |
1 | ```text file=a writes=b
  |                ^^^^^^
  |
  = help: expected `file`, `append`, `prepend`, `insert-before`, `insert-after`, `replace`, `replace-to`, `exercise` or `mistake`

"#]],
    );
}

#[test]
fn a_file_that_a_command_makes_later_is_pointed_at() {
    rejects(
        "```text file=a append\nx\n```\n\n```console writes=a\n$ tool\n```\n",
        str![[r#"
error[unknown-file]: no earlier block writes `a`
 --> src/step-1.md:1:14
  |
1 | ```text file=a append
  |              ^
...
5 | ```console writes=a
  |                   - the file is written here, after this edit
  |
  = help: move the block that writes the file before this edit

"#]],
    );
}

#[test]
fn a_step_after_a_command_that_writes_changes_with_that_command() {
    let keys = |command: &str| {
        let two = "```text file=a append\nx\n```\n\n```console read-only\n$ cat a\n```\n";
        let one = format!("```console writes=a\n$ {command}\n```\n");
        let test = ScenarioTest::new().page("step-1.md", &one).page("step-2.md", two);
        let plan = Plan::new(test.scenario());
        let look = plan.steps[1].actions.last().expect("an action").key.clone();
        (plan.steps[1].key.clone(), look)
    };
    assert_eq!(keys("tool"), keys("tool"));
    let (one, other) = (keys("tool"), keys("tool --other"));
    assert_ne!(one.0, other.0);
    assert_ne!(one.1, other.1);
}
