//! The service: its routes, and what they answer.

pub mod dice;
pub mod metrics;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::get;
use tokio::sync::Semaphore;

use dice::Dice;
use metrics::Metrics;

/// The public routes. Each request is counted.
pub fn router(dice: Dice, slots: u16, metrics: Metrics) -> Router {
    let shared = Arc::new((dice, Semaphore::new(slots.into())));
    Router::new()
        .route("/probe", get(probe))
        .with_state(shared)
        .layer(middleware::from_fn_with_state(metrics, metrics::track))
}

/// The page for Prometheus, on a port that only Prometheus should reach.
pub fn private_router(metrics: Metrics) -> Router {
    Router::new().route("/metrics", get(metrics::expose)).with_state(metrics)
}

/// Waits a little, then answers `OK`, or now and then fails.
async fn probe(State(shared): State<Arc<(Dice, Semaphore)>>) -> (StatusCode, &'static str) {
    let (dice, slots) = &*shared;
    let _slot = slots.acquire().await;
    let throw = dice.throw();
    tokio::time::sleep(throw.delay).await;
    if throw.fails {
        return (StatusCode::INTERNAL_SERVER_ERROR, "FAILED\n");
    }
    (StatusCode::OK, "OK\n")
}
