//! `scenario-lab render INTO`: the pages of a book, written by mdBook.
//!
//! The lab starts it as a process of its own, because mdBook needs 30 MiB for a large book, which the allocator would keep.
//! What the blocks do is read elsewhere.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use mdbook_preprocessor::book::Book as MdBook;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use scenario_core::book::shown;
use scenario_core::error::{Error, Result};
use scenario_core::process::Command;

use crate::limits::RENDER_MAX;

/// Writes the pages of the book in `dir` into a folder that it may empty. Returns the folder of their Markdown, as messages
/// name it. Programs of an `imported` book are not started.
///
/// # Errors
///
/// What mdBook cannot do.
pub fn write(dir: &Path, into: &Path, imported: bool) -> Result<PathBuf> {
    let failed =
        |error: &dyn std::fmt::Display| Error::new(format!("failed to render `{}`: {error}", dir.display()));
    let mut mdbook = load(dir, imported).map_err(|error| failed(&error))?;
    // The index for searching is found by its name.
    let plain = mdbook.config.set("output.html.hash-files", false);
    plain.map_err(|error| failed(&format!("{error:#}")))?;
    mdbook.config.build.build_dir = std::path::absolute(into).map_err(|error| failed(&error))?;
    // It takes the place of the command that `book.toml` names.
    mdbook.with_preprocessor(Blocks);
    let source = shown(&mdbook.source_dir());
    mdbook.build().map_err(|error| failed(&format!("{error:#}")))?;
    Ok(source)
}

/// Does the same in a process of its own.
///
/// # Errors
///
/// What mdBook cannot do, [`RENDER_MAX`] has passed, or `exe` cannot be started.
pub(crate) fn written(exe: &Path, dir: &Path, into: &Path, imported: bool) -> Result<PathBuf> {
    let mut words: Vec<OsString> =
        vec![exe.into(), "--book".into(), dir.into(), "render".into(), into.into()];
    words.extend(imported.then(|| "--imported".into()));
    let finished = Command::new(words).deadline(RENDER_MAX).run()?;
    if finished.success() {
        return Ok(PathBuf::from(finished.stdout.trim_end_matches('\n')));
    }
    Err(Error::new(match finished.timed_out {
        Some(after) => {
            format!("failed to render `{}`: stopped after {} s", dir.display(), after.as_secs())
        }
        None => finished.stderr.trim_end().to_owned(),
    }))
}

/// The book as mdBook reads it. An imported one includes no files, and its book.toml names no programs: the learner has
/// agreed to none of them.
fn load(dir: &Path, imported: bool) -> std::result::Result<MDBook, String> {
    // Only this form of mdBook's error has its causes.
    let mdbook = |loaded: mdbook_driver::errors::Result<MDBook>| loaded.map_err(|error| format!("{error:#}"));
    if !imported {
        return mdbook(MDBook::load(dir));
    }
    let text = std::fs::read_to_string(dir.join("book.toml")).map_err(|error| error.to_string())?;
    let given: Config = text.parse().map_err(|error: mdbook_driver::errors::Error| format!("{error:#}"))?;
    let mut config = Config::default();
    (config.book, config.build) = (given.book, given.build);
    config.build.use_default_preprocessors = false;
    mdbook(MDBook::load_with_config(dir, config))
}

/// Our preprocessor, in-process.
struct Blocks;

impl Preprocessor for Blocks {
    fn name(&self) -> &str {
        "scenario"
    }

    fn run(
        &self,
        context: &PreprocessorContext,
        book: MdBook,
    ) -> mdbook_preprocessor::errors::Result<MdBook> {
        Ok(mdbook_scenario::preprocess(context, book)?)
    }
}
