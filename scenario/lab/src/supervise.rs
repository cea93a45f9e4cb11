//! A job from start to end: starts its child process, takes in what it reports, and does what follows from its end.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use scenario_core::event::{EventKind, ItemResult, Verdict};
use scenario_core::report;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::book::RenderedBook;
use crate::lab::Lab;
use crate::message::{BlockState, JobKind, JobLine, JobState, Mark, Message, Now};
use crate::place::Place;
use crate::refusal::{Answer, Refusal};
use crate::sync::{blocking, locked};
use crate::work::{Report, Task};
use crate::{after_save, backgrounds, checks};

/// How often pages are sent a job that reports much.
const SEND_EVERY: Duration = Duration::from_millis(100);
/// How much of what a job writes to standard error is kept.
const STDERR_BYTES_MAX: u64 = 16 << 10;
/// The exit status of a run that was interrupted.
const INTERRUPTED: i32 = 130;

/// Starts a job.
///
/// # Errors
///
/// One is running, or this program cannot be started.
pub(crate) fn start(lab: &Arc<Lab>, task: Task) -> Answer<()> {
    let front = &lab.settings.front;
    let mut command = Command::new(&lab.settings.exe);
    command.arg("--book").arg(&front.book).arg("--workspace").arg(&front.workspace);
    command.arg("--tools").arg(&front.tools).arg("--front").arg(&front.name);
    command.arg("job").args(task.words());
    // A Ctrl-C at the lab is not meant for the job: the lab ends it in its own time.
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let (kind, step, title) = describe(lab, &task);
    let child = lab.jobs.begin(task.clone(), kind, step, title, || {
        let child = command
            .spawn()
            .map_err(|cause| Refusal::conflict(format!("failed to start the job: {cause}")))?;
        let pid = child.id().map(u32::cast_signed).unwrap_or_default();
        Ok((child, pid))
    })?;
    // The files are about to be others.
    tokio::spawn({
        let lab = Arc::clone(lab);
        async move { after_save::stop(&lab).await }
    });
    if let Task::Start { block } = &task {
        lab.set_block(block, Some(BlockState::new(Now::Running, "starting")));
    }
    tokio::spawn(follow(Arc::clone(lab), child, task));
    Ok(())
}

/// A task as pages show it: its kind, its step, its title.
fn describe(lab: &Lab, task: &Task) -> (JobKind, Option<usize>, String) {
    let book = lab.book();
    let name = |number: usize| {
        let step = book.plan.scenario.step(number);
        step.map(|step| format!("step {}, {}", step.label, step.title)).unwrap_or_default()
    };
    match task {
        Task::Solve { number } => (JobKind::Solve, Some(*number), format!("Solving {}", name(*number))),
        Task::Begin { number } => {
            (JobKind::Begin, Some(*number), format!("Going to the beginning of {}", name(*number)))
        }
        Task::Start { block } => {
            let step = book.block(block).map(|(step, _)| step.number);
            let label = step.map(|step| book.plan.scenario.label(step)).unwrap_or_default();
            let title = format!("Starting what step {label} keeps running");
            (JobKind::Start, step, title)
        }
        Task::Provide => (JobKind::Provide, None, "Providing what this machine lacks".to_owned()),
    }
}

/// Takes in what a job reports, and how it ends.
async fn follow(lab: Arc<Lab>, mut child: Child, task: Task) {
    let stderr = child.stderr.take().map(|stream| {
        tokio::spawn(async move {
            let mut bytes = Vec::new();
            let mut stream = stream.take(STDERR_BYTES_MAX);
            // The rest would not help.
            let _ = stream.read_to_end(&mut bytes).await;
            let _ = tokio::io::copy(&mut stream.into_inner(), &mut tokio::io::sink()).await;
            String::from_utf8_lossy(&bytes).into_owned()
        })
    });
    let mut sent = Instant::now();
    let mut why = None;
    let mut replaced = Vec::new();
    let mut reported_error = false;
    if let Some(stream) = child.stdout.take() {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(text)) = lines.next_line().await {
            let Ok(report) = serde_json::from_str::<Report>(&text) else { continue };
            reported_error |= matches!(report, Report::Error { .. } | Report::Lacks(_));
            why = why.or_else(|| why_failed(&lab, &report));
            replaced.extend(replaced_by(&report));
            let fresh = lines_of(&lab, &report);
            lab.jobs.add(fresh);
            if sent.elapsed() >= SEND_EVERY {
                lab.jobs.send();
                sent = Instant::now();
            }
        }
    }
    let status = child.wait().await.ok().and_then(|status| status.code());
    let words = match stderr {
        Some(words) => words.await.unwrap_or_default(),
        None => String::new(),
    };
    if !reported_error && !matches!(status, Some(0 | INTERRUPTED)) {
        // It has ended in a way that it could not report.
        let lines = words.lines().filter(|line| !line.trim().is_empty());
        lab.jobs.add(lines.map(|line| JobLine::new(Mark::More, line)));
    }
    has_ended(&lab, &task, status, why, replaced).await;
}

