//! Whether the command of a check has changed something in the workspace.
//!
//! A change by another program is not told apart. Folders that tools keep for themselves are not looked into.

use std::collections::BTreeMap;
use std::path::Path;

use crate::snapshot::{ENTRIES_MAX, Snapshots};
use crate::stamp::Stamp;
use crate::workspace::OWN;

/// What git writes even where it only looks.
const GIT_INDEX: &str = ".git/index";

/// What was in a workspace before a command.
pub(super) struct Before<'a> {
    root: &'a Path,
    caches: &'a [String],
    /// Each with its stamp. Folders have none, because the caches of tools in them change it. `None` if there is too much.
    entries: Option<BTreeMap<String, Option<Stamp>>>,
}

impl Before<'_> {
    /// Looks at a workspace, but not into folders named in `caches`.
    pub(super) fn of<'a>(root: &'a Path, caches: &'a [String]) -> Before<'a> {
        Before { root, caches, entries: entries(root, caches) }
    }

    /// A file or folder that the command has made, changed or removed.
    pub(super) fn changed(&self) -> Option<String> {
        let (before, after) = (self.entries.as_ref()?, entries(self.root, self.caches)?);
        let is_same = |old: &Option<Stamp>, new: &Option<Stamp>| match (old, new) {
            (Some(old), Some(new)) => old.is_same(*new),
            (None, None) => true,
            _ => false,
        };
        let is_new =
            |(path, new): &(&String, &Option<Stamp>)| !before.get(*path).is_some_and(|old| is_same(old, new));
        let changed = after.iter().find(is_new).map(|(path, _)| path);
        changed.or_else(|| before.keys().find(|path| !after.contains_key(*path))).cloned()
    }
}

/// What is in the workspace; `None` if that is too much, or a folder cannot be read.
fn entries(root: &Path, caches: &[String]) -> Option<BTreeMap<String, Option<Stamp>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root.join(&folder)).ok()?.flatten() {
            let name = entry.file_name().into_string().ok()?;
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let is_folder = entry.file_type().ok()?.is_dir();
            if path == OWN || path.ends_with(GIT_INDEX) || (is_folder && Snapshots::is_cache(&name, caches)) {
                continue;
            }
            let stamp = if is_folder { None } else { Stamp::of(&entry.path()) };
            if is_folder {
                folders.push(path.clone());
            }
            found.insert(path, stamp);
            if found.len() > ENTRIES_MAX {
                return None;
            }
        }
    }
    Some(found)
}
