//! How the result of a command is compared with the page, without running it.

use scenario_core::failure::{Failure, Reason};
use scenario_core::files::Files;
use scenario_core::model::Scenario;
use scenario_core::plan::{Action, Plan, PlannedCommand};
use scenario_core::process::{Exit, Finished};
use scenario_core::runner::block;

use crate::scenario_test::ScenarioTest;

const PAGE: &str = "# One\n\n```rust file=src/main.rs\nfn main() {\n    wrong\n}\n```\n\n```console\n$ cargo build\n\
                    ? 101\nbegin\n...\nend in [..] s\n```\n";

fn command(scenario: &Scenario) -> PlannedCommand {
    let actions = Plan::new(scenario.clone()).steps.remove(0).actions;
    let mut commands = actions.into_iter().filter_map(|action| match action.action {
        Action::Command(planned) => Some(*planned),
        _ => None,
    });
    commands.next().expect("a command")
}

/// What is wrong with a status and a text that the command of the page printed.
fn judged(status: i32, printed: &str) -> Result<(), Box<Failure>> {
    let scenario = ScenarioTest::step(PAGE).scenario();
    let finished = Finished {
        status,
        exit: Exit::Status(status),
        stdout: printed.to_owned(),
        stderr: String::new(),
        truncated: false,
        timed_out: None,
        left: Vec::new(),
        ended_terminal: false,
    };
    block::judge(&command(&scenario).command, &finished, &Files::at(&scenario, 1))
}

#[test]
fn a_command_that_ends_as_the_page_says_passes() {
    assert_eq!(judged(101, "begin\nmore\nand more\nend in 0.2 s\n"), Ok(()));
}

#[test]
fn another_status_is_a_failure_whatever_was_printed() {
    let failure = judged(0, "begin\nend in 0.2 s\n").expect_err("a failure");
    assert_eq!(failure.reason, Reason::Status { expected: 101, found: 0, cause: None });
}

#[test]
fn a_complaint_about_a_file_of_the_book_leads_to_the_line_of_the_page() {
    let failure = judged(1, "error: no such value\n --> src/main.rs:2:5\n").expect_err("a failure");
    let Reason::Status { cause: Some(cause), .. } = &failure.reason else { panic!("{failure:?}") };
    let scenario = ScenarioTest::step(PAGE).scenario();
    assert_eq!(cause.text, "src/main.rs:2");
    assert_eq!(scenario.sources.location(cause.origin).line, 5);
    assert_eq!(failure.span, Some(cause.origin));
}

#[test]
fn other_output_is_a_failure_at_the_line_that_is_missing() {
    let failure = judged(101, "begin\nmore\nended\n").expect_err("a failure");
    assert!(matches!(failure.reason, Reason::Output { .. }), "{failure:?}");
    let scenario = ScenarioTest::step(PAGE).scenario();
    let span = failure.span.expect("a place");
    assert_eq!(scenario.sources.location(span).line, 14);
}
