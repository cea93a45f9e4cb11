//! `scenario new`: the book that it writes passes at once, and nothing of the author's is touched.

use std::path::Path;
use std::process::Command;

use snapbox::str;

use crate::playground::Playground;
use crate::scenario_test::ScenarioTest;

/// A folder to make books in.
fn place() -> Playground {
    ScenarioTest::step("# One\n\n```text file=a\n```\n").playground()
}

#[test]
fn a_new_book_passes_at_once() {
    let playground = place();
    playground.run(&["new", "my book"]).status(0).out(str![[r#"
wrote a book of 8 files into `my book`; next:
  cd 'my book'
  scenario verify    # proves every chapter from nothing
  scenario step 1    # runs `src/write.md`; change that page, and run it again

"#]]);
    let in_book = |words: &[&str]| {
        playground.run(&[&["--book", "my book", "--workspace", "files"][..], words].concat())
    };
    in_book(&["verify"]).status(0).out(str![[r#"
Step 1  Write a script
  ✓ write `greet.sh`
  ✓ bash greet.sh
  ✓ `greet.sh` contains `Hello`
Step 2  Change it
  ✓ edit `greet.sh` (replace)
  ✓ bash greet.sh reader
  ✓ `bash greet.sh` ends with status 0, prints what matches `It is [0-9:]+[.]$`  exit status 0
verify: 6 passed, 0 failed, 0 skipped in [TIME] s
census: 4 blocks: 2 file edits, 2 of commands, 0 queries, 0 ignored with a reason, 0 unaccounted; 2 hidden checks

"#]]);
    for words in [&["step", "2"][..], &["check", "2"], &["step", "1"], &["check", "1"]] {
        in_book(words).status(0);
    }
    let config = std::fs::read_to_string(playground.root().join("my book/book.toml")).expect("book.toml");
    assert!(config.contains("title = \"my book\"\n"), "{config}");
}

#[test]
fn a_folder_may_be_made_empty_or_with_a_new_repository_only() {
    let playground = place();
    std::fs::create_dir_all(playground.root().join("empty/.git")).expect("a folder");
    playground.run(&["new", "empty"]).status(0);
    playground.run(&["new", "a/\"b\" \\ c"]).status(0);
    playground.run(&["--book", "a/\"b\" \\ c", "steps"]).status(0).says("Write a script");
    let mut command = playground.command(&["new", "."]);
    let here = playground.root().join("here");
    std::fs::create_dir(&here).expect("a folder");
    let output = command.current_dir(&here).output().expect("scenario can be started");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "wrote a book of 8 files into `.`; next:\n  \
         scenario verify    # proves every chapter from nothing\n  \
         scenario step 1    # runs `src/write.md`; change that page, and run it again\n"
    );
}

#[test]
fn the_flags_that_lead_to_a_book_are_refused() {
    let playground = place();
    playground.run(&["new", "--help"]).status(0).out(str![[r#"
Write a small book that passes at once, with a README and a workflow for CI

Usage: scenario new <DIR>

Arguments:
  <DIR>  Its folder, which must be empty or not exist

Options:
  -h, --help  Print help

"#]]);
    for words in [["--book", "a", "new", "b"], ["new", "b", "--workspace", "a"]] {
        playground.run(&words).status(2).out(str![]).err(str![[r#"
error: `new` takes neither `--book` nor `--workspace`
  help: `scenario new DIR` writes a new book into the folder DIR

"#]]);
    }
}

#[test]
fn what_is_there_is_left_as_it_is() {
    let playground = place();
    let root = playground.root();
    playground.run(&["new", "src"]).status(2).out(str![]).err(str![[r#"
error: the folder `src` is not empty: it has `SUMMARY.md`
  help: name a folder that does not exist or is empty; nothing was written

"#]]);
    playground.run(&["new", "book.toml"]).status(2).err(str![[r#"
error: `book.toml` is a file, and a book is a folder
  help: name a folder that does not exist or is empty; nothing was written

"#]]);
    playground.run(&["new", "book.toml/a"]).status(2).err(str![[r#"
error: failed to create the folder `book.toml/a`: Not a directory (os error 20)

"#]]);
    std::os::unix::fs::symlink("nowhere", root.join("link")).expect("a link");
    playground.run(&["new", "link"]).status(2).err(str![[r#"
error: `link` is a link that leads nowhere

"#]]);
    // A folder in which nobody can make one, not even root.
    playground.run(&["new", "/proc/book"]).status(2).err(str![[r#"
error: failed to create the folder `/proc/book`: No such file or directory (os error 2)

"#]]);
    let mut there: Vec<_> = std::fs::read_dir(root.join("src"))
        .expect("the pages")
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    there.sort();
    assert_eq!(there, ["SUMMARY.md", "step-1.md"]);
}

#[test]
fn a_book_that_was_not_written_whole_is_reported() {
    let playground = place();
    // A limit of the shell's: no file may be longer.
    let mut command = Command::new("bash");
    playground.prepare(&mut command);
    let line = format!("trap '' XFSZ; ulimit -f 0; exec {} new book", env!("CARGO_BIN_EXE_scenario"));
    let output = command.args(["-c", &line]).output().expect("bash");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: failed to write `book/book.toml`: File too large (os error 27)\n  \
         help: the new book is not complete: remove what is in `book`, and try again\n"
    );
}

/// The commands that the workflow runs, in order.
fn workflow(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.trim_start().trim_start_matches("- ").strip_prefix("run: ")).collect()
}

#[test]
fn the_workflow_of_a_new_book_passes() {
    let playground = place();
    playground.run(&["new", "book"]).status(0);
    let text = std::fs::read_to_string(playground.root().join("book/.github/workflows/book.yml"))
        .expect("the workflow");
    let commands = workflow(&text);
    let [install, verify] = commands[..] else { panic!("{commands:?}") };
    assert!(install.starts_with("cargo install --locked --git "), "{install}");
    let run = |line: &str| {
        let programs = Path::new(env!("CARGO_BIN_EXE_scenario")).parent().expect("a folder");
        let mut command = Command::new("bash");
        playground.prepare(&mut command);
        command.current_dir(playground.root().join("book"));
        let path = std::env::var("PATH").unwrap_or_default();
        command.args(["-ec", line]).env("PATH", format!("{}:{path}", programs.display()));
        command.output().expect("bash")
    };
    let output = run(verify);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let written = std::fs::read_to_string(playground.root().join("book/report/verify.json"));
    assert!(written.expect("a report").contains("\"outcome\": \"passed\""));
    let output = run(install);
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("is not set, see README.md"), "{said}");
}
