//! Which files and folders of the workspace the editor lists. What is in them is not read here.

use std::collections::{BTreeMap, BTreeSet};

use cap_std::fs::{Dir, Metadata, MetadataExt};

use crate::limits::{DEPTH_MAX, FILES_MAX};

/// Our own folder, which no request touches.
pub(crate) const OWN: &str = ".scenario";
/// Folders that are not listed: what tools make by the thousand, or keep for themselves.
const UNLISTED: [&str; 4] = ["target", "node_modules", ".git", OWN];

/// Differs if a file may have changed: the time of its last change, and its size.
pub(crate) type Stamp = (i64, i64, u64);

pub(crate) fn stamp_of(metadata: &Metadata) -> Stamp {
    (metadata.mtime(), metadata.mtime_nsec(), metadata.size())
}

/// All files and folders but those in [`UNLISTED`] folders.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listing {
    /// Each file with its stamp.
    pub(crate) files: BTreeMap<String, Stamp>,
    pub(crate) folders: BTreeSet<String>,
    /// Whether there are more than the editor lists.
    pub(crate) is_cut: bool,
}

impl Listing {
    /// What is in a folder. The paths of `first` are listed however many other files there are.
    pub(crate) fn of(dir: &Dir, first: &BTreeSet<String>) -> Listing {
        let mut found = Listing::default();
        let is_there = |path: &String| {
            let metadata = dir.metadata(path).ok().filter(Metadata::is_file)?;
            Some((path.clone(), stamp_of(&metadata)))
        };
        found.files = first.iter().filter_map(is_there).collect();
        let mut folders = vec![(String::new(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            let Ok(entries) = dir.read_dir(if folder.is_empty() { "." } else { folder.as_str() }) else {
                continue;
            };
            for entry in entries.flatten() {
                let Ok(name) = entry.file_name().into_string() else { continue };
                if !name.chars().all(is_plain) {
                    continue;
                }
                let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
                let Ok(metadata) = entry.metadata() else { continue };
                let is_listed_folder =
                    metadata.is_dir() && depth < DEPTH_MAX && !UNLISTED.contains(&name.as_str());
                if is_listed_folder && found.folders.len() < FILES_MAX {
                    folders.push((path.clone(), depth + 1));
                    found.folders.insert(path);
                } else if metadata.is_file()
                    && (found.files.len() < FILES_MAX || found.files.contains_key(&path))
                {
                    found.files.insert(path, stamp_of(&metadata));
                } else if is_listed_folder || metadata.is_file() {
                    return Listing { is_cut: true, ..found };
                }
            }
        }
        found
    }
}

/// Whether a part of a path begins with a dot. Such files are open only if the book writes them.
pub(crate) fn is_hidden(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.'))
}

/// Whether a character may be in a path: it must look like what it is. Not so those that turn the direction of what
/// follows, and the one that stands for bytes that are not text.
pub(crate) fn is_plain(c: char) -> bool {
    let turns =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !c.is_control() && !turns && c != char::REPLACEMENT_CHARACTER
}
