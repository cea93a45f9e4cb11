//! All that can happen in a run, and its result, as data that can be written and read back.
//!
//! The runner and the reporters share nothing else. Turning them into sentences is the work of `report`.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use crate::failure::Failure;
use crate::failure::{Captured, Curve, Found, Outcome, seconds};
use crate::model::Ready;
use crate::plan::ActionKind;
use crate::snapshot::{Damage, NotKept};
use crate::source::Span;

/// Something that happens while a run goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// The id of the action that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// How far that action is.
    pub phase: Phase,
    /// What happens.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// How far an action is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// What must hold before it: a free port, a container out of the way, a check that fails before its step.
    Before,
    /// The action itself.
    #[default]
    Run,
    /// What must hold after it: a container that keeps running, a server that answers.
    After,
}

impl Phase {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Before => "before",
            Phase::Run => "run",
            Phase::After => "after",
        }
    }
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", content = "data", rename_all = "kebab-case")]
pub enum EventKind {
    /// A step begins.
    Step {
        /// Its number.
        number: usize,
        /// Its title.
        title: String,
    },
    /// An exercise of a step begins.
    Exercise {
        /// The step.
        step: usize,
        /// Its name.
        name: String,
    },
    /// An action begins.
    Begin {
        /// Its kind.
        kind: ActionKind,
        /// One line for a person.
        title: String,
    },
    /// A long action goes on.
    Progress {
        /// What is known of it.
        what: Progress,
        /// How long it may still take, where that is known.
        left: Option<Duration>,
    },
    /// An action has ended.
    End(Box<ItemResult>),
    /// A file of the learner's was replaced and is kept.
    Kept {
        /// The file, relative to the workspace.
        path: String,
        /// Where it is now.
        kept: PathBuf,
    },
    /// Something that a reader should know.
    Note(Note),
}

/// How far a long action is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// A line that a program has printed.
    Line(String),
    /// Something that was started does not answer yet.
    Waiting(Ready),
    /// A command does not print what the page shows yet, and is repeated.
    Repeating,
    /// A check was asked, and may be asked again.
    Asked(Box<Outcome>),
}

/// Something that a reader should know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "kebab-case")]
pub enum Note {
    /// Something that an earlier step had started is started again.
    BringingBack {
        /// The step.
        step: usize,
        /// The parts of it that do not run. If all run, their sources have changed.
        missing: Vec<Missing>,
    },
    /// A proof begins at the end of this step, which an earlier one has kept.
    BeginsAfter {
        /// The step.
        step: usize,
    },
    /// A proof begins with an earlier step than was asked for.
    BeginsEarlier {
        /// The step that it begins with.
        first: usize,
        /// The step that was asked for.
        asked: usize,
        /// Why the end of the step `first` cannot be used.
        why: NoState,
    },
    /// What runs was ended, to go back to the end of a step.
    Ended {
        /// The names of the processes and containers.
        names: Vec<String>,
    },
    /// These steps are played, one after the other.
    Playing {
        /// Their numbers.
        steps: Vec<usize>,
    },
    /// The steps up to this one are taken as done by the learner.
    ByHand {
        /// The last of them.
        step: usize,
    },
    /// Files that a step has made were gone, and are there again.
    PutBack {
        /// The first of them.
        path: String,
        /// How many there are.
        count: usize,
    },
    /// More files of the learner's were moved than are named.
    KeptMore {
        /// How many.
        count: usize,
        /// Where they are.
        folder: PathBuf,
    },
    /// The end of a step could not be kept.
    NotKept {
        /// The step.
        step: usize,
        /// Why.
        why: NotKept,
    },
    /// The kept state at the end of a step was changed since, so it is not used.
    Damaged {
        /// The step.
        step: usize,
        /// The file.
        path: String,
        /// Whether its content is gone; otherwise it has changed.
        missing: bool,
    },
    /// The files could not be brought back to the end of a step.
    NotPutBack {
        /// The step.
        step: usize,
        /// Why.
        why: NotKept,
    },
    /// A check does not hold any more, so the commands of its step run again.
    RunningAgain,
    /// Nothing of the book runs any more, and its files are gone.
    NothingLeft,
    /// A part of the kept states of the steps cannot be read.
    LeftOut {
        /// Its path in the workspace.
        path: String,
        /// Why it could not be read.
        cause: String,
    },
    /// What is remembered of earlier runs in the workspace cannot be read.
    Forgotten {
        /// Why.
        cause: String,
    },
    /// All exercises were proved.
    Exercises {
        /// How many.
        count: usize,
        /// How long that took.
        #[serde(with = "seconds", rename = "seconds")]
        took: Duration,
    },
    /// Something runs that only a later step starts.
    Past {
        /// The step that was checked.
        step: usize,
        /// The container that runs.
        container: String,
        /// The step that starts it.
        of: usize,
    },
}

