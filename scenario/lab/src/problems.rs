//! What was found in the files that were saved last, and the command that looks for it: one at a time. It is started in
//! `after_save`.

use std::sync::{Arc, Mutex};

use scenario_core::process::Tree;

use crate::hub::Hub;
use crate::message::Message;
use crate::problem::{Looking, Problems};
use crate::sync::locked;

/// What was found last, and who looks.
#[derive(Debug)]
pub(crate) struct Finder {
    inner: Mutex<Inner>,
    /// Held while a command runs.
    pub(crate) one: tokio::sync::Mutex<()>,
    hub: Arc<Hub>,
}

#[derive(Debug, Default)]
struct Inner {
    last: Problems,
    /// How many commands were wanted. Only the last one's result counts.
    wanted: u64,
    /// The one that runs: its number and its processes.
    runs: Option<(u64, Tree)>,
}

impl Finder {
    /// Nothing was looked for yet.
    pub(crate) fn new(hub: Arc<Hub>) -> Finder {
        Finder { inner: Mutex::default(), one: tokio::sync::Mutex::default(), hub }
    }

    /// What was found last.
    pub(crate) fn last(&self) -> Problems {
        locked(&self.inner).last.clone()
    }

    /// Another command is wanted, or none: its number. What one before has found does not count any more.
    pub(crate) fn want(&self) -> u64 {
        let mut inner = locked(&self.inner);
        inner.wanted += 1;
        inner.wanted
    }

    /// Whether it is still the one that is wanted.
    pub(crate) fn is_wanted(&self, number: u64) -> bool {
        locked(&self.inner).wanted == number
    }

    /// A command is about to run, or none does any more.
    pub(crate) fn set_running(&self, runs: Option<(u64, Tree)>) {
        locked(&self.inner).runs = runs;
    }

    /// Kills what runs and was wanted before this one. What is about to start may not be seen. This blocks.
    pub(crate) fn kill_before(&self, number: u64) {
        let runs = locked(&self.inner).runs.clone();
        if let Some((_, tree)) = runs.filter(|(other, _)| *other < number) {
            tree.kill();
        }
    }

    /// Changes what was found, if that is still wanted.
    pub(crate) fn set(&self, number: u64, problems: Problems) {
        let mut inner = locked(&self.inner);
        if inner.wanted == number {
            inner.last = problems;
            drop(inner);
            self.hub.send_state(|| Message::Problems { problems: self.last() });
        }
    }

    /// Nothing is wanted or found any more, as the files are about to be others; the number of that.
    pub(crate) fn forget(&self) -> u64 {
        let number = self.want();
        if self.last().state != Looking::Never {
            self.set(number, Problems::default());
        }
        number
    }
}
