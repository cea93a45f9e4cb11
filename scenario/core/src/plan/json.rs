//! The plan as data for other programs.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::plan::Plan;
use crate::plan::action::{Action, ActionKind, PlannedAction, Position, Resource};

/// What `plan --json` says of an action.
#[derive(Serialize)]
struct View<'a> {
    id: &'a str,
    kind: ActionKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<&'a str>,
    #[serde(flatten)]
    position: &'a Position,
    title: &'a str,
    #[serde(flatten)]
    detail: Option<Detail<'a>>,
    reads: &'a [Resource],
    changes: &'a [Resource],
    key: &'a str,
}

/// What only some kinds of action have.
#[derive(Serialize)]
#[serde(untagged)]
enum Detail<'a> {
    Edit {
        file: &'a str,
        verb: &'static str,
        text: &'a str,
    },
    Command {
        command: &'a str,
        status: i32,
        output: Vec<&'a str>,
        read_only: bool,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        writes: Vec<&'a str>,
    },
    Background {
        command: &'a str,
        name: &'a str,
    },
    Stop {
        name: &'a str,
    },
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut view = serializer.serialize_struct("Plan", 2)?;
        view.serialize_field("title", &self.scenario.title)?;
        view.serialize_field("steps", &self.steps)?;
        view.end()
    }
}

impl Serialize for PlannedAction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let detail = match &self.action {
            Action::Edit(planned) => Some(Detail::Edit {
                file: &planned.edit.path,
                verb: planned.edit.verb.name(),
                text: &planned.block.text,
            }),
            Action::Command(planned) => Some(Detail::Command {
                command: &planned.command.text,
                status: planned.command.status,
                output: planned.command.output.iter().map(|line| line.text.as_str()).collect(),
                read_only: planned.read_only,
                writes: planned.writes.iter().map(|file| file.path.as_str()).collect(),
            }),
            Action::Background(background) => {
                Some(Detail::Background { command: &background.command.text, name: &background.name })
            }
            Action::Stop { name } => Some(Detail::Stop { name }),
            Action::Check(_) | Action::Ignored { .. } => None,
        };
        let view = View {
            id: &self.id,
            kind: self.kind(),
            block: self.block.as_deref(),
            position: &self.position,
            title: &self.title,
            detail,
            reads: &self.reads,
            changes: &self.changes,
            key: &self.key,
        };
        view.serialize(serializer)
    }
}
