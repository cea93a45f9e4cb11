//! What pages are sent, as JSON: messages on the WebSocket `/ws/events`, and answers. `web/src/contract.ts` is made from
//! these types.

use scenario_core::report;
use serde::Serialize;

use crate::place::{BookError, Place};
use crate::problem::Problems;
use crate::trust::Untrusted;

/// One message to all pages.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
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
    /// All checks of a step were run.
    Checked { step: usize, passed: usize, total: usize, done: bool, by: By },
    /// The terminals have changed.
    Terminals { terminals: Vec<TerminalView> },
    /// A service has come or gone.
    Services { services: Vec<Service> },
    /// The machine was surveyed.
    Preflight { preflight: Preflight },
    /// The job has changed.
    Job { job: Job },
    /// What was found in files that were saved has changed.
    Problems { problems: Problems },
    /// A file has come or gone.
    Files,
    /// A file has changed on disk; without `etag` it is gone.
    File { path: String, etag: Option<String> },
    /// The book was rendered again, or could not be.
    Book { error: Option<BookError>, title: String },
    /// The steps of a book that was rendered again.
    Steps { steps: Vec<Step> },
    /// The learner has agreed to what the book runs, or has to agree again.
    Trust { untrusted: Option<Untrusted> },
    /// The server still runs; sent all the time.
    Alive,
    /// The server is being stopped.
    Stopping,
}

/// Everything that a page shows.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Hello {
    pub(crate) build: String,
    pub(crate) title: String,
    pub(crate) workspace: String,
    pub(crate) front: String,
    pub(crate) page: String,
    pub(crate) steps: Vec<Step>,
    pub(crate) step: usize,
    pub(crate) guide: bool,
    pub(crate) terminals: Vec<TerminalView>,
    pub(crate) services: Vec<Service>,
    pub(crate) preflight: Preflight,
    pub(crate) job: Option<Job>,
    pub(crate) book_error: Option<BookError>,
    pub(crate) untrusted: Option<Untrusted>,
    pub(crate) problems: Problems,
}

/// By whom checks were run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub(crate) enum By {
    /// By the learner, with *Check*.
    Learner,
    /// By the lab itself.
    Lab,
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Step {
    /// Which step it is, counted from 1.
    pub(crate) number: usize,
    /// Its number as mdBook counts: `2`, or `2.1` where chapters are nested.
    pub(crate) label: String,
    pub(crate) title: String,
    pub(crate) page: String,
    pub(crate) blocks: Vec<Block>,
    pub(crate) checks: Vec<Check>,
    /// What the learner does alone afterwards; no part of the step.
    pub(crate) exercises: Vec<Exercise>,
    pub(crate) done: bool,
}

/// An exercise of a step.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Exercise {
    pub(crate) name: String,
    /// The blocks of its solution.
    pub(crate) blocks: Vec<Block>,
    pub(crate) checks: Vec<Check>,
}

