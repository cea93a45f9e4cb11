//! What is played again, and from which kept state, on every way on which a step is reached.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::playground::Playground;
use crate::scenario_test::ScenarioTest;

/// A process that has read a file which a later step changes, in a step that cannot be played twice on one state.
fn reading() -> Playground {
    ScenarioTest::new()
        .page(
            "step-1.md",
            "# One\n\n```text file=conf\nold\n```\n\n```console\n$ mkdir made\n```\n\n\
             ```console background=clock ready=log:up within=10s\n\
             $ sh -c 'read text < conf; echo up; echo $text > $0; sleep 7722' made/read\n```\n\n\
             ```console\n$ until test -s made/read; do sleep 0.01; done\n```\n\n\
             ```text file=task exercise=sum\nx\n```\n\n```console exercise=sum\n$ paste task made/read > made/sum\n```\n\n\
             <!-- scenario: check file=made/sum contains=old exercise=sum -->\n",
        )
        .page("step-2.md", "# Two\n\n```text file=conf\nnew\n```\n\n```console\n$ mkdir made/two\n```\n")
        .page(
            "step-3.md",
            "# Three\n\n```console\n$ cat made/read > list && ls made >> list\n```\n\n\
             <!-- scenario: check file=list contains=old -->\n<!-- scenario: check file=list contains=two -->\n",
        )
        .playground()
}

#[test]
fn an_exercise_of_a_step_that_cannot_be_played_twice_is_proved() {
    reading().run(&["verify"]).status(0).says("1 exercise proved");
}

#[test]
fn what_starts_a_process_again_finds_the_files_of_its_own_step() {
    let playground = reading();
    playground.run(&["verify"]).status(0);
    playground.run(&["verify", "--from", "3"]).status(0);
    playground.run(&["mutate", "3"]).status(0);
    playground.run(&["step", "3"]).status(0);
    let clock = playground.process("sleep 7722").expect("the process of step 1");
    kill(Pid::from_raw(clock), Signal::SIGKILL).expect("it runs");
    playground
        .run(&["step", "3"])
        .status(0)
        .says("running the commands of step 1: `clock` is not running")
        .says("playing steps 1, 2 and 3");
}

/// What a process remembers is lost with it: the steps that told it so are played again, too.
#[test]
fn what_later_steps_have_told_a_process_is_told_again() {
    let playground = ScenarioTest::new()
        .page(
            "step-1.md",
            "# One\n\n```console background=store ready=log:up within=10s\n\
             $ mkdir -p target; mkfifo -m 600 target/in; exec 3<> target/in; echo up; while read word <&3; do all=\"$all $word\"; echo $all > out; done\n```\n",
        )
        .page("step-2.md", "# Two\n\n```console\n$ echo red > target/in\n```\n")
        .page("step-3.md", "# Three\n\n```console within=10s read-only\n$ cat out\nred\n```\n\n```console\n$ echo blue > target/in\n```\n")
        .page("step-4.md", "# Four\n\n```console within=10s read-only\n$ cat out\nred blue\n```\n")
        .playground();
    playground.run(&["step", "4"]).status(0);
    let store = playground.process("mkfifo").expect("the process of step 1");
    kill(Pid::from_raw(store), Signal::SIGKILL).expect("it runs");
    playground.run(&["step", "4"]).status(0);
    playground.run(&["down"]).status(0);
    playground.run(&["verify"]).status(0);
    playground.run(&["verify", "--from", "4"]).status(0);
}

#[test]
fn a_process_that_a_step_uses_before_it_stops_it_is_there_when_the_step_is_played_again() {
    let playground = ScenarioTest::new()
        .page(
            "step-1.md",
            "# One\n\n```console background=web ready=log:up within=10s\n$ sh -c 'echo up; exec sleep 7743'\n```\n",
        )
        .page(
            "step-2.md",
            "# Two\n\n```console\n$ pgrep -fxc 'sleep 7743'\n1\n```\n\n```console stop=web\n^C\n```\n",
        )
        .page("step-3.md", "# Three\n\n```console\n$ true\n```\n")
        .playground();
    playground.run(&["step", "3"]).status(0);
    playground.run(&["step", "2"]).status(0).says("✓ pgrep -fxc 'sleep 7743'");
}

/// A tool that adds a line to its data at each start, and how many there are.
fn collector() -> Playground {
    let page = "```console background=tool ready=log:up within=10s\n\
                $ echo sample >> \"$SCENARIO_DATA/samples\"; echo up; exec sleep 7744\n```\n\n\
                ```console\n$ wc -l < \"$SCENARIO_DATA/samples\"\n1\n```\n";
    ScenarioTest::step(page).playground()
}

#[test]
fn from_nothing_tools_begin_without_the_data_of_before() {
    let playground = collector();
    for _ in 0..2 {
        playground.run(&["step", "1"]).status(0).says("✓ wc -l");
        playground.run(&["down"]).status(0);
    }
}

#[test]
fn data_that_a_program_uses_is_not_removed() {
    let playground = collector();
    playground.run(&["step", "1"]).status(0);
    playground.run(&["down"]).status(0);
    let used = std::fs::File::open(playground.path(".scenario/data/samples")).unwrap();
    playground.run(&["step", "1"]).status(1).says("- 1\n    + 2\n");
    drop(used);
    playground.run(&["down"]).status(0);
    playground.run(&["step", "1"]).status(0);
}
