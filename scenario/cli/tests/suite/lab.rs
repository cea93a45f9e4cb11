//! What the lab asks of the runner beside whole steps, each asked by a process of its own, as the lab does it.

use std::path::PathBuf;
use std::process::Command;

use scenario_core::book::Book;
use scenario_core::container::Engine;
use scenario_core::model::{BlockKind, Scenario};
use scenario_core::plan::Plan;
use scenario_core::report::{self, Door, Words};
use scenario_core::runner::{self, Machine, RunOptions};
use scenario_core::session;

use crate::free_port::free_port;
use crate::playground::{Playground, until};
use crate::scenario_test::ScenarioTest;

/// The variable with the words of a job, and those with its engine and with the file for what it says.
const JOB: &str = "LAB_JOB";
const JOB_ENGINE: &str = "LAB_JOB_ENGINE";
const JOB_SAYS: &str = "LAB_JOB_SAYS";

/// As much of docker as it takes: a container is a file with its labels.
const ENGINE: &str = r#"#!/bin/sh
all=${0%/*}/containers
mkdir -p "$all"
case "$1" in
run)
  labels= name=
  while [ $# -gt 0 ]; do
    case "$1" in --label) labels="$labels$2 "; shift ;; --name=*) name=${1#--name=} ;; esac
    shift
  done
  [ -z "$name" ] || printf '%s\n' $labels > "$all/$name" ;;
ps)
  for file in "$all"/*; do
    if grep -qs "^${4#label=}" "$file"; then echo "${file##*/} ${file##*/}"; fi
  done ;;
rm) rm -f "$all/$3" ;;
inspect)
  if ! [ -f "$all/$5" ]; then echo 'no such container' >&2; exit 1; fi
  runs=true
  if [ -f "$all.killed" ]; then runs=false; fi
  echo "$runs|0|sha256:1|0|$(sed -n 's/^scenario.owner=//p' "$all/$5")" ;;
image) echo 'sha256:1|' ;;
version) echo '27.0|27.0|6.1' ;;
esac
"#;

const CLOCK: &str = "# One\n\n~~~sh file=clock.sh\necho tick\nexec sleep 7401\n~~~\n\n~~~console background=clock ready=log:\"tick\" within=10s\n$ sh clock.sh\n~~~\n";

/// Two steps: files and a process, then a change of a file. Their commands count how often they run.
fn clock() -> Playground {
    let counts = "\n~~~console\n$ echo x >> ran.log\n~~~\n";
    let second = "# Two\n\n~~~text file=notes.txt\ntwo\n~~~\n";
    ScenarioTest::new()
        .page("step-1.md", &format!("{CLOCK}{counts}"))
        .page("step-2.md", &format!("{second}{counts}"))
        .playground()
}

/// A step that starts a container, in a world with an engine of its own.
fn container() -> Playground {
    let page =
        "# One\n\n~~~text file=notes.txt\none\n~~~\n\n~~~console\n$ docker run -d --name=box image\n~~~\n";
    let playground = ScenarioTest::step(page).file("docker", ENGINE).playground();
    let made = Command::new("chmod").arg("755").arg(playground.root().join("docker")).status();
    assert!(made.expect("chmod").success());
    playground
}

/// The ids of the first block that keeps something running: its own, and that of its command.
fn ids(scenario: &Scenario) -> (String, String) {
    let blocks = scenario.steps.iter().flat_map(|step| &step.blocks);
    let mut found = blocks.filter_map(|block| match &block.kind {
        BlockKind::Background(background) => Some((block.id.clone(), background.command.id.clone())),
        _ => None,
    });
    found.next().expect("a background process")
}

