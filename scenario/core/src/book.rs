//! A book from its pages, wherever those come from, or from disk: `book.toml`, SUMMARY.md and the pages it names.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Mistakes, PageEdit};
use crate::error::{Error, Result};
use crate::files;
use crate::include;
use crate::model::Scenario;
use crate::page_edit;
use crate::parse::{self, Chapters, Page, Parsed};
use crate::problem::{NotText, Problem, Unreadable};
use crate::source::{SourceFile, Sources};

/// A book as it was read: the scenario, and what is wrong with it.
#[derive(Debug, Clone)]
pub struct Book {
    /// The scenario, complete only where there are no diagnostics.
    pub scenario: Scenario,
    /// Mistakes in the pages, in the order of the pages.
    pub diagnostics: Vec<Diagnostic>,
    /// What it was made from, to make it again with other texts.
    pages: Vec<Page>,
    src: Option<PathBuf>,
}

impl Book {
    /// Reads the book in `dir`.
    ///
    /// # Errors
    ///
    /// A file that is missing or cannot be read. Mistakes in the pages are diagnostics, not errors.
    pub fn load(dir: &Path) -> Result<Book> {
        let config = config(dir)?;
        let src = dir.join(config.book.src.as_deref().unwrap_or(Path::new("src")));
        let mut sources = Sources::default();
        let summary_path = src.join("SUMMARY.md");
        if !summary_path.is_file() {
            let message = format!("there is no `{}`", shown(&summary_path).display());
            return Err(Error::usage(message).with_help(
                "it lists the chapters, the steps as a list: `- [Title](page.md)`; `src` in book.toml says where it is",
            ));
        }
        let summary = sources.add(SourceFile::new(shown(&summary_path), read(&summary_path)?));
        let (entries, mut diagnostics) = parse::summary(summary, &sources.pages[summary]);
        let (mut chapters, mut pages) = (Chapters::default(), Vec::new());
        for chapter in entries {
            match chapters.admit(&chapter) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(diagnostic) => {
                    diagnostics.push(diagnostic);
                    continue;
                }
            }
            let path = src.join(&chapter.path);
            match text(&path) {
                Ok(text) => {
                    let index = sources.add(SourceFile::new(shown(&path), text));
                    pages.push(Page { index, chapter });
                }
                Err(problem) => diagnostics.push(Diagnostic::new(chapter.span, problem)),
            }
        }
        let title = config.book.title.as_deref().unwrap_or("a book without a title");
        let mut book = Book::from_pages(title, sources, &pages, Some(&src), diagnostics);
        book.scenario.results = config.results().iter().map(|path| dir.join(path)).collect();
        let table = config.table();
        book.scenario.unwritten = table.unwritten;
        book.scenario.needs = table.needs;
        book.scenario.imported = table.imported;
        book.scenario.after_save = table.after_save;
        Ok(book)
    }

    /// The book of some pages; `diagnostics` is what was wrong before they could be read. `src` is the folder that
    /// the paths of the chapters start from; without it the pages include nothing, as mdBook has done that already.
    pub fn from_pages(
        title: &str,
        sources: Sources,
        pages: &[Page],
        src: Option<&Path>,
        mut diagnostics: Vec<Diagnostic>,
    ) -> Book {
        if let Some(src) = src {
            let included =
                pages.iter().flat_map(|page| include::check(page, &sources.pages[page.index], src));
            diagnostics.extend(included);
        }
        let chapter_is_missing = !diagnostics.is_empty();
        let Parsed { scenario, diagnostics: found, files_known_until } = parse::parse(title, sources, pages);
        diagnostics.extend(found);
        if !chapter_is_missing {
            // A block that could not be read is missing, and later edits of its file would stumble over that.
            let is_known = |mistake: &Diagnostic| {
                files_known_until.is_none_or(|until| (mistake.primary.page, mistake.primary.start) < until)
            };
            diagnostics.extend(files::check(&scenario).into_iter().filter(is_known));
        }
        diagnostics.sort_by_key(|diagnostic| (diagnostic.primary.page, diagnostic.primary.start));
        Book { scenario, diagnostics, pages: pages.to_vec(), src: src.map(Path::to_owned) }
    }

    /// The folder that the paths of the chapters start from, where it was read from one.
    pub fn src(&self) -> Option<&Path> {
        self.src.as_deref()
    }

    /// The same book with some edits of its pages, which must not overlap.
    #[must_use]
    pub fn with(&self, edits: &[PageEdit]) -> Book {
        let Scenario { title, sources, results, unwritten, needs, imported, after_save, .. } = &self.scenario;
        let edited = page_edit::apply(sources, edits);
        let mut book = Book::from_pages(title, edited, &self.pages, self.src.as_deref(), Vec::new());
        book.scenario.results.clone_from(results);
        book.scenario.unwritten.clone_from(unwritten);
        book.scenario.needs.clone_from(needs);
        book.scenario.imported = *imported;
        book.scenario.after_save.clone_from(after_save);
        book
    }

    /// The scenario, if nothing is wrong with it.
    ///
    /// # Errors
    ///
    /// All mistakes, as one error.
    pub fn into_scenario(self) -> Result<Scenario> {
        self.into_scenario_or("nothing was run")
    }

    /// The same; `not_done` is what was not done because of mistakes, as in "nothing was run".
    ///
    /// # Errors
    ///
    /// All mistakes, as one error.
    pub fn into_scenario_or(self, not_done: &str) -> Result<Scenario> {
        if self.diagnostics.is_empty() {
            return Ok(self.scenario);
        }
        let mistakes = Mistakes { diagnostics: self.diagnostics, sources: self.scenario.sources };
        Err(Error::book(mistakes, not_done))
    }
}

