//! The lab: what requests and background tasks share, and the changes that all pages are sent.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use scenario_core::error::{Error, Result};
use scenario_core::model::BlockKind;
use scenario_core::report::{Door, Words};
use scenario_core::runner::{Machine, RunOptions};
use tokio::sync::Notify;

use crate::book::RenderedBook;
use crate::files::WorkspaceFiles;
use crate::hub::Hub;
use crate::job::Jobs;
use crate::kept::Kept;
use crate::keys::Keys;
use crate::learner::{Learner, Progress};
use crate::limits::QUESTIONS_MAX;
use crate::listing::OWN;
use crate::machine::{self, Survey};
use crate::message::{BlockState, Check, Hello, Message, Preflight, Step};
use crate::page::BuiltPage;
use crate::place::BookError;
use crate::problems::Finder;
use crate::recent::Recent;
use crate::services::Services;
use crate::settings::Settings;
use crate::sync::locked;
use crate::terminals::Terminals;
use crate::undo::Undo;
use crate::{trust, view};

/// The button of the page that plays a step.
const SOLVE: &str = "Solve step";

/// A lab that is open.
#[derive(Debug)]
pub struct Lab {
    pub(crate) settings: Settings,
    pub(crate) port: u16,
    pub(crate) keys: Keys,
    pub(crate) page: BuiltPage,
    pub(crate) hub: Arc<Hub>,
    pub(crate) files: WorkspaceFiles,
    pub(crate) jobs: Jobs,
    pub(crate) services: Services,
    pub(crate) terminals: Terminals,
    /// What was found in files that were saved.
    pub(crate) finder: Finder,
    /// The last change of each block, so that it can be undone.
    pub(crate) undo: Mutex<Undo>,
    /// Files of the learner's that can be put back.
    pub(crate) kept: Mutex<Kept>,
    /// Something was done that checks may depend on.
    pub(crate) activity: Notify,
    /// The questions to Prometheus that may still be asked at once.
    pub(crate) asking: tokio::sync::Semaphore,
    /// Held while the checks of a step run.
    pub(crate) checking: tokio::sync::Mutex<()>,
    preflight: Mutex<Preflight>,
    book: RwLock<Arc<RenderedBook>>,
    /// Why the book on disk is not the one that is shown.
    book_error: Mutex<Option<BookError>>,
    machine: RwLock<Machine>,
    learner: Mutex<Learner>,
}

/// The parts that a lab is put together from.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) settings: Settings,
    pub(crate) port: u16,
    pub(crate) keys: Keys,
    pub(crate) page: BuiltPage,
    pub(crate) files: WorkspaceFiles,
    pub(crate) book: RenderedBook,
    pub(crate) survey: Survey,
}

impl Lab {
    /// Puts a lab together.
    pub(crate) fn new(parts: Parts) -> Arc<Lab> {
        let mut progress = Progress::load(&parts.files);
        parts.files.list_first(parts.book.written());
        // The book may have been longer.
        progress.step = progress.step.clamp(1, parts.book.plan.scenario.steps.len().max(1));
        let hub = Arc::<Hub>::default();
        let lab = Lab {
            settings: parts.settings,
            port: parts.port,
            keys: parts.keys,
            page: parts.page,
            files: parts.files,
            jobs: Jobs::new(Arc::clone(&hub)),
            services: Services::of(&parts.book.plan.scenario, Arc::clone(&hub)),
            terminals: Terminals::new(parts.survey.shells, Arc::clone(&hub)),
            finder: Finder::new(Arc::clone(&hub)),
            hub,
            undo: Mutex::default(),
            kept: Mutex::default(),
            activity: Notify::new(),
            asking: tokio::sync::Semaphore::new(QUESTIONS_MAX),
            checking: tokio::sync::Mutex::default(),
            preflight: Mutex::new(parts.survey.preflight),
            book: RwLock::new(Arc::new(parts.book)),
            book_error: Mutex::default(),
            machine: RwLock::new(parts.survey.machine),
            learner: Mutex::new(Learner { progress, blocks: BTreeMap::new(), checks: BTreeMap::new() }),
        };
        Arc::new(lab)
    }

    /// Its origin. It is never called `localhost`: cookies are not separated by port, and the learner's service is
    /// framed from there.
    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A link that opens the lab in a browser, once.
    ///
    /// # Errors
    ///
    /// The system has no random numbers.
    pub fn link(&self) -> Result<String> {
        Ok(format!("{}/?token={}", self.origin(), self.keys.token()?))
    }

