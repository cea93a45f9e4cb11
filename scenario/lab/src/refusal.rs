//! The answer to a request that is refused: a status, what happened, and what to do next.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use scenario_core::error::Error;
use serde_json::{Map, Value};

/// A request that is refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    body: Map<String, Value>,
}

/// What a handler returns.
pub(crate) type Answer<T> = Result<T, Refusal>;

impl Refusal {
    /// A refusal that says what happened, in lower case.
    pub(crate) fn new(status: StatusCode, error: impl Into<String>) -> Refusal {
        let body = Map::from_iter([("error".to_owned(), Value::String(error.into()))]);
        Refusal { status, body }
    }

    /// The same refusal with advice.
    pub(crate) fn help(self, help: impl Into<String>) -> Refusal {
        self.with("help", help.into())
    }

    /// The same refusal with something that the page needs to go on.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Refusal {
        self.body.insert(name.to_owned(), value.into());
        self
    }

    /// Something does not exist.
    pub(crate) fn unknown(what: &str) -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, format!("unknown {what}"))
    }

    /// Something of an imported book would run to which the learner has not agreed.
    pub(crate) fn untrusted() -> Refusal {
        Refusal::new(
            StatusCode::FORBIDDEN,
            "this book was imported, and you have not agreed yet to what it runs",
        )
        .help("read the list of all that it runs")
        .with("untrusted", true)
    }

    /// Something cannot be done now.
    pub(crate) fn conflict(error: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::CONFLICT, error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(Value::Object(self.body))).into_response()
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        let refusal = Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string());
        match error.help() {
            Some(help) => refusal.help(help),
            None => refusal,
        }
    }
}
