//! Finds scenarios below a folder, and reads their files. It reads no file outside that folder, and none that is too large.
//!
//! The search does not follow symbolic links to folders: it finds their targets at their own places. A page that is a link
//! is read if its target is below the folder.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::OFlag;

/// The greatest depth of nested folders.
const DEPTH_MAX: usize = 40;
/// The size in bytes of the largest file to read.
pub const BYTES_MAX: u64 = 4 << 20;
/// The most files of a folder to compare with a pattern.
const GLOB_MAX: usize = 10_000;
/// The most pathways to find.
const PATHWAYS_MAX: usize = 10_000;
/// Folders that the search for scenarios skips.
const SKIPPED: [&str; 2] = [".git", "node_modules"];

/// The folder given by the user.
#[derive(Debug, Clone)]
pub struct Folder {
    /// Its path, without symbolic links.
    real: PathBuf,
    /// The folder whose files may be read.
    bound: PathBuf,
}

/// Decodes the bytes of a file: as UTF-16 if it begins with that byte order mark, otherwise as UTF-8. Invalid parts become
/// U+FFFD. Also returns whether there are none.
pub fn decode(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    let unit = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        // Most files are valid UTF-8, and checking is much faster than a lossy conversion.
        _ => match str::from_utf8(bytes) {
            Ok(text) => return (Cow::Borrowed(text), true),
            Err(_) => return (String::from_utf8_lossy(bytes), false),
        },
    };
    let (units, rest) = bytes[2..].as_chunks();
    let mut is_text = rest.is_empty();
    let chars = char::decode_utf16(units.iter().map(|pair| unit(*pair))).map(|c| {
        is_text &= c.is_ok();
        c.unwrap_or(char::REPLACEMENT_CHARACTER)
    });
    let text = chars.collect();
    (Cow::Owned(text), is_text)
}

/// The end of the name of a pathway of Katacoda.
pub const PATHWAY_SUFFIX: &str = "-pathway.json";
/// The name of a pathway of Killercoda.
pub const STRUCTURE: &str = "structure.json";

/// Whether a file is a pathway by its name.
pub fn is_pathway(name: &str) -> bool {
    name == STRUCTURE || name.ends_with(PATHWAY_SUFFIX)
}

/// Why a file could not be read.
#[derive(Debug)]
pub enum Unreadable {
    /// The file does not exist.
    Missing,
    /// Its path leads out of the folder.
    Outside,
    /// It has more than [`BYTES_MAX`] bytes.
    TooLarge(u64),
    /// The operating system reports an error.
    Io(io::Error),
}

