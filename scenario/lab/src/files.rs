//! The files of the workspace: the one way to them for the editor, for blocks and for the lab itself.
//!
//! `cap-std` decides where a path leads: never out of the workspace. `routes/files.rs` decides which names a path of a
//! request may have.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use axum::http::StatusCode;
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, Metadata, OpenOptions, OpenOptionsExt};
use scenario_core::disk;
use scenario_core::error::{Error, Result};

use crate::digest::digest;
use crate::limits::{BODY_BYTES_MAX, OPENED_MAX};
use crate::listing::{Listing, OWN, Stamp, stamp_of};
use crate::refusal::{Answer, Refusal};
use crate::sync::locked;

/// The workspace as a folder that nothing leads out of.
#[derive(Debug)]
pub(crate) struct WorkspaceFiles {
    dir: Dir,
    /// Held while a file is compared and written, so that of two windows the second sees what the first has written.
    changing: Mutex<()>,
    /// The files when last compared, and those written since.
    known: Mutex<Listing>,
    /// How often each file was written by way of the lab.
    saves: Mutex<BTreeMap<String, u64>>,
    /// Files that are listed before all others: those that the book writes.
    first: Mutex<BTreeSet<String>>,
    /// Files that were opened last, which are compared even where they are not listed.
    opened: Mutex<VecDeque<String>>,
}

/// What has changed on disk since the files were last compared.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Files with other content, or removed, each with its etag.
    pub(crate) files: Vec<(String, Option<String>)>,
    /// Whether files were added or removed.
    pub(crate) list: bool,
    /// Whether anything has changed.
    pub(crate) any: bool,
}

impl WorkspaceFiles {
    /// Opens the workspace.
    ///
    /// # Errors
    ///
    /// There is no such folder.
    pub(crate) fn open(root: &Path) -> Result<WorkspaceFiles> {
        let dir = Dir::open_ambient_dir(root, ambient_authority());
        let dir = dir.map_err(|cause| Error::new(format!("failed to open `{}`: {cause}", root.display())))?;
        let files = WorkspaceFiles {
            dir,
            changing: Mutex::default(),
            known: Mutex::default(),
            saves: Mutex::default(),
            first: Mutex::default(),
            opened: Mutex::default(),
        };
        *locked(&files.known) = files.list();
        Ok(files)
    }

    /// Takes the files that are listed however many others there are.
    pub(crate) fn list_first(&self, paths: BTreeSet<String>) {
        *locked(&self.first) = paths;
    }

    /// Compares the files with those of the last time.
    pub(crate) fn changes(&self) -> Changes {
        let mut now = self.list();
        let opened = locked(&self.opened).clone();
        now.files.extend(opened.iter().filter_map(|path| Some((path.clone(), self.stamp_of(path)?))));
        let before = {
            let mut known = locked(&self.known);
            // A file that was opened after its stamp was taken here is compared the next time.
            for path in locked(&self.opened).iter().filter(|path| !opened.contains(path)) {
                if let (None, Some(stamp)) = (now.files.get(path), known.files.get(path)) {
                    now.files.insert(path.clone(), *stamp);
                }
            }
            std::mem::replace(&mut *known, now.clone())
        };
        let changed = now
            .files
            .iter()
            .filter(|(path, stamp)| before.files.get(*path).is_some_and(|before| before != *stamp));
        let mut files: Vec<_> =
            changed.map(|(path, stamp)| (path.clone(), self.etag_of(path, stamp))).collect();
        // A file that was written where nothing is listed is still there.
        let removed =
            before.files.keys().filter(|path| !now.files.contains_key(*path) && !self.dir.exists(path));
        files.extend(removed.map(|path| (path.clone(), None)));
        let list = before.folders != now.folders || !before.files.keys().eq(now.files.keys());
        Changes { files, list, any: before.files != now.files }
    }

