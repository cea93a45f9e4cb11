//! What is refused of an imported book until the learner has agreed to what it runs, and their agreement.
//!
//! Every request that is not listed as harmless is refused, and so is any new one. The terminals and the files are the
//! learner's own.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::lab::Lab;
use crate::refusal::{Answer, Refusal};
use crate::sync::blocking;
use crate::trust::{self, Listing};

/// The requests to `/api/` that run nothing of the book: their methods, and their paths, in which `*` is one part.
const HARMLESS: [(&str, &str); 29] = [
    ("GET", "trust"),
    ("POST", "trust"),
    ("POST", "blocks/*/stop"),
    ("POST", "blocks/*/undo"),
    ("GET", "blocks/*/log"),
    ("GET", "running"),
    ("GET", "running/*/log"),
    ("POST", "steps/*/here"),
    ("GET", "steps/*/diff"),
    ("POST", "guide/dismiss"),
    ("POST", "job/cancel"),
    ("GET", "search"),
    ("GET", "files"),
    ("GET", "files/search"),
    ("POST", "folder"),
    ("GET", "file"),
    ("PUT", "file"),
    ("DELETE", "file"),
    ("POST", "file/rename"),
    ("POST", "file/mine"),
    ("POST", "file/saved"),
    ("POST", "file/format"),
    ("POST", "terminals"),
    ("DELETE", "terminals/*"),
    ("POST", "terminals/*/restart"),
    ("POST", "terminals/*/clear"),
    ("POST", "terminals/*/name"),
    ("POST", "terminals/*/lines"),
    ("POST", "preflight/look"),
];

/// Lets a request pass that runs nothing of the book, and each one once the learner has agreed.
pub(super) async fn require(State(lab): State<Arc<Lab>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().strip_prefix("/api/");
    if path.is_some_and(|path| !is_harmless(request.method(), path)) && !lab.is_trusted() {
        return Refusal::untrusted().into_response();
    }
    next.run(request).await
}

fn is_harmless(method: &Method, path: &str) -> bool {
    // A HEAD is the GET without its text.
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    let fits = |pattern: &str| {
        let (mut parts, mut wanted) = (path.split('/'), pattern.split('/'));
        wanted.all(|wanted| parts.next().is_some_and(|part| wanted == "*" || part == wanted))
            && parts.next().is_none()
    };
    HARMLESS.iter().any(|(known, pattern)| *known == method && fits(pattern))
}

/// `GET /api/trust`: all that an imported book runs.
pub(super) async fn list(State(lab): State<Arc<Lab>>) -> Answer<Json<Listing>> {
    let book = lab.book();
    let runs = book.runs.as_ref().ok_or_else(|| Refusal::unknown("list: this book was not imported"))?;
    Ok(Json(trust::listing(runs)))
}

/// What the learner has read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Agreement {
    digest: String,
}

/// `POST /api/trust`: the learner agrees to what was listed, and to nothing that came later.
pub(super) async fn agree(
    State(lab): State<Arc<Lab>>,
    Json(Agreement { digest }): Json<Agreement>,
) -> Answer<StatusCode> {
    let book = lab.book();
    let runs = book.runs.clone().filter(|runs| runs.digest == digest);
    let runs = runs.ok_or_else(|| {
        Refusal::conflict("the book has changed since it was listed").help("read the list as it is now")
    })?;
    blocking(move || runs.trust()).await??;
    lab.send_trust();
    lab.activity.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_is_not_known_is_not_harmless() {
        for (method, path, harmless) in [
            (Method::GET, "files", true),
            (Method::HEAD, "files", true),
            (Method::POST, "files", false),
            (Method::POST, "blocks/a/run", false),
            (Method::POST, "blocks/a/stop/x", false),
            (Method::POST, "blocks/stop", false),
            (Method::POST, "file/new", false),
            (Method::GET, "blocks/a/compare", false),
            (Method::GET, "prometheus/9090/query", false),
            (Method::POST, "preflight/provide", false),
            (Method::POST, "something/new", false),
        ] {
            assert_eq!(is_harmless(&method, path), harmless, "{method} {path}");
        }
    }
}
