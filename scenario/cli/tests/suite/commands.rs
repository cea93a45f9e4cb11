//! Commands as a page has them: their output and status, their bounds, and what keeps running.

use snapbox::str;

use crate::free_port::free_port;
use crate::playground::{Playground, until};
use crate::scenario_test::ScenarioTest;

#[test]
fn a_status_that_the_page_shows_is_expected() {
    let page = "# First\n\n```console\n$ (echo no; exit 3)\n? 3\nno\n$ false\n? 1\n```\n";
    ScenarioTest::step(page).playground().run(&["step", "1"]).status(0);
}

#[test]
fn a_success_where_the_page_shows_a_failure_is_a_mistake() {
    let playground = ScenarioTest::step("# First\n\n```console\n$ true\n? 1\n```\n").playground();
    playground.run(&["step", "1"]).status(1).out(str![[r#"
Step 1  step-1
  ✗ true

error: the command succeeded, but fails on the page
 --> src/step-1.md:4:3
  |
4 | $ true
  |   ^^^^
  expected: exit status 1
  found:    exit status 0
  help:     if the command is meant to succeed, remove the line `? 1` below it
  again:    `scenario step 1`

step 1: 0 passed, 1 failed, 0 skipped in [TIME] s
the files in `workspace` and what runs are as far as this step came; nothing was undone

"#]]);
}

#[test]
fn a_failure_that_prints_what_the_page_shows_comes_with_the_line_that_is_missing() {
    let playground =
        ScenarioTest::step("# First\n\n```console\n$ echo conflict; (exit 4)\nconflict\n```\n").playground();
    playground.run(&["step", "1"]).status(1).out(str![[r#"
Step 1  step-1
  ✗ echo conflict; (exit 4)

error: the command failed
 --> src/step-1.md:4:3
  |
4 | $ echo conflict; (exit 4)
  |   ^^^^^^^^^^^^^^^^^^^^^^^
  expected: exit status 0
  found:    exit status 4
    conflict
  help:     if the command is meant to end so, write `? 4` on the line below it
  again:    `scenario step 1`

step 1: 0 passed, 1 failed, 0 skipped in [TIME] s
the files in `workspace` and what runs are as far as this step came; nothing was undone

"#]]);
    let other = ScenarioTest::step("# First\n\n```console\n$ echo no; (exit 4)\nyes\n```\n").playground();
    other
        .run(&["step", "1"])
        .status(1)
        .says("write `? 4` on the line below it, and below that what it prints");
    let silent = ScenarioTest::step("# First\n\n```console\n$ echo no; (exit 4)\n```\n").playground();
    silent.run(&["step", "1"]).status(1).does_not_say("meant to");
}

#[test]
fn elisions_stand_for_what_changes() {
    let page = "# First\n\n```console\n$ seq 9; echo took 12 ms\n1\n...\n9\ntook [..] ms\n```\n";
    ScenarioTest::step(page).playground().run(&["step", "1"]).status(0);
}

#[test]
fn a_line_of_output_that_looks_like_the_next_command_is_not_run() {
    let page = "# First\n\n```text file=usage.txt\nusage:\n$ touch oops\n```\n\n\
                ```console\n$ cat usage.txt\nusage:\n...\n$ touch oops\n```\n";
    let playground = ScenarioTest::step(page).playground();
    playground.run(&["step", "1"]).status(1).out(str![[r#"
Step 1  step-1
  ✓ write `usage.txt`
  ✗ cat usage.txt

error: the command printed `$ touch oops`, which would be run as the next command
  --> src/step-1.md:12:1
   |
12 | $ touch oops
   | ^^^^^^^^^^^^
  help:     if it is output, write `[..] touch oops`; if it is a command, put it in a block of its own
  again:    `scenario step 1`

  – touch oops skipped: an earlier action of the step failed
step 1: 1 passed, 1 failed, 1 skipped in [TIME] s
the files in `workspace` and what runs are as far as this step came; nothing was undone

"#]]);
    assert!(!playground.path("oops").exists());
}

#[test]
fn a_command_below_an_elision_runs_where_the_output_does_not_show_it() {
    let page = "# First\n\n```console\n$ seq 3\n1\n...\n$ touch made\n$ echo '$ touch made'\n...\n\n$ touch made\n```\n";
    let playground = ScenarioTest::step(page).playground();
    playground.run(&["step", "1"]).status(0);
    assert!(playground.path("made").exists());
}

#[test]
fn output_that_differs_is_shown_beside_the_pages() {
    let page = "# First\n\n```console\n$ echo one; echo two; echo three\none\nzwei\nthree\n```\n";
    ScenarioTest::step(page).playground().run(&["step", "1"]).status(1).out(str![[r#"
Step 1  step-1
  ✗ echo one; echo two; echo three

error: the output differs from what the page shows
 --> src/step-1.md:6:1
  |
6 | zwei
  | ^^^^
      one
    - zwei
    + two
      three
  help:     lines with `-` are on the page, lines with `+` were printed
  again:    `scenario step 1`

step 1: 0 passed, 1 failed, 0 skipped in [TIME] s
the files in `workspace` and what runs are as far as this step came; nothing was undone

"#]]);
}

#[test]
fn a_line_that_is_missing_from_the_output_is_pointed_at() {
    let page = "# First\n\n```console\n$ echo one\none\ntwo\n```\n";
    ScenarioTest::step(page).playground().run(&["step", "1"]).status(1).says(" --> src/step-1.md:6:1");
}

#[test]
fn a_line_that_the_page_does_not_show_is_a_mistake() {
    let page = "# First\n\n```console\n$ echo one; echo two\none\n```\n";
    ScenarioTest::step(page).playground().run(&["step", "1"]).status(1).says("    + two\n");
}

#[test]
fn errors_are_compared_after_the_output() {
    let page = "# First\n\n```console\n$ echo late >&2; echo early\nearly\nlate\n```\n";
    ScenarioTest::step(page).playground().run(&["step", "1"]).status(0);
}

#[test]
fn a_command_reads_from_nothing_and_carries_no_state_to_the_next() {
    let page = "# First\n\n```console\n$ cat\n$ read -r line; echo \"<$line>\"\n<>\n$ sh -c 'cd /'; basename \"$PWD\"\nworkspace\n```\n";
    ScenarioTest::step(page).playground().run(&["step", "1"]).status(0);
}

#[test]
fn variables_that_would_change_a_build_do_not_reach_the_commands() {
    let page = "# First\n\n```console\n$ echo \"<$RUSTFLAGS$CARGO_TARGET_DIR>\"\n<>\n```\n";
    let playground = ScenarioTest::step(page).playground();
    playground
        .env("RUSTFLAGS", "-C debuginfo=2")
        .env("CARGO_TARGET_DIR", "/nowhere")
        .run(&["step", "1"])
        .status(0);
}

#[test]
fn more_output_than_the_bound_is_a_mistake_that_names_it() {
    let page = "# First\n\n```console\n$ yes | head -c 1100000\n...\n```\n";
    let playground = ScenarioTest::step(page).playground();
    playground
        .run(&["step", "1"])
        .status(1)
        .says("the command printed more than the 1048576 bytes that are compared");
}

#[test]
fn output_that_is_not_compared_may_be_long() {
    let page = "# First\n\n```console\n$ yes | head -c 3000000\n```\n";
    ScenarioTest::step(page).playground().run(&["step", "1"]).status(0);
}

#[test]
fn a_program_that_is_not_there_is_reported_in_the_shells_words() {
    let page = "# First\n\n```console\n$ no-such-program --help\n```\n";
    ScenarioTest::step(page)
        .playground()
        .run(&["step", "1"])
        .status(1)
        .says("no-such-program: command not found")
        .says("`needs` in book.toml lists the programs that a book needs");
}

#[test]
fn a_command_that_takes_too_long_is_stopped_and_the_bound_is_named() {
    let page = "# First\n\n```console\n$ echo begun; sleep 7201\n```\n";
    let playground = ScenarioTest::step(page).playground().env("SCENARIO_COMMAND_SECONDS", "1");
    playground.run(&["step", "1"]).status(1).out(str![[r#"
Step 1  step-1
  ✗ echo begun; sleep 7201

error: the command did not end within 1 s and was stopped
 --> src/step-1.md:4:3
  |
4 | $ echo begun; sleep 7201
  |   ^^^^^^^^^^^^^^^^^^^^^^
    begun
  help:     a command that keeps running has a block of its own, with `background=NAME`, `ready=` and `within=`; where this machine is slower than that, set SCENARIO_COMMAND_SECONDS
  again:    `scenario step 1`

step 1: 0 passed, 1 failed, 0 skipped in [TIME] s
the files in `workspace` and what runs are as far as this step came; nothing was undone

"#]]);
    playground.nothing_is_left_within(1);
}

#[test]
fn a_background_process_that_ends_early_is_reported_with_its_log() {
    let page = "# First\n\n```console background=web ready=log:\"ready\" within=20s\n$ sh -c 'echo reading; echo no such file >&2; exit 4'\n```\n";
    ScenarioTest::step(page).playground().run(&["step", "1"]).status(1).out(str![[r#"
Step 1  step-1
  ✗ sh -c 'echo reading; echo no such file >&2; exit 4'

error: the background process `web` ended before it was ready
 --> src/step-1.md:4:3
  |
4 | $ sh -c 'echo reading; echo no such file >&2; exit 4'
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  found:    exit status 4
    reading
    no such file
  again:    `scenario step 1`

step 1: 0 passed, 1 failed, 0 skipped in [TIME] s
the files in `workspace` and what runs are as far as this step came; nothing was undone

"#]]);
}

#[test]
fn a_log_line_that_does_not_come_names_the_bound() {
    let page = "# First\n\n```console background=web ready=log:\"ready\" within=1s\n$ sh -c 'echo almost; sleep 7202'\n```\n";
    ScenarioTest::step(page).playground().run(&["step", "1"]).status(1).out(str![[r#"
Step 1  step-1
  ✗ sh -c 'echo almost; sleep 7202'

error: not ready: `ready` not in its log within 1 s
 --> src/step-1.md:4:3
  |
4 | $ sh -c 'echo almost; sleep 7202'
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    almost
  again:    `scenario step 1`

step 1: 0 passed, 1 failed, 0 skipped in [TIME] s
the files in `workspace` and what runs are as far as this step came; nothing was undone

"#]]);
}

#[test]
fn a_port_or_an_address_that_does_not_answer_names_the_bound() {
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}/ready");
    for (ready, what) in [(port.to_string(), format!("port {port}")), (url.clone(), format!("`{url}`"))] {
        let page =
            format!("# First\n\n```console background=web ready={ready} within=1s\n$ sleep 7203\n```\n");
        let playground = ScenarioTest::step(&page).playground();
        playground
            .run(&["step", "1"])
            .status(1)
            .says(&format!("not ready: no answer from {what} within 1 s"));
    }
}

#[test]
fn a_background_process_that_runs_already_is_not_started_again() {
    let page = "# First\n\n```console background=clock ready=log:\"tick\" within=10s\n$ sh -c 'echo tick; sleep 7204'\n```\n";
    let playground = ScenarioTest::step(page).playground();
    playground.run(&["step", "1"]).status(0);
    let first = playground.process("7204");
    playground.run(&["step", "1"]).status(0);
    assert_eq!(playground.process("7204"), first);
}

#[test]
fn a_background_process_that_was_killed_is_noticed_and_started_again() {
    let page = "# First\n\n```console background=clock ready=log:\"tick\" within=10s\n$ sh -c 'echo tick; sleep 7205'\n```\n";
    let playground =
        ScenarioTest::step(page).page("step-2.md", "# Second\n\n```console\n$ true\n```\n").playground();
    playground.run(&["step", "2"]).status(0);
    for (pid, words) in playground.processes() {
        assert!(words.contains("7205"), "only the clock runs, and not `{words}`");
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL)
            .expect("it runs");
    }
    playground.nothing_is_left_within(5);
    playground.run(&["step", "2"]).status(0).says("running the commands of step 1: `clock` is not running");
    assert!(playground.process("7205").is_some());
}

#[test]
fn a_background_process_whose_file_has_changed_is_restarted() {
    let clock = |text: &str| format!("```sh file=clock.sh\n{text}\n```\n\n");
    let start = "```console background=clock ready=log:\"tick\" within=10s\n$ sh clock.sh\n```\n";
    let one = format!("# One\n\n{}{start}", clock("echo tick; sleep 7206"));
    let playground = ScenarioTest::step(&one).playground();
    playground.run(&["step", "1"]).status(0);
    let two = format!("# One\n\n{}{start}", clock("echo tick; sleep 7207"));
    std::fs::write(playground.dir().join("src/step-1.md"), two).expect("a page");
    playground.run(&["step", "1"]).status(0);
    assert!(playground.process("7206").is_none());
    // The shell starts it just after the line that says that it is ready.
    until("the new clock", || playground.process("7207").is_some());
}

/// It decides whether a server that was started by hand has read a file.
#[test]
fn the_start_of_a_process_is_known_to_a_tenth_of_a_second() {
    let before = std::time::SystemTime::now();
    let mut child = std::process::Command::new("sleep").arg("7210").spawn().expect("a process");
    let after = std::time::SystemTime::now();
    let started = scenario_core::process::started_at_time(child.id().cast_signed());
    let _ = child.kill();
    let _ = child.wait();
    let slack = std::time::Duration::from_millis(100);
    let started = started.expect("a process that runs");
    assert!(before - slack < started && started < after + slack, "{before:?} {started:?} {after:?}");
}

/// A book whose chapter 2 has a chapter of its own.
fn nested() -> Playground {
    let page = |name: &str| format!("# {name}\n\n```console\n$ echo {name} >> all.txt\n```\n");
    ScenarioTest::new()
        .file("src/one.md", &page("one"))
        .file("src/two.md", &page("two"))
        .file("src/below.md", &page("below"))
        .file("src/three.md", &format!("{}\n```console\n$ false\n```\n", page("three")))
        .summary("- [One](one.md)\n- [Two](two.md)\n  - [Below](below.md)\n- [Three](three.md)\n")
        .playground()
}

#[test]
fn a_nested_chapter_is_named_as_mdbook_numbers_it() {
    let playground = nested();
    playground.run(&["step", "2.1"]).status(0).out(str![[r#"
  note playing steps 1, 2 and 2.1
Step 1  One
  ✓ echo one >> all.txt
Step 2  Two
  ✓ echo two >> all.txt
Step 2.1  Below
  ✓ echo below >> all.txt
step 2.1: 3 passed, 0 failed, 0 skipped in [TIME] s
your files are in `workspace`; `scenario down` ends what runs

"#]]);
    assert_eq!(playground.read("all.txt"), "one\ntwo\nbelow\n");
    playground.run(&["step", "2"]).status(0);
    assert_eq!(playground.read("all.txt"), "one\ntwo\n");
    playground.run(&["step", "3"]).status(1).says("again:    `scenario step 3`");
    playground.run(&["verify", "--step", "2.1"]).status(0);
    playground.run(&["steps"]).out(str![[r#"
1  One  (src/one.md)
2  Two  (src/two.md)
2.1  Below  (src/below.md)
3  Three  (src/three.md)

"#]]);
    playground.run(&["plan", "2.1"]).says("Step 2.1  Below");
    playground.run(&["step", "4"]).status(2).err(str![[r#"
error: there is no step 4
  help: the steps are:
          1  One
          2  Two
          2.1  Below
          3  Three

"#]]);
    playground.run(&["check", "2.1"]).status(2).err(str![[r#"
error: src/below.md:1:1: step 2.1 has nothing to check: no check, and no file
  help: `scenario step 2.1` runs its commands; to check what they have done, its author adds a check, such as `<!-- scenario: check http url=http://localhost:8000/ status=200 -->`

"#]]);
}