/// The most files of a book that are looked at.
const FILES_MAX: usize = 20_000;

/// When a file was last changed, and its size in bytes.
pub type FileVersion = (Option<SystemTime>, u64);

/// The files of a book at one moment.
pub type FileVersions = BTreeMap<PathBuf, FileVersion>;

/// The files of the book in `dir` as they are now, to see later whether one has changed: ask before the book is read, or
/// what changes meanwhile is never seen. Hidden ones, the `workspace` and what is built there (`book`, `target`) are left
/// out, and so is what is beyond 20,000 files.
pub fn file_versions(dir: &Path, workspace: &Path) -> FileVersions {
    let workspace = workspace.canonicalize().ok();
    let is_built = |folder: &Path| {
        let name = folder.strip_prefix(dir).unwrap_or(folder);
        [Path::new("book"), Path::new("target")].contains(&name)
            || (workspace.is_some() && folder.canonicalize().ok() == workspace)
    };
    let mut found = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_name().as_bytes().starts_with(b".") {
                continue;
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.extend((!is_built(&path)).then_some(path));
            } else if let Ok(metadata) = std::fs::metadata(&path)
                && metadata.is_file()
                && found.len() < FILES_MAX
            {
                found.insert(path, (metadata.modified().ok(), metadata.len()));
            }
        }
    }
    found
}

fn config(dir: &Path) -> Result<Config> {
    let path = dir.join("book.toml");
    if !path.is_file() {
        return Err(Error::usage(format!("no book in `{}`: there is no `book.toml`", shown(dir).display()))
            .with_help("name the folder of an mdBook with `--book DIR`"));
    }
    Config::read(&shown(&path), read(&path)?)
}

fn read(path: &Path) -> Result<String> {
    text(path).map_err(|problem| Error::new(problem.to_string()).with_help(problem.advice().text))
}

/// The text of a file, without the byte order mark that some editors put first, and that mdBook takes away as well.
fn text(path: &Path) -> std::result::Result<String, Problem> {
    let read = std::fs::read(path).map_err(|cause| Unreadable::Error(cause.to_string()));
    let text = read.and_then(|bytes| NotText::read(bytes).map_err(Unreadable::NotText));
    text.map_err(|cause| Problem::UnreadablePage { path: shown(path).display().to_string(), cause })
}

/// A path as messages show it: relative to the current directory where it is below it.
pub fn shown(path: &Path) -> PathBuf {
    let path = path.strip_prefix(".").unwrap_or(path);
    let here = std::env::current_dir().unwrap_or_default();
    let path = path.strip_prefix(&here).unwrap_or(path);
    match path.strip_prefix(".").unwrap_or(path) {
        rest if rest.as_os_str().is_empty() => PathBuf::from("."),
        rest => rest.to_owned(),
    }
}
