//! Long work that changes the machine: bringing it to a step, starting a process, providing a tool. One at a time.
//!
//! Each job is a child process, this same program: it ends what it started when it is interrupted, as `step` does in a
//! terminal, and whatever becomes of it, the lab goes on. What it reports comes as JSON, one value a line.

use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use scenario_core::event::{EventKind, Verdict};
use scenario_core::report;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::blocks::Nothing;
use crate::lab::{Lab, locked};
use crate::limits::JOB_LINES_MAX;
use crate::message::{BlockState, Job, JobKind, JobLine, JobState, Mark, Message, Now};
use crate::refusal::{Answer, Refusal};
use crate::work::{Report, Task};

/// How often pages are told of a job that reports much.
const TELL_EVERY: Duration = Duration::from_millis(100);
/// How much of what a job writes to standard error is kept.
const LAST_WORDS_BYTES_MAX: u64 = 16 << 10;
/// The exit status of a run that was interrupted.
const INTERRUPTED: i32 = 130;

/// The job that runs, or ran last.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    last: Mutex<Option<Known>>,
}

#[derive(Debug)]
struct Known {
    job: Job,
    task: Task,
    pid: i32,
    cancelled: bool,
}

impl Known {
    fn runs(&self) -> bool {
        self.job.state == JobState::Running
    }
}

impl Jobs {
    /// What the page is told of it.
    pub(crate) fn last(&self) -> Option<Job> {
        locked(&self.last).as_ref().map(|known| known.job.clone())
    }

    /// Refuses while a job runs: it may be about to change the same things.
    pub(crate) fn none_runs(&self) -> Answer<()> {
        none_runs(locked(&self.last).as_ref())
    }

    /// Whether a job runs.
    pub(crate) fn run(&self) -> bool {
        self.none_runs().is_err()
    }

    /// Whether a job is starting the process of a block.
    pub(crate) fn is_starting(&self, block: &str) -> bool {
        locked(&self.last)
            .as_ref()
            .filter(|known| known.runs())
            .is_some_and(|known| matches!(&known.task, Task::Start { block: started } if started == block))
    }

    /// Interrupts the job that runs, as Ctrl-C would; a second time it is not waited for.
    pub(crate) fn cancel(&self) {
        if let Some(known) = locked(&self.last).as_mut().filter(|known| known.runs()) {
            known.cancelled = true;
            let _ = kill(Pid::from_raw(known.pid), Signal::SIGINT);
        }
    }
}

fn none_runs(last: Option<&Known>) -> Answer<()> {
    match last.filter(|known| known.runs()) {
        None => Ok(()),
        Some(known) => Err(Refusal::conflict(format!("a job is under way: {}", known.job.title))
            .help("wait for it, or cancel it")),
    }
}

/// `POST /api/job/cancel`
pub(crate) async fn cancel(State(lab): State<Arc<Lab>>, Json(Nothing {}): Json<Nothing>) -> StatusCode {
    lab.jobs.cancel();
    StatusCode::NO_CONTENT
}

impl Lab {
    /// Starts a job.
    ///
    /// # Errors
    ///
    /// One is under way, or this program cannot be started.
    pub(crate) fn start_job(self: &Arc<Lab>, task: Task) -> Answer<()> {
        // Held until the job is known, so that of two requests at once the second sees it.
        let mut last = locked(&self.jobs.last);
        none_runs(last.as_ref())?;
        let front = &self.settings.front;
        let mut command = Command::new(&self.settings.exe);
        command.arg("--book").arg(&front.book).arg("--workspace").arg(&front.workspace);
        command.arg("--tools").arg(&front.tools).arg("--front").arg(&front.name);
        command.arg("job").args(task.words());
        // A Ctrl-C at the lab is not meant for the job: the lab ends it in its own time.
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let child = command
            .spawn()
            .map_err(|cause| Refusal::conflict(format!("failed to start the job: {cause}")))?;
        let (kind, step, title) = self.describe(&task);
        let id = last.as_ref().map_or(1, |known| known.job.id + 1);
        let job = Job { id, kind, step, title, state: JobState::Running, lines: Vec::new() };
        let pid = child.id().map(u32::cast_signed).unwrap_or_default();
        *last = Some(Known { job: job.clone(), task: task.clone(), pid, cancelled: false });
        drop(last);
        self.hub.tell(&Message::Job { job });
        if let Task::Start { block } = &task {
            self.set_block(block, Some(BlockState::new(Now::Running, "starting")));
        }
        tokio::spawn(follow(Arc::clone(self), child, task));
        Ok(())
    }

    /// A task as pages show it: its kind, its step, its title.
    fn describe(&self, task: &Task) -> (JobKind, Option<usize>, String) {
        let book = self.book();
        let name = |number: usize| {
            let step = book.plan.scenario.step(number);
            step.map(|step| format!("step {number}, {}", step.title)).unwrap_or_default()
        };
        match task {
            Task::Solve { number } => (JobKind::Solve, Some(*number), format!("Solving {}", name(*number))),
            Task::Begin { number } => {
                (JobKind::Begin, Some(*number), format!("Going to the beginning of {}", name(*number)))
            }
            Task::Start { block } => {
                let step = book.block(block).map(|(step, _)| step.number);
                let title = format!("Starting what step {} keeps running", step.unwrap_or_default());
                (JobKind::Start, step, title)
            }
            Task::Provide => (JobKind::Provide, None, "Providing what this machine lacks".to_owned()),
        }
    }

    fn change_job(&self, change: impl FnOnce(&mut Job)) {
        if let Some(known) = locked(&self.jobs.last).as_mut() {
            change(&mut known.job);
        }
    }

    fn tell_job(&self) {
        if let Some(job) = self.jobs.last() {
            self.hub.tell(&Message::Job { job });
        }
    }
}

