//! The checks of a step or of an exercise: run for the learner or by the lab itself, one step at a time.

use std::sync::Arc;

use scenario_core::event::{EventKind, ItemResult, Verdict};
use scenario_core::model::{Block, BlockKind};
use scenario_core::report::Explained;
use scenario_core::runner;

use crate::book::RenderedBook;
use crate::lab::Lab;
use crate::message::{By, Check, CheckState, Message};
use crate::sync::blocking;
use crate::view;

/// Starts the checks of a step for the learner.
pub(crate) fn start(lab: &Arc<Lab>, number: usize) {
    let lab = Arc::clone(lab);
    tokio::spawn(async move { run(&lab, number, By::Learner).await });
}

/// Starts the checks of an exercise for the learner; true if there is one of this name.
pub(crate) fn start_exercise(lab: &Arc<Lab>, number: usize, name: &str) -> bool {
    let book = lab.book();
    let Some(exercise) = book.plan.scenario.exercise(number, name) else { return false };
    for check in &exercise.checks {
        lab.set_check(number, Check { state: CheckState::Running, ..view::unchecked(check) });
    }
    let (lab, name) = (Arc::clone(lab), name.to_owned());
    tokio::spawn(async move {
        let _one = lab.checking.lock().await;
        let (worker, options, book) = (Arc::clone(&lab), lab.run_options(), lab.book());
        let checked = blocking(move || {
            runner::check_exercise(&book.plan, number, &name, &options, &mut |event| {
                if let EventKind::End(item) = event.kind {
                    record(&worker, number, &item, By::Learner);
                }
            })
        });
        // Interrupted, it has no result: the lab is about to stop.
        let _ = checked.await;
    });
    true
}

/// Runs the checks of a step; pages are sent each result as it comes.
///
/// Of those that the lab runs by itself, one that does not pass stays open: the learner may not have come so far.
pub(crate) async fn run(lab: &Arc<Lab>, number: usize, by: By) {
    let _one = lab.checking.lock().await;
    let book = lab.book();
    let Some(step) = book.plan.step(number) else { return };
    if by == By::Learner {
        for (_, check) in step.lasting_checks() {
            lab.set_check(number, Check { state: CheckState::Running, ..view::unchecked(check) });
        }
    }
    // Without checks the learner decides when the step is done.
    let counts = match step.lasting_checks().next() {
        None => Some((0, 0)),
        Some(_) => run_all(lab, &book, number, by).await,
    };
    // Without counts the checks were interrupted: the lab is about to stop.
    let Some((passed, total)) = counts else { return };
    let done = passed == total;
    if done && (total > 0 || by == By::Learner) {
        lab.change_progress(|progress| {
            progress.done.insert(number);
        });
    }
    let done = lab.learner().progress.done.contains(&number);
    lab.hub.send(&Message::Checked { step: number, passed, total, done, by });
}

/// Runs the checks of a step: how many passed, and of how many; `None` if that was interrupted.
async fn run_all(lab: &Arc<Lab>, book: &Arc<RenderedBook>, number: usize, by: By) -> Option<(usize, usize)> {
    let (worker, options, book) = (Arc::clone(lab), lab.run_options(), Arc::clone(book));
    let checked = blocking(move || {
        runner::check(&book.plan, number, &options, &mut |event| {
            if let EventKind::End(item) = event.kind {
                record(&worker, number, &item, by);
            }
        })
    });
    let result = checked.await.ok()?.ok()?;
    Some((result.counts().0, result.items.len()))
}

fn record(lab: &Lab, number: usize, item: &ItemResult, by: By) {
    let book = lab.book();
    let Some(step) = book.plan.scenario.step(number) else { return };
    let Some(check) = step.every_check().find(|check| check.id == item.id) else { return };
    let known = view::check(check, &lab.learner());
    let fresh = view::unchecked(check);
    let words = lab.words(&book);
    let view = match &item.verdict {
        Verdict::Passed(remark) => Check { state: CheckState::Passed, text: words.remark(remark), ..fresh },
        // One that passed before is open again; one that has failed for the learner is kept up to date.
        Verdict::Failed(_) if by == By::Lab && known.state != CheckState::Failed => fresh,
        Verdict::Failed(_) => {
            let Explained { message, expected, found, detail, hint, help } = words.explain(item);
            let help = match (hint.is_empty(), help.is_empty(), &item.exercise) {
                (false, _, _) => hint,
                (true, true, None) => first_unused(lab, number),
                _ => help,
            };
            Check { state: CheckState::Failed, text: message, expected, found, detail, help, ..fresh }
        }
        Verdict::Skipped(_) => fresh,
    };
    if view != known {
        lab.set_check(number, view);
    }
}

/// The help for a check that has none of its own: the first block that was not used yet.
fn first_unused(lab: &Lab, number: usize) -> String {
    let book = lab.book();
    let learner = lab.learner();
    let blocks = book.plan.scenario.step(number).map(|step| step.blocks.as_slice()).unwrap_or_default();
    let is_unused = |block: &&Block| {
        matches!(block.kind, BlockKind::Edit(_) | BlockKind::Commands(_) | BlockKind::Background(_))
            && !learner.progress.used.contains(&block.id)
    };
    let Some(block) = blocks.iter().find(is_unused) else {
        return "all blocks of this step were used; *Why is mine different?* shows where your files are not the book's"
            .to_owned();
    };
    let which = match &block.kind {
        BlockKind::Edit(edit) => format!("the one for `{}`", edit.path),
        kind => {
            let command = kind.commands().first().map(|command| command.text.as_str()).unwrap_or_default();
            format!("`{}`", command.lines().next().unwrap_or_default())
        }
    };
    format!("the first block of this step that was not used yet is {which}")
}
