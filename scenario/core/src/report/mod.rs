//! Events and results in, text out. Nothing here runs anything.

mod blocks;
mod checks;
mod diff;
mod door;
mod explained;
mod github;
mod help;
mod json;
mod junit;
mod kept_states;
mod lines;
mod still_running;
mod summary;
mod terminal;
mod text;
mod words;

use std::time::Duration;

use jiff::Timestamp;

use crate::error::Error;
use crate::event::RunResult;
use crate::plan::Plan;

pub use checks::explain_outcome;
pub use door::Door;
pub use explained::Explained;
pub use github::annotations;
pub use json::json;
pub use junit::junit;
pub use lines::{Mark, MarkedLine, lines};
pub use summary::{SUMMARY_BYTES_MAX, summary};
pub use terminal::TerminalReport;
pub use text::visible;
pub use words::Words;

/// A run for other programs, however it ended.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// What was run; nothing if the book could not be read.
    pub plan: Option<&'a Plan>,
    /// The words before `step N` in a command to run, quoted for a shell.
    pub front: &'a str,
    /// What is known by now.
    pub result: &'a RunResult,
    /// When the run began.
    pub began: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// How it ended.
    pub end: End<'a>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy)]
pub enum End<'a> {
    /// It came to its end, and the result says whether it passed.
    Done,
    /// It could not go on.
    Error(&'a Error),
    /// It has not ended: the report was written before the run.
    Unfinished,
}

impl Report<'_> {
    /// One word for how the run ended.
    fn outcome(&self) -> &'static str {
        match self.end {
            End::Done if self.result.passed() => "passed",
            End::Done => "failed",
            End::Error(error) if error.is_interrupted() => "interrupted",
            End::Error(_) => "error",
            End::Unfinished => "unfinished",
        }
    }
}
