//! Brings a workspace back to the end of a step.
//!
//! What is kept of a step is decided in the parent.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::{Entry, MADE, NotKept, PutBack, Snapshot, Snapshots};
use crate::confine::confined;
use crate::disk;
use crate::error::{Context, PathContext, Result};
use crate::files::Files;
use crate::workspace::{Workspace, kept_dir};

/// From what there is to what there should be.
struct Way {
    now: Snapshot,
    wanted: Snapshot,
    /// What steps have made by now.
    made: Snapshot,
}

impl Way {
    /// What goes or is replaced, what is in a folder before it; and whether it is as steps have made it.
    fn leaving<'a>(
        &'a self,
        pages: &'a Files,
        workspace: &'a Workspace,
    ) -> impl Iterator<Item = (&'a String, &'a Entry, bool)> {
        let is_page = |path: &str| {
            let is_known = pages.has(path) || workspace.memory.files.contains_key(path);
            is_known && !pages.is_written(path) && !self.wanted.entries.contains_key(path)
        };
        self.now.entries.iter().rev().filter_map(move |(path, entry)| {
            let target = self.wanted.entries.get(path);
            if is_page(path) || target.is_some_and(|target| target.is_same(entry)) {
                return None;
            }
            let known = self.made.entries.get(path);
            let is_ours = matches!(entry, Entry::File { digest, .. } if workspace.is_ours(path, digest));
            if known.is_none() && target.is_none() && !is_ours && !pages.is_written(path) {
                // No step has made it, and none needs its place.
                return None;
            }
            Some((path, entry, is_ours || known.is_some_and(|known| known.is_same(entry))))
        })
    }

    /// What is not there as it should be.
    fn arriving(&self) -> impl Iterator<Item = (&String, &Entry)> {
        let is_there =
            |path: &str, entry: &Entry| self.now.entries.get(path).is_some_and(|found| found.is_same(entry));
        self.wanted.entries.iter().filter(move |(path, entry)| !is_there(path, entry))
    }
}

impl Snapshots {
    /// Brings the workspace to the end of a step, but for the files of which `pages` has the text. What the learner has
    /// changed is kept before it is replaced or removed; what they have added stays.
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
        let mut done = PutBack::default();
        let way = match self.way_to(number)? {
            Ok(way) => way,
            Err(why) => return Ok(Err(why)),
        };
        let kept_dir = kept_dir();
        let keep = |path: &str| workspace.state_path(&format!("{kept_dir}/{path}"));
        for (path, entry, is_known) in way.leaving(pages, workspace) {
            let on_disk = self.root.join(path);
            match entry {
                Entry::Folder => {
                    // It stays while something of a page or of a cache is in it.
                    if std::fs::remove_dir(&on_disk).is_err() {
                        done.folders.push(path.clone());
                    }
                    continue;
                }
                Entry::File { .. } if !is_known => {
                    let kept = keep(path)?;
                    std::fs::copy(&on_disk, &kept)
                        .context(|| format!("keep `{path}` as `{}`", kept.display()))?;
                    done.kept.push((path.clone(), kept));
                }
                Entry::Link(to) if !is_known => {
                    let kept = keep(path)?;
                    symlink(to, &kept).context(|| format!("keep `{path}` as `{}`", kept.display()))?;
                    done.kept.push((path.clone(), kept));
                }
                Entry::File { .. } | Entry::Link(_) => {}
            }
            std::fs::remove_file(&on_disk).on_path("remove", &on_disk)?;
            done.removed.insert(path.clone());
        }
        for (path, entry) in way.arriving() {
            // What was there before the first step is the learner's, who may have removed it.
            if number == 0 && !done.removed.contains(path) {
                continue;
            }
            if self.write(path, entry)? {
                done.written.push(path.clone());
            }
        }
        done.modes.clone_from(&way.wanted.modes);
        let made = if number == 0 { Snapshot::default() } else { way.wanted };
        self.save(MADE, &made)?;
        Ok(Ok(done))
    }

    fn way_to(&self, number: usize) -> Result<std::result::Result<Way, NotKept>> {
        let (wanted, made) = (self.load(&number.to_string()), self.load(MADE));
        Ok(self.scan(&[])?.map(|now| Way { now, wanted, made }))
    }

    /// Puts back what the end of a step has and is not there any more. What has changed is left as it is.
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
            if is_missing && self.write(path, entry)? {
                written.push(path.clone());
            }
        }
        Ok(written)
    }

    /// Writes one entry; whether it is a file.
    pub(super) fn write(&self, path: &str, entry: &Entry) -> Result<bool> {
        if matches!(entry, Entry::Folder) && self.root.join(path).is_dir() {
            return Ok(false);
        }
        let on_disk = confined(&self.root, path)?;
        match entry {
            Entry::Folder => std::fs::create_dir_all(&on_disk).on_path("create", &on_disk)?,
            Entry::Link(to) => symlink(to, &on_disk).on_path("create the link", &on_disk)?,
            Entry::File { digest, mode, .. } => {
                let object = self.object(digest)?;
                let bytes = std::fs::read(&object).on_path("read", &object)?;
                disk::replace(&on_disk, &bytes).on_path("write", &on_disk)?;
                let mode = Permissions::from_mode(*mode);
                std::fs::set_permissions(&on_disk, mode).on_path("set the mode of", &on_disk)?;
                return Ok(true);
            }
        }
        Ok(false)
    }
}
