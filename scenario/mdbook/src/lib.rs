//! An mdBook preprocessor that shows the blocks of a tutorial as what they do: a file edit with its file's
//! name and surroundings, commands apart from their output, queries with what they should find, and at the end
//! of each step the list of what it checks.
//!
//! Nothing is parsed here: `scenario-core` reads the pages, as the runner does, and what is shown is the parsed
//! block. Nothing is run either.
//!
//! # Layout
//!
//! - [`run`] reads a book from mdBook and writes one back.
//! - `settings`: what `book.toml` and the files beside it say to us.
//! - `pages`: mdBook's chapters as the pages that core parses.
//! - `page`: one page with its blocks replaced.
//! - `figure`: the HTML of one block.
//! - `listing`: the lines of a file edit: its own, the changed ones, and those around.
//! - `head`: the line below a chapter's title.
//! - `checks`: the list at the end of a step.
//! - `words`: verbs, checks and expectations in words.
//! - `html`: HTML that fits into Markdown.

mod checks;
mod figure;
mod head;
mod html;
mod listing;
mod page;
mod pages;
mod result;
mod settings;
mod words;

use std::io::{Read, Write};

use mdbook_preprocessor::book::Book;
use mdbook_preprocessor::{MDBOOK_VERSION, PreprocessorContext};
use scenario_core::error::{Error, Result};

use settings::Settings;

/// Whether the blocks can be shown by a renderer: what we write is HTML.
pub fn supports(renderer: &str) -> bool {
    renderer == "html"
}

/// Reads what mdBook sends to a preprocessor, and writes the book that mdBook expects back.
///
/// # Errors
///
/// Input that is not a book, output that cannot be written, and all mistakes in the pages, rendered. Nothing is
/// written then: a book is shown whole or not at all.
pub fn run(mut input: impl Read, mut output: impl Write, warn: &mut dyn FnMut(&str)) -> Result<()> {
    let failed = |error: &dyn std::fmt::Display| {
        Error::new(format!("failed to read a book from standard input: {error}"))
            .with_help("`mdbook build` starts this program; by hand there is `mdbook-scenario supports html`")
    };
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    // `mdbook_preprocessor::parse_input` reads byte by byte, which takes three times as long.
    let (context, book): (PreprocessorContext, Book) =
        serde_json::from_slice(&bytes).map_err(|error| failed(&error))?;
    if let Some(warning) = version_warning(&context.mdbook_version) {
        warn(&warning);
    }
    let book = preprocess(&context, book)?;
    let json = serde_json::to_vec(&book)
        .map_err(|error| Error::new(format!("failed to write the book as JSON: {error}")))?;
    output
        .write_all(&json)
        .map_err(|error| Error::new(format!("failed to write the book to standard output: {error}")))
}

/// The book with all blocks of its steps, and the transcripts of its other pages, made visible.
///
/// # Errors
///
/// All mistakes in the pages, rendered.
pub fn preprocess(context: &PreprocessorContext, mut book: Book) -> Result<Book> {
    let settings = Settings::read(context)?;
    let pages = pages::parse(context, &mut book)?;
    let mut contents = page::show(pages, &settings).into_iter();
    book.for_each_chapter_mut(|chapter| {
        if let Some(content) = contents.next() {
            chapter.content = content;
        }
    });
    Ok(book)
}

/// Before 1.0 the second number tells whether two versions of mdBook understand each other.
fn version_warning(theirs: &str) -> Option<String> {
    let series = |version: &str| version.split('.').take(2).map(str::to_owned).collect::<Vec<_>>();
    (series(theirs) != series(MDBOOK_VERSION)).then(|| {
        format!("this preprocessor was made for mdBook {MDBOOK_VERSION}, and mdBook {theirs} has started it")
    })
}
