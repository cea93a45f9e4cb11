//! The commands of a block, run in a terminal: what the runner would do, under the same conditions, with its result.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use scenario_core::event::{ItemResult, Output, Phase, Verdict};
use scenario_core::failure::{Captured, Failure};
use scenario_core::files::Files;
use scenario_core::model::{Ready, WrittenFile};
use scenario_core::plan::{Action, PlannedAction, PlannedCommand};
use scenario_core::process::Finished;
use scenario_core::runner::FilesBefore;
use scenario_core::runner::block::{self, Conditions, Start, Stop};
use scenario_core::workspace::Workspace;
use scenario_core::{runner, session};

use crate::backgrounds;
use crate::book::RenderedBook;
use crate::lab::Lab;
use crate::message::{BlockState, Now};
use crate::sync::blocking;
use crate::terminal::{Lost, Seat};

/// The status that the shell reports after a Ctrl-C.
const INTERRUPTED: i32 = 130;

/// How long a terminal rests before a command is typed again that does not print what the page shows yet.
const REPEAT_AFTER: Duration = Duration::from_secs(1);

/// Why a block has ended early.
enum End {
    /// It failed or could not go on, with the state to report.
    Failed(BlockState),
    /// Its terminal could not go on.
    Lost(String),
    /// The block with this id has its terminal now.
    Displaced(String),
}

/// Runs the commands of a block one after the other, and reports the state of the block.
pub(crate) async fn run(
    lab: Arc<Lab>,
    book: Arc<RenderedBook>,
    block: String,
    terminal: String,
    mut seat: Seat,
) {
    let report = |now: Now, text: String| {
        lab.set_block(
            &block,
            Some(BlockState { terminal: Some(terminal.clone()), ..BlockState::new(now, text) }),
        );
    };
    report(Now::Running, format!("running in T{terminal}"));
    let Some((step, actions)) = book.actions(&block) else { return };
    let mut end = Ok(());
    for (index, action) in actions.iter().enumerate() {
        end = one(&lab, &book, step, action, &mut seat).await;
        if let Err(End::Failed(state)) = &mut end {
            state.terminal = Some(terminal.clone());
            if index + 1 < actions.len() {
                state.text.push_str("; the commands after it were not run");
            }
        }
        if end.is_err() {
            break;
        }
    }
    match end {
        Err(End::Displaced(by)) if by == block => return,
        Err(End::Displaced(_)) => return report(Now::Stopped, "stopped for another block".to_owned()),
        // It is reported once the terminal takes the next block.
        _ => seat.leave().await,
    }
    if end.is_ok() {
        end = until_ready(&lab, &book, step, actions, &report).await;
    }
    match end {
        Ok(()) => {
            let state =
                BlockState { terminal: Some(terminal.clone()), ..BlockState::new(Now::Passed, "done") };
            lab.use_block(&block, Some(state));
        }
        Err(End::Failed(state)) => lab.set_block(&block, Some(state)),
        Err(End::Lost(why)) => report(Now::Failed, why),
        Err(End::Displaced(_)) => {}
    }
    lab.activity.notify_one();
}

