//! What a command starts is held together and ended as a whole, with cgroups and without them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use scenario_core::process::Tree;

use crate::playground::{Playground, skipped, until};
use crate::scenario_test::ScenarioTest;

/// Forbids cgroups to the runner.
const WITHOUT: &str = "SCENARIO_NO_CGROUP";

/// The book of a test, once on a machine as it is and once on one without cgroups.
fn both(book: impl Fn() -> ScenarioTest, test: impl Fn(Playground)) {
    test(book().playground());
    test(book().playground().env(WITHOUT, "1"));
}

fn have_cgroups() -> bool {
    let tree = Tree::new();
    tree.release();
    if tree.cgroup.is_none() {
        skipped("cgroups may not be written here");
    }
    tree.cgroup.is_some()
}

#[test]
fn what_a_command_leaves_behind_is_ended_however_much_it_prints() {
    let page = "# One\n\n```console\n$ (while :; do echo tick; sleep 0.01; done) & echo started\n...\n```\n";
    both(
        || ScenarioTest::step(page),
        |playground| {
            let begin = Instant::now();
            playground
                .run(&["step", "1"])
                .status(1)
                .says("error: the command ended but left a process running, which was stopped\n")
                .says("what keeps running has a block of its own, with `background=NAME`, `ready=` and `within=`");
            assert!(begin.elapsed() < Duration::from_secs(20), "it took {:?}", begin.elapsed());
            playground.nothing_is_left_within(1);
        },
    );
}

#[test]
fn a_daemon_that_a_command_leaves_is_named_and_ended() {
    // The second one has no mark of ours in its environment.
    for daemon in ["setsid sleep 7601", "env -i setsid sleep 7602"] {
        let page = format!(
            "# One\n\n```console\n$ true\n$ sh -c '{daemon} >/dev/null 2>&1 &' && echo started\nstarted\n```\n"
        );
        both(
            || ScenarioTest::step(&page),
            |playground| {
                let words = daemon.split_once("setsid ").map_or(daemon, |(_, words)| words);
                playground
                    .run(&["step", "1"])
                    .status(1)
                    .says(&format!("found:    `{words}` (process [PID])"));
                playground.nothing_is_left_within(1);
            },
        );
    }
}

#[test]
fn what_a_check_and_the_command_of_needs_leave_is_ended() {
    let page = "# One\n\n<!-- scenario: needs what=\"a machine\" command=\"cd $HOME && setsid sleep 7621 >/dev/null 2>&1 & sleep 0.1\" -->\n\n\
                ```console\n$ touch made\n```\n\n\
                <!-- scenario: check command=\"setsid sleep 7622 >/dev/null 2>&1 & sleep 0.1; test -e made\" -->\n";
    both(
        || ScenarioTest::step(page),
        |playground| {
            // The command of `needs` runs in a folder for temporary files.
            let home = playground.root().display().to_string();
            let playground = playground.env("HOME", &home);
            playground.run(&["step", "1"]).status(0);
            playground.nothing_is_left_within(1);
        },
    );
}

#[test]
fn what_a_command_leaves_may_end_by_itself() {
    let page = "# One\n\n```console\n$ setsid sh -c 'sleep 0.7; echo done > done.txt' >/dev/null 2>&1 & echo started\nstarted\n$ cat done.txt\ndone\n```\n";
    both(
        || ScenarioTest::step(page),
        |playground| {
            playground.run(&["step", "1"]).status(0);
        },
    );
}

/// The cgroup that a command of the page has written into `path`.
fn cgroup_in(playground: &Playground, path: &str) -> PathBuf {
    let tree = Tree::new();
    tree.release();
    let beside = tree.cgroup.as_deref().and_then(Path::parent).expect("cgroups").to_owned();
    let text = playground.read(path);
    let place = text.lines().find_map(|line| line.strip_prefix("0::")).expect("a line for cgroup v2");
    beside.join(Path::new(place).file_name().expect("a name"))
}

