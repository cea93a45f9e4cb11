//! What the buttons of a step do: check it, begin it anew, solve it, show how the learner's files differ from the book's.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use scenario_core::event::{EventKind, ItemResult, Verdict};
use scenario_core::files::Files;
use scenario_core::report::Explained;
use scenario_core::runner;
use serde::Serialize;

use crate::blocks::Nothing;
use crate::book::Book;
use crate::lab::{Lab, waiting};
use crate::message::{By, Check, CheckState, Message};
use crate::refusal::{Answer, Refusal};
use crate::view::{check_view, unasked};
use crate::work::Task;

/// A file that the book has otherwise at the end of a step.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Difference {
    path: String,
    mine: Option<String>,
    book: Option<String>,
}

/// `POST /api/steps/N/here`
pub(crate) async fn here(
    State(lab): State<Arc<Lab>>,
    Path(number): Path<usize>,
    Json(Nothing {}): Json<Nothing>,
) -> Answer<StatusCode> {
    exists(&lab, number)?;
    lab.progress(|progress| progress.step = number);
    lab.activity.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/steps/N/check`
pub(crate) async fn check(
    State(lab): State<Arc<Lab>>,
    Path(number): Path<usize>,
    Json(Nothing {}): Json<Nothing>,
) -> Answer<StatusCode> {
    exists(&lab, number)?;
    lab.check_in_background(number);
    Ok(StatusCode::ACCEPTED)
}

/// `POST /api/steps/N/begin`
pub(crate) async fn begin(
    State(lab): State<Arc<Lab>>,
    Path(number): Path<usize>,
    Json(Nothing {}): Json<Nothing>,
) -> Answer<StatusCode> {
    exists(&lab, number)?;
    lab.start_job(Task::Begin { number })?;
    Ok(StatusCode::ACCEPTED)
}

/// `POST /api/steps/N/solve`
pub(crate) async fn solve(
    State(lab): State<Arc<Lab>>,
    Path(number): Path<usize>,
    Json(Nothing {}): Json<Nothing>,
) -> Answer<StatusCode> {
    exists(&lab, number)?;
    lab.start_job(Task::Solve { number })?;
    Ok(StatusCode::ACCEPTED)
}

/// `GET /api/steps/N/diff`
pub(crate) async fn diff(
    State(lab): State<Arc<Lab>>,
    Path(number): Path<usize>,
) -> Answer<Json<Vec<Difference>>> {
    exists(&lab, number)?;
    let differences = waiting(move || {
        let files = Files::at(&lab.book().plan.scenario, number);
        let pairs = files.paths().map(|path| {
            let mine = lab.tree.bytes(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            Difference { path: path.to_owned(), mine, book: files.text(path) }
        });
        pairs.filter(|pair| pair.mine != pair.book).collect()
    });
    Ok(Json(differences.await?))
}

fn exists(lab: &Lab, number: usize) -> Answer<()> {
    lab.book().plan.scenario.step(number).map(drop).ok_or_else(|| Refusal::unknown("step"))
}

impl Lab {
    /// Asks the checks of a step because somebody wants to know.
    pub(crate) fn check_in_background(self: &Arc<Lab>, number: usize) {
        let lab = Arc::clone(self);
        tokio::spawn(async move { lab.ask(number, By::Learner).await });
    }

    /// Asks the checks of a step; each result is told as it comes.
    ///
    /// Where the lab asks by itself, a check that does not pass stays open: the learner may not have come so far.
    pub(crate) async fn ask(self: &Arc<Lab>, number: usize, by: By) {
        let _one = self.asking.lock().await;
        let book = self.book();
        let Some(step) = book.plan.scenario.step(number) else { return };
        if by == By::Learner {
            for check in step.all_checks() {
                self.set_check(number, Check { state: CheckState::Asking, ..unasked(check) });
            }
        }
        // A step without checks has nothing to ask: the learner decides when it is done.
        let counts = match step.all_checks().next() {
            None => Some((0, 0)),
            Some(_) => self.run_checks(&book, number, by).await,
        };
        // Without counts the checks were interrupted: the lab is about to stop.
        let Some((passed, total)) = counts else { return };
        let done = passed == total;
        if done && (total > 0 || by == By::Learner) {
            self.progress(|progress| {
                progress.done.insert(number);
            });
        }
        let done = self.learner().progress.done.contains(&number);
        self.hub.tell(&Message::Checked { step: number, passed, total, done, by });
    }

    /// Runs the checks of a step: how many passed, and of how many; `None` if that was interrupted.
    async fn run_checks(self: &Arc<Lab>, book: &Arc<Book>, number: usize, by: By) -> Option<(usize, usize)> {
        let (lab, options, book) = (Arc::clone(self), self.run_options(), Arc::clone(book));
        let checked = waiting(move || {
            runner::check(&book.plan, number, &options, &mut |event| {
                if let EventKind::End(item) = event.kind {
                    lab.take_result(number, &item, by);
                }
            })
        });
        let result = checked.await.ok()?.ok()?;
        Some((result.counts().0, result.items.len()))
    }

    fn take_result(&self, number: usize, item: &ItemResult, by: By) {
        let book = self.book();
        let Some(step) = book.plan.scenario.step(number) else { return };
        let Some(check) = step.all_checks().find(|check| check.id == item.id) else { return };
        let known = check_view(check, &self.learner());
        let fresh = unasked(check);
        let words = self.words(&book);
        let view = match &item.verdict {
            Verdict::Passed(remark) => {
                Check { state: CheckState::Passed, text: words.remark(remark), ..fresh }
            }
            // A check that held, and does not any more, is open again; one that was asked for is kept up to date.
            Verdict::Failed(_) if by == By::Lab && known.state != CheckState::Failed => fresh,
            Verdict::Failed(_) => {
                let Explained { message, expected, found, detail, help } = words.explain(item);
                let help = if help.is_empty() { self.hint(number) } else { help };
                Check { state: CheckState::Failed, text: message, expected, found, detail, help, ..fresh }
            }
            Verdict::Skipped(_) => fresh,
        };
        if view != known {
            self.set_check(number, view);
        }
    }

    /// What to do about a check that says no more: the first block that was not used yet.
    fn hint(&self, number: usize) -> String {
        let book = self.book();
        let learner = self.learner();
        let blocks = book.plan.scenario.step(number).map(|step| step.blocks.as_slice()).unwrap_or_default();
        let does_something = |block: &&scenario_core::model::Block| {
            use scenario_core::model::BlockKind::{Background, Commands, Edit};
            matches!(block.kind, Edit(_) | Commands(_) | Background(_))
                && !learner.progress.used.contains(&block.id)
        };
        let Some(block) = blocks.iter().find(does_something) else {
            return "all blocks of this step were used; *Why is mine different?* shows where your files are not the book's"
                .to_owned();
        };
        match &block.kind {
            scenario_core::model::BlockKind::Edit(edit) => {
                format!("the first block of this step that was not used yet is the one for `{}`", edit.path)
            }
            _ => {
                let command = block.text.lines().next().unwrap_or_default().trim_start_matches("$ ");
                format!("the first block of this step that was not used yet is `{command}`")
            }
        }
    }

    fn set_check(&self, step: usize, check: Check) {
        self.learner().checks.insert(check.id.clone(), check.clone());
        self.hub.tell(&Message::Check { step, check });
    }

    /// A step and those after it are begun anew: what was known of them is forgotten.
    pub(crate) fn forget_from(&self, number: usize) {
        let book = self.book();
        let steps = book.plan.scenario.steps.iter().filter(|step| step.number >= number);
        for step in steps {
            let mut learner = self.learner();
            for block in &step.blocks {
                learner.blocks.remove(&block.id);
            }
            for check in step.all_checks() {
                learner.checks.remove(&check.id);
            }
        }
        self.progress(|progress| {
            let steps = book.plan.scenario.steps.iter().filter(|step| step.number >= number);
            for block in steps.flat_map(|step| &step.blocks) {
                progress.used.remove(&block.id);
            }
            progress.done.retain(|step| *step < number);
        });
    }

    /// The runner has brought the machine to the end of a step: all up to there is done.
    pub(crate) fn count_as_done(&self, number: usize) {
        let book = self.book();
        self.progress(|progress| {
            for step in book.plan.scenario.steps.iter().take(number) {
                progress.used.extend(step.blocks.iter().map(|block| block.id.clone()));
                progress.done.insert(step.number);
            }
        });
    }
}
