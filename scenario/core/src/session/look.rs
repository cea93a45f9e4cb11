//! A run that only looks: it shares the machine's lock, and its commands end with it.

use std::fs::File;
use std::path::Path;

use super::{in_progress, run_id};
use crate::error::{PathContext, Result};
use crate::lock;
use crate::process::Tree;
use crate::state::state_dir;
use crate::watchdog::Watchdog;

/// Commands that only look, one after the other, outside of a [`Session`](super::Session). They end with the run that starts
/// them, even if it is killed.
#[derive(Debug)]
pub struct Look {
    tree: Tree,
    watchdog: Watchdog,
}

impl Look {
    /// Starts the watchdog; `exe` is a program that understands `__watchdog`.
    ///
    /// # Errors
    ///
    /// The state folder cannot be used.
    pub fn begin(exe: &Path) -> Result<Look> {
        let dir = state_dir();
        std::fs::create_dir_all(&dir).on_path("create", &dir)?;
        let mut watchdog = Watchdog::start(exe, &run_id(), None, &dir)?;
        let tree = Tree::new();
        watchdog.notify("tree", &tree);
        Ok(Look { tree, watchdog })
    }

    /// Where its commands run.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        self.tree.release();
        self.watchdog.dismiss();
    }
}

/// The machine's lock for a run that only looks: others may look at the same time, but nothing is changed meanwhile. It is
/// held as long as the file is open.
///
/// # Errors
///
/// A run that changes something is in progress.
pub fn share(command: &str) -> Result<File> {
    let dir = state_dir();
    std::fs::create_dir_all(&dir).on_path("create", &dir)?;
    lock::share(&dir.join("lock"), command)?.map_err(|holder| in_progress(&holder))
}
