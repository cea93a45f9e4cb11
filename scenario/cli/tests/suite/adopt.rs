//! `adopt`: what the author has changed in the files of the book goes into its pages.

use snapbox::str;

use crate::playground::Playground;
use crate::scenario_test::ScenarioTest;

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
not taken over: workspace/app/a.txt:2 (src/one.md:5:1): the lines come from several blocks, and there is another number of them now; change the blocks by hand

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
