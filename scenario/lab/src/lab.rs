//! The lab: everything that requests share.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use scenario_cli::Front;
use scenario_core::error::{Error, Result};
use scenario_core::report::Words;
use scenario_core::runner::{Machine, RunOptions};
use tokio::sync::Notify;

use crate::book::Book;
use crate::files::Tree;
use crate::guard::Rate;
use crate::hub::{Hub, Socket};
use crate::job::Jobs;
use crate::keys::Keys;
use crate::limits::{SOCKETS_MAX, TERMINALS_MAX};
use crate::message::{self, BlockState, Check, Message, Preflight, Service};
use crate::page::Page;
use crate::progress::Progress;
use crate::refusal::{Answer, Refusal};
use crate::scripts::Scripts;
use crate::terminal::{self, Terminal};

/// What a lab is made of.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The book, the workspace, the tools, and what the front door is called.
    pub front: Front,
    /// This program.
    pub exe: PathBuf,
}

/// A lab that is open.
#[derive(Debug)]
pub struct Lab {
    pub(crate) settings: Settings,
    pub(crate) port: u16,
    pub(crate) keys: Keys,
    pub(crate) page: Page,
    pub(crate) hub: Arc<Hub>,
    pub(crate) tree: Tree,
    pub(crate) jobs: Jobs,
    /// Something was done that checks may depend on.
    pub(crate) activity: Notify,
    pub(crate) services: Mutex<Vec<Service>>,
    pub(crate) preflight: Mutex<Preflight>,
    /// Held while the checks of a step are asked.
    pub(crate) asking: tokio::sync::Mutex<()>,
    rate: Mutex<Rate>,
    book: RwLock<Arc<Book>>,
    machine: RwLock<Machine>,
    shells: RwLock<terminal::Settings>,
    terminals: Mutex<BTreeMap<String, Arc<Terminal>>>,
    terminals_told: Mutex<Vec<message::Terminal>>,
    /// A terminal has become busy or free, or its shell has ended.
    pub(crate) terminals_changed: Arc<Notify>,
    learner: Mutex<Learner>,
}

/// What the learner has done and found.
#[derive(Debug)]
pub(crate) struct Learner {
    pub(crate) progress: Progress,
    /// What has become of blocks, by their ids.
    pub(crate) blocks: BTreeMap<String, BlockState>,
    /// What checks have found, by their ids.
    pub(crate) checks: BTreeMap<String, Check>,
}

/// The parts that a lab is put together from.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) settings: Settings,
    pub(crate) port: u16,
    pub(crate) keys: Keys,
    pub(crate) page: Page,
    pub(crate) tree: Tree,
    pub(crate) book: Book,
    pub(crate) machine: Machine,
    pub(crate) shells: terminal::Settings,
    pub(crate) preflight: Preflight,
}

impl Lab {
    /// Puts a lab together.
    pub(crate) fn new(parts: Parts) -> Arc<Lab> {
        let mut progress = Progress::load(&parts.tree);
        // The book may have been longer.
        progress.step = progress.step.clamp(1, parts.book.plan.scenario.steps.len().max(1));
        let lab = Lab {
            settings: parts.settings,
            port: parts.port,
            keys: parts.keys,
            page: parts.page,
            hub: Arc::default(),
            tree: parts.tree,
            jobs: Jobs::default(),
            activity: Notify::new(),
            services: Mutex::default(),
            preflight: Mutex::new(parts.preflight),
            asking: tokio::sync::Mutex::default(),
            rate: Mutex::default(),
            book: RwLock::new(Arc::new(parts.book)),
            machine: RwLock::new(parts.machine),
            shells: RwLock::new(parts.shells),
            terminals: Mutex::default(),
            terminals_told: Mutex::default(),
            terminals_changed: Arc::default(),
            learner: Mutex::new(Learner { progress, blocks: BTreeMap::new(), checks: BTreeMap::new() }),
        };
        Arc::new(lab)
    }

    /// Its origin. It is never called `localhost`: cookies are not separated by port, and the learner's service is
    /// framed from there.
    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The Content-Security-Policy of every answer that is not a part of the book.
    pub(crate) fn policy(&self) -> String {
        self.policy_for("'self'", "'self'")
    }

    /// The Content-Security-Policy of the book: no other script of its pages runs.
    pub(crate) fn book_policy(&self, scripts: &Scripts) -> String {
        let files = scripts.files.iter().map(|file| format!("{}/book/{file}", self.origin()));
        let sources: Vec<String> = scripts.hashes.iter().cloned().chain(files).collect();
        self.policy_for(&sources.join(" "), "'none'")
    }

    fn policy_for(&self, scripts: &str, forms: &str) -> String {
        let ports: Vec<u16> = locked(&self.services).iter().map(|service| service.port).collect();
        let frames: String = ports.iter().map(|port| format!(" http://localhost:{port}")).collect();
        format!(
            "default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
             font-src 'self'; connect-src 'self' ws://127.0.0.1:{}; frame-src 'self'{frames}; object-src 'none'; \
             base-uri 'none'; form-action {forms}; frame-ancestors 'self'",
            self.port
        )
    }

