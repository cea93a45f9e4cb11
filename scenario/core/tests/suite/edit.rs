//! File edits: the effect of a block on a file, and the files at each step.

use std::path::Path;

use scenario_core::book::Book;
use scenario_core::edit::{self, Line};
use scenario_core::files::Files;
use scenario_core::model::{Block, BlockKind, Scenario};
use snapbox::str;

use crate::scenario_test::{ScenarioTest, rejects};

/// A file of five lines, and then a block that edits it.
fn edit(fence: &str, block: &str) -> ScenarioTest {
    ScenarioTest::step(&format!(
        "```text file=a\none\n  two two\nthree {{\n}}\nfour\n```\n\n~~~text file=a {fence}\n{block}~~~\n"
    ))
}

#[test]
fn a_block_with_a_file_alone_is_the_whole_file() {
    edit("", "new\n").files_at(
        1,
        "a",
        str![[r#"
new

"#]],
    );
}

#[test]
fn an_empty_block_is_an_empty_file() {
    edit("", "").files_at(1, "a", str![]);
}

#[test]
fn append_and_prepend_go_to_the_ends() {
    edit("append", "new\n").files_at(
        1,
        "a",
        str![[r#"
one
  two two
three {
}
four
new

"#]],
    );
    edit("prepend", "new\n").files_at(
        1,
        "a",
        str![[r#"
new
one
  two two
three {
}
four

"#]],
    );
}

#[test]
fn insert_works_on_whole_lines() {
    edit("insert-before=hree", "new\n").files_at(
        1,
        "a",
        str![[r#"
one
  two two
new
three {
}
four

"#]],
    );
    edit("insert-after=hree", "new\nnewer\n").files_at(
        1,
        "a",
        str![[r#"
one
  two two
three {
new
newer
}
four

"#]],
    );
}

#[test]
fn replace_swaps_the_text_of_the_marker_only() {
    edit("replace=hre", "HRE\n").files_at(
        1,
        "a",
        str![[r#"
one
  two two
tHREe {
}
four

"#]],
    );
    edit("replace=hre", "H\nRE\n").files_at(
        1,
        "a",
        str![[r#"
one
  two two
tH
REe {
}
four

"#]],
    );
    edit("replace=hre", "").files_at(
        1,
        "a",
        str![[r#"
one
  two two
te {
}
four

"#]],
    );
}

#[test]
fn replace_to_swaps_everything_through_its_end() {
    edit("replace=hree replace-to=\"}\"", "H\nREE\n").files_at(
        1,
        "a",
        str![[r#"
one
  two two
tH
REE
four

"#]],
    );
    edit("replace=th replace-to=ee", "TH\n").files_at(
        1,
        "a",
        str![[r#"
one
  two two
TH {
}
four

"#]],
    );
}

#[test]
fn replace_to_is_looked_for_behind_replace() {
    edit("replace=three replace-to=one", "x\n").diagnostics(str![[r#"
error[marker-not-found]: marker not found in `a` after the text of `replace`
 --> src/step-1.md:9:41
  |
9 | ~~~text file=a replace=three replace-to=one
  |                                         ^^^
  |
  = help: none of the 3 lines there is similar

"#]]);
}

#[test]
fn a_marker_occurs_in_the_file() {
    edit("insert-after=\"thre {\"", "x\n").diagnostics(str![[r#"
error[marker-not-found]: marker not found in `a`
 --> src/step-1.md:9:29
  |
9 | ~~~text file=a insert-after="thre {"
  |                             ^^^^^^^^
  |
  = help: a marker is text from one line of the file; the most similar lines are:
            line 3: three {

"#]]);
    edit("insert-after=Zebra", "x\n").diagnostics(str![[r#"
error[marker-not-found]: marker not found in `a`
 --> src/step-1.md:9:29
  |
9 | ~~~text file=a insert-after=Zebra
  |                             ^^^^^
  |
  = help: none of the 5 lines there is similar

"#]]);
    ScenarioTest::step("```text file=a\n```\n\n```text file=a replace=x\ny\n```\n").diagnostics(str![[r#"
error[marker-not-found]: marker not found in `a`
 --> src/step-1.md:4:24
  |
4 | ```text file=a replace=x
  |                        ^
  |
  = help: the file is empty at this point of the book

"#]]);
}

#[test]
fn a_marker_matches_one_place() {
    edit("insert-after=e", "x\n").diagnostics(str![[r#"
error[ambiguous-marker]: marker matches 3 places in `a`
 --> src/step-1.md:9:29
  |
9 | ~~~text file=a insert-after=e
  |                             ^
  |
  = help: extend the marker until it matches one place only:
            line 1: one
            line 3: three {

"#]]);
    edit("replace=two", "x\n").diagnostics(str![[r#"
error[ambiguous-marker]: marker matches 2 places in `a`
 --> src/step-1.md:9:24
  |
9 | ~~~text file=a replace=two
  |                        ^^^
  |
  = help: extend the marker until it matches one place only:
            line 2: two two

"#]]);
}

#[test]
fn places_that_overlap_count_each() {
    let book = ScenarioTest::step("```text file=a\naaa\n```\n\n```text file=a replace=aa\nb\n```\n");
    book.diagnostics(str![[r#"
error[ambiguous-marker]: marker matches 2 places in `a`
 --> src/step-1.md:5:24
  |
5 | ```text file=a replace=aa
  |                        ^^
  |
  = help: extend the marker until it matches one place only:
            line 1: aaa

"#]]);
}

#[test]
fn a_line_that_holds_most_of_a_marker_is_shown_however_long_it_is() {
    let long = "axum = { version = \"0.8\", default-features = false, features = [\"http1\", \"tokio\"] }";
    ScenarioTest::step(&format!(
        "```text file=a\n[dependencies]\n{long}\ntokio = \"1\"\n```\n\n```text file=a insert-after=\"zzaxum = \"\nx\n```\n"
    ))
    .diagnostics(str![[r#"
error[marker-not-found]: marker not found in `a`
 --> src/step-1.md:7:29
  |
7 | ```text file=a insert-after="zzaxum = "
  |                             ^^^^^^^^^^^
  |
  = help: a marker is text from one line of the file; the most similar lines are:
            line 2: axum = { version = "0.8", default-features = false, features = ["http1", "tokio"] }

"#]]);
}

#[test]
fn the_edit_that_took_a_marker_out_of_the_file_is_shown() {
    ScenarioTest::step(
        "```text file=a\none\n```\n\n```text file=a replace=one\ntwo\n```\n\n```text file=a replace=one\nthree\n```\n",
    )
    .diagnostics(str![[r#"
error[marker-not-found]: marker not found in `a`
 --> src/step-1.md:9:24
  |
5 | ```text file=a replace=one
  | -------------------------- this edit took it out of the file
...
9 | ```text file=a replace=one
  |                        ^^^
  |
  = help: the file has one line at this point, which is not similar
  = help: if a command brings that text back, write `writes="a"` on the block of the command

"#]]);
}

#[test]
fn a_marker_does_not_reach_over_a_line() {
    edit("insert-after=\"one two\"", "x\n").diagnostics(str![[r#"
error[marker-not-found]: marker not found in `a`
 --> src/step-1.md:9:29
  |
9 | ~~~text file=a insert-after="one two"
  |                             ^^^^^^^^^
  |
  = help: a marker is text from one line of the file; the most similar lines are:
            line 1: one
            line 2: two two

"#]]);
}

#[test]
fn a_file_is_written_before_it_is_edited() {
    rejects(
        "```text file=app/a.rs append\nx\n```\n",
        str![[r#"
error[unknown-file]: no earlier block writes `app/a.rs`
 --> src/step-1.md:1:14
  |
1 | ```text file=app/a.rs append
  |              ^^^^^^^^
  |
  = help: first write the whole file, in a block with `file=app/a.rs` and nothing else;
          if a command makes it, add `writes="app/a.rs"` to the block of that command

"#]],
    );
    rejects(
        "```text file=app/a.rs\nx\n```\n\n```text file=ap/a.rs append\nx\n```\n",
        str![[r#"
error[unknown-file]: no earlier block writes `ap/a.rs`
 --> src/step-1.md:5:14
  |
5 | ```text file=ap/a.rs append
  |              ^^^^^^^
  |
  = help: did you mean `app/a.rs`?

"#]],
    );
}

#[test]
fn only_the_first_mistake_with_a_file_is_reported() {
    edit("insert-after=nowhere", "five\n")
        .page("step-2.md", "```text file=a insert-after=five\nsix\n```\n")
        .diagnostics(str![[r#"
error[marker-not-found]: marker not found in `a`
 --> src/step-1.md:9:29
  |
9 | ~~~text file=a insert-after=nowhere
  |                             ^^^^^^^
  |
  = help: none of the 5 lines there is similar

"#]]);
}

#[test]
fn a_path_is_no_file_and_folder_at_once() {
    rejects(
        "```text file=app\nx\n```\n\n```text file=app/a\nx\n```\n",
        str![[r#"
error[path-conflict]: `app/a` cannot be a file: the book writes `app` as well
 --> src/step-1.md:5:14
  |
5 | ```text file=app/a
  |              ^^^^^
  |
  = help: rename one of them: one is a folder, the other a file of the same name

"#]],
    );
}

#[test]
fn a_path_stays_in_the_workspace() {
    for path in ["/etc/passwd", "~/.bashrc", "../a", "app/../../a"] {
        let diagnostics = ScenarioTest::step(&format!("```text file={path}\nx\n```\n")).book().diagnostics;
        assert_eq!(diagnostics.len(), 1, "{path}");
        let message = format!("invalid path `{path}`: it leads out of the workspace");
        assert_eq!(diagnostics[0].message(), message);
    }
    rejects(
        "```text file=../a\nx\n```\n",
        str![[r#"
error[invalid-path]: invalid path `../a`: it leads out of the workspace
 --> src/step-1.md:1:14
  |
1 | ```text file=../a
  |              ^^^^
  |
  = help: write a path relative to the workspace, its parts joined by `/`, as in `src/main.rs`

"#]],
    );
}

#[test]
fn a_path_is_plain() {
    rejects(
        "```text file=./a\nx\n```\n\n```text file=a//b\nx\n```\n\n```text file=a\\b\nx\n```\n",
        str![[r#"
error[invalid-path]: invalid path `./a`: it has an empty part, `.`, `\` or a control character
 --> src/step-1.md:1:14
  |
1 | ```text file=./a
  |              ^^^
  |
  = help: write a path relative to the workspace, its parts joined by `/`, as in `src/main.rs`

error[invalid-path]: invalid path `a//b`: it has an empty part, `.`, `\` or a control character
 --> src/step-1.md:5:14
  |
5 | ```text file=a//b
  |              ^^^^
  |
  = help: write a path relative to the workspace, its parts joined by `/`, as in `src/main.rs`

error[invalid-path]: invalid path `a\b`: it has an empty part, `.`, `\` or a control character
 --> src/step-1.md:9:14
  |
9 | ```text file=a\b
  |              ^^^
  |
  = help: write a path relative to the workspace, its parts joined by `/`, as in `src/main.rs`

"#]],
    );
    rejects(
        "```text file=app/\nx\n```\n\n```text file=.scenario/a\nx\n```\n",
        str![[r#"
error[invalid-path]: invalid path `app/`: it names a folder
 --> src/step-1.md:1:14
  |
1 | ```text file=app/
  |              ^^^^
  |
  = help: write a path relative to the workspace, its parts joined by `/`, as in `src/main.rs`

error[invalid-path]: invalid path `.scenario/a`: `.scenario` is the runner's own folder
 --> src/step-1.md:5:14
  |
5 | ```text file=.scenario/a
  |              ^^^^^^^^^^^
  |
  = help: write a path relative to the workspace, its parts joined by `/`, as in `src/main.rs`

"#]],
    );
}

#[test]
fn one_block_does_one_thing() {
    edit("append insert-after=one", "x\n").diagnostics(str![[r#"
error[conflicting-attributes]: `append` conflicts with `insert-after`
 --> src/step-1.md:9:36
  |
9 | ~~~text file=a append insert-after=one
  |                ------              ^^^
  |                |
  |                the first is here
  |
  = help: write two blocks, one for each

"#]]);
    edit("insert-after=one append", "x\n").diagnostics(str![[r#"
error[conflicting-attributes]: `insert-after` conflicts with `append`
 --> src/step-1.md:9:33
  |
9 | ~~~text file=a insert-after=one append
  |                             --- ^^^^^^
  |                             |
  |                             the first is here
  |
  = help: write two blocks, one for each

"#]]);
}

#[test]
fn replace_to_does_not_stand_alone() {
    edit("replace-to=four", "x\n").diagnostics(str![[r#"
error[replace-to-without-replace]: `replace-to` without `replace`
 --> src/step-1.md:9:27
  |
9 | ~~~text file=a replace-to=four
  |                           ^^^^
  |
  = help: add `replace="MARKER"`, which says where the replaced text begins

"#]]);
    edit("append replace-to=four", "x\n").diagnostics(str![[r#"
error[replace-to-without-replace]: `replace-to` without `replace`
 --> src/step-1.md:9:34
  |
9 | ~~~text file=a append replace-to=four
  |                                  ^^^^
  |
  = help: add `replace="MARKER"`, which says where the replaced text begins

"#]]);
}

#[test]
fn an_edit_names_its_file() {
    rejects(
        "```text append\nx\n```\n",
        str![[r#"
error[missing-attribute]: missing attribute `file` on a file edit
 --> src/step-1.md:1:1
  |
1 | ```text append
  | ^^^^^^^^^^^^^^
  |
  = help: add `file=PATH`

"#]],
    );
}

#[test]
fn a_marker_is_not_empty() {
    edit("replace=\"\"", "x\n").diagnostics(str![[r#"
error[empty-value]: empty value for `replace`
 --> src/step-1.md:9:16
  |
9 | ~~~text file=a replace=""
  |                ^^^^^^^
  |
  = help: write `replace="some text"`, without spaces around the `=`

"#]]);
}

#[test]
fn any_language_can_be_written_to_a_file() {
    ScenarioTest::step("```console file=run.txt\n$ ls\n```\n\n```promql file=q.txt\nup\n```\n").outline(
        str![[r#"
step 1: step-1
1-3 write run.txt
5-7 write q.txt

"#]],
    );
}

#[test]
fn a_marker_that_is_not_found_is_reported_beside_mistakes_that_change_no_file() {
    ScenarioTest::step("```text file=a\none\n```\n\n```console ready=8000\n$ true\n```\n")
        .page("step-2.md", "```text file=a insert-after=two\nthree\n```\n")
        .diagnostics(str![[r#"
error[missing-within]: `ready` without `within`
 --> src/step-1.md:5:1
  |
5 | ```console ready=8000
  | ^^^^^^^^^^^^^^^^^^^^^
  |
  = help: add how long it may take: `within=30s`

error[marker-not-found]: marker not found in `a`
 --> src/step-2.md:1:29
  |
1 | ```text file=a insert-after=two
  |                             ^^^
  |
  = help: the file has one line at this point, which is not similar

"#]]);
}

#[test]
fn behind_a_block_that_may_write_a_file_no_marker_is_looked_for() {
    ScenarioTest::step("```text file=a insert-after=zero\n```\n\n```text file=a apend\ntwo\n```\n")
        .page("step-2.md", "```text file=a insert-after=two\nthree\n```\n")
        .diagnostics(str![[r#"
error[unknown-file]: no earlier block writes `a`
 --> src/step-1.md:1:14
  |
1 | ```text file=a insert-after=zero
  |              ^
...
4 | ```text file=a apend
  |              - the file is written here, after this edit
  |
  = help: move the block that writes the file before this edit

error[unknown-attribute]: unknown attribute `apend`
 --> src/step-1.md:4:16
  |
4 | ```text file=a apend
  |                ^^^^^
  |
  = help: did you mean `append`?

"#]]);
    ScenarioTest::step("```text file=a\none\n```\n\n```console writs=a\n$ echo two > a\n```\n")
        .page("step-2.md", "```text file=a insert-after=two\nthree\n```\n")
        .diagnostics(str![[r#"
error[unknown-attribute]: unknown attribute `writs`
 --> src/step-1.md:5:12
  |
5 | ```console writs=a
  |            ^^^^^
  |
  = help: did you mean `writes`?

"#]]);
}

#[test]
fn files_are_those_of_their_step() {
    ScenarioTest::step("```text file=a\none\n```\n")
        .page("step-2.md", "```text file=a append\ntwo\n```\n\n```text file=b\nb\n```\n")
        .files_at(0, "a", str!["there is no file `a` at step 0"])
        .files_at(
            1,
            "a",
            str![[r#"
one

"#]],
        )
        .files_at(1, "b", str!["there is no file `b` at step 1"])
        .files_at(
            2,
            "a",
            str![[r#"
one
two

"#]],
        );
}

#[test]
fn a_line_of_a_file_leads_back_to_the_page() {
    let book = edit("replace=hree", "H\nREE\n");
    let scenario = book.scenario();
    let files = Files::at(&scenario, 1);
    let places: Vec<usize> = (1..)
        .map_while(|line| files.origin("a", line))
        .map(|span| scenario.sources.location(span).line)
        .collect();
    assert_eq!(places, [2, 3, 10, 11, 5, 6]);
}

/// Compares edits in any order with the same edits made by searching and joining plain strings.
#[test]
fn edits_agree_with_a_naive_model() {
    let mut seed = 7_u32;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 16) as usize % below
    };
    for _ in 0..20 {
        let mut page = "```text file=a\nm0.\n```\n".to_owned();
        let mut model = "m0.\n".to_owned();
        for number in 1..12 {
            let block: String = (0..=random(3)).map(|line| format!("m{number}.{line} é\n")).collect();
            let lines: Vec<&str> = model.lines().collect();
            let line = lines[random(lines.len())];
            let at = model.find(&format!("{line}\n")).expect("the line is there");
            let unique = lines.iter().filter(|other| other.contains(line)).count() == 1;
            let (verb, splice) = match random(5) {
                0 => ("append".to_owned(), (model.len(), model.len(), block.clone())),
                1 => ("prepend".to_owned(), (0, 0, block.clone())),
                _ if !unique => continue,
                2 => (format!("insert-before=\"{line}\""), (at, at, block.clone())),
                3 => (
                    format!("insert-after=\"{line}\""),
                    (at + line.len() + 1, at + line.len() + 1, block.clone()),
                ),
                _ => (format!("replace=\"{line}\""), (at, at + line.len(), block.trim_end().to_owned())),
            };
            page.push_str(&format!("\n```text file=a {verb}\n{block}```\n"));
            model.replace_range(splice.0..splice.1, &splice.2);
        }
        let scenario = ScenarioTest::step(&page).scenario();
        let text = Files::at(&scenario, 1).text("a");
        assert_eq!(text.as_deref(), Some(model.as_str()), "{page}");
        for (block, before, after) in each_edit(&scenario) {
            // No two blocks are equal, so no text is present before its block.
            assert!(!is_found(&before.text("a").unwrap_or_default(), block), "{page}\n{}", block.text);
            assert!(is_found(&after.text("a").unwrap_or_default(), block), "{page}\n{}", block.text);
        }
    }
}

/// Every edit of a scenario, with the files before and after it.
fn each_edit(scenario: &Scenario) -> impl Iterator<Item = (&Block, Files, Files)> {
    let blocks = scenario.steps.iter().flat_map(|step| &step.blocks);
    let edits = blocks.filter(|block| matches!(block.kind, BlockKind::Edit(_)));
    edits.map(|block| {
        let files = |files: Option<Files>| files.expect("the block is in the book");
        let (before, after) = (Files::before(scenario, &block.id), Files::after(scenario, &block.id));
        (block, files(before), files(after))
    })
}

/// Whether a block's edit is found in a text.
fn is_found(text: &str, block: &Block) -> bool {
    let BlockKind::Edit(change) = &block.kind else { panic!("an edit") };
    let text: Vec<&str> = text.lines().collect();
    edit::holds(&text, &change.verb, &Line::of_block(block))
}

/// Checks that an edit is found in its result but not in the text before it. Returns the result.
#[track_caller]
fn is_found_only_after(before: &str, fence: &str, block: &str) -> String {
    let page = format!("~~~text file=a\n{before}~~~\n\n~~~text file=a {fence}\n{block}~~~\n");
    let scenario = ScenarioTest::step(&page).scenario();
    let (block, _, after) = each_edit(&scenario).last().expect("two edits");
    let after = after.text("a").expect("a file");
    assert!(!is_found(before, block), "not found in {before:?}");
    assert!(is_found(&after, block), "found in {after:?}");
    after
}

#[test]
fn an_edit_is_found_in_a_text_after_it_and_not_before() {
    let text = "one\ntwo\nthree\n";
    for (fence, block) in [
        ("", "one\n"),
        ("append", "four\nfive\n"),
        ("prepend", "zero\n"),
        ("insert-before=\"two\"", "one and a half\n\n"),
        ("insert-after=\"two\"", "\ntwo and a half\n"),
        ("replace=\"two\"", "2\n"),
        ("replace=\"one\" replace-to=\"two\"", "1\n2\n"),
        ("replace=\"two\"", ""),
    ] {
        is_found_only_after(text, fence, block);
    }
}

#[test]
fn a_block_with_its_own_marker_is_found_once_it_is_there() {
    for (before, fence, block) in [
        ("mod a;\n", "insert-after=\"mod a\"", "mod about;\n"),
        ("use a;\n", "insert-before=\"use\"", "use b;\nuse c;\n"),
        ("x\n", "insert-after=\"x\"", "x\n"),
        ("let r = router(dice);\n", "replace=\"dice\"", "dice, metrics\n"),
        ("let r = router(dice);\n", "replace=\"router(dice)\"", "layer(router(dice), l)\n"),
        ("fn a() {\n    b();\n}\n", "replace=\"fn a\" replace-to=\"}\"", "fn a() {\n    c();\n}\n"),
    ] {
        is_found_only_after(before, fence, block);
    }
}

#[test]
fn a_block_that_is_a_part_of_its_marker_is_found_only_without_the_rest() {
    is_found_only_after("let a = some(b);\n", "replace=\"some(b)\"", "b\n");
    is_found_only_after("a b c\n", "replace=\"a\" replace-to=\"c\"", "a b\n");
    is_found_only_after("a b c\n", "replace=\"a\" replace-to=\"c\"", "b c\n");
}

#[test]
fn an_edit_is_found_beside_what_the_learner_has_changed_elsewhere() {
    let after = is_found_only_after("one\ntwo\n", "insert-after=\"one\"", "new\n");
    let page = "~~~text file=a\none\ntwo\n~~~\n\n~~~text file=a insert-after=\"one\"\nnew\n~~~\n";
    let scenario = ScenarioTest::step(page).scenario();
    let (block, _, _) = each_edit(&scenario).last().expect("two edits");
    assert!(is_found(&after.replace("two", "2"), block));
    assert!(!is_found(&after.replace("new", "newer"), block));
    assert!(!is_found("one\ntwo\nnew\n", block), "found elsewhere");
    assert!(!is_found("one\nnew\none\n", block), "the marker occurs twice");
}

#[test]
fn every_edit_of_the_book_is_found_after_it_and_not_before() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book");
    let scenario = Book::load(&folder).and_then(Book::into_scenario).expect("the book of this repository");
    let mut count = 0;
    for (block, before, after) in each_edit(&scenario) {
        let BlockKind::Edit(change) = &block.kind else { unreachable!() };
        let (before, after) = (before.text(&change.path).unwrap_or_default(), after.text(&change.path));
        let after = after.expect("a file");
        let at = scenario.sources.location(block.span);
        assert!(!is_found(&before, block), "{at}: found before");
        assert!(is_found(&after, block), "{at}: not found after");
        assert!(Files::has_reached(&scenario, &block.id, &after), "{at}");
        // This also holds where a chapter restores an earlier text.
        assert!(!Files::has_reached(&scenario, &block.id, &before), "{at}");
        count += 1;
    }
    assert!(count > 10, "{count} edits");
}

#[test]
fn a_text_has_reached_a_block_that_has_made_it_or_come_before_it() {
    let page = "~~~text file=a\n1\n~~~\n\n~~~text file=b\nx\n~~~\n\n~~~text file=a append\n2\n~~~\n";
    let test = ScenarioTest::new().page("step-1.md", page);
    let scenario =
        test.page("step-2.md", "~~~text file=a append\n3\n~~~\n\n```console\n$ true\n```\n").scenario();
    let reached = |step: usize, block: usize| {
        let texts = ["", "1\n", "1\n2\n", "1\n2\n3\n", "1\n2\n3", "1\n2\n4\n", "x\n"];
        let id = &scenario.steps[step - 1].blocks[block].id;
        let reached = texts.into_iter().filter(|text| Files::has_reached(&scenario, id, text));
        reached.collect::<Vec<_>>()
    };
    assert_eq!(reached(1, 0), ["1\n", "1\n2\n", "1\n2\n3\n"]);
    assert_eq!(reached(1, 1), ["x\n"]);
    assert_eq!(reached(1, 2), ["1\n2\n", "1\n2\n3\n"]);
    assert_eq!(reached(2, 0), ["1\n2\n3\n"]);
    assert!(reached(2, 1).is_empty(), "a command edits nothing");
    assert!(Files::before(&scenario, "no such block").is_none());
    assert!(Files::after(&scenario, "no such block").is_none());
}
