//! The tutorial as data: a scenario is steps, a step is blocks and checks, each with its place in a page.
//!
//! Everything here is inert: parsing fills it in, and the runner, the preprocessor and the lab read it.

mod after_save;
mod check;
mod exercise;
mod needs;
mod op;
mod plot;
mod readiness;
mod result;
mod screenshot;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::source::{PageIndex, Sources, Span};

pub use after_save::{AfterSave, Findings};
pub(crate) use check::by_line;
pub use check::{Check, CheckKind, Expect, Health, url_port};
pub use exercise::{Attempt, Exercise, Mistake};
pub use needs::Needs;
pub use op::Op;
pub use plot::{CurveBound, Measure, PLOT_STEPS_MAX, Plot};
pub use readiness::{Readiness, Ready};
pub(crate) use result::{ESCAPES, is_plain_label, series};
pub use result::{Shown, ShownSample, Tolerance};
pub use screenshot::{SCREENSHOT_HEIGHT_MAX, SCREENSHOT_SCALE, SCREENSHOT_WIDTH, Screenshot};

/// The terminal of the commands that name none.
pub const FIRST_TERMINAL: &str = "T1";

/// A whole tutorial.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The title of the book.
    pub title: String,
    /// The numbered chapters, in order; `steps[0]` is step 1.
    pub steps: Vec<Step>,
    /// The pages that the steps were read from.
    pub sources: Sources,
    /// What the files of the last step must be equal to: folders and files, by their paths in the workspace.
    pub results: Vec<PathBuf>,
    /// What is beside the files of the pages.
    pub unwritten: Unwritten,
    /// What a machine must have beside what the pages show, by the names of the program that prepares it.
    pub needs: Vec<String>,
    /// Whether it was made from a scenario of somebody else, and runs only once the user has agreed.
    pub imported: bool,
    /// What finds mistakes in files that were saved.
    pub after_save: Vec<AfterSave>,
}

/// Files and folders that no page writes, by their names, as the book's configuration has them. They are not
/// compared with the result.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Unwritten {
    /// Files of the result that tools write: they are put in place before the commands run.
    pub seeds: Vec<String>,
    /// Folders that commands fill with what they have made: they stay from one proof to the next.
    pub caches: Vec<String>,
    /// What else the result has.
    pub extras: Vec<String>,
}

impl Unwritten {
    /// Whether a file or folder directly in the result is one of these.
    pub fn contains(&self, name: &str) -> bool {
        [&self.seeds, &self.caches, &self.extras].into_iter().flatten().any(|unwritten| unwritten == name)
    }
}

impl Scenario {
    /// The files that tools write: their paths in the workspace, and the files to begin with, which may be missing.
    pub fn seeds(&self) -> impl Iterator<Item = (String, PathBuf)> {
        self.results.iter().flat_map(|result| {
            let folder = result.file_name().unwrap_or_default().to_string_lossy();
            self.unwritten.seeds.iter().map(move |name| (format!("{folder}/{name}"), result.join(name)))
        })
    }

    /// The file that a file of the workspace must be equal to at the end, if it is compared.
    pub fn result_of(&self, path: &str) -> Option<PathBuf> {
        self.results.iter().find_map(|result| {
            let rest = Path::new(path).strip_prefix(result.file_name()?).ok()?;
            // Joined with nothing, the path of a file would end with a slash.
            Some(if rest.as_os_str().is_empty() { result.clone() } else { result.join(rest) })
        })
    }

    /// The step with a number, counted from 1.
    pub fn step(&self, number: usize) -> Option<&Step> {
        number.checked_sub(1).and_then(|index| self.steps.get(index))
    }

    /// What messages and commands call the step with a number, counted from 1.
    pub fn label(&self, number: usize) -> String {
        self.step(number).map_or_else(|| number.to_string(), |step| step.label.clone())
    }
}

