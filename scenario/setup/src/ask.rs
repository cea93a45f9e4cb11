//! Runs a program to see whether it works, and says in few words how it failed.

use scenario_core::error::Result;
use scenario_core::process::{Command, Finished};

/// Runs a child to see whether it works. One that cannot be started does not.
pub(crate) fn attempt(command: &Command) -> Result<std::result::Result<Finished, String>> {
    match command.run() {
        Err(error) if !error.is_interrupted() => Ok(Err(error.to_string())),
        other => other.map(Ok),
    }
}

/// The standard output of a child that is run to see whether it works, or why it does not.
pub(crate) fn ask(command: &Command) -> Result<std::result::Result<String, String>> {
    Ok(attempt(command)?
        .and_then(|finished| if finished.success() { Ok(finished.stdout) } else { Err(explain(&finished)) }))
}

/// Why a child failed: its bound, or its own last lines, or its status when it said nothing.
pub(crate) fn explain(finished: &Finished) -> String {
    let last = finished.last_lines(5).trim().to_owned();
    match (finished.timed_out, last.is_empty()) {
        (Some(bound), true) => format!("no answer within {} s", bound.as_secs()),
        (Some(bound), false) => format!("no end within {} s; its last output:\n{last}", bound.as_secs()),
        (None, true) => format!("exit status {}", finished.status),
        (None, false) => last,
    }
}

pub(crate) fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bound_that_was_hit_is_named() {
        let bound = Duration::from_millis(1000);
        let silent = Command::shell("exec sleep 9").deadline(bound).run().unwrap();
        assert_eq!(explain(&silent), "no answer within 1 s");
        let talking = Command::shell("echo pulling; exec sleep 9").deadline(bound).run().unwrap();
        assert_eq!(explain(&talking), "no end within 1 s; its last output:\npulling");
    }

    #[test]
    fn a_program_that_cannot_be_started_is_an_answer() {
        let why = ask(&Command::new(["/nowhere/docker"])).unwrap().unwrap_err();
        assert_eq!(why, "failed to run `/nowhere/docker`: no such program on PATH");
    }
}
