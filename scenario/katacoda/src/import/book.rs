//! Assembles the pages of the book, lets the parser check them until it finds no mistake, and makes the files.
//!
//! This module reads and writes no files.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::ops::Range;

use scenario_core::book::Book;
use scenario_core::error::{Error, Result};
use scenario_core::parse::{self, Page};
use scenario_core::problem::Code;
use scenario_core::source::{SourceFile, Sources};

use super::block::{Block, Note, Piece};
use super::prose;
use super::text::one_line;

/// The most runs of the parser. After each run, the first mistake of each page is taken back.
const TRIES_MAX: usize = 200;

/// The language of a block that has none.
const PLAIN: &str = "text";

/// A file of the book: its path and its bytes.
pub(super) type NewFile = (String, Vec<u8>);

/// A chapter before it is written.
#[derive(Debug)]
pub(super) struct Chapter {
    /// Its file below `src`.
    pub(super) file: String,
    /// The page that it comes from.
    pub(super) original: String,
    /// Its title.
    pub(super) title: String,
    /// Whether it is numbered.
    pub(super) is_step: bool,
    /// What is on it.
    pub(super) pieces: Vec<Piece>,
}

/// A book before it is written.
#[derive(Debug)]
pub(super) struct Draft {
    /// Its title.
    pub(super) title: String,
    /// Its language, if it is a translation.
    pub(super) language: Option<String>,
    /// Its chapters in their order.
    pub(super) chapters: Vec<Chapter>,
    /// The blocks of all chapters.
    pub(super) blocks: Vec<Block>,
    /// What differs from the original.
    pub(super) notes: Vec<Note>,
    /// Its pictures.
    pub(super) images: Vec<NewFile>,
}

/// The text of a page, and which of its bytes are which piece.
struct Rendered {
    text: String,
    places: Vec<Range<usize>>,
}

impl Draft {
    /// The files, the notes as lines, and the number of steps.
    ///
    /// # Errors
    ///
    /// The parser still refuses something after [`TRIES_MAX`] corrections.
    pub(super) fn finish(mut self) -> Result<(Vec<NewFile>, Vec<String>, usize)> {
        let mut tries = 0;
        while self.correct() {
            tries += 1;
            if tries == TRIES_MAX {
                let error =
                    Error::usage(format!("a page has more than {TRIES_MAX} parts that a book cannot have"));
                return Err(error.with_help("import a part of the scenario; nothing was written"));
            }
        }
        let mut files =
            vec![("book.toml".to_owned(), self.config()), ("src/SUMMARY.md".to_owned(), self.summary())];
        for chapter in &self.chapters {
            files.push((format!("src/{}", chapter.file), self.render(chapter).text));
        }
        let notes: Vec<String> = self.notes.iter().map(Note::to_string).collect();
        files.push(("import.md".to_owned(), report(&notes)));
        let mut files: Vec<NewFile> =
            files.into_iter().map(|(path, text)| (path, text.into_bytes())).collect();
        files.append(&mut self.images);
        let steps = self.chapters.iter().filter(|chapter| chapter.is_step).count();
        Ok((files, notes, steps))
    }

    fn config(&self) -> String {
        // A string of JSON is one of TOML.
        let title = serde_json::Value::from(one_line(&self.title));
        let language = self.language.as_ref().map(|code| format!("language = \"{code}\"\n"));
        let language = language.unwrap_or_default();
        format!(
            "[book]\ntitle = {title}\n{language}\n[build]\ncreate-missing = false\n\n[preprocessor.scenario]\n\
             command = \"mdbook-scenario\"\noptional = true\nimported = true\n"
        )
    }

    fn summary(&self) -> String {
        let mut out = "# Summary\n".to_owned();
        let mut was_step = None;
        for chapter in &self.chapters {
            if was_step != Some(chapter.is_step) || !chapter.is_step {
                out.push('\n');
            }
            was_step = Some(chapter.is_step);
            let escaped = escaped(&chapter.title);
            let mark = if chapter.is_step { "- " } else { "" };
            let _ = writeln!(out, "{mark}[{escaped}]({})", chapter.file);
        }
        out
    }

    fn render(&self, chapter: &Chapter) -> Rendered {
        let (mut text, mut places) = (String::new(), Vec::new());
        // The indentation of the block before.
        let mut behind: Option<usize> = None;
        for piece in &chapter.pieces {
            let start = text.len();
            match piece {
                Piece::Text(piece) => {
                    if behind.is_some() && !piece.starts_with('\n') {
                        text.push('\n');
                    }
                    let piece = prose::between(piece, behind.unwrap_or_default());
                    text.push_str(&prose::directives(&piece));
                }
                Piece::Verbatim(piece) => text.push_str(piece),
                Piece::Block(number) => {
                    separate(&mut text);
                    let block = &self.blocks[*number];
                    let rendered = block.render();
                    // In a block that does something, the parser refuses directives.
                    let is_shown = block.ignore.is_some();
                    text.push_str(&if is_shown {
                        prose::directives(&rendered)
                    } else {
                        rendered.as_str().into()
                    });
                }
                Piece::Check(check) => {
                    separate(&mut text);
                    let _ = write!(text, "<!-- scenario: check {check} -->\n\n");
                }
            }
            behind = match piece {
                Piece::Block(number) => Some(self.blocks[*number].indent),
                _ => None,
            };
            places.push(start..text.len());
        }
        Rendered { text, places }
    }

