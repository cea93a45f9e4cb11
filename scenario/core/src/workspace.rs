//! The learner's directory: the only place where files of theirs are written.
//!
//! What differs is written and nothing else, as a rewritten file costs a rebuild. A file that is not what we
//! last wrote is the learner's, and is kept under `.scenario/kept/` before it is changed. Only regular files
//! are read and written: no link leads out, and no pipe is waited for.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::clear::{clear, is_used};
pub use crate::compare::read;
use crate::confine::{confined, make_root, require_file, require_folder};
use crate::digest::digest;
use crate::disk;
use crate::error::{Context, Error, PathContext, Result};
use crate::files::Files;
use crate::mode_and_time::{ModeAndTime, set_mode};
use crate::stamp::Stamp;

/// Our own folder in the workspace.
pub(crate) const OWN: &str = ".scenario";
/// What a run still needs of it when the files are put back: the memory, the files and the terminals at the end of each
/// step, and the programs that label what an engine starts.
const SPARED: [&str; 4] = ["bin", "memory.json", "steps", "terminals"];

/// Our folders that outlive a run.
const FOLDERS: [&str; 5] = ["bin", "kept", "logs", "steps/content", "terminals/now"];

/// The learner's directory, with what we remember of it.
#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
    /// What we remember; saved by [`Workspace::save`].
    pub memory: Memory,
    /// Why the memory of an earlier run could not be read.
    pub unreadable: Option<String>,
    /// Folders that the next [`Workspace::sync`] removes if they are empty by then; the inner ones come first.
    pub going: Vec<String>,
    /// What files get with the next [`Workspace::sync`] that has them, as at the step that the workspace was brought
    /// back to.
    pub modes_and_times: BTreeMap<String, ModeAndTime>,
    /// The modes that folders get at the end of the next [`Workspace::sync`]; the inner ones come first.
    pub folder_modes: Vec<(String, u32)>,
    /// The files that a [`Workspace::sync`] has read and found as the book has them: which content, and their stamps then.
    synced: BTreeMap<String, (u64, Stamp)>,
}

/// What a later run needs to know of this one.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Memory {
    /// The hash of each file as we last wrote it.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// The hash of each file of the book as a command has last left it, if we did not write it since.
    #[serde(default)]
    pub by_commands: BTreeMap<String, String>,
    /// The hash of each seeded file (see [`Workspace::seed`]) as the tools have left it.
    #[serde(default)]
    pub seeds: BTreeMap<String, String>,
    /// The steps that were played here, by their numbers.
    #[serde(default)]
    pub layers: BTreeMap<usize, Layer>,
    /// What names the states of the terminals at the end of each step.
    #[serde(default)]
    pub terminals: BTreeMap<usize, String>,
    /// The step whose end the workspace was last brought to; 0 is before the first. Nothing while a step is played,
    /// and after one that failed.
    #[serde(default)]
    pub at: Option<usize>,
}

