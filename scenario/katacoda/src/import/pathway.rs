//! Converts a pathway: each of its scenarios becomes a book, and a page names the books in the pathway's order.
//!
//! A book for each scenario, because each began on a new machine: in one book the files and processes of one scenario would
//! be in the way of the next. This module converts no page.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use scenario_core::error::{Error, Result};

use super::book::{NewFile, escaped, report};
use super::text::one_line;
use super::{book_of, out};
use crate::folder::{Folder, is_pathway};
use crate::pathway::{self, Item, Pathway, Target};
use crate::problem::Problems;

/// The most bytes of all books together.
const BYTES_MAX: usize = 256 << 20;

/// What is imported.
#[derive(Debug)]
pub enum Source {
    /// The scenario in a folder.
    Scenario(Folder),
    /// The pathway in a file below a folder.
    Pathway(Folder, PathBuf),
}

/// The result of the import of a pathway.
#[derive(Debug)]
pub struct ImportedPathway {
    /// The folders of the books, in the pathway's order, relative to that of all.
    pub books: Vec<String>,
    /// What is left out, each with its place, and how many differences each book has.
    pub notes: Vec<String>,
}

/// The scenario or pathway at a path. Its files may be read below `within`, or else below its own folder.
///
/// # Errors
///
/// There is neither; the pathways in the folder or beside it are named.
pub fn find(given: &Path, within: Option<&Path>) -> Result<Source> {
    let open = |path: &Path| Folder::open(path).map_err(|cause| Error::io("read", path, cause));
    let real = given.canonicalize().map_err(|cause| Error::io("read", given, cause))?;
    let is_above = || Error::usage("`--within` must be a folder above DIR");
    let of_file = |file: &Path| {
        let folder = open(within.or(file.parent()).unwrap_or(file))?;
        let path = folder.relative(file).ok_or_else(is_above)?;
        Ok(Source::Pathway(folder, path))
    };
    if real.is_file() {
        return of_file(&real);
    }
    let folder = open(&real)?;
    if folder.exists(Path::new(""), "index.json") {
        return match within {
            None => Ok(Source::Scenario(folder)),
            Some(within) => folder.within(&open(within)?).map(Source::Scenario).ok_or_else(is_above),
        };
    }
    let structure = real.join(crate::folder::STRUCTURE);
    if structure.is_file() {
        return of_file(&structure);
    }
    let error = Error::usage("the folder has no index.json of a scenario");
    let found = pathways_of(&real);
    Err(match found.as_slice() {
        [] => error.with_help("`inspect` lists the scenarios below a folder"),
        found => error.with_help(format!("import one of its pathways: {}", found.join(", "))),
    })
}

/// The pathways in a folder, and that of the folder itself beside it.
fn pathways_of(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut found: Vec<PathBuf> =
        names.filter(|name| is_pathway(name)).map(|name| folder.join(name)).collect();
    found.sort();
    let mut beside = folder.as_os_str().to_owned();
    beside.push(crate::folder::PATHWAY_SUFFIX);
    found.extend(Some(PathBuf::from(beside)).filter(|beside| beside.is_file()));
    found.iter().map(|path| format!("`{}`", path.display())).collect()
}

/// Writes the scenarios of a pathway as books into the folder `out`, which must be empty or not exist.
///
/// # Errors
///
/// The file is not a pathway, all of its scenarios fail to convert, or `out` is not empty or cannot be written.
pub fn import_pathway(folder: &Folder, path: &Path, out: &Path) -> Result<ImportedPathway> {
    out::require_free(out)?;
    let (pathway, problems) = pathway::read(folder, path, Path::new("")).ok_or_else(|| {
        Error::usage("the file is not a pathway: no list `courses`, `scenarios` or `items` in it")
            .with_help("name the folder of a scenario, or a NAME-pathway.json or structure.json")
    })?;
    let place = out::New::beside(out)?;
    let mut import = Import {
        folder,
        place: &place,
        notes: problems.list.iter().map(|problem| problems.line(problem)).collect(),
        problems: &problems,
        digits: count(&pathway).to_string().len(),
        books: Vec::new(),
        known: BTreeMap::new(),
        room: BYTES_MAX,
        page: String::new(),
    };
    import.list(&pathway, 0)?;
    let Import { books, notes, page: list, .. } = import;
    if books.is_empty() {
        let error = Error::usage("the pathway has no scenario that can be imported; nothing was written");
        let help = if notes.is_empty() { "it names none".to_owned() } else { notes.join("\n        ") };
        return Err(error.with_help(help));
    }
    let about = pathway.description.as_deref().map(|about| format!("{}\n\n", text(about)));
    let page = format!("# {}\n\n{}{list}", text(&title(&pathway)), about.unwrap_or_default());
    let pages: [NewFile; 2] =
        [("README.md".to_owned(), page.into_bytes()), ("import.md".to_owned(), report(&notes).into_bytes())];
    place.add("", &pages)?;
    place.rename()?;
    Ok(ImportedPathway { books, notes })
}