/// Runs one command, with all that must hold before and after it.
async fn one(
    lab: &Arc<Lab>,
    book: &Arc<RenderedBook>,
    step: usize,
    action: &PlannedAction,
    seat: &mut Seat,
) -> Result<(), End> {
    let planned = match &action.action {
        Action::Command(planned) => planned,
        Action::Stop { name } => return stop(lab, book, name.clone()).await,
        _ => return Ok(()),
    };
    let failed = |stop: Stop, finished: Option<&Finished>| {
        End::Failed(explain(lab, book, &item(step, action, finished), stop))
    };
    let command = planned.clone();
    let start = with_conditions(lab, book, move |conditions| conditions.before(&command)).await;
    if start.map_err(|stop| failed(stop, None))? == Start::DoneAlready {
        return Ok(());
    }
    let learners = files_of(lab, &planned.writes, |workspace, path| workspace.is_learners(path)).await;
    let id = action.block.as_deref().unwrap_or_default();
    let files = Files::before(&book.plan_of(id).scenario, id).unwrap_or_default();
    let workspace = lab.workspace().canonicalize().unwrap_or_default();
    let before = files_before(lab, &files, planned).await.map_err(|error| failed(error.into(), None))?;
    let start = Instant::now();
    let finished = loop {
        let finished = typed(&planned.command.text, seat).await?;
        let judged = block::judge(&planned.command, &finished, &files, &workspace);
        let Err(failure) = judged else { break finished };
        match planned.repeat.filter(|_| failure.may_pass()) {
            Some(within) if start.elapsed() < within => tokio::time::sleep(REPEAT_AFTER).await,
            Some(within) => return Err(failed(failure.after_repeating(within).into(), Some(&finished))),
            None => return Err(failed(failure.into(), Some(&finished))),
        }
    };
    // What the learner had written in such a file stays theirs.
    let theirs = learners.map_err(|error| failed(error.into(), Some(&finished)))?;
    let writes: Vec<_> = planned.writes.iter().filter(|file| !theirs.contains(&file.path)).cloned().collect();
    let taken = files_of(lab, &writes, |workspace, path| {
        workspace.acknowledge(path);
        true
    });
    taken.await.map_err(|error| failed(error.into(), Some(&finished)))?;
    let command = planned.clone();
    let after = with_conditions(lab, book, move |conditions| conditions.after(&command)).await;
    after.map_err(|stop| failed(stop, Some(&finished)))?;
    match put_back(lab, before, planned).await {
        Ok(None) => Ok(()),
        Ok(Some(failure)) => Err(failed(failure.into(), Some(&finished))),
        Err(error) => Err(failed(error.into(), Some(&finished))),
    }
}

/// The files of the book before a command, and how often the lab had written each.
type Before = (FilesBefore, BTreeMap<String, u64>);

async fn files_before(
    lab: &Arc<Lab>,
    files: &Files,
    planned: &PlannedCommand,
) -> scenario_core::error::Result<Before> {
    let (lab, files, planned) = (Arc::clone(lab), files.clone(), planned.clone());
    let before = blocking(move || {
        let _alone = lab.files.alone();
        let workspace = Workspace::open(lab.workspace())?;
        Ok((FilesBefore::read(&workspace, &files, &planned), lab.files.saves()))
    });
    before.await?
}

/// Puts back the files of the book that a command has changed without its block saying so. What was written by way of the
/// lab meanwhile is the learner's.
async fn put_back(
    lab: &Arc<Lab>,
    (before, saves): Before,
    planned: &PlannedCommand,
) -> scenario_core::error::Result<Option<Box<Failure>>> {
    let (lab, planned) = (Arc::clone(lab), planned.clone());
    let failure = blocking(move || {
        let _alone = lab.files.alone();
        let workspace = Workspace::open(lab.workspace())?;
        let now = lab.files.saves();
        before.put_back(&workspace, &planned, &|path| now.get(path) != saves.get(path))
    });
    failure.await?
}

/// Does something with each of these files of the workspace; those for which it is so.
async fn files_of(
    lab: &Arc<Lab>,
    files: &[WrittenFile],
    is_so: impl Fn(&mut Workspace, &str) -> bool + Send + 'static,
) -> scenario_core::error::Result<Vec<String>> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let (lab, mut paths) = (Arc::clone(lab), files.iter().map(|file| file.path.clone()).collect::<Vec<_>>());
    let found = blocking(move || {
        let _alone = lab.files.alone();
        let mut workspace = Workspace::open(lab.workspace())?;
        paths.retain(|path| is_so(&mut workspace, path));
        workspace.save()?;
        Ok(paths)
    });
    found.await?
}

/// Ends a background process of the book.
async fn stop(lab: &Arc<Lab>, book: &Arc<RenderedBook>, name: String) -> Result<(), End> {
    let (worker, book) = (Arc::clone(lab), Arc::clone(book));
    let stopped = blocking(move || {
        let stopped = runner::stop(&book.plan, &name, &worker.run_options());
        backgrounds::refresh(&worker);
        stopped
    });
    stopped.await.unwrap_or_else(Err).map_err(|error| {
        let help = error.help().map(|help| format!("; {help}")).unwrap_or_default();
        End::Failed(BlockState::new(Now::Failed, format!("{error}{help}")))
    })
}

