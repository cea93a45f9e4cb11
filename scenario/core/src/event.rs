//! All that can happen in a run, and its result: the only things that the runner and the reporters share.

use std::path::PathBuf;
use std::time::Duration;

use crate::source::Span;

/// Something that happens while a run goes on.
#[derive(Debug, Clone)]
pub enum Event {
    /// A step begins.
    Step {
        /// Its number.
        number: usize,
        /// Its title.
        title: String,
    },
    /// An action begins.
    Begin {
        /// The word for its kind.
        kind: &'static str,
        /// One line for a person.
        title: String,
    },
    /// A long action goes on.
    Progress {
        /// What it says of itself.
        text: String,
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
    Note(String),
}

/// One action and what came of it.
#[derive(Debug, Clone)]
pub struct ItemResult {
    /// The step it belongs to.
    pub step: usize,
    /// The action's id.
    pub id: String,
    /// The word for its kind.
    pub kind: &'static str,
    /// One line for a person.
    pub title: String,
    /// Where it stands in the book.
    pub span: Span,
    /// What came of it.
    pub verdict: Verdict,
    /// How long it took.
    pub elapsed: Duration,
}

/// What came of an action.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// It is as it should be; the text may say more.
    Passed(String),
    /// It is not.
    Failed(Box<Failure>),
    /// It was not tried, for a reason.
    Skipped(String),
}

/// Why an action failed, for a person.
#[derive(Debug, Clone, Default)]
pub struct Failure {
    /// What is wrong, in lower case.
    pub message: String,
    /// A place nearer to it than the action's own.
    pub span: Option<Span>,
    /// What should be; may be empty.
    pub expected: String,
    /// What is; may be empty.
    pub found: String,
    /// The end of a log, a difference, a body; may be empty.
    pub detail: String,
    /// What to do next; may be empty.
    pub help: String,
}

impl Failure {
    /// A failure with its message alone; boxed, as it is what a result is in the rare case.
    pub fn new(message: impl Into<String>) -> Box<Failure> {
        Box::new(Failure { message: message.into(), ..Failure::default() })
    }
}

/// A whole run.
#[derive(Debug, Clone, Default)]
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
