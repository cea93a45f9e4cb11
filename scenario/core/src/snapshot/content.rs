//! The contents of kept files, each under the name of its digest.
//!
//! Which files are kept is decided in the parent.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Entry, MADE, NAME_BYTES, SEEN, Snapshots};
use crate::digest::digest;
use crate::disk;
use crate::error::{Error, PathContext, Result};

/// Why a kept state cannot be used: the kept content of a file is gone or was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damage {
    /// The file.
    pub path: String,
    /// Whether its content is gone; otherwise it was changed.
    pub missing: bool,
}

impl Snapshots {
    /// What is wrong with the kept end of a step. If the workspace is at the end of that step, only the contents that are
    /// missing in the workspace are needed.
    pub fn damage(&self, number: usize, is_there: bool) -> Option<Damage> {
        let kept = self.read(&number.to_string())?;
        let is_needed = |path: &str| !is_there || self.root.join(path).symlink_metadata().is_err();
        let damage = |(path, entry): (String, Entry)| match entry {
            Entry::File { digest, .. } if is_needed(&path) => {
                let missing = match self.content_of(&digest) {
                    Ok(Some(_)) => return None,
                    // The step is played again, and keeps it anew.
                    Ok(None) => {
                        let _ = std::fs::remove_file(self.dir.join("content").join(&digest));
                        false
                    }
                    Err(_) => true,
                };
                Some(Damage { path, missing })
            }
            _ => None,
        };
        kept.entries.into_iter().find_map(damage)
    }

    /// The content of a file at the end of a step.
    ///
    /// # Errors
    ///
    /// It is not there as it was kept.
    pub(super) fn kept_content(&self, number: usize, path: &str, name: &str) -> Result<Vec<u8>> {
        let is = match self.content_of(name) {
            Ok(Some(bytes)) => return Ok(bytes),
            Ok(None) => "is damaged".to_owned(),
            Err(cause) => format!("cannot be read: {cause}"),
        };
        let when = if number == 0 { "before the first step" } else { "at the end of a step" };
        Err(Error::new(format!("failed to put back `{path}`, as it was {when}: what is kept of it {is}"))
            .with_help(format!("put `{path}` there yourself as it was, or go on in an empty folder")))
    }

    /// A content by its name; `None` if it is another one.
    fn content_of(&self, name: &str) -> std::io::Result<Option<Vec<u8>>> {
        let bytes = std::fs::read(self.dir.join("content").join(name))?;
        Ok((digest(&bytes, NAME_BYTES) == *name).then_some(bytes))
    }

    /// Keeps the content of an entry; false if the file has another one by now.
    pub(super) fn store(&self, path: &str, entry: &Entry) -> Result<bool> {
        let Entry::File { digest: name, size, .. } = entry else { return Ok(true) };
        let object = self.object(name)?;
        if object.metadata().is_ok_and(|found| found.is_file() && found.len() == *size) {
            return Ok(true);
        }
        let path = self.root.join(path);
        // It was replaced since, or is a folder of which it is not known whether a step has made it.
        if !path.is_file() {
            return Ok(false);
        }
        let bytes = std::fs::read(&path).on_path("read", &path)?;
        if digest(&bytes, NAME_BYTES) != *name {
            return Ok(false);
        }
        disk::replace(&object, &bytes).on_path("write", &object)?;
        Ok(true)
    }

    fn object(&self, digest: &str) -> Result<PathBuf> {
        let folder = self.dir.join("content");
        if !folder.is_dir() {
            std::fs::create_dir_all(&folder).on_path("create", &folder)?;
            // What only its owner may read stays so.
            std::fs::set_permissions(&folder, Permissions::from_mode(0o700)).on_path("close", &folder)?;
        }
        Ok(folder.join(digest))
    }

    /// Removes each content that no step has any more.
    pub(super) fn remove_unused(&self) -> Result<()> {
        let read = |dir: &Path| std::fs::read_dir(dir).into_iter().flatten().flatten();
        let mut used = BTreeSet::new();
        for name in self.names().iter().filter(|name| ![MADE, SEEN].contains(&name.as_str())) {
            used.extend(self.load(name).entries.into_values().filter_map(|entry| match entry {
                Entry::File { digest, .. } => Some(digest),
                Entry::Folder { .. } | Entry::Link(_) | Entry::Pipe { .. } => None,
            }));
        }
        for entry in read(&self.dir.join("content")) {
            if !used.contains(entry.file_name().to_string_lossy().as_ref()) {
                std::fs::remove_file(entry.path()).on_path("remove", &entry.path())?;
            }
        }
        Ok(())
    }
}
