//! How far the learner is: kept in the workspace, without an account.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::files::Tree;

/// Where it is kept, in the workspace.
const PLACE: &str = ".scenario/progress.json";

/// How far the learner is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// The step that is being read.
    pub(crate) step: usize,
    /// Whether the guide for the first time is still to be shown.
    pub(crate) guide: bool,
    /// The ids of the blocks that were used.
    pub(crate) used: BTreeSet<String>,
    /// The steps whose checks have all held at once.
    pub(crate) done: BTreeSet<usize>,
}

impl Default for Progress {
    fn default() -> Progress {
        Progress { step: 1, guide: true, used: BTreeSet::new(), done: BTreeSet::new() }
    }
}

impl Progress {
    /// As it was left, or the beginning: a file that cannot be read is as good as none.
    pub(crate) fn load(tree: &Tree) -> Progress {
        let text = tree.read_own(PLACE);
        text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    /// Writes it down. That it could not be is no reason to stop: the page has it.
    pub(crate) fn save(&self, tree: &Tree) {
        let text = serde_json::to_vec_pretty(self).unwrap_or_default();
        let _ = tree.write_own(PLACE, &text);
    }
}