impl Playground {
    /// What a job says, with a workspace of that name: its events, then `ok` or its error.
    fn job_in(&self, workspace: &str, job: &str) -> String {
        let says = self.root().join("says");
        let engine = self.root().join("docker");
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        self.prepare(&mut command);
        command.args(["--exact", "lab::this_program_does_a_job_if_it_is_asked_to"]);
        command.env(JOB, format!("{workspace} {job}")).env(JOB_SAYS, &says);
        if engine.is_file() {
            command.env(JOB_ENGINE, &engine);
        }
        let output = command.output().expect("this program can be started");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        std::fs::read_to_string(says)
            .expect("what the job says")
            .replace(&format!("{}/", self.root().display()), "")
    }

    fn job(&self, job: &str) -> String {
        self.job_in("workspace", job)
    }

    /// Runs a job that succeeds.
    #[track_caller]
    fn does(&self, job: &str) -> String {
        let said = self.job(job);
        assert!(said.ends_with("ok\n"), "{job}: {said}");
        said
    }

    fn containers(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.root().join("containers")).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    /// Types the command of the page, as the lab's learner does.
    #[track_caller]
    fn types(&self, docker: PathBuf) {
        let typed = Command::new(docker).args(["run", "-d", "--name=box", "image"]).status();
        assert!(typed.expect("docker can be started").success());
    }
}

/// Not a test but the other half of those here: a run has one world for its process, and a state by its
/// environment.
#[test]
fn this_program_does_a_job_if_it_is_asked_to() {
    let Ok(job) = std::env::var(JOB) else { return };
    let words: Vec<&str> = job.split(' ').collect();
    let plan = Plan::new(Book::load(".".as_ref()).and_then(Book::into_scenario).expect("a book"));
    let engine = std::env::var_os(JOB_ENGINE).map(|program| Engine::new(program.as_ref(), Vec::new()));
    let options = RunOptions {
        workspace: words[0].into(),
        machine: Machine { engine, ..Machine::default() },
        command: format!("lab {job}"),
        exe: env!("CARGO_BIN_EXE_scenario").into(),
        front: "scenario".to_owned(),
    };
    let sentences = Words { scenario: &plan.scenario, door: Door::Command("scenario") };
    let mut said = String::new();
    let mut sink = |event| {
        let lines = report::lines(&event, &sentences);
        lines.iter().for_each(|(mark, text)| said.push_str(&format!("{mark} {text}\n")));
    };
    let number = || words[2].parse().expect("a number");
    let done = match words[1] {
        "step" => runner::step(&plan, number(), &options, &mut sink).map(|result| result.passed()),
        "begin" => runner::begin(&plan, number(), &options, &mut sink).map(|result| result.passed()),
        "start" => runner::start(&plan, words[2], &options, &mut sink).map(|result| result.passed()),
        "stop" => runner::stop(&plan, words[2], &options).map(|()| true),
        "claim" => runner::claim(&options, "lab").map(|folder| {
            let env = runner::terminal_env(&options, &folder).expect("an environment");
            let path = env.iter().find(|(name, _)| name == "PATH").and_then(|(_, value)| value.clone());
            let first = std::env::split_paths(&path.expect("a PATH")).next();
            assert_eq!(first.is_some_and(|first| first == folder), options.machine.engine.is_some());
            said.push_str(&format!("{}\n", folder.display()));
            true
        }),
        "look" => {
            for (name, background) in session::backgrounds().expect("a record") {
                let log = std::fs::read_to_string(&background.log).unwrap_or_default();
                said.push_str(&format!("{name} serves: {}, log: {}\n", background.serves(), log.trim()));
            }
            Ok(true)
        }
        other => panic!("{other}"),
    };
    match done {
        Ok(true) => said.push_str("ok\n"),
        Ok(false) => said.push_str("failed\n"),
        Err(error) => said.push_str(&format!("{error}\n{}\n", error.help().unwrap_or_default())),
    }
    std::fs::write(std::env::var_os(JOB_SAYS).expect("a file"), said).expect("what is said");
}

