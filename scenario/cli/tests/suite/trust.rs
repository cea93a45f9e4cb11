//! An imported book: nothing of it runs before the user has agreed, and then again after it has changed.

use snapbox::str;

use crate::playground::Playground;
use crate::scenario_test::ScenarioTest;

const PAGE: &str = "# One\n\nRead this.\n\n```text file=a.txt\none\n```\n\n```console\n$ cat a.txt >> log\n```\n\n\
    <!-- scenario: check command=\"grep one log\" -->\n";

/// What `import` writes says that it is imported.
fn imported(page: &str) -> Playground {
    let toml = "[book]\ntitle = \"Tea\"\n\n[preprocessor.scenario]\nimported = true\n";
    ScenarioTest::step(page).file("book.toml", toml).playground()
}

#[test]
fn an_imported_book_is_refused_with_what_it_would_run() {
    let book = imported(PAGE);
    book.run(&["step", "1"]).status(2).err(str![[r#"
error: the book was imported, and you have not agreed yet to what it runs: 1 command, 1 file, 1 check; nothing was run
  file     write `a.txt`  (src/step-1.md:5)
  command  cat a.txt >> log  (src/step-1.md:10)
  check    `grep one log` ends with status 0  (src/step-1.md:13)
  help: `scenario plan` lists all of it; read it and the pages, then run `scenario step 1 --trust`

"#]]);
    assert!(!book.path("").exists(), "nothing was written");
}

#[test]
fn every_command_that_runs_something_of_the_book_refuses() {
    let book = imported(PAGE);
    for words in
        [&["step", "1"][..], &["check", "1"], &["verify"], &["bless"], &["adopt"], &["mutate"], &["watch"]]
    {
        let ran = book.run(words);
        assert_eq!(ran.status, Some(2), "{words:?}: {ran:?}");
        assert!(ran.stderr.contains("you have not agreed yet to what it runs"), "{words:?}: {ran:?}");
        assert!(!book.path("log").exists() && !book.root().join(".cache").exists(), "{words:?}");
    }
    for words in [&["plan"][..], &["steps"], &["setup"], &["down"]] {
        assert_eq!(book.run(words).status, Some(0), "{words:?} runs nothing of the book");
    }
}

#[test]
fn a_long_book_is_listed_in_part() {
    let commands: String = (0..9).map(|number| format!("$ echo {number} {}\n", "x".repeat(200))).collect();
    let ran =
        imported(&format!("# One\n\n```console\n{commands}```\n\n<!-- scenario: check file=a absent -->\n"))
            .run(&["step", "1"]);
    assert!(ran.stderr.contains("what it runs: 9 commands, 0 files, 1 check;"), "{ran:?}");
    assert!(ran.stderr.contains("xxx ...  (src/step-1.md:8)\n  and 5 more\n  help: "), "{ran:?}");
}

#[test]
fn what_was_agreed_to_is_remembered_until_it_changes() {
    let book = imported(PAGE);
    let status = |words: &[&str]| book.run(words).status;
    let ran = book.run(&["step", "1", "--trust"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let trusted = "trusted from now on: 1 command, 1 file, 1 check; asked again when they change\n";
    assert!(ran.stdout.starts_with(trusted), "{ran:?}");
    assert_eq!(status(&["check", "1"]), Some(0));
    assert!(book.root().join(".state/trusted").is_dir(), "in the user's state, and not in the book");
    let change = |from: &str, to: &str| {
        assert!(PAGE.contains(from), "{from}");
        std::fs::write(book.root().join("src/step-1.md"), PAGE.replace(from, to)).unwrap();
    };
    for (from, to) in [
        ("one\n```\n\n```console", "two\n```\n\n```console"),
        ("file=a.txt", "file=a.txt append"),
        ("file=a.txt", "file=b.txt"),
        ("cat a.txt >> log", "cat a.txt >> log; true"),
        ("```console\n", "```console terminal=T2\n"),
        ("grep one log", "grep -c one log"),
        ("Read this.\n", "<!-- scenario: needs what=\"tea\" command=\"true\" -->\n"),
    ] {
        change(from, to);
        assert_eq!(status(&["check", "1"]), Some(2), "{from} {to}");
    }
    // Prose runs nothing, and neither does what is expected.
    for (from, to) in [("Read this.", "Read this twice."), ("log\"", "log\" contains=one")] {
        change(from, to);
        assert_eq!(status(&["check", "1"]), Some(0), "{from} {to}");
    }
}

#[test]
fn files_that_are_put_in_place_are_part_of_it() {
    let toml = "[book]\ntitle = \"Tea\"\n\n[preprocessor.scenario]\nimported = true\nresult = \"out\"\nseeds = [\"lock\"]\n";
    let book =
        ScenarioTest::step("# One\n\n```text file=out/a\na\n```\n").file("book.toml", toml).playground();
    std::fs::create_dir(book.root().join("out")).unwrap();
    std::fs::write(book.root().join("out/lock"), "one").unwrap();
    assert_eq!(book.run(&["step", "1", "--trust"]).status, Some(0));
    assert_eq!(book.run(&["step", "1"]).status, Some(0));
    std::fs::write(book.root().join("out/lock"), "two").unwrap();
    let refused = book.run(&["step", "1"]);
    assert!(
        refused.stderr.contains("2 files") && refused.stderr.contains("write `out/lock`"),
        "{}",
        refused.stderr
    );
    // The same file in another place is something else.
    std::fs::write(book.root().join("out/lock"), "one").unwrap();
    assert_eq!(book.run(&["step", "1"]).status, Some(0));
    std::fs::create_dir(book.root().join(".cargo")).unwrap();
    std::fs::rename(book.root().join("out/lock"), book.root().join(".cargo/lock")).unwrap();
    std::fs::write(book.root().join("book.toml"), toml.replace("\"out\"", "\".cargo\"")).unwrap();
    let refused = book.run(&["step", "1"]);
    assert!(refused.stderr.contains("write `.cargo/lock`"), "{}", refused.stderr);
}

#[test]
fn a_workspace_cannot_bring_trust_along() {
    let book = imported(PAGE);
    assert_eq!(book.run(&["step", "1", "--trust"]).status, Some(0));
    let fresh = book.root().join(".fresh");
    let mut command = book.command(&["step", "1"]);
    // What was agreed to elsewhere, in the folders of the book.
    std::fs::rename(book.root().join(".state/trusted"), book.path(".scenario/trusted")).unwrap();
    command.env("SCENARIO_STATE", &fresh);
    assert_eq!(command.status().unwrap().code(), Some(2));
}

#[test]
fn a_book_that_was_not_imported_runs_without_asking() {
    let book = Playground::steps(&[PAGE]);
    assert_eq!(book.run(&["step", "1"]).status, Some(0));
    assert_eq!(book.run(&["check", "1", "--trust"]).status, Some(0), "the flag says nothing there");
}

#[test]
fn what_the_author_adopts_is_agreed_to() {
    let book = imported("# One\n\n```text file=a.txt\none\n```\n");
    assert_eq!(book.run(&["step", "1", "--trust"]).status, Some(0));
    std::fs::write(book.path("a.txt"), "two\n").unwrap();
    let ran = book.run(&["adopt", "--yes"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_eq!(book.run(&["step", "1"]).status, Some(0));
}
