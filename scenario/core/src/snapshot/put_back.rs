//! Brings a workspace back to the end of a step.
//!
//! What is kept of a step is decided in the parent.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use super::{Entry, MADE, NotKept, PutBack, SEEN, Snapshot, Snapshots};
use crate::confine::confined;
use crate::disk;
use crate::error::{Context, Error, PathContext, Result};
use crate::files::Files;
use crate::mode_and_time::{ModeAndTime, set_mode, set_modified};
use crate::stamp::Time;
use crate::workspace::{Workspace, kept_dir};

/// From what there is to what there should be.
struct Way {
    now: Snapshot,
    wanted: Snapshot,
    /// What steps have made by now.
    made: Snapshot,
}

impl Way {
    /// What is removed or replaced, the contents of a folder before it, and whether it is as steps have made it.
    fn leaving<'a>(
        &'a self,
        number: usize,
        pages: &'a Files,
        workspace: &'a Workspace,
    ) -> impl Iterator<Item = (&'a String, &'a Entry, bool)> {
        let is_page = |path: &str| {
            let is_known = pages.has(path) || workspace.memory.files.contains_key(path);
            is_known && !pages.is_written(path) && !self.wanted.entries.contains_key(path)
        };
        self.now.entries.iter().rev().filter_map(move |(path, entry)| {
            let target = self.wanted.entries.get(path);
            let is_folder = matches!((entry, target), (Entry::Folder { .. }, Some(Entry::Folder { .. })));
            if is_page(path) || is_folder || target.is_some_and(|target| target.is_same(entry)) {
                return None;
            }
            let known = self.made.entries.get(path);
            let is_ours = matches!(entry, Entry::File { digest, .. } if workspace.is_ours(path, digest));
            // What existed before the first step, and was not changed by any step, may have been changed by the learner.
            let is_needed = target.is_some() && (number > 0 || self.made.changed.contains(path));
            if known.is_none() && !is_needed && !is_ours && !pages.is_written(path) {
                // No step has made it, and none needs its place.
                return None;
            }
            Some((path, entry, is_ours || known.is_some_and(|known| known.is_same(entry))))
        })
    }

    /// What is missing or different. The files come last, in the order in which they were changed. What existed before the
    /// first step is left out: it is the learner's, who may have removed it.
    fn arriving<'a>(&'a self, number: usize, leaving: &BTreeSet<&String>) -> Vec<(&'a String, &'a Entry)> {
        let is_missing = |(path, entry): &(&String, &Entry)| {
            let found = self.now.entries.get(*path);
            let is_there = found.is_some_and(|found| found.is_same(entry));
            let is_folder = matches!((entry, found), (Entry::Folder { .. }, Some(Entry::Folder { .. })));
            !is_there && (number > 0 || is_folder || leaving.contains(path))
        };
        let mut arriving: Vec<_> = self.wanted.entries.iter().filter(is_missing).collect();
        arriving.sort_by_key(|(_, entry)| match entry {
            Entry::File { modified, .. } => Some(*modified),
            Entry::Folder { .. } | Entry::Link(_) | Entry::Pipe { .. } => None,
        });
        arriving
    }

    /// Files that only have another time than they should have.
    fn touched(&self) -> impl Iterator<Item = (&String, Time)> {
        self.wanted.entries.iter().filter_map(|(path, entry)| match (entry, self.now.entries.get(path)) {
            (Entry::File { modified, .. }, Some(found @ Entry::File { modified: now, .. }))
                if found.is_same(entry) && modified != now =>
            {
                Some((path, *modified))
            }
            _ => None,
        })
    }

    /// The folders whose modes are set at the end, the inner ones first. Until then, they are writable.
    fn folder_modes(&self) -> Vec<(String, u32)> {
        let mut modes = Vec::new();
        for (path, entry) in self.now.entries.iter().chain(&self.wanted.entries).rev() {
            let Entry::Folder { mode } = entry else { continue };
            let wanted = match self.wanted.entries.get(path) {
                Some(Entry::Folder { mode }) => *mode,
                _ => *mode,
            };
            modes.push((path.clone(), wanted));
        }
        modes.sort_by(|one, other| other.0.cmp(&one.0));
        modes.dedup();
        modes
    }

    /// How the files of the pages were.
    fn pages(&self) -> impl Iterator<Item = (String, ModeAndTime)> {
        let is_exact = !self.now.has_caches;
        self.wanted.pages.iter().filter_map(move |(path, entry)| match entry {
            Entry::File { digest, mode, modified, .. } => {
                Some((path.clone(), ModeAndTime::kept(*mode, digest.clone(), *modified, is_exact)))
            }
            Entry::Folder { .. } | Entry::Link(_) | Entry::Pipe { .. } => None,
        })
    }
}

impl PutBack {
    /// Where something of the learner's is kept.
    fn place_for(&mut self, path: &str, workspace: &Workspace) -> Result<PathBuf> {
        let folder = self.kept_dir.get_or_insert_with(kept_dir);
        workspace.state_path(&format!("{folder}/{path}"))
    }
}

