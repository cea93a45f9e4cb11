//! The lines of the workspace's files that a text names, and where the book has each. Nothing is run here.

use std::path::{Path, PathBuf};

use scenario_core::files::Files;
use scenario_core::runner::places::{Mention, Named, mentions};

use crate::book::RenderedBook;
use crate::lab::Lab;
use crate::limits::SEARCHED_BYTES_MAX;
use crate::place::Place;
use crate::problem::NamedLine;

/// The files of the book at each moment of the step that is being read, the last one first. The lines of the learner's
/// files show which moment they are at.
pub(crate) struct Moments {
    all: Vec<Files>,
    root: PathBuf,
}

impl Moments {
    /// The moments of the step that is being read.
    pub(crate) fn of(lab: &Lab, book: &RenderedBook) -> Moments {
        let number = lab.learner().progress.step;
        let scenario = &book.plan.scenario;
        let blocks = scenario.step(number).map(|step| step.blocks.as_slice()).unwrap_or_default();
        let before = blocks.iter().rev().filter_map(|block| Files::before(scenario, &block.id));
        let root = lab.workspace().canonicalize().unwrap_or_default();
        Moments { all: std::iter::once(Files::at(scenario, number)).chain(before).collect(), root }
    }

    /// Where the book has a line of a file of the workspace, if the file still has it as the book does.
    pub(crate) fn place(&self, book: &RenderedBook, path: &str, line: usize) -> Option<Place> {
        let named = |files| Named { files, root: &self.root, dir: &self.root };
        let mut found = self.all.iter().filter_map(|files| named(files).place(path, line));
        found.find(|place| place.file == path).map(|place| book.place(&place))
    }

    /// The file of the workspace that a program means which runs in `dir`; `is_there` says which may be meant.
    pub(crate) fn file(&self, dir: &Path, path: &str, is_there: impl Fn(&str) -> bool) -> Option<String> {
        let files = self.all.first()?;
        let candidates = Named { files, root: &self.root, dir }.candidates(path);
        candidates.into_iter().find(|file| is_there(file))
    }
}

/// The lines of files that a line of a terminal names whose shell is in `dir`; `is_there` says which may be opened.
pub(crate) fn named(lab: &Lab, dir: &Path, text: &str, is_there: impl Fn(&str) -> bool) -> Vec<NamedLine> {
    let ends = (0..=text.len().min(SEARCHED_BYTES_MAX)).rev();
    let text = &text[..ends.into_iter().find(|end| text.is_char_boundary(*end)).unwrap_or_default()];
    let found = mentions(text);
    if found.is_empty() {
        return Vec::new();
    }
    let book = lab.book();
    let moments = Moments::of(lab, &book);
    let units = |end: usize| text[..end].encode_utf16().count();
    let line = |mention: Mention<'_>| {
        let path = moments.file(dir, mention.path, &is_there)?;
        Some(NamedLine {
            start: units(mention.range.start),
            end: units(mention.range.end),
            place: moments.place(&book, &path, mention.line),
            path,
            line: mention.line,
            column: mention.column,
        })
    };
    found.into_iter().filter_map(line).collect()
}