#[test]
fn commands_that_leave_nothing_share_a_cgroup_that_goes_with_the_run() {
    if !have_cgroups() {
        return;
    }
    let page = "# One\n\n```console\n$ cat /proc/self/cgroup >first\n$ cat /proc/self/cgroup >second\n\
                $ touch started; sleep 7608\n```\n";
    let playground = ScenarioTest::step(page).playground();
    for signal in [Signal::SIGINT, Signal::SIGKILL] {
        let run = playground.start(&["step", "1"]);
        playground.wait_for_file("started");
        let cgroup = cgroup_in(&playground, "first");
        assert_eq!(cgroup_in(&playground, "second"), cgroup);
        assert!(cgroup.is_dir(), "{}", cgroup.display());
        run.signal(signal);
        run.wait();
        until("the end of the cgroup", || !cgroup.exists());
        std::fs::remove_file(playground.path("started")).expect("a file");
    }
    let page = "# One\n\n```console\n$ cat /proc/self/cgroup >first\n```\n";
    std::fs::write(playground.dir().join("src/step-1.md"), page).expect("a page");
    playground.run(&["step", "1"]).status(0);
    assert!(!cgroup_in(&playground, "first").exists());
}

#[test]
fn a_command_may_leave_something_that_ends_at_once() {
    // `cat` ends when the shell does, which alone holds the other end of the pipe.
    let page =
        "# One\n\n```console\n$ sh -c 'mkfifo pipe; cat pipe & exec 3>pipe; echo started'\nstarted\n```\n";
    both(
        || ScenarioTest::step(page),
        |playground| {
            playground.run(&["step", "1"]).status(0);
        },
    );
}

/// Each process of the chain ends as soon as it has started the next one, in a session of its own.
fn chain(link: &str) -> ScenarioTest {
    ScenarioTest::step(&format!(
        "# One\n\n```sh file=chain.sh\n{link}\nsetsid sh chain.sh >/dev/null 2>&1 &\n```\n\n\
         ```console background=chain ready=log:\"begun\" within=10s\n$ sh -c 'sh chain.sh; echo begun; sleep 7603'\n```\n"
    ))
}

#[track_caller]
fn down_ends_the_chain(playground: &Playground) {
    playground.run(&["step", "1"]).status(0);
    until("the chain", || playground.processes().iter().any(|(_, words)| words.contains("chain.sh")));
    playground.run(&["down"]).status(0).says("ended process `chain`");
    // What has escaped goes on for ever.
    playground.nothing_is_left_within(1);
    std::thread::sleep(Duration::from_millis(100));
    playground.nothing_is_left_within(0);
}

#[test]
fn with_cgroups_a_chain_of_the_shortest_lives_is_ended() {
    if have_cgroups() {
        down_ends_the_chain(&chain(":").playground());
    }
}

#[test]
fn without_cgroups_a_chain_is_ended_whose_links_live_longer_than_a_look() {
    // A look through /proc takes some milliseconds, and on busy cores many times that.
    down_ends_the_chain(&chain("sleep 0.5").playground().env(WITHOUT, "1"));
}

#[test]
fn a_run_that_is_killed_leaves_no_daemon_of_a_background_process() {
    let page = "# One\n\n```console background=web ready=log:\"up\" within=10s\n\
                $ sh -c 'setsid sleep 7604 & echo up; sleep 7605'\n```\n\n```console\n$ touch started; sleep 7606\n```\n";
    both(
        || ScenarioTest::step(page),
        |playground| {
            let run = playground.start(&["step", "1"]);
            playground.wait_for_file("started");
            run.signal(Signal::SIGKILL);
            run.wait();
            playground.nothing_is_left_within(10);
        },
    );
}

/// With the watchdog or, where that was killed as well, with the next run.
#[test]
fn a_run_that_is_killed_leaves_nothing_of_a_checks_command() {
    let page = "# One\n\n```text file=notes.txt\nmine\n```\n\n\
                <!-- scenario: check command=\"touch started; setsid sleep 7609 & sleep 7610\" -->\n";
    both(
        || ScenarioTest::step(page),
        |playground| {
            for has_watchdog in [true, false] {
                let run = playground.start(&["step", "1"]);
                playground.wait_for_file("started");
                if !has_watchdog {
                    kill(Pid::from_raw(run.watchdog()), Signal::SIGKILL).expect("the watchdog runs");
                }
                run.signal(Signal::SIGKILL);
                run.wait();
                if !has_watchdog {
                    until("the daemon, which is left", || playground.process("7609").is_some());
                    playground.run(&["down"]).status(0);
                }
                playground.nothing_is_left_within(10);
                std::fs::remove_file(playground.path("started")).expect("a file");
            }
        },
    );
}

