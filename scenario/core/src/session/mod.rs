//! One world at a time, and its owner: the machine-wide lock, the record of what is running, and the cleanup after a run
//! that was killed.
//!
//! The book fixes its ports and names, so only one run is possible at a time. The record outlives a run: `step` leaves a
//! world running, and the next run, or `down`, finds it here.

mod down;
mod look;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::container::{Engine, OWNER_LABEL, SESSION_LABEL, STATE_LABEL};
use crate::creations::Creations;
use crate::disk;
use crate::error::{Context, Error, PathContext, Result};
use crate::lock::lock;
use crate::process::{self, Tree};
use crate::state::state_dir;
use crate::swarm::Swarm;
use crate::watchdog::Watchdog;

pub use down::{Removed, down, end_world};
pub use look::{Look, share};

/// How long a run that ends waits for what an engine was asked to create. A usual engine needs a tenth of it.
const CREATION_TIME_MAX: Duration = Duration::from_secs(3);

/// A background process of the book that runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Background {
    /// Its processes.
    #[serde(alias = "group")]
    pub tree: Tree,
    /// Changes when its command or the files it names change.
    pub key: String,
    /// The id of the command of the book that it is.
    #[serde(default)]
    pub command: String,
    /// Where it writes.
    pub log: PathBuf,
    /// The run that started it.
    pub session: String,
}

impl Background {
    /// Whether it still runs, and its workspace still exists. Without that, its files are gone.
    pub fn serves(&self) -> bool {
        self.tree.leads() && self.log.is_file()
    }
}

/// What runs on this machine because of us.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Record {
    /// The workspace that the world belongs to.
    pub owner: Option<String>,
    /// Background processes by name.
    #[serde(default)]
    pub backgrounds: BTreeMap<String, Background>,
    /// A run that has not ended, or that was killed.
    #[serde(default)]
    open: Option<OpenRun>,
}

impl Record {
    /// The record as it was last written; an empty one if there was none. A record that cannot be read is an error, not an
    /// empty one: what it named may still run.
    fn read(dir: &Path) -> Result<Record> {
        let path = dir.join("world.json");
        let bytes = match std::fs::read(&path) {
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(Record::default()),
            read => read.on_path("read the record", &path)?,
        };
        serde_json::from_slice(&bytes).map_err(|cause| {
            Error::new(format!("failed to read the record `{}`: {cause}", path.display()))
                .with_help(
                    "it is not known what this book has left running; stop it by hand (`docker ps` shows its \
                     containers), then remove that file",
                )
                .with_source(cause)
        })
    }
}

/// The background processes in the record, by name. This is for reading only: it takes no lock. [`Background::serves`] tells
/// whether a process still runs.
///
/// # Errors
///
/// The record cannot be read.
pub fn backgrounds() -> Result<BTreeMap<String, Background>> {
    Record::read(&state_dir()).map(|record| record.backgrounds)
}

#[derive(Debug, Serialize, Deserialize)]
struct OpenRun {
    id: String,
    #[serde(alias = "groups")]
    trees: Vec<Tree>,
}

/// A run that holds the machine's lock. Dropped without [`Session::keep`], it ends what it started.
#[derive(Debug)]
pub struct Session {
    /// The name of this run.
    pub id: String,
    /// What runs.
    pub record: Record,
    /// Where the commands of checks run, one after the other.
    pub checks: Tree,
    dir: PathBuf,
    engine: Option<Engine>,
    watchdog: Option<Watchdog>,
    kept: bool,
    /// Whether the engine has not listed yet what it was asked to create. The watchdog goes on looking for it.
    is_owed: bool,
    // The lock is held as long as the file is open.
    _lock: File,
}

/// Something of a world that is still there.
#[derive(Debug)]
pub(crate) struct Live {
    /// What it is, in words.
    name: String,
    /// Whether it runs: a container may only exist.
    runs: bool,
}

impl Live {
    fn running(name: String) -> Live {
        Live { name, runs: true }
    }
}

