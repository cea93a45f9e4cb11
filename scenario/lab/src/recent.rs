//! Where the learner was last, in which book and workspace: for the start page. It is kept in the user's state folder.

use std::path::PathBuf;

use scenario_core::disk;
use scenario_core::state::state_dir;
use serde::{Deserialize, Serialize};

/// The last place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Recent {
    /// The folder of the book.
    pub(crate) book: PathBuf,
    /// The learner's folder.
    pub(crate) workspace: PathBuf,
    /// The title of the book.
    pub(crate) title: String,
    /// The step, as messages name it: its label and its title.
    pub(crate) step: String,
}

impl Recent {
    /// What was kept last, if its book is still there.
    pub(crate) fn read() -> Option<Recent> {
        let recent: Recent = serde_json::from_slice(&std::fs::read(place()).ok()?).ok()?;
        recent.book.join("book.toml").is_file().then_some(recent)
    }

    /// Keeps it. A failure is ignored: the start page can do without.
    pub(crate) fn keep(&self) {
        let _ = disk::replace(&place(), &serde_json::to_vec_pretty(self).unwrap_or_default());
    }
}

fn place() -> PathBuf {
    state_dir().join("last-place.json")
}