/// How many scenarios a pathway names.
fn count(pathway: &Pathway) -> usize {
    let of = |item: &Item| match &item.target {
        Target::Scenario(_) => 1,
        Target::Pathway(inner) => count(inner),
        _ => 0,
    };
    pathway.items.iter().map(of).sum()
}

struct Import<'a> {
    folder: &'a Folder,
    place: &'a out::New,
    problems: &'a Problems,
    /// How many digits the number of a book has, so that their names are in order.
    digits: usize,
    books: Vec<String>,
    /// The books of the scenarios so far.
    known: BTreeMap<PathBuf, Option<String>>,
    notes: Vec<String>,
    /// The number of bytes that the other books may have.
    room: usize,
    /// The page that names the books.
    page: String,
}

impl Import<'_> {
    /// Adds the items of a pathway, and the books of its scenarios.
    fn list(&mut self, pathway: &Pathway, depth: usize) -> Result<()> {
        for item in &pathway.items {
            let named = |other: &str| text(item.title.as_deref().unwrap_or(other));
            let mut about = item.description.as_deref();
            let line = match &item.target {
                Target::Scenario(path) => match self.book(path, item)? {
                    Some(book) => format!("[{}]({book}/src/SUMMARY.md)", named(&last(path))),
                    None => format!("{} (left out: see [import.md](import.md))", named(&last(path))),
                },
                Target::Pathway(inner) => {
                    about = about.or(inner.description.as_deref());
                    format!("**{}**", named(&title(inner)))
                }
                Target::Again(path) => format!("{}, as above", named(&path.to_string_lossy())),
                Target::Web(address) => {
                    let is_safe = |c: &char| !c.is_control() && !"<> ".contains(*c);
                    format!("[{}](<{}>)", named(address), address.chars().filter(is_safe).collect::<String>())
                }
                Target::Missing(name) => format!("{} (not found: see [import.md](import.md))", named(name)),
            };
            let about = about.map(|about| format!(": {}", text(about))).unwrap_or_default();
            let _ = writeln!(self.page, "{}- {line}{about}", "  ".repeat(depth));
            if let Target::Pathway(inner) = &item.target {
                self.list(inner, depth + 1)?;
            }
        }
        Ok(())
    }

    /// Writes the book of a scenario, unless there is one. Returns its folder.
    fn book(&mut self, path: &Path, item: &Item) -> Result<Option<String>> {
        if let Some(known) = self.known.get(path) {
            return Ok(known.clone());
        }
        let name: String = last(path)
            .chars()
            .map(|c| if c.is_alphanumeric() || "._-".contains(c) { c } else { '-' })
            .collect();
        let book = format!("{:0digits$}-{name}", self.books.len() + 1, digits = self.digits);
        let place = self.problems.sources.location(item.place);
        let opened = self.folder.inner(path);
        let made =
            opened.ok_or_else(|| Error::usage("the folder cannot be read")).and_then(|it| book_of(&it));
        let why = match made {
            Ok((files, imported)) => {
                let bytes: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
                if let Some(room) = self.room.checked_sub(bytes) {
                    self.room = room;
                    self.place.add(&book, &files)?;
                    let notes = imported.notes.into_iter().map(|note| format!("{book}: {note}"));
                    self.notes.extend(notes);
                    self.books.push(book.clone());
                    self.known.insert(path.to_owned(), Some(book.clone()));
                    return Ok(Some(book));
                }
                format!("does not fit into {} MiB of books", BYTES_MAX >> 20)
            }
            Err(error) => error.to_string(),
        };
        self.notes.push(format!("{place}: `{}` is left out: {why}", path.display()));
        self.known.insert(path.to_owned(), None);
        Ok(None)
    }
}

/// The title of a pathway, or its name.
fn title(pathway: &Pathway) -> String {
    let name = || pathway::name_of(&pathway.path).unwrap_or_else(|| last(&pathway.path));
    pathway.title.clone().unwrap_or_else(name)
}

/// The last part of a path.
fn last(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A text as one line of a page, in which nothing has a meaning.
fn text(text: &str) -> String {
    escaped(&one_line(text))
}
