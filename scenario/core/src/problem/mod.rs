//! Everything that can be wrong with a page, one variant for each kind.
//!
//! From a [`Problem`] come its [`Code`], its message, its advice and its explanation. Where it is, and how it is
//! shown, is not known here.

mod code;
mod dependency;
mod explain;
mod fault;
mod help;
mod message;
mod near;
mod not_text;
mod quote;
mod sample;

use serde::{Deserialize, Serialize};

pub use code::Code;
pub use dependency::Dependency;
pub use explain::{Example, explanation, list};
pub use fault::{ExpectationFault, PathFault, ResultFault};
pub use help::{Advice, Edit};
pub(crate) use near::near;
pub use not_text::{LooksLike, NotText};
pub(crate) use quote::LINES_MAX;

/// The most characters of a name that the author chooses: files are named after it.
pub(crate) const NAME_MAX: usize = 100;
pub use quote::NumberedLine;

/// One thing that is wrong with a page.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "a field is what the variant's message or advice names")]
pub enum Problem {
    // SUMMARY.md.
    /// A list below an unnumbered chapter that came after the numbered ones.
    MisplacedList,
    /// A list item that links to no page.
    EntryWithoutLink,
    /// A second link or a second list in an item: mdBook reads only one of them.
    SecondInEntry {
        /// `link` or `list`.
        what: &'static str,
    },
    /// A book without a numbered chapter.
    NoSteps,
    /// A numbered chapter without a page.
    DraftChapter,
    /// A page that is listed twice.
    DuplicateChapter { path: String },
    /// A page that cannot be read.
    UnreadablePage { path: String, cause: Unreadable },

    // Markdown.
    /// A line that ends in a carriage return alone.
    BareCarriageReturn,
    /// A fence without a closing fence.
    UnclosedFence { mark: String, end: NoEnd },
    /// A fence within a block of the same fence; `text` is what follows it, and `ends` says that it was meant to close
    /// the block.
    FenceInsideBlock { mark: String, text: String, ends: bool },
    /// A line like a fence that Markdown does not take for one.
    UnrecognizedFence,
    /// A backtick on a fence of backticks.
    BacktickInInfoString,
    /// A line like a comment that Markdown does not take for one.
    UnrecognizedComment,
    /// A comment without its end.
    UnclosedComment,
    /// A comment that was probably meant for the runner.
    MisspelledComment { prefix: String, right: String },
    /// An mdBook directive in a block.
    DirectiveInBlock { directive: String },
    /// An `{{#include}}` outside of blocks that brings blocks or checks.
    IncludedBlocks { directive: String },

