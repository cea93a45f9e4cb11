//! The buttons of a block. A request names a block of the plan and nothing else: neither paths nor text nor commands
//! come from the page.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use scenario_core::model::{BlockKind, FIRST_TERMINAL};
use scenario_core::{runner, session};
use serde::Deserialize;

use super::empty::Empty;
use crate::answer::{Applied, Outcome};
use crate::edit::{self, Change};
use crate::lab::Lab;
use crate::message::Message;
use crate::refusal::{Answer, Refusal};
use crate::sync::{blocking, locked};
use crate::terminal::{NotRun, Seat, Terminal};
use crate::work::Task;
use crate::{backgrounds, run, running, supervise, undo};

/// In which terminal a block is to be run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunRequest {
    terminal: Option<String>,
    #[serde(default)]
    busy: Busy,
}

/// What to do with a terminal that is busy.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Busy {
    #[default]
    Ask,
    Stop,
}

/// `POST /api/blocks/ID/apply`: the edit, as the runner would make it, on the file as the learner has it.
pub(super) async fn apply(
    State(lab): State<Arc<Lab>>,
    Path(id): Path<String>,
    Json(Empty {}): Json<Empty>,
) -> Answer<Json<Applied>> {
    change(lab, id, Change::Apply).await
}

/// `POST /api/blocks/ID/restore`: the file as the book has it after this block.
pub(super) async fn restore(
    State(lab): State<Arc<Lab>>,
    Path(id): Path<String>,
    Json(Empty {}): Json<Empty>,
) -> Answer<Json<Applied>> {
    change(lab, id, Change::Restore).await
}

async fn change(lab: Arc<Lab>, id: String, change: Change) -> Answer<Json<Applied>> {
    lab.jobs.require_none()?;
    let (worker, block) = (Arc::clone(&lab), id.clone());
    let (applied, before) =
        blocking(move || edit::change(&worker.files, worker.workspace(), &worker.book(), &block, change))
            .await??;
    if before.is_none() {
        lab.hub.send(&Message::Files);
    }
    if applied.outcome == Outcome::Applied {
        let (path, etag) = (applied.path.clone(), applied.etag.clone());
        locked(&lab.undo).insert(id.clone(), undo::Change { path, before, etag });
    }
    lab.use_block(&id, None);
    lab.activity.notify_one();
    Ok(Json(applied))
}

