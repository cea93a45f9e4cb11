//! Whether the learner has agreed to what an imported book runs, and the list of it. How that is remembered is known in core.

use scenario_core::trust::{Item, ItemKind, Runs};
use serde::Serialize;

use crate::limits::{RUN_BYTES_MAX, RUNS_MAX};

/// What an imported book runs to which the learner has not agreed. Until then nothing of it is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Untrusted {
    /// Names exactly this; it is what the learner agrees to.
    pub(crate) digest: String,
    /// How many commands, files and checks there are, in words.
    pub(crate) counts: String,
}

/// All that an imported book runs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Listing {
    /// Names exactly this.
    pub(crate) digest: String,
    pub(crate) listed: Vec<Listed>,
    /// How many more there are.
    pub(crate) more: usize,
}

/// A command, a file or a check of an imported book.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Listed {
    /// `command`, `file` or `check`.
    pub(crate) kind: &'static str,
    /// What is done with the file.
    pub(crate) title: String,
    /// The command, the text of the file, or what is asked.
    pub(crate) text: String,
    /// How many more bytes the text has.
    pub(crate) more: usize,
    /// The place in the book.
    pub(crate) position: String,
}

/// What the learner still has to agree to; `None` if there is nothing.
pub(crate) fn untrusted(runs: Option<&Runs>) -> Option<Untrusted> {
    let runs = runs.filter(|runs| !runs.is_trusted())?;
    Some(Untrusted { digest: runs.digest.clone(), counts: runs.counts() })
}

/// All that is run, as far as a page shows it.
pub(crate) fn listing(runs: &Runs) -> Listing {
    Listing {
        digest: runs.digest.clone(),
        listed: runs.items.iter().take(RUNS_MAX).map(listed).collect(),
        more: runs.items.len().saturating_sub(RUNS_MAX),
    }
}

fn listed(item: &Item) -> Listed {
    let most = item.text.len().min(RUN_BYTES_MAX);
    let cut = (0..=most).rev().find(|at| item.text.is_char_boundary(*at)).unwrap_or_default();
    // What is done with a file is not in its text.
    let title = if item.kind == ItemKind::File { item.title.clone() } else { String::new() };
    Listed {
        kind: item.kind.name(),
        title,
        text: item.text[..cut].to_owned(),
        more: item.text.len() - cut,
        position: item.position.to_string(),
    }
}
