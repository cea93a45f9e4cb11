//! A local web lab for a tutorial: the book on the left; an editor, terminals and the book's services on the right.
//!
//! It is one page and one server, for one person on one machine. The buttons of a block do what the runner does with
//! that block: `scenario-core` parses it, edits by it and checks by it. A request names a block, a step or a terminal,
//! or a path of the workspace; never a command.
//!
//! # Layout
//!
//! - [`Server`] opens a lab and runs it. [`router`] has the routes.
//! - `guard`: the outer guard of all routes; `keys`: links that are good once, and the cookie.
//! - `lab`: what requests share; `message`: what the page is told; `hub` and `events`: how; `view`: the plan, as the
//!   page is told of it; `refusal`: errors as answers; `limits`: every bound.
//! - `run`: the commands of a block in a terminal; `keep`: what a terminal runs behind each, to keep its output.
//! - `blocks`: the buttons of a block; `steps`: those of a step; `job`: long work in a child process, and `work`, that
//!   child; `progress`: how far the learner is.
//! - `files`: the workspace for the editor; `terminal`: shells; `services`: what the book starts.
//! - `book`: rendered in-process; `scripts`: what may run in its pages; `page`: built by npm; `preflight`: what the
//!   machine lacks.
//! - `watch`: what changes by itself.

mod blocks;
mod book;
mod digest;
mod events;
mod files;
mod guard;
mod hub;
mod job;
pub mod keep;
mod keys;
mod lab;
mod limits;
mod message;
mod page;
mod preflight;
mod progress;
mod refusal;
mod run;
mod scripts;
mod serve;
mod services;
mod steps;
mod terminal;
mod view;
mod watch;
pub mod work;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::routing::{any, delete, get, post};
use axum::{Json, middleware};

use blocks::Nothing;
use limits::BODY_BYTES_MAX;
use refusal::{Answer, Refusal};

pub use lab::{Lab, Settings};
pub use page::Page;
pub use serve::Server;

/// All routes, behind the one guard.
pub fn router(lab: Arc<Lab>) -> Router {
    let guard = middleware::from_fn_with_state(Arc::clone(&lab), guard::guard);
    Router::new()
        .route("/", get(page::index))
        .route("/assets/{name}", get(page::asset))
        .route("/book/", get(|lab| book::page(lab, Path(String::new()))))
        .route("/book/{*path}", get(book::page))
        .route("/api/blocks/{id}/apply", post(blocks::apply))
        .route("/api/blocks/{id}/restore", post(blocks::restore))
        .route("/api/blocks/{id}/run", post(blocks::run_block))
        .route("/api/blocks/{id}/stop", post(blocks::stop))
        .route("/api/blocks/{id}/log", get(blocks::log))
        .route("/api/steps/{number}/here", post(steps::here))
        .route("/api/steps/{number}/check", post(steps::check))
        .route("/api/steps/{number}/begin", post(steps::begin))
        .route("/api/steps/{number}/solve", post(steps::solve))
        .route("/api/steps/{number}/diff", get(steps::diff))
        .route("/api/job/cancel", post(job::cancel))
        .route("/api/files", get(files::list))
        .route("/api/file", get(files::get).put(files::put))
        .route("/api/terminals", post(open_terminal))
        .route("/api/terminals/{id}", delete(close_terminal))
        .route("/api/terminals/{id}/restart", post(restart_terminal))
        .route("/api/guide/dismiss", post(dismiss_guide))
        .route("/api/preflight/look", post(preflight::look_again))
        .route("/api/preflight/provide", post(preflight::provide))
        .route("/ws/events", any(events::socket))
        .route("/ws/terminal/{id}", any(terminal::socket))
        .fallback(|| async { Refusal::unknown("page") })
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(guard)
        .with_state(lab)
}

async fn open_terminal(
    State(lab): State<Arc<Lab>>,
    Json(Nothing {}): Json<Nothing>,
) -> Answer<(StatusCode, Json<serde_json::Value>)> {
    let id = lab.open_terminal()?;
    Ok((StatusCode::CREATED, Json(serde_json::json!({"id": id}))))
}

async fn close_terminal(State(lab): State<Arc<Lab>>, Path(id): Path<String>) -> Answer<StatusCode> {
    let terminal = lab.take_terminal(&id).ok_or_else(|| Refusal::unknown("terminal"))?;
    lab::waiting(move || terminal.end()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn restart_terminal(
    State(lab): State<Arc<Lab>>,
    Path(id): Path<String>,
    Json(Nothing {}): Json<Nothing>,
) -> Answer<StatusCode> {
    lab.restart_terminal(&id)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn dismiss_guide(State(lab): State<Arc<Lab>>, Json(Nothing {}): Json<Nothing>) -> StatusCode {
    lab.progress(|progress| progress.guide = false);
    StatusCode::NO_CONTENT
}
