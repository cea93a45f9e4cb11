//! What the page is told, as JSON on the WebSocket `/ws/events`. The names are those of `web/src/contract.ts`.

use scenario_core::error::{Error, ErrorKind};
use serde::Serialize;

use crate::limits::MISTAKES_MAX;

/// One message to all pages.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Message {
    /// Everything, to a page that has just connected.
    Hello(Box<Hello>),
    /// Where the reader is.
    Progress { step: usize, guide: bool },
    /// A block has changed.
    Block { step: usize, block: Block },
    /// A check has changed.
    Check { step: usize, check: Check },
    /// All checks of a step were asked.
    Checked { step: usize, passed: usize, total: usize, done: bool, by: By },
    /// The terminals have changed.
    Terminals { terminals: Vec<Terminal> },
    /// A service has come or gone.
    Services { services: Vec<Service> },
    /// The machine was looked at.
    Preflight { preflight: Preflight },
    /// The job has changed.
    Job { job: Job },
    /// A file has come or gone.
    Files,
    /// A file has changed on disk; without `etag` it is gone.
    File { path: String, etag: Option<String> },
    /// The book was rendered anew, or could not be.
    Book { error: Option<String>, mistakes: Vec<Mistake> },
    /// The steps of a book that was rendered anew.
    Steps { steps: Vec<Step> },
    /// The server is being stopped.
    Stopping,
}

/// Everything that a page shows.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Hello {
    pub(crate) build: String,
    pub(crate) title: String,
    pub(crate) workspace: String,
    pub(crate) front: String,
    pub(crate) page: String,
    pub(crate) steps: Vec<Step>,
    pub(crate) step: usize,
    pub(crate) guide: bool,
    pub(crate) terminals: Vec<Terminal>,
    pub(crate) services: Vec<Service>,
    pub(crate) preflight: Preflight,
    pub(crate) job: Option<Job>,
}

/// A mistake in a page of the book, and where it is.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Mistake {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) help: Vec<String>,
}

impl Mistake {
    /// The mistakes that an error is about, as many as a page can show.
    pub(crate) fn all_of(error: &Error) -> Vec<Mistake> {
        let ErrorKind::Book(mistakes) = error.kind() else { return Vec::new() };
        let shown = mistakes.diagnostics.iter().take(MISTAKES_MAX);
        let described = shown.map(|diagnostic| {
            let at = mistakes.location(diagnostic);
            Mistake {
                path: at.path.display().to_string(),
                line: at.line,
                column: at.column,
                code: diagnostic.code().name(),
                message: diagnostic.message(),
                help: diagnostic.help.iter().map(|help| help.text.clone()).collect(),
            }
        });
        described.collect()
    }
}

/// Who asked the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum By {
    /// Somebody pressed Check.
    Learner,
    /// Nobody did.
    Lab,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Step {
    pub(crate) number: usize,
    pub(crate) title: String,
    pub(crate) page: String,
    pub(crate) blocks: Vec<Block>,
    pub(crate) checks: Vec<Check>,
    pub(crate) done: bool,
}

/// A block of the plan, and what has become of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Block {
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) kind: BlockKind,
    /// Whether the learner has used it.
    pub(crate) used: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<BlockState>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum BlockKind {
    Edit { file: String, verb: &'static str },
    Command { commands: Vec<String> },
    Background { commands: Vec<String>, name: String },
    Query { query: String, check: String },
    Ignored,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct BlockState {
    pub(crate) now: Now,
    pub(crate) text: String,
}

impl BlockState {
    pub(crate) fn new(now: Now, text: impl Into<String>) -> BlockState {
        BlockState { now, text: text.into() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Now {
    Running,
    Passed,
    Failed,
    Stopped,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    pub(crate) id: String,
    /// `http`, `query`, `up` for a target that must be UP, or `target` for one that must not.
    pub(crate) kind: &'static str,
    pub(crate) title: String,
    pub(crate) state: CheckState,
    pub(crate) text: String,
    pub(crate) expected: String,
    pub(crate) found: String,
    pub(crate) detail: String,
    pub(crate) help: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CheckState {
    Unknown,
    Asking,
    Passed,
    Failed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Terminal {
    pub(crate) id: String,
    pub(crate) alive: bool,
    /// The command that runs in it.
    pub(crate) busy: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) port: u16,
    pub(crate) up: bool,
    /// Whether it lets itself be framed.
    pub(crate) frames: bool,
    /// The step that starts it.
    pub(crate) step: usize,
    /// Paths that the book mentions; the first is where to begin.
    pub(crate) paths: Vec<String>,
    /// What stands before an encoded PromQL expression.
    pub(crate) query: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Preflight {
    pub(crate) looking: bool,
    pub(crate) items: Vec<PreflightItem>,
    /// Whether a button can provide something that is missing.
    pub(crate) fixable: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PreflightItem {
    pub(crate) name: String,
    pub(crate) state: Presence,
    pub(crate) detail: String,
    pub(crate) fix: Option<String>,
    pub(crate) help: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Presence {
    Present,
    Missing,
    /// A port that a stranger holds.
    Taken,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Job {
    pub(crate) id: u64,
    pub(crate) kind: JobKind,
    pub(crate) step: Option<usize>,
    pub(crate) title: String,
    pub(crate) state: JobState,
    pub(crate) lines: Vec<JobLine>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum JobKind {
    /// A step as at its end.
    Solve,
    /// A step as at its beginning.
    Begin,
    /// A background process.
    Start,
    /// What the machine lacks.
    Provide,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum JobState {
    Running,
    Passed,
    Failed,
    Cancelled,
}

/// A line of what a job says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub(crate) struct JobLine {
    pub(crate) mark: String,
    pub(crate) text: String,
}
