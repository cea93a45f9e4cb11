//! A process with everything that it starts, tracked so that it can be inspected and ended as a whole.
//!
//! Which guarantee holds depends on the machine:
//!
//! - **Where cgroup v2 may be written** (as root on most machines, and in a user's own systemd session), each
//!   tree has a cgroup. Nothing leaves it: not a daemon that forks twice and calls `setsid`, not a process that
//!   ends as soon as it has started its successor. [`Tree::kill`] ends all of it, always.
//! - **Elsewhere** a tree is found in `/proc`: its session, its process group, their descendants, and whatever
//!   carries the tree's mark in its environment. All that is found is stopped first, so that it can start
//!   nothing more, and looked for again until nothing new is found; then it is killed. This finds every process
//!   that lives as long as one look through `/proc` takes (some milliseconds). A chain of processes that live
//!   shorter than that may escape, and so may a daemon that leaves session and group and overwrites its
//!   environment, once its parents are gone. While the process that started the tree goes on, and has called
//!   [`adopt_orphans`](super::adopt_orphans), such a daemon is found too: the kernel gives it to that process.
//!
//! A tree that is started from within another one belongs to both.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use procfs::process::Process;
use serde::{Deserialize, Serialize};

use super::age::started_at;
use super::member::{Member, group_alive, group_exists, member};
use super::signals::interrupts;
use super::{cgroup, orphans};

/// How long a tree has between TERM and KILL.
pub const TERM_GRACE: Duration = Duration::from_secs(5);
/// How long killed processes may take to be gone: one that waits for a disk ends only after that.
const KILL_TIME_MAX: Duration = Duration::from_secs(5);
/// How long to wait between two looks.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// The variable with the marks of all trees that a process belongs to.
const MARKS: &str = "SCENARIO_TREES";

/// A process with all that it starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    /// The first process. It leads a session and a group, which have its id.
    pub pid: i32,
    /// When it started, as `/proc` counts it: with the pid, that names it for good.
    pub started: u64,
    /// The cgroup of all of them, where this machine lets us have one.
    #[serde(default)]
    pub cgroup: Option<PathBuf>,
    /// What they carry in their environment, where there is no cgroup.
    #[serde(default)]
    mark: String,
    /// Whether orphans that this process was given belong to it.
    #[serde(skip)]
    orphans: bool,
}

