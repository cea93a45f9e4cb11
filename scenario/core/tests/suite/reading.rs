//! Text that an author, mdBook and the runner might read differently: line ends, comments, directives, look-alikes.

use std::time::Duration;

use scenario_core::excerpt::Style;
use snapbox::str;

use crate::scenario_test::{ScenarioTest, rejects};
use crate::sizes::processor_time;

#[test]
fn a_carriage_return_alone_is_no_line_end() {
    rejects(
        "# One\r\r```text file=a\rone\r```\r",
        str![[r#"
error[bare-carriage-return]: line ends with a carriage return alone
 --> src/step-1.md:1:6
  |
1 | # One␍␍```text file=a␍one␍```
  |      ^
  |
  = help: save the page with LF or CRLF line ends

"#]],
    );
    rejects(
        "One\rtwo.\n\n```text fiel=a\none\n```\n",
        str![[r#"
error[bare-carriage-return]: line ends with a carriage return alone
 --> src/step-1.md:1:4
  |
1 | One␍two.
  |    ^
  |
  = help: save the page with LF or CRLF line ends

"#]],
    );
    ScenarioTest::step("# One\r\n\r\n```text file=a\r\none\r\n```\r\n").files_at(
        1,
        "a",
        str![[r#"
one

"#]],
    );
}

#[test]
fn a_comment_with_three_dashes_says_how_it_must_begin() {
    rejects(
        "<!--- scenario: check target job=app --->\n\n<!---\nscenario: check target job=b\n--->\n",
        str![[r#"
error[misspelled-comment]: unknown comment prefix `<!--- scenario:`
 --> src/step-1.md:1:1
  |
1 | <!--- scenario: check target job=app --->
  | ^^^^^^^^^^^^^^^
  |
  = help: a comment for the runner begins with `<!-- scenario:`; in any other comment, leave out the colon

error[misspelled-comment]: unknown comment prefix `<!--- scenario:`
 --> src/step-1.md:3:1
  |
3 | <!---
  | ^^^^^
  |
  = help: a comment for the runner begins with `<!-- scenario:`; in any other comment, leave out the colon

"#]],
    );
}

#[test]
fn a_comment_that_begins_with_a_word_like_ours_is_prose() {
    for comment in [
        "Scenario 3 begins here",
        "scenarios are told apart below",
        "scenario-a: the first",
        "Scenario 2: nothing is scraped",
        "- a list",
        "--- a line ---",
        "check the target",
    ] {
        ScenarioTest::step(&format!("<!-- {comment} -->\n")).diagnostics(str![]);
    }
}

#[test]
fn what_mdbook_replaces_in_a_block_is_refused_in_every_spelling() {
    rejects(
        "```text file=a\nx {{ #include b }} y\n```\n",
        str![[r#"
error[directive-in-block]: mdBook would replace `{{ #include b }}` in this block, and the runner would not
 --> src/step-1.md:2:3
  |
2 | x {{ #include b }} y
  |   ^^^^^^^^^^^^^^^^
  |
  = help: write the text itself: what is shown is what runs

"#]],
    );
    for directive in [
        "{{#title A}}",
        "{{#playpen a.rs}}",
        "{{#playground a.rs}}",
        "{{#rustdoc_include a.rs}}",
        "\\{{#include b}}",
    ] {
        let book = ScenarioTest::step(&format!("```text file=a\n{directive}\n```\n")).book();
        let codes: Vec<&str> = book.diagnostics.iter().map(|mistake| mistake.code().name()).collect();
        assert_eq!(codes, ["directive-in-block"], "{directive}");
    }
    let harmless = "```text file=a\n{{ include b }} {{#each b}} {{#include}}\n```\n\n{{#title A}}\n";
    ScenarioTest::step(harmless).diagnostics(str![]);
}

#[test]
fn an_included_file_may_have_prose_but_no_blocks() {
    let book = |text: &str| {
        ScenarioTest::step("# One\n\n{{#include parts/shared.md}}\n").file("src/parts/shared.md", text)
    };
    book("Prose, and `code`.\n").diagnostics(str![]);
    book("```text ignore=\"a layout\"\nx\n```\n").diagnostics(str![]);
    let nested = book("{{#include more.md:2:9}}\n").file("src/parts/more.md", "```text file=a\nx\n```\n");
    for refused in
        [book("```console\n$ true\n```\n"), book("<!-- scenario: check target job=app -->\n"), nested]
    {
        refused.diagnostics(str![[r#"
error[included-blocks]: `{{#include parts/shared.md}}` brings blocks or checks that the runner would not see
 --> src/step-1.md:3:1
  |
3 | {{#include parts/shared.md}}
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write the blocks and checks on this page; prose alone may be included

"#]]);
    }
    // A page that includes itself ends, and a directive for a missing page stays unchanged.
    book("{{#include shared.md}}\n{{#include gone.md}}\n").diagnostics(str![]);
}

#[test]
fn a_page_that_is_no_step_may_include_code_but_nothing_that_would_run() {
    let book = |text: &str| {
        let book = ScenarioTest::new().unnumbered("about.md", "# About\n\n{{#include shared.md}}\n");
        book.page("step-1.md", "# One\n").file("src/shared.md", text)
    };
    book("```text\nx\n```\n\n```console\n$ true\n```\n").diagnostics(str![]);
    book("```text file=a\nx\n```\n").diagnostics(str![[r#"
error[included-blocks]: `{{#include shared.md}}` brings blocks or checks that the runner would not see
 --> src/about.md:3:1
  |
3 | {{#include shared.md}}
  | ^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write the blocks and checks on this page; prose alone may be included

"#]]);
    let codes = |text: &str| {
        let found = book(text).book().diagnostics;
        found.iter().map(|mistake| mistake.code().name()).collect::<Vec<_>>()
    };
    assert_eq!(codes("<!-- scenario: check target job=app -->\n"), ["included-blocks"]);
}

#[test]
fn a_marker_that_looks_like_the_line_says_what_is_different() {
    let edit = |file: &str, marker: &str| {
        ScenarioTest::step(&format!(
            "```text file=a\n{file}\n```\n\n```text file=a insert-after=\"{marker}\"\nx\n```\n"
        ))
    };
    edit("caf\u{e9}", "cafe\u{301}").diagnostics(str![[r#"
error[marker-not-found]: marker not found in `a`
 --> src/step-1.md:5:29
  |
5 | ```text file=a insert-after="café"
  |                             ^^^^^^
  |
  = help: line 1 looks the same, but is made of other characters: U+00E9 in the file, U+0065 U+0301 in the marker

"#]]);
    edit("one\u{a0}two", "one two").diagnostics(str![[r#"
error[marker-not-found]: marker not found in `a`
 --> src/step-1.md:5:29
  |
5 | ```text file=a insert-after="one two"
  |                             ^^^^^^^^^
  |
  = help: line 1 looks the same, but is made of other characters: U+00A0 in the file, U+0020 in the marker

"#]]);
    edit("one  two", "one two").diagnostics(str![[r#"
error[marker-not-found]: marker not found in `a`
 --> src/step-1.md:5:29
  |
5 | ```text file=a insert-after="one two"
  |                             ^^^^^^^^^
  |
  = help: line 1 has the same text with other spaces or invisible characters

"#]]);
}

#[test]
fn carets_are_below_what_they_mean_in_wide_text_and_behind_tabs() {
    rejects(
        "```text file=日本語.txt inser-after=\"一\"\nx\n```\n",
        str![[r#"
error[unknown-attribute]: unknown attribute `inser-after`
 --> src/step-1.md:1:22
  |
1 | ```text file=日本語.txt inser-after="一"
  |                         ^^^^^^^^^^^
  |
  = help: did you mean `insert-after`?

"#]],
    );
    rejects(
        "- one\n\n\t```text\tfile=a\tapend\n\tx\n\t```\n",
        str![[r#"
error[unknown-attribute]: unknown attribute `apend`
 --> src/step-1.md:3:17
  |
3 |     ```text    file=a    apend
  |                          ^^^^^
  |
  = help: did you mean `append`?

"#]],
    );
}

#[test]
fn control_characters_are_shown() {
    rejects(
        "```text file=a \u{1b}[31mred\nx\n```\n",
        str![[r#"
error[unquoted-value]: unquoted spaces in the value of `file`
 --> src/step-1.md:1:14
  |
1 | ```text file=a ␛[31mred
  |              ^^^^^^^^^^
  |
  = help: quote the value: `file="a ␛[31mred"`

"#]],
    );
}

#[test]
fn an_edit_before_its_file_says_where_the_file_is_written() {
    ScenarioTest::step("```text file=a/one\nx\n```\n\n```text file=a/two append\nx\n```\n")
        .page("step-2.md", "```text file=a/two\nx\n```\n")
        .diagnostics(str![[r#"
error[unknown-file]: no earlier block writes `a/two`
 --> src/step-1.md:5:14
  |
5 | ```text file=a/two append
  |              ^^^^^
  |
 ::: src/step-2.md:1:14
  |
1 | ```text file=a/two
  |              ----- the file is written here, after this edit
  |
  = help: move the block that writes the file before this edit

"#]]);
}

#[test]
fn values_and_languages_that_are_almost_right() {
    rejects(
        "```Console\n$ ls\n```\n",
        str![[r#"
error[misspelled-language]: unknown language `Console`
 --> src/step-1.md:1:4
  |
1 | ```Console
  |    ^^^^^^^
  |
  = help: did you mean `console`?

"#]],
    );
    rejects(
        "```text file=a\none\n```\n\n```text file=a insert-after=“one”\nx\n```\n",
        str![[r#"
error[invalid-quote]: invalid quote `“`
 --> src/step-1.md:5:29
  |
5 | ```text file=a insert-after=“one”
  |                             ^
  |
  = help: quote the value with `"`

"#]],
    );
    rejects(
        "```text file=a\none two\n```\n\n```text file=a insert-after=one two append\nx\n```\n",
        str![[r#"
error[unquoted-value]: unquoted spaces in the value of `insert-after`
 --> src/step-1.md:5:29
  |
5 | ```text file=a insert-after=one two append
  |                             ^^^^^^^
  |
  = help: quote the value: `insert-after="one two"`

error[conflicting-attributes]: `insert-after` conflicts with `append`
 --> src/step-1.md:5:37
  |
5 | ```text file=a insert-after=one two append
  |                             ---     ^^^^^^
  |                             |
  |                             the first is here
  |
  = help: write two blocks, one for each

"#]],
    );
}

#[test]
fn words_of_an_argument_are_no_command() {
    ScenarioTest::step(
        r#"
```console
$ echo "docker rm app"
$ grep -n "docker build" README.md
$ echo next: docker run app
$ echo a # b &
$ echo 'a &'
$ cat <<EOF
> docker rm app
> cd app
> EOF
$ docker run --rm --disable-content-trust app
$ docker kill --signal=HUP app
```
"#,
    )
    .outline(str![[r#"
step 1: step-1
1-13 console
  run "echo \"docker rm app\""
  run "grep -n \"docker build\" README.md"
  run "echo next: docker run app"
  run "echo a # b &"
  run "echo 'a &'"
  run "cat <<EOF\ndocker rm app\ncd app\nEOF"
  run "docker run --rm --disable-content-trust app"
  run "docker kill --signal=HUP app"

"#]]);
    for command in [
        "sudo docker rm app",
        "sh -c 'docker rm app'",
        "true && docker rm app",
        "echo $(docker rm app)",
        "echo \"`docker rm app`\"",
        "docker ps -q | xargs docker rm",
        "A=1 docker rm app",
        "if true; then docker rm app; fi",
    ] {
        let book = ScenarioTest::step(&format!("```console\n$ {command}\n```\n")).book();
        let codes: Vec<&str> = book.diagnostics.iter().map(|mistake| mistake.code().name()).collect();
        assert_eq!(codes, ["container-command-not-alone"], "{command}");
    }
    rejects(
        "```console\n$ docker run --disable-content-trust -d app\n```\n",
        str![[r#"
error[missing-container-name]: missing name of a detached container
 --> src/step-1.md:2:3
  |
2 | $ docker run --disable-content-trust -d app
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: add `--name=NAME`

"#]],
    );
    rejects(
        "```console\n$ sleep 7 & # later\n```\n",
        str![[r#"
error[trailing-ampersand]: `&` is not allowed at the end of a command
 --> src/step-1.md:2:3
  |
2 | $ sleep 7 & # later
  |   ^^^^^^^^^^^^^^^^^
  |
  = help: remove it, and add `background=NAME`, `ready=` and `within=` to the block

"#]],
    );
}

#[test]
fn a_line_with_thousands_of_mistakes_is_reported_on_one_screen() {
    let words: Vec<String> = (0..4000).map(|n| format!("wrong-{n}=1")).collect();
    let page = format!("```text file=a {}\nx\n```\n", words.join(" "));
    let book = ScenarioTest::step(&page);
    let error = book.book().into_scenario().expect_err("mistakes");
    let message = book.redact(&error.render(Style::Plain));
    assert!(message.lines().count() < 50 && message.len() < 8000, "{message}");
    assert!(message.starts_with("4000 mistakes in the book"), "{message}");
    assert!(message.ends_with("… and 3996 more in line 1 of src/step-1.md"), "{message}");
}

#[test]
fn a_page_with_thousands_of_mistakes_is_reported_in_a_few() {
    let page = "```text fiel=a\nx\n```\n\n".repeat(3000);
    let book = ScenarioTest::step(&page).page("step-2.md", "```text\n```\n");
    let error = book.book().into_scenario().expect_err("mistakes");
    let message = book.redact(&error.render(Style::Plain));
    assert!(message.lines().count() < 200, "{message}");
    assert!(
        message.contains("\n… and 2980 more in src/step-1.md\n\nerror[block-without-effect]"),
        "{message}"
    );
}

/// The shortest of three times for reading a page, in a book without the other pages of SUMMARY.md.
fn time_of(page: &str) -> Duration {
    let book = ScenarioTest::step(page);
    let read = |_| {
        let start = processor_time();
        assert_eq!(book.book().diagnostics, []);
        processor_time() - start
    };
    (0..3).map(read).min().unwrap_or_default()
}

/// The shortest of three times for rendering the mistakes of a page.
fn time_to_render(page: &str) -> Duration {
    let error = ScenarioTest::step(page).book().into_scenario().expect_err("mistakes");
    let render = |_| {
        let start = processor_time();
        assert!(error.render(Style::Plain).len() < 10_000);
        processor_time() - start
    };
    (0..3).map(render).min().unwrap_or_default()
}

#[test]
fn the_mistakes_of_one_line_are_rendered_in_linear_time() {
    let page = |count: usize| {
        let words: Vec<String> = (0..count).map(|n| format!("w{n}=1")).collect();
        format!("```text file=a {}\nx\n```\n", words.join(" "))
    };
    let (few, many) = (time_to_render(&page(2000)), time_to_render(&page(20_000)));
    assert!(many < few * 30 + Duration::from_millis(50), "2000 in {few:?}, 20 000 in {many:?}");
}

/// Ten times the size may take up to thirty times as long, plus a constant. Quadratic time would be a hundred times as long.
#[test]
fn checks_and_background_names_are_read_in_linear_time() {
    let checks = |count: usize| "<!-- scenario: check target job=app -->\n\n".repeat(count);
    let names = |count: usize| -> String {
        (0..count).map(|n| format!("```console background=n{n} ready=8000 within=1s\n$ a\n```\n\n")).collect()
    };
    let comments = |count: usize| "<!-- prose -->\n\n".repeat(count);
    for (what, page) in
        [("checks", &checks as &dyn Fn(usize) -> String), ("names", &names), ("comments", &comments)]
    {
        let (few, many) = (time_of(&page(2000)), time_of(&page(20_000)));
        assert!(many < few * 30 + Duration::from_millis(50), "{what}: 2000 in {few:?}, 20 000 in {many:?}");
    }
}
