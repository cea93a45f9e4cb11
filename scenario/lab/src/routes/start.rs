//! The requests of the start page, behind the same guard as the lab's.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Extension, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use serde::Deserialize;
use serde_json::{Value, json};

use super::assets;
use super::guard::{self, Guard, Guarded, LetIn};
use super::policy;
use crate::catalog::{self, Choices};
use crate::keys::Keys;
use crate::limits::BODY_BYTES_MAX;
use crate::refusal::{Answer, Refusal};
use crate::start::Start;
use crate::sync::blocking;

impl Guarded for Start {
    fn keys(&self) -> &Keys {
        &self.keys
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn policy(&self) -> String {
        policy::of_page(self.port, "")
    }
}

/// All routes of the start page.
pub(crate) fn start_router(start: Arc<Start>) -> Router {
    let guard = Arc::new(Guard::new(start.clone()));
    Router::new()
        .route("/", get(index))
        .route("/assets/{name}", get(asset))
        .route("/api/start", get(list))
        .route("/api/start/open", post(open))
        .fallback(|| async { Refusal::unknown("page") })
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(guard, guard::guard))
        .with_state(start)
}

async fn index(State(start): State<Arc<Start>>, let_in: Option<Extension<LetIn>>) -> Answer<Response> {
    assets::html(&start.page, "start.html", let_in.map(|_| start.keys.page())).await
}

async fn asset(State(start): State<Arc<Start>>, Path(name): Path<String>) -> Answer<Response> {
    assets::of_page(&start.page, name).await
}

/// `GET /api/start`: what there is to choose from.
async fn list() -> Answer<Json<Choices>> {
    Ok(Json(blocking(catalog::choices).await?))
}

/// What was chosen.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    path: String,
}

/// `POST /api/start/open`: opens the lab of a book, or imports a scenario and opens that; returns the link to it.
async fn open(
    State(start): State<Arc<Start>>,
    Json(Wanted { path }): Json<Wanted>,
) -> Answer<(StatusCode, Json<Value>)> {
    let _one = start.choosing.try_acquire().map_err(|_| Refusal::conflict("another book is being opened"))?;
    let chosen = blocking(move || catalog::choose(&path)).await??;
    let link = start.open(chosen).await?;
    Ok((StatusCode::CREATED, Json(json!({ "link": link }))))
}
