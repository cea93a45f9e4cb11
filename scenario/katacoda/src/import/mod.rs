//! Converts a scenario into a book.
//!
//! The parser checks the book in memory before it is written into an empty folder. What the parser refuses becomes a block
//! that is only shown, with the parser's reason. This module runs nothing of the scenario.

mod assets;
mod block;
mod book;
mod commands;
mod files;
mod images;
mod local;
mod out;
mod page;
mod pathway;
mod prose;
mod run;
mod source;
mod text;

use std::path::{Component, Path};

use scenario_core::error::{Error, Result};

use crate::export::back;
use crate::folder::{self, Folder};
use crate::index::{self, Index, Mistyped, Part, Role};
use crate::language::{self, Translation};
use crate::problem::{Kind, Problems};

pub use out::{books_dir, usual_place};
pub use pathway::{ImportedPathway, Source, find, import_pathway};

use block::{Block, Command, Note, Piece, Run};
use book::{Chapter, Draft, NewFile, escaped};
use images::Images;
use page::Converter;
use text::{first_host, one_line, without_title};

/// The size in bytes of the largest file to take over.
const FILE_MAX: usize = 256 << 10;
/// The most steps of a scenario.
const STEPS_MAX: usize = 1000;
/// The most bytes to take over in all. A file counts each time that index.json names it.
const BYTES_MAX: usize = 64 << 20;

/// The result of an import.
#[derive(Debug)]
pub struct Imported {
    /// How many files the book has.
    pub files: usize,
    /// How many numbered chapters it has.
    pub steps: usize,
    /// What differs from the original, each with its page and line.
    pub notes: Vec<String>,
}

/// Writes the scenario in a folder as a book into the folder `out`, which must be empty or not exist.
///
/// # Errors
///
/// The folder has no scenario, the scenario is invalid or too large, or `out` is not empty or not writable.
pub fn import(folder: &Folder, out: &Path) -> Result<Imported> {
    out::require_free(out)?;
    let (files, imported) = book_of(folder)?;
    out::write(out, &files)?;
    Ok(imported)
}

/// The files of the book of a scenario.
fn book_of(folder: &Folder) -> Result<(Vec<NewFile>, Imported)> {
    let (text, is_text, index) = read_index(folder)?;
    let mut importer = Importer {
        folder,
        newlines: memchr::memchr_iter(b'\n', text.as_bytes()).collect(),
        index: &index,
        at: 0,
        converter: converter(folder, &index, &text),
        chapters: Vec::new(),
        images: Images::default(),
        room: BYTES_MAX,
    };
    if !is_text {
        importer.note("not text in UTF-8: other bytes became `\u{fffd}`".to_owned());
    }
    let language = importer.language();
    for key in &index.duplicates {
        importer.at = key.span.start;
        importer.note(format!("key `{}` again: the value before it is left out", key.text));
    }
    for Mistyped { key, expected, found, span } in &index.mistyped {
        importer.at = span.start;
        importer.note(format!("wrong type of `{key}`: expected {expected}, found {found}; left out"));
    }
    importer.all();
    let Importer { mut converter, chapters, images, .. } = importer;
    converter.finish();
    let draft = Draft {
        title: index.title.clone().unwrap_or_else(|| "A scenario".to_owned()),
        language,
        chapters,
        blocks: converter.blocks,
        notes: converter.notes,
        images: images.files,
    };
    let (files, notes, steps) = draft.finish()?;
    let imported = Imported { files: files.len(), steps, notes };
    Ok((files, imported))
}

/// The text of index.json, whether it is valid UTF-8, and what it says.
fn read_index(folder: &Folder) -> Result<(String, bool, Index)> {
    let no_scenario = || {
        Error::usage("the folder has no index.json of a scenario")
            .with_help("`inspect` lists the scenarios below a folder")
    };
    let bytes = folder.read(Path::new(""), "index.json").map_err(|_| no_scenario())?;
    let (text, is_text) = folder::decode(&bytes);
    let index = match index::read(&text) {
        Ok(index) => index.ok_or_else(no_scenario)?,
        Err(invalid) => {
            let mut problems = Problems::default();
            let kind = Kind::InvalidJson { expected: invalid.expected };
            problems.add("index.json", &text, vec![(invalid.at..invalid.at, kind)]);
            let problem = &problems.list[0];
            return Err(Error::usage(problems.line(problem)).with_help(problem.kind.help()));
        }
    };
    if !index.has_pages() {
        let error = Error::usage("the scenario has no pages");
        return Err(error.with_help("add a step to index.json"));
    }
    if index.steps.len() > STEPS_MAX {
        let error = Error::usage(format!("the scenario has more than {STEPS_MAX} steps"));
        return Err(error.with_help("import a part of it; nothing was written"));
    }
    Ok((text.into_owned(), is_text, index))
}

