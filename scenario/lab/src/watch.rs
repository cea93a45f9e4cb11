//! Watches what changes by itself: the files on disk, the services, the book, the checks. Only while a page is open.
//!
//! It polls: there are few files, and that works on every file system.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use scenario_core::book::{FileVersions, file_versions};
use scenario_core::model::{Check, CheckKind};

use crate::book::RenderedBook;
use crate::lab::Lab;
use crate::limits::{CHECK_EVERY, LOOK_EVERY};
use crate::message::{By, CheckState, Message};
use crate::sync::blocking;
use crate::{backgrounds, checks};

/// How long to wait after an activity before the checks run: there may be more.
const SETTLE: Duration = Duration::from_millis(400);

const MINUTE: Duration = Duration::from_secs(60);

/// Looks until the lab stops. `known` has the files of the book that is shown, as they were before it was read.
pub(crate) async fn watch(lab: Arc<Lab>, rendered: PathBuf, mut known: FileVersions) {
    let mut open = Duration::ZERO;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        if !lab.hub.has_pages() {
            continue;
        }
        open += LOOK_EVERY;
        if open >= MINUTE {
            open = Duration::ZERO;
            lab.change_progress(|progress| progress.minutes += 1);
        }
        let worker = Arc::clone(&lab);
        // Never into the folder that is being served: its pages stay if the new ones cannot be rendered.
        let is_served = |folder: &PathBuf| lab.book().is_in(folder);
        let folders = ["book-0", "book-1"].map(|name| rendered.join(name));
        let into = folders.into_iter().find(|folder| !is_served(folder)).unwrap_or_else(|| rendered.clone());
        let looked = blocking(move || {
            if worker.services.refresh() {
                worker.activity.notify_one();
            }
            if !worker.jobs.any_runs() {
                backgrounds::refresh(&worker);
            }
            send_changed_files(&worker);
            let front = &worker.settings.front;
            let now = file_versions(&front.book, &front.workspace);
            if now != known {
                known = now;
                let was_imported = worker.book().plan.scenario.imported;
                let exe = &worker.settings.exe;
                worker.set_book(RenderedBook::render(exe, &front.book, &into, was_imported));
            }
            worker.terminals.refresh();
            known
        });
        let Ok(seen) = looked.await else { return };
        known = seen;
    }
}

/// Whether a check does more than to look at the workspace and at what runs on this computer. To read a page must not
/// be enough for that.
fn reaches_out(check: &Check) -> bool {
    match &check.kind {
        CheckKind::Command { .. } => true,
        CheckKind::Http { url, .. } => !is_here(url),
        CheckKind::Target { .. } | CheckKind::File { .. } | CheckKind::Promql { .. } => false,
    }
}

fn is_here(url: &str) -> bool {
    let host = url.strip_prefix("http://").and_then(|rest| rest.split(['/', '?', '#']).next());
    let name = host.and_then(|host| host.rsplit_once(':').map_or(Some(host), |(name, _)| Some(name)));
    matches!(name, Some("localhost" | "127.0.0.1" | "[::1]"))
}

/// Runs the checks of the step that is being read: after something was done, or a service has come or gone; and every few
/// seconds until all pass. What runs commands begins when the learner has had something of this book run.
pub(crate) async fn check(lab: Arc<Lab>) {
    let mut has_changed = false;
    loop {
        // What was done while they could not be asked still counts.
        has_changed |= tokio::time::timeout(CHECK_EVERY, lab.activity.notified()).await.is_ok();
        tokio::time::sleep(SETTLE).await;
        if !lab.hub.has_pages() || lab.jobs.any_runs() {
            continue;
        }
        let number = lab.learner().progress.step;
        let book = lab.book();
        let Some(step) = book.plan.step(number) else { continue };
        let passes =
            |id: &str| lab.learner().checks.get(id).is_some_and(|check| check.state == CheckState::Passed);
        if !has_changed && step.lasting_checks().all(|(_, check)| passes(&check.id)) {
            continue;
        }
        if !lab.may_run() && step.needs.is_some() | step.lasting_checks().any(|(_, check)| reaches_out(check))
        {
            continue;
        }
        has_changed = false;
        checks::run(&lab, number, By::Lab).await;
    }
}

/// Sends which files have changed since the last time.
fn send_changed_files(lab: &Lab) {
    let changes = lab.files.changes();
    for (path, etag) in changes.files {
        lab.hub.send(&Message::File { path, etag });
    }
    if changes.list {
        lab.hub.send(&Message::Files);
    }
    if changes.any {
        lab.activity.notify_one();
    }
}