    pub(crate) fn rate_is_exceeded(&self) -> bool {
        locked(&self.rate).is_exceeded()
    }

    pub(crate) fn book(&self) -> Arc<Book> {
        Arc::clone(&self.book.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set_book(&self, book: Book) {
        *self.book.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(book);
    }

    pub(crate) fn learner(&self) -> MutexGuard<'_, Learner> {
        locked(&self.learner)
    }

    /// What sentences about a book need to know.
    pub(crate) fn words<'a>(&'a self, book: &'a Book) -> Words<'a> {
        Words { sources: &book.plan.scenario.sources, front: &self.settings.front.name }
    }

    /// Options for what is run in this process: only looking.
    pub(crate) fn run_options(&self) -> RunOptions {
        RunOptions {
            workspace: self.settings.front.workspace.clone(),
            machine: self.machine.read().unwrap_or_else(PoisonError::into_inner).clone(),
            command: format!("{} serve", self.settings.front.name),
            exe: self.settings.exe.clone(),
            front: self.settings.front.name.clone(),
        }
    }

    /// The machine has got something that it lacked.
    pub(crate) fn set_machine(&self, machine: Machine, shells: terminal::Settings) {
        *self.machine.write().unwrap_or_else(PoisonError::into_inner) = machine;
        *self.shells.write().unwrap_or_else(PoisonError::into_inner) = shells;
    }

    /// Changes what is known of the learner, and keeps it.
    pub(crate) fn progress(&self, change: impl FnOnce(&mut Progress)) {
        let mut learner = self.learner();
        let before = learner.progress.clone();
        change(&mut learner.progress);
        if learner.progress == before {
            return;
        }
        learner.progress.save(&self.tree);
        let Progress { step, guide, .. } = learner.progress;
        drop(learner);
        self.hub.tell(&Message::Progress { step, guide });
    }

    /// The terminal with an id.
    pub(crate) fn terminal(&self, id: &str) -> Option<Arc<Terminal>> {
        locked(&self.terminals).get(id).cloned()
    }

    /// All terminals, in order.
    pub(crate) fn terminals(&self) -> Vec<Arc<Terminal>> {
        locked(&self.terminals).values().cloned().collect()
    }

    /// Opens a terminal, under the smallest number that is free.
    ///
    /// # Errors
    ///
    /// There are too many, or the shell cannot be started.
    pub(crate) fn open_terminal(&self) -> Answer<String> {
        let mut terminals = locked(&self.terminals);
        let free =
            (1..=TERMINALS_MAX).map(|number| number.to_string()).find(|id| !terminals.contains_key(id));
        let Some(id) = free else {
            let error = format!("there are {TERMINALS_MAX} terminals already");
            return Err(
                Refusal::new(axum::http::StatusCode::TOO_MANY_REQUESTS, error).help("close one first")
            );
        };
        let shells = self.shells.read().unwrap_or_else(PoisonError::into_inner).clone();
        terminals
            .insert(id.clone(), Terminal::open(id.clone(), &shells, Arc::clone(&self.terminals_changed))?);
        drop(terminals);
        self.tell_terminals();
        Ok(id)
    }

    /// Starts a shell anew in a terminal where it has ended.
    ///
    /// # Errors
    ///
    /// There is no such terminal, or the shell cannot be started.
    pub(crate) fn restart_terminal(&self, id: &str) -> Answer<()> {
        let terminal = self.terminal(id).ok_or_else(|| Refusal::unknown("terminal"))?;
        let shells = self.shells.read().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(terminal.start(&shells)?)
    }

    /// Takes a terminal out of the list; its shell is still to be ended.
    pub(crate) fn take_terminal(&self, id: &str) -> Option<Arc<Terminal>> {
        let taken = locked(&self.terminals).remove(id);
        self.tell_terminals();
        taken
    }

    pub(crate) fn tell_terminals(&self) {
        let terminals: Vec<_> = self.terminals().iter().map(|terminal| terminal.view()).collect();
        locked(&self.terminals_told).clone_from(&terminals);
        self.hub.tell(&Message::Terminals { terminals });
    }

    /// Tells of the terminals if they are not as was told: a shell does not say which command it has started.
    pub(crate) fn look_at_terminals(&self) {
        let now: Vec<_> = self.terminals().iter().map(|terminal| terminal.view()).collect();
        let is_told = *locked(&self.terminals_told) == now;
        if !is_told {
            self.tell_terminals();
        }
    }

    /// One more WebSocket.
    ///
    /// # Errors
    ///
    /// There are too many.
    pub(crate) fn socket(&self, is_page: bool) -> Answer<Socket> {
        self.hub.socket(is_page).ok_or_else(|| {
            let error = format!("there are {SOCKETS_MAX} connections already");
            Refusal::new(axum::http::StatusCode::TOO_MANY_REQUESTS, error).help("close a window of the lab")
        })
    }
}

/// A lock that a panic elsewhere does not spoil: what it guards is changed in single steps.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs what waits on a thread that may.
pub(crate) async fn waiting<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|cause| Error::new(format!("the work was given up: {cause}")))
}
