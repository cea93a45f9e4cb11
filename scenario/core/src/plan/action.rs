//! One action of the plan: what it is, where the page says so, what it reads and what it changes.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{
    BackgroundCommand, Block, Check, CommandLine, Commands, Effect, FileEdit, Readiness, Scenario, Verb,
    WrittenFile,
};
use crate::source::Span;

/// One thing to do.
#[derive(Debug, Clone)]
pub struct PlannedAction {
    /// Names it as long as its text stays.
    pub id: String,
    /// The id of the block that it is part of; a hidden check has none.
    pub block: Option<String>,
    /// What is done.
    pub action: Action,
    /// One line for a person.
    pub title: String,
    /// Where the page says so, for a person.
    pub position: Position,
    /// The same place in the sources.
    pub span: Span,
    /// What it depends on, as far as the page says so.
    pub reads: Vec<Resource>,
    /// What it changes, as far as the page says so.
    pub changes: Vec<Resource>,
    /// Changes with the action itself, and with everything before it that it depends on.
    pub key: String,
}

/// What is done.
#[derive(Debug, Clone)]
pub enum Action {
    /// A file is changed.
    Edit(Box<PlannedEdit>),
    /// A command runs to its end.
    Command(Box<PlannedCommand>),
    /// A command is started and keeps running.
    Background(Box<BackgroundCommand>),
    /// A background process is ended.
    Stop {
        /// Its name.
        name: String,
    },
    /// Something is asked.
    Check(Box<Check>),
    /// Nothing is done.
    Ignored {
        /// The author's reason.
        why: String,
    },
}

/// A change of a file.
#[derive(Debug, Clone)]
pub struct PlannedEdit {
    /// The change.
    pub edit: FileEdit,
    /// The block with the text.
    pub block: Block,
}

/// A command that runs to its end, with what its block says of it.
#[derive(Debug, Clone)]
pub struct PlannedCommand {
    /// The command.
    pub command: CommandLine,
    /// The port that must be free before it, because what it starts will listen there.
    pub port: Option<u16>,
    /// What must answer after it: the last command of a block waits for what the block has started.
    pub ready: Option<Readiness>,
    /// The containers that its block starts.
    pub containers: Vec<String>,
    /// Whether the page says that it changes nothing that a later step needs.
    pub read_only: bool,
    /// How long it is repeated until it prints what the page shows.
    pub repeat: Option<Duration>,
    /// The files of the book that its block writes.
    pub writes: Vec<WrittenFile>,
}

/// The kinds of action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActionKind {
    /// A file is changed.
    Edit,
    /// A command runs to its end.
    Command,
    /// A command is started and keeps running.
    Background,
    /// A background process is ended.
    Stop,
    /// Something is asked.
    Check,
    /// Nothing is done.
    Ignored,
    /// The files of the last step are compared with a folder.
    Result,
    /// A mistake in an exercise is made, to see that it is noticed.
    Mistake,
}

/// A place in a page, counted from 1, the column in characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Position {
    /// The page, as messages show it.
    pub path: String,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Position {
    /// The place of a span.
    pub(crate) fn of(scenario: &Scenario, span: Span) -> Position {
        let at = scenario.sources.location(span);
        Position { path: at.path.display().to_string(), line: at.line, column: at.column }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path, self.line, self.column)
    }
}

/// Something that an action depends on or changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Resource {
    /// A file that the book writes.
    File(String),
    /// A container image.
    Image(String),
    /// A container.
    Container(String),
    /// A background process.
    Process(String),
    /// Any file of the workspace, and anything that earlier commands have made.
    Workspace,
}

impl ActionKind {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            ActionKind::Edit => "edit",
            ActionKind::Command => "command",
            ActionKind::Background => "background",
            ActionKind::Stop => "stop",
            ActionKind::Check => "check",
            ActionKind::Ignored => "ignored",
            ActionKind::Result => "result",
            ActionKind::Mistake => "mistake",
        }
    }
}