#[test]
fn the_beginning_of_the_first_step_is_nothing_and_the_learners_files_are_kept() {
    let playground = clock();
    playground.does("step 2");
    std::fs::write(playground.path("notes.txt"), "mine\n").expect("an edit");
    std::fs::write(playground.path("diary.txt"), "mine\n").expect("a file");
    let said = playground.does("begin 1");
    assert!(said.starts_with("· ended `clock`\n· kept your `notes.txt` as `"), "{said}");
    assert!(said.ends_with("· nothing of the book is running, and its files were removed\nok\n"), "{said}");
    playground.nothing_is_left_within(1);
    assert!(!playground.path("notes.txt").exists() && !playground.path("clock.sh").exists());
    assert_eq!(playground.read("diary.txt"), "mine\n");
    assert!(!playground.path("ran.log").exists(), "what commands have made is gone");
    // What ran before the beginning does not count after it.
    playground.does("step 1");
    assert_eq!(playground.read("ran.log").len(), 2);
}

#[test]
fn the_beginning_of_a_later_step_is_the_end_of_the_one_before() {
    let playground = clock();
    playground.does("step 2");
    let said = playground.does("begin 2");
    assert!(said.contains("step 1: step-1\n"), "{said}");
    assert!(!playground.path("notes.txt").exists() && playground.path("clock.sh").exists());
    assert!(playground.process("7401").is_some());
    assert_eq!(playground.job("begin 3"), "there is no step 3\nthe steps are:\n  1  step-1\n  2  step-2\n");
}

#[test]
fn one_process_is_started_found_by_the_next_step_and_stopped() {
    let playground = clock();
    let (block, command) = ids(&playground.scenario());
    playground.does("step 1");
    let first = playground.process("7401");
    assert_eq!(playground.does(&format!("start {block}")), "✓ sh clock.sh: already running\nok\n");
    playground.does("stop clock");
    playground.nothing_is_left_within(1);
    assert_eq!(playground.does("look"), "ok\n");
    playground.does("stop clock");
    assert_eq!(playground.does(&format!("start {command}")), "✓ sh clock.sh\nok\n");
    assert_eq!(playground.does("look"), "clock serves: true, log: tick\nok\n");
    let second = playground.process("7401");
    assert!(second.is_some() && second != first);
    playground.does("step 1");
    assert_eq!(playground.process("7401"), second, "the step takes it as its own");
}

#[test]
fn a_process_is_started_with_the_learners_files_and_again_by_a_step() {
    let playground = clock();
    let (block, _) = ids(&playground.scenario());
    playground.does("step 1");
    playground.does("stop clock");
    std::fs::write(playground.path("clock.sh"), "echo tick tock\nexec sleep 7402\n").expect("an edit");
    playground.does(&format!("start {block}"));
    assert_eq!(playground.does("look"), "clock serves: true, log: tick tock\nok\n");
    assert_eq!(playground.read("clock.sh"), "echo tick tock\nexec sleep 7402\n", "nothing was written");
    assert_eq!(playground.does(&format!("start {block}")), "✓ sh clock.sh: already running\nok\n");
    let said = playground.does("step 1");
    assert!(said.contains("kept your `clock.sh`"), "{said}");
    assert_eq!(playground.does("look"), "clock serves: true, log: tick\nok\n");
    assert!(playground.process("7402").is_none());
}

#[test]
fn what_cannot_be_started_or_stopped_is_reported() {
    let port = free_port();
    let page =
        format!("# One\n\n~~~console background=server ready={port} within=10s\n$ sh -c 'exit 3'\n~~~\n");
    let playground = ScenarioTest::step(&page).playground();
    let said = playground.job("start no-such-id");
    assert!(
        said.starts_with("no block `no-such-id` of the book starts a process that keeps running\n"),
        "{said}"
    );
    assert_eq!(
        playground.job("stop nothing"),
        "the book starts no process `nothing`\nits processes are: server\n"
    );
    let said = playground.job(&format!("start {}", ids(&playground.scenario()).0));
    let expected = "✗ sh -c 'exit 3': the background process `server` ended before it was ready\n";
    assert!(said.contains(expected) && said.ends_with("failed\n"), "{said}");
    playground.does("stop server");
    let listener = std::net::TcpListener::bind(("127.0.0.1", port)).expect("a free port");
    let said = playground.job("stop server");
    assert!(said.starts_with(&format!("`server` was not started here: port {port} is held by ")), "{said}");
    assert!(said.ends_with("stop it where it was started\n"), "{said}");
    drop(listener);
}