impl Folder {
    /// Opens a folder.
    ///
    /// # Errors
    ///
    /// The path does not exist, or is not a folder.
    pub fn open(path: &Path) -> io::Result<Folder> {
        let real = fs::canonicalize(path)?;
        if !real.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Folder { bound: real.clone(), real })
    }

    /// The same folder, allowed to read all files below `outer`; `None` if it is not below `outer`.
    pub fn within(&self, outer: &Folder) -> Option<Folder> {
        let bound = outer.real.clone();
        self.real.starts_with(&bound).then(|| Folder { real: self.real.clone(), bound })
    }

    /// Its path, without symbolic links.
    pub fn path(&self) -> &Path {
        &self.real
    }

    /// A path without symbolic links, from this folder; `None` if it is not below it.
    pub fn relative(&self, real: &Path) -> Option<PathBuf> {
        real.strip_prefix(&self.real).ok().map(Path::to_owned)
    }

    /// The folder at a path below it, if there is one that may be read.
    pub fn inner(&self, path: &Path) -> Option<Folder> {
        let real = fs::canonicalize(self.real.join(path)).ok()?;
        real.starts_with(&self.bound).then(|| Folder { real, bound: self.bound.clone() })
    }

    /// The folders below it, itself included, that have an index.json, in the order of their names.
    ///
    /// The search is lazy: it keeps no list of all files.
    pub fn scenarios(&self) -> Scenarios<'_> {
        Scenarios { folder: self, open: vec![(PathBuf::new(), 0)], pathways: Vec::new() }
    }

    /// The place of a file: `path` from the folder `base` of a scenario, without symbolic links.
    ///
    /// # Errors
    ///
    /// The file does not exist, or is outside the folder.
    pub fn locate(&self, base: &Path, path: &str) -> Result<PathBuf, Unreadable> {
        let (path, is_here) = self.join(base, path)?;
        if is_here && !fs::symlink_metadata(&path).map_err(unreadable)?.is_symlink() {
            return Ok(path);
        }
        self.resolve(&path)
    }

    /// The path of a file, and whether the file is directly in this folder. If so, only the last part can be a link.
    fn join(&self, base: &Path, path: &str) -> Result<(PathBuf, bool), Unreadable> {
        let below = Path::new(path.trim_start_matches('/'));
        if below.components().any(|part| matches!(part, Component::Prefix(_))) {
            return Err(Unreadable::Outside);
        }
        let mut parts = below.components();
        let is_here = base.as_os_str().is_empty()
            && matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None));
        let path = if is_here { self.real.join(below) } else { self.real.join(base).join(below) };
        Ok((path, is_here))
    }

    /// A path without symbolic links.
    fn resolve(&self, path: &Path) -> Result<PathBuf, Unreadable> {
        let real = fs::canonicalize(path).map_err(unreadable)?;
        if real.starts_with(&self.bound) { Ok(real) } else { Err(Unreadable::Outside) }
    }

    /// Opens a file. It does not wait for a pipe.
    fn open_file(&self, base: &Path, path: &str) -> Result<fs::File, Unreadable> {
        let open = |path: &Path, flags: OFlag| {
            fs::OpenOptions::new().read(true).custom_flags((flags | OFlag::O_NONBLOCK).bits()).open(path)
        };
        let (path, is_here) = self.join(base, path)?;
        if is_here {
            // Most files are in this folder and are not links: one system call opens them.
            match open(&path, OFlag::O_NOFOLLOW) {
                Err(cause) if cause.raw_os_error() == Some(Errno::ELOOP as i32) => {}
                opened => return opened.map_err(unreadable),
            }
        }
        open(&self.resolve(&path)?, OFlag::empty()).map_err(unreadable)
    }

    /// The bytes of a file.
    ///
    /// # Errors
    ///
    /// It cannot be located, is not a file, or is too large.
    pub fn read(&self, base: &Path, path: &str) -> Result<Vec<u8>, Unreadable> {
        let mut bytes = Vec::new();
        self.read_into(base, path, &mut bytes).map(|()| bytes)
    }

    /// Reads a file into a buffer, after clearing it.
    ///
    /// # Errors
    ///
    /// The same as of [`Folder::read`].
    pub fn read_into(&self, base: &Path, path: &str, bytes: &mut Vec<u8>) -> Result<(), Unreadable> {
        let file = self.open_file(base, path)?;
        let size = file.metadata().map_err(Unreadable::Io)?;
        if !size.is_file() {
            return Err(Unreadable::Missing);
        }
        if size.len() > BYTES_MAX {
            return Err(Unreadable::TooLarge(size.len()));
        }
        // Reading ends at this size, so it needs no more calls to find the end of the file.
        bytes.clear();
        bytes.reserve(usize::try_from(size.len()).unwrap_or_default());
        file.take(size.len()).read_to_end(bytes).map_err(Unreadable::Io)?;
        Ok(())
    }

    /// Whether there is a file or folder.
    pub fn exists(&self, base: &Path, path: &str) -> bool {
        self.locate(base, path).is_ok()
    }

    /// The files below `base`, for patterns.
    pub fn list(&self, base: &Path) -> Listing {
        let (mut files, mut open, mut looked) = (Vec::new(), vec![PathBuf::new()], 0);
        while let Some(folder) = open.pop() {
            for (name, is_folder) in self.entries(&base.join(&folder)) {
                looked += 1;
                if looked > GLOB_MAX {
                    break;
                }
                let below = folder.join(name);
                if !is_folder {
                    files.push(below);
                } else if below.components().count() < DEPTH_MAX {
                    open.push(below);
                }
            }
        }
        files.sort();
        let parts = |path: &PathBuf| {
            path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect()
        };
        Listing { files: files.into_iter().map(|path| (parts(&path), path)).collect() }
    }

    /// The names in a folder, sorted, each with whether it is a folder. A symbolic link is none.
    fn entries(&self, folder: &Path) -> Vec<(OsString, bool)> {
        let Ok(entries) = fs::read_dir(self.real.join(folder)) else { return Vec::new() };
        let entries = entries.flatten().map(|entry| {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            (entry.file_name(), is_folder)
        });
        let mut entries: Vec<_> = entries.collect();
        entries.sort();
        entries
    }
}

