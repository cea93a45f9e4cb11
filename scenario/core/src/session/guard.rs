//! The state folder, the watchdog of a run as the run sees it, and what a run needs that only looks: a tree for its commands
//! which the watchdog knows, and the machine's lock, which such runs share.
//!
//! What a watchdog does once its run is gone is decided in `watchdog`.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::container::Engine;
use crate::error::{Error, PathContext, Result};
use crate::lock;
use crate::process::{Child, Command, Tree};

/// Where the lock and the record are: `SCENARIO_STATE`, else the user's folder for such things.
pub fn state_dir() -> PathBuf {
    let var = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    var("SCENARIO_STATE")
        .or_else(|| var("XDG_STATE_HOME").map(|dir| dir.join("scenario")))
        .or_else(|| var("HOME").map(|dir| dir.join(".local/state/scenario")))
        .unwrap_or_else(|| std::env::temp_dir().join("scenario-state"))
}

/// The name of a run that begins now.
pub(super) fn run_id() -> String {
    format!("{}-{}", std::process::id(), jiff::Timestamp::now().as_millisecond())
}

pub(super) fn in_progress(holder: &str) -> Error {
    Error::busy(format!("another run is in progress: {holder}")).with_help(
        "all runs use the ports and names of the book, so there can be only one; wait for that run, or stop it",
    )
}

/// A watchdog that was started.
#[derive(Debug)]
pub(super) struct Watchdog(Child);

impl Watchdog {
    /// Starts one for the run with this id. `exe` is a program that understands `__watchdog`.
    pub(super) fn start(exe: &Path, id: &str, engine: Option<&Engine>, dir: &Path) -> Result<Watchdog> {
        let mut words = vec![exe.as_os_str().to_owned(), "__watchdog".into(), id.into()];
        words.extend(engine.iter().map(|engine| engine.program().as_os_str().to_owned()));
        Command::new(words).start_with_input(&dir.join("watchdog.log")).map(Watchdog)
    }

    /// Says that a tree belongs to the run (`tree`), or has ended (`gone`).
    pub(super) fn notify(&mut self, word: &str, tree: &Tree) {
        if let Some(pipe) = self.0.stdin.as_mut()
            && let Ok(tree) = serde_json::to_string(tree)
        {
            // Without its watchdog a run continues, and the next run cleans up. A single write wakes it once.
            let _ = pipe.write_all(format!("{word} {tree}\n").as_bytes());
        }
    }

    /// The run has ended and needs it no more.
    pub(super) fn dismiss(&mut self) {
        if let Some(mut pipe) = self.0.stdin.take() {
            let _ = writeln!(pipe, "done");
        }
        self.0.wait();
    }
}

/// Commands that only look, one after the other, outside of a [`Session`](super::Session). They end with the run that asks,
/// also where that is killed.
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
