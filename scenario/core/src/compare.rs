//! How files of a workspace differ from what they should be.
//!
//! Nothing is changed.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::{Error, PathContext, Result};
use crate::failure::{Difference, FileDifference};
use crate::model::Unwritten;

/// The content of a regular file. Nothing else is read: a folder has none, and reading a pipe would block.
pub fn read(path: &Path) -> Option<Vec<u8>> {
    path.is_file().then(|| std::fs::read(path).ok()).flatten()
}

/// How a folder or file of the workspace differs from `expected`, which has its name and is `shown` in messages; the first
/// difference of each file, in order. What is `unwritten` is left out on both sides.
pub(crate) fn differences(
    root: &Path,
    (expected, shown): (&Path, &Path),
    unwritten: &Unwritten,
) -> Result<Vec<FileDifference>> {
    let name = expected.file_name().unwrap_or_default().to_string_lossy();
    if expected.is_file() {
        let wanted = std::fs::read(expected).on_path("read", expected)?;
        let path = shown.display().to_string();
        let found = differs(root, &name, &wanted);
        let found = found.map(|difference| FileDifference { path, written: name.into_owned(), difference });
        return Ok(found.into_iter().collect());
    }
    let ours = root.join(&*name);
    let ours = if ours.is_dir() { tree(&ours, unwritten)? } else { BTreeMap::new() };
    let theirs = tree(expected, unwritten)?;
    let mut found = Vec::new();
    for path in ours.keys().chain(theirs.keys().filter(|path| !ours.contains_key(*path))) {
        let difference = match (ours.get(path), theirs.get(path)) {
            (Some(ours), Some(theirs)) if ours == theirs => continue,
            (Some(ours), Some(theirs)) => difference(theirs, ours),
            (Some(_), None) => Difference::Unexpected,
            (None, _) => Difference::Missing,
        };
        let path_shown = shown.join(path).display().to_string();
        found.push(FileDifference { path: path_shown, written: format!("{name}/{path}"), difference });
    }
    Ok(found)
}

/// How a file in the folder of a workspace, which need not exist, differs from what the book has; `None` if it
/// does not.
pub(crate) fn differs(root: &Path, path: &str, wanted: &[u8]) -> Option<Difference> {
    match read(&root.join(path)) {
        None => Some(Difference::Missing),
        Some(bytes) if bytes == wanted => None,
        Some(bytes) => Some(difference(wanted, &bytes)),
    }
}

/// How a file that is `found` differs from what is `expected`; the two are not equal.
fn difference(expected: &[u8], found: &[u8]) -> Difference {
    let (expected, found) = (String::from_utf8_lossy(expected), String::from_utf8_lossy(found));
    let (mut left, mut right) = (expected.lines(), found.lines());
    for number in 1.. {
        match (left.next(), right.next()) {
            (None, None) => break,
            (expected, found) if expected == found => {}
            (expected, found) => {
                let (expected, found) = (expected.map(str::to_owned), found.map(str::to_owned));
                return Difference::Line { number, expected, found };
            }
        }
    }
    Difference::LineEnds
}

fn tree(root: &Path, unwritten: &Unwritten) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).on_path("read the folder", &folder)?;
        for entry in entries.flatten() {
            let path = entry.path();
            let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            if unwritten.contains(&relative) {
                continue;
            }
            let kind = entry.file_type().on_path("look at", &path)?;
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                let bytes = std::fs::read(&path).on_path("read", &path)?;
                files.insert(relative, bytes);
            } else {
                return Err(Error::new(format!("`{}` is neither a file nor a folder", path.display()))
                    .with_help("only files and folders can be compared with the book"));
            }
        }
    }
    Ok(files)
}
