//! One file at the end of a step.

use std::path::PathBuf;

use super::{Entry, NAME_BYTES, Snapshots};
use crate::digest::digest;
use crate::error::{PathContext, Result};
use crate::workspace::Workspace;

impl Snapshots {
    /// Restores one file as it was at the end of a step, if that is kept. The learner's version is kept, even if it is the
    /// same, as after a step done by hand, because the next step changes it. Returns where it is kept.
    ///
    /// # Errors
    ///
    /// Something cannot be read or written.
    pub fn put_back_file(&self, number: usize, path: &str, workspace: &Workspace) -> Result<Option<PathBuf>> {
        let wanted = self.load(&number.to_string());
        let Some(entry @ Entry::File { digest: wanted, .. }) = wanted.entries.get(path) else {
            return Ok(None);
        };
        let on_disk = self.root.join(path);
        let kept = workspace.keep_learners(path)?;
        if on_disk.is_file() {
            let bytes = std::fs::read(&on_disk).on_path("read", &on_disk)?;
            if digest(&bytes, NAME_BYTES) == *wanted {
                return Ok(kept);
            }
        }
        self.write(number, path, entry, !self.has_caches())?;
        Ok(kept)
    }

    /// What a file was at the end of a step, if that is kept.
    pub fn content(&self, number: usize, path: &str) -> Option<Vec<u8>> {
        match self.load(&number.to_string()).entries.get(path)? {
            Entry::File { digest, .. } => self.kept_content(number, path, digest).ok(),
            Entry::Folder { .. } | Entry::Link(_) | Entry::Pipe { .. } => None,
        }
    }
}