impl Tree {
    /// A tree for a process that has not started yet: see [`Tree::words`], [`Tree::env`], [`Tree::led_by`].
    pub fn new() -> Tree {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let cgroup = cgroup::create();
        let moment = std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0, |elapsed| elapsed.as_micros());
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mark = match cgroup {
            Some(_) => String::new(),
            None => format!("{moment:x}-{}-{number}", std::process::id()),
        };
        let tree = Tree { pid: 0, started: 0, cgroup, mark, orphans: false };
        // What is there by now is not of this tree.
        tree.disown_orphans();
        tree
    }

    /// The same tree for another first process, once everything in it has ended. A record of the tree is valid for the new
    /// process, too.
    #[must_use]
    pub fn again(&self) -> Tree {
        if let Some(cgroup) = &self.cgroup {
            cgroup::create_again(cgroup);
        }
        Tree { pid: 0, started: 0, ..self.clone() }
    }

    /// Only the session and the group of a process that is yet to be started, and their descendants: for a
    /// client whose server may leave it, as `podman` has one process for each container.
    pub fn of_session() -> Tree {
        Tree { pid: 0, started: 0, cgroup: None, mark: String::new(), orphans: false }
    }

    /// The tree of a process that was started without one: its session and its group, and their descendants.
    pub fn of(pid: i32) -> Tree {
        Tree::of_session().led_by(pid)
    }

    /// The words that start `argv` inside the tree.
    pub fn words<S: Into<OsString>>(&self, argv: impl IntoIterator<Item = S>) -> Vec<OsString> {
        let argv = argv.into_iter().map(Into::into);
        match self.entrance() {
            Some(entrance) => {
                let shell = ["sh".into(), "-c".into(), format!("{entrance}exec \"$@\"").into(), "sh".into()];
                shell.into_iter().chain(argv).collect()
            }
            None => argv.collect(),
        }
    }

    /// What a shell runs first, to be inside: it is the shell itself that enters, so nothing has run before.
    pub(super) fn entrance(&self) -> Option<String> {
        let file = cgroup::procs(self.cgroup.as_ref()?);
        let file = quoted(&file);
        // If the cgroup is gone, the run that wanted this was killed and has been cleaned up.
        Some(format!("{{ echo 0 >{file}; }} 2>/dev/null || [ -e {file} ] || exit; "))
    }

    /// Excludes the orphans that this process was given so far from the tree.
    pub(super) fn disown_orphans(&self) {
        if self.cgroup.is_none() {
            orphans::all().into_iter().for_each(orphans::note_child);
        }
    }

    /// The variable that its first process must get.
    pub fn env(&self) -> Option<(OsString, OsString)> {
        if self.mark.is_empty() {
            return None;
        }
        let mut marks = std::env::var_os(MARKS).unwrap_or_default();
        marks.push(" ");
        marks.push(&self.mark);
        Some((MARKS.into(), marks))
    }

    /// The tree, now that its first process was started. That must lead a session of its own.
    #[must_use]
    pub fn led_by(mut self, pid: i32) -> Tree {
        self.pid = pid;
        self.started = started_at(pid).unwrap_or(0);
        self
    }

    /// The same tree with the orphans that this process gets from now on (see `orphans`). For a tree beside which no other
    /// is at work.
    #[must_use]
    pub(super) fn with_orphans(mut self) -> Tree {
        self.orphans = !self.mark.is_empty();
        self
    }

    /// Whether it can be found before its first process was started: by its cgroup or its mark.
    pub fn has_place(&self) -> bool {
        self.cgroup.is_some() || !self.mark.is_empty()
    }

    /// Whether this is the other tree, at whatever moment of its life.
    pub fn is_same(&self, other: &Tree) -> bool {
        match self.has_place() || other.has_place() {
            true => self.cgroup == other.cgroup && self.mark == other.mark,
            false => (self.pid, self.started) == (other.pid, other.started),
        }
    }

    /// Whether its first process still runs; a recycled pid has another start.
    pub fn leads(&self) -> bool {
        self.pid > 0 && started_at(self.pid) == Some(self.started)
    }

    /// Whether any process of it still runs.
    ///
    /// Where there is no cgroup, this does not see what has left session and group; [`Tree::members`] does.
    pub fn is_alive(&self) -> bool {
        self.leads()
            || self.held_by().is_some()
            || self.owns_group() && group_alive(self.pid)
            || !self.orphans().is_empty()
    }

    /// Whether the ids are still those of its first process. A group keeps its id as long as it has a member.
    fn owns_group(&self) -> bool {
        self.pid > 0 && started_at(self.pid).is_none_or(|started| started == self.started)
    }

    /// All processes of it that run.
    pub fn members(&self) -> Vec<Member> {
        self.pids().into_iter().filter_map(member).collect()
    }

    pub(super) fn pids(&self) -> BTreeSet<i32> {
        if let Some(path) = self.held_by() {
            return cgroup::members(path).into_iter().collect();
        }
        let mut found = BTreeSet::new();
        if self.must_be_found() {
            self.look(&mut |pid| {
                found.insert(pid);
            });
        }
        found
    }

    /// The cgroup, while a process is in it.
    fn held_by(&self) -> Option<&PathBuf> {
        self.cgroup.as_ref().filter(|path| cgroup::is_populated(path))
    }

    /// Whether `/proc` has to be looked through: there is no cgroup, or the first process failed to enter it.
    fn must_be_found(&self) -> bool {
        self.cgroup.is_none() || self.owns_group() && group_exists(self.pid)
    }

    /// Looks through `/proc` once; `on_found` gets each process of the tree as soon as it is found.
    fn look(&self, on_found: &mut dyn FnMut(i32)) {
        let owns_group = self.owns_group();
        let mut found = self.orphans();
        found.iter().for_each(|pid| on_found(*pid));
        let own = std::process::id().cast_signed();
        let mut others = Vec::new();
        for process in procfs::process::all_processes().into_iter().flatten().flatten() {
            let Ok(stat) = process.stat() else { continue };
            if matches!(stat.state, 'Z' | 'X') || stat.pid == own || found.contains(&stat.pid) {
                continue;
            }
            let ours = owns_group && (stat.pgrp == self.pid || stat.session == self.pid)
                || found.contains(&stat.ppid)
                || self.is_marked(&process) == Some(true);
            if ours {
                found.insert(stat.pid);
                on_found(stat.pid);
            } else {
                others.push((stat.pid, stat.ppid));
            }
        }
        // A child with a lower number than its parent, once the numbers have begun anew.
        while let Some(at) = others.iter().position(|(_, parent)| found.contains(parent)) {
            let (pid, _) = others.swap_remove(at);
            found.insert(pid);
            on_found(pid);
        }
    }

    /// The orphans that this process was given and that do not say that they are another tree's.
    pub(super) fn orphans(&self) -> BTreeSet<i32> {
        if !self.orphans {
            return BTreeSet::new();
        }
        let is_others =
            |pid: &i32| Process::new(*pid).ok().and_then(|process| self.is_marked(&process)) == Some(false);
        orphans::all().into_iter().filter(|pid| !is_others(pid)).collect()
    }

    /// Whether a process carries this tree's mark; `None` if it carries none at all.
    fn is_marked(&self, process: &Process) -> Option<bool> {
        if self.mark.is_empty() {
            return None;
        }
        let marks = process.environ().ok()?.remove(OsStr::new(MARKS))?;
        Some(marks.to_string_lossy().split(' ').any(|mark| mark == self.mark))
    }

    /// Sends a signal to all of it.
    pub fn signal(&self, signal: Signal) {
        let group = self.owns_group();
        if group {
            let _ = killpg(Pid::from_raw(self.pid), signal);
        }
        for pid in self.pids() {
            if !(group && nix::unistd::getpgid(Some(Pid::from_raw(pid))) == Ok(Pid::from_raw(self.pid))) {
                let _ = kill(Pid::from_raw(pid), signal);
            }
        }
    }

    /// Ends it: TERM, then KILL after at most [`TERM_GRACE`]. A second signal to this process ends the wait. Returns whether
    /// all of it is gone.
    pub fn end(&self) -> bool {
        if !self.pids().is_empty() {
            self.signal(Signal::SIGTERM);
            // One that is stopped would not see it.
            self.signal(Signal::SIGCONT);
            if let Some(path) = &self.cgroup {
                cgroup::thaw(path);
            }
            let end = Instant::now() + TERM_GRACE;
            while Instant::now() < end && interrupts() < 2 && self.is_there() {
                std::thread::sleep(LOOK_AGAIN);
            }
        }
        self.kill()
    }

    fn is_there(&self) -> bool {
        self.is_alive() || self.cgroup.is_none() && !self.pids().is_empty()
    }

    /// Kills all of it and waits until it is gone. Returns whether it is; see the head of this module for what that covers.
    /// The cgroup of an empty tree is removed.
    pub fn kill(&self) -> bool {
        let end = Instant::now() + KILL_TIME_MAX;
        while self.is_there() {
            if Instant::now() > end {
                return false;
            }
            match self.held_by() {
                Some(path) => cgroup::kill_all(path),
                None => self.stop_and_kill(),
            }
            // Most are gone at once.
            for wait in [0, 1, 2, 5] {
                std::thread::sleep(Duration::from_millis(wait));
                if !self.is_alive() {
                    break;
                }
            }
        }
        self.release();
        true
    }

    /// Removes the cgroup of a tree of which nothing runs any more.
    pub fn release(&self) {
        if let Some(path) = &self.cgroup {
            cgroup::remove(path);
        }
    }

    /// Stops all that is found until nothing new is, then kills it. What is stopped starts nothing more.
    fn stop_and_kill(&self) {
        if !self.must_be_found() {
            return;
        }
        if self.owns_group() {
            // The kernel gives this to all of a group at once, forks under way included.
            let _ = killpg(Pid::from_raw(self.pid), Signal::SIGSTOP);
        }
        let mut stopped = BTreeSet::new();
        loop {
            let before = stopped.len();
            self.look(&mut |pid| {
                if stopped.insert(pid) {
                    let _ = kill(Pid::from_raw(pid), Signal::SIGSTOP);
                }
            });
            if stopped.len() == before {
                break;
            }
        }
        if self.owns_group() {
            let _ = killpg(Pid::from_raw(self.pid), Signal::SIGKILL);
        }
        for pid in stopped {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}

impl Default for Tree {
    fn default() -> Tree {
        Tree::new()
    }
}

pub(super) fn quoted(path: &Path) -> String {
    shell_words::quote(&path.to_string_lossy()).into_owned()
}
