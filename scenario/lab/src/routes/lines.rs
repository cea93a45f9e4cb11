//! Lines of the workspace's files: those that a terminal names, and the mistakes in a file that was saved.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::empty::Empty;
use super::files::{FileQuery, examine};
use crate::lab::Lab;
use crate::problem::{Formatted, NamedLine};
use crate::refusal::Answer;
use crate::sync::blocking;
use crate::{after_save, format, lines};

/// A text of the learner's: a line of a terminal, or that of a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Text {
    text: String,
}

/// Whether a path may be opened, and is that of a file.
fn is_there(lab: &Lab, path: &str) -> bool {
    examine(lab, path).is_ok() && lab.files.is_file(path)
}

/// `POST /api/terminals/ID/lines`: the lines of files that a line of the terminal names, where they can be opened.
pub(super) async fn named(
    State(lab): State<Arc<Lab>>,
    Path(id): Path<String>,
    Json(Text { text }): Json<Text>,
) -> Answer<Json<Vec<NamedLine>>> {
    let terminal = lab.terminals.get(&id)?;
    let found = blocking(move || {
        let dir = terminal.dir().unwrap_or_else(|| lab.workspace().to_owned());
        lines::named(&lab, &dir, &text, |path| is_there(&lab, path))
    });
    Ok(Json(found.await?))
}

/// `POST /api/file/saved?path=P`: looks for mistakes, by the command of the book; 204 if it names none, or may not run.
pub(super) async fn saved(
    State(lab): State<Arc<Lab>>,
    Query(query): Query<FileQuery>,
    Json(Empty {}): Json<Empty>,
) -> Answer<StatusCode> {
    examine(&lab, &query.path)?;
    let looks = after_save::look(&lab, &query.path, is_there);
    Ok(if looks { StatusCode::ACCEPTED } else { StatusCode::NO_CONTENT })
}

/// `POST /api/file/format?path=P`: a text of this file, formatted.
pub(super) async fn formatted(
    State(lab): State<Arc<Lab>>,
    Query(query): Query<FileQuery>,
    Json(Text { text }): Json<Text>,
) -> Answer<Json<Formatted>> {
    examine(&lab, &query.path)?;
    Ok(Json(blocking(move || format::format(&lab, &query.path, &text)).await??))
}
