//! What descendants leave behind when they end, given to this process by the kernel instead of to init.
//!
//! It finds daemons where there are no cgroups. To which tree an orphan belongs is decided in `tree`.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use procfs::process::Process;

use super::cgroup;

static ADOPTS: AtomicBool = AtomicBool::new(false);
/// The processes that this one has started itself: the others among its children are orphans.
static CHILDREN: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// From now on the kernel gives this process the orphans of its descendants (a subreaper, see prctl(2)). A program
/// that starts children by other means than this module must not call this.
///
/// Where there are cgroups, nothing is adopted: they contain daemons, too.
pub fn adopt_orphans() {
    if !cgroup::is_usable() && nix::sys::prctl::set_child_subreaper(true).is_ok() {
        ADOPTS.store(true, Ordering::Relaxed);
    }
}

/// Notes that this process has started another one itself.
pub(super) fn note_child(pid: i32) {
    if let Ok(mut children) = CHILDREN.lock() {
        children.insert(pid);
    }
}

/// Notes that a child of this process has been waited for: its number may be given away again.
pub(super) fn forget_child(pid: i32) {
    if let Ok(mut children) = CHILDREN.lock() {
        children.remove(&pid);
    }
}

/// The processes that this one was given and that still run. Those that have ended are waited for.
pub(super) fn all() -> BTreeSet<i32> {
    let mut found = BTreeSet::new();
    if !ADOPTS.load(Ordering::Relaxed) {
        return found;
    }
    let known = CHILDREN.lock().map(|children| children.clone()).unwrap_or_default();
    let tasks = Process::myself().and_then(|process| process.tasks()).into_iter().flatten().flatten();
    for child in tasks.filter_map(|task| task.children().ok()).flatten() {
        let pid = child.cast_signed();
        let runs = || waitpid(Pid::from_raw(pid), Some(WaitPidFlag::WNOHANG)) == Ok(WaitStatus::StillAlive);
        if !known.contains(&pid) && runs() {
            found.insert(pid);
        }
    }
    found
}
