//! The button of a job that runs.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::empty::Empty;
use crate::lab::Lab;

/// `POST /api/job/cancel`
pub(super) async fn cancel(State(lab): State<Arc<Lab>>, Json(Empty {}): Json<Empty>) -> StatusCode {
    lab.jobs.cancel();
    StatusCode::NO_CONTENT
}
