//! What would not work in a scenario: code, message, advice, and its place.
//!
//! This module finds no problems: `inspect` does. It draws no places: scenario-core does.

use std::ops::Range;

use scenario_core::excerpt::{self, Highlight, Style};
use scenario_core::source::{SourceFile, Sources, Span};

/// The most pages of a scenario to read.
pub const PAGES_MAX: usize = 10_000;
/// The most patterns of assets of a scenario to look for.
pub const PATTERNS_MAX: usize = 1000;
/// The most items of a pathway to read, with those of the pathways that it names.
pub const ITEMS_MAX: usize = 1000;
/// The most bytes of all pages together, and of all assets together.
pub const PAGES_BYTES_MAX: usize = 64 << 20;

/// Something that would not work.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Which of the pages of [`Problems`] it is in.
    pub place: Span,
    /// What it is.
    pub kind: Kind,
}

/// What would not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// index.json is not JSON.
    InvalidJson {
        /// What should be there.
        expected: &'static str,
    },
    /// A page is not there.
    MissingPage(String),
    /// A script or page of a role is not there.
    MissingFile(&'static str, String),
    /// A page has no text.
    EmptyPage(String),
    /// An asset is not there.
    AssetNotFound(String),
    /// An asset is beside the folder `assets`.
    AssetBesideAssets(String),
    /// index.json names no image for the machine.
    NoImage,
    /// An unknown key of `details`.
    UnknownKey(String),
    /// A key that an object of index.json has had before.
    DuplicateKey(String),
    /// A value of the wrong type in index.json or a pathway. It has no effect.
    Mistyped {
        /// Its key.
        key: String,
        /// The expected type.
        expected: &'static str,
        /// The type of the value.
        found: &'static str,
    },
    /// A path that leads out of the folder.
    Outside(String),
    /// A file that is too large.
    TooLarge(String, u64),
    /// A page or a pattern that is skipped, because a bound is reached.
    TooMuch(String),
    /// A file that cannot be read.
    Unreadable(String, String),
    /// Text that is not UTF-8.
    NotText,
    /// A pathway names a scenario that is not there.
    MissingScenario(String),
    /// An item of a pathway has no key that names a scenario.
    NoScenario,
    /// A pathway that names itself, perhaps by another one.
    Cycle(String),
    /// An item of a pathway that is skipped, because a bound is reached.
    TooManyItems,
    /// Braces behind code with no known action.
    UnknownAction {
        /// What is between the braces.
        words: String,
        /// What was meant.
        meant: Option<&'static str>,
    },
    /// An unknown word that is similar to a known one.
    MisspeltWord {
        /// The word.
        word: String,
        /// What was meant.
        meant: &'static str,
    },
    /// An action that belongs to no code.
    OrphanAction(String),
    /// An action on the first line of a fence.
    ActionOnOpening(String),
    /// An action behind no code.
    EmptyCommand,
    /// A fence that nothing closes.
    UnclosedFence,
    /// A `<pre>` without an end.
    UnclosedPre {
        /// Whether it is a block for a file.
        is_file: bool,
    },
    /// A comment without an end.
    UnclosedComment,
    /// Curly quotes in a tag.
    CurlyQuotes,
    /// A block that changes a file, without its name.
    NoFilename,
    /// A block with an unknown `data-target`.
    UnknownTarget(String),
    /// `insert` without a marker.
    NoMarker,
    /// The marker is not in the file.
    MarkerNotFound {
        /// The marker.
        marker: String,
        /// The file.
        file: String,
    },
}

