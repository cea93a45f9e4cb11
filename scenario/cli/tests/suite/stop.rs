//! However a run ends, nothing that it started is left.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use scenario_core::book::Book;
use scenario_core::plan::Plan;
use scenario_core::runner::{self, Machine, RunOptions};

use crate::playground::{Playground, until};
use crate::scenario_test::ScenarioTest;

/// A step that runs a command which does not come to an end, with a background process beside it.
fn endless_command() -> Playground {
    ScenarioTest::step(
        r#"
# Endless

```console background=clock ready=log:"tick" within=10s
$ sh -c 'echo tick; sleep 7001'
```

```console
$ touch started; sleep 7002
```
"#,
    )
    .playground()
}

/// A step whose background process never becomes ready.
fn endless_start() -> Playground {
    ScenarioTest::step(
        r#"
# Endless

```console background=clock ready=log:"never" within=100s
$ sh -c 'touch started; sleep 7003 & sleep 7004'
```
"#,
    )
    .playground()
}

#[track_caller]
fn a_signal_ends_all(playground: Playground, words: &[&str], started: &str, signal: Signal, status: i32) {
    let run = playground.start(words);
    until("the start", || playground.root().join(started).exists());
    run.signal(signal);
    assert_eq!(run.wait(), Some(status));
    playground.nothing_is_left_within(5);
}

#[test]
fn a_ctrl_c_while_a_command_runs_ends_all_with_status_130() {
    a_signal_ends_all(endless_command(), &["step", "1"], "workspace/started", Signal::SIGINT, 130);
}

#[test]
fn a_term_while_a_command_runs_ends_all() {
    a_signal_ends_all(endless_command(), &["step", "1"], "workspace/started", Signal::SIGTERM, 130);
}

#[test]
fn a_hangup_while_a_command_runs_ends_all() {
    a_signal_ends_all(endless_command(), &["step", "1"], "workspace/started", Signal::SIGHUP, 130);
}

#[test]
fn a_ctrl_c_while_a_background_process_starts_ends_all() {
    a_signal_ends_all(endless_start(), &["step", "1"], "workspace/started", Signal::SIGINT, 130);
}

#[test]
fn a_ctrl_c_ends_all_that_verify_has_started() {
    let started = ".cache/scenario/verify/a-book/started";
    a_signal_ends_all(endless_command(), &["verify"], started, Signal::SIGINT, 130);
}

#[test]
fn an_interrupted_run_says_so_and_leaves_the_files() {
    let playground = ScenarioTest::step(
        "# Endless\n\n```text file=notes.txt\nmine\n```\n\n```console\n$ touch started; sleep 7005\n```\n",
    )
    .playground();
    let child = playground.command(&["step", "1"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let child = child.expect("scenario can be started");
    playground.wait_for_file("started");
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).expect("the runner runs");
    let output = child.wait_with_output().expect("an end");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("interrupted: what this run had started was removed; files stay as they are"),
        "{said}"
    );
    assert_eq!(playground.read("notes.txt"), "mine\n");
}

/// A killed runner cannot clean up: that is the watchdog's work.
#[track_caller]
fn a_kill_leaves_nothing(playground: &Playground) {
    let run = playground.start(&["step", "1"]);
    playground.wait_for_file("started");
    run.signal(Signal::SIGKILL);
    assert_eq!(run.wait(), None);
    playground.nothing_is_left_within(5);
}

#[test]
fn a_runner_that_is_killed_while_a_command_runs_leaves_nothing() {
    a_kill_leaves_nothing(&endless_command());
}

#[test]
fn a_runner_that_is_killed_while_a_background_process_starts_leaves_nothing() {
    a_kill_leaves_nothing(&endless_start());
}

