//! What the service tells Prometheus about itself.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use prometheus::{HistogramVec, IntCounterVec, IntGauge, Registry, TEXT_FORMAT, TextEncoder};

/// Upper bounds of the latency's buckets, in seconds and ascending. We promise 0.2.
const LATENCY_BOUNDS: &[f64] = &[0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.5];

/// The metrics of one service. Clones share the same numbers.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    latency: HistogramVec,
    requests: IntCounterVec,
    in_flight: IntGauge,
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

        let metrics = Self {
            latency: prometheus::register_histogram_vec_with_registry!(
                "app_request_latency_seconds",
                "Time from a request to its end",
                &["method", "endpoint"],
                LATENCY_BOUNDS.to_vec(),
                registry
            )?,
            requests: prometheus::register_int_counter_vec_with_registry!(
                "app_request_count_total",
                "Requests that have ended",
                &["method", "endpoint", "http_status"],
                registry
            )?,
            in_flight: prometheus::register_int_gauge_with_registry!(
                "app_requests_in_flight",
                "Requests that have begun and have not ended",
                registry
            )?,
            registry,
        };

        // A rate counts what is added to a series, so the first value must be 0.
        metrics.latency.with_label_values(&["GET", "/probe"]);
        for status in ["200", "500"] {
            metrics.requests.with_label_values(&["GET", "/probe", status]);
        }
        Ok(metrics)
    }
}

/// Middleware: counts each request, and measures how long it takes.
pub async fn track(
    State(metrics): State<Metrics>,
    path: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let method = method_label(request.method());
    let endpoint = path.as_ref().map_or("unmatched", MatchedPath::as_str);

    metrics.in_flight.inc();
    let (metrics, status, start) = (&metrics, None, Instant::now());
    let mut underway = Underway { metrics, method, endpoint, status, start };
    let response = next.run(request).await;
    underway.status = Some(response.status());
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

/// A request under way. It is counted when this is dropped, however the request ends.
struct Underway<'a> {
    metrics: &'a Metrics,
    method: &'static str,
    endpoint: &'a str,
    status: Option<StatusCode>,
    start: Instant,
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        let status = match &self.status {
            Some(status) => status.as_str(),
            None if std::thread::panicking() => "panic",
            None => "499",
        };
        let metrics = self.metrics;
        let labels = [self.method, self.endpoint];
        let seconds = self.start.elapsed().as_secs_f64();
        metrics.latency.with_label_values(&labels).observe(seconds);
        let labels = [self.method, self.endpoint, status];
        metrics.requests.with_label_values(&labels).inc();
        metrics.in_flight.dec();
    }
}
