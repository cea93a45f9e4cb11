//! The plan as the page is told of it, with what has become of its blocks and checks.

use scenario_core::model::{self, CheckKind, Health};

use crate::book::Book;
use crate::lab::{Lab, Learner, locked};
use crate::message::{Block, BlockKind, Check, CheckState, Hello, Step};

impl Lab {
    /// Everything that a page shows.
    pub(crate) fn hello(&self) -> Hello {
        let steps = self.steps();
        let book = self.book();
        let learner = self.learner();
        Hello {
            build: self.page.build.clone(),
            title: book.scenario.title.clone(),
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
        book.scenario.steps.iter().map(|step| view(&book, step, &learner)).collect()
    }
}

fn view(book: &Book, step: &model::Step, learner: &Learner) -> Step {
    Step {
        number: step.number,
        title: step.title.clone(),
        page: book.pages.get(step.number - 1).cloned().unwrap_or_default(),
        blocks: step.blocks.iter().map(|block| block_view(block, learner)).collect(),
        checks: step.all_checks().map(|check| check_view(check, learner)).collect(),
        done: learner.progress.done.contains(&step.number),
    }
}

/// A block, and what has become of it.
pub(crate) fn block_view(block: &model::Block, learner: &Learner) -> Block {
    let commands = || block.kind.commands().iter().map(|command| command.text.clone()).collect();
    let kind = match &block.kind {
        model::BlockKind::Edit(edit) => BlockKind::Edit { file: edit.path.clone(), verb: edit.verb.name() },
        model::BlockKind::Commands(_) => BlockKind::Command { commands: commands() },
        model::BlockKind::Background(background) => {
            BlockKind::Background { commands: commands(), name: background.name.clone() }
        }
        model::BlockKind::Query(check) => {
            BlockKind::Query { query: block.text.trim().to_owned(), check: check.id.clone() }
        }
        model::BlockKind::Ignored(_) => BlockKind::Ignored,
    };
    let used = learner.progress.used.contains(&block.id);
    Block { id: block.id.clone(), kind, used, state: learner.blocks.get(&block.id).cloned() }
}

/// A check, and what it has found.
pub(crate) fn check_view(check: &model::Check, learner: &Learner) -> Check {
    learner.checks.get(&check.id).cloned().unwrap_or_else(|| unasked(check))
}

/// A check that nobody has asked yet.
pub(crate) fn unasked(check: &model::Check) -> Check {
    let kind = match &check.kind {
        CheckKind::Http { .. } => "http",
        CheckKind::Target { health: Health::Up, .. } => "up",
        CheckKind::Target { .. } => "target",
        CheckKind::Promql { .. } => "query",
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
