//! The plan as pages see it, with the states of its blocks and checks.

use scenario_core::model::{self, Health};
use scenario_core::plan::{Action, PlannedAction, PlannedExercise, PlannedStep, in_blocks, main_action};

use crate::book::RenderedBook;
use crate::learner::Learner;
use crate::message::{Block, BlockKind, Check, CheckKind, CheckState, Exercise, Step};

/// A step, with its blocks and checks.
pub(crate) fn step(book: &RenderedBook, step: &PlannedStep, learner: &Learner) -> Step {
    Step {
        number: step.number,
        label: step.label.clone(),
        title: step.title.clone(),
        page: book.page(step),
        blocks: step.blocks().filter_map(|(id, actions)| block(id, actions, learner)).collect(),
        checks: step.lasting_checks().map(|(_, check)| self::check(check, learner)).collect(),
        exercises: step.exercises.iter().map(|one| exercise(one, learner)).collect(),
        done: learner.progress.done.contains(&step.number),
    }
}

/// An exercise, with the blocks of its solution and its checks.
fn exercise(exercise: &PlannedExercise, learner: &Learner) -> Exercise {
    let checks = exercise.actions.iter().filter_map(|action| match &action.action {
        Action::Check(check) if action.block.is_none() => Some(self::check(check, learner)),
        _ => None,
    });
    Exercise {
        name: exercise.name.clone(),
        blocks: in_blocks(&exercise.actions)
            .filter_map(|(id, actions)| block(id, actions, learner))
            .collect(),
        checks: checks.collect(),
    }
}

/// A block with its state; `None` for a block without actions.
pub(crate) fn block(id: &str, actions: &[PlannedAction], learner: &Learner) -> Option<Block> {
    let kind = match &main_action(actions)?.action {
        Action::Edit(planned) => {
            BlockKind::Edit { file: planned.edit.path.clone(), verb: planned.edit.verb.name() }
        }
        Action::Command(planned) => {
            BlockKind::Command { commands: commands(actions), terminal: planned.command.terminal.clone() }
        }
        Action::Stop { .. } => {
            BlockKind::Command { commands: commands(actions), terminal: model::FIRST_TERMINAL.to_owned() }
        }
        Action::Background(background) => {
            BlockKind::Background { commands: commands(actions), name: background.name.clone() }
        }
        Action::Check(check) => {
            BlockKind::Query { query: query(check), check: check.id.clone(), shown: shown(check) }
        }
        Action::Ignored { .. } => BlockKind::Ignored,
    };
    let used = learner.progress.used.contains(id);
    Some(Block { id: id.to_owned(), kind, used, state: learner.blocks.get(id).cloned() })
}

/// The text of each command of a block.
fn commands(actions: &[PlannedAction]) -> Vec<String> {
    let text = |action: &PlannedAction| action.command().map(|command| command.text.clone());
    actions.iter().filter_map(text).collect()
}

/// The expression that a check asks Prometheus for; of another check its title.
fn query(check: &model::Check) -> String {
    match &check.kind {
        model::CheckKind::Promql { query, .. } => query.clone(),
        _ => check.title(),
    }
}

/// What a page shows of the result of a query, line by line; else what it expects of it.
fn shown(check: &model::Check) -> Vec<String> {
    match &check.kind {
        model::CheckKind::Promql { expect: model::Expect::Shown(shown), .. } => {
            let samples = shown.samples.iter().map(ToString::to_string);
            samples.chain(shown.more.then(|| "...".to_owned())).collect()
        }
        model::CheckKind::Promql { expect, .. } => vec![expect.to_string()],
        _ => Vec::new(),
    }
}

/// A check with its last result.
pub(crate) fn check(check: &model::Check, learner: &Learner) -> Check {
    learner.checks.get(&check.id).cloned().unwrap_or_else(|| unchecked(check))
}

/// A check without a result.
pub(crate) fn unchecked(check: &model::Check) -> Check {
    let kind = match &check.kind {
        model::CheckKind::Http { .. } => CheckKind::Http,
        model::CheckKind::Target { health: Health::Up, .. } => CheckKind::Up,
        model::CheckKind::Target { .. } => CheckKind::Target,
        model::CheckKind::Promql { .. } => CheckKind::Query,
        model::CheckKind::Command { .. } => CheckKind::Command,
        model::CheckKind::File { .. } => CheckKind::File,
    };
    let empty = String::new;
    Check {
        id: check.id.clone(),
        kind,
        title: check.title(),
        state: CheckState::Unknown,
        text: empty(),
        expected: empty(),
        found: empty(),
        detail: empty(),
        help: empty(),
    }
}
