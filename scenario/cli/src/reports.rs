//! The files that `verify --json` and `--junit` write, however the run ends.
//!
//! They are written twice: before the run, so that none of an earlier run is left and a folder that cannot be written
//! to is known at once, and after it.

use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;

use scenario_core::book::shown;
use scenario_core::error::{Error, PathContext, Result};
use scenario_core::event::RunResult;
use scenario_core::plan::Plan;
use scenario_core::report::{self, End, Report};

type Render = fn(&Report<'_>) -> String;

/// The report files of a run.
pub(super) struct Reports<'a> {
    files: Vec<(&'a Path, Render)>,
    front: &'a str,
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
        json: Option<&'a Path>,
        junit: Option<&'a Path>,
    ) -> Result<Reports<'a>> {
        let json = json.map(|path| (path, report::json as Render));
        let junit = junit.map(|path| (path, report::junit as Render));
        let files = json.into_iter().chain(junit).collect();
        let reports = Reports { files, front, began: Timestamp::now(), start: Instant::now() };
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
        Ok(reports)
    }

    /// Writes the result. Each file is written, even if another cannot be.
    ///
    /// # Errors
    ///
    /// Those of the files that cannot be written.
    pub(super) fn end(
        &self,
        plan: Option<&Plan>,
        result: &RunResult,
        error: Option<&Error>,
    ) -> Result<(), Vec<Error>> {
        let end = error.map_or(End::Done, End::Error);
        let report = self.report(plan, result, end);
        let written = self.files.iter().map(|(path, render)| write(path, &render(&report)));
        let errors: Vec<Error> = written.filter_map(Result::err).collect();
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    fn report<'r>(&'r self, plan: Option<&'r Plan>, result: &'r RunResult, end: End<'r>) -> Report<'r> {
        let took = self.start.elapsed();
        Report { plan, front: self.front, result, began: self.began, took, end }
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).on_path("write", &shown(path))
}
