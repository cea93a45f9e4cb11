//! Control groups (cgroup v2): the kernel's way to track a process with everything that it starts.
//!
//! A process cannot leave its cgroup by forking, by `setsid` or by an early end of its parent, and
//! `cgroup.kill` ends all members at once, forks under way included. This module only knows the files of
//! `/sys/fs/cgroup`; what to do where they may not be written is decided in `tree`.
//!
//! The files are documented at <https://docs.kernel.org/admin-guide/cgroup-v2.html>.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Set by tests that need a machine without writable cgroups.
const FORBID: &str = "SCENARIO_NO_CGROUP";
/// How the names of our cgroups begin; the pid of the process that made them follows in the name.
const NAME: &str = "scenario-";
/// How old an abandoned cgroup is before it is removed: longer than any start of a command takes.
const ABANDONED_AGE: Duration = Duration::from_secs(60);

/// Whether this process may have cgroups below its own.
pub(super) fn is_usable() -> bool {
    parent().is_some()
}

/// Makes an empty cgroup, where this process may.
pub(super) fn create() -> Option<PathBuf> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    static MOMENT: OnceLock<u128> = OnceLock::new();
    let parent = parent()?;
    // A name that is never used again: a record may name a cgroup long after it has gone.
    let moment = MOMENT.get_or_init(|| {
        remove_abandoned(parent);
        std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0, |elapsed| elapsed.as_micros())
    });
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = parent.join(format!("{NAME}{moment:x}-{}-{number}", std::process::id()));
    std::fs::create_dir(&path).ok()?;
    if may_write(&path) {
        return Some(path);
    }
    remove(&path);
    None
}

/// Creates a cgroup of this process again that was removed because it was empty. If that fails, no process can enter it, so
/// none is started for it.
pub(super) fn create_again(cgroup: &Path) {
    let _ = std::fs::create_dir(cgroup);
}

/// Removes the empty cgroups of runs that were killed before they could do so.
///
/// The kernel refuses to remove one that a process lives in.
fn remove_abandoned(parent: &Path) {
    for path in children(parent) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let maker = name.strip_prefix(NAME).and_then(|rest| rest.split('-').nth(1));
        let runs = |pid: &str| Path::new("/proc").join(pid).exists();
        let is_old = || {
            let made = path.metadata().and_then(|metadata| metadata.modified()).ok();
            made.and_then(|made| made.elapsed().ok()).is_some_and(|age| age >= ABANDONED_AGE)
        };
        if maker.is_some_and(|pid| !runs(pid)) && is_old() {
            remove(&path);
        }
    }
}

/// The cgroup of this process, if it may have cgroups below it.
///
/// A process moves between cgroups only with the right to write to the nearest cgroup above both of them.
fn parent() -> Option<&'static Path> {
    static PARENT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || {
        if std::env::var_os(FORBID).is_some() {
            return None;
        }
        let process = procfs::process::Process::myself().ok()?;
        let own = process.cgroups().ok()?.0.into_iter().find(|cgroup| cgroup.hierarchy == 0)?.pathname;
        let mount = process.mountinfo().ok()?.0.into_iter().find(|mount| mount.fs_type == "cgroup2")?;
        let below = Path::new(&own).strip_prefix(&mount.root).ok()?;
        let path = mount.mount_point.join(below);
        may_write(&path).then_some(path)
    };
    PARENT.get_or_init(find).as_deref()
}

fn may_write(cgroup: &Path) -> bool {
    // A child of a threaded cgroup takes no processes.
    let takes_processes = std::fs::read_to_string(cgroup.join("cgroup.type"))
        .map_or(true, |kind| matches!(kind.trim(), "domain" | "domain threaded"));
    takes_processes && std::fs::File::options().write(true).open(procs(cgroup)).is_ok()
}

/// The file that a process writes `0` to in order to enter.
pub(super) fn procs(cgroup: &Path) -> PathBuf {
    cgroup.join("cgroup.procs")
}

/// Whether a process lives in it, or in a cgroup below it; a zombie does not live.
pub(super) fn is_populated(cgroup: &Path) -> bool {
    std::fs::read_to_string(cgroup.join("cgroup.events")).is_ok_and(|text| text.contains("populated 1"))
}

/// The processes in it and in the cgroups below it.
pub(super) fn members(cgroup: &Path) -> Vec<i32> {
    let text = std::fs::read_to_string(procs(cgroup)).unwrap_or_default();
    let mut found: Vec<i32> = text.lines().filter_map(|line| line.parse().ok()).collect();
    // A folder has two links, and one for each folder in it. To list it takes much longer.
    if cgroup.metadata().is_ok_and(|metadata| metadata.nlink() == 2) {
        return found;
    }
    found.extend(children(cgroup).iter().flat_map(|child| members(child)));
    found
}

/// Kills all processes in it and below it. They are gone once it is no longer populated.
pub(super) fn kill_all(cgroup: &Path) {
    if write(&cgroup.join("cgroup.kill"), "1") {
        return;
    }
    // Before Linux 5.14: while all are frozen, none can start another.
    let frozen = write(&cgroup.join("cgroup.freeze"), "1");
    for pid in members(cgroup) {
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
    if frozen {
        write(&cgroup.join("cgroup.freeze"), "0");
    }
}

/// Lets a frozen cgroup go on; one that is not frozen stays as it is.
pub(super) fn thaw(cgroup: &Path) {
    write(&cgroup.join("cgroup.freeze"), "0");
}

/// Removes an empty cgroup and the empty ones below it.
pub(super) fn remove(cgroup: &Path) {
    for child in children(cgroup) {
        remove(&child);
    }
    let _ = std::fs::remove_dir(cgroup);
}

fn children(cgroup: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(cgroup).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}

fn write(file: &Path, text: &str) -> bool {
    // Without `create`: a missing file means that the kernel does not know it.
    let opened = std::fs::File::options().write(true).open(file);
    opened.is_ok_and(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()).is_ok())
}