    /// The right to change files. Others wait for it.
    pub(crate) fn alone(&self) -> MutexGuard<'_, ()> {
        locked(&self.changing)
    }

    /// How often each file was written by way of the lab.
    pub(crate) fn saves(&self) -> BTreeMap<String, u64> {
        locked(&self.saves).clone()
    }

    /// A file in our own folder.
    pub(crate) fn read_own(&self, path: &str) -> Option<Vec<u8>> {
        self.dir.read(path).ok()
    }

    /// Writes a file in our own folder, or one of the learner's that was examined already.
    pub(crate) fn write_own(&self, path: &str, bytes: &[u8]) -> std::io::Result<()> {
        self.replace(path, bytes)
    }

    /// What the editor lists.
    pub(crate) fn list(&self) -> Listing {
        Listing::of(&self.dir, &locked(&self.first))
    }

    fn stamp_of(&self, path: &str) -> Option<Stamp> {
        let metadata = self.dir.metadata(path).ok().filter(Metadata::is_file)?;
        Some(stamp_of(&metadata))
    }

    /// Notes that the editor has opened a file, which had this stamp before it was read. Later changes are reported, of the last
    /// few files that were opened.
    fn note_opened(&self, path: &str, stamp: Stamp) {
        let mut opened = locked(&self.opened);
        opened.retain(|known| known != path);
        opened.push_back(path.to_owned());
        let excess = opened.len().saturating_sub(OPENED_MAX);
        opened.drain(..excess);
        drop(opened);
        let mut known = locked(&self.known);
        let before = known.files.entry(path.to_owned()).or_insert(stamp);
        if *before != stamp {
            // No file has this stamp, so the next comparison reports the file as changed.
            *before = Stamp::default();
        }
    }

    /// Whether a file that the editor may open is at a path.
    pub(crate) fn is_file(&self, path: &str) -> bool {
        matches!(self.regular(path), Ok(Some(_)))
    }

    /// A regular file as it is; none if there is none that can be read.
    pub(crate) fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open_regular(path).ok()?.read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// A regular file as it is, or none.
    ///
    /// # Errors
    ///
    /// Something else is there.
    pub(crate) fn bytes_if_file(&self, path: &str) -> Answer<Option<Vec<u8>>> {
        match self.dir.metadata(path) {
            Ok(metadata) if !metadata.is_file() => Err(not_a_file(path)),
            _ => Ok(self.bytes(path)),
        }
    }

    /// Opens a file without blocking: opening a named pipe would wait for a writer.
    fn open_regular(&self, path: &str) -> std::io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).custom_flags(nix::fcntl::OFlag::O_NONBLOCK.bits());
        let file = self.dir.open_with(path, &options)?;
        if file.metadata()?.is_file() {
            Ok(file)
        } else {
            Err(std::io::Error::new(ErrorKind::InvalidInput, "it is not a file"))
        }
    }

    /// The etag of a file. One that is too large to be open in the editor is not read: they all have the same.
    pub(crate) fn etag_of(&self, path: &str, stamp: &Stamp) -> Option<String> {
        if stamp.2 > BODY_BYTES_MAX as u64 {
            return Some("\"too-large\"".to_owned());
        }
        self.bytes(path).map(|bytes| etag(&bytes))
    }

    /// A text file of at most [`BODY_BYTES_MAX`], for the editor.
    ///
    /// # Errors
    ///
    /// The file does not exist, is not text, is too large, or cannot be read.
    pub(crate) fn read(&self, path: &str) -> Answer<String> {
        let metadata = self.regular(path)?.ok_or_else(|| Refusal::unknown("file"))?;
        let too_large = || {
            let error = format!("`{path}` is larger than {} KiB", BODY_BYTES_MAX >> 10);
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, error).help("open it in another editor")
        };
        if metadata.len() > BODY_BYTES_MAX as u64 {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        let file = self.open_regular(path).map_err(|cause| denied(path, &cause))?;
        // It may have grown in the meantime.
        file.take(BODY_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(|cause| denied(path, &cause))?;
        if bytes.len() > BODY_BYTES_MAX {
            return Err(too_large());
        }
        let text = String::from_utf8(bytes).map_err(|_| {
            Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("`{path}` is not text in UTF-8"))
        })?;
        self.note_opened(path, stamp_of(&metadata));
        Ok(text)
    }

    /// The regular file at a path, if there is one.
    fn regular(&self, path: &str) -> Answer<Option<Metadata>> {
        if self.leads_to_own(path) {
            return Err(belongs_to_the_runner());
        }
        match self.dir.metadata(path) {
            Ok(metadata) if metadata.is_file() => Ok(Some(metadata)),
            Ok(_) => Err(not_a_file(path)),
            Err(cause) if cause.kind() == ErrorKind::NotFound => self.dangling(path),
            Err(cause) => Err(denied(path, &cause)),
        }
    }

    /// Whether a path leads into our own folder, by a link.
    fn leads_to_own(&self, path: &str) -> bool {
        let mut there = Path::new(path).ancestors().filter_map(|part| self.dir.canonicalize(part).ok());
        there.next().is_some_and(|real| real.starts_with(OWN))
    }

    /// A link to nothing looks like a missing file, and writing there would replace the link.
    fn dangling(&self, path: &str) -> Answer<Option<Metadata>> {
        match self.dir.symlink_metadata(path) {
            Ok(_) => Err(Refusal::new(StatusCode::FORBIDDEN, format!("`{path}` is a link to nothing"))),
            Err(_) => Ok(None),
        }
    }

    /// Writes a file for the editor.
    ///
    /// # Errors
    ///
    /// The condition is not met, or the file cannot be written.
    pub(crate) fn write(&self, path: &str, text: &[u8], condition: &Condition) -> Answer<()> {
        let existing = self.regular(path)?;
        let stamp = existing.as_ref().map(stamp_of);
        let found = stamp.and_then(|stamp| self.etag_of(path, &stamp));
        let holds = match (condition, &found) {
            (Condition::Is(wanted), Some(found)) => wanted == found,
            (Condition::New, None) => true,
            _ => false,
        };
        if !holds {
            return Err(not_as_expected(path, condition, found.is_some()));
        }
        self.replace(path, text).map_err(|cause| denied(path, &cause))?;
        // The next comparison finds another stamp, or none if the file has been removed.
        locked(&self.known).files.insert(path.to_owned(), Stamp::default());
        Ok(())
    }

    /// Makes a folder, and those that it is in.
    ///
    /// # Errors
    ///
    /// Something is there, or it cannot be made.
    pub(crate) fn make_folder(&self, path: &str) -> Answer<()> {
        if self.leads_to_own(path) {
            return Err(belongs_to_the_runner());
        }
        if self.dir.symlink_metadata(path).is_ok() {
            return Err(not_as_expected(path, &Condition::New, true));
        }
        self.dir.create_dir_all(path).map_err(|cause| denied(path, &cause))
    }

    /// Removes a file that is as it was when it was listed or read.
    ///
    /// # Errors
    ///
    /// It is not, or it cannot be removed.
    pub(crate) fn remove(&self, path: &str, etag: &str) -> Answer<()> {
        self.require(path, etag)?;
        self.dir.remove_file(path).map_err(|cause| denied(path, &cause))
    }

    /// Gives a file another path, at which nothing is.
    ///
    /// # Errors
    ///
    /// The file is not as it was when it was read, or something is at the other path.
    pub(crate) fn rename(&self, path: &str, to: &str, etag: &str) -> Answer<()> {
        self.require(path, etag)?;
        if self.leads_to_own(to) {
            return Err(belongs_to_the_runner());
        }
        if self.dir.symlink_metadata(to).is_ok() {
            return Err(not_as_expected(to, &Condition::New, true));
        }
        if let Some(folder) = Path::new(to).parent().filter(|folder| !folder.as_os_str().is_empty()) {
            self.dir.create_dir_all(folder).map_err(|cause| denied(to, &cause))?;
        }
        self.dir.rename(path, &self.dir, to).map_err(|cause| denied(to, &cause))
    }

    /// That a file is there and as it was.
    fn require(&self, path: &str, etag: &str) -> Answer<()> {
        let metadata = self.regular(path)?.ok_or_else(|| Refusal::unknown("file"))?;
        match self.etag_of(path, &stamp_of(&metadata)) {
            Some(found) if found == etag => Ok(()),
            found => Err(not_as_expected(path, &Condition::Is(etag.to_owned()), found.is_some())),
        }
    }

    /// Removes a file that the lab itself has written.
    pub(crate) fn remove_own(&self, path: &str) -> std::io::Result<()> {
        self.dir.remove_file(path)
    }

    /// Writes a file whole or not at all. A link stays one: the file that it leads to is written.
    fn replace(&self, path: &str, bytes: &[u8]) -> std::io::Result<()> {
        *locked(&self.saves).entry(path.to_owned()).or_default() += 1;
        let path = self.dir.canonicalize(path).unwrap_or_else(|_| PathBuf::from(path));
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        self.dir.create_dir_all(folder)?;
        disk::replace_at(self.dir.open_dir(folder)?, path.file_name().unwrap_or_default(), bytes)
    }
}

