//! The buttons of the list of what the machine has and lacks.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::empty::Empty;
use crate::lab::Lab;
use crate::refusal::Answer;
use crate::supervise;
use crate::work::Task;

/// `POST /api/preflight/look`
pub(super) async fn survey(State(lab): State<Arc<Lab>>, Json(Empty {}): Json<Empty>) -> Answer<StatusCode> {
    lab.jobs.require_none()?;
    lab.begin_survey();
    tokio::task::spawn_blocking(move || lab.survey());
    Ok(StatusCode::ACCEPTED)
}

/// `POST /api/preflight/provide`
pub(super) async fn provide(State(lab): State<Arc<Lab>>, Json(Empty {}): Json<Empty>) -> Answer<StatusCode> {
    supervise::start(&lab, Task::Provide)?;
    Ok(StatusCode::ACCEPTED)
}
