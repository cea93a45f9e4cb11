//! The tree of a shell that goes on after each command: what runs beside the shell, and how both are ended.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use procfs::process::Process;

use super::age::started_at;
use super::cgroup;
use super::signals::interrupts;
use super::tree::{LOOK_AGAIN, TERM_GRACE, Tree, quoted};

impl Tree {
    /// What a shell of the tree runs to start something that does not belong to the tree, and what it runs after that.
    pub(super) fn doors(&self) -> (String, String) {
        let enter = |cgroup: &Path| format!("builtin echo 0 >{}", quoted(&cgroup::procs(cgroup)));
        match (&self.cgroup, self.env()) {
            (Some(own), _) => match own.parent() {
                Some(parent) => {
                    (format!("{{ {}; }} 2>/dev/null\n", enter(parent)), format!("{}; ", enter(own)))
                }
                None => Default::default(),
            },
            (None, Some((name, marks))) => {
                let (name, marks) =
                    (name.to_string_lossy(), shell_words::quote(&marks.to_string_lossy()).into_owned());
                (format!("builtin unset -v {name}\n"), format!("builtin export {name}={marks}; "))
            }
            (None, None) => Default::default(),
        }
    }

    /// What runs in the tree beside its first process, as far as that is cheap to find. With `only_children`, only the
    /// children that the first process has not waited for yet.
    pub(super) fn others(&self, only_children: bool) -> BTreeSet<i32> {
        if let Some(cgroup) = self.cgroup.as_ref().filter(|_| !only_children) {
            return cgroup::members(cgroup).into_iter().filter(|pid| *pid != self.pid).collect();
        }
        let tasks =
            Process::new(self.pid).and_then(|process| process.tasks()).into_iter().flatten().flatten();
        let children = tasks.filter_map(|task| task.children().ok()).flatten().map(u32::cast_signed);
        let runs = |pid: &i32| started_at(*pid).is_some();
        let mut found: BTreeSet<i32> = children.filter(runs).collect();
        if !only_children {
            found.extend(self.orphans());
        }
        found
    }

    /// Like [`Tree::end`], for a tree whose first process is a shell. It ignores TERM, and must not go on when what it waits
    /// for has ended. It is killed last: its end would send SIGHUP to its stopped jobs.
    pub(super) fn end_below(&self) -> bool {
        let _ = kill(Pid::from_raw(self.pid), Signal::SIGSTOP);
        let below = || self.pids().into_iter().filter(|pid| *pid != self.pid);
        for signal in [Signal::SIGTERM, Signal::SIGCONT] {
            for pid in below() {
                let _ = kill(Pid::from_raw(pid), signal);
            }
        }
        if let Some(path) = &self.cgroup {
            cgroup::thaw(path);
        }
        let end = Instant::now() + TERM_GRACE;
        while Instant::now() < end && interrupts() < 2 && below().next().is_some() {
            std::thread::sleep(LOOK_AGAIN);
        }
        self.kill()
    }
}