/// One numbered chapter.
#[derive(Debug, Clone)]
pub struct Step {
    /// Which step it is, counted from 1.
    pub number: usize,
    /// Its number as mdBook counts, for messages and commands: `2`, or `2.1` where chapters are nested.
    pub label: String,
    /// Its title in SUMMARY.md.
    pub title: String,
    /// The page it is written in.
    pub page: PageIndex,
    /// What a machine must have for it, where not every machine has that.
    pub needs: Option<Needs>,
    /// Its fenced code blocks, in the order of the page.
    pub blocks: Vec<Block>,
    /// Its hidden checks, which run after the last block.
    pub checks: Vec<Check>,
    /// What the reader does alone afterwards; no part of the step.
    pub exercises: Vec<Exercise>,
}

impl Step {
    /// All that `check` asks: the PromQL blocks and the hidden checks, in order.
    pub fn all_checks(&self) -> impl Iterator<Item = &Check> {
        let visible = self.blocks.iter().filter_map(|block| match &block.kind {
            BlockKind::Query(check) => Some(check),
            _ => None,
        });
        visible.chain(&self.checks)
    }
}

/// One fenced code block.
#[derive(Debug, Clone)]
pub struct Block {
    /// Made of the page, a hash of what the block says, and which block with that hash it is.
    pub id: String,
    /// The whole block, fences included.
    pub span: Span,
    /// The opening fence's line from the fence on.
    pub fence: Span,
    /// The first word of the info string.
    pub language: String,
    /// The text between the fences, as Markdown sees it, each line with its newline.
    pub text: String,
    /// The place of each line of `text`.
    pub lines: Vec<Span>,
    /// The background process that ends before the block's commands run, and where the page names it.
    pub stops: Option<(String, Span)>,
    /// Whether nobody keeps track of the containers and images that its commands change.
    pub untracked: bool,
    /// What the block does.
    pub kind: BlockKind,
}

/// What a block does.
#[derive(Debug, Clone)]
pub enum BlockKind {
    /// It changes a file.
    Edit(FileEdit),
    /// It runs commands, each to its end.
    Commands(Commands),
    /// It starts a command that keeps running.
    Background(BackgroundCommand),
    /// It asks Prometheus.
    Query(Check),
    /// It does nothing, for the reason the author gives.
    Ignored(String),
}

impl BlockKind {
    /// The commands that the block runs or starts, in order.
    pub fn commands(&self) -> &[CommandLine] {
        match self {
            BlockKind::Commands(block) => &block.commands,
            BlockKind::Background(background) => std::slice::from_ref(&background.command),
            BlockKind::Edit(_) | BlockKind::Query(_) | BlockKind::Ignored(_) => &[],
        }
    }

    /// The files of the book that the block's commands change.
    pub fn writes(&self) -> &[WrittenFile] {
        match self {
            BlockKind::Commands(block) => &block.writes,
            _ => &[],
        }
    }

    /// What must answer before the run goes on.
    pub fn ready(&self) -> Option<&Readiness> {
        match self {
            BlockKind::Commands(block) => block.ready.as_ref(),
            BlockKind::Background(background) => Some(&background.ready),
            BlockKind::Edit(_) | BlockKind::Query(_) | BlockKind::Ignored(_) => None,
        }
    }

    /// The command that keeps running, if the block starts one.
    pub fn background(&self) -> Option<&BackgroundCommand> {
        match self {
            BlockKind::Background(background) => Some(background),
            _ => None,
        }
    }
}

/// A change of one file of the workspace.
#[derive(Debug, Clone)]
pub struct FileEdit {
    /// The file, relative to the workspace, with `/` between its parts.
    pub path: String,
    /// Where the page names the file.
    pub path_span: Span,
    /// What is done to it.
    pub verb: Verb,
}