#[test]
fn a_world_that_is_live_elsewhere_cannot_be_claimed() {
    let playground = clock();
    playground.does("step 1");
    assert_eq!(playground.does("claim"), "workspace/.scenario/lab/\nok\n");
    let said = playground.job_in("elsewhere", "claim");
    assert!(said.starts_with("another workspace is active: `workspace` has process `clock` ("), "{said}");
    assert!(said.ends_with("only one workspace can be active; `scenario down` stops it\n"), "{said}");
    assert!(playground.process("7401").is_some());
    playground.does("stop clock");
    until("the end of the clock", || playground.process("7401").is_none());
    assert!(playground.job_in("elsewhere", "claim").ends_with("ok\n"));
}

#[test]
fn a_container_that_is_typed_in_the_lab_is_ours() {
    let playground = container();
    let typed = playground.path(".scenario/lab/docker");
    playground.does("claim");
    playground.types(typed.clone());
    // A step may replace it, and takes it as it is where nothing is left to do.
    assert!(playground.does("step 1").contains("✓ docker run -d --name=box image\n"));
    playground.does("begin 1");
    assert_eq!(playground.containers(), [""; 0]);
    playground.types(typed);
    std::fs::write(playground.path("notes.txt"), "one\n").expect("a file");
    let said = playground.does("step 1");
    assert!(said.contains("skipped: made by hand already\n"), "{said}");
    assert!(playground.job_in("elsewhere", "claim").contains("has container `box`"));
}

#[test]
fn down_leaves_and_names_what_another_state_folder_has() {
    let playground = container();
    let typed = playground.path(".scenario/lab/docker");
    playground.does("claim");
    playground.types(typed);
    let path = format!("{}:{}", playground.root().display(), std::env::var("PATH").expect("PATH"));
    let down = |state: &str| {
        let mut command = playground.command(&["down"]);
        command
            .env("SCENARIO_STATE", playground.root().join(state))
            .env("SCENARIO_ENGINE", "docker")
            .env("PATH", &path);
        let output = command.output().expect("scenario can be started");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let said = down("other");
    assert!(
        said.contains("left container `box` alone: a run with another state folder has started it\n"),
        "{said}"
    );
    assert_eq!(playground.containers(), ["box"]);
    let said = down(".state");
    assert!(said.contains("removed container `box`\n"), "{said}");
    assert_eq!(playground.containers(), [""; 0]);
}

#[test]
fn a_container_that_was_killed_is_not_said_to_run() {
    let playground = container();
    playground.does("claim");
    playground.types(playground.path(".scenario/lab/docker"));
    let path = format!("{}:{}", playground.root().display(), std::env::var("PATH").expect("PATH"));
    let said = || {
        let mut command = playground.command(&["verify"]);
        command.env("SCENARIO_ENGINE", "docker").env("PATH", &path);
        let output = command.output().expect("scenario can be started");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(said().starts_with("error: the book is already running: container `box`\n"), "{}", said());
    std::fs::write(playground.root().join("containers.killed"), "").expect("a file");
    assert!(
        said().starts_with("error: the book is still there: container `box` (not running)\n"),
        "{}",
        said()
    );
    let elsewhere = playground.job_in("elsewhere", "claim");
    assert!(elsewhere.contains("has container `box` (not running)\n"), "{elsewhere}");
}

#[test]
fn a_container_that_is_typed_elsewhere_is_left_alone() {
    let playground = container();
    playground.types(playground.root().join("docker"));
    let said = playground.job("step 1");
    assert!(
        said.contains("a container named `box` exists already, and this workspace did not start it"),
        "{said}"
    );
    playground.does("begin 1");
    assert_eq!(playground.containers(), ["box"]);
}