/// Types a command, and waits for its end.
async fn typed(text: &str, seat: &mut Seat) -> Result<Finished, End> {
    seat.run(text).await.map_err(|lost| match lost {
        Lost::Displaced(by) => End::Displaced(by),
        Lost::Failed(why) => End::Lost(why),
        Lost::NoResult(INTERRUPTED) => End::Failed(BlockState::new(Now::Stopped, "stopped by Ctrl-C")),
        Lost::NoResult(_) => End::Lost("the command could not be run; the terminal shows why".to_owned()),
    })
}

/// Waits until what the block has started answers.
async fn until_ready(
    lab: &Arc<Lab>,
    book: &Arc<RenderedBook>,
    step: usize,
    actions: &[PlannedAction],
    report: &impl Fn(Now, String),
) -> Result<(), End> {
    let Some(last) = actions.last() else { return Ok(()) };
    let Action::Command(planned) = &last.action else { return Ok(()) };
    let Some(readiness) = &planned.ready else { return Ok(()) };
    let what = match &readiness.probe {
        Ready::Port(port) => format!("port {port}"),
        Ready::Url(url) => format!("`{url}`"),
        Ready::Log(text) => format!("`{text}` in the log"),
        Ready::Wait => "its end".to_owned(),
    };
    report(Now::Running, format!("waiting for {what}"));
    let command = planned.clone();
    let ready = with_conditions(lab, book, move |conditions| conditions.ready(&command, &mut |_, _| {}));
    ready.await.map_err(|stop| End::Failed(explain(lab, book, &item(step, last, None), stop)))
}

/// Looks at the conditions of a command, on a thread that may wait.
async fn with_conditions<T: Send + 'static>(
    lab: &Arc<Lab>,
    book: &Arc<RenderedBook>,
    look: impl FnOnce(&Conditions<'_>) -> Result<T, Stop> + Send + 'static,
) -> Result<T, Stop> {
    let (book, options) = (Arc::clone(book), lab.run_options());
    let looked = blocking(move || {
        let backgrounds = session::backgrounds()?;
        look(&Conditions {
            sources: &book.plan.scenario.sources,
            engine: options.machine.engine.as_ref(),
            owner: &options.workspace.display().to_string(),
            backgrounds: &backgrounds,
            proves: false,
        })
    });
    looked.await?
}

/// An action as the runner would report it; its verdict is still to come.
fn item(step: usize, action: &PlannedAction, finished: Option<&Finished>) -> ItemResult {
    let output = |finished: &Finished| Output {
        stdout: Captured::new(&finished.stdout),
        stderr: Captured::new(&finished.stderr),
    };
    ItemResult {
        step,
        exercise: None,
        id: action.id.clone(),
        kind: action.kind(),
        title: action.title.clone(),
        span: action.span,
        phase: Phase::Run,
        began: Default::default(),
        elapsed: Default::default(),
        verdict: Verdict::Passed(Default::default()),
        output: finished.map(output),
        curve: None,
    }
}

/// A failure as the state of its block.
fn explain(lab: &Lab, book: &RenderedBook, item: &ItemResult, stop: Stop) -> BlockState {
    let failure = match stop {
        Stop::Failed(failure) => failure,
        Stop::Error(error) => {
            let help = error.help().map(|help| format!("; {help}")).unwrap_or_default();
            return BlockState::new(Now::Failed, format!("{error}{help}"));
        }
    };
    let places = book.places(&failure);
    // Each of them has buttons.
    let failed = ItemResult {
        verdict: Verdict::Failed(Box::new(Failure { places: Vec::new(), ..*failure })),
        ..item.clone()
    };
    let explained = lab.words(book).explain(&failed);
    let mut text = format!("`{}`: {}", item.title, explained.message);
    let parts = [("expected ", &explained.expected), ("found ", &explained.found), ("", &explained.help)];
    for (name, part) in parts.into_iter().filter(|(_, part)| !part.is_empty()) {
        text.push_str(&format!("; {name}{part}"));
    }
    BlockState { detail: explained.detail, places, ..BlockState::new(Now::Failed, text) }
}
