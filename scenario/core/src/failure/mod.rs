//! What a check found, and why an action failed: expected and found as values.
//!
//! No sentence is made here. `report` makes them, for a person; other programs get the values.

mod check;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::Ready;
use crate::source::Span;
use crate::transcript::DiffLine;

pub use check::{Asked, Found, Mismatch, NoAnswer, Outcome, SAMPLES_MAX, Sample, Samples};

/// The environment variable with another bound for commands.
pub const COMMAND_SECONDS: &str = "SCENARIO_COMMAND_SECONDS";

/// Why an action failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// What is wrong.
    #[serde(flatten)]
    pub reason: Reason,
    /// A place nearer to it than the action's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// The end of the log of the process or container that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
}

impl Failure {
    /// A failure at the action's own place; boxed, because most results are not failures.
    pub fn new(reason: Reason) -> Box<Failure> {
        Box::new(Failure { reason, span: None, log: None })
    }

    /// The same failure with the end of a log.
    #[must_use]
    pub fn with_log(mut self: Box<Failure>, log: impl Into<String>) -> Box<Failure> {
        self.log = Some(log.into());
        self
    }

    /// The same failure at a nearer place.
    #[must_use]
    pub fn at(mut self: Box<Failure>, span: Span) -> Box<Failure> {
        self.span = Some(span);
        self
    }
}

/// What is wrong, with what was expected and what was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum Reason {
    /// The command ended with another exit status than the page shows.
    Status {
        /// The status on the page.
        expected: i32,
        /// The status of the command.
        found: i32,
        /// The line of the book's files that the command complained about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<Cause>,
    },
    /// The command printed something else than the page shows.
    Output {
        /// The page's lines against the printed ones.
        diff: Vec<DiffLine>,
    },
    /// The command printed more than is compared.
    OutputTooLong {
        /// How many bytes of a stream are compared.
        bytes_max: usize,
    },
    /// The command was still running at its bound, and was stopped.
    TimedOut {
        /// The bound.
        #[serde(with = "seconds")]
        after: Duration,
    },
    /// The command ended, and something that it had started was still running.
    LeftRunning,
    /// The port that the command needs is held by a container of this book.
    PortTaken {
        /// The port.
        port: u16,
        /// The container.
        container: String,
    },
    /// The command started no container of that name.
    NoContainer {
        /// The name.
        name: String,
    },
    /// The command made no image of that name.
    NoImage {
        /// The image.
        tag: String,
    },
    /// The command used an image that this run did not build.
    ForeignImage {
        /// The image.
        tag: String,
    },
    /// A container ended that should keep running.
    ContainerEnded {
        /// The container.
        name: String,
        /// Its exit status.
        status: i32,
    },
    /// A background process ended before it was ready.
    BackgroundEnded,
    /// What was started did not answer in time.
    NotReady {
        /// What should have answered.
        ready: Ready,
        /// The bound.
        #[serde(with = "seconds")]
        within: Duration,
    },
    /// A check failed.
    Check(Mismatch),
    /// What is known is too old to judge the check by.
    Stale {
        /// The target that was not scraped since the last command.
        url: String,
    },
    /// The check could not run, because nobody answered.
    Unreachable {
        /// Who should have answered.
        what: Asked,
        /// Why there is no answer.
        why: NoAnswer,
        /// Who starts it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        start: Option<Start>,
    },
    /// The check passes before its step already, so it proves nothing.
    PassesBefore {
        /// What it found.
        found: Found,
    },
    /// The page says that the check passes before its step already, and it does not.
    FailsBefore {
        /// The page's words.
        claim: String,
        /// What came of it instead.
        outcome: Box<Outcome>,
    },
    /// A file of the learner's is not as the step leaves it.
    File {
        /// How it differs.
        difference: Difference,
    },
    /// The files of the last step differ from the folder that the book names.
    Result {
        /// Each difference, for a person.
        differences: Vec<String>,
    },
}

/// How a file differs from what it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Difference {
    /// There is no such file.
    Missing,
    /// Its first line that differs.
    Line {
        /// Its number.
        number: usize,
        /// The line as it should be, if there should be one.
        expected: Option<String>,
        /// The line as it is, if there is one.
        found: Option<String>,
    },
    /// Only the ends of its lines differ.
    LineEnds,
}

/// A line of the book's files that a program complained about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// `path:line`, as the program printed it.
    pub text: String,
    /// Where the book has that line.
    pub origin: Span,
}

/// What starts something that does not answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// The step that was checked.
    pub step: usize,
    /// The container or process that should answer, where the book has one, and the step that starts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<(String, usize)>,
}

/// Some text, bounded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Captured {
    /// The text, or its beginning and its end with a mark in between.
    pub text: String,
    /// How many bytes of it were left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub omitted: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// How many bytes of a text a [`Captured`] keeps, half of its beginning and half of its end.
pub const CAPTURED_BYTES_MAX: usize = 64 << 10;

impl Captured {
    /// Keeps a text, or so much of it as the bound allows.
    pub fn new(text: &str) -> Captured {
        if text.len() <= CAPTURED_BYTES_MAX {
            return Captured { text: text.to_owned(), omitted: 0 };
        }
        let half = CAPTURED_BYTES_MAX / 2;
        let boundary =
            |at: usize| (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        let (head, tail) = (&text[..boundary(half)], &text[boundary(text.len() - half)..]);
        let omitted = text.len() - head.len() - tail.len();
        Captured {
            text: format!("{head}\n[… {omitted} bytes left out: {CAPTURED_BYTES_MAX} are kept …]\n{tail}"),
            omitted,
        }
    }
}

/// A duration as seconds.
pub(crate) mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(duration.as_secs_f64())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}
