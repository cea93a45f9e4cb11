//! What the start page offers: the last place, the books and examples of this repository, the user's imported books; and
//! what becomes of a folder that is chosen there. Nothing of a book is run here.

use std::path::{Path, PathBuf};

use axum::http::StatusCode;
use scenario_core::book::{Book, shown};
use scenario_katacoda::folder::Folder;
use scenario_katacoda::{import, inspect};
use serde::Serialize;

use crate::digest::digest;
use crate::limits::{BELOW_MAX, BOOKS_MAX};
use crate::page;
use crate::recent::Recent;
use crate::refusal::{Answer, Refusal};

/// What the start page shows.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Choices {
    /// Where the learner was last.
    pub(crate) last: Option<Last>,
    pub(crate) books: Vec<Choice>,
    /// Those that were imported into the user's folder.
    pub(crate) imported: Vec<Choice>,
    /// That folder.
    pub(crate) place: String,
}

/// A book.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Choice {
    /// Its folder.
    pub(crate) path: String,
    pub(crate) title: String,
}

/// Where the learner was last.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Last {
    /// The folder of the book.
    pub(crate) path: String,
    pub(crate) title: String,
    /// The label and the title of the step.
    pub(crate) step: String,
}

/// A book that was chosen, and the folder for the learner's files.
#[derive(Debug)]
pub struct Chosen {
    /// The folder of the book.
    pub book: PathBuf,
    /// The learner's folder.
    pub workspace: PathBuf,
}

/// All that there is to choose from.
pub(crate) fn choices() -> Choices {
    let last = Recent::read().map(|Recent { book, title, step, .. }| Last { path: text(&book), title, step });
    let root = page::root();
    let mut books: Vec<PathBuf> = vec![root.join("book"), root.join("scenario/guide")];
    books.extend(folders(&root.join("scenario/examples")));
    let place = import::books_dir();
    Choices { last, books: named(books), imported: named(imported(&place)), place: text(&place) }
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    found.sort();
    found
}

/// The folders of imported books: those in a folder, and in the folder of each pathway there.
fn imported(place: &Path) -> Vec<PathBuf> {
    let books = |folder: PathBuf| {
        if folder.join("book.toml").is_file() { vec![folder] } else { folders(&folder) }
    };
    folders(place).into_iter().flat_map(books).collect()
}

/// The books among these folders, with their titles.
fn named(folders: Vec<PathBuf>) -> Vec<Choice> {
    let books = folders.into_iter().filter(|folder| folder.join("book.toml").is_file()).take(BOOKS_MAX);
    let choice = |folder: PathBuf| {
        let title = Book::load(&folder).ok()?.scenario.title;
        Some(Choice { path: text(&folder), title })
    };
    books.filter_map(choice).collect()
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// The book in a folder that was chosen or typed in; a scenario is imported first.
///
/// # Errors
///
/// There is neither; the scenarios below the folder are named.
pub(crate) fn choose(typed: &str) -> Answer<Chosen> {
    let refused = |error: String| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, error);
    let folder = folder_of(typed);
    let folder = folder.canonicalize().map_err(|cause| refused(format!("`{typed}`: {cause}")))?;
    if folder.join("book.toml").is_file() {
        return Ok(Chosen { workspace: workspace_of(&folder), book: folder });
    }
    let opened = Folder::open(&folder).map_err(|cause| refused(format!("`{typed}`: {cause}")))?;
    let is_scenario =
        |path: &Path| opened.exists(path, "index.json") && inspect::inspect(&opened, path, &folder).is_some();
    if !is_scenario(Path::new("")) {
        let below = opened.scenarios().take(BELOW_MAX).filter(|path| is_scenario(path));
        let found: Vec<String> = below.map(|path| text(&folder.join(path))).collect();
        let help = if found.is_empty() {
            "a book has a book.toml, and a scenario an index.json with its steps"
        } else {
            "there are scenarios below it: choose one"
        };
        let error = format!("there is neither a book nor a scenario in `{}`", shown(&folder).display());
        return Err(refused(error).help(help).with("found", found));
    }
    let book = import::usual_place(&folder)?;
    import::import(&opened, &book)?;
    Ok(Chosen { workspace: workspace_of(&book), book })
}

/// A path as a person types it.
fn folder_of(typed: &str) -> PathBuf {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    match (typed.strip_prefix('~'), home) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            home.join(rest.trim_start_matches('/'))
        }
        _ => PathBuf::from(typed),
    }
}

/// The learner's folder for a book: that of last time, in an imported book its own, and else one in the user's folder.
fn workspace_of(book: &Path) -> PathBuf {
    if let Some(recent) = Recent::read().filter(|recent| recent.book == book) {
        return recent.workspace;
    }
    let (root, books) = (page::root(), import::books_dir());
    // `book` has no links in it, and the user's folder may be behind one.
    let books = books.canonicalize().unwrap_or(books);
    if book == root.join("book") {
        return root.join("workspace");
    }
    if book.starts_with(&books) {
        return book.join("workspace");
    }
    let name = book.file_name().unwrap_or_default().to_string_lossy();
    let digest = digest(book.as_os_str().as_encoded_bytes());
    books.with_file_name("workspaces").join(format!("{name}-{}", &digest[..8]))
}