fn converter(folder: &Folder, index: &Index, text: &str) -> Converter {
    let parts = index.intro.iter().chain(&index.steps).chain(&index.finish);
    let pages = parts
        .filter_map(|part| part.page.as_ref())
        .filter_map(|page| folder.read(Path::new(""), &page.text).ok());
    let mut ports: Vec<u16> = crate::links::find(text).iter().map(|link| link.port).collect();
    for page in pages {
        ports.extend(crate::links::find(&folder::decode(&page).0).iter().map(|link| link.port));
    }
    ports.sort_unstable();
    ports.dedup();
    let first = first_host(index);
    let hosts = index.assets.iter().map(|asset| asset.host.to_ascii_lowercase());
    Converter::new(index.editor_path.as_deref(), ports, hosts.filter(|host| *host != first).collect())
}

struct Importer<'a> {
    folder: &'a Folder,
    /// Where the lines of index.json end.
    newlines: Vec<usize>,
    index: &'a Index,
    /// The place in index.json of the part that is being taken over.
    at: usize,
    converter: Converter,
    chapters: Vec<Chapter>,
    images: Images,
    /// The number of bytes that may still be taken over.
    room: usize,
}

impl Importer<'_> {
    fn all(&mut self) {
        let index = self.index;
        self.assets();
        if let Some(intro) = &index.intro {
            self.part("intro", intro, "Introduction", false);
        }
        for (number, step) in index.steps.iter().enumerate() {
            self.part(&format!("step-{}", number + 1), step, &format!("Step {}", number + 1), true);
        }
        if let Some(finish) = &index.finish {
            self.part("finish", finish, "Finish", false);
        }
        // A chapter without a number stands before all that have one.
        if let [first, second, ..] = self.chapters.as_mut_slice()
            && first.is_step
            && !second.is_step
            && second.file == "intro.md"
        {
            std::mem::swap(first, second);
        }
        // A book has at least one numbered chapter.
        if !self.chapters.iter().any(|chapter| chapter.is_step)
            && let Some(first) = self.chapters.first_mut()
        {
            first.is_step = true;
        }
    }

    /// The language of a translation. Notes it, and the translations of the scenario.
    fn language(&mut self) -> Option<String> {
        let translation = language::translation(self.folder.path());
        if let Some(Translation { language, of }) = &translation {
            self.note(format!("translation of `{of}`: `language` in book.toml is `{language}`"));
        }
        for (folder, language) in language::translations(self.folder.path()) {
            self.note(format!(
                "`{folder}` is its translation in `{language}`: import it as a book of its own"
            ));
        }
        translation.map(|translation| translation.language)
    }

    fn note(&mut self, text: String) {
        let line = self.newlines.partition_point(|newline| *newline < self.at) + 1;
        self.converter.notes.push(Note { page: "index.json".to_owned(), line, text });
    }

    /// The bytes of a file, if it can be taken over.
    fn bytes(&mut self, path: &str) -> Option<Vec<u8>> {
        let read = if self.room == 0 { Ok(Vec::new()) } else { self.folder.read(Path::new(""), path) };
        let what = match read {
            Ok(bytes) if bytes.len() > FILE_MAX => format!("is larger than {} KiB", FILE_MAX >> 10),
            Ok(bytes) if bytes.len() > self.room || self.room == 0 => {
                // After the first file that does not fit, read no other.
                self.room = 0;
                format!("does not fit into a book of {} MiB", BYTES_MAX >> 20)
            }
            Ok(bytes) => {
                self.room -= bytes.len();
                return Some(bytes);
            }
            Err(_) => "cannot be read".to_owned(),
        };
        self.note(format!("`{path}` {what}; left out"));
        None
    }

    /// The text of a file, if it can be taken over. Only a page may have invalid bytes.
    fn text(&mut self, path: &str, is_page: bool) -> Option<String> {
        let bytes = self.bytes(path)?;
        let (text, is_text) = folder::decode(&bytes);
        if !is_text {
            let what = if is_page { ": other bytes became `\u{fffd}`" } else { "; left out" };
            self.note(format!("`{path}` is not text in UTF-8{what}"));
        }
        if is_text && !is_page && text.contains("\r\n") {
            self.note(format!("`{path}` has lines that end with CR LF: they end with LF in the book"));
        }
        (is_text || is_page).then(|| self.clean(path, &text))
    }

    /// What stands in the place of a page that is left out.
    fn missing(&self, page: &str) -> String {
        let why = self.converter.notes.last().map_or(page, |note| note.text.as_str());
        format!("{}\n", escaped(&one_line(why)))
    }

    /// Replaces the characters that a page of a book must not have.
    fn clean(&mut self, path: &str, text: &str) -> String {
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        if text.contains(['\0', '\r']) {
            let what = "a byte 0 became U+FFFD, a return without a newline became a newline";
            self.note(format!("`{path}` has characters that no page may have: {what}"));
        }
        text.replace('\0', "\u{fffd}").replace('\r', "\n")
    }

    /// A block with one command of our own.
    fn command(&mut self, command: &str, background: Option<String>) -> Piece {
        let commands = vec![Command { text: command.to_owned(), is_followed: true }];
        let run = Run { commands, background, ..Run::default() };
        self.converter.add(Block::run(0, command, run))
    }

    fn part(&mut self, file: &str, part: &Part, title: &str, is_step: bool) {
        let title = part.title.as_deref().filter(|title| !title.trim().is_empty()).unwrap_or(title);
        let title = one_line(title);
        let mut heading = vec![Piece::Text(format!("# {}\n\n", prose::tags(&title).0))];
        let before = self.converter.blocks.len();
        let mut after = Vec::new();
        for (role, script) in &part.files {
            self.at = script.span.start;
            let Some(text) = self.text(&script.text, false) else { continue };
            match role {
                Role::Background | Role::Foreground => {
                    heading.extend(self.script(&script.text, &text, *role))
                }
                Role::Verify => after.extend(self.script(&script.text, &text, *role)),
                Role::Hint => after.extend(self.closed("Hint", "sh", &text, "prints a hint")),
                Role::Answer => after.extend(self.answer(&script.text, &text)),
            }
        }
        let page = part.page.as_ref().map(|page| page.text.as_str());
        self.at = part.page.as_ref().map_or(part.span.start, |page| page.span.start);
        if page.is_none() {
            self.note(format!("`{title}` has no page"));
        }
        let text = page.map(|page| self.text(page, true).unwrap_or_else(|| self.missing(page)));
        let text = text.unwrap_or_default();
        let mut pieces = if let Some(prose) = back::prose(&text) {
            vec![Piece::Verbatim(prose)]
        } else {
            let (images, notes) = self.images.take(self.folder, page.unwrap_or_default(), &text);
            for (at, text_of_note) in notes {
                let line = text[..at].matches('\n').count() + 1;
                let page = page.unwrap_or_default().to_owned();
                self.converter.notes.push(Note { page, line, text: text_of_note });
            }
            let text = without_title(&text, &title);
            self.converter.page(page.unwrap_or("index.json"), &text, heading, &images)
        };
        pieces.append(&mut after);
        // A page without a number has no blocks.
        let is_step = is_step || self.converter.blocks.len() > before;
        self.chapters.push(Chapter {
            file: format!("{file}.md"),
            original: page.unwrap_or("index.json").to_owned(),
            title,
            is_step,
            pieces,
        });
    }

    /// A closed part with a page that runs nothing.
    fn answer(&mut self, path: &str, text: &str) -> Vec<Piece> {
        let heading = vec![Piece::Text("\n<details><summary>Answer</summary>\n\n".to_owned())];
        let (images, _) = self.images.take(self.folder, path, text);
        self.converter.shown_only = Some("the answer");
        let mut pieces = self.converter.page(path, text, heading, &images);
        self.converter.shown_only = None;
        pieces.push(Piece::Text("\n\n</details>\n\n".to_owned()));
        pieces
    }

    /// A closed part with a block that does nothing.
    fn closed(&mut self, summary: &str, language: &str, text: &str, why: &str) -> Vec<Piece> {
        vec![
            Piece::Text(format!("\n<details><summary>{summary}</summary>\n\n")),
            self.converter.add(Block::shown(0, language, text, why)),
            Piece::Text("\n</details>\n\n".to_owned()),
        ]
    }

    /// A script in a closed part: one that a block or a check runs.
    fn script(&mut self, name: &str, text: &str, role: Role) -> Vec<Piece> {
        if back::is_ours(text) {
            return Vec::new();
        }
        if let Some(checks) = back::checks(text).filter(|_| role == Role::Verify) {
            return checks.into_iter().map(Piece::Check).collect();
        }
        let parts = Path::new(name).components().filter_map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        });
        let path = format!("setup/{}", parts.collect::<Vec<_>>().join("/"));
        let summary = if role == Role::Verify { "Check" } else { "Set-up" };
        let mut pieces = vec![Piece::Text(format!("\n<details><summary>{summary}</summary>\n\n"))];
        let block = self.converter.asset(&path, text);
        pieces.push(self.converter.add(block));
        let quoted = format!("'{}'", path.replace('\'', "'\\''"));
        match role {
            Role::Foreground => pieces.push(self.command(&format!("source {quoted}"), None)),
            Role::Background => {
                let name = format!("background=set-up-{}", self.converter.blocks.len() + 1);
                let background = format!("{name} ready=wait within=5m");
                pieces.push(self.command(&format!("bash {quoted}"), Some(background)));
            }
            _ => {}
        }
        pieces.push(Piece::Text("\n</details>\n\n".to_owned()));
        if role == Role::Verify {
            // Older scripts print `done`, newer ones end with status 0.
            let expected = if text.contains("done") { " contains=done" } else { "" };
            pieces.push(Piece::Check(format!(
                "command={}{expected}",
                block::quoted(&format!("bash {quoted}"))
            )));
        }
        pieces
    }
}
