//! Blocks that edit what a command has written: the learner's file as it is.

use serde_json::json;

use crate::lab_test::{LabTest, until};
use crate::sockets::text;

const PAGE: &str = "# One\n\n```console writes=conf\n$ printf 'a\\nb\\n' > conf\n```\n\n```text file=conf insert-after=a\nnew\n```\n";

#[test]
fn a_block_edits_what_a_command_has_written_and_nothing_else_is_restored() {
    let test = LabTest::book(&[PAGE]);
    let lab = test.start();
    let mut page = lab.page();
    let (command, edit) = (lab.block(1, 0), lab.block(1, 1));
    let apply = format!("/api/blocks/{edit}/apply");
    let refused = lab.post(&apply, "{}").is(409).json();
    assert_eq!(
        (&refused["restore"], text(&refused["help"])),
        (&json!(false), "use the blocks above first".to_owned())
    );
    lab.post(&format!("/api/blocks/{command}/run"), "{}").is(202);
    page.wait_for_block(&command, "passed");
    test.write("workspace/conf", test.read("conf") + "mine\n");
    let applied = lab.post(&apply, "{}").is(200).json();
    assert_eq!(applied["outcome"], "applied", "{applied}");
    assert_eq!(test.read("conf"), "a\nnew\nb\nmine\n");
    assert_eq!(lab.post(&apply, "{}").is(200).json()["outcome"], "already");
    let refused = lab.post(&format!("/api/blocks/{edit}/restore"), "{}").is(409).json();
    assert_eq!(
        (refused["error"].as_str(), refused["help"].as_str()),
        (
            Some("`conf` is written by a command, so the page does not have its text"),
            Some("use the blocks above first, or reset the step")
        )
    );
    assert_eq!(test.read("conf"), "a\nnew\nb\nmine\n");
    let differences = lab.get("/api/steps/1/diff").is(200).json();
    assert_eq!(differences.as_array().map(Vec::len), Some(0), "{differences}");
}

#[test]
fn what_a_block_has_written_is_not_taken_for_the_learners_and_what_they_change_is() {
    for mine in [None, Some("mine\n")] {
        let two = "# Two\n\n```text file=conf\nall\n```\n";
        let test = LabTest::book(&[PAGE, two]);
        let lab = test.start();
        let mut page = lab.page();
        let (command, edit) = (lab.block(1, 0), lab.block(1, 1));
        lab.post(&format!("/api/blocks/{command}/run"), "{}").is(202);
        page.wait_for_block(&command, "passed");
        lab.post(&format!("/api/blocks/{edit}/apply"), "{}").is(200);
        assert_eq!(test.read("conf"), "a\nnew\nb\n");
        if let Some(mine) = mine {
            test.write("workspace/conf", test.read("conf") + mine);
        }
        lab.post("/api/steps/2/solve", "{}").is(202);
        assert_eq!(page.wait_for_job()["state"], "passed");
        assert_eq!(test.read("conf"), "all\n");
        assert_eq!(test.path(".scenario/kept").exists(), mine.is_some(), "{mine:?}");
    }
}

#[test]
fn a_learners_file_that_a_command_has_changed_stays_theirs() {
    let page = "# One\n\n```console writes=conf\n$ echo more >> conf\n```\n";
    let test = LabTest::book(&[page, "# Two\n\n```text file=conf\nall\n```\n"]);
    test.write("workspace/conf", "mine\n");
    let lab = test.start();
    let mut page = lab.page();
    let command = lab.block(1, 0);
    lab.post(&format!("/api/blocks/{command}/run"), "{}").is(202);
    page.wait_for_block(&command, "passed");
    assert_eq!(test.read("conf"), "mine\nmore\n");
    lab.post("/api/steps/2/solve", "{}").is(202);
    assert_eq!(page.wait_for_job()["state"], "passed");
    assert_eq!(test.read("conf"), "all\n");
    assert!(test.path(".scenario/kept").exists());
}

#[test]
fn a_command_that_changes_a_file_of_the_page_unsaid_is_refused_as_by_step() {
    let page = "# One\n\n```text file=conf\na\n```\n\n```console\n$ echo b >> conf\n$ touch after\n```\n\n\
        ```console writes=conf\n$ echo c >> conf\n```\n";
    let test = LabTest::book(&[page]);
    let lab = test.start();
    let mut page = lab.page();
    let run = |index: usize| {
        let block = lab.block(1, index);
        lab.post(&format!("/api/blocks/{block}/run"), "{}").is(202);
        block
    };
    lab.post(&format!("/api/blocks/{}/apply", lab.block(1, 0)), "{}").is(200);
    test.write("workspace/conf", "a\nmine\n");
    let told = page.wait_for_block(&run(1), "failed");
    assert!(
        told.starts_with(
            "`echo b >> conf`: `echo b >> conf` has changed `conf`, which the page writes; expected"
        ),
        "{told}"
    );
    assert!(told.contains("write `writes=\"conf\"` on its block"), "{told}");
    assert_eq!(test.read("conf"), "a\nmine\n", "it is as it was before the command");
    assert!(!test.path("after").exists(), "the commands after it are not run");
    let kept = std::fs::read_dir(test.path(".scenario/kept")).into_iter().flatten().flatten();
    let kept: Vec<_> =
        kept.map(|entry| std::fs::read_to_string(entry.path().join("conf")).unwrap_or_default()).collect();
    assert_eq!(kept, ["a\nmine\nb\n"]);
    page.wait_for_block(&run(2), "passed");
    assert_eq!(test.read("conf"), "a\nmine\nc\n", "its block says so");
}

#[test]
fn what_the_learner_saves_while_a_command_runs_is_not_the_commands() {
    let page = "# One\n\n```text file=conf\na\n```\n\n\
        ```console\n$ touch started; until grep -q mine conf; do sleep 0.05; done\n```\n";
    let test = LabTest::book(&[page]);
    let lab = test.start();
    let mut page = lab.page();
    let (edit, command) = (lab.block(1, 0), lab.block(1, 1));
    lab.post(&format!("/api/blocks/{edit}/apply"), "{}").is(200);
    lab.post(&format!("/api/blocks/{command}/run"), "{}").is(202);
    until("the command has started", || test.path("started").exists());
    let (_, etag) = lab.file("conf");
    lab.put("conf", Some(&etag), "mine\n").is(204);
    page.wait_for_block(&command, "passed");
    assert_eq!(test.read("conf"), "mine\n");
}
