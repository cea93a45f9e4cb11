//! Collects the files of the scenario in memory, then writes them.
//!
//! This module makes no pages and no scripts of steps: the other modules do.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use scenario_core::error::{Error, Result};
use scenario_core::model::Scenario;

use super::marks::MADE;

/// The size in bytes of the largest picture to copy.
const PICTURE_MAX: u64 = 4 << 20;
/// The most files of a book to search for pictures, and the greatest depth of nested folders.
const LOOKED_MAX: usize = 10_000;
const DEPTH_MAX: usize = 20;
/// The names of `needs` that are other packages of Ubuntu.
const PACKAGES: [(&str, &str); 8] = [
    ("alertmanager", "prometheus-alertmanager"),
    ("linker", "gcc"),
    ("node", "nodejs"),
    ("postgres", "postgresql"),
    ("psql", "postgresql-client"),
    ("python3-venv", "python3-venv"),
    ("promtool", "prometheus"),
    ("static-libc", "libc6-dev"),
];
/// The names that are also those of packages.
const SAME_NAME: [&str; 8] = ["curl", "gcc", "git", "jq", "make", "npm", "prometheus", "sqlite3"];

/// The files by their paths.
#[derive(Debug, Default)]
pub(super) struct Contents {
    files: BTreeMap<String, Vec<u8>>,
    twice: Option<String>,
}

impl Contents {
    pub(super) fn add(&mut self, path: &str, text: impl Into<Vec<u8>>) {
        if self.files.insert(path.to_owned(), text.into()).is_some() {
            self.twice = Some(path.to_owned());
        }
    }

    /// Adds the files beside the pages that a page names.
    pub(super) fn add_pictures(&mut self, src: &Path, notes: &mut Vec<String>) {
        let pages: Vec<String> = self
            .files
            .iter()
            .filter(|(path, _)| path.ends_with(".md"))
            .map(|(_, text)| String::from_utf8_lossy(text).into_owned())
            .collect();
        let is_named = |name: &str| pages.iter().any(|page| page.contains(name));
        for path in files_below(src) {
            let shown = path.to_string_lossy().into_owned();
            let name = shown.rsplit('/').next().unwrap_or(&shown);
            if path.extension().is_none_or(|extension| extension == "md") || !is_named(name) {
                continue;
            }
            match fs::metadata(src.join(&path)).map(|data| data.len()) {
                Ok(size) if size <= PICTURE_MAX => {
                    if let Ok(bytes) = fs::read(src.join(&path)) {
                        self.add(&shown, bytes);
                    }
                }
                _ => notes.push(format!("src/{shown}: larger than {} MiB; left out", PICTURE_MAX >> 20)),
            }
        }
    }

    /// Fails if two files have one path.
    pub(super) fn require_one_each(&self) -> Result<()> {
        match &self.twice {
            None => Ok(()),
            Some(path) => Err(Error::usage(format!("two files of the scenario would be `{path}`"))
                .with_help("rename the file of the book; nothing was written")),
        }
    }

    /// Writes all files, and returns their number.
    pub(super) fn write(&self, out: &Path) -> Result<usize> {
        for (path, text) in &self.files {
            let path = out.join(path);
            let folder = path.parent().unwrap_or(out);
            fs::create_dir_all(folder).map_err(|cause| Error::io("create the folder", folder, cause))?;
            let written = fs::File::create_new(&path).and_then(|mut file| file.write_all(text));
            written.map_err(|cause| Error::io("write", &path, cause))?;
        }
        Ok(self.files.len())
    }
}

/// The regular files below a folder, sorted by path. It follows no links.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![(PathBuf::new(), 0)]);
    while let Some((path, depth)) = open.pop() {
        let Ok(entries) = fs::read_dir(folder.join(&path)) else { continue };
        for entry in entries.flatten() {
            let below = path.join(entry.file_name());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && depth < DEPTH_MAX => open.push((below, depth + 1)),
                Ok(kind) if kind.is_file() && found.len() < LOOKED_MAX => found.push(below),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// Fails unless a folder is empty or does not exist.
pub(super) fn require_empty(out: &Path) -> Result<()> {
    match fs::read_dir(out).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::usage(format!("the folder `{}` is not empty", out.display()))
            .with_help("name a folder that does not exist or is empty; nothing was written")),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(Error::io("read", out, cause)),
    }
}

/// The script that installs the needs of the book that are packages of Ubuntu.
pub(super) fn setup(scenario: &Scenario, notes: &mut Vec<String>) -> Option<String> {
    let mut packages = Vec::new();
    for need in &scenario.needs {
        let package = PACKAGES.iter().find(|(name, _)| name == need).map(|(_, package)| *package);
        match package.or_else(|| SAME_NAME.iter().find(|name| *name == need).copied()) {
            Some(package) => packages.push(package),
            None => notes.push(format!("book.toml: needs `{need}`: the image must have it")),
        }
    }
    packages.sort_unstable();
    packages.dedup();
    let packages = packages.join(" ");
    (!packages.is_empty()).then(|| {
        format!("#!/bin/bash\n{MADE} from `needs` in book.toml.\napt-get update && apt-get install --yes {packages}\n")
    })
}

/// What differs from the book, as a page.
pub(super) fn report(notes: &[String]) -> String {
    let mut out = "# What differs from the book\n\nEach item names a page of the book, and a line there.\n\n"
        .to_owned();
    for note in notes {
        let _ = writeln!(out, "- {}", note.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    if notes.is_empty() {
        out.push_str("Everything is as it was.\n");
    }
    out
}