/// Takes in what a job reports, and how it ends.
async fn follow(lab: Arc<Lab>, mut child: Child, task: Task) {
    let last_words = child.stderr.take().map(|stream| {
        tokio::spawn(async move {
            let mut bytes = Vec::new();
            let mut stream = stream.take(LAST_WORDS_BYTES_MAX);
            // The rest would not help.
            let _ = stream.read_to_end(&mut bytes).await;
            let _ = tokio::io::copy(&mut stream.into_inner(), &mut tokio::io::sink()).await;
            String::from_utf8_lossy(&bytes).into_owned()
        })
    });
    let mut told = Instant::now();
    let mut why = None;
    let mut reported_error = false;
    if let Some(stream) = child.stdout.take() {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(text)) = lines.next_line().await {
            let Ok(report) = serde_json::from_str::<Report>(&text) else { continue };
            reported_error |= matches!(report, Report::Error { .. });
            why = why.or_else(|| lab.why_failed(&report));
            let fresh = lab.lines_of(&report);
            lab.change_job(|job| fresh.into_iter().for_each(|line| push(&mut job.lines, line)));
            if told.elapsed() >= TELL_EVERY {
                lab.tell_job();
                told = Instant::now();
            }
        }
    }
    let status = child.wait().await.ok().and_then(|status| status.code());
    let words = match last_words {
        Some(words) => words.await.unwrap_or_default(),
        None => String::new(),
    };
    if !reported_error && !matches!(status, Some(0 | INTERRUPTED)) {
        // It has ended in a way that it could not report.
        let lines = words.lines().filter(|line| !line.trim().is_empty());
        lab.change_job(|job| lines.for_each(|line| push(&mut job.lines, JobLine::new(Mark::More, line))));
    }
    has_ended(&lab, &task, status, why).await;
}

async fn has_ended(lab: &Arc<Lab>, task: &Task, status: Option<i32>, why: Option<String>) {
    let cancelled = locked(&lab.jobs.last).as_ref().is_some_and(|known| known.cancelled);
    let state = match status {
        Some(0) => JobState::Passed,
        Some(INTERRUPTED) => JobState::Cancelled,
        _ if cancelled => JobState::Cancelled,
        _ => JobState::Failed,
    };
    // What a job leaves behind is looked at before its end is reported, so that a page gets both at once.
    let worker = Arc::clone(lab);
    let provides = *task == Task::Provide;
    let looked =
        crate::lab::waiting(
            move || {
                if provides { worker.look_at_machine() } else { worker.look_at_backgrounds() }
            },
        );
    let _ = looked.await;
    lab.change_job(|job| {
        job.lines.retain(|line| line.mark != Mark::Progress);
        job.state = state;
    });
    match task {
        Task::Solve { number } if state == JobState::Passed => {
            lab.forget_from(number + 1);
            lab.count_as_done(*number);
            lab.progress(|progress| progress.step = *number);
        }
        Task::Begin { number } if state == JobState::Passed => {
            lab.forget_from(*number);
            lab.count_as_done(number - 1);
            lab.progress(|progress| progress.step = *number);
        }
        Task::Start { block } if state == JobState::Passed => {
            // Only now is it not being started any more.
            let worker = Arc::clone(lab);
            let _ = crate::lab::waiting(move || worker.look_at_backgrounds()).await;
            let known = lab.learner().blocks.get(block).cloned();
            lab.use_block(block, known);
        }
        Task::Start { block } => {
            let why = why.unwrap_or_else(|| "it could not be started".to_owned());
            lab.set_block(block, Some(BlockState::new(Now::Failed, why)));
        }
        _ => {}
    }
    lab.tell_job();
    lab.hub.tell(&Message::Steps { steps: lab.steps() });
    lab.hub.tell(&Message::Files);
    if let Task::Solve { number } = task {
        lab.check_in_background(*number);
    }
    lab.activity.notify_one();
}

impl Lab {
    /// What a job has reported, as lines.
    fn lines_of(&self, report: &Report) -> Vec<JobLine> {
        match report {
            Report::Event(event) => {
                let book = self.book();
                let lines = report::lines(event, &self.words(&book));
                lines.into_iter().map(|(mark, text)| JobLine::new(mark.into(), text)).collect()
            }
            Report::Setup(line) => vec![JobLine::new(Mark::Progress, line)],
            Report::Provided => {
                vec![JobLine::new(Mark::Passed, "this machine has everything that the book needs")]
            }
            Report::Error { message, help } => {
                let mut message = message.lines();
                let first = JobLine::new(Mark::Failed, message.next().unwrap_or_default());
                let help = help.iter().map(|help| format!("help: {help}"));
                let more = message.map(str::to_owned).chain(help);
                std::iter::once(first).chain(more.map(|line| JobLine::new(Mark::More, line))).collect()
            }
        }
    }

    /// Why a job has failed, if it says so here.
    fn why_failed(&self, report: &Report) -> Option<String> {
        match report {
            Report::Event(event) => {
                let EventKind::End(item) = &event.kind else { return None };
                let failed = matches!(item.verdict, Verdict::Failed(_));
                let book = self.book();
                failed.then(|| format!("{}: {}", item.title, self.words(&book).explain(item).message))
            }
            Report::Error { message, .. } => Some(message.clone()),
            Report::Setup(_) | Report::Provided => None,
        }
    }
}

/// Adds a line; one that only says how far something is makes way for the next.
fn push(lines: &mut Vec<JobLine>, line: JobLine) {
    if lines.last().is_some_and(|last| last.mark == Mark::Progress) {
        lines.pop();
    }
    lines.push(line);
    let excess = lines.len().saturating_sub(JOB_LINES_MAX);
    lines.drain(..excess);
}