    /// Lets the parser check the pages, and takes back what it refuses. Returns whether there was something.
    fn correct(&mut self) -> bool {
        let pages: Vec<Rendered> = self.chapters.iter().map(|chapter| self.render(chapter)).collect();
        let mut sources = Sources::default();
        let summary = sources.add(SourceFile::new("SUMMARY.md", self.summary()));
        let (entries, _) = parse::summary(summary, &sources.pages[summary]);
        let mut chapters = Vec::new();
        for (entry, page) in entries.into_iter().zip(&pages) {
            let index = sources.add(SourceFile::new(&entry.path, page.text.as_str()));
            chapters.push(Page { index, chapter: entry });
        }
        let book = Book::from_pages(&self.title, sources, &chapters, None, Vec::new());
        let mut is_changed = false;
        // The first mistake of a page may cause the later ones, but it causes no directive.
        let mut seen = BTreeSet::new();
        for mistake in &book.diagnostics {
            let place = mistake.primary;
            let Some(page) = chapters.iter().position(|chapter| chapter.index == place.page) else {
                continue;
            };
            let piece = pages[page].places.iter().position(|piece| piece.contains(&place.start));
            let Some(piece) = piece else { continue };
            if self.take_back_language(page, piece) {
                is_changed = true;
            } else if !seen.contains(&page) || mistake.code() == Code::DirectiveInBlock {
                let why = format!("not possible in a book: {}", one_line(&mistake.message()));
                if self.take_back(page, piece, why) {
                    is_changed = true;
                    seen.insert(page);
                }
            }
        }
        is_changed
    }

    /// Takes back the language of a block that does nothing, because it may be a keyword. Returns whether it had one.
    fn take_back_language(&mut self, page: usize, piece: usize) -> bool {
        let Piece::Block(number) = self.chapters[page].pieces[piece] else { return false };
        let block = &mut self.blocks[number];
        let has_one = block.ignore.is_some() && block.language != PLAIN;
        if has_one {
            PLAIN.clone_into(&mut block.language);
        }
        has_one
    }

    /// Takes back a piece that the parser refuses. Returns whether there was something to take back.
    fn take_back(&mut self, page: usize, piece: usize, why: String) -> bool {
        let file = self.chapters[page].file.clone();
        let pieces = &mut self.chapters[page].pieces;
        let line = match pieces[piece].clone() {
            Piece::Block(number) => {
                let block = &mut self.blocks[number];
                if block.ignore.replace(why.clone()).is_some() {
                    // A block that does nothing is refused only because of the text before it.
                    return self.shut(page, piece, &why);
                }
                block.line
            }
            Piece::Text(text) | Piece::Verbatim(text) | Piece::Check(text) => {
                self.blocks.push(Block::shown(0, PLAIN, &text, &why));
                pieces[piece] = Piece::Block(self.blocks.len() - 1);
                0
            }
        };
        let page = if line > 0 { self.chapters[page].original.clone() } else { format!("src/{file}") };
        self.notes.push(Note { page, line, text: why });
        true
    }

    /// Makes the text before a piece a block that is only shown. Returns whether there was such text.
    fn shut(&mut self, page: usize, piece: usize, why: &str) -> bool {
        let chapter = &mut self.chapters[page];
        let last = chapter.pieces[..piece]
            .iter()
            .rposition(|piece| matches!(piece, Piece::Text(text) if !text.trim().is_empty()));
        let Some(last) = last else { return false };
        let text = format!("src/{}", chapter.file);
        self.notes.push(Note {
            page: text,
            line: 0,
            text: format!("{why}; the text before it is shown as a block"),
        });
        let number = self.blocks.len();
        let before = std::mem::replace(&mut chapter.pieces[last], Piece::Block(number));
        if let Piece::Text(text) = before {
            self.blocks.push(Block::shown(0, PLAIN, &text, "text as it was"));
        }
        true
    }
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.page, self.text),
            line => write!(f, "{}:{line}: {}", self.page, self.text),
        }
    }
}

/// What differs from the original, as a page.
pub(super) fn report(notes: &[String]) -> String {
    let mut out =
        "# What differs from the original\n\nEach item names a page of the original, and a line there.\n\n"
            .to_owned();
    for note in notes {
        let _ = writeln!(out, "- {}", one_line(note));
    }
    if notes.is_empty() {
        out.push_str("Everything is as it was.\n");
    }
    out
}

/// An empty line before what follows.
fn separate(text: &mut String) {
    let newlines = if text.is_empty() || text.ends_with("\n\n") {
        ""
    } else if text.ends_with('\n') {
        "\n"
    } else {
        "\n\n"
    };
    text.push_str(newlines);
}

/// A text that means nothing in a link.
pub(super) fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| escape(c).chain([c])).collect()
}

/// The backslash before a character that means something in a link.
fn escape(c: char) -> impl Iterator<Item = char> {
    matches!(c, '[' | ']' | '\\' | '`' | '*' | '_' | '<').then_some('\\').into_iter()
}
