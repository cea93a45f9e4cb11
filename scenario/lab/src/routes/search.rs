//! A search in the book.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;

use crate::lab::Lab;
use crate::place::Found;
use crate::refusal::Answer;
use crate::sync::blocking;

/// The query of a search.
#[derive(Debug, Deserialize)]
pub(super) struct SearchQuery {
    text: String,
}

/// `GET /api/search?text=T`
pub(super) async fn search(
    State(lab): State<Arc<Lab>>,
    Query(query): Query<SearchQuery>,
) -> Answer<Json<Vec<Found>>> {
    let book = lab.book();
    Ok(Json(blocking(move || book.index.find(&query.text)).await?))
}