impl PlannedCommand {
    /// The commands of a block; `is_started` says whether an earlier one starts a container or a background process that
    /// is ready at a port.
    pub(super) fn all_of<'a>(
        block: &'a Commands,
        is_started: &'a dyn Fn(u16) -> bool,
    ) -> impl Iterator<Item = PlannedCommand> + 'a {
        let starts = |command: &CommandLine| match &command.effect {
            Effect::Run { name, .. } => Some(name.clone()),
            _ => None,
        };
        let containers: Vec<String> = block.commands.iter().filter_map(starts).collect();
        let last = block.commands.len().saturating_sub(1);
        block.commands.iter().enumerate().map(move |(index, command)| {
            let ready = block.ready.clone().filter(|_| index == last);
            let port = match starts(command) {
                Some(_) => block.ready.as_ref().and_then(Readiness::port),
                // What it starts without a container engine will listen there.
                None => ready.as_ref().and_then(Readiness::port).filter(|port| !is_started(*port)),
            };
            PlannedCommand {
                command: command.clone(),
                port,
                ready,
                containers: containers.clone(),
                read_only: block.read_only,
                repeat: block.repeat.filter(|_| !command.output.is_empty()),
                writes: block.writes.clone(),
            }
        })
    }
}

impl PlannedAction {
    /// Its kind.
    pub fn kind(&self) -> ActionKind {
        self.action.kind()
    }

    /// Whether it runs, starts or ends something.
    pub fn is_command(&self) -> bool {
        self.command().is_some() || self.kind() == ActionKind::Stop
    }

    /// The check that it asks.
    pub fn check(&self) -> Option<&Check> {
        match &self.action {
            Action::Check(check) => Some(check),
            _ => None,
        }
    }

    /// The command that it runs or starts.
    pub fn command(&self) -> Option<&CommandLine> {
        match &self.action {
            Action::Command(planned) => Some(&planned.command),
            Action::Background(background) => Some(&background.command),
            Action::Edit(_) | Action::Stop { .. } | Action::Check(_) | Action::Ignored { .. } => None,
        }
    }

    /// Whether it is a command that changes nothing that a later step needs, as the page says.
    pub fn is_read_only(&self) -> bool {
        matches!(&self.action, Action::Command(planned) if planned.read_only)
    }

    /// Whether it changes what is built or runs.
    pub fn changes_world(&self) -> bool {
        self.changes.iter().any(|change| !matches!(change, Resource::File(_)))
    }

    /// The files of the book that its words name.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.reads.iter().filter_map(|resource| match resource {
            Resource::File(path) => Some(path.as_str()),
            _ => None,
        })
    }
}

impl Action {
    /// Its kind.
    pub fn kind(&self) -> ActionKind {
        match self {
            Action::Edit(_) => ActionKind::Edit,
            Action::Command(_) => ActionKind::Command,
            Action::Background(_) => ActionKind::Background,
            Action::Stop { .. } => ActionKind::Stop,
            Action::Check(_) => ActionKind::Check,
            Action::Ignored { .. } => ActionKind::Ignored,
        }
    }

    pub(super) fn title(&self) -> String {
        match self {
            Action::Edit(planned) => match &planned.edit {
                FileEdit { path, verb: Verb::Write, .. } => format!("write `{path}`"),
                FileEdit { path, verb, .. } => format!("edit `{path}` ({})", verb.name()),
            },
            Action::Command(planned) => planned.command.text.replace('\n', " "),
            Action::Background(background) => background.command.text.replace('\n', " "),
            Action::Stop { name } => format!("stop `{name}`"),
            Action::Check(check) => check.title(),
            Action::Ignored { why, .. } => format!("a block that is not run: {why}"),
        }
    }

    pub(super) fn changes(&self) -> Vec<Resource> {
        match self {
            Action::Edit(planned) => vec![Resource::File(planned.edit.path.clone())],
            Action::Background(background) => vec![Resource::Process(background.name.clone())],
            Action::Stop { name } => vec![Resource::Process(name.clone())],
            Action::Command(planned) => {
                let files = planned.writes.iter().map(|file| Resource::File(file.path.clone()));
                let mut changes: Vec<Resource> = match &planned.command.effect {
                    Effect::None => Vec::new(),
                    Effect::Build { tag } => vec![Resource::Image(tag.clone())],
                    Effect::Run { name, .. } => vec![Resource::Container(name.clone())],
                    Effect::Stop { names } | Effect::Remove { names } => {
                        names.iter().cloned().map(Resource::Container).collect()
                    }
                };
                changes.extend(files);
                changes
            }
            Action::Check(_) | Action::Ignored { .. } => Vec::new(),
        }
    }
}
