//! How files are written: what is kept, what is in the way, and what is left behind.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use snapbox::str;

use crate::playground::{Playground, skipped};
use crate::scenario_test::ScenarioTest;

/// A book that writes one file.
fn note() -> Playground {
    let playground = ScenarioTest::step("# One\n\n```text file=a.txt\nours\n```\n").playground();
    std::fs::create_dir_all(playground.path("")).expect("a folder");
    playground
}

/// The names in a folder of the workspace.
fn names(playground: &Playground, folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(playground.path(folder)).expect("a folder").flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn the_mode_of_a_file_survives_an_edit() {
    let playground = ScenarioTest::new()
        .page(
            "step-1.md",
            "# One\n\n```sh file=run.sh\n#!/bin/sh\necho one\n```\n\n```console\n$ chmod 750 run.sh && ./run.sh\none\n```\n",
        )
        .page(
            "step-2.md",
            "# Two\n\n```sh file=run.sh append\necho two\n```\n\n```console\n$ ./run.sh\none\ntwo\n```\n",
        )
        .playground();
    playground.run(&["verify"]).status(0);
    playground.run(&["step", "1"]).status(0);
    playground.run(&["step", "2"]).status(0);
    let mode = std::fs::metadata(playground.path("run.sh")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o750);
}

#[test]
fn a_neighbour_of_the_learners_is_neither_written_nor_followed() {
    let playground = note();
    let outside = playground.root().join("outside");
    std::fs::write(&outside, "theirs\n").expect("a file");
    std::fs::write(playground.path("a.txt.new"), "mine\n").expect("a file");
    symlink(&outside, playground.path("a.new")).expect("a link");
    playground.run(&["step", "1"]).status(0);
    assert_eq!(playground.read("a.txt"), "ours\n");
    assert_eq!(playground.read("a.txt.new"), "mine\n");
    assert_eq!(std::fs::read_to_string(&outside).expect("a file"), "theirs\n");
    assert_eq!(names(&playground, ""), [".scenario", "a.new", "a.txt", "a.txt.new"]);
}

#[test]
fn a_link_in_our_own_folder_is_refused() {
    let clock = "# One\n\n```console background=clock ready=log:\"tick\" within=10s\n$ sh -c 'echo tick; sleep 7311'\n```\n";
    for link in [".scenario", ".scenario/memory.json", ".scenario/logs", ".scenario/logs/clock.log"] {
        let playground = ScenarioTest::step(clock).playground();
        let outside = playground.root().join("outside");
        if link.ends_with(".json") || link.ends_with(".log") {
            std::fs::write(&outside, "theirs\n").expect("a file");
        } else {
            std::fs::create_dir(&outside).expect("a folder");
        }
        let at = playground.path(link);
        std::fs::create_dir_all(at.parent().expect("a parent")).expect("a folder");
        symlink(&outside, at).expect("a link");
        let ran = playground.run(&["step", "1"]);
        ran.status(2);
        let expected = format!(
            "error: `{link}` in the workspace is a symbolic link\n  help: remove the link; nothing was written\n"
        );
        assert_eq!(ran.stderr, expected);
        if outside.is_file() {
            assert_eq!(std::fs::read_to_string(&outside).expect("a file"), "theirs\n");
        } else {
            assert_eq!(std::fs::read_dir(&outside).expect("a folder").count(), 0);
        }
    }
}

#[test]
fn what_is_in_the_way_of_a_file_is_named() {
    let playground = note();
    std::fs::create_dir(playground.path("a.txt")).expect("a folder");
    playground.run(&["step", "1"]).status(2).err(str![[r#"
error: `a.txt` is a folder in the workspace
  help: move it away: the book has a file `a.txt`

"#]]);
    // Somebody would have to write to it before it can be read.
    let playground = note();
    nix::unistd::mkfifo(&playground.path("a.txt"), nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
    playground.run(&["step", "1"]).status(2).err(str![[r#"
error: `a.txt` is neither a file nor a folder in the workspace
  help: move it away: the book has a file `a.txt`

"#]]);
    let deep = ScenarioTest::step("# One\n\n```text file=a/b/c.txt\nours\n```\n").playground();
    std::fs::create_dir_all(deep.path("a")).expect("a folder");
    std::fs::write(deep.path("a/b"), "mine\n").expect("a file");
    deep.run(&["step", "1"]).status(2).err(str![[r#"
error: `a/b` is a file in the workspace
  help: move it away: the book has a file `a/b/c.txt`

"#]]);
    assert_eq!(deep.read("a/b"), "mine\n");
}

#[test]
fn a_memory_that_cannot_be_read_is_reported_and_costs_nothing_of_the_learners() {
    let playground = note();
    playground.run(&["step", "1"]).status(0);
    std::fs::write(playground.path("a.txt"), "mine\n").expect("an edit");
    std::fs::write(playground.path(".scenario/memory.json"), "{\"files\": {").expect("a memory");
    let ran = playground.run(&["step", "1"]);
    ran.status(0).says("kept your `a.txt` as `workspace/.scenario/kept/").says(
        "  note failed to read `.scenario/memory.json` in the workspace: EOF while parsing an object at line 1 \
         column 11; a file that differs from the book is kept as yours, and every command runs again\n",
    );
    playground.run(&["step", "1"]).status(0).does_not_say("note");
}

#[test]
fn a_full_disk_leaves_the_old_file_and_no_other() {
    let large = "0123456789\n".repeat(20_000);
    let playground = ScenarioTest::new()
        .page("step-1.md", "# One\n\n```text file=a.txt\nours\n```\n")
        .page("step-2.md", &format!("# Two\n\n```text file=a.txt\n{large}```\n"))
        .playground();
    playground.run(&["step", "1"]).status(0);
    // Of a file that reaches this limit, the system says what it says of a full disk.
    let limited = format!("trap '' XFSZ; ulimit -f 64; exec {} step 2", env!("CARGO_BIN_EXE_scenario"));
    let mut command = std::process::Command::new("bash");
    command.args(["-c", &limited]);
    playground.prepare(&mut command);
    let output = command.output().expect("bash");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        playground.redact(&String::from_utf8_lossy(&output.stderr)),
        "error: failed to write `workspace/a.txt`: File too large (os error 27)\n"
    );
    assert_eq!(playground.read("a.txt"), "ours\n");
    assert_eq!(names(&playground, ""), [".scenario", "a.txt"]);
    playground.run(&["step", "2"]).status(0);
}

#[test]
fn a_workspace_with_folders_that_nobody_may_write_to_can_be_emptied() {
    let page = "# One\n\n```console\n$ mkdir -p sources/deep none && touch sources/deep/a && chmod 555 sources/deep sources && chmod 0 none\n```\n";
    for words in [&["verify"][..], &["verify", "--cold"]] {
        let playground = ScenarioTest::step(page).playground();
        let verify = || {
            let program = Path::new(env!("CARGO_BIN_EXE_scenario"));
            let mut command = if nix::unistd::Uid::effective().is_root() {
                // Root may write everywhere, unless it has given up the right to.
                let mut command = std::process::Command::new("setpriv");
                command.args(["--inh-caps=-all", "--bounding-set=-dac_override,-dac_read_search"]);
                command.arg(program);
                command
            } else {
                std::process::Command::new(program)
            };
            playground.prepare(command.args(words));
            command.output()
        };
        let Ok(first) = verify() else { return skipped("root without `setpriv` may write everywhere") };
        assert_eq!(first.status.code(), Some(0), "{first:?}");
        let second = verify().expect("a second run");
        assert_eq!(second.status.code(), Some(0), "{second:?}");
        let out = String::from_utf8_lossy(&second.stdout);
        assert!(out.contains("note the end of step 1 is not kept: `none` cannot be read"), "{out}");
    }
}

#[test]
fn an_edit_gets_its_tick_once_it_is_written() {
    let playground = note();
    std::fs::create_dir(playground.path("a.txt")).expect("a folder");
    playground.run(&["step", "1"]).status(2).out(str![[r#"
Step 1  step-1

"#]]);
    std::fs::remove_dir(playground.path("a.txt")).expect("a folder");
    playground.run(&["step", "1"]).status(0).says("✓ write `a.txt`");
}

#[test]
fn edits_with_nothing_between_them_write_their_file_once() {
    let edits = "# One\n\n```text file=a.txt\none\n```\n\n```text file=a.txt append\ntwo\n```\n";
    let playground = ScenarioTest::step(edits).playground();
    playground.run(&["step", "1"]).status(0);
    let modified = || std::fs::metadata(playground.path("a.txt")).and_then(|file| file.modified()).ok();
    let first = modified();
    playground.run(&["step", "1"]).status(0).says("✓ edit `a.txt` (append)");
    assert_eq!(modified(), first, "it was written in between");
}

#[test]
fn a_step_without_checks_has_its_files_compared() {
    let playground = ScenarioTest::new()
        .page("step-1.md", "# One\n\n```text file=a.txt\none\ntwo\n```\n\n```text file=b.txt\nb\n```\n")
        .page("step-2.md", "# Two\n\n```text file=a.txt append\nthree\n```\n")
        .playground();
    playground.run(&["check", "2"]).status(1).says("there is no such file in the workspace");
    assert!(!playground.path("").exists(), "nothing is changed");
    playground.run(&["step", "2"]).status(0);
    playground.run(&["check", "2"]).status(0).out(str![[r#"
Step 2  step-2
  ✓ `a.txt` is as the book has it
  ✓ `b.txt` is as the book has it
check 2: 2 passed, 0 failed, 0 skipped in [TIME] s

"#]]);
    std::fs::write(playground.path("a.txt"), "one\ntwo\n").expect("an edit");
    std::fs::write(playground.path("b.txt"), "b\r\n").expect("an edit");
    playground.run(&["check", "2"]).status(1).out(str![[r#"
Step 2  step-2
  ✗ `a.txt` is as the book has it

error: line 3 differs from the book
 --> src/step-2.md:3:1
  |
3 | ```text file=a.txt append
  | ^^^^^^^^^^^^^^^^^^^^^^^^^
  expected: `three`
  found:    no such line
  help:     do what the page says here, or let `scenario step 2` do it; what you have written is kept
  again:    `scenario check 2`

  ✗ `b.txt` is as the book has it

error: only the line ends differ from the book
 --> src/step-1.md:8:1
  |
8 | ```text file=b.txt
  | ^^^^^^^^^^^^^^^^^^
  help:     do what the page says here, or let `scenario step 2` do it; what you have written is kept
  again:    `scenario check 2`

check 2: 0 passed, 2 failed, 0 skipped in [TIME] s

"#]]);
}

#[test]
fn a_step_with_nothing_to_check_is_no_success() {
    let playground = ScenarioTest::step("# One\n\n```console\n$ true\n```\n").playground();
    playground.run(&["check", "1"]).status(2).err(str![[r#"
error: src/step-1.md:1:1: step 1 has nothing to check: no check, and no file
  help: `scenario step 1` runs its commands; to check what they have done, its author adds a check, such as `<!-- scenario: check http url=http://localhost:8000/ status=200 -->`

"#]]);
}

#[test]
fn the_files_of_earlier_steps_are_no_check_of_a_step() {
    let playground = ScenarioTest::step("# One\n\n```text file=a.txt\na\n```\n")
        .page("step-2.md", "# Two\n\n```console\n$ true\n```\n")
        .playground();
    playground.run(&["step", "2"]).status(0);
    playground.run(&["check", "1"]).status(0);
    let ran = playground.run(&["check", "2"]);
    ran.status(2);
    assert!(
        ran.stderr.starts_with("error: src/step-2.md:1:1: step 2 has nothing to check"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_result_that_is_not_there_is_reported_before_anything_runs() {
    let playground = ScenarioTest::step("# One\n\n```console\n$ touch began\n```\n")
        .file("book.toml", "[book]\ntitle = \"A book\"\n\n[preprocessor.scenario]\nresult = \"elsewhere\"\n")
        .playground();
    playground.run(&["verify"]).status(2).err(str![[r#"
error: there is no file or folder `elsewhere`
  help: `result` in `[preprocessor.scenario]` of book.toml names it; write the path from book.toml's folder

"#]]);
}
