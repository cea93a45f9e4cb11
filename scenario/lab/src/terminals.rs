//! All terminals of the lab.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::http::StatusCode;
use tokio::sync::Notify;

use crate::hub::Hub;
use crate::limits::TERMINALS_MAX;
use crate::message::{self, Message};
use crate::refusal::{Answer, Refusal};
use crate::sync::locked;
use crate::terminal::{ShellSettings, Terminal};

/// The terminals, by their ids.
#[derive(Debug)]
pub(crate) struct Terminals {
    shells: Mutex<ShellSettings>,
    open: Mutex<BTreeMap<String, Arc<Terminal>>>,
    /// What pages were sent last.
    sent: Mutex<Vec<message::TerminalView>>,
    /// A terminal has become busy or free, or its shell has ended.
    pub(crate) changed: Arc<Notify>,
    hub: Arc<Hub>,
}

impl Terminals {
    /// No terminals yet; their shells will be started with these settings.
    pub(crate) fn new(shells: ShellSettings, hub: Arc<Hub>) -> Terminals {
        let (open, sent) = (Mutex::default(), Mutex::default());
        Terminals { shells: Mutex::new(shells), open, sent, changed: Arc::default(), hub }
    }

    /// Changes the settings of the shells that are started from now on.
    pub(crate) fn set_shells(&self, shells: ShellSettings) {
        *locked(&self.shells) = shells;
    }

    /// The environment of commands that are run as those of a terminal are.
    pub(crate) fn env(&self) -> Vec<(OsString, Option<OsString>)> {
        locked(&self.shells).env.clone()
    }

    /// The terminal with an id.
    ///
    /// # Errors
    ///
    /// There is none.
    pub(crate) fn get(&self, id: &str) -> Answer<Arc<Terminal>> {
        locked(&self.open).get(id).cloned().ok_or_else(|| Refusal::unknown("terminal"))
    }

    /// All terminals, in order.
    pub(crate) fn all(&self) -> Vec<Arc<Terminal>> {
        locked(&self.open).values().cloned().collect()
    }

    /// All terminals, as pages see them.
    pub(crate) fn views(&self) -> Vec<message::TerminalView> {
        self.all().iter().map(|terminal| terminal.view()).collect()
    }

    /// Opens a terminal, under the smallest number that is free.
    ///
    /// # Errors
    ///
    /// There are too many, or the shell cannot be started.
    pub(crate) fn open(&self) -> Answer<Arc<Terminal>> {
        let open = locked(&self.open);
        let mut ids = (1..=TERMINALS_MAX).map(|number| number.to_string());
        let Some(id) = ids.find(|id| !open.contains_key(id)) else {
            let error = format!("there are {TERMINALS_MAX} terminals already");
            return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, error).help("close one first"));
        };
        self.open_as(id, open)
    }

    /// The terminal that a page of the book calls `T2`, which is opened if it is not there. None for a name without
    /// such a number.
    ///
    /// # Errors
    ///
    /// The shell cannot be started.
    pub(crate) fn named(&self, name: &str) -> Answer<Option<Arc<Terminal>>> {
        let number = name.strip_prefix('T').and_then(|number| number.parse().ok());
        let Some(number) = number.filter(|number| (1..=TERMINALS_MAX).contains(number)) else {
            return Ok(None);
        };
        let (id, open) = (number.to_string(), locked(&self.open));
        match open.get(&id) {
            Some(terminal) => Ok(Some(Arc::clone(terminal))),
            None => self.open_as(id, open).map(Some),
        }
    }

    fn open_as(
        &self,
        id: String,
        mut open: MutexGuard<'_, BTreeMap<String, Arc<Terminal>>>,
    ) -> Answer<Arc<Terminal>> {
        let shells = locked(&self.shells).clone();
        let terminal = Terminal::open(id.clone(), &shells, Arc::clone(&self.changed))?;
        open.insert(id, Arc::clone(&terminal));
        drop(open);
        self.send();
        Ok(terminal)
    }

    /// Starts a new shell in a terminal where the last one has ended.
    ///
    /// # Errors
    ///
    /// The terminal is unknown, or the shell cannot be started.
    pub(crate) fn restart(&self, id: &str) -> Answer<()> {
        let shells = locked(&self.shells).clone();
        Ok(self.get(id)?.start(&shells)?)
    }

    /// Takes a terminal out of the list, and returns it so that its shell can be ended.
    ///
    /// # Errors
    ///
    /// There is none.
    pub(crate) fn remove(&self, id: &str) -> Answer<Arc<Terminal>> {
        let removed = locked(&self.open).remove(id).ok_or_else(|| Refusal::unknown("terminal"))?;
        self.send();
        Ok(removed)
    }

    /// Sends the list to all pages.
    pub(crate) fn send(&self) {
        self.hub.send_state(|| {
            let terminals = self.views();
            locked(&self.sent).clone_from(&terminals);
            Message::Terminals { terminals }
        });
    }

    /// Sends the list if it is not as last sent: a shell does not report which command it has started.
    pub(crate) fn refresh(&self) {
        let views = self.views();
        let is_sent = *locked(&self.sent) == views;
        if !is_sent {
            self.send();
        }
    }
}
