//! What the buttons of a block do. A request names a block of the plan and nothing else: neither paths nor text nor
//! commands come from the page.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use scenario_core::edit::{self, Line};
use scenario_core::files::Files;
use scenario_core::model::{self, Block, FileEdit, Verb};
use scenario_core::session;
use scenario_core::workspace::Workspace;
use serde::{Deserialize, Serialize};
use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::files::etag;
use crate::lab::{Lab, waiting};
use crate::limits::LOG_BYTES_MAX;
use crate::message::{BlockState, Message, Now};
use crate::refusal::{Answer, Refusal};
use crate::run;
use crate::terminal::{NotRun, Terminal};
use crate::view::block_view;
use crate::work::Task;

/// A request that says nothing but its address.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// What *Copy to editor* has done.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Applied {
    outcome: Outcome,
    path: String,
    etag: String,
    /// Ranges of lines of the new text, counted from 1, both ends included.
    changed: Vec<(usize, usize)>,
    kept: Option<String>,
}

/// Whether the file was changed.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    Applied,
    /// It has this block already.
    Already,
}

/// Where a block is to be run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Where {
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
pub(crate) async fn apply(
    State(lab): State<Arc<Lab>>,
    Path(id): Path<String>,
    Json(Nothing {}): Json<Nothing>,
) -> Answer<Json<Applied>> {
    change(lab, id, Way::Apply).await
}

/// `POST /api/blocks/ID/restore`: the file as the book has it after this block.
pub(crate) async fn restore(
    State(lab): State<Arc<Lab>>,
    Path(id): Path<String>,
    Json(Nothing {}): Json<Nothing>,
) -> Answer<Json<Applied>> {
    change(lab, id, Way::Restore).await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Apply,
    Restore,
}

async fn change(lab: Arc<Lab>, id: String, way: Way) -> Answer<Json<Applied>> {
    lab.jobs.none_runs()?;
    let worker = Arc::clone(&lab);
    let block = id.clone();
    let applied = waiting(move || change_file(&worker, &block, way)).await??;
    lab.use_block(&id, None);
    lab.activity.notify_one();
    Ok(Json(applied))
}

fn change_file(lab: &Lab, id: &str, way: Way) -> Answer<Applied> {
    let book = lab.book();
    let (_, block) = book.block(id).ok_or_else(|| Refusal::unknown("block"))?;
    let model::BlockKind::Edit(edit) = &block.kind else { return Err(Refusal::unknown("file block")) };
    let path = &edit.path;
    // Of two requests for the same file, the second finds what the first has written.
    let _alone = lab.tree.alone();
    let bytes = lab.tree.bytes_if_file(path)?;
    if way == Way::Apply && bytes.as_ref().is_some_and(|bytes| std::str::from_utf8(bytes).is_err()) {
        return Err(Refusal::conflict(format!("`{path}` is not text in UTF-8"))
            .help("restore the file to this step: yours is kept beside it")
            .with("restore", true));
    }
    let before = bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let books =
        || Files::after(&book.plan.scenario, id).and_then(|files| files.text(path)).unwrap_or_default();
    let is_there = before.as_ref().is_some_and(|text| Files::has_reached(&book.plan.scenario, id, text));
    let (after, is_theirs) = match (way, &before) {
        (Way::Apply, Some(text)) if is_there || holds(text, edit, block) => {
            let etag = etag(text.as_bytes());
            return Ok(Applied {
                outcome: Outcome::Already,
                path: path.clone(),
                etag,
                changed: place(text, block),
                kept: None,
            });
        }
        (Way::Apply, Some(text)) if !matches!(edit.verb, Verb::Write) => {
            let is_books = Files::before(&book.plan.scenario, id).is_some_and(|files| files.is(path, text));
            (applied(lab, text, edit, block)?, !is_books)
        }
        (Way::Apply, None) if !matches!(edit.verb, Verb::Write) => {
            let error = format!("`{path}` is not there yet, and this block changes it");
            return Err(Refusal::conflict(error)
                .help("use the blocks above first, or restore the file to this step")
                .with("restore", true));
        }
        _ => (books(), false),
    };
    let kept = if is_theirs {
        // The learner's own text with the block put in: nothing of it is lost, and it stays theirs.
        lab.tree.write_own(path, after.as_bytes()).map_err(|cause| Refusal::conflict(cause.to_string()))?;
        None
    } else {
        let mut workspace = Workspace::open(&lab.settings.front.workspace)?;
        let kept = workspace.put(path, &after)?;
        workspace.save()?;
        kept.map(|kept| kept.strip_prefix(workspace.root()).unwrap_or(&kept).display().to_string())
    };
    let changed = changed(before.as_deref().unwrap_or_default(), &after);
    if before.is_none() {
        lab.hub.tell(&Message::Files);
    }
    Ok(Applied { outcome: Outcome::Applied, path: path.clone(), etag: etag(after.as_bytes()), changed, kept })
}

