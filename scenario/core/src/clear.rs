//! Empties a folder, whatever the modes of what is in it, and says whether a program still uses it.

use std::fs::Permissions;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use procfs::process::{FDInfo, FDTarget, Process};

use crate::error::{Error, PathContext, Result};

/// Empties a folder; what is in `spared` stays as it is, and so do folders with one of the names in `kept`.
pub(crate) fn clear(folder: &Path, kept: &[String], spared: &[PathBuf]) -> Result<()> {
    make_writable(folder);
    let keeps_some = !kept.is_empty() || !spared.is_empty();
    let entries = std::fs::read_dir(folder).on_path("read the folder", folder)?;
    for entry in entries.flatten() {
        let path = entry.path();
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let is_kept = || is_dir && kept.iter().any(|name| entry.file_name() == name.as_str());
        if spared.contains(&path) || is_kept() {
            continue;
        }
        let removed = if is_dir {
            clear(&path, kept, spared)?;
            match std::fs::remove_dir(&path) {
                // It stays where a folder is kept in it.
                Err(cause) if cause.kind() == ErrorKind::DirectoryNotEmpty && keeps_some => Ok(()),
                removed => removed,
            }
        } else {
            std::fs::remove_file(&path)
        };
        removed.map_err(|cause| {
            let error = Error::new(format!("failed to remove `{}`: {cause}", path.display()));
            match cause.kind() {
                ErrorKind::PermissionDenied => error.with_help(
                    "it may belong to another user, as what a container writes often does; remove it yourself",
                ),
                _ => error,
            }
        })?;
    }
    Ok(())
}

/// Makes it possible to empty a folder. Some tools leave read-only folders, such as package managers that keep
/// sources.
fn make_writable(folder: &Path) {
    const OWNER_MAY_ALL: u32 = 0o700;
    if let Ok(metadata) = folder.symlink_metadata()
        && metadata.permissions().mode() & OWNER_MAY_ALL != OWNER_MAY_ALL
    {
        let mode = metadata.permissions().mode() | OWNER_MAY_ALL;
        // Where this is not permitted, what cannot be removed is reported.
        let _ = std::fs::set_permissions(folder, Permissions::from_mode(mode));
    }
}

/// Whether a program has a file below a folder open. Programs of other users cannot be looked at, and do not count.
pub(crate) fn is_used(folder: &Path) -> bool {
    let is_below = |file: &FDInfo| matches!(&file.target, FDTarget::Path(path) if path.starts_with(folder));
    let uses =
        |process: &Process| process.fd().is_ok_and(|files| files.flatten().any(|file| is_below(&file)));
    procfs::process::all_processes().is_ok_and(|all| all.flatten().any(|process| uses(&process)))
}