impl Kind {
    /// The stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Kind::InvalidJson { .. } => "invalid-json",
            Kind::MissingPage(_) => "missing-page",
            Kind::MissingFile(role, _) => match *role {
                "background" => "missing-background",
                "foreground" => "missing-foreground",
                "verify" => "missing-verify",
                "answer" => "missing-answer",
                _ => "missing-hint",
            },
            Kind::EmptyPage(_) => "empty-page",
            Kind::AssetNotFound(_) => "asset-not-found",
            Kind::AssetBesideAssets(_) => "asset-beside-assets",
            Kind::NoImage => "no-imageid",
            Kind::UnknownKey(_) => "unknown-details-key",
            Kind::DuplicateKey(_) => "duplicate-key",
            Kind::Mistyped { .. } => "wrong-type",
            Kind::Outside(_) => "outside-folder",
            Kind::TooLarge(..) => "too-large",
            Kind::TooMuch(_) => "too-much",
            Kind::Unreadable(..) => "unreadable-file",
            Kind::NotText => "not-utf8",
            Kind::MissingScenario(_) => "missing-scenario",
            Kind::NoScenario => "no-scenario",
            Kind::Cycle(_) => "cycle",
            Kind::TooManyItems => "too-much",
            Kind::UnknownAction { .. } => "unknown-action",
            Kind::MisspeltWord { .. } => "misspelt-word",
            Kind::OrphanAction(_) => "orphan-action",
            Kind::ActionOnOpening(_) => "action-on-opening-fence",
            Kind::EmptyCommand => "empty-command",
            Kind::UnclosedFence => "unclosed-fence",
            Kind::UnclosedPre { .. } => "unclosed-pre",
            Kind::UnclosedComment => "unclosed-comment",
            Kind::CurlyQuotes => "curly-quotes",
            Kind::NoFilename => "no-filename",
            Kind::UnknownTarget(_) => "unknown-target",
            Kind::NoMarker => "no-marker",
            Kind::MarkerNotFound { .. } => "marker-not-found",
        }
    }

    /// What is wrong, in a line.
    pub fn message(&self) -> String {
        match self {
            Kind::InvalidJson { expected } => format!("invalid JSON: expected {expected}"),
            Kind::MissingPage(path) => format!("page `{path}` not found"),
            Kind::MissingFile(role, path) => format!("{role} file `{path}` not found"),
            Kind::EmptyPage(path) => format!("page `{path}` is empty"),
            Kind::AssetNotFound(path) => format!("asset `{path}` not found in `assets`"),
            Kind::AssetBesideAssets(path) => {
                format!("asset `{path}` is beside the folder `assets`, not in it")
            }
            Kind::NoImage => "no `imageid` in `backend`".to_owned(),
            Kind::UnknownKey(key) => format!("unknown key `{key}` in `details`"),
            Kind::DuplicateKey(key) => format!("key `{key}` again"),
            Kind::Mistyped { key, expected, found } => {
                format!("wrong type of `{key}`: expected {expected}, found {found}")
            }
            Kind::Outside(path) => format!("`{path}` leads out of the given folder"),
            Kind::TooLarge(path, bytes) => format!("`{path}` has {bytes} bytes, and at most 4 MiB are read"),
            Kind::TooMuch(path) => {
                format!(
                    "`{path}` was skipped: at most {PAGES_MAX} pages, 64 MiB and {PATTERNS_MAX} patterns are read"
                )
            }
            Kind::Unreadable(path, cause) => format!("`{path}` cannot be read: {cause}"),
            Kind::NotText => "text that is not UTF-8".to_owned(),
            Kind::MissingScenario(path) => format!("scenario `{path}` not found"),
            Kind::NoScenario => "item without a scenario".to_owned(),
            Kind::Cycle(path) => format!("pathway `{path}` names itself"),
            Kind::TooManyItems => {
                format!("item was skipped: at most {ITEMS_MAX} items of a pathway are read")
            }
            Kind::UnknownAction { words, .. } => format!("unknown action `{words}`"),
            Kind::MisspeltWord { word, .. } => format!("unknown word `{word}` in an action"),
            Kind::OrphanAction(words) => format!("action `{words}` without code before it"),
            Kind::ActionOnOpening(words) => format!("action `{words}` on the first line of a code block"),
            Kind::EmptyCommand => "action without a command".to_owned(),
            Kind::UnclosedFence => "code block is not closed".to_owned(),
            Kind::UnclosedPre { .. } => "`<pre>` is not closed".to_owned(),
            Kind::UnclosedComment => "comment is not closed".to_owned(),
            Kind::CurlyQuotes => "curly quotes in a tag".to_owned(),
            Kind::NoFilename => "block for a file without `data-filename`".to_owned(),
            Kind::UnknownTarget(target) => format!("unknown `data-target` `{target}`"),
            Kind::NoMarker => "`data-target=\"insert\"` without `data-marker`".to_owned(),
            Kind::MarkerNotFound { marker, file } => format!("marker `{marker}` not found in `{file}`"),
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Kind::InvalidJson { .. } => {
                "correct the file; a comma before a closing bracket is accepted".into()
            }
            Kind::MissingPage(_) | Kind::MissingFile(..) => "add the file, or correct its name".into(),
            Kind::EmptyPage(_) => "write the page, or take it out of index.json".into(),
            Kind::AssetNotFound(_) => "add the file to the folder `assets`, or correct its name".into(),
            Kind::AssetBesideAssets(_) => "move the file into the folder `assets`".into(),
            Kind::NoImage => "name the image of the machine, such as `ubuntu`".into(),
            Kind::UnknownKey(_) => "expected `steps`, `intro`, `finish`, `assets`".into(),
            Kind::DuplicateKey(_) => "remove one of them; only the last has an effect".into(),
            Kind::Mistyped { expected, .. } => format!("write {expected}; this value has no effect"),
            Kind::Outside(_) => "only files below the given folder are read".into(),
            Kind::TooLarge(..) => "split the file".into(),
            Kind::TooMuch(_) => "split the scenario".into(),
            Kind::Unreadable(..) => "check the permissions of the file".into(),
            Kind::NotText => "save the file as UTF-8".into(),
            Kind::MissingScenario(_) => "add the folder with its index.json, or correct its name".into(),
            Kind::NoScenario => "expected `course_id`, `id`, `path` or `external_link`".into(),
            Kind::Cycle(_) => "remove the item from one of the pathways".into(),
            Kind::TooManyItems => "split the pathway".into(),
            Kind::UnknownAction { meant: Some(meant), .. } | Kind::MisspeltWord { meant, .. } => {
                format!("did you mean `{meant}`?")
            }
            Kind::UnknownAction { .. } => "expected `execute`, `exec`, `copy` or `open`".into(),
            Kind::OrphanAction(_) => "put it directly behind the backticks of the code".into(),
            Kind::ActionOnOpening(_) => "put it behind the fence that closes the block".into(),
            Kind::EmptyCommand => "write the command between the backticks, or remove the action".into(),
            Kind::UnclosedFence => "close it with a line of as many characters as it begins with".into(),
            Kind::UnclosedPre { .. } => "close it with `</pre>`".into(),
            Kind::UnclosedComment => "close it with `-->`".into(),
            Kind::CurlyQuotes => "write straight quotes; these are part of the value".into(),
            Kind::NoFilename => "name the file, as in `data-filename=\"app.py\"`".into(),
            Kind::UnknownTarget(_) => {
                "expected `replace`, `append`, `prepend`, `insert` or `clipboard`".into()
            }
            Kind::NoMarker => "name the text that the block replaces, as in `data-marker=\"# here\"`".into(),
            Kind::MarkerNotFound { .. } => {
                "the marker must be in the file as the blocks before have left it".into()
            }
        }
    }

    /// Its line in the `errors` of a scenario, if it has one: the code with `_`, and what it is about.
    pub fn error(&self, page: &str) -> Option<String> {
        let about = match self {
            Kind::MissingPage(path)
            | Kind::MissingFile(_, path)
            | Kind::EmptyPage(path)
            | Kind::AssetNotFound(path)
            | Kind::AssetBesideAssets(path)
            | Kind::Outside(path)
            | Kind::TooLarge(path, _)
            | Kind::TooMuch(path)
            | Kind::Unreadable(path, _)
            | Kind::UnknownKey(path) => path.clone(),
            Kind::UnknownAction { words, .. } => format!("{page}: {words}"),
            Kind::UnclosedPre { is_file: false } => return None,
            Kind::InvalidJson { .. }
            | Kind::NoFilename
            | Kind::EmptyCommand
            | Kind::UnclosedPre { .. }
            | Kind::MarkerNotFound { .. } => page.to_owned(),
            Kind::NoImage => return Some("no_imageid".to_owned()),
            _ => return None,
        };
        Some(format!("{}: {about}", self.code().replace('-', "_")))
    }
}