fn holds(text: &str, edit: &FileEdit, block: &Block) -> bool {
    edit::holds(&Line::of(text, block.span), &edit.verb, &Line::of_block(block))
}

/// The learner's text after an edit.
fn applied(lab: &Lab, text: &str, edit: &FileEdit, block: &Block) -> Answer<String> {
    match edit::apply_to_text(&edit.path, text, &edit.verb, Line::of_block(block)) {
        Ok(text) => Ok(text),
        Err(diagnostic) => {
            let at = lab.book().plan.scenario.sources.location(diagnostic.primary).to_string();
            let mut refusal =
                Refusal::conflict(format!("{at}: {}", diagnostic.message())).with("restore", true);
            if let Some(help) = diagnostic.help.first().map(|help| help.text.clone()) {
                refusal = refusal.help(help);
            }
            Err(refusal)
        }
    }
}

/// The lines of `after` that `before` does not have.
fn changed(before: &str, after: &str) -> Vec<(usize, usize)> {
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let operations = capture_diff_slices(Algorithm::Myers, &before, &after);
    let new =
        operations.iter().filter(|operation| matches!(operation.tag(), DiffTag::Insert | DiffTag::Replace));
    new.map(|operation| (operation.new_range().start + 1, operation.new_range().end)).collect()
}

/// Where the text of a block stands in a file, if it stands there in one piece.
fn place(text: &str, block: &Block) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let own: Vec<&str> = block.text.lines().collect();
    let at = (!own.is_empty()).then(|| lines.windows(own.len()).position(|window| window == own)).flatten();
    at.map(|at| (at + 1, at + own.len())).into_iter().collect()
}