/// A build may do so while a run goes on.
#[test]
fn a_run_whose_program_is_replaced_still_has_its_watchdog() {
    let playground = endless_command();
    let program = playground.root().join("program");
    std::fs::copy(env!("CARGO_BIN_EXE_scenario"), &program).expect("a program");
    // The run has begun and has no watchdog yet as long as it reads this page.
    let page = playground.dir().join("src/step-1.md");
    let text = std::fs::read_to_string(&page).expect("a page");
    std::fs::remove_file(&page).expect("a page");
    nix::unistd::mkfifo(&page, nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
    let mut command = Command::new(&program);
    playground.prepare(command.args(["step", "1"]));
    let mut run = command.stdout(Stdio::null()).spawn().expect("scenario can be started");
    let mut pipe = None;
    until("the run to read the page", || {
        let mut writing = std::fs::File::options();
        pipe = writing.write(true).custom_flags(nix::libc::O_NONBLOCK).open(&page).ok();
        pipe.is_some()
    });
    let other = playground.root().join("other");
    std::fs::copy("/bin/false", &other).and_then(|_| std::fs::rename(&other, &program)).expect("a program");
    let written = pipe.map(|mut pipe| pipe.write_all(text.as_bytes()));
    written.expect("a pipe").expect("a page");
    playground.wait_for_file("started");
    run.kill().and_then(|()| run.wait()).expect("an end");
    playground.nothing_is_left_within(5);
}

#[track_caller]
fn the_next_start_cleans_up(words: &[&str], status: i32) {
    let playground = endless_command();
    let run = playground.start(&["step", "1"]);
    playground.wait_for_file("started");
    kill(Pid::from_raw(run.watchdog()), Signal::SIGKILL).expect("the watchdog runs");
    run.signal(Signal::SIGKILL);
    assert_eq!(run.wait(), None);
    until("the background process, which is left", || playground.process("7001").is_some());
    // Its shell starts it just after the file, whether the runner is there or not.
    until("the command, which is left", || playground.process("7002").is_some());
    // The broken run's page would keep the next one for ever.
    std::fs::write(playground.dir().join("src/step-1.md"), "# Short\n\n```console\n$ true\n```\n")
        .expect("a page");
    playground.run(words).status(status);
    playground.nothing_is_left_within(1);
}

#[test]
fn after_runner_and_watchdog_were_killed_down_cleans_up() {
    the_next_start_cleans_up(&["down"], 0);
}

#[test]
fn after_runner_and_watchdog_were_killed_the_next_step_cleans_up() {
    the_next_start_cleans_up(&["step", "1"], 0);
}

#[test]
fn after_runner_and_watchdog_were_killed_the_next_verify_cleans_up() {
    the_next_start_cleans_up(&["verify"], 0);
}

/// A pid is used again in the end. Its new owner has started at another time.
#[test]
fn a_recycled_pid_is_not_killed() {
    let playground = ScenarioTest::step("# Short\n\n```console\n$ true\n```\n").playground();
    let stranger = Command::new("sleep").arg("7006").process_group(0).spawn().expect("a process");
    let pid = stranger.id();
    let state = playground.root().join(".state");
    std::fs::create_dir_all(&state).expect("a folder");
    let group = format!(r#"{{"pid": {pid}, "started": 1}}"#);
    let background = format!(r#"{{"group": {group}, "key": "k", "log": "l", "session": "s"}}"#);
    let open = format!(r#"{{"id": "s", "groups": [{group}]}}"#);
    let record = format!(r#"{{"owner": "o", "backgrounds": {{"clock": {background}}}, "open": {open}}}"#);
    std::fs::write(state.join("world.json"), record).expect("a record");

    playground.run(&["down"]).status(0);
    playground.run(&["step", "1"]).status(0);

    let stat = procfs::process::Process::new(pid.cast_signed()).and_then(|process| process.stat());
    let alive = stat.is_ok_and(|stat| stat.state != 'Z');
    let _ = killpg(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
    let _ = { stranger }.wait();
    assert!(alive, "a process that is not ours was killed");
}

#[test]
fn a_command_that_ignores_term_is_killed_after_five_seconds() {
    let playground = ScenarioTest::step(
        "# Deaf\n\n```console\n$ sh -c \"trap '' TERM; touch started; while :; do sleep 0.2; done\"\n```\n",
    )
    .playground();
    let run = playground.start(&["step", "1"]);
    playground.wait_for_file("started");
    let asked = Instant::now();
    run.signal(Signal::SIGINT);
    assert_eq!(run.wait(), Some(130));
    let took = asked.elapsed();
    assert!(took >= Duration::from_secs(5), "it has 5 s to end by itself, not {took:?}");
    playground.nothing_is_left_within(1);
}

#[test]
fn a_second_ctrl_c_kills_at_once() {
    let playground = ScenarioTest::step(
        "# Stubborn\n\n```console\n$ sh -c \"trap 'touch told' TERM; touch started; while :; do sleep 0.2; done\"\n```\n",
    )
    .playground();
    let run = playground.start(&["step", "1"]);
    playground.wait_for_file("started");
    let asked = Instant::now();
    run.signal(Signal::SIGINT);
    playground.wait_for_file("told");
    run.signal(Signal::SIGINT);
    assert_eq!(run.wait(), Some(130));
    let took = asked.elapsed();
    assert!(took < Duration::from_secs(4), "the second signal does not wait: {took:?}");
    playground.nothing_is_left_within(1);
}

#[test]
fn what_an_earlier_step_has_left_survives_a_ctrl_c() {
    let playground = ScenarioTest::new()
        .page(
            "step-1.md",
            "# One\n\n```console background=clock ready=log:\"tick\" within=10s\n$ sh -c 'echo tick; sleep 7007'\n```\n",
        )
        .page("step-2.md", "# Two\n\n```console\n$ touch started; sleep 7008\n```\n")
        .playground();
    playground.run(&["step", "1"]).status(0);
    let run = playground.start(&["step", "2"]);
    playground.wait_for_file("started");
    run.signal(Signal::SIGINT);
    assert_eq!(run.wait(), Some(130));
    assert!(playground.process("7008").is_none());
    assert!(playground.process("7007").is_some(), "the clock belongs to step 1, which was finished");
    playground.run(&["down"]).status(0).says("ended process `clock`");
    playground.nothing_is_left_within(1);
}

#[test]
fn a_record_that_cannot_be_read_is_not_taken_for_an_empty_one() {
    let page = "# One\n\n```console background=clock ready=log:\"tick\" within=10s\n$ sh -c 'echo tick; sleep 7010'\n```\n";
    let playground = ScenarioTest::step(page).playground();
    playground.run(&["step", "1"]).status(0);
    let record = playground.root().join(".state/world.json");
    let whole = std::fs::read_to_string(&record).expect("a record");
    for text in ["", &whole[..whole.len() / 2], "[]", "\0\0\0"] {
        std::fs::write(&record, text).expect("a record");
        for words in [["down"].as_slice(), &["step", "1"], &["verify"]] {
            let ran = playground.run(words);
            ran.status(2);
            let expected = "error: failed to read the record `.state/world.json`: ";
            assert!(ran.stderr.starts_with(expected), "{text:?}: {}", ran.stderr);
            assert!(
                ran.stderr.contains("help: it is not known what this book has left running"),
                "{}",
                ran.stderr
            );
        }
    }
    assert!(playground.process("7010").is_some());
    std::fs::write(&record, whole).expect("a record");
    playground.run(&["down"]).status(0).says("ended process `clock`");
    playground.nothing_is_left_within(1);
}

#[test]
fn down_twice_in_a_row_is_no_mistake() {
    let playground = endless_command();
    for _ in 0..2 {
        let ran = playground.run(&["down"]);
        ran.status(0).says("nothing of the book is left running").says("containers were not looked at");
    }
}

/// Set for the process in which [`part_a_run_that_panics`] is to panic.
const PANIC: &str = "TEST_A_RUN_THAT_PANICS";

/// Started by the next test, as a process of its own; elsewhere it is nothing.
#[test]
fn part_a_run_that_panics() {
    if std::env::var_os(PANIC).is_none() {
        return;
    }
    let plan = Plan::new(Book::load(".".as_ref()).and_then(Book::into_scenario).expect("a book"));
    let options = RunOptions {
        workspace: "workspace".into(),
        machine: Machine::default(),
        command: "a test".to_owned(),
        exe: env!("CARGO_BIN_EXE_scenario").into(),
        front: "scenario".to_owned(),
    };
    let mut ready = false;
    let _ = runner::step(&plan, 1, &options, &mut |event| {
        ready |= matches!(event.kind, scenario_core::event::EventKind::End(_));
        let started = std::path::Path::new("workspace/started").exists();
        assert!(!(ready && started), "a mistake in a reporter");
    });
}

#[test]
fn a_panic_ends_all_that_the_run_has_started() {
    let page = "# One\n\n```console background=clock ready=log:\"tick\" within=10s\n\
                $ sh -c 'touch started; echo tick; sleep 7009'\n```\n\n```console\n$ true\n```\n";
    let playground = ScenarioTest::step(page).playground();
    let mut command = Command::new(std::env::current_exe().expect("this test program"));
    command.args(["--exact", "stop::part_a_run_that_panics", "--nocapture"]).env(PANIC, "yes");
    playground.prepare(&mut command);
    let output = command.output().expect("this test program");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("a mistake in a reporter"), "{said}");
    assert!(playground.path("started").exists());
    playground.nothing_is_left_within(5);
}
