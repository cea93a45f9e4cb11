//! One look at everything that is in a workspace.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt, MetadataExt};

use super::{BYTES_MAX, ENTRIES_MAX, Entry, NAME_BYTES, NotKept, SEEN, Snapshot, Snapshots};
use crate::digest::digest;
use crate::error::{PathContext, Result};
use crate::stamp::settled;
use crate::workspace::OWN;

impl Snapshots {
    /// Everything in the workspace. A file is read only if it has changed since it was last seen or recorded in `known`.
    pub(super) fn scan(&self, known: &[Snapshot]) -> Result<std::result::Result<Snapshot, NotKept>> {
        let known: Vec<Snapshot> = known.iter().cloned().chain([self.load(SEEN)]).collect();
        let mut found = Snapshot::default();
        let mut bytes = 0;
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            let dir = self.root.join(&folder);
            let entries = match std::fs::read_dir(&dir) {
                Err(cause) if cause.kind() == ErrorKind::PermissionDenied => {
                    return Ok(Err(NotKept::Unreadable(folder)));
                }
                entries => entries.on_path("read the folder", &dir)?,
            };
            for entry in entries.flatten() {
                let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                    return Ok(Err(NotKept::Name(entry.path().display().to_string())));
                };
                let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
                let Ok(metadata) = entry.metadata() else { continue };
                let is_cache = metadata.is_dir() && self.caches.contains(&name);
                found.has_caches |= is_cache;
                if path == OWN || is_cache {
                    continue;
                }
                let mode = metadata.mode() & 0o7777;
                let made = if metadata.is_dir() {
                    folders.push(path.clone());
                    Entry::Folder { mode }
                } else if metadata.is_symlink() {
                    Entry::Link(std::fs::read_link(entry.path()).on_path("read the link", &entry.path())?)
                } else if metadata.is_file() {
                    bytes += metadata.len();
                    match self.file(&path, &metadata, &known) {
                        Some(file) => file,
                        None => return Ok(Err(NotKept::Unreadable(path))),
                    }
                } else if metadata.file_type().is_fifo() {
                    Entry::Pipe { mode }
                } else {
                    // A socket belongs to what listens there.
                    continue;
                };
                found.entries.insert(path, made);
                if found.entries.len() > ENTRIES_MAX || bytes > BYTES_MAX {
                    let many = found.entries.len() > ENTRIES_MAX;
                    return Ok(Err(if many { NotKept::Entries } else { NotKept::Bytes }));
                }
            }
        }
        Ok(Ok(found))
    }

    /// A file as it is; `None` if it cannot be read.
    fn file(&self, path: &str, metadata: &Metadata, known: &[Snapshot]) -> Option<Entry> {
        let changed = (metadata.ctime(), metadata.ctime_nsec());
        let (mode, size) = (metadata.mode() & 0o7777, metadata.len());
        let same = known.iter().filter_map(|known| known.entries.get(path)).find(|known| {
            matches!(known, Entry::File { mode: before, size: long, changed: Some(at), .. }
                if (*before, *long, *at) == (mode, size, changed))
        });
        if let Some(same) = same {
            return Some(same.clone());
        }
        let bytes = std::fs::read(self.root.join(path)).ok()?;
        let digest = digest(&bytes, NAME_BYTES);
        let modified = (metadata.mtime(), metadata.mtime_nsec());
        Some(Entry::File { digest, mode, size, modified, changed: settled(metadata).then_some(changed) })
    }
}
