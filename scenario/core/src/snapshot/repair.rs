//! Repairs kept states of which a part is gone or cannot be read, for example after a full disk or another version of this
//! program.
//!
//! Which steps are played again after that is decided elsewhere.

use std::collections::BTreeSet;

use super::{Entry, MADE, SEEN, Snapshot, Snapshots};
use crate::confine::require_file;
use crate::error::{PathContext, Result};

/// A part of the kept states that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its path in the workspace.
    pub path: String,
    /// Why it could not be read.
    pub cause: String,
}

impl Snapshots {
    /// Removes what cannot be read, and replaces what all states need. `at` is the step at whose end the workspace is.
    ///
    /// If it is not known any more what the steps have made, this is assumed: they have made every file that did not exist
    /// before the first step and whose content is kept for a step, and all files in the same folder; and the learner has
    /// changed these, so they are kept before they are removed or replaced. The rest is the learner's.
    ///
    /// # Errors
    ///
    /// Something cannot be read or written.
    pub fn repair(&self, at: Option<usize>) -> Result<Option<LeftOut>> {
        let mut left_out: Option<LeftOut> = None;
        let mut is_any_kept = false;
        for name in self.names() {
            match self.parse(&name) {
                Ok(_) => is_any_kept |= name != SEEN,
                Err(cause) => {
                    let path = self.dir.join(format!("{name}.json"));
                    require_file(&self.root, path.strip_prefix(&self.root).unwrap_or(&path))?;
                    std::fs::remove_file(&path).on_path("remove", &path)?;
                    // Without the last look, files are only read again.
                    if name != SEEN {
                        left_out.get_or_insert_with(|| left(&name, cause));
                    }
                }
            }
        }
        if !is_any_kept && left_out.is_none() {
            return Ok(None);
        }
        for name in [MADE, "0"] {
            if let Err(cause) = self.parse(name) {
                left_out.get_or_insert_with(|| left(name, cause));
            }
        }
        if self.parse(MADE).is_err() {
            let made = at.filter(|at| *at > 0).and_then(|at| self.read(&at.to_string()));
            if let Some(made) = made.map_or_else(|| self.unknown(), |made| Ok(Some(made)))? {
                self.save(MADE, &made)?;
            }
        }
        if self.parse("0").is_err() {
            self.save("0", &Snapshot::default())?;
        }
        Ok(left_out)
    }

    /// What steps seem to have made that was not there before the first, with contents that no file has.
    fn unknown(&self) -> Result<Option<Snapshot>> {
        let Ok(mut found) = self.scan(&[])? else { return Ok(None) };
        let before = self.load("0");
        found.entries.retain(|path, entry| !before.entries.get(path).is_some_and(|old| old.is_same(entry)));
        let is_kept = |entry: &Entry| match entry {
            Entry::File { digest, .. } => self.dir.join("content").join(digest).is_file(),
            Entry::Folder { .. } | Entry::Link(_) | Entry::Pipe { .. } => false,
        };
        let kept: BTreeSet<&str> =
            found.entries.iter().filter(|(_, entry)| is_kept(entry)).map(|(path, _)| path.as_str()).collect();
        let folders: BTreeSet<&str> = kept.iter().flat_map(|path| folders_of(path)).collect();
        let is_made = |path: &str| {
            kept.contains(path)
                || folders.contains(path)
                || folders_of(path).any(|folder| folders.contains(folder))
        };
        let made: BTreeSet<String> = found.entries.keys().filter(|path| is_made(path)).cloned().collect();
        found.entries.retain(|path, _| made.contains(path));
        for entry in found.entries.values_mut() {
            let digest = String::new();
            *entry = Entry::File { digest, mode: 0, size: 0, modified: (0, 0), changed: None };
        }
        let changed = before.entries.into_keys().collect();
        Ok(Some(Snapshot { entries: found.entries, changed, ..Snapshot::default() }))
    }
}

/// The folders that a path is in.
fn folders_of(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

fn left(name: &str, cause: String) -> LeftOut {
    LeftOut { path: format!(".scenario/steps/{name}.json"), cause }
}
