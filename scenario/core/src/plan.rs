//! What a run will do, in order. The runner, `plan --json` and the lab's buttons go by this one list.

use serde::{Deserialize, Serialize};

use crate::check;
use crate::model::{
    BackgroundCommand, Block, BlockKind, Check, CommandLine, Commands, Effect, FileEdit, Scenario, Step, Verb,
};
use crate::source::Span;

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
    /// Something is asked.
    Check,
    /// Nothing is done.
    Ignored,
    /// The files of the last step are compared with a folder.
    Result,
}

impl ActionKind {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            ActionKind::Edit => "edit",
            ActionKind::Command => "command",
            ActionKind::Background => "background",
            ActionKind::Check => "check",
            ActionKind::Ignored => "ignored",
            ActionKind::Result => "result",
        }
    }
}

/// One thing to do.
#[derive(Debug, Clone, Copy)]
pub enum Action<'a> {
    /// Change a file.
    Edit(&'a Block, &'a FileEdit),
    /// Run a command to its end; the flag says whether it is the last of its block.
    Command(&'a Commands, &'a CommandLine, bool),
    /// Start a command that keeps running under a name.
    Background(&'a BackgroundCommand),
    /// Ask whether something is as it should be.
    Check(&'a Check),
    /// Do nothing, for a reason that the page gives.
    Ignored(&'a Block, &'a str),
}

/// Everything that a step does, in order: its blocks as they stand on the page, then its hidden checks.
pub fn actions(step: &Step) -> Vec<Action<'_>> {
    let mut actions = Vec::new();
    for block in &step.blocks {
        match &block.kind {
            BlockKind::Edit(edit) => actions.push(Action::Edit(block, edit)),
            BlockKind::Ignored(why) => actions.push(Action::Ignored(block, why)),
            BlockKind::Query(check) => actions.push(Action::Check(check)),
            BlockKind::Background(background) => actions.push(Action::Background(background)),
            BlockKind::Commands(block) => {
                let last = block.commands.len().saturating_sub(1);
                let each = block.commands.iter().enumerate();
                actions.extend(each.map(|(index, command)| Action::Command(block, command, index == last)));
            }
        }
    }
    actions.extend(step.checks.iter().map(Action::Check));
    actions
}

impl Action<'_> {
    /// Names it as long as its text stays.
    pub fn id(&self) -> &str {
        match self {
            Action::Edit(block, _) | Action::Ignored(block, _) => &block.id,
            Action::Command(_, command, _) => &command.id,
            Action::Background(background) => &background.command.id,
            Action::Check(check) => &check.id,
        }
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Action::Edit(block, _) | Action::Ignored(block, _) => block.fence,
            Action::Command(_, command, _) => command.span,
            Action::Background(background) => background.command.span,
            Action::Check(check) => check.span,
        }
    }

    /// Its kind.
    pub fn kind(&self) -> ActionKind {
        match self {
            Action::Edit(..) => ActionKind::Edit,
            Action::Command(..) => ActionKind::Command,
            Action::Background(..) => ActionKind::Background,
            Action::Check(_) => ActionKind::Check,
            Action::Ignored(..) => ActionKind::Ignored,
        }
    }

    /// Whether it runs something, in the foreground or the background.
    pub fn is_command(&self) -> bool {
        matches!(self, Action::Command(..) | Action::Background(..))
    }

    /// Whether it changes what is built or runs.
    pub fn changes_world(&self) -> bool {
        match self {
            Action::Background(_) => true,
            Action::Command(_, command, _) => command.effect != Effect::None,
            Action::Edit(..) | Action::Check(_) | Action::Ignored(..) => false,
        }
    }

    /// One line for a person.
    pub fn title(&self) -> String {
        match self {
            Action::Edit(_, edit) => match edit.verb {
                Verb::Write => format!("write `{}`", edit.path),
                ref verb => format!("edit `{}` ({})", edit.path, verb.name()),
            },
            Action::Command(_, command, _) => command.text.replace('\n', " "),
            Action::Background(background) => background.command.text.replace('\n', " "),
            Action::Check(check) => check::title(check),
            Action::Ignored(_, why) => format!("a block that is not run: {why}"),
        }
    }
}

/// The plan as data for other programs.
#[derive(Debug, Serialize)]
pub struct PlanView<'a> {
    title: &'a str,
    steps: Vec<StepView<'a>>,
}

#[derive(Debug, Serialize)]
struct StepView<'a> {
    number: usize,
    title: &'a str,
    page: String,
    actions: Vec<ActionView<'a>>,
}

#[derive(Debug, Serialize)]
struct ActionView<'a> {
    id: &'a str,
    kind: ActionKind,
    line: usize,
    column: usize,
    title: String,
    #[serde(flatten)]
    detail: Option<Detail<'a>>,
}

/// What only some kinds of action have.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Detail<'a> {
    Edit { file: &'a str, verb: &'static str, text: &'a str },
    Command { command: &'a str, status: i32, output: Vec<&'a str> },
    Background { command: &'a str, name: &'a str },
}

/// The plan of a whole scenario, or of one step of it.
pub fn view(scenario: &Scenario, only: Option<usize>) -> PlanView<'_> {
    let steps = scenario.steps.iter().filter(|step| only.is_none_or(|number| number == step.number));
    PlanView { title: &scenario.title, steps: steps.map(|step| step_view(scenario, step)).collect() }
}

fn step_view<'a>(scenario: &'a Scenario, step: &'a Step) -> StepView<'a> {
    let page = scenario.sources.pages[step.page].path.display().to_string();
    let actions = actions(step)
        .into_iter()
        .map(|action| {
            let at = scenario.sources.location(action.span());
            let (id, detail) = match action {
                Action::Edit(block, edit) => {
                    let detail = Detail::Edit { file: &edit.path, verb: edit.verb.name(), text: &block.text };
                    (block.id.as_str(), Some(detail))
                }
                Action::Command(_, command, _) => {
                    let output = command.output.iter().map(|line| line.text.as_str()).collect();
                    let detail = Detail::Command { command: &command.text, status: command.status, output };
                    (command.id.as_str(), Some(detail))
                }
                Action::Background(BackgroundCommand { name, command, .. }) => {
                    (command.id.as_str(), Some(Detail::Background { command: &command.text, name }))
                }
                Action::Check(check) => (check.id.as_str(), None),
                Action::Ignored(block, _) => (block.id.as_str(), None),
            };
            let (line, column) = (at.line, at.column);
            ActionView { id, kind: action.kind(), line, column, title: action.title(), detail }
        })
        .collect();
    StepView { number: step.number, title: &step.title, page, actions }
}
