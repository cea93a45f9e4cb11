//! The buttons of a step: check it or one of its exercises, reset it, solve it, show how the learner's files differ from the book's.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use scenario_core::files::Files;

use super::empty::Empty;
use super::files::FileQuery;
use crate::answer::{Applied, Difference};
use crate::lab::Lab;
use crate::message::Message;
use crate::refusal::{Answer, Refusal};
use crate::sync::{blocking, locked};
use crate::work::Task;
use crate::{checks, edit, supervise};

/// `POST /api/steps/N/here`
pub(super) async fn here(
    State(lab): State<Arc<Lab>>,
    Path(number): Path<usize>,
    Json(Empty {}): Json<Empty>,
) -> Answer<StatusCode> {
    require_step(&lab, number)?;
    lab.change_progress(|progress| progress.step = number);
    lab.activity.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/steps/N/check`
pub(super) async fn check(
    State(lab): State<Arc<Lab>>,
    Path(number): Path<usize>,
    Json(Empty {}): Json<Empty>,
) -> Answer<StatusCode> {
    require_step(&lab, number)?;
    lab.has_run();
    checks::start(&lab, number);
    Ok(StatusCode::ACCEPTED)
}

/// `POST /api/steps/N/exercises/NAME/check`
pub(super) async fn check_exercise(
    State(lab): State<Arc<Lab>>,
    Path((number, name)): Path<(usize, String)>,
    Json(Empty {}): Json<Empty>,
) -> Answer<StatusCode> {
    require_step(&lab, number)?;
    lab.has_run();
    match checks::start_exercise(&lab, number, &name) {
        true => Ok(StatusCode::ACCEPTED),
        false => Err(Refusal::unknown("exercise")),
    }
}

/// `POST /api/steps/N/begin`
pub(super) async fn begin(
    State(lab): State<Arc<Lab>>,
    Path(number): Path<usize>,
    Json(Empty {}): Json<Empty>,
) -> Answer<StatusCode> {
    require_step(&lab, number)?;
    supervise::start(&lab, Task::Begin { number })?;
    lab.has_run();
    Ok(StatusCode::ACCEPTED)
}

/// `POST /api/steps/N/solve`
pub(super) async fn solve(
    State(lab): State<Arc<Lab>>,
    Path(number): Path<usize>,
    Json(Empty {}): Json<Empty>,
) -> Answer<StatusCode> {
    require_step(&lab, number)?;
    supervise::start(&lab, Task::Solve { number })?;
    lab.has_run();
    Ok(StatusCode::ACCEPTED)
}

/// `GET /api/steps/N/diff`
pub(super) async fn diff(
    State(lab): State<Arc<Lab>>,
    Path(number): Path<usize>,
) -> Answer<Json<Vec<Difference>>> {
    require_step(&lab, number)?;
    let differences = blocking(move || {
        let files = Files::at(&lab.book().plan.scenario, number);
        let pairs = files.paths().map(|path| {
            let mine = lab.files.bytes(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            Difference { path: path.to_owned(), mine, book: files.text(path) }
        });
        pairs.filter(|pair| pair.mine != pair.book).collect()
    });
    Ok(Json(differences.await?))
}

/// `POST /api/steps/N/take?path=P`: a file as the book has it at the end of the step. Another one of the learner's is kept.
pub(super) async fn take(
    State(lab): State<Arc<Lab>>,
    Path(number): Path<usize>,
    Query(query): Query<FileQuery>,
    Json(Empty {}): Json<Empty>,
) -> Answer<Json<Applied>> {
    require_step(&lab, number)?;
    lab.jobs.require_none()?;
    let worker = Arc::clone(&lab);
    let path = query.path;
    let (applied, is_new) = blocking(move || {
        let book = worker.book();
        let text = Files::at(&book.plan.scenario, number).text(&path);
        let text = text.ok_or_else(|| Refusal::unknown("file of the book"))?;
        edit::take(&worker.files, &mut locked(&worker.kept), worker.workspace(), &path, &text)
    })
    .await??;
    if is_new {
        lab.hub.send(&Message::Files);
    }
    lab.activity.notify_one();
    Ok(Json(applied))
}

fn require_step(lab: &Lab, number: usize) -> Answer<()> {
    lab.book().plan.scenario.step(number).map(drop).ok_or_else(|| Refusal::unknown("step"))
}

/// `POST /api/guide/dismiss`
pub(super) async fn dismiss_guide(State(lab): State<Arc<Lab>>, Json(Empty {}): Json<Empty>) -> StatusCode {
    lab.change_progress(|progress| progress.guide = false);
    StatusCode::NO_CONTENT
}
