//! Keeps the workspace at the end of each step, by content, under `.scenario/steps/`, and puts it back.
//!
//! Three kinds of files are left out: those of the pages, which `workspace` writes; those in folders that tools fill; and the
//! learner's own, which existed before a step was played and which no step has made. Hard links are put back as separate
//! files, and folders with the time at which they are made again.

mod before;
mod content;
mod file;
mod put_back;
mod repair;
mod scan;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::disk;
use crate::error::{Context, PathContext, Result};
use crate::files::Files;
use crate::mode_and_time::ModeAndTime;
use crate::stamp::Time;
use crate::workspace::Workspace;

pub use before::Before;
pub use content::Damage;
pub use repair::LeftOut;

/// How many files, folders and links are kept of a step.
pub const ENTRIES_MAX: usize = 20_000;
/// How many bytes are kept of a step.
pub const BYTES_MAX: u64 = 256 << 20;
/// Folders that tools fill, in every book. Their contents are of use at any step.
const CACHES: [&str; 4] = ["target", "node_modules", ".venv", "__pycache__"];
/// The name of what steps have made by now.
const MADE: &str = "now";
/// The name of all that was there at the last look, so that what has not changed since is not read again.
const SEEN: &str = "seen";
/// How many bytes of a digest name a content.
const NAME_BYTES: usize = 16;

/// The kept states of one workspace.
#[derive(Debug)]
pub struct Snapshots {
    root: PathBuf,
    dir: PathBuf,
    caches: Vec<String>,
}

/// What was in the workspace at one time, by path.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Snapshot {
    entries: BTreeMap<String, Entry>,
    /// The files of which the book has the text, for their modes and times.
    #[serde(default)]
    pages: BTreeMap<String, Entry>,
    /// What existed before a step and was changed by it.
    #[serde(default)]
    changed: BTreeSet<String>,
    /// What of `entries` no step has made.
    #[serde(default)]
    learners: BTreeSet<String>,
    /// Whether there is a folder that tools fill.
    #[serde(default)]
    has_caches: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Entry {
    Folder {
        mode: u32,
    },
    Link(PathBuf),
    /// A named pipe.
    Pipe {
        mode: u32,
    },
    File {
        digest: String,
        mode: u32,
        size: u64,
        /// The time that programs such as `make` compare.
        modified: Time,
        /// When it last changed; `None` if it may have changed again without getting a newer time.
        changed: Option<Time>,
    },
}

/// Why the workspace was not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotKept {
    /// It has more than [`ENTRIES_MAX`] entries.
    Entries,
    /// Its files have more than [`BYTES_MAX`] bytes.
    Bytes,
    /// A name in it is not UTF-8.
    Name(String),
    /// A file or a folder cannot be read.
    Unreadable(String),
}

/// What putting a state back did.
#[derive(Debug, Default)]
pub struct PutBack {
    /// The folder for what is kept, once something is.
    kept_dir: Option<String>,
    /// Files that no step made, and where they are now.
    pub kept: Vec<(String, PathBuf)>,
    /// Files that were written.
    pub written: Vec<String>,
    /// Files that were removed, some of which were written again.
    pub removed: BTreeSet<String>,
    /// Folders to remove once the files of the pages in them are gone; the contents of a folder come before it.
    pub folders: Vec<String>,
    /// The modes to give to folders once the files of the pages in them are written; the contents of a folder come before it.
    pub folder_modes: Vec<(String, u32)>,
    /// How the files of the pages were, which are written by others.
    pub pages: BTreeMap<String, ModeAndTime>,
}

impl Entry {
    /// Whether nothing but times differs.
    fn is_same(&self, other: &Entry) -> bool {
        match (self, other) {
            (Entry::File { digest, mode, .. }, Entry::File { digest: other, mode: other_mode, .. }) => {
                digest == other && mode == other_mode
            }
            (one, other) => one == other,
        }
    }
}

impl Snapshots {
    /// The states of a workspace; folders named in `caches` are left out.
    ///
    /// # Errors
    ///
    /// The folder of the states cannot be made.
    pub fn of(workspace: &Workspace, caches: &[String]) -> Result<Snapshots> {
        let dir = workspace.state_path("steps/now.json")?.with_file_name("");
        let caches = caches.iter().cloned().chain(CACHES.map(str::to_owned)).collect();
        Ok(Snapshots { root: workspace.root().to_owned(), dir, caches })
    }

    /// Whether a folder of that name is left out, of a book that names `caches`.
    pub fn is_cache(name: &str, caches: &[String]) -> bool {
        CACHES.contains(&name) || caches.iter().any(|cache| cache == name)
    }

    /// The names of the folders that are left out.
    pub fn caches(&self) -> &[String] {
        &self.caches
    }

    /// Whether the end of a step is kept; step 0 is what was there before any.
    pub fn has(&self, number: usize) -> bool {
        self.read(&number.to_string()).is_some()
    }

    /// What is there before a step is played.
    ///
    /// # Errors
    ///
    /// A folder cannot be read.
    pub fn before(&self) -> Result<Before> {
        let found = self.scan(&[])?;
        if let Ok(found) = &found {
            self.save(SEEN, found)?;
        }
        Ok(Before(found))
    }

