//! Looks for mistakes after a file was saved, by the command that the book names for its folder.
//!
//! It is a command of the book: it runs only after the learner has had something of the book run. One runs at a time; the
//! next save ends it, and so do a job and the end of the lab.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use scenario_core::model::AfterSave;
use scenario_core::process::{Command, Finished, OUTPUT_BYTES_MAX, Tree};

use crate::finding::{self, Finding};
use crate::lab::Lab;
use crate::limits::AFTER_SAVE_MAX;
use crate::lines::Moments;
use crate::problem::{FileProblem, Looking, Problems, Severity};
use crate::sync::blocking;

/// How long to wait for a command that was killed before it is killed again: it may have been about to start.
const KILL_AGAIN: Duration = Duration::from_millis(100);

/// A file was saved: looks for mistakes, if the book says how; `is_there` says which files may be opened. Returns whether
/// it does.
pub(crate) fn look(
    lab: &Arc<Lab>,
    path: &str,
    is_there: impl Fn(&Lab, &str) -> bool + Send + 'static,
) -> bool {
    let book = lab.book();
    // The learner agrees to what the pages run, which does not include this command.
    if book.plan.scenario.imported {
        return false;
    }
    let commands = book.plan.scenario.after_save.iter().filter(|one| Path::new(path).starts_with(&one.dir));
    let Some(command) = commands.max_by_key(|one| one.dir.components().count()).cloned() else {
        return false;
    };
    if !lab.may_run() || lab.jobs.any_runs() {
        return false;
    }
    let number = lab.finder.want();
    let lab = Arc::clone(lab);
    tokio::spawn(async move {
        let Some(_one) = wait(&lab, number).await else { return };
        // A job that has begun meanwhile changes the files.
        if lab.jobs.any_runs() {
            return;
        }
        let last = lab.finder.last();
        let list = if last.command == shown(&command) { last.list } else { Vec::new() };
        lab.finder.set(
            number,
            Problems { state: Looking::Running, command: shown(&command), text: String::new(), list },
        );
        let worker = Arc::clone(&lab);
        let _ = blocking(move || run(&worker, number, &command, is_there)).await;
    });
    true
}

/// Ends what runs, and waits for its end. Nothing is found any more.
pub(crate) async fn stop(lab: &Arc<Lab>) {
    let number = lab.finder.forget();
    drop(wait(lab, number).await);
}

/// The right to run this command, once the one before was ended; none if another one is wanted meanwhile.
async fn wait(lab: &Arc<Lab>, number: u64) -> Option<tokio::sync::MutexGuard<'_, ()>> {
    while lab.finder.is_wanted(number) {
        let worker = Arc::clone(lab);
        let _ = blocking(move || worker.finder.kill_before(number)).await;
        if let Ok(one) = tokio::time::timeout(KILL_AGAIN, lab.finder.one.lock()).await {
            return lab.finder.is_wanted(number).then_some(one);
        }
    }
    None
}

fn run(lab: &Lab, number: u64, command: &AfterSave, is_there: impl Fn(&Lab, &str) -> bool) {
    let dir = lab.workspace().canonicalize().unwrap_or_default().join(&command.dir);
    let tree = Tree::new();
    lab.finder.set_running(Some((number, tree.clone())));
    let words = ["bash", "-c", command.command.as_str()];
    let started = Command::new(words).dir(&dir).envs(&lab.terminals.env()).deadline(AFTER_SAVE_MAX);
    // A save that has come since could not have stopped it.
    let finished = lab.finder.is_wanted(number).then(|| started.in_tree(tree).run());
    lab.finder.set_running(None);
    let mut problems =
        Problems { state: Looking::Failed, command: shown(command), text: String::new(), list: Vec::new() };
    match finished {
        None => return,
        Some(Err(error)) => problems.text = error.to_string(),
        Some(Ok(finished)) => {
            let found = finding::read(command.format, &finished.stdout, &finished.stderr);
            problems.list = located(lab, &dir, found, |path| is_there(lab, path));
            (problems.state, problems.text) = summary(&finished, &problems.list);
        }
    }
    lab.finder.set(number, problems);
}

/// The findings that are about files of the workspace, each with its place in the book.
fn located(lab: &Lab, dir: &Path, found: Vec<Finding>, is_there: impl Fn(&str) -> bool) -> Vec<FileProblem> {
    if found.is_empty() {
        return Vec::new();
    }
    let book = lab.book();
    let moments = Moments::of(lab, &book);
    let of_file = |finding: Finding| {
        let path = moments.file(dir, &finding.path, &is_there)?;
        Some(FileProblem {
            place: moments.place(&book, &path, finding.start.0),
            path,
            line: finding.start.0,
            column: finding.start.1,
            end_line: finding.end.0,
            end_column: finding.end.1,
            severity: finding.severity,
            message: finding.message,
            detail: finding.detail,
        })
    };
    found.into_iter().filter_map(of_file).collect()
}

/// What has come of a command, in one line.
fn summary(finished: &Finished, list: &[FileProblem]) -> (Looking, String) {
    if let Some(after) = finished.timed_out {
        return (
            Looking::Failed,
            format!("stopped after {} s; the next save runs it again", after.as_secs()),
        );
    }
    let count = |severity, name: &str| match list.iter().filter(|one| one.severity == severity).count() {
        0 => None,
        1 => Some(format!("1 {name}")),
        count => Some(format!("{count} {name}s")),
    };
    let parts = [count(Severity::Error, "error"), count(Severity::Warning, "warning")];
    let mut text = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    if list.is_empty() && !finished.success() {
        let why = finished.last_lines(1);
        return (Looking::Failed, format!("failed with status {}: {}", finished.status, why.trim()));
    }
    if list.is_empty() {
        text.push_str("no mistakes found");
    }
    if finished.truncated {
        text.push_str(&format!("; of its output {} MiB were read", OUTPUT_BYTES_MAX >> 20));
    }
    (Looking::Done, text)
}

/// A command with its folder, for a person.
fn shown(command: &AfterSave) -> String {
    match command.dir.as_os_str().is_empty() {
        true => command.command.clone(),
        false => format!("{} (in {})", command.command, command.dir.display()),
    }
}
