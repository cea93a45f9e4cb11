//! Carries out stages: two at a time, each once what it needs has passed, to the last even where one fails.
//!
//! The output of one stage is shown as it comes. That of the other is held back until the first has ended, so
//! that the two do not mix.

use std::collections::VecDeque;
use std::io::Write;
use std::process::Command;
use std::sync::mpsc::{self, Sender};
use std::time::{Duration, Instant};

use scenario_core::error::Result;

use crate::child;
use crate::results::{Libtest, Test};
use crate::stages::Stage;

/// How many stages run at once.
const AT_ONCE: usize = 2;
/// How long one command of a stage may take.
const COMMAND_TIME_MAX: Duration = Duration::from_secs(3600);

/// What became of a stage.
#[derive(Debug)]
pub(crate) enum StageOutcome {
    Passed,
    /// The command that failed.
    Failed(String),
    /// The stage that it needs, and that has not passed.
    Skipped(&'static str),
}

/// A stage that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) stage: Stage,
    pub(crate) outcome: StageOutcome,
    pub(crate) elapsed: Duration,
    pub(crate) tests: Vec<Test>,
}

enum Message {
    Line(usize, String),
    Ended(usize, Result<Ended>),
}

/// Where a stage is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum StageState {
    Waiting,
    Running,
    Passed,
    NotPassed,
}

/// Carries out all stages; `command` makes a process of one line of a stage.
///
/// # Errors
///
/// The user pressed Ctrl-C, or a program is missing.
pub(crate) fn carry_out(
    stages: &[Stage],
    command: &(dyn Fn(&str) -> Command + Sync),
    out: &mut dyn Write,
) -> Result<Vec<Ended>> {
    std::thread::scope(|scope| {
        let (sender, messages) = mpsc::channel();
        let mut states = vec![StageState::Waiting; stages.len()];
        let mut screen = Screen { out, shown: VecDeque::new() };
        let mut ended = Vec::new();
        let mut error = None;
        loop {
            while error.is_none()
                && let Some(next) = next(stages, &mut states, &mut ended)
            {
                states[next] = StageState::Running;
                screen.begin(next);
                let (sender, stage) = (sender.clone(), stages[next]);
                scope.spawn(move || {
                    let result = run(next, stage, command, &sender);
                    // The receiver lives as long as this scope.
                    let _ = sender.send(Message::Ended(next, result));
                });
            }
            if !states.contains(&StageState::Running) {
                break;
            }
            match messages.recv() {
                Ok(Message::Line(stage, line)) => screen.line(stage, line),
                Ok(Message::Ended(stage, result)) => {
                    screen.end(stage);
                    states[stage] = StageState::NotPassed;
                    match result {
                        Ok(result) => {
                            if matches!(result.outcome, StageOutcome::Passed) {
                                states[stage] = StageState::Passed;
                            }
                            ended.push(result);
                        }
                        Err(cause) => error = Some(cause),
                    }
                }
                Err(mpsc::RecvError) => break,
            }
        }
        let place = |ended: &Ended| stages.iter().position(|stage| stage.name == ended.stage.name);
        ended.sort_by_key(place);
        error.map_or(Ok(ended), Err)
    })
}

/// The first stage that can begin now, one with the world before all others. One that never can is ended here.
fn next(stages: &[Stage], states: &mut [StageState], ended: &mut Vec<Ended>) -> Option<usize> {
    let place = |name: &str| stages.iter().position(|stage| stage.name == name);
    for (index, stage) in stages.iter().enumerate() {
        if states[index] != StageState::Waiting {
            continue;
        }
        let needed = |state: StageState| {
            stage.needs.iter().find(|name| place(name).is_some_and(|place| states[place] == state))
        };
        if let Some(name) = needed(StageState::NotPassed) {
            let skipped = StageOutcome::Skipped(name);
            ended.push(Ended { stage: *stage, outcome: skipped, elapsed: Duration::ZERO, tests: vec![] });
            states[index] = StageState::NotPassed;
        }
    }
    let running = || stages.iter().zip(states.iter()).filter(|(_, state)| **state == StageState::Running);
    let count = running().count();
    if count >= AT_ONCE {
        return None;
    }
    let world_is_free = !running().any(|(stage, _)| stage.world);
    let ready = |stage: &Stage| {
        let passed = |name: &&str| place(name).is_none_or(|place| states[place] == StageState::Passed);
        (world_is_free || !stage.world) && stage.needs.iter().all(passed)
    };
    let can_begin = |index: &usize| states[*index] == StageState::Waiting && ready(&stages[*index]);
    // The sort is stable. Whatever waits for the world waits for all of its stages before.
    let mut order: Vec<usize> = (0..stages.len()).collect();
    order.sort_by_key(|index| !stages[*index].world);
    order.into_iter().find(can_begin)
}

