//! What the learner has done and what the lab has found out; the first is kept in the workspace, without an account.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::files::WorkspaceFiles;
use crate::message::{BlockState, Check};

/// Where progress is kept, in the workspace.
const PLACE: &str = ".scenario/progress.json";

/// What the learner has done, and what has come of it.
#[derive(Debug)]
pub(crate) struct Learner {
    pub(crate) progress: Progress,
    /// The states of blocks, by their ids.
    pub(crate) blocks: BTreeMap<String, BlockState>,
    /// The last results of checks, by their ids.
    pub(crate) checks: BTreeMap<String, Check>,
}

/// How far the learner is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// The step that is being read.
    pub(crate) step: usize,
    /// Whether the guide for newcomers is still to be shown.
    pub(crate) guide: bool,
    /// The ids of the blocks that were used.
    pub(crate) used: BTreeSet<String>,
    /// The steps whose checks have all passed at once.
    pub(crate) done: BTreeSet<usize>,
    /// The folder of the book of which the learner has had something run. Before that, the lab runs none of its commands.
    #[serde(default)]
    pub(crate) ran: Option<PathBuf>,
    /// For how many minutes a page was open.
    #[serde(default)]
    pub(crate) minutes: u32,
}

impl Default for Progress {
    fn default() -> Progress {
        let (used, done) = (BTreeSet::new(), BTreeSet::new());
        Progress { step: 1, guide: true, used, done, ran: None, minutes: 0 }
    }
}

impl Progress {
    /// The progress of last time. Without a readable file it is that of a beginner.
    pub(crate) fn load(files: &WorkspaceFiles) -> Progress {
        let text = files.read_own(PLACE);
        text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    /// Saves it. A failure is ignored: the lab goes on with what it has in memory.
    pub(crate) fn save(&self, files: &WorkspaceFiles) {
        let text = serde_json::to_vec_pretty(self).unwrap_or_default();
        let _ = files.write_own(PLACE, &text);
    }
}