/// A step that was played in a workspace.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// The step's key if it came to its end.
    #[serde(default)]
    pub key: Option<String>,
    /// Its own key if its looks were part of that.
    #[serde(default)]
    pub own_key: Option<String>,
    /// Whether the learner has done it, so that the state before it is not known.
    #[serde(default)]
    pub by_hand: bool,
    /// Whether it has passed a proof, with all of its checks.
    #[serde(default)]
    pub proved: bool,
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
        make_root(root)?;
        let root = root.canonicalize().on_path("open", root)?;
        let own = Path::new(OWN);
        FOLDERS.iter().try_for_each(|folder| require_folder(&root, &own.join(folder)))?;
        require_file(&root, &own.join("memory.json"))?;
        let mut workspace = Workspace {
            root,
            memory: Memory::default(),
            unreadable: None,
            going: Vec::new(),
            modes_and_times: BTreeMap::new(),
            folder_modes: Vec::new(),
            synced: BTreeMap::new(),
        };
        match workspace.remembered()? {
            Ok(memory) => workspace.memory = memory,
            Err(cause) => workspace.unreadable = Some(cause),
        }
        Ok(workspace)
    }

    /// What the last run has saved, nothing if there was none, or why it cannot be read.
    fn remembered(&self) -> Result<std::result::Result<Memory, String>> {
        Ok(match std::fs::read(self.state_path("memory.json")?) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|cause| cause.to_string()),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(Memory::default()),
            Err(cause) => Err(cause.to_string()),
        })
    }

    /// Where it is, as an absolute path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path in our own folder, whose parent is made. No folder on the way is a link.
    pub fn state_path(&self, path: &str) -> Result<PathBuf> {
        let relative = Path::new(OWN).join(path);
        let link = relative.ancestors().find(|part| self.root.join(part).is_symlink());
        if let Some(link) = link.filter(|link| !link.as_os_str().is_empty()) {
            return Err(Error::new(format!("`{}` in the workspace is a symbolic link", link.display()))
                .with_help("remove the link; nothing was written"));
        }
        let path = self.root.join(relative);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).on_path("create", parent)?;
        }
        Ok(path)
    }

    /// A file as it is; `None` if there is no regular file.
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        read(&self.root.join(path))
    }

    /// Writes down what a later run needs to know.
    pub fn save(&self) -> Result<()> {
        let path = self.state_path("memory.json")?;
        let text = serde_json::to_vec_pretty(&self.memory).context(|| "write down the memory".to_owned())?;
        disk::replace(&path, &text).on_path("write", &path)
    }

    /// Whether a file that we or a command wrote was changed since, to something that the book does not have at this
    /// point.
    pub fn is_changed_by_hand(&self, files: &Files) -> bool {
        let by_us = self.memory.files.iter().filter(|(path, _)| !files.is_written(path));
        let by_commands = self.memory.by_commands.iter().filter(|(path, _)| files.is_written(path));
        by_us.chain(by_commands).any(|(path, written)| {
            let wanted = files.bytes(path).map(|bytes| digest(&bytes, 16));
            let found = self.read(path).map(|bytes| digest(&bytes, 16));
            found.as_ref() != Some(written) && found != wanted
        })
    }

    /// Whether all files are on disk as the book has them; of one that a command writes it is known that it is there.
    pub fn has(&self, files: &Files) -> bool {
        files.paths().all(|path| self.read(path) == files.bytes(path))
            && files.written().all(|path| self.root.join(path).is_file())
    }

    /// Takes note that a command has left a file as it is, so that it is not taken for the learner's.
    pub fn acknowledge(&mut self, path: &str) {
        self.memory.files.remove(path);
        match self.read(path) {
            Some(bytes) => self.memory.by_commands.insert(path.to_owned(), digest(&bytes, 16)),
            None => self.memory.by_commands.remove(path),
        };
    }

    /// Whether a file is there and is neither what we nor what a command last wrote.
    pub fn is_learners(&self, path: &str) -> bool {
        self.read(path).is_some_and(|bytes| !self.is_ours(path, &digest(&bytes, 16)))
    }

    /// Whether a content of a file, by its digest, is what we or a command last wrote.
    pub(crate) fn is_ours(&self, path: &str, digest: &str) -> bool {
        let memory = &self.memory;
        [&memory.files, &memory.by_commands]
            .iter()
            .any(|all| all.get(path).is_some_and(|ours| ours == digest))
    }

    /// Brings the files to what the book has. Only files that the book names are looked at.
    pub fn sync(&mut self, files: &Files) -> Result<Synced> {
        let mut synced = Synced::default();
        let kept_dir = kept_dir();
        let gone: Vec<String> = self.memory.files.keys().filter(|path| !files.has(path)).cloned().collect();
        for path in gone {
            let on_disk = self.root.join(&path);
            if read(&on_disk).is_some() {
                confined(&self.root, &path)?;
                synced.kept.extend(self.keep(&path, &on_disk, &kept_dir)?.map(|kept| (path.clone(), kept)));
                std::fs::remove_file(&on_disk).on_path("remove", &on_disk)?;
                synced.changed.push(path.clone());
            }
            self.memory.files.remove(&path);
        }
        for folder in std::mem::take(&mut self.going) {
            // It stays where something of a cache or of the learner's is in it.
            let _ = std::fs::remove_dir(self.root.join(folder));
        }
        for path in files.paths() {
            let revision = files.revision(path);
            if self.is_as_synced(path, revision) {
                continue;
            }
            let stamp = Stamp::of(&self.root.join(path));
            let (changed, kept) = self.write(path, &files.bytes(path).unwrap_or_default(), &kept_dir)?;
            // Of a file that was written just now the stamp would not prove anything.
            if let (Some(revision), Some(stamp), false) = (revision, stamp, changed) {
                self.synced.insert(path.to_owned(), (revision, stamp));
            }
            synced.changed.extend(changed.then(|| path.to_owned()));
            synced.kept.extend(kept.map(|kept| (path.to_owned(), kept)));
        }
        for (folder, mode) in std::mem::take(&mut self.folder_modes) {
            let folder = self.root.join(folder);
            if folder.is_dir() && !folder.is_symlink() {
                set_mode(&folder, mode)?;
            }
        }
        Ok(synced)
    }

    /// Whether a file was found to have this content, is ours, and did not change since.
    fn is_as_synced(&self, path: &str, revision: Option<u64>) -> bool {
        let Some((known, stamp)) = self.synced.get(path) else { return false };
        let is_settled = self.memory.files.contains_key(path) && !self.modes_and_times.contains_key(path);
        is_settled
            && Some(*known) == revision
            && Stamp::of(&self.root.join(path)).is_some_and(|now| stamp.proves(now))
    }

    /// Writes one file as the book has it, and leaves it alone if it has this text already. Returns where the
    /// learner's version is kept, if it was replaced. What is put counts as ours: a later run may replace it
    /// without keeping it, so a text with something of the learner's in it is not for here.
    pub fn put(&mut self, path: &str, text: &str) -> Result<Option<PathBuf>> {
        self.write(path, text.as_bytes(), &kept_dir()).map(|(_, kept)| kept)
    }

    /// Whether a file was last written by us, with this content; `None` if we have not written it.
    pub fn has_written(&self, path: &str, bytes: &[u8]) -> Option<bool> {
        self.memory.files.get(path).map(|written| *written == digest(bytes, 16))
    }

    /// Takes the files that are as the book has them for the book's, whoever wrote them: they need not be kept.
    pub fn recognize(&mut self, files: &Files) {
        for path in files.paths() {
            if let Some(bytes) = files.bytes(path).filter(|bytes| self.read(path).as_ref() == Some(bytes)) {
                self.memory.files.insert(path.to_owned(), digest(&bytes, 16));
            }
        }
    }

    /// Writes a file unless it has this text already: whether it did, and where the learner's version is kept.
    fn write(&mut self, path: &str, wanted: &[u8], kept_dir: &str) -> Result<(bool, Option<PathBuf>)> {
        let on_disk = confined(&self.root, path)?;
        let found = read(&on_disk);
        let same = found.as_ref().is_some_and(|bytes| bytes == wanted);
        let mut kept = None;
        if !same {
            if on_disk.exists() {
                kept = self.keep(path, &on_disk, kept_dir)?;
            }
            disk::replace(&on_disk, wanted).on_path("write", &on_disk)?;
        }
        if let Some(mode_and_time) = self.modes_and_times.remove(path) {
            mode_and_time.give(&on_disk, wanted)?;
        }
        self.memory.by_commands.remove(path);
        self.memory.files.insert(path.to_owned(), digest(wanted, 16));
        Ok((!same, kept))
    }

    /// Gives a file a content that it had before, whoever wrote that.
    pub(crate) fn restore(&self, path: &str, bytes: &[u8]) -> Result<()> {
        let on_disk = confined(&self.root, path)?;
        disk::replace(&on_disk, bytes).on_path("write", &on_disk)
    }

    /// Keeps a copy of a file that is there and is the learner's; returns where it is.
    pub(crate) fn keep_learners(&self, path: &str) -> Result<Option<PathBuf>> {
        let on_disk = self.root.join(path);
        if on_disk.is_file() { self.keep(path, &on_disk, &kept_dir()) } else { Ok(None) }
    }

    /// Keeps a copy of a file unless it is what we or a command last wrote; returns where it is.
    fn keep(&self, path: &str, on_disk: &Path, kept_dir: &str) -> Result<Option<PathBuf>> {
        let bytes = std::fs::read(on_disk).on_path("read", on_disk)?;
        if self.is_ours(path, &digest(&bytes, 16)) {
            return Ok(None);
        }
        let kept = self.state_path(&format!("{kept_dir}/{path}"))?;
        std::fs::copy(on_disk, &kept).context(|| format!("keep `{}` as `{}`", path, kept.display()))?;
        Ok(Some(kept))
    }

    /// Puts a file there that tools change themselves, such as a lock file, unless the learner's own is there.
    pub fn seed(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let on_disk = confined(&self.root, path)?;
        let learners = |found: Vec<u8>| self.memory.seeds.get(path) != Some(&digest(&found, 16));
        if read(&on_disk).is_some_and(learners) {
            return Ok(());
        }
        disk::replace(&on_disk, bytes).on_path("write", &on_disk)
    }

    /// Remembers a seeded file as the tools have left it, so that the next [`Workspace::seed`] may replace it.
    pub fn remember_seed(&mut self, path: &str) {
        if let Some(bytes) = self.read(path) {
            self.memory.seeds.insert(path.to_owned(), digest(&bytes, 16));
        }
    }

    /// Removes everything but folders with one of the names in `kept` and what the run needs, so that the end of a step
    /// can be put back whatever was there. The data of tools goes, too: it is of what has run since.
    pub fn clear_for_put_back(&mut self, kept: &[String]) -> Result<()> {
        let own = self.root.join(OWN);
        clear(&self.root, kept, &SPARED.map(|name| own.join(name)))?;
        self.memory.at = None;
        self.save()
    }

    /// Removes the data of tools, such as the samples of a Prometheus: no step's end has them. Nothing is removed while a
    /// program uses it.
    pub fn clear_data_of_tools(&self) -> Result<()> {
        let data = self.data_of_tools()?;
        if is_used(&data) { Ok(()) } else { clear(&data, &[], &[]) }
    }

    /// The folder for the data of tools.
    pub(crate) fn data_of_tools(&self) -> Result<PathBuf> {
        let data = self.state_path("data")?;
        std::fs::create_dir_all(&data).on_path("create", &data)?;
        Ok(data)
    }

    /// Removes everything but folders with one of the names in `kept`.
    pub fn clear(&mut self, kept: &[String]) -> Result<()> {
        clear(&self.root, kept, &[])?;
        self.memory = Memory::default();
        std::fs::create_dir_all(self.root.join(OWN)).context(|| format!("create `{OWN}`"))
    }
}

/// The step whose end the workspace in `root` was last brought to; 0 is before the first. Nothing if there is no
/// workspace, and after a step that failed. The workspace stays as it is.
///
/// # Errors
///
/// What we remember of it cannot be read.
pub fn reached(root: &Path) -> Result<Option<usize>> {
    if !root.is_dir() {
        return Ok(None);
    }
    Ok(Workspace::open(root)?.memory.at)
}

/// The folder with the states of a workspace's terminals: one folder for each step, and one for the terminals that are
/// opened next.
pub fn terminals_dir(root: &Path) -> PathBuf {
    root.join(OWN).join("terminals")
}

/// The script with the state in which a terminal of that name is opened next. It may not exist.
pub fn terminal_script(root: &Path, name: &str) -> PathBuf {
    terminals_dir(root).join("now").join(format!("{name}.sh"))
}

/// A folder for what is kept now.
pub(crate) fn kept_dir() -> String {
    format!("kept/{}", jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%.6fZ"))
}
