//! `cargo xtask ci`: what CI runs, in the order in which it runs it; stops at the first stage that fails.

use std::io::Write;
use std::process::{Command, ExitCode};
use std::time::Instant;

use scenario_core::cli::{self, Front};
use scenario_core::error::{Error, Result};
use scenario_core::process;
use scenario_core::setup::Need;

use crate::{flags, project_root};

/// The stages: a name, and the words for `cargo`.
const STAGES: [(&str, &[&str]); 8] = [
    ("format", &["fmt", "--all", "--check"]),
    ("lints", &["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]),
    ("format of the app", &["fmt", "--manifest-path", "app/Cargo.toml", "--check"]),
    (
        "lints of the app",
        &["clippy", "--manifest-path", "app/Cargo.toml", "--all-targets", "--quiet", "--", "-D", "warnings"],
    ),
    ("tests of the app", &["test", "--manifest-path", "app/Cargo.toml", "--quiet"]),
    ("tests", &["test", "--workspace", "--", "--include-ignored"]),
    ("book", &["xtask", "build"]),
    ("every chapter", &["xtask", "verify", "--json", "target/verify.json", "--junit", "target/verify.xml"]),
];

impl flags::Ci {
    pub(crate) fn run(self, front: &Front) -> Result<ExitCode> {
        let start = Instant::now();
        let mut needs = cli::needs(front)?;
        needs.push(Need::Mdbook);
        cli::toolbox(front, &needs, self.yes)?;
        for (name, words) in STAGES {
            let _ = writeln!(anstream::stdout(), "== {name}: cargo {}", words.join(" "));
            let begun = Instant::now();
            // A test that cannot run here must say so by failing: CI has everything.
            let status = Command::new("cargo")
                .args(words)
                .current_dir(project_root())
                .env("SCENARIO_NO_SKIP", "1")
                .status();
            let status = status.map_err(|cause| Error::new(format!("failed to run `cargo`: {cause}")))?;
            process::check_interrupt()?;
            if !status.success() {
                let _ = writeln!(anstream::stdout(), "== {name}: failed; again: cargo {}", words.join(" "));
                return Ok(ExitCode::FAILURE);
            }
            let _ =
                writeln!(anstream::stdout(), "== {name}: passed in {:.0} s", begun.elapsed().as_secs_f32());
        }
        let _ = writeln!(anstream::stdout(), "== ci: all passed in {:.0} s", start.elapsed().as_secs_f32());
        Ok(ExitCode::SUCCESS)
    }
}
