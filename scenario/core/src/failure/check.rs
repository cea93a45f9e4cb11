//! The outcome of a check, as values. The crate's module `check` runs checks.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::failure::{Captured, SeriesSummary, seconds};
use crate::model::{CurveBound, Expect, Health};
use crate::transcript::DiffLine;

/// The outcome of a check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// It passed.
    Passed(Found),
    /// It failed.
    Failed(Mismatch),
    /// The data is too old to judge by.
    Stale {
        /// The target that was not scraped.
        url: String,
        /// How often it should be.
        #[serde(with = "seconds")]
        interval: Duration,
    },
    /// The clocks of Prometheus and of this machine differ, so the age of the data cannot be determined.
    ClocksDiffer {
        /// The target whose last scrape shows it.
        url: String,
        /// By how much the clock of Prometheus is ahead at least; negative if it is behind.
        ahead_seconds: i64,
    },
    /// There was no answer.
    Unreachable {
        /// What was asked.
        what: Asked,
        /// Why there is no answer.
        why: NoAnswer,
    },
}

/// What a check that passed has found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "found", rename_all = "kebab-case")]
pub enum Found {
    /// A server answered.
    Answer {
        /// The status.
        status: u16,
    },
    /// A target has the expected health.
    Target {
        /// Its address.
        url: String,
        /// Its health.
        health: String,
    },
    /// A query found samples, or none.
    Samples(Samples),
    /// A command ended.
    Ended {
        /// Its exit status.
        status: i32,
    },
    /// There is such a file, with the expected text.
    File,
    /// The file does not exist.
    NoFile,
}

/// Which text is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextOf {
    /// The body of an answer.
    Body,
    /// What a command printed: standard output, then standard error.
    Output,
    /// The text of a file.
    File,
}

/// Why a check failed: what was expected and what was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "mismatch", rename_all = "kebab-case")]
pub enum Mismatch {
    /// Another status.
    HttpStatus {
        /// The status that the page names.
        expected: u16,
        /// The status of the answer.
        found: u16,
        /// The body of the answer.
        body: Captured,
    },
    /// Another value of a header, or no such header.
    Header {
        /// The header.
        name: String,
        /// The value that the page names.
        expected: String,
        /// The value of the answer.
        found: Option<String>,
    },
    /// A text without an expected one.
    Contains {
        /// Which text.
        of: TextOf,
        /// What it should contain.
        expected: String,
        /// The text.
        found: Captured,
    },
    /// A text in which an expected pattern does not match.
    Matches {
        /// Which text.
        of: TextOf,
        /// The pattern.
        expected: String,
        /// The text.
        found: Captured,
    },
    /// A command ended with another exit status.
    CommandStatus {
        /// The status that the page names.
        expected: i32,
        /// The status of the command.
        found: i32,
        /// What it printed.
        output: Captured,
    },
    /// A command has changed something in the workspace.
    Writes {
        /// The first file or folder that it has made, changed or removed.
        path: String,
    },
    /// The file does not exist.
    NoFile {
        /// The file.
        path: String,
    },
    /// There is a file that should not be there.
    FileExists {
        /// The file.
        path: String,
    },
    /// Prometheus has no target of a job.
    NoTarget {
        /// The job.
        job: String,
        /// The health that the page names.
        expected: Health,
        /// The jobs of all targets.
        jobs: Vec<String>,
    },
    /// A target has another health.
    Health {
        /// The job.
        job: String,
        /// The health that the page names.
        expected: Health,
        /// The address of the target.
        url: String,
        /// Its health.
        found: String,
        /// The error of its last scrape; empty if there was none.
        error: String,
    },
    /// The error of the last scrape is not the expected one.
    ScrapeError {
        /// Text that should be in it.
        expected: String,
        /// The error.
        found: String,
    },
    /// A query found other samples.
    Samples {
        /// What they should be.
        expected: Expect,
        /// What they are.
        found: Samples,
    },
    /// A query found another result than the page shows.
    Result {
        /// The samples that were found.
        found: Samples,
        /// The samples on the page against those that were found.
        diff: Vec<DiffLine>,
    },
    /// The curve of a query does not meet its conditions.
    Curve {
        /// What it should be like.
        expected: Vec<CurveBound>,
        /// What its series are like.
        found: Vec<SeriesSummary>,
    },
    /// The curve of a query has more series than a picture can show.
    TooManySeries {
        /// How many it has.
        count: usize,
        /// How many there may be.
        series_max: usize,
    },
    /// A query found neither an instant vector nor a scalar.
    NotSamples,
    /// Prometheus refused to answer.
    Refused {
        /// Its own words.
        error: String,
    },
}

/// The samples that a query found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Samples {
    /// The first of them.
    pub first: Vec<Sample>,
    /// How many there are in all.
    pub count: usize,
}

/// How many samples a [`Samples`] keeps.
pub const SAMPLES_MAX: usize = 50;

/// One sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Its labels, `__name__` among them.
    pub labels: BTreeMap<String, String>,
    /// Its value as Prometheus writes it, such as `28`, `+Inf` or `NaN`; `{count:3, sum:0.4}` for a native histogram.
    pub value: String,
}

impl Sample {
    /// Its value as a number; NaN for a native histogram.
    pub fn number(&self) -> f64 {
        match self.value.as_str() {
            "+Inf" => f64::INFINITY,
            "-Inf" => f64::NEG_INFINITY,
            other => other.parse().unwrap_or(f64::NAN),
        }
    }
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asked {
    /// The server of a URL.
    Url(String),
    /// Prometheus, at an address.
    Prometheus(String),
    /// A command.
    Command(String),
    /// A file of the workspace.
    File(String),
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoAnswer {
    /// Nothing listens at the port.
    NothingListens,
    /// No answer came in time.
    TimedOut {
        /// The bound in seconds.
        seconds: u64,
    },
    /// The body could not be read.
    Body {
        /// Why.
        error: String,
        /// How many bytes of a body are read.
        bytes_max: u64,
    },
    /// Something answers there that is not Prometheus.
    NotPrometheus {
        /// What was asked.
        url: String,
        /// The HTTP status of its answer.
        status: u16,
        /// What is wrong with its answer.
        error: String,
    },
    /// A file, or what a command printed, is longer than what is read.
    TooLong {
        /// How many bytes are read.
        bytes_max: u64,
    },
    /// The workspace to run a command in does not exist.
    NoWorkspace {
        /// Where it should be.
        path: String,
    },
    /// Another error of the operating system, in its words.
    Other(String),
}
