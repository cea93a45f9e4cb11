//! The checks of a step or of an exercise: run for the learner or by the lab itself, one step at a time.

use std::sync::Arc;

use scenario_core::error::{Error, Result};
use scenario_core::event::{EventKind, ItemResult, Verdict};
use scenario_core::model::{self, Block, BlockKind};
use scenario_core::report::Explained;
use scenario_core::runner;

use crate::book::RenderedBook;
use crate::lab::Lab;
use crate::message::{By, Check, CheckState, Message};
use crate::sync::blocking;
use crate::view;

/// What is shown of a check that has passed, and does not any more.
const NO_LONGER: &str = "no longer passes";

/// Starts the checks of a step for the learner.
pub(crate) fn start(lab: &Arc<Lab>, number: usize) {
    let lab = Arc::clone(lab);
    tokio::spawn(async move { run(&lab, number, By::Learner).await });
}

/// Starts the checks of an exercise for the learner; true if there is one of this name.
pub(crate) fn start_exercise(lab: &Arc<Lab>, number: usize, name: &str) -> bool {
    let book = lab.book();
    if !book.is_trusted() {
        return false;
    }
    let Some(exercise) = book.plan.scenario.exercise(number, name) else { return false };
    let asking = Asking::begin(lab, number, exercise.checks.iter());
    let (lab, name) = (Arc::clone(lab), name.to_owned());
    tokio::spawn(async move {
        let _one = lab.checking.lock().await;
        let (worker, options) = (Arc::clone(&lab), lab.run_options());
        let checked = blocking(move || {
            runner::check_exercise(&book.plan, number, &name, &options, &mut |event| {
                if let EventKind::End(item) = event.kind {
                    record(&worker, number, &item, By::Learner);
                }
            })
        });
        if let Err(error) = checked.await.and_then(|result| result) {
            asking.fail(&error);
        }
    });
    true
}

/// Runs the checks of a step; pages are sent each result as it comes.
///
/// Of those that the lab runs by itself, one that does not pass stays open: the learner may not have come so far.
pub(crate) async fn run(lab: &Arc<Lab>, number: usize, by: By) {
    let _one = lab.checking.lock().await;
    let book = lab.book();
    if !book.is_trusted() {
        return;
    }
    let Some(step) = book.plan.step(number) else { return };
    let checks: Vec<&model::Check> = step.lasting_checks().map(|(_, check)| check).collect();
    let total = checks.len();
    let asking = (by == By::Learner).then(|| Asking::begin(lab, number, checks.into_iter()));
    // Without checks the learner decides when the step is done.
    let passed = match total {
        0 => Ok(0),
        _ => run_all(lab, &book, number, by).await,
    };
    let passed = match (passed, asking) {
        (Ok(passed), _) => passed,
        // The lab is about to stop.
        (Err(error), _) if error.is_interrupted() => return,
        (Err(error), Some(asking)) => {
            asking.fail(&error);
            0
        }
        // The lab tries again by itself. What has passed is not known to pass.
        (Err(error), None) => return open_again(lab, number, &error.to_string()),
    };
    let done = passed == total;
    if done && (total > 0 || by == By::Learner) {
        lab.change_progress(|progress| {
            progress.done.insert(number);
        });
    }
    lab.hub.send_state(|| {
        let done = lab.learner().progress.done.contains(&number);
        Message::Checked { step: number, passed, total, done, by }
    });
}

/// Runs the checks of a step: how many have passed.
async fn run_all(lab: &Arc<Lab>, book: &Arc<RenderedBook>, number: usize, by: By) -> Result<usize> {
    let (worker, options, book) = (Arc::clone(lab), lab.run_options(), Arc::clone(book));
    let checked = blocking(move || {
        runner::check(&book.plan, number, &options, &mut |event| {
            if let EventKind::End(item) = event.kind {
                record(&worker, number, &item, by);
            }
        })
    });
    Ok(checked.await??.counts().0)
}

/// Checks that are asked for the learner. However that ends, none of them stays running.
struct Asking {
    lab: Arc<Lab>,
    step: usize,
    /// Each without a result.
    checks: Vec<Check>,
}

impl Asking {
    fn begin<'a>(lab: &Arc<Lab>, step: usize, checks: impl Iterator<Item = &'a model::Check>) -> Asking {
        let checks: Vec<Check> = checks.map(view::unchecked).collect();
        for check in &checks {
            lab.set_check(step, Check { state: CheckState::Running, ..check.clone() });
        }
        Asking { lab: Arc::clone(lab), step, checks }
    }

    /// They could not all be asked: the error is the result of the first without one.
    fn fail(self, error: &Error) {
        if error.is_interrupted() {
            return;
        }
        if let Some(check) = self.checks.iter().find(|check| self.is_running(check)) {
            let (text, help) = (error.to_string(), error.help().unwrap_or_default().to_owned());
            self.lab.set_check(self.step, Check { state: CheckState::Failed, text, help, ..check.clone() });
        }
    }

    fn is_running(&self, check: &Check) -> bool {
        self.lab.learner().checks.get(&check.id).is_some_and(|known| known.state == CheckState::Running)
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        for check in self.checks.iter().filter(|check| self.is_running(check)) {
            self.lab.set_check(self.step, check.clone());
        }
    }
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
        Verdict::Failed(_) if by == By::Lab && known.state == CheckState::Passed => {
            Check { text: NO_LONGER.to_owned(), ..fresh }
        }
        Verdict::Failed(_) if by == By::Lab && known.state != CheckState::Failed => {
            Check { text: if known.text == NO_LONGER { known.text.clone() } else { String::new() }, ..fresh }
        }
        Verdict::Failed(_) => {
            let Explained { message, expected, found, detail, hint, help } = words.explain(item);
            let help = match (hint.is_empty(), help.is_empty(), &item.exercise) {
                (false, _, _) => hint,
                (true, true, None) => first_unused(lab, number),
                _ => help,
            };
            Check { state: CheckState::Failed, text: message, expected, found, detail, help, ..fresh }
        }
        Verdict::Skipped(skip) => Check { text: format!("skipped: {}", words.skip(*skip)), ..fresh },
    };
    if view != known {
        lab.set_check(number, view);
    }
}

/// The checks of a step could not be asked: those that have passed are open again, with the reason.
fn open_again(lab: &Lab, number: usize, why: &str) {
    let book = lab.book();
    let Some(step) = book.plan.step(number) else { return };
    for (_, check) in step.lasting_checks() {
        if view::check(check, &lab.learner()).state == CheckState::Passed {
            lab.set_check(number, Check { text: format!("not known: {why}"), ..view::unchecked(check) });
        }
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
        return "all blocks of this step were used; “Why is mine different?” shows where your files differ from the \
                book's"
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
