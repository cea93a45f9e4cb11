//! The job that runs, or ran last: long work that changes the machine, such as bringing it to a step. One at a time.
//!
//! Each job is a child process, this same program: it ends what it started when it is interrupted, as `step` does in a
//! terminal, and whatever becomes of it, the lab goes on. `supervise` starts and follows it.

use std::sync::{Arc, Mutex};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::hub::Hub;
use crate::limits::JOB_LINES_MAX;
use crate::message::{Job, JobKind, JobLine, JobState, Mark, Message};
use crate::refusal::{Answer, Refusal};
use crate::sync::locked;
use crate::work::Task;

/// The job that runs, or ran last.
#[derive(Debug)]
pub(crate) struct Jobs {
    last: Mutex<Option<Last>>,
    hub: Arc<Hub>,
}

#[derive(Debug)]
struct Last {
    job: Job,
    task: Task,
    pid: i32,
    cancelled: bool,
}

impl Last {
    fn runs(&self) -> bool {
        self.job.state == JobState::Running
    }
}

impl Jobs {
    /// No job yet.
    pub(crate) fn new(hub: Arc<Hub>) -> Jobs {
        Jobs { last: Mutex::default(), hub }
    }

    /// The job as pages see it.
    pub(crate) fn last(&self) -> Option<Job> {
        locked(&self.last).as_ref().map(|last| last.job.clone())
    }

    /// Refuses while a job runs: it may be about to change the same things.
    ///
    /// # Errors
    ///
    /// A job runs.
    pub(crate) fn require_none(&self) -> Answer<()> {
        require_none(locked(&self.last).as_ref())
    }

    /// Whether a job runs.
    pub(crate) fn any_runs(&self) -> bool {
        self.require_none().is_err()
    }

    /// Whether a job is starting the process of a block.
    pub(crate) fn is_starting(&self, block: &str) -> bool {
        locked(&self.last)
            .as_ref()
            .filter(|last| last.runs())
            .is_some_and(|last| matches!(&last.task, Task::Start { block: started } if started == block))
    }

    /// Whether the last job was cancelled.
    pub(crate) fn is_cancelled(&self) -> bool {
        locked(&self.last).as_ref().is_some_and(|last| last.cancelled)
    }

    /// Begins a job, by a function that starts its process and returns it with its process id.
    ///
    /// # Errors
    ///
    /// A job runs, or the process cannot be started.
    pub(crate) fn begin<T>(
        &self,
        task: Task,
        kind: JobKind,
        step: Option<usize>,
        title: String,
        start: impl FnOnce() -> Answer<(T, i32)>,
    ) -> Answer<T> {
        // Held until the job is known, so that of two requests at once the second finds it.
        let mut last = locked(&self.last);
        require_none(last.as_ref())?;
        let (child, pid) = start()?;
        let id = last.as_ref().map_or(1, |last| last.job.id + 1);
        let job =
            Job { id, kind, step, title, state: JobState::Running, lines: Vec::new(), kept: Vec::new() };
        *last = Some(Last { job, task, pid, cancelled: false });
        drop(last);
        self.send();
        Ok(child)
    }

    /// Adds lines to what the job has reported.
    pub(crate) fn add(&self, lines: impl IntoIterator<Item = JobLine>) {
        if let Some(last) = locked(&self.last).as_mut() {
            lines.into_iter().for_each(|line| push(&mut last.job.lines, line));
        }
    }

    /// The job has ended.
    pub(crate) fn end(&self, state: JobState) {
        if let Some(last) = locked(&self.last).as_mut() {
            last.job.lines.retain(|line| line.mark != Mark::Progress);
            last.job.state = state;
        }
    }

    /// Which files of the learner's can be put back that the job has replaced.
    pub(crate) fn set_kept(&self, paths: Vec<String>) {
        if let Some(last) = locked(&self.last).as_mut() {
            last.job.kept = paths;
        }
    }

    /// Interrupts the job that runs, as Ctrl-C would; a second time it is not waited for.
    pub(crate) fn cancel(&self) {
        if let Some(last) = locked(&self.last).as_mut().filter(|last| last.runs()) {
            last.cancelled = true;
            let _ = kill(Pid::from_raw(last.pid), Signal::SIGINT);
        }
    }

    /// Sends the job to all pages.
    pub(crate) fn send(&self) {
        self.hub.send_state(|| self.last().map(|job| Message::Job { job }));
    }
}

fn require_none(last: Option<&Last>) -> Answer<()> {
    match last.filter(|last| last.runs()) {
        None => Ok(()),
        Some(last) => Err(Refusal::conflict(format!("a job is running: {}", last.job.title))
            .help("wait for it, or cancel it")),
    }
}

/// Adds a line. A line of progress is replaced by the next one.
fn push(lines: &mut Vec<JobLine>, line: JobLine) {
    if lines.last().is_some_and(|last| last.mark == Mark::Progress) {
        lines.pop();
    }
    lines.push(line);
    let excess = lines.len().saturating_sub(JOB_LINES_MAX);
    lines.drain(..excess);
}
