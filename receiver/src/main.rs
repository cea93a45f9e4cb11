//! Receives messages from Alertmanager: prints each alert, and lists all of them on a page.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Router, routing::get};
use serde_json::Value;

/// The lines that were printed.
type Lines = Arc<Mutex<String>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let router = Router::new().route("/", get(list).post(receive)).with_state(Lines::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:5001").await?;
    axum::serve(listener, router).await
}

/// Takes one message, which may contain several alerts.
async fn receive(State(lines): State<Lines>, body: String) -> Result<(), StatusCode> {
    let message: Value = serde_json::from_str(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let alerts = message["alerts"].as_array().ok_or(StatusCode::BAD_REQUEST)?;
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    for alert in alerts {
        let status = text(&alert["status"]);
        let name = text(&alert["labels"]["alertname"]);
        let summary = text(&alert["annotations"]["summary"]);
        let line = format!("{status} {name}: {summary}\n");
        print!("{line}");
        lines.lock().unwrap_or_else(PoisonError::into_inner).push_str(&line);
    }
    Ok(())
}

/// The page with everything that has arrived.
async fn list(State(lines): State<Lines>) -> String {
    lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