/// `POST /api/blocks/ID/undo`: the file as it was before the block was last applied or restored.
pub(super) async fn undo(
    State(lab): State<Arc<Lab>>,
    Path(id): Path<String>,
    Json(Empty {}): Json<Empty>,
) -> Answer<StatusCode> {
    lab.jobs.require_none()?;
    lab.book().block(&id).ok_or_else(|| Refusal::unknown("block"))?;
    let change = locked(&lab.undo).get(&id).cloned();
    let change = change
        .ok_or_else(|| Refusal::conflict("this block has changed nothing since the lab was started"))?;
    let worker = Arc::clone(&lab);
    let is_gone = blocking(move || undo::undo(&worker.files, &change)).await??;
    locked(&lab.undo).remove(&id);
    if is_gone {
        lab.hub.send(&Message::Files);
    }
    lab.unuse_block(&id);
    lab.activity.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/blocks/ID/asked`: the learner has put the question of a query block.
pub(super) async fn asked(
    State(lab): State<Arc<Lab>>,
    Path(id): Path<String>,
    Json(Empty {}): Json<Empty>,
) -> Answer<StatusCode> {
    let book = lab.book();
    let is_query = book.block(&id).is_some_and(|(_, block)| matches!(block.kind, BlockKind::Query(_)));
    if !is_query {
        return Err(Refusal::unknown("query block"));
    }
    lab.use_block(&id, None);
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/blocks/ID/run`
pub(super) async fn run(
    State(lab): State<Arc<Lab>>,
    Path(id): Path<String>,
    Json(request): Json<RunRequest>,
) -> Answer<Response> {
    let book = lab.book();
    // The book may have changed since the request was let in.
    if !book.is_trusted() {
        return Err(Refusal::untrusted());
    }
    let (_, block) = book.block(&id).ok_or_else(|| Refusal::unknown("block"))?;
    let named = match &block.kind {
        BlockKind::Commands(commands) => {
            commands.commands.first().map_or(FIRST_TERMINAL, |command| &command.terminal)
        }
        BlockKind::Background(_) => {
            supervise::start(&lab, Task::Start { block: id })?;
            lab.has_run();
            return Ok(StatusCode::ACCEPTED.into_response());
        }
        _ => return Err(Refusal::unknown("command block")),
    };
    let terminal = choose(&lab, request.terminal.as_deref(), named)?;
    match Seat::take(&terminal, &id, request.busy == Busy::Stop) {
        Ok(seat) => {
            let name = terminal.id.clone();
            lab.has_run();
            tokio::spawn(run::run(Arc::clone(&lab), book, id, name.clone(), seat));
            Ok((StatusCode::ACCEPTED, Json(serde_json::json!({"terminal": name}))).into_response())
        }
        Err(NotRun::Ended) => Err(Refusal::conflict(format!("the shell in T{} has ended", terminal.id))
            .help("start a new one there, or open another terminal")),
        Err(NotRun::Busy(command)) => {
            let free = lab.terminals.all().into_iter().find(is_free);
            let busy = serde_json::json!({"terminal": terminal.id, "command": command});
            Err(Refusal::conflict(format!("T{} is busy: `{command}`", terminal.id))
                .help("stop it, or run this in another terminal")
                .with("busy", busy)
                .with("free", free.map(|terminal| terminal.id.clone())))
        }
    }
}

fn is_free(terminal: &Arc<Terminal>) -> bool {
    let view = terminal.view();
    view.alive && view.busy.is_none()
}

/// The terminal that the request names, or else the one that the page names; where that is not another than the first,
/// the first that is there, or a new one.
fn choose(lab: &Lab, id: Option<&str>, named: &str) -> Answer<Arc<Terminal>> {
    if let Some(id) = id {
        return lab.terminals.get(id);
    }
    let other = if named == FIRST_TERMINAL { None } else { lab.terminals.named(named)? };
    match other.or_else(|| lab.terminals.all().into_iter().next()) {
        Some(terminal) => Ok(terminal),
        None => lab.terminals.open(),
    }
}

/// `POST /api/blocks/ID/stop`: ends a background process.
pub(super) async fn stop(
    State(lab): State<Arc<Lab>>,
    Path(id): Path<String>,
    Json(Empty {}): Json<Empty>,
) -> Answer<StatusCode> {
    let name = background(&lab, &id)?;
    lab.jobs.require_none()?;
    let options = lab.run_options();
    let book = lab.book();
    blocking(move || runner::stop(&book.plan, &name, &options)).await??;
    let worker = Arc::clone(&lab);
    blocking(move || backgrounds::refresh(&worker)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/blocks/ID/log`: the end of what a background process has printed.
pub(super) async fn log(State(lab): State<Arc<Lab>>, Path(id): Path<String>) -> Answer<Response> {
    let name = background(&lab, &id)?;
    let text = blocking(move || {
        let log = session::backgrounds()?.remove(&name).map(|background| background.log);
        Ok::<_, scenario_core::error::Error>(log.and_then(|log| running::tail(&log).ok()).unwrap_or_default())
    })
    .await??;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

/// The name of the process that a background block starts.
fn background(lab: &Lab, id: &str) -> Answer<String> {
    let book = lab.book();
    let background = book.block(id).and_then(|(_, block)| block.kind.background());
    background.map(|background| background.name.clone()).ok_or_else(|| Refusal::unknown("background block"))
}
