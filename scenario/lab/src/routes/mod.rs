//! All requests to the lab, behind one guard.

// In reading order, as in lib.rs.
mod empty;
mod policy;

mod guard;

mod assets;
mod blocks;
mod events;
mod files;
mod job;
mod lines;
mod machine;
mod prometheus;
mod running;
mod search;
mod start;
mod steps;
mod terminals;
mod trust;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::{any, delete, get, post};
use axum::{Router, middleware};

use crate::lab::Lab;
use crate::limits::BODY_BYTES_MAX;
use crate::refusal::Refusal;
use guard::Guard;

pub(crate) use start::start_router;

/// All routes.
pub(crate) fn router(lab: Arc<Lab>) -> Router {
    let guard = Arc::new(Guard::new(lab.clone()));
    Router::new()
        .route("/", get(assets::index))
        .route("/assets/{name}", get(assets::asset))
        .route("/book/", get(assets::book_index))
        .route("/book/{*path}", get(assets::book))
        .route("/api/blocks/{id}/apply", post(blocks::apply))
        .route("/api/blocks/{id}/restore", post(blocks::restore))
        .route("/api/blocks/{id}/run", post(blocks::run))
        .route("/api/blocks/{id}/stop", post(blocks::stop))
        .route("/api/blocks/{id}/log", get(blocks::log))
        .route("/api/blocks/{id}/compare", get(prometheus::compare))
        .route("/api/prometheus/{port}/{*question}", get(prometheus::ask))
        .route("/api/blocks/{id}/undo", post(blocks::undo))
        .route("/api/blocks/{id}/asked", post(blocks::asked))
        .route("/api/running", get(running::list))
        .route("/api/running/{id}/log", get(running::log))
        .route("/api/running/{id}/start", post(running::start))
        .route("/api/steps/{number}/here", post(steps::here))
        .route("/api/steps/{number}/check", post(steps::check))
        .route("/api/steps/{number}/exercises/{name}/check", post(steps::check_exercise))
        .route("/api/steps/{number}/begin", post(steps::begin))
        .route("/api/steps/{number}/solve", post(steps::solve))
        .route("/api/steps/{number}/diff", get(steps::diff))
        .route("/api/steps/{number}/take", post(steps::take))
        .route("/api/guide/dismiss", post(steps::dismiss_guide))
        .route("/api/job/cancel", post(job::cancel))
        .route("/api/search", get(search::search))
        .route("/api/files", get(files::list))
        .route("/api/file", get(files::get).put(files::put).delete(files::remove))
        .route("/api/file/rename", post(files::rename))
        .route("/api/file/saved", post(lines::saved))
        .route("/api/file/format", post(lines::formatted))
        .route("/api/file/mine", post(files::put_back))
        .route("/api/files/search", get(files::search))
        .route("/api/folder", post(files::make_folder))
        .route("/api/terminals", post(terminals::open))
        .route("/api/terminals/{id}", delete(terminals::close))
        .route("/api/terminals/{id}/restart", post(terminals::restart))
        .route("/api/terminals/{id}/clear", post(terminals::clear))
        .route("/api/terminals/{id}/name", post(terminals::name))
        .route("/api/terminals/{id}/lines", post(lines::named))
        .route("/api/preflight/look", post(machine::survey))
        .route("/api/preflight/provide", post(machine::provide))
        .route("/api/trust", get(trust::list).post(trust::agree))
        .route("/ws/events", any(events::socket))
        .route("/ws/terminal/{id}", any(terminals::socket))
        .fallback(|| async { Refusal::unknown("page") })
        .layer(middleware::from_fn_with_state(Arc::clone(&lab), trust::require))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(guard, guard::guard))
        .with_state(lab)
}
