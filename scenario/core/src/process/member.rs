//! A process of a tree, as a message names it, and what a process group has.

use nix::errno::Errno;
use nix::sys::signal::killpg;
use nix::unistd::Pid;
use procfs::process::Process;
use serde::{Deserialize, Serialize};

/// The end of the words by which a shell enters its folder. The text of the page follows.
pub(super) const ENTERED: &str = "\n:\n";

/// A process that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its id.
    pub pid: i32,
    /// The words that it was started with; its bare name where they are not known.
    pub words: String,
}

impl std::fmt::Display for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` (process {})", self.words, self.pid)
    }
}

/// The process with an id, if it runs.
pub(super) fn member(pid: i32) -> Option<Member> {
    let process = Process::new(pid).ok()?;
    let stat = process.stat().ok().filter(|stat| stat.state != 'Z')?;
    let words = process.cmdline().unwrap_or_default().join(" ");
    // A subshell has the words of its shell, including what that runs before the command of the page.
    let words = match words.split_once(ENTERED) {
        Some((_, text)) => text.to_owned(),
        // The words of a terminal's shell and its subshells tell nothing.
        None if words.starts_with("bash --norc --noprofile -i /proc/") => "a subshell".to_owned(),
        None => words,
    };
    Some(Member { pid, words: if words.is_empty() { stat.comm } else { words } })
}

/// Whether a process group has a member that is not a zombie.
pub fn group_alive(pgid: i32) -> bool {
    // The kernel answers at once for a group that is gone; only of one that is there, `/proc` is asked.
    group_exists(pgid)
        && procfs::process::all_processes()
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|process| process.stat().ok())
            .any(|stat| stat.pgrp == pgid && stat.state != 'Z' && stat.state != 'X')
}

/// Whether a process group has a member, a zombie included.
pub(super) fn group_exists(pgid: i32) -> bool {
    pgid > 0 && killpg(Pid::from_raw(pgid), None) != Err(Errno::ESRCH)
}