impl Snapshots {
    /// Brings the workspace to the end of a step, except for the files of which `pages` has the text. What the learner has
    /// changed is kept before it is replaced or removed; what they have added stays.
    ///
    /// Files get their old times, unless tools have filled a folder: a tool that has compiled a later version of a file
    /// would not notice an older one.
    ///
    /// # Errors
    ///
    /// Something cannot be read or written.
    pub fn put_back(
        &self,
        number: usize,
        pages: &Files,
        workspace: &Workspace,
    ) -> Result<std::result::Result<PutBack, NotKept>> {
        let way = match self.way_to(number)? {
            Ok(way) => way,
            Err(why) => return Ok(Err(why)),
        };
        let leaving: Vec<_> = way.leaving(number, pages, workspace).collect();
        let arriving = way.arriving(number, &leaving.iter().map(|(path, ..)| *path).collect());
        for (path, entry) in &arriving {
            if let Entry::File { digest, .. } = entry {
                self.kept_content(number, path, digest)?;
            }
        }
        let mut done = PutBack { folder_modes: way.folder_modes(), ..PutBack::default() };
        self.make_folders_writable(&way)?;
        for (path, entry, is_known) in leaving {
            self.remove(path, entry, is_known, workspace, &mut done)?;
        }
        for (path, entry) in arriving {
            if self.write(number, path, entry, !way.now.has_caches)? {
                done.written.push(path.clone());
            }
        }
        if !way.now.has_caches {
            for (path, time) in way.touched() {
                set_modified(&self.root.join(path), time)?;
            }
        }
        done.pages = way.pages().collect();
        let mut made = if number == 0 { Snapshot::default() } else { way.wanted };
        for path in std::mem::take(&mut made.learners) {
            made.entries.remove(&path);
        }
        self.save(MADE, &made)?;
        Ok(Ok(done))
    }

    /// Removes an entry, and keeps it if it is not as steps have made it.
    fn remove(
        &self,
        path: &str,
        entry: &Entry,
        is_known: bool,
        workspace: &Workspace,
        done: &mut PutBack,
    ) -> Result<()> {
        let on_disk = self.root.join(path);
        if let Entry::Folder { .. } = entry {
            // It stays while something of a page or of a cache is in it.
            if std::fs::remove_dir(&on_disk).is_err() {
                done.folders.push(path.to_owned());
            } else if !is_known {
                let kept = done.place_for(path, workspace)?;
                // What was in it has made it there already.
                if !kept.is_dir() {
                    std::fs::create_dir(&kept).on_path("create", &kept)?;
                    done.kept.push((path.to_owned(), kept));
                }
            }
            return Ok(());
        }
        if !is_known && !matches!(entry, Entry::Pipe { .. }) {
            let kept = done.place_for(path, workspace)?;
            let copied = match entry {
                Entry::Link(to) => symlink(to, &kept),
                _ => std::fs::copy(&on_disk, &kept).map(drop),
            };
            copied.context(|| format!("keep `{path}` as `{}`", kept.display()))?;
            done.kept.push((path.to_owned(), kept));
        }
        std::fs::remove_file(&on_disk).on_path("remove", &on_disk)?;
        done.removed.insert(path.to_owned());
        Ok(())
    }

    fn make_folders_writable(&self, way: &Way) -> Result<()> {
        const OWNER_MAY_ALL: u32 = 0o700;
        for (path, entry) in &way.now.entries {
            if let Entry::Folder { mode } = entry {
                set_mode(&self.root.join(path), mode | OWNER_MAY_ALL)?;
            }
        }
        Ok(())
    }

    fn way_to(&self, number: usize) -> Result<std::result::Result<Way, NotKept>> {
        let (wanted, made) = (self.load(&number.to_string()), self.load(MADE));
        Ok(self.scan(&[])?.map(|now| Way { now, wanted, made }))
    }

    /// Puts back what is missing from the end of a step, with new times. What has changed is left as it is.
    ///
    /// # Errors
    ///
    /// Something cannot be read or written.
    pub fn put_back_missing(&self, number: usize) -> Result<Vec<String>> {
        let mut written = Vec::new();
        if number == 0 {
            return Ok(written);
        }
        for (path, entry) in &self.load(&number.to_string()).entries {
            let is_missing = self.root.join(path).symlink_metadata().is_err();
            if is_missing && self.write(number, path, entry, false)? {
                written.push(path.clone());
            }
            if let (true, Entry::Folder { mode }) = (is_missing, entry) {
                set_mode(&self.root.join(path), *mode)?;
            }
        }
        Ok(written)
    }

    /// Writes one entry of a step, with its old time if `is_exact`. Returns whether it is a file.
    pub(super) fn write(&self, number: usize, path: &str, entry: &Entry, is_exact: bool) -> Result<bool> {
        if matches!(entry, Entry::Folder { .. }) && self.root.join(path).is_dir() {
            return Ok(false);
        }
        let on_disk = confined(&self.root, path)?;
        match entry {
            Entry::Folder { .. } => std::fs::create_dir_all(&on_disk).on_path("create", &on_disk)?,
            Entry::Link(to) => symlink(to, &on_disk).on_path("create the link", &on_disk)?,
            Entry::Pipe { mode } => {
                let made = mkfifo(&on_disk, Mode::from_bits_truncate(*mode));
                made.map_err(|cause| Error::io("create the pipe", &on_disk, cause.into()))?;
                set_mode(&on_disk, *mode)?;
            }
            Entry::File { digest, mode, modified, .. } => {
                let bytes = self.kept_content(number, path, digest)?;
                disk::replace(&on_disk, &bytes).on_path("write", &on_disk)?;
                set_mode(&on_disk, *mode)?;
                if is_exact {
                    set_modified(&on_disk, *modified)?;
                }
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether there was a folder that tools fill, at the last look.
    pub(super) fn has_caches(&self) -> bool {
        self.load(SEEN).has_caches
    }
}
