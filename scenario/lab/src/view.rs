//! The plan as the page is told of it, with what has become of its blocks and checks.

use scenario_core::model::{self, Health};
use scenario_core::plan::{Action, PlannedAction, PlannedStep};

use crate::book::Book;
use crate::lab::{Lab, Learner, locked};
use crate::message::{Block, BlockKind, Check, CheckKind, CheckState, Hello, Step};

impl Lab {
    /// Everything that a page shows.
    pub(crate) fn hello(&self) -> Hello {
        let steps = self.steps();
        let book = self.book();
        let learner = self.learner();
        Hello {
            build: self.page.build.clone(),
            title: book.plan.scenario.title.clone(),
            workspace: scenario_core::book::shown(&self.settings.front.workspace).display().to_string(),
            front: self.settings.front.name.clone(),
            page: "index.html".to_owned(),
            steps,
            step: learner.progress.step,
            guide: learner.progress.guide,
            terminals: self.terminals().iter().map(|terminal| terminal.view()).collect(),
            services: locked(&self.services).clone(),
            preflight: locked(&self.preflight).clone(),
            job: self.jobs.last(),
        }
    }

    /// All steps.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let book = self.book();
        let learner = self.learner();
        book.plan.steps.iter().map(|step| view(&book, step, &learner)).collect()
    }
}

fn view(book: &Book, step: &PlannedStep, learner: &Learner) -> Step {
    Step {
        number: step.number,
        title: step.title.clone(),
        page: book.pages.get(step.number - 1).cloned().unwrap_or_default(),
        blocks: step.blocks().filter_map(|(id, actions)| block_view(id, actions, learner)).collect(),
        checks: step.checks().map(|(_, check)| check_view(check, learner)).collect(),
        done: learner.progress.done.contains(&step.number),
    }
}

/// A block, and what has become of it; nothing for a block that does nothing at all.
pub(crate) fn block_view(id: &str, actions: &[PlannedAction], learner: &Learner) -> Option<Block> {
    let kind = match &actions.first()?.action {
        Action::Edit(planned) => {
            BlockKind::Edit { file: planned.edit.path.clone(), verb: planned.edit.verb.name() }
        }
        Action::Command(_) => BlockKind::Command { commands: commands(actions) },
        Action::Background(background) => {
            BlockKind::Background { commands: commands(actions), name: background.name.clone() }
        }
        Action::Check(check) => BlockKind::Query { query: query(check), check: check.id.clone() },
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

/// What a check asks Prometheus; its title, if it asks another question.
fn query(check: &model::Check) -> String {
    match &check.kind {
        model::CheckKind::Promql { query, .. } => query.clone(),
        model::CheckKind::Http { .. } | model::CheckKind::Target { .. } => check.title(),
    }
}

/// A check, and what it has found.
pub(crate) fn check_view(check: &model::Check, learner: &Learner) -> Check {
    learner.checks.get(&check.id).cloned().unwrap_or_else(|| unasked(check))
}

/// A check that nobody has asked yet.
pub(crate) fn unasked(check: &model::Check) -> Check {
    let kind = match &check.kind {
        model::CheckKind::Http { .. } => CheckKind::Http,
        model::CheckKind::Target { health: Health::Up, .. } => CheckKind::Up,
        model::CheckKind::Target { .. } => CheckKind::Target,
        model::CheckKind::Promql { .. } => CheckKind::Query,
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
