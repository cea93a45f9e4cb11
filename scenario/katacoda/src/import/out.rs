//! Writes a book into a new folder beside its place, and then renames the folder. So it follows and replaces nothing that
//! exists, and an import that fails leaves nothing.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

use scenario_core::error::{Error, Result};

use super::book::NewFile;
use crate::pathway;

/// The most books of one name in the user's folder.
const SAME_NAME_MAX: usize = 99;

/// The folder of the user's imported books: `scenario/books` in `XDG_DATA_HOME`, else in `~/.local/share`.
pub fn books_dir() -> PathBuf {
    let var = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = var("XDG_DATA_HOME").or_else(|| var("HOME").map(|home| home.join(".local/share")));
    data.unwrap_or_else(std::env::temp_dir).join("scenario/books")
}

/// The default place of the book of a scenario, or of the books of a pathway: in [`books_dir`], with the name of its folder,
/// and a number if that name is taken.
///
/// # Errors
///
/// The folder has no name, or there are 99 books of that name.
pub fn usual_place(folder: &Path) -> Result<PathBuf> {
    let real = folder.canonicalize().map_err(|cause| Error::io("read", folder, cause))?;
    let name = pathway::name_of(&real)
        .filter(|_| real.is_file())
        .or_else(|| real.file_name().map(|name| name.to_string_lossy().into_owned()));
    let name = name.unwrap_or_else(|| "scenario".to_owned());
    let dir = books_dir();
    let numbered = (2..=SAME_NAME_MAX).map(|number| dir.join(format!("{name}-{number}")));
    let mut places = std::iter::once(dir.join(&name)).chain(numbered);
    places.find(|place| place.symlink_metadata().is_err()).ok_or_else(|| {
        Error::usage(format!("there are {SAME_NAME_MAX} books `{name}` in `{}`", dir.display()))
            .with_help("remove some of them, or name another folder with `--out`")
    })
}

/// Refuses a place unless it is an empty folder or does not exist.
pub(super) fn require_free(out: &Path) -> Result<()> {
    let refused = |why: &str| {
        Err(Error::usage(format!("`{}` {why}", out.display()))
            .with_help("name a folder that does not exist or is empty; nothing was written"))
    };
    let found = match fs::symlink_metadata(out) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(()),
        found => found.map_err(|cause| Error::io("read", out, cause))?,
    };
    if found.is_symlink() {
        return refused("is a symbolic link");
    }
    if !found.is_dir() {
        return refused("is a file");
    }
    let mut entries = fs::read_dir(out).map_err(|cause| Error::io("read", out, cause))?;
    if entries.next().is_some() { refused("is a folder that is not empty") } else { Ok(()) }
}

/// Writes all files, each by its path in the book.
pub(super) fn write(out: &Path, files: &[NewFile]) -> Result<()> {
    let place = New::beside(out)?;
    place.add("", files)?;
    place.rename()
}

/// A folder that is being filled. It is removed unless it is renamed.
pub(super) struct New {
    fresh: PathBuf,
    out: PathBuf,
}

impl New {
    /// Creates a new folder beside `out`.
    pub(super) fn beside(out: &Path) -> Result<New> {
        let out = std::path::absolute(out).map_err(|cause| Error::io("read", out, cause))?;
        let folder = out.parent().unwrap_or(&out);
        fs::create_dir_all(folder).map_err(|cause| Error::io("create the folder", folder, cause))?;
        let mut name = out.file_name().unwrap_or_default().to_owned();
        name.push(format!(".new-{}", std::process::id()));
        let fresh = out.with_file_name(name);
        fs::create_dir(&fresh).map_err(|cause| Error::io("create the folder", &fresh, cause))?;
        Ok(New { fresh, out })
    }

    /// Writes files into a folder in it.
    pub(super) fn add(&self, below: &str, files: &[NewFile]) -> Result<()> {
        for (name, bytes) in files {
            let name = Path::new(below).join(name);
            if !name.components().all(|part| matches!(part, Component::Normal(_))) {
                return Err(Error::new(format!("the path `{}` leads out of the book", name.display())));
            }
            let path = self.fresh.join(name);
            let folder = path.parent().unwrap_or(&self.fresh);
            fs::create_dir_all(folder).map_err(|cause| Error::io("create the folder", folder, cause))?;
            let written = fs::File::create_new(&path).and_then(|mut file| file.write_all(bytes));
            written.map_err(|cause| Error::io("write", &path, cause))?;
        }
        Ok(())
    }

    /// Puts it in its place. Only an empty folder is replaced.
    pub(super) fn rename(self) -> Result<()> {
        fs::rename(&self.fresh, &self.out).map_err(|cause| Error::io("write", &self.out, cause))
    }
}

impl Drop for New {
    fn drop(&mut self) {
        // Gone if it was renamed; otherwise the first error is the one to report.
        let _ = fs::remove_dir_all(&self.fresh);
    }
}
