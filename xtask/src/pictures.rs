//! `cargo xtask pictures`: the book's plots and screenshots, and the times of its chapters, from a run of `verify`.
//!
//! They are drawn by a program of its own, as a library for that would make `step` wait.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use scenario_cli::{self as cli, BookCommand, Front, Trust};
use scenario_core::error::{Error, Result};

use crate::{flags, project_root};

impl flags::Pictures {
    pub(crate) fn run(self, front: &Front) -> Result<ExitCode> {
        if self.report.is_some() || self.check || self.redraw {
            return draw(&front.book, self.report.as_deref(), None, self.check);
        }
        let report = project_root().join("target/pictures.json");
        let screenshots = project_root().join("target/screenshots");
        let verified = cli::run(&verify(report.clone(), screenshots.clone(), self.yes), front)?;
        if verified != ExitCode::SUCCESS {
            return Ok(verified);
        }
        draw(&front.book, Some(&report), Some(&screenshots), false)
    }
}

/// All chapters, with the result in a file and the screenshots in a folder.
fn verify(json: PathBuf, screenshots: PathBuf, yes: bool) -> BookCommand {
    BookCommand::Verify {
        from: None,
        step: None,
        json: Some(json),
        junit: None,
        screenshots: Some(screenshots),
        cold: false,
        latest: false,
        replace: false,
        yes,
        trust: Trust::default(),
    }
}

fn draw(book: &Path, report: Option<&Path>, screenshots: Option<&Path>, check: bool) -> Result<ExitCode> {
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--quiet", "--package", "scenario-pictures", "--manifest-path"]);
    cargo.arg(project_root().join("Cargo.toml")).args(["--", "--book"]).arg(book);
    if let Some(report) = report {
        cargo.arg("--report").arg(report);
    }
    if let Some(screenshots) = screenshots {
        cargo.arg("--screenshots").arg(screenshots);
    }
    if check {
        cargo.arg("--check");
    }
    let status = cargo.status().map_err(|cause| Error::new(format!("failed to run `cargo`: {cause}")))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