    // Attributes.
    /// Two attributes of one name.
    DuplicateAttribute { key: String },
    /// A `"` where a name should be.
    UnexpectedQuote,
    /// A `=` without a name before it.
    MissingAttributeName,
    /// An attribute without a value.
    MissingValue { key: String },
    /// An attribute whose value is empty.
    EmptyValue { key: String },
    /// A value for an attribute that takes none.
    UnexpectedValue { key: String },
    /// A quote other than `"`.
    InvalidQuote { found: char },
    /// A value with spaces and without quotes.
    UnquotedValue { key: String, value: String },
    /// Text right behind a closing quote.
    TextAfterQuote,
    /// A backslash before a character that needs none.
    InvalidEscape { sequence: String },
    /// A quote without its end.
    UnterminatedQuote,
    /// An attribute that nothing has.
    UnknownAttribute { key: String, known: &'static [&'static str] },
    /// An attribute that this kind of block or check does not have.
    MisplacedAttribute { key: String, owner: Owner, known: &'static [&'static str] },
    /// An attribute that must be there.
    MissingAttribute { key: &'static str, owner: Owner },

    // Blocks.
    /// A word that is not a language.
    InvalidLanguage { language: String },
    /// An attribute where the language should be.
    MissingLanguage { attribute: String },
    /// A language like one that the runner knows.
    MisspelledLanguage { language: String, near: &'static str },
    /// A block that does nothing.
    BlockWithoutEffect { language: String },
    /// An attribute on a page that is not a step.
    AttributeOutsideStep { key: String },
    /// A check on a page that is not a step.
    CheckOutsideStep,

    // Edits.
    /// A path that cannot name a file of the workspace.
    InvalidPath { path: String, fault: PathFault },
    /// Two verbs on one block.
    ConflictingAttributes { first: &'static str, second: &'static str },
    /// An end without a beginning.
    ReplaceToWithoutReplace,
    /// A marker that is not in the file.
    MarkerNotFound { path: String, after_replace: bool, nearest: Nearest },
    /// A marker that is in the file more than once.
    AmbiguousMarker {
        path: String,
        after_replace: bool,
        count: usize,
        lines: Vec<NumberedLine>,
        more_lines: usize,
    },
    /// An edit of a file that no earlier block writes.
    UnknownFile { path: String, written_later: bool, near: Option<String> },
    /// A path that is the name of a file and of a folder.
    PathConflict { path: String, other: String },

    // Commands.
    /// A console block without a line.
    NoCommand,
    /// A line before the first command.
    OutputBeforeCommand,
    /// A `$ ` with nothing behind it.
    EmptyCommand,
    /// A `?` line that is not an exit status.
    InvalidExitStatus { line: String },
    /// A `? N` line that is not right below its command.
    MisplacedExitStatus,
    /// A command that ends in `\`.
    MissingContinuation,
    /// A command that ends in `&`.
    TrailingAmpersand { background: bool },
    /// Output of a container engine while it builds or starts.
    EngineOutput,
    /// A command that changes containers, and something else.
    ContainerCommandNotAlone,
    /// A `build` without a tag.
    MissingImageName,
    /// A detached container without a name.
    MissingContainerName,
    /// A `run` without an image.
    MissingImage,
    /// A `stop`, `kill` or `rm` without a container.
    MissingContainer { command: String },
    /// A command of an engine that the runner cannot follow.
    UnsupportedContainerCommand { command: String },

    // Background processes.
    /// A name with other characters than letters, digits, `-` and `_`, or with too many.
    InvalidName { name: String, attribute: &'static str },
    /// A `stop` of a process that no earlier block has started, or that was stopped before.
    NotRunning { name: String, near: Option<String> },
    /// A background process without `ready`.
    MissingReady,
    /// A `ready=log:` or `ready=wait` without a background process.
    ReadyWithoutBackground { probe: &'static str },
    /// A `ready` without `within`.
    MissingWithin,
    /// A `within` without `ready`.
    WithinWithoutReady,
    /// A `within` on a read-only block that shows no output.
    WithinWithoutOutput,
    /// A command that changes containers or images in a read-only block.
    ReadOnlyContainerCommand,
    /// A second command in a background block.
    SeveralBackgroundCommands,
    /// Output in a background block.
    BackgroundOutput,
    /// An exit status in a background block.
    BackgroundExitStatus,
    /// A background command that starts or stops a container, and ends.
    BackgroundContainerCommand,

    // Exercises.
    /// A mistake that is of no exercise.
    MistakeWithoutExercise,
    /// A block of a step below the beginning of an exercise.
    BlockAfterExercise { exercise: String },
    /// An exercise without a hidden check.
    ExerciseWithoutCheck { name: String },
    /// An exercise without a block that solves it.
    ExerciseWithoutSolution { name: String },
    /// A mistake that only blocks have, or only checks.
    UnmatchedMistake { exercise: String, on_check: bool },

    // Queries, checks and values.
    /// A `promql` block without a query.
    EmptyQuery,
    /// A comment for the runner without a word.
    EmptyComment,
    /// A line of a shown result that cannot be read.
    InvalidResult { fault: ResultFault },
    /// A part of the query below the result that it has.
    QueryBelowResult,
    /// A second `needs` on a page.
    DuplicateNeeds,
    /// Something of a chapter that may be skipped, which a later chapter depends on.
    DependsOnSkippable { what: Dependency, name: String, chapter: String },
    /// A comment that asks for something else than a check or `needs`.
    UnknownRequest { word: String },
    /// A check without a kind.
    MissingCheckKind,
    /// A check of an unknown kind.
    UnknownCheckKind { kind: String },
    /// A check that would pass on any answer or any file.
    CheckWithoutAssertion { owner: Owner },
    /// An expected scrape error of a target that is up.
    ErrorWithoutDown,
    /// A value that is not a duration.
    InvalidDuration { text: String },
    /// A duration of nothing, or of more than an hour.
    DurationOutOfRange { text: String },
    /// A value of `ready` that is nothing to wait for.
    InvalidReady { text: String },
    /// A value of `expect` that cannot be read.
    InvalidExpectation { fault: ExpectationFault },
    /// A value of `curve` that cannot be read.
    InvalidCurve { fault: ExpectationFault },
    /// An attribute of a plot on a query without one.
    AttributeWithoutPlot { key: &'static str },
    /// A range that has no step, or more of them than a plot may have.
    StepsOutOfRange { steps: u128, steps_max: u128 },
    /// Two plots of one name.
    DuplicatePlot { name: String },
    /// The address of a screenshot on a query without one.
    UrlWithoutScreenshot,
    /// A screenshot of a page on another machine.
    ForeignUrl { text: String },
    /// Two screenshots of one name.
    DuplicateScreenshot { name: String },
    /// A value of `health` other than `up` and `down`.
    InvalidHealth { text: String },
    /// A value that is not an `http://` URL.
    InvalidUrl { text: String },
    /// A value that is not the status of what is checked.
    InvalidStatus { text: String, owner: Owner },
    /// A value that is not a header.
    InvalidHeader { text: String },
    /// A value that is not a regular expression.
    InvalidRegex { text: String, cause: String },
}

/// Why a page cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// What the system says.
    Error(String),
    /// It is not text in UTF-8.
    NotText(NotText),
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unreadable::Error(cause) => f.write_str(cause),
            Unreadable::NotText(cause) => cause.fmt(f),
        }
    }
}

/// What there is in place of a closing fence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoEnd {
    /// Nothing.
    Nothing,
    /// The end of the list item or quote.
    EndOf(Container),
    /// A closing fence that is indented like code.
    Indented,
    /// Other marks, or too few.
    Marks(String),
    /// A closing fence outside the list item or quote.
    Outside(Container),
}

/// What a block can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// An item of a list.
    ListItem,
    /// A quote.
    Quote,
}

/// What an attribute belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// A block with `ignore`.
    Ignored,
    /// A file edit.
    Edit,
    /// A `console` block.
    Console,
    /// A `promql` block.
    Promql,
    /// A `promql` block with `plot`.
    Plot,
    /// A `promql` block with `screenshot`.
    Screenshot,
    /// Any other block.
    OtherBlock,
    /// A `check target` comment.
    TargetCheck,
    /// A `check http` comment.
    HttpCheck,
    /// A `check command=` comment.
    CommandCheck,
    /// A `check file=` comment.
    FileCheck,
    /// A `needs` comment.
    Needs,
}

/// What there is in place of a marker that is not found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nearest {
    /// The text to look in has this many lines, and none is similar to the marker.
    None(usize),
    /// These lines are similar to the marker.
    Lines(Vec<NumberedLine>),
    /// This line looks the same but consists of other characters.
    LooksTheSame {
        /// The line.
        line: NumberedLine,
        /// Characters that only the file has, as code points.
        theirs: String,
        /// Characters that only the marker has.
        ours: String,
    },
}