/// `POST /api/blocks/ID/run`
pub(crate) async fn run_block(
    State(lab): State<Arc<Lab>>,
    Path(id): Path<String>,
    Json(place): Json<Where>,
) -> Answer<Response> {
    let book = lab.book();
    let (_, block) = book.block(&id).ok_or_else(|| Refusal::unknown("block"))?;
    match &block.kind {
        model::BlockKind::Commands(_) => {}
        model::BlockKind::Background(_) => {
            lab.start_job(Task::Start { block: id.clone() })?;
            return Ok(StatusCode::ACCEPTED.into_response());
        }
        _ => return Err(Refusal::unknown("command block")),
    }
    let terminal = choose(&lab, place.terminal.as_deref())?;
    match terminal.seat(&id, place.busy == Busy::Stop) {
        Ok(seat) => {
            let name = terminal.id.clone();
            tokio::spawn(run::run(Arc::clone(&lab), Arc::clone(&book), id, name.clone(), seat));
            Ok((StatusCode::ACCEPTED, Json(serde_json::json!({"terminal": name}))).into_response())
        }
        Err(NotRun::Ended) => Err(Refusal::conflict(format!("the shell in T{} has ended", terminal.id))
            .help("start a new one there, or open another terminal")),
        Err(NotRun::Busy(command)) => {
            let free = lab.terminals().into_iter().find(is_free);
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

/// The terminal that is asked for; else the first that is free; else the first; else a new one.
fn choose(lab: &Lab, id: Option<&str>) -> Answer<Arc<Terminal>> {
    if let Some(id) = id {
        return lab.terminal(id).ok_or_else(|| Refusal::unknown("terminal"));
    }
    let terminals = lab.terminals();
    if let Some(first) = terminals.first() {
        // Not any that is free: a learner looks at the one where the last command ran.
        return Ok(Arc::clone(first));
    }
    let id = lab.open_terminal()?;
    lab.terminal(&id).ok_or_else(|| Refusal::unknown("terminal"))
}

/// `POST /api/blocks/ID/stop`: ends a background process.
pub(crate) async fn stop(
    State(lab): State<Arc<Lab>>,
    Path(id): Path<String>,
    Json(Nothing {}): Json<Nothing>,
) -> Answer<StatusCode> {
    let name = background(&lab, &id)?;
    lab.jobs.none_runs()?;
    let options = lab.run_options();
    let book = lab.book();
    waiting(move || scenario_core::runner::stop(&book.plan, &name, &options)).await??;
    lab.look_at_backgrounds();
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/blocks/ID/log`: the end of what a background process has printed.
pub(crate) async fn log(State(lab): State<Arc<Lab>>, Path(id): Path<String>) -> Answer<Response> {
    let name = background(&lab, &id)?;
    let text = waiting(move || {
        let log = session::backgrounds()?.remove(&name).map(|background| background.log);
        Ok::<_, scenario_core::error::Error>(log.and_then(|log| tail(&log).ok()).unwrap_or_default())
    })
    .await??;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

fn tail(log: &std::path::Path) -> std::io::Result<String> {
    use std::io::{Read, Seek, SeekFrom};
    let mut file = std::fs::File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG_BYTES_MAX)))?;
    let mut bytes = Vec::new();
    file.take(LOG_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The name of the process that a background block starts.
fn background(lab: &Lab, id: &str) -> Answer<String> {
    let book = lab.book();
    let background = book.block(id).and_then(|(_, block)| block.kind.background());
    background.map(|background| background.name.clone()).ok_or_else(|| Refusal::unknown("background block"))
}

impl Lab {
    /// A block was used; with a state, it goes on.
    pub(crate) fn use_block(&self, id: &str, state: Option<BlockState>) {
        self.progress(|progress| {
            progress.used.insert(id.to_owned());
        });
        self.set_block(id, state);
    }

    /// Changes the state of a block, and tells.
    pub(crate) fn set_block(&self, id: &str, state: Option<BlockState>) {
        let book = self.book();
        let Some((step, actions)) = book.plan.block(id) else { return };
        let mut learner = self.learner();
        match state {
            Some(state) => drop(learner.blocks.insert(id.to_owned(), state)),
            None => drop(learner.blocks.remove(id)),
        }
        let block = block_view(id, actions, &learner);
        drop(learner);
        let Some(block) = block else { return };
        self.hub.tell(&Message::Block { step: step.number, block });
    }

    /// Whether the background processes of the book run, and what their blocks say of it.
    pub(crate) fn look_at_backgrounds(&self) {
        // Of a record that cannot be read, the next run says so.
        let record = session::backgrounds().unwrap_or_default();
        let book = self.book();
        let blocks = book.plan.scenario.steps.iter().flat_map(|step| &step.blocks);
        let backgrounds: BTreeMap<&str, (&str, Option<u16>)> = blocks
            .filter_map(|block| {
                let background = block.kind.background()?;
                Some((block.id.as_str(), (background.name.as_str(), background.ready.port())))
            })
            .collect();
        for (id, (name, port)) in backgrounds {
            let answers = || port.is_none_or(scenario_core::ports::accepts);
            let state = match record.get(name) {
                Some(background) if background.serves() && answers() => {
                    let place = port.map(|port| format!(" and answers on port {port}")).unwrap_or_default();
                    Some(BlockState::new(Now::Passed, format!("`{name}` runs{place}")))
                }
                Some(background) if background.serves() => {
                    Some(BlockState::new(Now::Running, format!("`{name}` runs and does not answer yet")))
                }
                Some(_) => {
                    Some(BlockState::new(Now::Stopped, format!("`{name}` has ended; its log says why")))
                }
                None => {
                    let taken = port.filter(|port| scenario_core::ports::accepts(*port));
                    taken.map(|port| {
                        BlockState::new(Now::Passed, format!("port {port} answers, started by hand"))
                    })
                }
            };
            let is_starting = self.jobs.is_starting(id);
            let known = self.learner().blocks.get(id).cloned();
            // Why it could not be started is said until it runs.
            let says_why = known.as_ref().is_some_and(|known| known.now == Now::Failed);
            let is_less = state.as_ref().is_none_or(|state| state.now == Now::Stopped);
            if known != state && !is_starting && !(says_why && is_less) {
                self.set_block(id, state);
            }
        }
    }
}
