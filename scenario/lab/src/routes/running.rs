//! What the book has running: the list, the log of each part, and its start where it has ended. A request names a command
//! of the plan by its id.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::empty::Empty;
use crate::lab::Lab;
use crate::parts::{PartKind, Running};
use crate::refusal::{Answer, Refusal};
use crate::sync::blocking;
use crate::work::Task;
use crate::{running, supervise};

/// `GET /api/running`
pub(super) async fn list(State(lab): State<Arc<Lab>>) -> Answer<Json<Running>> {
    let minutes = lab.learner().progress.minutes;
    let parts = blocking(move || running::parts(&lab)).await?;
    Ok(Json(Running { parts, minutes }))
}

/// `GET /api/running/ID/log`: the end of what it has printed.
pub(super) async fn log(State(lab): State<Arc<Lab>>, Path(id): Path<String>) -> Answer<Response> {
    let text = blocking(move || running::log(&lab, &id)).await??;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

/// `POST /api/running/ID/start`: starts what has ended.
pub(super) async fn start(
    State(lab): State<Arc<Lab>>,
    Path(id): Path<String>,
    Json(Empty {}): Json<Empty>,
) -> Answer<StatusCode> {
    let part = running::origin(&lab, &id).ok_or_else(|| Refusal::unknown("part of the book"))?;
    match part.kind {
        PartKind::Process => supervise::start(&lab, Task::Start { block: part.block })?,
        PartKind::Container => {
            lab.jobs.require_none()?;
            let worker = Arc::clone(&lab);
            blocking(move || running::start_container(&worker, &part.name)).await??;
            lab.activity.notify_one();
        }
    }
    Ok(StatusCode::ACCEPTED)
}
