//! `scenario new`: a small book that passes at once, with a README and a workflow for CI.
//!
//! Its files are in `template/`. It writes into an empty folder only, and starts nothing.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;

use scenario_core::book::shown;
use scenario_core::error::{Error, PathContext, Result};
use scenario_core::report::visible;

use crate::output::print;

/// The files of a new book. In a text, `{TITLE}` is the name of its folder, in a TOML file as a string.
const FILES: [(&str, &str); 8] = [
    ("book.toml", include_str!("../template/book.toml")),
    ("src/SUMMARY.md", include_str!("../template/src/SUMMARY.md")),
    ("src/about.md", include_str!("../template/src/about.md")),
    ("src/write.md", include_str!("../template/src/write.md")),
    ("src/change.md", include_str!("../template/src/change.md")),
    ("README.md", include_str!("../template/README.md")),
    (".gitignore", include_str!("../template/gitignore")),
    (".github/workflows/book.yml", include_str!("../template/workflow.yml")),
];

/// Writes a new book into the folder `dir`, which is made if it does not exist, and says what to do next.
///
/// # Errors
///
/// `dir` has files, or cannot be written to.
pub fn new_book(dir: &Path) -> Result<()> {
    let place = shown(dir);
    require_empty(dir, &place)?;
    fs::create_dir_all(dir).on_path("create the folder", &place)?;
    let title = title(dir);
    for (path, text) in FILES {
        let path = dir.join(path);
        let title = if path.ends_with("book.toml") { in_toml(&title) } else { title.clone() };
        write(&path, &text.replace("{TITLE}", &title)).map_err(|error| {
            error.with_help(format!(
                "the new book is not complete: remove what is in `{}`, and try again",
                place.display()
            ))
        })?;
    }
    let count = FILES.len();
    let cd = (place != Path::new(".")).then(|| crate::quoted([OsStr::new("cd"), place.as_os_str()]));
    print(|out| {
        writeln!(out, "wrote a book of {count} files into `{}`; next:", visible_path(&place))?;
        cd.iter().try_for_each(|cd| writeln!(out, "  {cd}"))?;
        writeln!(out, "  scenario verify    # proves every chapter from nothing")?;
        writeln!(out, "  scenario step 1    # runs `src/write.md`; change that page, and run it again")
    })
}

/// There must be nothing at `dir`, or an empty folder, or one with a new git repository.
fn require_empty(dir: &Path, place: &Path) -> Result<()> {
    let at = visible_path(place);
    let meta = match fs::symlink_metadata(dir) {
        // What is in the way of a new folder is reported when it is made.
        Err(cause) if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(()),
        meta => meta.on_path("read", place)?,
    };
    if meta.is_symlink() && !dir.exists() {
        return Err(Error::usage(format!("`{at}` is a link that leads nowhere")));
    }
    if !dir.is_dir() {
        let error = Error::usage(format!("`{at}` is a file, and a book is a folder"));
        return Err(error.with_help("name a folder that does not exist or is empty; nothing was written"));
    }
    let entries = fs::read_dir(dir).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let names = entries.on_path("read the folder", place)?.into_iter().map(|entry| entry.file_name());
    let Some(name) = names.filter(|name| name != ".git").min() else { return Ok(()) };
    let name = name.to_string_lossy().into_owned();
    let error = Error::usage(format!("the folder `{at}` is not empty: it has `{}`", visible(&name)));
    Err(error.with_help("name a folder that does not exist or is empty; nothing was written"))
}

fn visible_path(path: &Path) -> String {
    visible(&path.display().to_string()).into_owned()
}

/// The name of the folder, on one line.
fn title(dir: &Path) -> String {
    let full = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    let name = full.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = name.replace(char::is_control, " ");
    if name.trim().is_empty() { "A new book".to_owned() } else { name }
}

/// A text without control characters as a string of TOML. For such a text, that is the same as a string of JSON.
fn in_toml(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Writes a file that does not exist, and the folders above it.
fn write(path: &Path, text: &str) -> Result<()> {
    let place = shown(path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).on_path("create the folder", &shown(folder))?;
    }
    let written = File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.on_path("write", &place)
}
