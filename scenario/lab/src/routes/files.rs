//! The files of the workspace for the editor.
//!
//! A path is examined twice: its names here, and in `crate::files` where it leads. The content of a file goes out as
//! plain text, and never as anything that a browser would run.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::header::{self, HeaderMap};
use axum::http::{HeaderName, StatusCode};
use serde::Deserialize;

use super::empty::Empty;
use crate::answer::{FileEntry, FileList, FoundLines};
use crate::files::{Condition, WorkspaceFiles, belongs_to_the_runner, etag};
use crate::find::find;
use crate::lab::Lab;
use crate::listing::{OWN, is_hidden, is_plain};
use crate::message::Message;
use crate::refusal::{Answer, Refusal};
use crate::sync::{blocking, locked};

/// The query of a request for one file.
#[derive(Debug, Deserialize)]
pub(super) struct FileQuery {
    pub(super) path: String,
}

/// `GET /api/files`
pub(super) async fn list(State(lab): State<Arc<Lab>>) -> Answer<Json<FileList>> {
    let book = lab.book();
    let found = blocking(move || lab.files.list()).await?;
    let files = found.files.into_keys().map(|path| FileEntry { book: book.writes(&path), path }).collect();
    let folders = found.folders.into_iter().collect();
    Ok(Json(FileList { files, folders, truncated: found.is_cut }))
}

/// The query of a search.
#[derive(Debug, Deserialize)]
pub(super) struct TextQuery {
    text: String,
}

/// `GET /api/files/search?text=T`
pub(super) async fn search(
    State(lab): State<Arc<Lab>>,
    Query(query): Query<TextQuery>,
) -> Answer<Json<FoundLines>> {
    let book = lab.book();
    Ok(Json(blocking(move || find(&lab.files, &query.text, |path| book.writes(path))).await?))
}

/// `POST /api/folder?path=P`
pub(super) async fn make_folder(
    State(lab): State<Arc<Lab>>,
    Query(query): Query<FileQuery>,
    Json(Empty {}): Json<Empty>,
) -> Answer<StatusCode> {
    examine(&lab, &query.path)?;
    change(&lab, move |files| files.make_folder(&query.path)).await
}

/// `POST /api/file/mine?path=P`: the learner's own file instead of what a job or a button has put in its place.
pub(super) async fn put_back(
    State(lab): State<Arc<Lab>>,
    Query(query): Query<FileQuery>,
    Json(Empty {}): Json<Empty>,
) -> Answer<StatusCode> {
    examine(&lab, &query.path)?;
    lab.jobs.require_none()?;
    let worker = Arc::clone(&lab);
    let is_new = blocking(move || {
        let mut kept = locked(&worker.kept);
        let is_new = kept.put_back(&worker.files, &query.path)?;
        worker.jobs.set_kept(kept.paths());
        Ok::<_, Refusal>(is_new)
    })
    .await??;
    lab.jobs.send();
    if is_new {
        lab.hub.send(&Message::Files);
    }
    lab.activity.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/file?path=P`
pub(super) async fn get(
    State(lab): State<Arc<Lab>>,
    Query(query): Query<FileQuery>,
) -> Answer<([(HeaderName, String); 2], String)> {
    examine(&lab, &query.path)?;
    let text = blocking(move || lab.files.read(&query.path)).await??;
    let kind = "text/plain; charset=utf-8".to_owned();
    Ok(([(header::CONTENT_TYPE, kind), (header::ETAG, etag(text.as_bytes()))], text))
}

/// `PUT /api/file?path=P`
pub(super) async fn put(
    State(lab): State<Arc<Lab>>,
    Query(query): Query<FileQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<(StatusCode, [(HeaderName, String); 1])> {
    examine(&lab, &query.path)?;
    let value = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let condition = match (value(header::IF_MATCH), value(header::IF_NONE_MATCH)) {
        (Some(wanted), None) => Condition::Is(wanted),
        (None, Some(star)) if star == "*" => Condition::New,
        _ => {
            let error = "a file is written only with `If-Match` or `If-None-Match: *`";
            return Err(Refusal::new(StatusCode::PRECONDITION_REQUIRED, error));
        }
    };
    if std::str::from_utf8(&body).is_err() {
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the text is not UTF-8"));
    }
    let is_new = matches!(condition, Condition::New);
    let etag = etag(&body);
    let worker = Arc::clone(&lab);
    // The disk may be slow, and so may the holder of the lock.
    blocking(move || {
        let _alone = worker.files.alone();
        worker.files.write(&query.path, &body, &condition)
    })
    .await??;
    lab.activity.notify_one();
    if is_new {
        lab.hub.send(&Message::Files);
    }
    Ok((StatusCode::NO_CONTENT, [(header::ETAG, etag)]))
}

/// `DELETE /api/file?path=P`
pub(super) async fn remove(
    State(lab): State<Arc<Lab>>,
    Query(query): Query<FileQuery>,
    headers: HeaderMap,
) -> Answer<StatusCode> {
    examine(&lab, &query.path)?;
    let etag = if_match(&headers)?;
    change(&lab, move |files| files.remove(&query.path, &etag)).await
}

/// The query of a request that gives a file another path.
#[derive(Debug, Deserialize)]
pub(super) struct RenameQuery {
    path: String,
    to: String,
}

/// `POST /api/file/rename?path=P&to=Q`
pub(super) async fn rename(
    State(lab): State<Arc<Lab>>,
    Query(query): Query<RenameQuery>,
    headers: HeaderMap,
    Json(Empty {}): Json<Empty>,
) -> Answer<StatusCode> {
    examine(&lab, &query.path)?;
    examine(&lab, &query.to)?;
    let etag = if_match(&headers)?;
    change(&lab, move |files| files.rename(&query.path, &query.to, &etag)).await
}

/// The etag that a file must have.
fn if_match(headers: &HeaderMap) -> Answer<String> {
    let value = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok());
    value.map(str::to_owned).ok_or_else(|| {
        Refusal::new(StatusCode::PRECONDITION_REQUIRED, "a file is removed or renamed only with `If-Match`")
    })
}

/// Changes which files there are, while no job does.
async fn change(
    lab: &Arc<Lab>,
    what: impl FnOnce(&WorkspaceFiles) -> Answer<()> + Send + 'static,
) -> Answer<StatusCode> {
    lab.jobs.require_none()?;
    let worker = Arc::clone(lab);
    blocking(move || {
        let _alone = worker.files.alone();
        what(&worker.files)
    })
    .await??;
    lab.hub.send(&Message::Files);
    lab.activity.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

/// What a path may be: words between slashes, none of which leads anywhere or hides.
pub(super) fn examine(lab: &Lab, path: &str) -> Answer<()> {
    let bad =
        |why: &str| Err(Refusal::new(StatusCode::BAD_REQUEST, format!("`{}` {why}", path.escape_debug())));
    if path.is_empty() || path.contains('\\') || !path.chars().all(is_plain) {
        return bad("is not a path");
    }
    let parts: Vec<&str> = path.split('/').collect();
    if parts.iter().any(|part| matches!(*part, "" | "." | "..")) {
        return bad("leads elsewhere");
    }
    if parts[0] == OWN {
        return Err(belongs_to_the_runner());
    }
    if is_hidden(path) && !lab.book().writes(path) {
        return bad("is hidden, and not a file of the book");
    }
    Ok(())
}