/// Lists things in words.
pub(crate) fn listed(live: &[Live]) -> String {
    let word = |one: &Live| format!("{}{}", one.name, if one.runs { "" } else { " (not running)" });
    live.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// The name of a run that begins now.
fn run_id() -> String {
    format!("{}-{}", std::process::id(), jiff::Timestamp::now().as_millisecond())
}

fn in_progress(holder: &str) -> Error {
    Error::busy(format!("another run is in progress: {holder}")).with_help(
        "all runs use the ports and names of the book, so there can be only one; wait for that run, or stop it",
    )
}

impl Session {
    /// Takes the lock, clears away after a run that was killed, and starts the watchdog.
    ///
    /// `command` is what another run reports as the holder of the lock; `exe` is a program that understands
    /// `__watchdog`, which is this one.
    ///
    /// # Errors
    ///
    /// Another run holds the lock, or the state folder cannot be used.
    pub fn open(command: &str, exe: &Path, engine: Option<&Engine>) -> Result<Session> {
        let dir = state_dir();
        std::fs::create_dir_all(&dir).on_path("create", &dir)?;
        let lock = lock(&dir.join("lock"), command)?.map_err(|holder| in_progress(&holder))?;
        let record = Record::read(&dir)?;
        let mut session = Session {
            id: run_id(),
            record,
            checks: Tree::new(),
            dir,
            engine: engine.cloned(),
            watchdog: None,
            kept: false,
            is_owed: false,
            _lock: lock,
        };
        let broken = session.record.open.take();
        if let Some(broken) = &broken {
            session.sweep(broken)?;
        }
        session.sweep_forgotten(broken.as_ref())?;
        session.record.open = Some(OpenRun { id: session.id.clone(), trees: Vec::new() });
        session.save()?;
        let watchdog = Watchdog::start(exe, &session.id, session.engine.as_ref(), &session.dir)?;
        session.watchdog = Some(watchdog);
        let checks = session.checks.clone();
        session.track(&checks);
        Ok(session)
    }

    /// The state folder, as containers and images of ours name it.
    pub fn state(&self) -> String {
        self.dir.canonicalize().unwrap_or_else(|_| self.dir.clone()).display().to_string()
    }

    /// Where the engine's clients write down what they ask it to create.
    pub fn creations(&self) -> PathBuf {
        Creations::of(&self.id, &self.dir).folder().to_owned()
    }

    /// Ends what a workspace has started in a swarm, and the swarm if it has begun it; returns what was ended, in words.
    pub fn end_swarm_of(&self, owner: &str) -> Result<Vec<String>> {
        let engine = self.engine.as_ref();
        engine.map_or(Ok(Vec::new()), |engine| Swarm::of(engine, &self.dir, (OWNER_LABEL, owner)).end())
    }

    /// The label of everything that this record answers for.
    pub fn label(&self) -> String {
        format!("{STATE_LABEL}={}", self.state())
    }

    fn notify_watchdog(&mut self, word: &str, tree: &Tree) {
        if let Some(watchdog) = &mut self.watchdog {
            watchdog.notify(word, tree);
        }
    }

    /// Writes the record down.
    pub fn save(&self) -> Result<()> {
        let text = serde_json::to_vec_pretty(&self.record).context(|| "write down the record".to_owned())?;
        let path = self.dir.join("world.json");
        disk::replace(&path, &text).on_path("write", &path)
    }

    /// Records that a tree belongs to this run. A tree that can be found before its first process starts is recorded twice:
    /// before, so that a run that is killed in between leaves nothing, and again once that process is known.
    pub fn track(&mut self, tree: &Tree) {
        let mut is_new = true;
        if let Some(open) = &mut self.record.open {
            match open.trees.iter_mut().find(|other| other.is_same(tree)) {
                Some(known) => {
                    is_new = false;
                    *known = tree.clone();
                }
                None => open.trees.push(tree.clone()),
            }
        }
        self.notify_watchdog("tree", tree);
        // A cgroup alone suffices to find what is in it.
        if is_new || tree.cgroup.is_none() {
            // A run must not fail because its record cannot be written; the watchdog knows of the tree.
            let _ = self.save();
        }
    }

    /// Records that a command has ended by itself and left nothing running, so the engine has made what it asked for.
    pub fn has_settled(&mut self) {
        Creations::of(&self.id, &self.dir).clear();
    }

    /// A tree of this run has ended by itself.
    pub fn untrack(&mut self, tree: &Tree) {
        if let Some(open) = &mut self.record.open {
            open.trees.retain(|other| !other.is_same(tree));
        }
        self.notify_watchdog("gone", tree);
    }

    /// What is there of a world: background processes that run, labelled containers, and what belongs to its swarm.
    pub(crate) fn live(&self) -> Result<Vec<Live>> {
        let mut live: Vec<Live> = self
            .record
            .backgrounds
            .iter()
            .filter(|(_, background)| background.tree.is_alive())
            .map(|(name, background)| Live::running(format!("process `{name}` ({})", background.tree.pid)))
            .collect();
        if let Some(engine) = &self.engine {
            for (id, name) in engine.labelled_containers(&self.label())? {
                // It may have gone meanwhile.
                let Some(container) = engine.container(&id)? else { continue };
                live.push(Live { name: format!("container `{name}`"), runs: container.running });
            }
            let swarm = Swarm::of(engine, &self.dir, (STATE_LABEL, &self.state())).live()?;
            live.extend(swarm.into_iter().map(Live::running));
        }
        Ok(live)
    }

    /// That nothing of a world is there. `help` says what to do if something is.
    ///
    /// # Errors
    ///
    /// Something is there, or the engine does not answer.
    pub fn require_nothing_live(&self, help: &str) -> Result<()> {
        match &*self.live()? {
            [] => Ok(()),
            live => {
                let runs = live.iter().any(|one| one.runs);
                let what = if runs { "is already running" } else { "is still there" };
                Err(Error::busy(format!("the book {what}: {}", listed(live))).with_help(help))
            }
        }
    }

    /// Ends a background process and forgets it.
    ///
    /// # Errors
    ///
    /// It does not end, or the record cannot be written.
    pub fn end_background(&mut self, name: &str) -> Result<()> {
        if let Some(background) = self.record.backgrounds.get(name) {
            if !background.tree.end() {
                let left: Vec<String> = background.tree.members().iter().map(ToString::to_string).collect();
                return Err(Error::new(format!(
                    "the background process `{name}` does not end, not even by KILL: {}",
                    left.join(", ")
                )));
            }
            self.record.backgrounds.remove(name);
        }
        self.save()
    }

    /// Leaves what this run started to the workspace.
    pub fn keep(mut self) -> Result<()> {
        self.kept = true;
        self.close()
    }

    /// Ends everything that this run started.
    pub fn end(mut self) -> Result<()> {
        self.kept = true;
        let result = self.end_all();
        self.close().and(result)
    }

    fn end_all(&mut self) -> Result<()> {
        process::begin_cleaning();
        match self.record.open.take() {
            Some(open) => self.sweep(&open),
            None => Ok(()),
        }
    }

    fn sweep(&mut self, run: &OpenRun) -> Result<()> {
        for tree in &run.trees {
            tree.end();
        }
        self.record.backgrounds.retain(|_, background| background.session != run.id);
        if let Some(engine) = &self.engine {
            let all = Creations::of(&run.id, &self.dir).remove_containers(engine, CREATION_TIME_MAX)?;
            self.is_owed = run.id == self.id && !all;
            Swarm::of(engine, &self.dir, (SESSION_LABEL, &run.id)).end()?;
        }
        Ok(())
    }

    /// Removes the containers of killed runs whose cleanup could not reach an engine, for example because the machine was
    /// switched off. A run that ends normally leaves no list of creations.
    fn sweep_forgotten(&self, swept: Option<&OpenRun>) -> Result<()> {
        let Some(engine) = &self.engine else { return Ok(()) };
        for run in Creations::sessions(&self.dir) {
            if swept.is_some_and(|swept| swept.id == run) {
                continue;
            }
            let creations = Creations::of(&run, &self.dir);
            creations.remove_containers(engine, Duration::ZERO)?;
            Swarm::of(engine, &self.dir, (SESSION_LABEL, &run)).end()?;
            creations.forget();
        }
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        if let Some(open) = self.record.open.take() {
            // The kernel does not remove those in which something still runs.
            open.trees.iter().for_each(Tree::release);
        }
        let saved = self.save();
        if self.is_owed {
            // Left without `done`, it takes the run for a killed one.
            return saved;
        }
        Creations::of(&self.id, &self.dir).forget();
        if let Some(mut watchdog) = self.watchdog.take() {
            watchdog.dismiss();
        }
        saved
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.kept {
            let _ = self.end_all();
            let _ = self.close();
        }
    }
}