/// A block of the plan, and its state.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Block {
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) kind: BlockKind,
    /// Whether the learner has used it.
    pub(crate) used: bool,
    pub(crate) state: Option<BlockState>,
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum BlockKind {
    Edit {
        file: String,
        verb: &'static str,
    },
    Command {
        commands: Vec<String>,
        /// The terminal that the page names, or `T1`.
        terminal: String,
    },
    Background {
        commands: Vec<String>,
        name: String,
    },
    Query {
        query: String,
        check: String,
        /// What the page shows of its result, or expects of it, in lines.
        shown: Vec<String>,
    },
    Ignored,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct BlockState {
    pub(crate) now: Now,
    /// One line for a person.
    pub(crate) text: String,
    /// The terminal that its commands are typed into.
    pub(crate) terminal: Option<String>,
    /// More lines, such as a difference; may be empty.
    pub(crate) detail: String,
    /// The lines of the book's files that the output names.
    pub(crate) places: Vec<Place>,
}

impl BlockState {
    pub(crate) fn new(now: Now, text: impl Into<String>) -> BlockState {
        BlockState { now, text: text.into(), terminal: None, detail: String::new(), places: Vec::new() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Now {
    Running,
    Passed,
    Failed,
    Stopped,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Check {
    pub(crate) id: String,
    pub(crate) kind: CheckKind,
    pub(crate) title: String,
    pub(crate) state: CheckState,
    pub(crate) text: String,
    pub(crate) expected: String,
    pub(crate) found: String,
    pub(crate) detail: String,
    pub(crate) help: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub(crate) enum CheckKind {
    Http,
    Query,
    /// A target that must be UP.
    Up,
    /// A target that must not.
    Target,
    Command,
    File,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub(crate) enum CheckState {
    Unknown,
    Running,
    Passed,
    Failed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct TerminalView {
    pub(crate) id: String,
    /// What the learner calls it; may be empty.
    pub(crate) name: String,
    pub(crate) alive: bool,
    /// The command that runs in it.
    pub(crate) busy: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
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
    /// The path before an encoded PromQL expression.
    pub(crate) query: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Preflight {
    pub(crate) looking: bool,
    pub(crate) items: Vec<PreflightItem>,
    /// Whether a button can provide something that is missing.
    pub(crate) fixable: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct PreflightItem {
    pub(crate) name: String,
    pub(crate) state: Presence,
    pub(crate) detail: String,
    pub(crate) fix: Option<String>,
    pub(crate) help: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Presence {
    Present,
    Missing,
    /// A port that a stranger holds.
    Taken,
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Job {
    pub(crate) id: u32,
    pub(crate) kind: JobKind,
    pub(crate) step: Option<usize>,
    pub(crate) title: String,
    pub(crate) state: JobState,
    pub(crate) lines: Vec<JobLine>,
    /// Files of the learner's that it has replaced, and that can be put back.
    pub(crate) kept: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
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
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub(crate) enum JobState {
    Running,
    Passed,
    Failed,
    Cancelled,
}

/// A line of what a job reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct JobLine {
    pub(crate) mark: Mark,
    pub(crate) text: String,
    /// The place that the line is about, if a program has complained about it.
    pub(crate) place: Option<Place>,
}

impl JobLine {
    pub(crate) fn new(mark: Mark, text: impl Into<String>) -> JobLine {
        JobLine { mark, text: text.into(), place: None }
    }

    /// The line for a place, below what a program has said.
    pub(crate) fn of_place(place: Place) -> JobLine {
        let text = format!("`{}:{}` comes from {}", place.file, place.line, place.origin);
        JobLine { mark: Mark::More, text, place: Some(place) }
    }
}

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mark {
    Note,
    /// How far something is; the next line takes its place.
    Progress,
    Passed,
    Failed,
    /// It goes on with the line before.
    More,
}

impl From<report::Mark> for Mark {
    fn from(mark: report::Mark) -> Mark {
        match mark {
            report::Mark::Note => Mark::Note,
            report::Mark::Progress => Mark::Progress,
            report::Mark::Passed => Mark::Passed,
            report::Mark::Failed => Mark::Failed,
            report::Mark::More => Mark::More,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ts_rs::{Config, TS};

    use super::*;
    use crate::answer::{
        Applied, Compared, Cut, Difference, FileEntry, FileList, FoundLine, FoundLines, Outcome,
    };
    use crate::catalog::{Choice, Choices, Last};
    use crate::parts::{Part, PartKind, PartState, Running};
    use crate::place::{Found, Mistake};
    use crate::problem::{FileProblem, Formatted, Looking, NamedLine, Severity};
    use crate::trust::{Listed, Listing};

    const HEAD: &str = "\
// The messages of `/ws/events` and the answers of `/api`. Made from the types of the server, of `message.rs` above all:
// a test there compares this file with them, and writes it anew with SNAPSHOTS=overwrite.
";

    /// Where the page has its types.
    fn contract() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("web/src/contract.ts")
    }

    fn declare<T: TS>(types: &mut Vec<String>, config: &Config) {
        let docs = T::docs().unwrap_or_default();
        types.push(format!("{docs}export {}\n", T::decl(config)));
    }

    #[test]
    fn the_pages_types_are_those_of_the_server() {
        let config = Config::new();
        let mut types = vec![HEAD.to_owned()];
        declare::<Message>(&mut types, &config);
        declare::<Hello>(&mut types, &config);
        declare::<Untrusted>(&mut types, &config);
        declare::<Listing>(&mut types, &config);
        declare::<Listed>(&mut types, &config);
        declare::<BookError>(&mut types, &config);
        declare::<Mistake>(&mut types, &config);
        declare::<Place>(&mut types, &config);
        declare::<Found>(&mut types, &config);
        declare::<Problems>(&mut types, &config);
        declare::<Looking>(&mut types, &config);
        declare::<FileProblem>(&mut types, &config);
        declare::<Severity>(&mut types, &config);
        declare::<NamedLine>(&mut types, &config);
        declare::<Formatted>(&mut types, &config);
        declare::<By>(&mut types, &config);
        declare::<Step>(&mut types, &config);
        declare::<Exercise>(&mut types, &config);
        declare::<Block>(&mut types, &config);
        declare::<BlockState>(&mut types, &config);
        declare::<Now>(&mut types, &config);
        declare::<Check>(&mut types, &config);
        declare::<CheckKind>(&mut types, &config);
        declare::<CheckState>(&mut types, &config);
        declare::<TerminalView>(&mut types, &config);
        declare::<Service>(&mut types, &config);
        declare::<Preflight>(&mut types, &config);
        declare::<PreflightItem>(&mut types, &config);
        declare::<Presence>(&mut types, &config);
        declare::<Job>(&mut types, &config);
        declare::<JobKind>(&mut types, &config);
        declare::<JobState>(&mut types, &config);
        declare::<JobLine>(&mut types, &config);
        declare::<Mark>(&mut types, &config);
        declare::<Compared>(&mut types, &config);
        declare::<Applied>(&mut types, &config);
        declare::<Outcome>(&mut types, &config);
        declare::<Difference>(&mut types, &config);
        declare::<Running>(&mut types, &config);
        declare::<Part>(&mut types, &config);
        declare::<PartKind>(&mut types, &config);
        declare::<PartState>(&mut types, &config);
        declare::<FileList>(&mut types, &config);
        declare::<FileEntry>(&mut types, &config);
        declare::<Choices>(&mut types, &config);
        declare::<Choice>(&mut types, &config);
        declare::<Last>(&mut types, &config);
        declare::<FoundLines>(&mut types, &config);
        declare::<FoundLine>(&mut types, &config);
        declare::<Cut>(&mut types, &config);
        let made = types.join("\n");
        if std::env::var_os("SNAPSHOTS").is_some_and(|wanted| wanted == "overwrite") {
            std::fs::write(contract(), &made).expect("the page's types");
        }
        let known = std::fs::read_to_string(contract()).expect("the page's types");
        assert!(
            known == made,
            "web/src/contract.ts differs; run this test with SNAPSHOTS=overwrite:\n{made}"
        );
    }
}