/// Kills a run that only looks while its command is at work, which its watchdog is told of before that starts.
#[track_caller]
fn a_look_that_is_killed_leaves_nothing(playground: &Playground, words: &[&str], started: &Path) {
    let run = playground.start(words);
    until("the command", || started.exists());
    run.signal(Signal::SIGKILL);
    run.wait();
    playground.nothing_is_left_within(10);
}

#[test]
fn a_check_that_is_killed_leaves_nothing_of_its_command() {
    let page = "# One\n\n```text file=notes.txt\nmine\n```\n\n\
                <!-- scenario: check command=\"touch ../started; setsid sleep 7611 & sleep 7612\" -->\n";
    both(
        || ScenarioTest::step(page),
        |playground| {
            std::fs::create_dir_all(playground.path("")).expect("a workspace");
            let started = playground.root().join("started");
            a_look_that_is_killed_leaves_nothing(&playground, &["check", "1"], &started);
        },
    );
}

#[test]
fn a_run_that_is_killed_leaves_nothing_of_the_command_of_needs() {
    let book = || {
        let book = ScenarioTest::new();
        let dir = book.dir().canonicalize().expect("a folder");
        let command = format!("cd '{}'; touch started; setsid sleep 7613 & sleep 7614", dir.display());
        let page = format!(
            "# One\n\n<!-- scenario: needs what=\"a moon\" command=\"{command}\" -->\n\n```console\n$ true\n```\n"
        );
        book.page("step-1.md", &page)
    };
    both(book, |playground| {
        let started = playground.root().join("started");
        for words in [&["step", "1"][..], &["check", "1"], &["verify"]] {
            a_look_that_is_killed_leaves_nothing(&playground, words, &started);
            std::fs::remove_file(&started).expect("a file");
        }
    });
}

#[test]
fn a_stopped_process_is_asked_to_end_and_does() {
    let page = "# One\n\n```console\n$ sh -c \"trap 'touch told; exit' TERM; touch started; kill -STOP \\$\\$; touch gone-on; sleep 7607\"\n```\n";
    both(
        || ScenarioTest::step(page),
        |playground| {
            let run = playground.start(&["step", "1"]);
            playground.wait_for_file("started");
            let state = |pid| procfs::process::Process::new(pid).and_then(|process| process.stat());
            let is_stopped = |pid: i32| state(pid).is_ok_and(|stat| stat.state == 'T');
            until("the stop", || playground.process("kill -STOP").is_some_and(is_stopped));
            run.signal(Signal::SIGINT);
            assert_eq!(run.wait(), Some(130));
            assert!(playground.path("told").exists(), "it was killed before it could handle TERM");
        },
    );
}

#[test]
fn a_flood_of_output_costs_no_memory_and_ends_by_its_bound() {
    let page = "# One\n\n```console\n$ yes\n```\n";
    let playground = ScenarioTest::step(page).playground().env("SCENARIO_COMMAND_SECONDS", "2");
    let mut child =
        playground.command(&["step", "1"]).stdout(Stdio::null()).spawn().expect("scenario can be started");
    let mut most = 0;
    until("the end of the run", || {
        let process = procfs::process::Process::new(child.id().cast_signed());
        let status = process.and_then(|process| process.status());
        most = most.max(status.ok().and_then(|status| status.vmhwm).unwrap_or(0));
        child.try_wait().expect("a child").is_some()
    });
    assert!((1..64 << 10).contains(&most), "{most} KiB");
}

#[test]
fn a_command_has_no_terminal_to_ask_on() {
    if Command::new("script").arg("--version").output().is_err() {
        return skipped("`script` is missing");
    }
    let page =
        "# One\n\n```console\n$ (read -r answer </dev/tty) 2>/dev/null || echo refused\nrefused\n```\n";
    let playground = ScenarioTest::step(page).playground();
    let mut command = Command::new("script");
    let program = env!("CARGO_BIN_EXE_scenario");
    command.args(["-qec", &format!("'{program}' step 1"), "/dev/null"]);
    playground.prepare(&mut command);
    // Where it could ask, it would wait for an answer.
    let output = command.env("SCENARIO_COMMAND_SECONDS", "20").output().expect("script");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
}
