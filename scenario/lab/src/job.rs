//! Long work that changes the machine: bringing it to a step, starting a process, providing a tool. One at a time.
//!
//! Each job is a child process, this same program: it ends what it started when it is interrupted, as `step` does in a
//! terminal, and whatever becomes of it, the lab goes on. What it says comes line by line, as JSON.

use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::blocks::Nothing;
use crate::lab::{Lab, locked};
use crate::limits::JOB_LINES_MAX;
use crate::message::{BlockState, Job, JobKind, JobLine, JobState, Message, Now};
use crate::refusal::{Answer, Refusal};

/// How often pages are told of a job that says much.
const TELL_EVERY: Duration = Duration::from_millis(100);
/// How much of what a job says in the end, to standard error, is kept.
const LAST_WORDS_BYTES_MAX: u64 = 16 << 10;
/// The exit status of a run that was interrupted.
const INTERRUPTED: i32 = 130;

/// What a job is to do.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) kind: JobKind,
    pub(crate) step: Option<usize>,
    /// The background block to start.
    pub(crate) block: Option<String>,
}

/// The job that runs, or ran last.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    last: Mutex<Option<Known>>,
}

#[derive(Debug)]
struct Known {
    job: Job,
    work: Work,
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
            .is_some_and(|known| known.runs() && known.work.block.as_deref() == Some(block))
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
    pub(crate) fn start_job(self: &Arc<Lab>, work: Work) -> Answer<()> {
        // Held until the job is known, so that of two requests at once the second sees it.
        let mut last = locked(&self.jobs.last);
        none_runs(last.as_ref())?;
        let mut command = Command::new(&self.settings.exe);
        command
            .arg("--book")
            .arg(&self.settings.front.book)
            .arg("--workspace")
            .arg(&self.settings.front.workspace);
        command
            .arg("--tools")
            .arg(&self.settings.front.tools)
            .arg("--front")
            .arg(&self.settings.front.name)
            .arg("job");
        match &work.kind {
            JobKind::Solve => command.arg("solve"),
            JobKind::Begin => command.arg("begin"),
            JobKind::Start => command.arg("start"),
            JobKind::Provide => command.arg("provide"),
        };
        command
            .args(work.step.filter(|_| work.block.is_none()).map(|step| step.to_string()))
            .args(&work.block);
        // A Ctrl-C at the lab is not meant for the job: the lab ends it in its own time.
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let child = command
            .spawn()
            .map_err(|cause| Refusal::conflict(format!("failed to start the job: {cause}")))?;
        let id = last.as_ref().map_or(1, |known| known.job.id + 1);
        let title = self.title(&work);
        let job =
            Job { id, kind: work.kind, step: work.step, title, state: JobState::Running, lines: Vec::new() };
        let pid = child.id().map(u32::cast_signed).unwrap_or_default();
        *last = Some(Known { job: job.clone(), work: work.clone(), pid, cancelled: false });
        drop(last);
        self.hub.tell(&Message::Job { job });
        if let Some(block) = &work.block {
            self.set_block(block, Some(BlockState::new(Now::Running, "starting")));
        }
        tokio::spawn(follow(Arc::clone(self), child, work));
        Ok(())
    }

    fn title(&self, work: &Work) -> String {
        let step = work.step.unwrap_or_default();
        let name = self.book().scenario.step(step).map(|step| step.title.clone()).unwrap_or_default();
        match work.kind {
            JobKind::Solve => format!("Solving step {step}, {name}"),
            JobKind::Begin => format!("Going to the beginning of step {step}, {name}"),
            JobKind::Start => format!("Starting what step {step} keeps running"),
            JobKind::Provide => "Providing what this machine lacks".to_owned(),
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

/// Takes in what a job says, and how it ends.
async fn follow(lab: Arc<Lab>, mut child: Child, work: Work) {
    let last_words = child.stderr.take().map(|stream| {
        tokio::spawn(async move {
            let mut bytes = Vec::new();
            let mut stream = stream.take(LAST_WORDS_BYTES_MAX);
            // What it can still say is said; the rest would not help.
            let _ = stream.read_to_end(&mut bytes).await;
            let _ = tokio::io::copy(&mut stream.into_inner(), &mut tokio::io::sink()).await;
            String::from_utf8_lossy(&bytes).into_owned()
        })
    });
    let mut told = Instant::now();
    if let Some(stream) = child.stdout.take() {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(text)) = lines.next_line().await {
            let Ok(line) = serde_json::from_str::<JobLine>(&text) else { continue };
            lab.change_job(|job| push(&mut job.lines, line));
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
    has_ended(&lab, &work, status, &words).await;
}

async fn has_ended(lab: &Arc<Lab>, work: &Work, status: Option<i32>, words: &str) {
    let cancelled = locked(&lab.jobs.last).as_ref().is_some_and(|known| known.cancelled);
    let state = match status {
        Some(0) => JobState::Passed,
        Some(INTERRUPTED) => JobState::Cancelled,
        _ if cancelled => JobState::Cancelled,
        _ => JobState::Failed,
    };
    // What a job leaves behind is looked at before it is said to have ended, so that a page sees both at once.
    let worker = Arc::clone(lab);
    let kind = work.kind;
    let looked = crate::lab::waiting(move || match kind {
        JobKind::Provide => worker.look_at_machine(),
        _ => worker.look_at_backgrounds(),
    });
    let _ = looked.await;
    lab.change_job(|job| {
        job.lines.retain(|line| line.mark != "…");
        for text in words.lines().filter(|line| !line.trim().is_empty()) {
            let mark = if text.starts_with("error: ") { "✗" } else { "" };
            push(
                &mut job.lines,
                JobLine { mark: mark.to_owned(), text: text.trim_start_matches("error: ").to_owned() },
            );
        }
        job.state = state;
    });
    match (work.kind, work.step) {
        (JobKind::Solve, Some(step)) if state == JobState::Passed => {
            lab.forget_from(step + 1);
            lab.count_as_done(step);
            lab.progress(|progress| progress.step = step);
        }
        (JobKind::Begin, Some(step)) if state == JobState::Passed => {
            lab.forget_from(step);
            lab.count_as_done(step - 1);
            lab.progress(|progress| progress.step = step);
        }
        (JobKind::Start, _) => {
            if let Some(block) = work.block.as_deref().filter(|_| state != JobState::Passed) {
                let why = lab.jobs.last().and_then(|job| job.lines.into_iter().find(|line| line.mark == "✗"));
                let why = why.map_or_else(|| "it could not be started".to_owned(), |line| line.text);
                lab.set_block(block, Some(BlockState::new(Now::Failed, why)));
            } else if let Some(block) = &work.block {
                // Only now is it not being started any more.
                let worker = Arc::clone(lab);
                let _ = crate::lab::waiting(move || worker.look_at_backgrounds()).await;
                let known = lab.learner().blocks.get(block).cloned();
                lab.use_block(block, known);
            }
        }
        _ => {}
    }
    lab.tell_job();
    lab.hub.tell(&Message::Steps { steps: lab.steps() });
    lab.hub.tell(&Message::Files);
    if let (JobKind::Solve, Some(step)) = (work.kind, work.step) {
        lab.check_in_background(step);
    }
    lab.activity.notify_one();
}

/// Adds a line; one that only says how far something is makes way for the next.
fn push(lines: &mut Vec<JobLine>, line: JobLine) {
    if lines.last().is_some_and(|last| last.mark == "…") {
        lines.pop();
    }
    lines.push(line);
    let excess = lines.len().saturating_sub(JOB_LINES_MAX);
    lines.drain(..excess);
}