async fn has_ended(
    lab: &Arc<Lab>,
    task: &Task,
    status: Option<i32>,
    why: Option<BlockState>,
    replaced: Vec<(String, PathBuf)>,
) {
    let state = match status {
        Some(0) => JobState::Passed,
        Some(INTERRUPTED) => JobState::Cancelled,
        _ if lab.jobs.is_cancelled() => JobState::Cancelled,
        _ => JobState::Failed,
    };
    // What has changed is found out before its end is reported, so that a page gets both at once.
    let worker = Arc::clone(lab);
    let provides = *task == Task::Provide;
    let refresh = move || {
        if provides {
            worker.survey();
        } else {
            backgrounds::refresh(&worker);
        }
        let mut kept = locked(&worker.kept);
        kept.take(replaced, worker.workspace(), &worker.files);
        worker.jobs.set_kept(kept.paths());
    };
    let _ = blocking(refresh).await;
    lab.jobs.end(state);
    match task {
        Task::Solve { number } if state == JobState::Passed => {
            lab.forget_from(number + 1);
            lab.count_as_done(*number);
            lab.change_progress(|progress| progress.step = *number);
        }
        Task::Begin { number } if state == JobState::Passed => {
            lab.forget_from(*number);
            lab.count_as_done(number - 1);
            lab.change_progress(|progress| progress.step = *number);
        }
        Task::Start { block } if state == JobState::Passed => {
            // Since the job has ended, its state is that of the process.
            let worker = Arc::clone(lab);
            let _ = blocking(move || backgrounds::refresh(&worker)).await;
            let known = lab.learner().blocks.get(block).cloned();
            lab.use_block(block, known);
        }
        Task::Start { block } => {
            let unknown = || BlockState::new(Now::Failed, "it could not be started");
            lab.set_block(block, Some(why.unwrap_or_else(unknown)));
        }
        _ => {}
    }
    lab.jobs.send();
    lab.hub.send_state(|| Message::Steps { steps: lab.steps() });
    lab.hub.send(&Message::Files);
    if let Task::Solve { number } = task {
        checks::start(lab, *number);
    }
    lab.activity.notify_one();
}

/// What a job has reported, as lines.
fn lines_of(lab: &Lab, report: &Report) -> Vec<JobLine> {
    match report {
        Report::Event(event) => {
            let book = lab.book();
            let mut event = event.clone();
            let places = match &mut event.kind {
                EventKind::End(item) => take_places(&book, item),
                _ => Vec::new(),
            };
            let lines = report::lines(&event, &lab.words(&book));
            let lines = lines.into_iter().map(|(mark, text)| JobLine::new(mark.into(), text));
            lines.chain(places.into_iter().map(JobLine::of_place)).collect()
        }
        Report::Setup(line) => vec![JobLine::new(Mark::Progress, line)],
        Report::Provided => {
            vec![JobLine::new(Mark::Passed, "this machine has everything that the book needs")]
        }
        Report::Lacks(names) => vec![
            JobLine::new(Mark::Failed, lacks(names)),
            JobLine::new(Mark::More, "help: “Machine” in the head says what to do, and provides what it can"),
        ],
        Report::Error { message, help } => {
            let mut message = message.lines();
            let first = JobLine::new(Mark::Failed, message.next().unwrap_or_default());
            let help = help.iter().map(|help| format!("help: {help}"));
            let more = message.map(str::to_owned).chain(help);
            std::iter::once(first).chain(more.map(|line| JobLine::new(Mark::More, line))).collect()
        }
    }
}

fn lacks(names: &[String]) -> String {
    format!("this machine lacks {}", names.join(", "))
}

/// The file of the learner's that was replaced, and where its copy is.
fn replaced_by(report: &Report) -> Option<(String, PathBuf)> {
    match report {
        Report::Event(event) => match &event.kind {
            EventKind::Kept { path, kept } => Some((path.clone(), kept.clone())),
            _ => None,
        },
        _ => None,
    }
}

/// The places that a failure names. Each gets a line of its own, so its words have none of them.
fn take_places(book: &RenderedBook, item: &mut ItemResult) -> Vec<Place> {
    let Verdict::Failed(failure) = &mut item.verdict else { return Vec::new() };
    let places = book.places(failure);
    failure.places.clear();
    places
}

/// Why a job has failed, if this report gives the reason.
fn why_failed(lab: &Lab, report: &Report) -> Option<BlockState> {
    match report {
        Report::Event(event) => {
            let EventKind::End(item) = &event.kind else { return None };
            let Verdict::Failed(failure) = &item.verdict else { return None };
            let book = lab.book();
            let text = format!("{}: {}", item.title, lab.words(&book).explain(item).message);
            Some(BlockState { places: book.places(failure), ..BlockState::new(Now::Failed, text) })
        }
        Report::Error { message, .. } => Some(BlockState::new(Now::Failed, message.clone())),
        Report::Lacks(names) => Some(BlockState::new(Now::Failed, lacks(names))),
        Report::Setup(_) | Report::Provided => None,
    }
}
