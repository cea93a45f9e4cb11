//! `cargo xtask ci`: what CI runs, in the order in which it runs it; stops at the first stage that fails.

use std::io::Write;
use std::process::{Command, ExitCode};
use std::time::Instant;

use scenario_core::cli::{self, Front};
use scenario_core::error::{Error, Result};
use scenario_core::process;
use scenario_core::setup::{Need, Toolbox};

use crate::{flags, project_root};

/// The stages: a name, and the commands, none of which has a word with a space.
const STAGES: [(&str, &[&str]); 10] = [
    ("format", &["cargo fmt --all --check"]),
    ("lints", &["cargo clippy --workspace --all-targets --quiet -- -D warnings"]),
    ("format of the app", &["cargo fmt --manifest-path app/Cargo.toml --check"]),
    (
        "lints of the app",
        &["cargo clippy --manifest-path app/Cargo.toml --all-targets --quiet -- -D warnings"],
    ),
    ("tests of the app", &["cargo test --manifest-path app/Cargo.toml --quiet"]),
    ("tests", &["cargo test --workspace -- --include-ignored"]),
    ("page", &["npm --prefix scenario/lab/web ci", "npm --prefix scenario/lab/web run check"]),
    (
        "lab in a browser",
        &["cargo build --quiet -p scenario-lab", "cargo xtask page", "npm --prefix scenario/lab/web test"],
    ),
    ("book", &["cargo xtask build"]),
    ("every chapter", &["cargo xtask verify --json target/verify.json --junit target/verify.xml"]),
];

/// What the stages need beside what the book does.
const NEEDS: [Need; 3] = [Need::Mdbook, Need::Node, Need::Browser];

impl flags::Ci {
    pub(crate) fn run(self, front: &Front) -> Result<ExitCode> {
        let start = Instant::now();
        let mut needs = cli::needs(front)?;
        needs.extend(NEEDS);
        let toolbox = cli::toolbox(front, &needs, self.yes)?;
        for (name, commands) in STAGES {
            let begun = Instant::now();
            for line in commands {
                let _ = writeln!(anstream::stdout(), "== {name}: {line}");
                let mut command = command(line, &toolbox);
                let status = command.status().map_err(|cause| {
                    Error::new(format!("failed to run `{}`: {cause}", command.get_program().display()))
                })?;
                process::check_interrupt()?;
                if !status.success() {
                    let _ = writeln!(anstream::stdout(), "== {name}: failed; again: {line}");
                    return Ok(ExitCode::FAILURE);
                }
            }
            let _ =
                writeln!(anstream::stdout(), "== {name}: passed in {:.0} s", begun.elapsed().as_secs_f32());
        }
        let _ = writeln!(anstream::stdout(), "== ci: all passed in {:.0} s", start.elapsed().as_secs_f32());
        Ok(ExitCode::SUCCESS)
    }
}

/// One command of a stage. Only npm gets the tools: cargo keeps what the caller has set for our own builds.
fn command(line: &str, toolbox: &Toolbox) -> Command {
    let mut words = line.split(' ');
    let program = words.next().unwrap_or_default();
    let mut command = Command::new(program);
    command.args(words).current_dir(project_root());
    for (name, value) in toolbox.envs().into_iter().filter(|_| program != "cargo") {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    // A test that cannot run here must say so by failing: CI has everything.
    command.env("SCENARIO_NO_SKIP", "1");
    // The browser's tests start this program; which browser, the toolbox says.
    command.env("SCENARIO_LAB", project_root().join("target/debug/scenario-lab"));
    command
}
