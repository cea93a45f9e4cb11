//! What the service tells Prometheus about itself.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use prometheus::{HistogramVec, IntCounterVec, Registry, TEXT_FORMAT, TextEncoder};

/// The metrics of one service. Clones share the same numbers.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    latency: HistogramVec,
    requests: IntCounterVec,
}

impl Metrics {
    /// Creates the metrics, in a registry of their own.
    pub fn new(version: &str, config: &str) -> prometheus::Result<Self> {
        let registry = Registry::new();
        let info = prometheus::register_int_gauge_vec_with_registry!(
            "app_version_info",
            "What is running; the value is always 1",
            &["version", "config"],
            registry
        )?;
        info.with_label_values(&[version, config]).set(1);

        Ok(Self {
            latency: prometheus::register_histogram_vec_with_registry!(
                "app_request_latency_seconds",
                "Time from a request to its answer",
                &["method", "endpoint"],
                registry
            )?,
            requests: prometheus::register_int_counter_vec_with_registry!(
                "app_request_count_total",
                "Requests answered",
                &["method", "endpoint", "http_status"],
                registry
            )?,
            registry,
        })
    }
}

/// Middleware: takes the time before the request, and counts it after the answer.
pub async fn track(
    State(metrics): State<Metrics>,
    path: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let method = method_label(request.method());
    let endpoint = path.as_ref().map_or("unmatched", MatchedPath::as_str);

    let start = Instant::now();
    let response = next.run(request).await;
    let seconds = start.elapsed().as_secs_f64();

    let labels = [method, endpoint];
    metrics.latency.with_label_values(&labels).observe(seconds);
    let status = response.status();
    let labels = [method, endpoint, status.as_str()];
    metrics.requests.with_label_values(&labels).inc();
    response
}

/// Anyone can send any method; only those we know become a label value.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::CONNECT => "CONNECT",
        Method::OPTIONS => "OPTIONS",
        Method::TRACE => "TRACE",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}

/// Handler of `/metrics`: the present numbers, in Prometheus's text format.
pub async fn expose(State(metrics): State<Metrics>) -> Response {
    match TextEncoder::new().encode_to_string(&metrics.registry.gather()) {
        Ok(text) => ([(header::CONTENT_TYPE, TEXT_FORMAT)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
