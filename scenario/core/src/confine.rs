//! The place in a folder of the learner's where a file of the book, or one of our own, may be written.
//!
//! Nothing is written here but the folders that lead to it.

use std::fs::FileType;
use std::path::{Path, PathBuf};

use crate::error::{Error, PathContext, Result};

/// The place on disk of a path of the book, made certain to be inside and to be one for a file: a link in
/// the learner's directory could lead out of it.
pub(crate) fn confined(root: &Path, path: &str) -> Result<PathBuf> {
    let on_disk = root.join(path);
    let parent = on_disk.parent().unwrap_or(root).to_owned();
    let mut existing = parent.as_path();
    while !existing.exists() {
        existing = existing.parent().unwrap_or(root);
    }
    let real = existing.canonicalize().on_path("look at", existing)?;
    let found = on_disk.symlink_metadata().ok().map(|metadata| metadata.file_type());
    if !real.starts_with(root) || found.is_some_and(|found| found.is_symlink()) {
        return Err(Error::new(format!("`{path}` leads out of the workspace by a symbolic link"))
            .with_help("remove the link; nothing was written"));
    }
    let folder = existing.strip_prefix(root).unwrap_or(existing).display();
    let in_the_way = match found {
        _ if !real.is_dir() => format!("`{folder}` is a file in the workspace"),
        Some(found) if !found.is_file() => format!("`{path}` is {} in the workspace", name_of(found)),
        _ => {
            std::fs::create_dir_all(&parent).on_path("create", &parent)?;
            return Ok(on_disk);
        }
    };
    Err(Error::new(in_the_way).with_help(format!("move it away: the book has a file `{path}`")))
}

/// Checks that nothing else is in the place of a folder of our own.
pub(crate) fn require_folder(root: &Path, relative: &Path) -> Result<()> {
    let is_other = |part: &&Path| std::fs::metadata(root.join(part)).is_ok_and(|found| !found.is_dir());
    relative.ancestors().filter(is_other).last().map_or(Ok(()), |other| Err(other_than("folder", other)))
}

/// Checks that nothing else is in the place of a file of our own.
pub(crate) fn require_file(root: &Path, relative: &Path) -> Result<()> {
    match std::fs::metadata(root.join(relative)) {
        Ok(found) if !found.is_file() => Err(other_than("file", relative)),
        _ => Ok(()),
    }
}

fn other_than(kind: &str, path: &Path) -> Error {
    Error::new(format!("`{}` in the workspace is not a {kind}", path.display()))
        .with_help("this program keeps its own files there: move away what is there; nothing was written")
}

fn name_of(found: FileType) -> &'static str {
    if found.is_dir() { "a folder" } else { "neither a file nor a folder" }
}

/// Makes the folder of a workspace, unless it is there.
pub(crate) fn make_root(root: &Path) -> Result<()> {
    let made = std::fs::create_dir_all(root);
    let in_the_way = root.ancestors().find(|path| path.symlink_metadata().is_ok() && !path.is_dir());
    let (Err(_), Some(path)) = (&made, in_the_way) else { return made.on_path("create", root) };
    let (root, path) = (root.display(), path.display());
    Err(Error::new(format!("the workspace `{root}` cannot be made: `{path}` is not a folder"))
        .with_help("move it away, or name another workspace; nothing was written"))
}
