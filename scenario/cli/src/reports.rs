//! What is reported of a run besides its lines, however it ends: the files of `verify --json` and `--junit`, and what
//! GitHub Actions shows.
//!
//! The files are written twice: before the run, so that none of an earlier run is left and a folder that cannot be written
//! to is known at once, and after it.

use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;

use scenario_core::book::shown;
use scenario_core::error::{Error, PathContext, Result};
use scenario_core::event::RunResult;
use scenario_core::plan::Plan;
use scenario_core::report::{self, End, Report};

use crate::github::Github;
use crate::output::{complain, complain_in_order};

type Render = fn(&Report<'_>) -> String;

/// The reports of a run.
pub(super) struct Reports<'a> {
    files: Vec<(&'a Path, Render)>,
    github: Option<Github>,
    front: &'a str,
    /// The words behind `front`, as in `step 3`.
    command: &'a str,
    began: Timestamp,
    start: Instant,
}

impl<'a> Reports<'a> {
    /// Puts reports in place that say that the run has not ended. Folders that are missing are made.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub(super) fn begin(
        front: &'a str,
        command: &'a str,
        json: Option<&'a Path>,
        junit: Option<&'a Path>,
    ) -> Result<Reports<'a>> {
        let json = json.map(|path| (path, report::json as Render));
        let junit = junit.map(|path| (path, report::junit as Render));
        let files = json.into_iter().chain(junit).collect();
        let (began, start) = (Timestamp::now(), Instant::now());
        let mut reports = Reports { files, github: None, front, command, began, start };
        let unfinished = RunResult::default();
        for (path, render) in &reports.files {
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                std::fs::create_dir_all(folder).on_path("create the folder", &shown(folder))?;
            }
            // A device or a pipe, such as `/dev/stdout`, keeps nothing of an earlier run.
            if path.is_file() || path.is_dir() || !path.exists() {
                write(path, &render(&reports.report(None, &unfinished, End::Unfinished)))?;
            }
        }
        reports.github = Github::begin()?;
        Ok(reports)
    }

    /// Writes the result, and returns whether all passed; nothing where the run could not go on, and that was reported
    /// here. Each file is written, even if another cannot be.
    ///
    /// # Errors
    ///
    /// What has ended the run, or a file that cannot be written.
    pub(super) fn end(
        &self,
        plan: Option<&Plan>,
        result: &RunResult,
        ran: Result<bool>,
    ) -> Result<Option<bool>> {
        let end = ran.as_ref().err().map_or(End::Done, End::Error);
        let report = self.report(plan, result, end);
        let written = self.files.iter().map(|(path, render)| write(path, &render(&report)));
        let mut errors: Vec<Error> = written.filter_map(Result::err).collect();
        if let Some(github) = &self.github {
            let cause = ran.as_ref().err().filter(|error| !error.is_interrupted());
            cause.into_iter().chain(&errors).for_each(complain_in_order);
            // A job can do without its summary.
            github.end(&report, &self.command()).unwrap_or_else(|error| complain(&error));
            return match ran {
                Err(error) if error.is_interrupted() => Err(error),
                Ok(passed) if errors.is_empty() => Ok(Some(passed)),
                _ => Ok(None),
            };
        }
        let last = ran.is_ok().then(|| errors.pop()).flatten();
        errors.iter().for_each(complain);
        match (ran, last) {
            (Err(error), _) | (Ok(_), Some(error)) => Err(error),
            (Ok(passed), None) => Ok(Some(passed)),
        }
    }

    /// The command that was run, as a person types it.
    fn command(&self) -> String {
        format!("{} {}", self.front, self.command)
    }

    fn report<'r>(&'r self, plan: Option<&'r Plan>, result: &'r RunResult, end: End<'r>) -> Report<'r> {
        let took = self.start.elapsed();
        Report { plan, front: self.front, result, began: self.began, took, end }
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).on_path("write", &shown(path))
}
