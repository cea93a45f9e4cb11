//! `adopt`: what the author has changed in the files of the book goes into its pages.

use std::process::{Command, Stdio};

use snapbox::str;

use crate::playground::Playground;
use crate::scenario_test::{ScenarioTest, compare};

const ONE: &str = "# One\n\n```text file=app/a.txt\none\ntwo\n```\n";
const TWO: &str =
    "# Two\n\n```text file=app/a.txt append\nthree\n```\n\n```console\n$ wc -l < app/a.txt\n3\n```\n";

fn book() -> Playground {
    ScenarioTest::new()
        .file("book.toml", "[book]\ntitle = \"A book\"\n\n[preprocessor.scenario]\nresult = \"result/app\"\n")
        .file("result/app/a.txt", "one\n2\nthree\n")
        .page("one.md", ONE)
        .page("two.md", TWO)
        .playground()
}

fn page(playground: &Playground, name: &str) -> String {
    std::fs::read_to_string(playground.root().join("src").join(name)).expect("a page")
}

#[test]
fn a_change_in_the_workspace_goes_into_its_page() {
    let playground = book();
    playground.run(&["step", "2"]).status(0);
    std::fs::write(playground.path("app/a.txt"), "one\nTWO\nthree\n").expect("a file");
    playground.run(&["adopt", "--yes"]).status(0).out(str![[r#"
--- src/one.md
+++ src/one.md
@@ -2,5 +2,5 @@
 
 ```text file=app/a.txt
 one
-two
+TWO
 ```
wrote `src/one.md`
  note playing steps 1 and 2
Step 1  one
  ✓ write `app/a.txt`
Step 2  two
  ✓ edit `app/a.txt` (append)
  ✓ wc -l < app/a.txt
step 2: 3 passed, 0 failed, 0 skipped in [TIME] s
your files are in `workspace`; `scenario down` ends what runs

"#]]);
    assert_eq!(page(&playground, "one.md"), ONE.replace("two", "TWO"));
    assert_eq!(page(&playground, "two.md"), TWO);
    playground.run(&["step", "2"]).status(0).does_not_say("kept");
    assert_eq!(playground.read("app/a.txt"), "one\nTWO\nthree\n");
    playground.run(&["adopt", "--yes"]).status(0).out(str![[r#"
the files are as the pages write them; nothing to take over

"#]]);
}

#[test]
fn without_a_terminal_nothing_is_written_but_with_yes() {
    let playground = book();
    playground.run(&["step", "1"]).status(0);
    std::fs::write(playground.path("app/a.txt"), "zero\none\ntwo\n").expect("a file");
    playground.run(&["adopt"]).status(1).out(str![[r#"
--- src/one.md
+++ src/one.md
@@ -1,6 +1,7 @@
 # One
 
 ```text file=app/a.txt
+zero
 one
 two
 ```
nothing was written: there is no terminal to ask at; `--yes` writes the pages

"#]]);
    assert_eq!(page(&playground, "one.md"), ONE);
}

#[test]
fn what_is_not_clear_is_listed() {
    let playground = book();
    playground.run(&["step", "2"]).status(0);
    std::fs::write(playground.path("app/a.txt"), "one\nTWO\n").expect("a file");
    playground.run(&["adopt", "--yes"]).status(1).out(str![[r#"
not taken over: workspace/app/a.txt:2 (src/one.md:5:1): the lines come from several blocks, and there is another number of them now; answer at a terminal which takes them, or change the blocks by hand

"#]]);
    std::fs::remove_file(playground.path("app/a.txt")).expect("a file");
    playground.run(&["adopt", "--yes"]).status(1).out(str![[r#"
not taken over: workspace/app/a.txt:1: the file is gone; remove its blocks from the pages by hand

"#]]);
}

#[test]
fn the_result_is_taken_over() {
    let playground = book();
    playground.run(&["adopt", "--result", "--yes"]).status(0).out(str![[r#"
--- src/one.md
+++ src/one.md
@@ -2,5 +2,5 @@
 
 ```text file=app/a.txt
 one
-two
+2
 ```
wrote `src/one.md`

"#]]);
    assert_eq!(page(&playground, "one.md"), ONE.replace("two", "2"));
    playground.run(&["verify"]).status(0);
}

#[test]
fn a_workspace_that_is_at_no_step_needs_its_number() {
    let playground = book();
    playground.run(&["adopt"]).status(2).err(str![[r#"
error: `workspace` is not known to be at the end of a chapter
  help: `scenario step N` brings it to one; `scenario adopt N` takes its files for those of chapter N

"#]]);
    assert!(!playground.path("").exists());
    std::fs::create_dir_all(playground.path("app")).expect("a folder");
    std::fs::write(playground.path("app/a.txt"), "1\ntwo\n").expect("a file");
    playground.run(&["adopt", "1", "--yes"]).status(0);
    assert_eq!(page(&playground, "one.md"), ONE.replace("one\n", "1\n"));
}

#[test]
fn a_page_that_has_changed_too_is_not_reverted() {
    let playground = book();
    playground.run(&["step", "2"]).status(0);
    std::fs::write(playground.path("app/a.txt"), "one\nTWO\nthree\n").expect("a file");
    let changed = TWO.replace("three", "THREE");
    std::fs::write(playground.root().join("src/two.md"), &changed).expect("a page");
    playground.run(&["adopt", "--yes"]).status(1).out(str![[r#"
not taken over: workspace/app/a.txt:1: its pages have changed, too, since the file was written; `step` keeps your file and writes theirs

"#]]);
    assert_eq!(page(&playground, "two.md"), changed);
    // A file that is as the pages had it is nothing to take over.
    std::fs::write(playground.path("app/a.txt"), "one\ntwo\nthree\n").expect("a file");
    playground.run(&["adopt", "--yes"]).status(0).out(str![[r#"
the files are as the pages write them; nothing to take over

"#]]);
}

#[test]
fn the_files_of_another_chapter_and_links_are_not_taken() {
    let playground = book();
    playground.run(&["step", "2"]).status(0);
    playground.run(&["adopt", "1"]).status(2).err(str![[r#"
error: the workspace is at the end of chapter 2, not of 1
  help: `scenario adopt` takes its files for those of chapter 2

"#]]);
    std::fs::write(playground.root().join("elsewhere"), "mine\n").expect("a file");
    std::fs::remove_file(playground.path("app/a.txt")).expect("a file");
    std::os::unix::fs::symlink("../../elsewhere", playground.path("app/a.txt")).expect("a link");
    playground.run(&["adopt", "--yes"]).status(1).out(str![[r#"
not taken over: workspace/app/a.txt:1: it is a symbolic link

"#]]);
}

/// Runs `adopt` on a terminal, with an answer to each question; what it says, and its exit status.
fn answered(playground: &Playground, answers: &str) -> (Option<i32>, String) {
    let mut command = Command::new("script");
    playground.prepare(&mut command);
    let line = format!("{} adopt", env!("CARGO_BIN_EXE_scenario"));
    command.args(["-qec", &line, "/dev/null"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("script, of util-linux");
    std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), answers.as_bytes())
        .expect("an answer");
    let output = child.wait_with_output().expect("script");
    (output.status.code(), String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n"))
}

/// A book in which a new line is between the lines of two blocks.
fn between() -> Playground {
    let playground = book();
    playground.run(&["step", "2"]).status(0);
    std::fs::write(playground.path("app/a.txt"), "one\ntwo\nand\nthree\n").expect("a file");
    playground
}

#[test]
fn without_a_terminal_or_with_yes_a_question_is_listed_and_not_decided() {
    for words in [&["adopt"][..], &["adopt", "--yes"]] {
        let playground = between();
        playground.run(words).status(1).out(str![[r#"
not taken over: workspace/app/a.txt:3 (src/two.md:4:1): the new lines are between two blocks; answer at a terminal which takes them, or change it by hand

"#]]);
        assert_eq!(
            (page(&playground, "one.md"), page(&playground, "two.md")),
            (ONE.to_owned(), TWO.to_owned())
        );
    }
}

#[test]
fn on_a_terminal_the_author_decides_which_block_takes_lines() {
    let playground = between();
    let (status, told) = answered(&playground, "2\nn\n");
    assert_eq!(status, Some(1), "{told}");
    let begin = told.find("workspace/").unwrap_or(0);
    let end = told.find("--- ").unwrap_or(told.len());
    compare(
        told[begin..end].trim_end_matches(|c| c != ']'),
        str![[r#"
workspace/app/a.txt:3: which block do these lines go into?
    + and
  1  src/one.md:5:1: below `two`
  2  src/two.md:4:1: above `three`
[1, 2, or nothing to leave the file as it is]
"#]],
    );
    // The chapter that is played again then shows another number of lines, so it fails.
    for (answers, status, one, two) in [
        ("1\ny\n", 1, ONE.replace("two\n", "two\nand\n"), TWO.to_owned()),
        ("2\ny\n", 1, ONE.to_owned(), TWO.replace("three\n", "and\nthree\n")),
        ("\n", 1, ONE.to_owned(), TWO.to_owned()),
        ("3\n", 1, ONE.to_owned(), TWO.to_owned()),
    ] {
        let playground = between();
        let (found, told) = answered(&playground, answers);
        assert_eq!(found, Some(status), "{answers:?}: {told}");
        assert_eq!(
            (page(&playground, "one.md"), page(&playground, "two.md")),
            (one, two),
            "{answers:?}: {told}"
        );
    }
}
