//! SUMMARY.md and book.toml: which pages are steps, and which errors stop the reading of a book.

use scenario_core::book::Book;
use snapbox::str;

use crate::scenario_test::ScenarioTest;

/// A book with this SUMMARY.md and the pages a.md to f.md.
fn book(summary: &str) -> ScenarioTest {
    let book = ["a.md", "b.md", "c.md", "d.md", "e.md", "f.md"]
        .iter()
        .fold(ScenarioTest::new(), |book, page| book.file(&format!("src/{page}"), "Text.\n"));
    book.summary(summary)
}

#[test]
fn the_numbered_chapters_are_the_steps() {
    book("# Summary\n\n[A](a.md)\n\n- [`B` and more](./b.md)\n- [C](c.md)\n\n[D](d.md)\n").outline(str![[
        r#"
step 1: B and more
step 2: C

"#
    ]]);
}

#[test]
fn part_titles_and_rules_do_not_end_the_count() {
    book("# Summary\n\n# Part one\n\n- [A](a.md)\n\n---\n\n# Part two\n\n1. [B](b.md)\n\n---\n\n[C](c.md)\n")
        .outline(str![[r#"
step 1: A
step 2: B

"#]]);
}

#[test]
fn nested_chapters_are_steps_and_counted_as_mdbook_does() {
    let summary = "- [A](a.md)\n  - [B](b.md)\n    - [C](c.md)\n  - [D](d.md)\n\n# Part two\n\n- [E](e.md)\n  - [F](f.md)\n";
    book(summary).outline(str![[r#"
step 1: A
step 1.1: B
step 1.1.1: C
step 1.2: D
step 2: E
step 2.1: F

"#]]);
}

#[test]
fn what_mdbook_would_leave_out_is_an_error() {
    book("- [A](a.md), see [B](b.md)\n").diagnostics(str![[r#"
error[second-in-entry]: second link in a list item; mdBook reads only one
 --> src/SUMMARY.md:1:18
  |
1 | - [A](a.md), see [B](b.md)
  |                  ^^^^^^^^^
  |
  = help: give each chapter an item of its own

"#]]);
    book("- [A](a.md)\n  - [B](b.md)\n\n  * [C](c.md)\n").diagnostics(str![[r#"
error[second-in-entry]: second list in a list item; mdBook reads only one
 --> src/SUMMARY.md:4:3
  |
4 |   * [C](c.md)
  |   ^^^^^^^^^^^
  |
  = help: write all chapters below an entry as one list

"#]]);
}

#[test]
fn a_draft_is_no_step() {
    book("[Soon]()\n\n- [A](a.md)\n- [B]()\n").diagnostics(str![[r#"
error[draft-chapter]: a draft chapter cannot be a step: it has no page
 --> src/SUMMARY.md:4:3
  |
4 | - [B]()
  |   ^^^^^
  |
  = help: link it to a page, or remove it until there is one

"#]]);
}

#[test]
fn a_page_is_one_chapter() {
    book("- [A](a.md)\n- [B](./a.md)\n").diagnostics(str![[r#"
error[duplicate-chapter]: duplicate chapter `a.md`
 --> src/SUMMARY.md:2:3
  |
1 | - [A](a.md)
  |   --------- first listed here
2 | - [B](./a.md)
  |   ^^^^^^^^^^^
  |
  = help: list each page once

"#]]);
}

#[test]
fn a_page_is_there() {
    book("- [A](a.md)\n- [X](x.md)\n").diagnostics(str![[r#"
error[unreadable-page]: failed to read `src/x.md`: No such file or directory (os error 2)
 --> src/SUMMARY.md:2:3
  |
2 | - [X](x.md)
  |   ^^^^^^^^^
  |
  = help: write the page, or correct its path here

"#]]);
}

#[test]
fn a_book_has_a_step() {
    book("# Summary\n\n[A](a.md)\n").diagnostics(str![[r#"
error[no-steps]: the book has no numbered chapter, so it has no step
 --> src/SUMMARY.md:1:1
  |
1 | # Summary
  | ^^^^^^^^^
  |
  = help: add one to SUMMARY.md as an item of a list: `- [Title](page.md)`

"#]]);
    book("").diagnostics(str![[r#"
error[no-steps]: the book has no numbered chapter, so it has no step
 --> src/SUMMARY.md:1:1
  |
1 |
  | ^
  |
  = help: add one to SUMMARY.md as an item of a list: `- [Title](page.md)`

"#]]);
}

#[test]
fn an_entry_is_a_link() {
    book("- [A](a.md)\n- B\n").diagnostics(str![[r#"
error[entry-without-link]: list item without a link to a page
 --> src/SUMMARY.md:2:1
  |
2 | - B
  | ^^^
  |
  = help: write it as a link: `- [Title](page.md)`

"#]]);
}

#[test]
fn numbered_chapters_stand_together() {
    book("- [A](a.md)\n\n[B](b.md)\n\n- [C](c.md)\n").diagnostics(str![[r#"
error[misplaced-list]: numbered list below an unnumbered chapter
 --> src/SUMMARY.md:5:1
  |
5 | - [C](c.md)
  | ^^^^^^^^^^^
  |
  = help: move the unnumbered chapters above or below all numbered ones

"#]]);
}

#[test]
fn a_book_has_a_configuration() {
    let book = ScenarioTest::new();
    std::fs::remove_file(book.dir().join("book.toml")).expect("the file was there");
    book.unreadable(str![[r#"
error: no book in `[BOOK]`: there is no `book.toml`
  help: name the folder of an mdBook with `--book DIR`

"#]]);
}

#[test]
fn a_broken_configuration_is_shown() {
    book("").file("book.toml", "[book]\ntitle = A book\n").unreadable(str![[r#"
error: failed to read `book.toml`: TOML parse error at line 2, column 9
  |
2 | title = A book
  |         ^^^^^^
string values must be quoted, expected literal string

"#]]);
}

/// A book with these lines in our table of book.toml.
fn configured(lines: &str) -> ScenarioTest {
    book("- [A](a.md)\n").file("book.toml", &format!("[book]\n\n[preprocessor.scenario]\n{lines}\n"))
}

#[test]
fn a_path_of_the_result_has_a_name_of_its_own() {
    for lines in ["result = \"..\"", "result = [\"../app\", \"../a/..\"]", "result = \"\""] {
        let error = Book::load(configured(lines).dir()).expect_err("a book that cannot be read");
        assert!(error.to_string().contains("of `result` does not end with a name\n"), "{lines}: {error}");
    }
    configured("result = [\"../app\", \"..\"]").unreadable(str![[r#"
error: the path `..` of `result` does not end with a name
 --> book.toml:4:21
  |
4 | result = ["../app", ".."]
  |                     ^^^^
  help: each path is compared with the file or folder of its last name in the workspace

"#]]);
}

#[test]
fn two_results_are_not_compared_with_one_file() {
    configured("result = [\n  \"../a/app\",\n  \"../b/app\",\n]").unreadable(str![[r#"
error: `../a/app` and `../b/app` in `result` would both be compared with `app` in the workspace
 --> book.toml:6:3
  |
6 |   "../b/app",
  |   ^^^^^^^^^^
  help: give one of them another name, here and in the pages

"#]]);
    configured("result = [\"../app\", \"./../x/../app/\"]").unreadable(str![[r#"
error: duplicate path `./../x/../app/` in `result`
 --> book.toml:4:21
  |
4 | result = ["../app", "./../x/../app/"]
  |                     ^^^^^^^^^^^^^^^^
  help: remove one of the two

"#]]);
    configured("result = [\"../app/src/😀.rs\", \"../app\"]").unreadable(str![[r#"
error: `../app/src/😀.rs` in `result` is inside `../app`, which is compared as a whole
 --> book.toml:4:30
  |
4 | result = ["../app/src/😀.rs", "../app"]
  |                               ^^^^^^^^
  help: name the folder only, or only what is in it

"#]]);
}

#[test]
fn what_no_page_writes_is_in_the_result() {
    for path in ["", "..", "/tmp", "a/../../b", "."] {
        let error = Book::load(configured(&format!("caches = [\"{path}\"]")).dir()).expect_err("a mistake");
        assert!(
            error.to_string().starts_with(&format!("invalid path `{path}`: it leads out of the workspace\n"))
        );
    }
    configured("extras = [\"tests/b\"]\nseeds = [\"Cargo.lock\", \"../../x\"]").unreadable(str![[r#"
error: invalid path `../../x`: it leads out of the workspace
 --> book.toml:5:24
  |
5 | seeds = ["Cargo.lock", "../../x"]
  |                        ^^^^^^^^^
  help: `seeds`, `caches` and `extras` name what is in the folders of `result`

"#]]);
}

#[test]
fn the_folder_of_a_command_after_a_save_is_in_the_workspace() {
    configured("after-save = [{ command = \"x\", format = \"lines\", dir = \"../other\" }]").unreadable(
        str![[r#"
error: invalid path `../other`: it leads out of the workspace
 --> book.toml:4:56
  |
4 | after-save = [{ command = "x", format = "lines", dir = "../other" }]
  |                                                        ^^^^^^^^^^
  help: `dir` names a folder of the workspace; leave it out for the workspace itself

"#]],
    );
    configured("after-save = [{ command = \"x\", format = \"gcc\" }]").unreadable(str![[r#"
error: failed to read `book.toml`: TOML parse error at line 4, column 41
  |
4 | after-save = [{ command = "x", format = "gcc" }]
  |                                         ^^^^^
unknown variant `gcc`, expected `cargo` or `lines`

"#]]);
}

#[test]
fn an_unknown_key_of_our_table_is_reported() {
    configured("reslut = \"../app\"").unreadable(str![[r#"
error: unknown key `reslut` in `[preprocessor.scenario]`
 --> book.toml:4:1
  |
4 | reslut = "../app"
  | ^^^^^^
  help: did you mean `result`?

"#]]);
    configured("\"ö😀\" = 1").unreadable(str![[r#"
error: unknown key `ö😀` in `[preprocessor.scenario]`
 --> book.toml:4:1
  |
4 | "ö😀" = 1
  | ^^^^^
  help: the keys are `result`, `seeds`, `caches`, `extras`, `needs`, `imported`, `after-save`, `check-command`, `step-command`, `command`, `before`, `after`, `renderer`, `renderers`, `optional`

"#]]);
}

#[test]
fn a_value_of_another_type_is_reported() {
    configured("result = 5").unreadable(str![[r#"
error: failed to read `book.toml`: TOML parse error at line 4, column 10
  |
4 | result = 5
  |          ^
expected a path, or a list of paths

"#]]);
    configured("result = [[\"../app\"]]").unreadable(str![[r#"
error: failed to read `book.toml`: TOML parse error at line 4, column 10
  |
4 | result = [["../app"]]
  |          ^^^^^^^^^^^^
expected a path, or a list of paths

"#]]);
    configured("seeds = \"Cargo.lock\"").unreadable(str![[r#"
error: failed to read `book.toml`: TOML parse error at line 3, column 1
  |
3 | [preprocessor.scenario]
  | ^^^^^^^^^^^^^^^^^^^^^^^
invalid type: string "Cargo.lock", expected a sequence

"#]]);
}

#[test]
fn a_book_has_a_summary() {
    ScenarioTest::new().unreadable(str![[r#"
error: there is no `src/SUMMARY.md`
  help: it lists the chapters, the steps as a list: `- [Title](page.md)`; `src` in book.toml says where it is

"#]]);
}

#[test]
fn the_pages_are_where_the_configuration_says() {
    ScenarioTest::new()
        .file("book.toml", "[book]\nsrc = \"pages\"\n\n[preprocessor.scenario]\nresult = \"../app\"\n")
        .file("pages/SUMMARY.md", "- [A](a.md)\n")
        .file("pages/a.md", "Text.\n")
        .outline(str![[r#"
step 1: A

"#]]);
}

#[test]
fn mistakes_are_reported_in_the_order_of_the_pages() {
    let text = "```rust\nx\n```\n\n```console\n$ ls &\n```\n";
    ScenarioTest::step(text).page("step-2.md", text).diagnostics(str![[r#"
error[block-without-effect]: this block is not applied, run or checked
 --> src/step-1.md:1:1
  |
1 | ```rust
  | ^^^^^^^
  |
  = help: add `file=PATH` to write it to a file, or `ignore="why"` to show it only; if another preprocessor
          makes a picture of it, also write `before = ["NAME"]` into `[preprocessor.scenario]` of book.toml

error[trailing-ampersand]: `&` is not allowed at the end of a command
 --> src/step-1.md:6:3
  |
6 | $ ls &
  |   ^^^^
  |
  = help: remove it, and add `background=NAME`, `ready=` and `within=` to the block

error[block-without-effect]: this block is not applied, run or checked
 --> src/step-2.md:1:1
  |
1 | ```rust
  | ^^^^^^^
  |
  = help: add `file=PATH` to write it to a file, or `ignore="why"` to show it only; if another preprocessor
          makes a picture of it, also write `before = ["NAME"]` into `[preprocessor.scenario]` of book.toml

error[trailing-ampersand]: `&` is not allowed at the end of a command
 --> src/step-2.md:6:3
  |
6 | $ ls &
  |   ^^^^
  |
  = help: remove it, and add `background=NAME`, `ready=` and `within=` to the block

"#]]);
}
