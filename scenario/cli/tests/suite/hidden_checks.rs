//! What `check command` and `check file` find in a workspace.

use snapbox::str;

use crate::playground::{Playground, Ran};
use crate::scenario_test::ScenarioTest;

/// A page that makes `made`, with these checks.
fn page(checks: &str) -> Playground {
    ScenarioTest::step(&format!("# One\n\n```console\n$ (echo one; echo two) > made\n```\n\n{checks}\n"))
        .playground()
}

#[track_caller]
fn fails(check: &str) -> Ran {
    let playground = page(check);
    let ran = playground.run(&["step", "1"]);
    ran.status(1);
    ran
}

#[test]
fn a_command_and_a_file_are_red_before_their_step_and_green_after_it() {
    let playground = page(
        "<!-- scenario: check command=\"test -s made\" -->\n\
         <!-- scenario: check command=\"cat made nothing\" status=1 contains=\"No such file\" matches=\"^two$\" -->\n\
         <!-- scenario: check file=made contains=\"one\\\\n\" already-true=\"no: there is none\" -->\n",
    );
    playground.run(&["verify"]).status(1).says("this check should pass before its step");
    let playground = page(
        "<!-- scenario: check command=\"test -s made\" -->\n\
         <!-- scenario: check command=\"cat made nothing\" status=1 contains=\"No such file\" matches=\"^two$\" -->\n\
         <!-- scenario: check file=made matches=\"^one$\" -->\n\
         <!-- scenario: check file=gone absent already-true=\"nothing ever makes it\" -->\n",
    );
    playground.run(&["verify"]).status(0);
    playground.run(&["step", "1"]).status(0).out(str![[r#"
Step 1  step-1
  ✓ (echo one; echo two) > made
  ✓ `test -s made` ends with status 0  exit status 0
  ✓ `cat made nothing` ends with status 1, prints `No such file`, prints what matches `^two$`  exit status 1
  ✓ `made` matches `^one$`
  ✓ `gone` does not exist
step 1: 5 passed, 0 failed, 0 skipped in [TIME] s
your files are in `workspace`; `scenario down` ends what runs

"#]]);
    playground.run(&["check", "1"]).status(0);
}

#[test]
fn a_check_that_passes_before_its_step_proves_nothing() {
    page("<!-- scenario: check command=true -->\n")
        .run(&["verify"])
        .status(1)
        .says("error: this check passes before its step, so it proves nothing\n");
}

#[test]
fn a_command_that_ends_otherwise_shows_what_it_printed() {
    fails("<!-- scenario: check command=\"cat made; exit 3\" -->").out(str![[r#"
Step 1  step-1
  ✓ (echo one; echo two) > made
  ✗ `cat made; exit 3` ends with status 0

error: the check failed
 --> src/step-1.md:7:1
  |
7 | <!-- scenario: check command="cat made; exit 3" -->
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  expected: exit status 0
  found:    exit status 3
    one
    two
  again:    `scenario step 1`

step 1: 1 passed, 1 failed, 0 skipped in [TIME] s
the files in `workspace` and what runs are as far as this step came; nothing was undone

"#]]);
}

#[test]
fn what_a_command_prints_and_a_file_has_is_compared() {
    fails("<!-- scenario: check command=\"cat made\" contains=three -->").says(
        "  expected: output that contains `three`\n  found:    output that does not\n    one\n    two\n",
    );
    fails("<!-- scenario: check file=made matches=\"^on$\" -->")
        .says("  expected: a file that matches `^on$`\n  found:    a file that does not\n    one\n    two\n");
    fails("<!-- scenario: check file=made absent -->")
        .says("  expected: no file `made`\n  found:    the file exists\n");
    fails("<!-- scenario: check file=other contains=x -->")
        .says("  expected: a file `other`\n  found:    the file does not exist\n");
    fails("<!-- scenario: check file=made/below contains=x -->")
        .says("  found:    the file does not exist\n");
}

#[test]
fn a_check_waits_for_its_file() {
    let playground = ScenarioTest::step(
        "# One\n\n```console background=late ready=log:started within=5s\n\
         $ echo started; sleep 0.5; echo late > made; sleep 0.5; echo later >> made; sleep 7204\n```\n\n\
         <!-- scenario: check file=made contains=late within=10s -->\n\
         <!-- scenario: check command=\"grep later made\" within=10s -->\n",
    )
    .playground();
    playground.run(&["step", "1"]).status(0);
}

#[test]
fn a_command_of_a_check_runs_by_bash_in_the_workspace_whatever_its_terminal_is_like() {
    let page = "# One\n\n```console\n$ echo a > made; A=1; cd /\n```\n\n\
                <!-- scenario: check command=\"[[ -s made && -z ${A-} ]]\" -->\n";
    ScenarioTest::step(page).playground().run(&["step", "1"]).status(0);
}

#[test]
fn output_of_a_check_that_is_too_long_is_not_searched() {
    let page = "# One\n\n```console\n$ touch made\n```\n\n\
                <!-- scenario: check command=\"test -e made && seq 1000000\" contains=500000 -->\n";
    let ran = ScenarioTest::step(page).playground().run(&["step", "1"]);
    ran.status(1).says("more than 1048576 bytes, which is all that is read");
}

#[test]
fn without_a_workspace_nothing_is_made() {
    let playground = page(
        "<!-- scenario: check command=\"touch proof\" -->\n<!-- scenario: check file=made contains=one -->",
    );
    playground.run(&["check", "1"]).status(1).says("the workspace `");
    assert!(!playground.path("").exists());
}

#[test]
fn a_file_that_is_no_file_is_reported() {
    let playground = page(
        "<!-- scenario: check file=pipe contains=one -->\n\
         <!-- scenario: check file=large contains=one -->\n",
    );
    playground.run(&["step", "1"]).status(1);
    let pipe = nix::unistd::mkfifo(&playground.path("pipe"), nix::sys::stat::Mode::S_IRWXU);
    pipe.expect("a pipe");
    std::fs::File::create(playground.path("large")).and_then(|file| file.set_len(5 << 20)).expect("a file");
    playground
        .run(&["check", "1"])
        .status(1)
        .says("error: the check could not run: failed to read the file: not a regular file\n")
        .says("failed to read the file: more than 4194304 bytes, which is all that is read\n");
}

#[test]
fn a_command_of_a_check_that_changes_something_fails() {
    let playground = page("<!-- scenario: check command=\"test -s made && date > now\" -->");
    playground.run(&["verify"]).status(1).says("found:    it has changed `now`");
    // Somebody else may have changed it in the learner's workspace.
    playground.run(&["step", "1"]).status(0);
    playground.run(&["check", "1"]).status(0);
    for change in ["date >> made", "chmod 600 made", "mkdir folder", "rm made"] {
        page(&format!("<!-- scenario: check command=\"test -s made && {change}\" -->"))
            .run(&["verify"])
            .status(1)
            .says("  expected: a command that changes nothing\n  found:    it has changed `");
    }
}

/// It would be green after its step because it was asked before.
#[test]
fn a_check_that_makes_what_it_asks_for_fails() {
    page("<!-- scenario: check command=\"test -e made && (test -e x || ! touch x)\" -->")
        .run(&["verify"])
        .status(1);
    page("<!-- scenario: check command=\"cat x || ! touch x\" -->")
        .run(&["verify"])
        .status(1)
        .says("found:    it has changed `x`");
}

#[test]
fn what_a_process_of_the_book_may_have_changed_is_not_the_fault_of_a_check() {
    let page = "# One\n\n```console background=clock ready=log:up within=10s\n\
                $ echo up; while sleep 0.01; do date +%N > now; done\n```\n\n\
                <!-- scenario: check command=\"sleep 0.2; mkdir -p target && test -e now\" -->\n";
    ScenarioTest::step(page).playground().run(&["verify"]).status(0);
    let exercise = "# One\n\n```console\n$ echo one > one\n```\n\n```text file=two exercise=e\ntwo\n```\n\n\
                    <!-- scenario: check command=\"test -e two && touch three\" exercise=e -->\n";
    ScenarioTest::step(exercise).playground().run(&["verify"]).status(1).says("it has changed `three`");
}

/// Their folder is not on the PATH of a reader, and a step has it on that of its commands.
#[test]
fn a_check_finds_the_programs_of_the_tools_folder() {
    let book = page("<!-- scenario: check command=\"kettle | grep tea\" -->");
    let tools = book.root().join(".tools");
    let book = book.with_program("KETTLE", "echo tea").env("SCENARIO_TOOLS", &tools.display().to_string());
    std::fs::create_dir_all(tools.join("bin")).expect("a folder");
    std::fs::rename(tools.join("given/kettle"), tools.join("bin/kettle")).expect("a program");
    book.run(&["step", "1"]).status(0);
    book.run(&["check", "1"]).status(0);
}