/// The commands of one stage, one after the other, up to the first that fails.
fn run(
    index: usize,
    stage: Stage,
    command: &(dyn Fn(&str) -> Command + Sync),
    sender: &Sender<Message>,
) -> Result<Ended> {
    let begun = Instant::now();
    let say = |line: String| drop(sender.send(Message::Line(index, line)));
    let name = stage.name;
    let mut tests = Vec::new();
    let mut outcome = StageOutcome::Passed;
    if let Some(report) = stage.report {
        report.remove();
    }
    for line in stage.commands {
        say(format!("== {name}: {line}"));
        let mut libtest = Libtest::new(threads(line));
        let ending = child::run(&mut command(line), COMMAND_TIME_MAX, &mut |text| {
            libtest.line(text, Instant::now());
            say(text.to_owned());
        })?;
        tests.extend(libtest.finish());
        if !ending.success() {
            say(format!("== {name}: failed ({ending}); again: {line}"));
            outcome = StageOutcome::Failed((*line).to_owned());
            break;
        }
    }
    let elapsed = begun.elapsed();
    if matches!(outcome, StageOutcome::Passed) {
        say(format!("== {name}: passed in {:.0} s", elapsed.as_secs_f32()));
    }
    if let Some(report) = stage.report {
        tests.extend(report.read());
    }
    Ok(Ended { stage, outcome, elapsed, tests })
}

/// How many tests a command runs at once.
pub(crate) fn threads(line: &str) -> usize {
    let given = line.split("--test-threads=").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
    given.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// What is shown: of the first stage each line as it comes, of the others once it is their turn.
struct Screen<'a> {
    out: &'a mut dyn Write,
    shown: VecDeque<Shown>,
}

struct Shown {
    stage: usize,
    /// What it has printed while another stage was shown.
    held_back: Vec<String>,
    runs: bool,
}

impl Screen<'_> {
    fn begin(&mut self, stage: usize) {
        self.shown.push_back(Shown { stage, held_back: vec![], runs: true });
    }

    fn line(&mut self, stage: usize, line: String) {
        let Some(place) = self.shown.iter().position(|shown| shown.stage == stage) else { return };
        if place == 0 {
            let _ = writeln!(self.out, "{line}");
        } else {
            self.shown[place].held_back.push(line);
        }
    }

    fn end(&mut self, stage: usize) {
        for shown in self.shown.iter_mut().filter(|shown| shown.stage == stage) {
            shown.runs = false;
        }
        while self.shown.front().is_some_and(|shown| !shown.runs) {
            self.shown.pop_front();
            if let Some(shown) = self.shown.front_mut() {
                for line in shown.held_back.drain(..) {
                    let _ = writeln!(self.out, "{line}");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::stage;

    /// What is shown, and what became of each stage.
    fn carried_out(stages: &[Stage]) -> (String, Vec<String>) {
        let command = |line: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", line]);
            command
        };
        let mut out = Vec::new();
        let ended = carry_out(stages, &command, &mut out).unwrap();
        let line = |ended: &Ended| match &ended.outcome {
            StageOutcome::Passed => format!("{} passed", ended.stage.name),
            StageOutcome::Failed(command) => format!("{} failed: {command}", ended.stage.name),
            StageOutcome::Skipped(other) => format!("{} needs {other}", ended.stage.name),
        };
        let results = ended.iter().map(line).collect();
        (String::from_utf8(out).unwrap(), results)
    }

    #[test]
    fn only_what_needs_a_failed_stage_is_skipped() {
        let stages = [
            stage("a", &["exit 3", "echo never"]),
            stage("b", &["true"]).needs(&["a"]),
            stage("c", &["true"]).needs(&["b"]),
            stage("d", &["echo 'test x ... FAILED'", "true"]),
        ];
        let (text, results) = carried_out(&stages);
        let expected = ["a failed: exit 3", "b needs a", "c needs b", "d passed"];
        assert_eq!(results, expected);
        assert!(text.contains("== a: exit 3\n== a: failed (exit status: 3); again: exit 3\n"), "{text}");
        assert!(!text.contains("never"), "{text}");
    }

    #[test]
    fn two_stages_run_at_once_and_are_shown_one_after_the_other() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str| dir.path().join(name).display().to_string();
        // Each waits for the other, which must run beside it.
        let meet = |mine: &str, other: &str| -> &'static str {
            let (mine, other) = (file(mine), file(other));
            format!(
                "echo {0}; >{mine}; until [ -e {other} ]; do sleep 0.01; done; echo {0}",
                &mine[mine.len() - 1..]
            )
            .leak()
        };
        let (a, b) = (meet("a", "b"), meet("b", "a"));
        let stages = [stage("a", vec![a].leak()), stage("b", vec![b].leak())];
        let (text, results) = carried_out(&stages);
        assert_eq!(results, ["a passed", "b passed"]);
        let letters: Vec<&str> = text.lines().filter(|line| line.len() == 1).collect();
        assert_eq!(letters, ["a", "a", "b", "b"]);
    }

    #[test]
    fn one_stage_at_a_time_has_the_world() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("world").display().to_string();
        let alone: &'static str = format!("mkdir {folder}; sleep 0.1; rmdir {folder}").leak();
        let commands: &'static [&'static str] = vec![alone].leak();
        let stages = [stage("a", commands).world(), stage("b", &["true"]), stage("c", commands).world()];
        assert_eq!(carried_out(&stages).1, ["a passed", "b passed", "c passed"]);
    }

    #[test]
    fn what_needs_the_world_begins_before_what_does_not() {
        let stages = [
            stage("a", &[]).world(),
            stage("b", &[]),
            stage("c", &[]).needs(&["a"]).world(),
            stage("d", &[]).world(),
        ];
        let mut states = [StageState::Passed, StageState::Waiting, StageState::Waiting, StageState::Waiting];
        let mut begin = || {
            let next = next(&stages, &mut states, &mut Vec::new())?;
            states[next] = StageState::Running;
            Some(stages[next].name)
        };
        assert_eq!([begin(), begin(), begin()], [Some("c"), Some("b"), None]);
    }
}