    /// Keeps what steps have made as the end of a step, except files of which the book has the text. Step 0 is everything
    /// that exists before the first step.
    ///
    /// # Errors
    ///
    /// Something cannot be written.
    pub fn take(&self, number: usize, pages: &Files, before: &Before) -> Result<Option<NotKept>> {
        let found = self.scan(&[self.load(&number.to_string())])?;
        // Without what existed before, it is unknown what belongs to the learner and what the step has made.
        let (found, before) = match (found, &before.0) {
            (Ok(found), Ok(before)) => (found, before),
            (Err(why), _) => {
                self.forget_from(number)?;
                return Ok(Some(why));
            }
            (_, Err(why)) => {
                self.forget_from(number)?;
                return Ok(Some(why.clone()));
            }
        };
        self.save(SEEN, &found)?;
        let made = if number == 0 { Snapshot::default() } else { self.made(&found, before) };
        let mut kept = if number == 0 { found.clone() } else { made.clone() };
        // What a step has changed belongs to its end, too.
        for path in made.changed.iter().filter(|path| !made.entries.contains_key(*path)) {
            if let Some(entry) = found.entries.get(path) {
                kept.entries.insert(path.clone(), entry.clone());
                kept.learners.insert(path.clone());
            }
        }
        // It is kept but does not count as made: in a step done by hand, the learner may have written it.
        for path in pages.written().filter(|_| number > 0) {
            let entry = found.entries.get_key_value(path);
            kept.entries.extend(entry.map(|(path, entry)| (path.clone(), entry.clone())));
        }
        let of_pages =
            pages.paths().filter_map(|path| Some((path.to_owned(), found.entries.get(path)?.clone())));
        kept.pages = of_pages.collect();
        kept.entries.retain(|path, _| !pages.has(path) || (number > 0 && pages.is_written(path)));
        for (path, entry) in std::mem::take(&mut kept.entries) {
            if self.store(&path, &entry)? {
                kept.entries.insert(path, entry);
            }
        }
        self.save(&number.to_string(), &kept)?;
        self.save(MADE, &made)?;
        self.remove_unused()?;
        Ok(None)
    }

    /// Records what the commands of a step that failed have made, so that it is not taken for the learner's.
    ///
    /// # Errors
    ///
    /// Something cannot be written.
    pub fn note(&self, before: &Before) -> Result<()> {
        match (self.scan(&[])?, &before.0) {
            (Ok(found), Ok(before)) => self.save(MADE, &self.made(&found, before)),
            _ => Ok(()),
        }
    }

    /// The part of all that exists that steps have made: what they had made before, and what is new or changed since.
    ///
    /// What the learner has changed since is in it as the steps had made it.
    fn made(&self, found: &Snapshot, before: &Snapshot) -> Snapshot {
        let known = self.load(MADE);
        let is_changed = |(path, entry): &(&String, &Entry)| {
            before.entries.get(*path).is_some_and(|old| !old.is_same(entry))
        };
        let changed = found.entries.iter().filter(is_changed).map(|(path, _)| path.clone());
        let changed = changed.chain(known.changed.iter().cloned()).collect();
        let entries = found.entries.iter().filter_map(|(path, entry)| {
            let made = match (before.entries.get(path), known.entries.get(path)) {
                (Some(old), Some(known)) if old.is_same(entry) && (old == entry || !known.is_same(entry)) => {
                    known
                }
                (Some(_), None) => return None,
                _ => entry,
            };
            Some((path.clone(), made.clone()))
        });
        Snapshot { entries: entries.collect(), changed, ..Snapshot::default() }
    }

    /// Forgets the end of a step and of all later ones.
    ///
    /// # Errors
    ///
    /// Something cannot be removed.
    pub fn forget_from(&self, number: usize) -> Result<()> {
        for name in self.names() {
            if name.parse().is_ok_and(|kept: usize| kept >= number) {
                let path = self.dir.join(format!("{name}.json"));
                std::fs::remove_file(&path).on_path("remove", &path)?;
            }
        }
        Ok(())
    }

    /// A state by its name; empty if it is not kept, or cannot be read.
    fn load(&self, name: &str) -> Snapshot {
        self.read(name).unwrap_or_default()
    }

    fn read(&self, name: &str) -> Option<Snapshot> {
        self.parse(name).ok()
    }

    /// A state by its name, or why it cannot be read.
    fn parse(&self, name: &str) -> std::result::Result<Snapshot, String> {
        let bytes =
            std::fs::read(self.dir.join(format!("{name}.json"))).map_err(|cause| cause.to_string())?;
        serde_json::from_slice(&bytes).map_err(|cause| cause.to_string())
    }

    /// The names of all states that there are.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        names.filter_map(|name| name.strip_suffix(".json").map(str::to_owned)).collect()
    }

    fn save(&self, name: &str, snapshot: &Snapshot) -> Result<()> {
        let path = self.dir.join(format!("{name}.json"));
        let text = serde_json::to_vec(snapshot).context(|| "write down the files".to_owned())?;
        std::fs::create_dir_all(&self.dir).on_path("create", &self.dir)?;
        disk::replace(&path, &text).on_path("write", &path)
    }
}
