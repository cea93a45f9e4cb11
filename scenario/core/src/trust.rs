//! Whether the user has agreed to what an imported book runs.
//!
//! What was agreed to is remembered by the digest of all that the book runs and writes, in the user's state folder: never
//! in the book or in a workspace, which can be somebody else's. Prose, titles and expected output are not part of it.
//! Nobody is asked here.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::digest::digest;
use crate::disk;
use crate::error::{Error, ErrorKind, PathContext, Result};
use crate::model::{Check, CheckKind};
use crate::plan::{Action, Plan, PlannedAction, PlannedStep, Position};
use crate::state::state_dir;

/// How many items a refusal lists.
const LISTED_MAX: usize = 5;
/// How many characters of each.
const LINE_CHARS_MAX: usize = 120;

/// All that an imported book runs, asks and writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runs {
    /// Changes with each of these.
    pub digest: String,
    /// In the order of the book.
    pub items: Vec<Item>,
}

/// One command, file or check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// One line for a person.
    pub title: String,
    /// All of it: the command, the text of the file, what is asked.
    pub text: String,
    /// Where the book says so.
    pub position: Position,
}

/// The kinds of what a book runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    /// A command runs, in the foreground or in the background.
    Command,
    /// A file is written or changed.
    File,
    /// Something is asked: a command, a URL, a file or Prometheus.
    Check,
}

impl ItemKind {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            ItemKind::Command => "command",
            ItemKind::File => "file",
            ItemKind::Check => "check",
        }
    }
}

impl Runs {
    /// What a book runs; nothing for one that was not imported, which needs no agreement.
    pub fn of(plan: &Plan) -> Option<Runs> {
        if !plan.scenario.imported {
            return None;
        }
        let needs = &plan.scenario.needs;
        let mut items = Vec::new();
        // Each part says what it is, so that none can stand for another one.
        let mut parts: Vec<String> =
            std::iter::once(needs.len().to_string()).chain(needs.iter().cloned()).collect();
        for (path, from) in plan.scenario.seeds() {
            // One that is not there may come later, and is then another text.
            let bytes = std::fs::read(&from).unwrap_or_default();
            if from.is_file() {
                items.push(seed(&path, &from, &bytes));
            }
            parts.extend(["seed".to_owned(), path, digest(&bytes, 32)]);
        }
        for step in &plan.steps {
            if let Some(needs) = &step.needs {
                let position = plan.scenario.sources.location(needs.span);
                let (path, line, column) =
                    (position.path.display().to_string(), position.line, position.column);
                parts.extend(["needs".to_owned(), needs.command.clone()]);
                items.push(Item {
                    kind: ItemKind::Command,
                    title: needs.command.replace('\n', " "),
                    text: needs.command.clone(),
                    position: Position { path, line, column },
                });
            }
            for action in actions_of(step) {
                if let Some((kind, details)) = details(action) {
                    // The last one is the text itself.
                    let text = details.last().cloned().unwrap_or_default();
                    let (title, position) = (action.title.clone(), action.position.clone());
                    parts.extend(
                        [kind.name().to_owned(), details.len().to_string()].into_iter().chain(details),
                    );
                    items.push(Item { kind, title, text, position });
                }
            }
        }
        // Set apart by their lengths, no two lists of texts look the same.
        let all = parts.iter().fold(String::new(), |mut all, part| {
            let _ = write!(all, "{}:{part}", part.len());
            all
        });
        Some(Runs { digest: digest(all.as_bytes(), 32), items })
    }

    /// Whether the user has agreed to exactly this.
    pub fn is_trusted(&self) -> bool {
        self.place().is_file()
    }

    /// Remembers that the user has agreed to this.
    ///
    /// # Errors
    ///
    /// The state folder cannot be written.
    pub fn trust(&self) -> Result<()> {
        let place = self.place();
        let folder = place.parent().unwrap_or(&place);
        std::fs::create_dir_all(folder).on_path("create", folder)?;
        disk::replace(&place, format!("{}\n", self.counts()).as_bytes()).on_path("write", &place)
    }

    /// How many there are of each kind, in words.
    pub fn counts(&self) -> String {
        let count = |kind: ItemKind| {
            let number = self.items.iter().filter(|item| item.kind == kind).count();
            format!("{number} {}{}", kind.name(), if number == 1 { "" } else { "s" })
        };
        [ItemKind::Command, ItemKind::File, ItemKind::Check].map(count).join(", ")
    }

