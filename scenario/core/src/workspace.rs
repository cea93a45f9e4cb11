//! The learner's directory: the only place where files of theirs are written.
//!
//! What differs is written and nothing else, as a rewritten file costs a rebuild. A file that is not what we
//! last wrote is the learner's, and is kept under `.scenario/kept/` before it is changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::digest::digest;
use crate::disk::write_atomically;
use crate::error::{Context, Error, Result};
use crate::files::Files;

/// Our own folder in the workspace.
const OWN: &str = ".scenario";

/// The learner's directory, with what we remember of it.
#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
    /// What we remember; saved by [`Workspace::save`].
    pub memory: Memory,
}

/// What a later run needs to know of this one.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Memory {
    /// The hash of each file as we last wrote it.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// The hash of each seeded file (see [`Workspace::seed`]) as the tools have left it.
    #[serde(default)]
    pub seeds: BTreeMap<String, String>,
    /// The key of each command that last succeeded, by the number of its step and its id.
    #[serde(default)]
    pub commands: BTreeMap<usize, BTreeMap<String, String>>,
}

/// What bringing the files to a point did.
#[derive(Debug, Default)]
pub struct Synced {
    /// Files that were written or removed.
    pub changed: Vec<String>,
    /// Files of the learner's that were replaced, and where they are kept now.
    pub kept: Vec<(String, PathBuf)>,
}

impl Workspace {
    /// Opens a workspace, which is made where it is missing.
    pub fn open(root: &Path) -> Result<Workspace> {
        std::fs::create_dir_all(root.join(OWN)).context(|| format!("create `{}`", root.display()))?;
        let root = root.canonicalize().context(|| format!("open `{}`", root.display()))?;
        let path = root.join(OWN).join("memory.json");
        // A memory that cannot be read is as good as none: then all that is on disk counts as the learner's.
        let memory = std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok(Workspace { root, memory: memory.unwrap_or_default() })
    }

    /// Where it is, as an absolute path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path in our own folder, whose parent is made.
    pub fn own(&self, path: &str) -> Result<PathBuf> {
        let path = self.root.join(OWN).join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).context(|| format!("create `{}`", parent.display()))?;
        }
        Ok(path)
    }

    /// Writes down what a later run needs to know.
    pub fn save(&self) -> Result<()> {
        let path = self.own("memory.json")?;
        let text = serde_json::to_vec_pretty(&self.memory).context(|| "write down the memory".to_owned())?;
        write_atomically(&path, &text)
    }

    /// Whether a file that we wrote was changed since, to something that the book does not have at this point.
    pub fn is_changed_by_hand(&self, files: &Files) -> bool {
        self.memory.files.iter().any(|(path, written)| {
            let wanted = files.text(path).map(|text| digest(text.as_bytes(), 16));
            let found = std::fs::read(self.root.join(path)).ok().map(|bytes| digest(&bytes, 16));
            found.as_ref() != Some(written) && found != wanted
        })
    }

    /// Whether all files are on disk as the book has them.
    pub fn has(&self, files: &Files) -> bool {
        files.paths().all(|path| {
            let text = files.text(path).unwrap_or_default();
            std::fs::read(self.root.join(path)).is_ok_and(|bytes| bytes == text.as_bytes())
        })
    }

    /// Brings the files to what the book has. Only files that the book names are looked at.
    pub fn sync(&mut self, files: &Files) -> Result<Synced> {
        let mut synced = Synced::default();
        let kept_dir = kept_dir();
        let gone: Vec<String> =
            self.memory.files.keys().filter(|path| files.text(path).is_none()).cloned().collect();
        for path in gone {
            let on_disk = self.confined(&path)?;
            if on_disk.is_file() {
                synced.kept.extend(self.keep(&path, &on_disk, &kept_dir)?.map(|kept| (path.clone(), kept)));
                std::fs::remove_file(&on_disk).context(|| format!("remove `{}`", on_disk.display()))?;
                synced.changed.push(path.clone());
            }
            self.memory.files.remove(&path);
        }
        let paths: Vec<&str> = files.paths().collect();
        for path in paths {
            let (changed, kept) = self.write(path, &files.text(path).unwrap_or_default(), &kept_dir)?;
            synced.changed.extend(changed.then(|| path.to_owned()));
            synced.kept.extend(kept.map(|kept| (path.to_owned(), kept)));
        }
        Ok(synced)
    }

    /// Writes one file as the book has it, and leaves it alone if it has this text already. Returns where the
    /// learner's version is kept, if it was replaced. What is put counts as ours: a later run may replace it
    /// without keeping it, so a text with something of the learner's in it is not for here.
    pub fn put(&mut self, path: &str, text: &str) -> Result<Option<PathBuf>> {
        self.write(path, text, &kept_dir()).map(|(_, kept)| kept)
    }

    /// Writes a file unless it has this text already: whether it did, and where the learner's version is kept.
    fn write(&mut self, path: &str, text: &str, kept_dir: &str) -> Result<(bool, Option<PathBuf>)> {
        let on_disk = self.confined(path)?;
        let same = std::fs::read(&on_disk).is_ok_and(|bytes| bytes == text.as_bytes());
        let mut kept = None;
        if !same {
            if on_disk.exists() {
                kept = self.keep(path, &on_disk, kept_dir)?;
            }
            write_atomically(&on_disk, text.as_bytes())?;
        }
        self.memory.files.insert(path.to_owned(), digest(text.as_bytes(), 16));
        Ok((!same, kept))
    }

    /// Keeps a copy of a file unless it is what we last wrote; returns where it is.
    fn keep(&self, path: &str, on_disk: &Path, kept_dir: &str) -> Result<Option<PathBuf>> {
        let bytes = std::fs::read(on_disk).context(|| format!("read `{}`", on_disk.display()))?;
        if self.memory.files.get(path) == Some(&digest(&bytes, 16)) {
            return Ok(None);
        }
        let kept = self.own(&format!("{kept_dir}/{path}"))?;
        std::fs::copy(on_disk, &kept).context(|| format!("keep `{}` as `{}`", path, kept.display()))?;
        Ok(Some(kept))
    }

    /// Puts a file there that tools change themselves, such as a lock file, unless the learner's own is there.
    pub fn seed(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let on_disk = self.confined(path)?;
        let learners = |found: Vec<u8>| self.memory.seeds.get(path) != Some(&digest(&found, 16));
        if std::fs::read(&on_disk).is_ok_and(learners) {
            return Ok(());
        }
        write_atomically(&on_disk, bytes)
    }

    /// Remembers a seeded file as the tools have left it, so that the next [`Workspace::seed`] may replace it.
    pub fn remember_seed(&mut self, path: &str) {
        if let Ok(bytes) = std::fs::read(self.root.join(path)) {
            self.memory.seeds.insert(path.to_owned(), digest(&bytes, 16));
        }
    }

    /// The place on disk of a path of the book, made certain to be inside: a link in the learner's directory
    /// could lead out of it.
    fn confined(&self, path: &str) -> Result<PathBuf> {
        let on_disk = self.root.join(path);
        let parent = on_disk.parent().unwrap_or(&self.root).to_owned();
        let mut existing = parent.as_path();
        while !existing.exists() {
            existing = existing.parent().unwrap_or(&self.root);
        }
        let real = existing.canonicalize().context(|| format!("look at `{}`", existing.display()))?;
        let leads_out = !real.starts_with(&self.root)
            || on_disk.symlink_metadata().is_ok_and(|meta| meta.file_type().is_symlink());
        if leads_out {
            return Err(Error::new(format!("`{path}` leads out of the workspace by a symbolic link"))
                .with_help("remove the link; nothing was written"));
        }
        std::fs::create_dir_all(&parent).context(|| format!("create `{}`", parent.display()))?;
        Ok(on_disk)
    }

    /// Removes everything but folders named `target`, or those too where `cold`.
    pub fn clear(&mut self, cold: bool) -> Result<()> {
        clear(&self.root, cold)?;
        self.memory = Memory::default();
        std::fs::create_dir_all(self.root.join(OWN)).context(|| format!("create `{OWN}`"))
    }

    /// How a folder of the workspace differs from `expected`; the first few differences, in order.
    ///
    /// Left out on both sides: `target/`, `tests/` and `Cargo.lock`, which no page writes.
    pub fn differences(&self, folder: &str, expected: &Path) -> Result<Vec<String>> {
        let ours = tree(&self.root.join(folder))?;
        let theirs = tree(expected)?;
        let mut found = Vec::new();
        for path in ours.keys().chain(theirs.keys().filter(|path| !ours.contains_key(*path))) {
            let shown = expected.join(path);
            match (ours.get(path), theirs.get(path)) {
                (Some(ours), Some(theirs)) if ours == theirs => {}
                (Some(ours), Some(theirs)) => found.push(first_difference(&shown, ours, theirs)),
                (Some(_), None) => found.push(format!(
                    "`{folder}/{path}` is written by the book but `{}` does not exist",
                    shown.display()
                )),
                (None, _) => found.push(format!("`{}` is written by no page of the book", shown.display())),
            }
        }
        Ok(found)
    }
}