/// Why a file could not be located or opened.
fn unreadable(cause: io::Error) -> Unreadable {
    match cause.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidInput => {
            Unreadable::Missing
        }
        _ => Unreadable::Io(cause),
    }
}

/// The files below a folder, in the order of their paths from there, each with its parts.
#[derive(Debug)]
pub struct Listing {
    files: Vec<(Vec<String>, PathBuf)>,
}

impl Listing {
    /// The files that a pattern with `*` and `**` names.
    pub fn matching(&self, pattern: &str) -> impl Iterator<Item = &PathBuf> {
        let pattern: Vec<String> =
            pattern.split('/').filter(|part| !matches!(*part, "" | ".")).map(str::to_owned).collect();
        self.files.iter().filter(move |(parts, _)| matches(&pattern, parts)).map(|(_, path)| path)
    }
}

/// The folders that have an index.json.
#[derive(Debug)]
pub struct Scenarios<'a> {
    folder: &'a Folder,
    open: Vec<(PathBuf, usize)>,
    /// The files so far that are pathways by their names.
    pathways: Vec<PathBuf>,
}

impl Scenarios<'_> {
    /// The files that the search has seen and that are pathways by their names.
    pub fn into_pathways(self) -> Vec<PathBuf> {
        self.pathways
    }
}

impl Iterator for Scenarios<'_> {
    /// The path from the folder given by the user.
    type Item = PathBuf;

    fn next(&mut self) -> Option<PathBuf> {
        while let Some((path, depth)) = self.open.pop() {
            let entries = self.folder.entries(&path);
            let has_index = entries.iter().any(|(name, is_folder)| !is_folder && name == "index.json");
            let pathways = entries.iter().filter_map(|(name, is_folder)| {
                let name = name.to_str().filter(|name| !is_folder && is_pathway(name))?;
                Some(path.join(name))
            });
            self.pathways.extend(pathways.take(PATHWAYS_MAX - self.pathways.len()));
            if depth < DEPTH_MAX {
                let folders = entries
                    .iter()
                    .rev()
                    .filter(|(name, is_folder)| *is_folder && !SKIPPED.iter().any(|skipped| name == skipped));
                self.open.extend(folders.map(|(name, _)| (path.join(name), depth + 1)));
            }
            if has_index {
                return Some(path);
            }
        }
        None
    }
}

/// Whether the parts of a path fit those of a pattern, in which `**` is any number of folders.
fn matches(pattern: &[String], path: &[String]) -> bool {
    let is_same = |part: &String, name: &String| fits(part.as_bytes(), name.as_bytes(), b'*', &|a, b| a == b);
    fits(pattern, path, "**", &is_same)
}

/// Whether a text fits a pattern in which `star` is any text. The time is bounded by the product of their lengths.
fn fits<T, S>(pattern: &[T], text: &[T], star: S, is_same: &dyn Fn(&T, &T) -> bool) -> bool
where
    T: PartialEq<S>,
{
    let (mut p, mut t, mut last) = (0, 0, None);
    while t < text.len() {
        if pattern.get(p).is_some_and(|part| *part == star) {
            last = Some((p, t));
            p += 1;
        } else if pattern.get(p).is_some_and(|part| is_same(part, &text[t])) {
            p += 1;
            t += 1;
        } else if let Some((at, from)) = last {
            p = at + 1;
            t = from + 1;
            last = Some((at, t));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|part| *part == star)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<String> {
        text.split('/').map(str::to_owned).collect()
    }

    #[test]
    fn stars_fit_names_and_folders() {
        let fit = |pattern: &str, path: &str| matches(&parts(pattern), &parts(path));
        for (pattern, path) in [
            ("*", "a.sh"),
            ("*.sh", "a.sh"),
            ("**", "a/b.sh"),
            ("app*/*.*", "app1/x.js"),
            ("a/**/*.c", "a/b.c"),
            ("a/**/*.c", "a/b/c/d.c"),
        ] {
            assert!(fit(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [("*", "a/b"), ("*.sh", "a.md"), ("app*/*.*", "app1/x"), ("a/**/*.c", "b/c.c")]
        {
            assert!(!fit(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let (stars, name) = ("*a".repeat(200), "a".repeat(199));
        assert!(!matches(&[stars], &[name]));
        let (folders, path) = (["**", "a"].repeat(200).join("/"), ["a"; 199].join("/"));
        assert!(!matches(&parts(&folders), &parts(&path)));
    }
}
