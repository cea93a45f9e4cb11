//! The program as mdBook starts it.

use assert_cmd::Command;
use serde_json::Value;
use snapbox::{assert_data_eq, str};

use crate::book_test::BookTest;

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_mdbook-scenario"))
}

#[test]
fn html_is_supported_and_nothing_else() {
    program().args(["supports", "html"]).assert().success();
    program().args(["supports", "test"]).assert().code(1);
    program().args(["supports", "markdown"]).assert().code(1);
}

#[test]
fn a_book_goes_through() {
    let input = BookTest::new().step("```console\n$ true\n```\n").json();
    let output = program().write_stdin(input).assert().success().get_output().clone();
    assert!(output.stdout.starts_with(b"{\"items\":[{\"Chapter\":"));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_book_larger_than_a_pipe_goes_through_whole() {
    let lines: String = (0..30_000).map(|line| format!("Line {line}\n")).collect();
    let input = BookTest::new().step(&lines).json();
    let output = program().write_stdin(input).assert().success().get_output().clone();
    let book: Value = serde_json::from_slice(&output.stdout).expect("a book");
    assert_eq!(book["items"][0]["Chapter"]["content"], lines);
}

#[test]
fn what_is_no_book_is_an_error() {
    let output = program().write_stdin("[1, 2]").assert().code(1).get_output().clone();
    assert!(output.stdout.is_empty());
    assert_data_eq!(
        String::from_utf8_lossy(&output.stderr).into_owned(),
        str![[r#"
error: failed to read a book from standard input: invalid type: integer `1`, expected struct PreprocessorContext at line 1 column 2
  help: `mdbook build` starts this program; by hand there is `mdbook-scenario supports html`

"#]]
    );
}

#[test]
fn a_mistake_in_a_page_is_an_error_on_standard_error() {
    let input = BookTest::new().step("```rust\n```\n").json();
    let output = program().write_stdin(input).assert().code(1).get_output().clone();
    assert!(output.stdout.is_empty());
    assert_data_eq!(
        String::from_utf8_lossy(&output.stderr).into_owned(),
        str![[r#"
error: 1 mistake in the book; nothing was rendered

error[block-without-effect]: this block is not applied, run or checked
 --> src/step-1.md:1:1
...
"#]]
    );
}

#[test]
fn unknown_arguments_are_a_usage_error() {
    let help = program().arg("--help").assert().success().get_output().clone();
    let output = program().arg("build").assert().code(2).get_output().clone();
    assert_eq!(output.stderr, help.stdout);
    assert_data_eq!(
        String::from_utf8_lossy(&output.stderr).into_owned(),
        str![[r#"
usage: mdbook-scenario                     (started by `mdbook build`: reads a book, writes a book)
       mdbook-scenario supports RENDERER   (exit status 0: yes, 1: no)

"#]]
    );
}