    /// Writes a file that leads a browser to the lab, once. A link on a command line could be read by every user of this
    /// computer; the file can be read by the learner only.
    ///
    /// It is in the workspace because some browsers may not read hidden folders of the home folder, or `/tmp`.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn launch_file(&self) -> Result<PathBuf> {
        let path = self.launch_path();
        let _ = std::fs::remove_file(&path);
        let link = self.link()?;
        let html = format!(
            "<!doctype html><meta charset=\"utf-8\"><meta name=\"referrer\" content=\"no-referrer\">\
             <meta http-equiv=\"refresh\" content=\"0; url={link}\"><title>The lab</title>\
             <p>This page leads to <a href=\"{link}\">the lab</a>.</p>\n"
        );
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        file.and_then(|mut file| file.write_all(html.as_bytes()))
            .map_err(|cause| Error::new(format!("failed to write `{}`: {cause}", path.display())))?;
        Ok(path)
    }

    /// Removes that file.
    pub(crate) fn forget_launch(&self) {
        let _ = std::fs::remove_file(self.launch_path());
    }

    fn launch_path(&self) -> PathBuf {
        self.workspace().join(OWN).join("open.html")
    }

    /// The learner's directory.
    pub fn workspace(&self) -> &Path {
        &self.settings.front.workspace
    }

    pub(crate) fn book(&self) -> Arc<RenderedBook> {
        Arc::clone(&self.book.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes a book that was rendered again, or the reason why it could not be: then the last one stays.
    pub(crate) fn set_book(&self, rendered: Result<RenderedBook>) {
        let error = match rendered {
            Ok(book) => {
                self.services.replace(&book.plan.scenario);
                self.files.list_first(book.written());
                *self.book.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(book);
                self.services.refresh();
                None
            }
            Err(error) => Some(self.book().describe(&error)),
        };
        locked(&self.book_error).clone_from(&error);
        let is_new = error.is_none();
        let title = self.book().plan.scenario.title.clone();
        self.hub.send(&Message::Book { error, title });
        if is_new {
            self.hub.send_state(|| Message::Steps { steps: self.steps() });
            self.send_trust();
        }
    }

    /// Whether the book that is shown may be run: it was not imported, or the learner has agreed to what it runs.
    pub(crate) fn is_trusted(&self) -> bool {
        self.book().is_trusted()
    }

    /// Sends what the learner still has to agree to.
    pub(crate) fn send_trust(&self) {
        self.hub.send_state(|| Message::Trust { untrusted: trust::untrusted(self.book().runs.as_ref()) });
    }

    pub(crate) fn learner(&self) -> MutexGuard<'_, Learner> {
        locked(&self.learner)
    }

    /// What sentences about a book need to know.
    pub(crate) fn words<'a>(&'a self, book: &'a RenderedBook) -> Words<'a> {
        Words { scenario: &book.plan.scenario, door: Door::Button(SOLVE) }
    }

    /// The options of what is run in this process: only what changes nothing.
    pub(crate) fn run_options(&self) -> RunOptions {
        let machine = self.machine.read().unwrap_or_else(PoisonError::into_inner).clone();
        self.settings.run_options(machine)
    }

    /// Everything that a page shows.
    pub(crate) fn hello(&self) -> Hello {
        let steps = self.steps();
        let book = self.book();
        let learner = self.learner();
        Hello {
            build: self.page.build.clone(),
            title: book.plan.scenario.title.clone(),
            workspace: scenario_core::book::shown(self.workspace()).display().to_string(),
            front: self.settings.front.name.clone(),
            page: "index.html".to_owned(),
            steps,
            step: learner.progress.step,
            guide: learner.progress.guide,
            terminals: self.terminals.views(),
            services: self.services.all(),
            preflight: locked(&self.preflight).clone(),
            job: self.jobs.last(),
            book_error: locked(&self.book_error).clone(),
            untrusted: trust::untrusted(book.runs.as_ref()),
            problems: self.finder.last(),
        }
    }

    /// All steps.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let book = self.book();
        let learner = self.learner();
        book.plan.steps.iter().map(|step| view::step(&book, step, &learner)).collect()
    }

    /// Changes the learner's progress, and saves it.
    pub(crate) fn change_progress(&self, change: impl FnOnce(&mut Progress)) {
        let mut learner = self.learner();
        let before = learner.progress.clone();
        change(&mut learner.progress);
        if learner.progress == before {
            return;
        }
        learner.progress.save(&self.files);
        let step = learner.progress.step;
        drop(learner);
        self.hub.send_state(|| {
            let Progress { step, guide, .. } = self.learner().progress;
            Message::Progress { step, guide }
        });
        if step != before.step {
            self.keep_place();
        }
    }

    /// Keeps where the learner is, for the start page.
    pub(crate) fn keep_place(&self) {
        let (book, number) = (self.book(), self.learner().progress.step);
        let scenario = &book.plan.scenario;
        let step = scenario.step(number).map(|step| format!("{}, {}", step.label, step.title));
        let recent = Recent {
            book: self.settings.front.book.canonicalize().unwrap_or_default(),
            workspace: self.workspace().to_owned(),
            title: scenario.title.clone(),
            step: step.unwrap_or_else(|| number.to_string()),
        };
        recent.keep();
    }

    /// The learner has had commands of the book run.
    pub(crate) fn has_run(&self) {
        let book = self.settings.front.book.canonicalize().ok();
        self.change_progress(|progress| progress.ran = book);
    }

    /// Whether the learner has done that with this book, and not with another one in the same workspace; and still agrees to
    /// what it runs, if it was imported.
    pub(crate) fn may_run(&self) -> bool {
        let ran = self.learner().progress.ran.clone();
        ran.is_some() && ran == self.settings.front.book.canonicalize().ok() && self.is_trusted()
    }

    /// Counts a block as used, and changes its state.
    pub(crate) fn use_block(&self, id: &str, state: Option<BlockState>) {
        self.change_progress(|progress| {
            progress.used.insert(id.to_owned());
        });
        self.set_block(id, state);
    }

    /// Counts a block as not used.
    pub(crate) fn unuse_block(&self, id: &str) {
        self.change_progress(|progress| {
            progress.used.remove(id);
        });
        self.set_block(id, None);
    }

    /// Changes the state of a block.
    pub(crate) fn set_block(&self, id: &str, state: Option<BlockState>) {
        let book = self.book();
        let Some((step, actions)) = book.actions(id) else { return };
        let mut learner = self.learner();
        match state {
            Some(state) => drop(learner.blocks.insert(id.to_owned(), state)),
            None => drop(learner.blocks.remove(id)),
        }
        drop(learner);
        self.hub.send_state(|| {
            view::block(id, actions, &self.learner()).map(|block| Message::Block { step, block })
        });
    }

    /// Changes the result of a check.
    pub(crate) fn set_check(&self, step: usize, check: Check) {
        let id = check.id.clone();
        self.learner().checks.insert(id.clone(), check);
        self.hub.send_state(|| {
            self.learner().checks.get(&id).cloned().map(|check| Message::Check { step, check })
        });
    }

    /// Forgets the states of a step and of those after it.
    pub(crate) fn forget_from(&self, number: usize) {
        let book = self.book();
        let steps = || book.plan.scenario.steps.iter().filter(|step| step.number >= number);
        let mut learner = self.learner();
        for step in steps() {
            for block in step.shown_blocks() {
                learner.blocks.remove(&block.id);
            }
            for check in step.every_check() {
                learner.checks.remove(&check.id);
            }
        }
        drop(learner);
        self.change_progress(|progress| {
            for block in steps().flat_map(|step| step.shown_blocks()) {
                progress.used.remove(&block.id);
            }
            progress.done.retain(|step| *step < number);
        });
    }

    /// Counts all steps up to one as done: the runner has brought the machine to its end.
    pub(crate) fn count_as_done(&self, number: usize) {
        let book = self.book();
        self.change_progress(|progress| {
            let steps = book.plan.scenario.steps.iter().take(number);
            // One that a machine may skip is done when its checks say so.
            for step in steps.filter(|step| step.needs.is_none()) {
                // A query is the learner's to ask.
                let played = step.blocks.iter().filter(|block| !matches!(block.kind, BlockKind::Query(_)));
                progress.used.extend(played.map(|block| block.id.clone()));
                progress.done.insert(step.number);
            }
        });
    }

    /// The machine is about to be surveyed again.
    pub(crate) fn begin_survey(&self) {
        locked(&self.preflight).looking = true;
        self.send_preflight();
    }

    /// Surveys the machine again: it may have got what it lacked. This blocks.
    pub(crate) fn survey(&self) {
        let survey = machine::survey(&self.settings, &self.book().plan.scenario);
        locked(&self.preflight).looking = false;
        if let Ok(survey) = survey {
            *self.machine.write().unwrap_or_else(PoisonError::into_inner) = survey.machine;
            self.terminals.set_shells(survey.shells);
            *locked(&self.preflight) = survey.preflight;
        }
        self.send_preflight();
    }

    fn send_preflight(&self) {
        self.hub.send_state(|| Message::Preflight { preflight: locked(&self.preflight).clone() });
    }
}