/// Why a proof cannot begin at the end of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoState {
    /// The step has not passed a proof in this folder.
    NotProved,
    /// Its blocks have changed since it did.
    Changed,
    /// It has, and what it left could not be kept.
    NotKept,
    /// What is kept of it is not what was kept.
    Damaged(Damage),
}

/// Something that a later step needs and that is not there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// A background process, by its name.
    Process(String),
    /// A container, by its name.
    Container(String),
    /// An image, by its name.
    Image(String),
}

/// One action and its result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemResult {
    /// The step it belongs to.
    pub step: usize,
    /// The exercise of the step that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exercise: Option<String>,
    /// The action's id.
    pub id: String,
    /// Its kind.
    pub kind: ActionKind,
    /// One line for a person.
    pub title: String,
    /// Where it is in the book.
    pub span: Span,
    /// The phase that it failed in; `run` if it did not.
    pub phase: Phase,
    /// When it began.
    pub began: Timestamp,
    /// How long it took.
    #[serde(with = "seconds", rename = "seconds")]
    pub elapsed: Duration,
    /// Whether it passed.
    pub verdict: Verdict,
    /// What a command has printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Output>,
    /// The curve of a query that has a plot, where `verify` has asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curve: Option<Curve>,
}

/// What a command has printed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// To standard output.
    pub stdout: Captured,
    /// To standard error.
    pub stderr: Captured,
}

/// Whether an action passed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is as it should be.
    Passed(Remark),
    /// It is not.
    Failed(Box<Failure>),
    /// It was not tried, for a reason.
    Skipped(Skip),
}

/// A remark about an action that passed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remark {
    /// It was done.
    #[default]
    Done,
    /// There was nothing to do: what it would stop or remove is not there.
    DoneAlready,
    /// The background process runs since before.
    RunsAlready,
    /// The background process runs, started by the learner.
    StartedByHand {
        /// Its process.
        pid: i32,
    },
    /// A check found this.
    Found(Found),
    /// A mistake was made, and a check has failed with its hint.
    Noticed {
        /// The check, in one line for a person.
        check: String,
    },
    /// What was printed or found differs from what the page shows, which the run was to find out.
    Differs(Box<Failure>),
}

/// Why an action was not tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Skip {
    /// An earlier action of its step failed.
    EarlierAction,
    /// An earlier step failed.
    EarlierStep,
    /// The machine lacks what its step needs.
    Needs {
        /// The step.
        step: usize,
    },
    /// It is before the step that a proof begins with.
    BeforeFirst {
        /// That step.
        step: usize,
    },
    /// Nothing has changed since it last succeeded.
    Unchanged,
    /// What it makes is there, made by the learner.
    MadeByHand,
    /// A command writes the file, and what it wrote here is not known.
    WrittenByCommand,
    /// The files are only compared after the last step.
    NotLastStep {
        /// The step that the run ended with.
        step: usize,
    },
}

/// A whole run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// Every action, in order.
    pub items: Vec<ItemResult>,
}

impl RunResult {
    /// Whether nothing failed.
    pub fn passed(&self) -> bool {
        !self.items.iter().any(|item| matches!(item.verdict, Verdict::Failed(_)))
    }

    /// How many actions passed, failed and were skipped.
    pub fn counts(&self) -> (usize, usize, usize) {
        let mut counts = (0, 0, 0);
        for item in &self.items {
            match item.verdict {
                Verdict::Passed(_) => counts.0 += 1,
                Verdict::Failed(_) => counts.1 += 1,
                Verdict::Skipped(_) => counts.2 += 1,
            }
        }
        counts
    }
}