/// The problems of a scenario, and the pages that they are in.
#[derive(Debug, Default)]
pub struct Problems {
    /// The problems, in the order in which they were found.
    pub list: Vec<Problem>,
    /// The pages with problems.
    pub sources: Sources,
}

impl Problems {
    /// Adds what was found in one file.
    pub fn add(&mut self, path: &str, text: &str, found: Vec<(Range<usize>, Kind)>) {
        if found.is_empty() {
            return;
        }
        let page = self.sources.add(SourceFile::new(path, text));
        let problems = found.into_iter().map(|(range, kind)| Problem { place: Span::new(page, range), kind });
        self.list.extend(problems);
    }

    /// A problem as `file:line:column: message`.
    pub fn line(&self, problem: &Problem) -> String {
        format!("{}: {}", self.sources.location(problem.place), visible(&problem.kind.message()))
    }

    /// A problem with its line, marked, and what to do.
    pub fn render(&self, problem: &Problem, style: Style) -> String {
        let marks = [Highlight { span: problem.place, text: "" }];
        let help = problem.kind.help();
        excerpt::error(
            &self.sources,
            problem.kind.code(),
            &visible(&problem.kind.message()),
            &marks,
            &[&help],
            style,
        )
    }
}

/// A message on one line, without control characters, and cut if it is long.
fn visible(message: &str) -> String {
    const CHARS_MAX: usize = 200;
    let mut out: String =
        message.chars().take(CHARS_MAX).map(|c| if c.is_control() { '�' } else { c }).collect();
    if message.chars().nth(CHARS_MAX).is_some() {
        out.push('…');
    }
    out
}