/// A folder for what is kept now.
fn kept_dir() -> String {
    format!("kept/{}", jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%.6fZ"))
}

fn first_difference(shown: &Path, ours: &[u8], theirs: &[u8]) -> String {
    let (ours, theirs) = (String::from_utf8_lossy(ours), String::from_utf8_lossy(theirs));
    let (mut left, mut right) = (ours.lines(), theirs.lines());
    for number in 1.. {
        match (left.next(), right.next()) {
            (None, None) => break,
            (a, b) if a == b => {}
            (a, b) => {
                let line =
                    |line: Option<&str>| line.map_or("(no such line)".to_owned(), |line| format!("`{line}`"));
                return format!(
                    "`{}` line {number} is {}, but the book has {}",
                    shown.display(),
                    line(b),
                    line(a)
                );
            }
        }
    }
    format!("`{}` differs from the book in its line ends", shown.display())
}

fn tree(root: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries =
            std::fs::read_dir(&folder).context(|| format!("read the folder `{}`", folder.display()))?;
        for entry in entries.flatten() {
            let path = entry.path();
            let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            if matches!(relative.as_str(), "target" | "tests" | "Cargo.lock") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).context(|| format!("read `{}`", path.display()))?;
                files.insert(relative, bytes);
            }
        }
    }
    Ok(files)
}

fn clear(folder: &Path, cold: bool) -> Result<()> {
    for entry in
        std::fs::read_dir(folder).context(|| format!("read the folder `{}`", folder.display()))?.flatten()
    {
        let path = entry.path();
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_dir && entry.file_name() == "target" && !cold {
            continue;
        }
        let what = || format!("remove `{}`", path.display());
        if is_dir && !cold {
            clear(&path, cold)?;
            // It stays where a `target` folder is left in it.
            let _ = std::fs::remove_dir(&path);
        } else if is_dir {
            std::fs::remove_dir_all(&path).context(what)?;
        } else {
            std::fs::remove_file(&path).context(what)?;
        }
    }
    Ok(())
}