    fn place(&self) -> PathBuf {
        state_dir().join("trusted").join(&self.digest)
    }

    /// The refusal to run this; `front` is the words before a command, and `again` those that agree.
    fn refusal(&self, front: &str, again: &str) -> Error {
        let mut message = format!(
            "the book was imported, and you have not agreed yet to what it runs: {}; nothing was run",
            self.counts()
        );
        for item in self.items.iter().take(LISTED_MAX) {
            let title: String = item.title.chars().take(LINE_CHARS_MAX).collect();
            let cut = if title.len() < item.title.len() { " ..." } else { "" };
            let Position { path, line, .. } = &item.position;
            let _ = write!(message, "\n  {:<8} {title}{cut}  ({path}:{line})", item.kind.name());
        }
        let more = self.items.len().saturating_sub(LISTED_MAX);
        if more > 0 {
            let _ = write!(message, "\n  and {more} more");
        }
        Error::of(ErrorKind::Untrusted, message)
            .with_help(format!("`{front} plan` lists all of it; read it and the pages, then run `{again}`"))
    }
}

/// Refuses a book that was imported as long as the user has not agreed to what it runs.
///
/// # Errors
///
/// It is such a book: what it would run, and how to agree.
pub fn require(plan: &Plan, front: &str, again: &str) -> Result<()> {
    match Runs::of(plan) {
        Some(runs) if !runs.is_trusted() => Err(runs.refusal(front, again)),
        _ => Ok(()),
    }
}

/// The actions of a step, of its exercises, and of their mistakes.
fn actions_of(step: &PlannedStep) -> impl Iterator<Item = &PlannedAction> {
    let exercises = step.exercises.iter().flat_map(|exercise| {
        exercise.actions.iter().chain(exercise.mistakes.iter().flat_map(|mistake| &mistake.actions))
    });
    step.actions.iter().chain(exercises)
}

/// A file that the book brings, which is put in place before the commands run.
fn seed(path: &str, from: &Path, bytes: &[u8]) -> Item {
    let position = Position { path: from.display().to_string(), line: 1, column: 1 };
    let text = String::from_utf8_lossy(bytes).into_owned();
    Item { kind: ItemKind::File, title: format!("write `{path}`"), text, position }
}

/// All that determines what an action does to this machine, its text last; nothing for one that does nothing.
fn details(action: &PlannedAction) -> Option<(ItemKind, Vec<String>)> {
    match &action.action {
        Action::Edit(planned) => {
            let (edit, text) = (&planned.edit, &planned.block.text);
            let markers = edit.verb.markers().into_iter().map(|marker| marker.text.clone());
            let place = [edit.path.clone(), edit.verb.name().to_owned()];
            Some((ItemKind::File, place.into_iter().chain(markers).chain([text.clone()]).collect()))
        }
        Action::Command(planned) => {
            let (ready, command) = (format!("{:?}", planned.ready), &planned.command);
            Some((ItemKind::Command, vec![ready, command.terminal.clone(), command.text.clone()]))
        }
        Action::Background(background) => {
            let (ready, command) = (format!("{:?}", background.ready), &background.command);
            Some((ItemKind::Command, vec![ready, background.name.clone(), command.text.clone()]))
        }
        Action::Stop { name } => Some((ItemKind::Command, vec![format!("stop {name}")])),
        Action::Check(check) => Some((ItemKind::Check, asked(check))),
        Action::Ignored { .. } => None,
    }
}

/// What a check asks; what it expects does nothing.
fn asked(check: &Check) -> Vec<String> {
    let (kind, asked) = match &check.kind {
        CheckKind::Target { job, .. } => ("target", job),
        CheckKind::Http { url, .. } => ("http", url),
        CheckKind::Command { command, .. } => ("command", command),
        CheckKind::File { path, .. } => ("file", path),
        CheckKind::Promql { query, .. } => ("promql", query),
    };
    let screenshot = check.screenshot.as_ref().map(|screenshot| screenshot.url.clone());
    vec![kind.to_owned(), screenshot.unwrap_or_default(), asked.clone()]
}