/// What must be so for a file to be written.
pub(crate) enum Condition {
    /// It is as it was when it was read.
    Is(String),
    /// It is not there.
    New,
}

/// A file is not there, or is, or has changed.
fn not_as_expected(path: &str, condition: &Condition, is_there: bool) -> Refusal {
    let (error, help) = match (condition, is_there) {
        (Condition::New, _) => (format!("`{path}` is there already"), "open it, or choose another name"),
        (Condition::Is(_), false) => {
            (format!("`{path}` was removed meanwhile"), "close it, or save it again to write it anew")
        }
        (Condition::Is(_), true) => (
            format!("`{path}` has changed on disk meanwhile"),
            "take the one on disk, or keep yours and save again",
        ),
    };
    Refusal::new(StatusCode::PRECONDITION_FAILED, error).help(help)
}

fn not_a_file(path: &str) -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, format!("`{path}` is not a file"))
}

pub(crate) fn belongs_to_the_runner() -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, format!("`{OWN}` belongs to the runner"))
}

/// What went wrong with a path that is well formed.
fn denied(path: &str, cause: &std::io::Error) -> Refusal {
    match cause.kind() {
        ErrorKind::NotFound => Refusal::unknown("file"),
        // `cap-std` reports so a link that leads out of the workspace.
        _ => Refusal::new(StatusCode::FORBIDDEN, format!("`{path}` cannot be used: {cause}")),
    }
}

/// The etag of a content.
pub(crate) fn etag(bytes: &[u8]) -> String {
    format!("\"{}\"", &digest(bytes)[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_while_a_file_is_opened_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = WorkspaceFiles::open(folder.path()).expect("a folder");
        files.write_own("target/a.txt", b"old").expect("a file");
        let stamp = files.stamp_of("target/a.txt").expect("a file");
        files.write_own("target/a.txt", b"newer").expect("a file");
        files.note_opened("target/a.txt", stamp);
        assert_eq!(files.changes().files, [("target/a.txt".to_owned(), Some(etag(b"newer")))]);
    }
}