/// What a file edit does with its block.
#[derive(Debug, Clone)]
pub enum Verb {
    /// The block is the whole file.
    Write,
    /// The block goes to the end.
    Append,
    /// The block goes to the beginning.
    Prepend,
    /// The block goes before the line of the marker.
    InsertBefore(Marker),
    /// The block goes after the line of the marker.
    InsertAfter(Marker),
    /// The block takes the place of the marker, or of everything from the first marker through the second.
    Replace(Marker, Option<Marker>),
}

impl Verb {
    /// The attribute that asks for it; `write` has none.
    pub fn name(&self) -> &'static str {
        match self {
            Verb::Write => "write",
            Verb::Append => "append",
            Verb::Prepend => "prepend",
            Verb::InsertBefore(_) => "insert-before",
            Verb::InsertAfter(_) => "insert-after",
            Verb::Replace(..) => "replace",
        }
    }

    /// Its markers, in the order in which they are looked for.
    pub fn markers(&self) -> Vec<&Marker> {
        match self {
            Verb::Write | Verb::Append | Verb::Prepend => Vec::new(),
            Verb::InsertBefore(marker) | Verb::InsertAfter(marker) => vec![marker],
            Verb::Replace(from, to) => std::iter::once(from).chain(to).collect(),
        }
    }
}

/// Text that must occur exactly once in a file, within one line.
#[derive(Debug, Clone)]
pub struct Marker {
    /// The text.
    pub text: String,
    /// Where the page gives it.
    pub span: Span,
}

/// A block of commands that end.
#[derive(Debug, Clone)]
pub struct Commands {
    /// The commands, in order.
    pub commands: Vec<CommandLine>,
    /// What must answer after the last of them.
    pub ready: Option<Readiness>,
    /// Whether the page says that they change nothing that a later step needs.
    pub read_only: bool,
    /// How long each of them is repeated until it prints what the page shows; once where it is not given.
    pub repeat: Option<Duration>,
    /// The files of the book that they change.
    pub writes: Vec<WrittenFile>,
}

/// A file that the commands of a block write, as the page says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenFile {
    /// The file, relative to the workspace, with `/` between its parts.
    pub path: String,
    /// Where the page names it.
    pub span: Span,
}

/// A command that keeps running under a name.
#[derive(Debug, Clone)]
pub struct BackgroundCommand {
    /// The name. A later block of that name replaces the process.
    pub name: String,
    /// The command.
    pub command: CommandLine,
    /// What must answer before the run goes on.
    pub ready: Readiness,
}

/// One `$ ` command of a console block, with what it should print.
#[derive(Debug, Clone)]
pub struct CommandLine {
    /// The block's id and the ordinal of the command in it.
    pub id: String,
    /// The terminal that it runs in.
    pub terminal: String,
    /// The text for the shell; continuation lines are joined by newlines.
    pub text: String,
    /// The command in the page, without its `$ `.
    pub span: Span,
    /// The exit status that the page shows; 0 where it shows none.
    pub status: i32,
    /// The output that the page shows; with no lines only the exit status is asserted.
    pub output: Vec<OutputLine>,
    /// The `$ ` line directly below a last `...`: a line of that output, if the command prints it.
    pub below: Option<OutputLine>,
    /// What it does to containers and images, as far as its words say.
    pub effect: Effect,
    /// The names of the programs that it runs, as far as its words say.
    pub programs: BTreeSet<String>,
}

/// One line of expected output, possibly with elisions.
#[derive(Debug, Clone)]
pub struct OutputLine {
    /// The line.
    pub text: String,
    /// Its place.
    pub span: Span,
}

/// What a command does to containers and images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Nothing that this tool keeps track of.
    None,
    /// It makes the image `tag`.
    Build {
        /// The image's name.
        tag: String,
    },
    /// It starts the container `name` from `image` and leaves it running.
    Run {
        /// The container's name.
        name: String,
        /// The image's name.
        image: String,
    },
    /// It ends containers, which stay there, stopped.
    Stop {
        /// The containers' names.
        names: Vec<String>,
    },
    /// It removes containers.
    Remove {
        /// The containers' names.
        names: Vec<String>,
    },
}
