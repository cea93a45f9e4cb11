//! What a check found, and why an action failed: expected and found as values.
//!
//! No sentence is made here. `report` makes them, for a person; other programs get the values.

mod captured;
mod check;
mod curve;

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::Ready;
use crate::process::{Exit, Member};
use crate::source::Span;
use crate::transcript::DiffLine;

pub use crate::files::EditFault;
pub use captured::{CAPTURED_BYTES_MAX, Captured};
pub use check::{Asked, Found, Mismatch, NoAnswer, Outcome, SAMPLES_MAX, Sample, Samples, TextOf};
pub use curve::{Curve, SCRAPES_MAX, SERIES_MAX, Series, SeriesSummary};

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
    /// The lines of the book's files that the output or the log names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Place>,
    /// Where the command's terminal is, if that is not the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<Elsewhere>,
    /// The hint for a reader who does this exercise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// How long the command was repeated without success.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "some_seconds")]
    pub repeated: Option<Duration>,
}

impl Failure {
    /// A failure at the action's own place; boxed, because most results are not failures.
    pub fn new(reason: Reason) -> Box<Failure> {
        let (places, elsewhere) = (Vec::new(), None);
        Box::new(Failure { reason, span: None, log: None, places, elsewhere, hint: None, repeated: None })
    }

    /// The same failure with the end of a log.
    #[must_use]
    pub fn with_log(mut self: Box<Failure>, log: impl Into<String>) -> Box<Failure> {
        self.log = Some(log.into());
        self
    }

    /// The same failure of a command that was repeated for this long.
    #[must_use]
    pub fn after_repeating(mut self: Box<Failure>, within: Duration) -> Box<Failure> {
        self.repeated = Some(within);
        self
    }

    /// Whether a repetition of the command may pass: it ended, and something else than the page shows came of it.
    pub fn may_pass(&self) -> bool {
        matches!(self.reason, Reason::Status { .. } | Reason::Output { .. })
    }

    /// Whether it is a difference from an output or a result that a page shows, and nothing else.
    pub fn is_of_what_is_shown(&self) -> bool {
        matches!(self.reason, Reason::Output { .. } | Reason::Check(Mismatch::Result { .. }))
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
        /// The line that caused the exit status; one of the failure's `places`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<Place>,
        /// Whether what it printed is what the page shows.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        prints_as_shown: bool,
    },
    /// The command printed something else than the page shows.
    Output {
        /// The page's lines against the printed ones.
        diff: Vec<DiffLine>,
    },
    /// The command printed the line that the page has as the next command, directly below a `...`.
    CommandPrinted {
        /// The line, with its `$ `.
        line: String,
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
    /// The command ended the shell of its terminal.
    TerminalEnded {
        /// The terminal.
        name: String,
        /// How its shell ended.
        exit: Exit,
    },
    /// The command ended, and something that it had started was still running.
    LeftRunning {
        /// What was running; it has been ended.
        processes: Vec<Member>,
    },
    /// The command changed a file that the page writes, which the page does not show.
    FileChanged {
        /// The file.
        path: String,
        /// What is different.
        difference: Difference,
        /// Where what it made of the file is kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kept: Option<PathBuf>,
        /// All files that `writes` on its block would have to name.
        writes: Vec<String>,
        /// Whether the page says that the command changes nothing.
        read_only: bool,
    },
    /// An edit does not fit a file as commands have left it.
    Edit {
        /// The file.
        path: String,
        /// What is wrong.
        fault: EditFault,
        /// Where the page says that a command writes the file.
        by: Span,
    },
    /// The port that the command needs is held by something of this book.
    PortTaken {
        /// The port.
        port: u16,
        /// What holds it.
        holder: PortHolder,
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
    /// A background process ended that should keep running.
    BackgroundEnded {
        /// Its name.
        name: String,
        /// Whether it had been ready.
        was_ready: bool,
        /// How it ended, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exit: Option<Exit>,
    },
    /// What was started did not answer in time.
    NotReady {
        /// What should have answered.
        ready: Ready,
        /// The bound.
        #[serde(with = "seconds")]
        within: Duration,
        /// The HTTP status of the last answer, where there was one that does not mean ready.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
    },
    /// A check failed.
    Check(Mismatch),
    /// What is known is too old to judge the check by.
    Stale {
        /// The target that was not scraped since the last command.
        url: String,
        /// How often it should be.
        #[serde(with = "seconds")]
        interval: Duration,
    },
    /// The clocks of Prometheus and of this machine differ, so the check cannot tell what is new.
    ClocksDiffer {
        /// The target whose last scrape shows it.
        url: String,
        /// By how much the clock of Prometheus is ahead at least; negative if it is behind.
        ahead_seconds: i64,
    },
    /// The check could not run, because there was no answer.
    Unreachable {
        /// What was asked.
        what: Asked,
        /// Why there is no answer.
        why: NoAnswer,
        /// The step that starts it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        start: Option<Starter>,
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
        /// The outcome that it had instead.
        outcome: Box<Outcome>,
    },
    /// The first check that fails before an exercise is solved has the hint of a mistake, which nobody has made yet.
    HintBefore {
        /// The hint.
        shown: String,
    },
    /// All checks of an exercise pass after one of its mistakes.
    MistakePasses,
    /// The first check that fails after a mistake has another hint, or none.
    OtherHint {
        /// The check, in one line for a person.
        check: String,
        /// Its hint.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shown: Option<String>,
    },
    /// A file of the learner's is not as the step leaves it.
    File {
        /// How it differs.
        difference: Difference,
    },
    /// The files of the last step differ from the folder that the book names.
    Result {
        /// The differences, the first of each file.
        differences: Vec<FileDifference>,
    },
}

/// How a file of the book's last step differs from the one in the folder that it must be equal to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDifference {
    /// The file in that folder.
    pub path: String,
    /// The file in the workspace.
    pub written: String,
    /// How the second differs from the first.
    pub difference: Difference,
}

/// How a file differs from what it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Difference {
    /// There is no such file.
    Missing,
    /// The file exists, but should not.
    Unexpected,
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

/// What of this book holds a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PortHolder {
    /// A container, by its name.
    Container(String),
    /// A background process, by its name.
    Background(String),
}

/// A line of a file of the book that a program has named.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The file, relative to the workspace.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// Where the book has that line.
    pub origin: Span,
}

/// A terminal that is in another directory than the workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// The terminal.
    pub terminal: String,
    /// The directory, relative to the workspace if it is inside it.
    pub dir: PathBuf,
}

/// What starts something that does not answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Starter {
    /// The step that was checked.
    pub step: usize,
    /// The container or process that should answer, where the book has one, and the step that starts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<(String, usize)>,
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

/// The same for a duration that may be missing.
mod some_seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Seconds(#[serde(with = "crate::failure::seconds")] Duration);

    pub(super) fn serialize<S: Serializer>(duration: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
        duration.map(Seconds).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::deserialize(from)?.map(|Seconds(duration)| duration))
    }
}
