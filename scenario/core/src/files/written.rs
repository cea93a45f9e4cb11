//! Files that commands write: what a run finds in them, and edits of that.
//!
//! Nothing is read here: the run gives what it has found.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostic;
use crate::edit::{self, Line};
use crate::files::text::Text;
use crate::files::{File, Files};
use crate::model::{Block, FileEdit, Verb};
use crate::problem::{Nearest, NumberedLine, Problem};
use crate::source::Span;

/// An edit that does not fit a file as commands have left it.
#[derive(Debug, Clone, PartialEq)]
pub struct Misfit {
    /// What is wrong.
    pub fault: EditFault,
    /// Where the page says that a command writes the file.
    pub by: Span,
    /// The marker, or the block.
    pub at: Span,
}

/// Why an edit does not fit a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum EditFault {
    /// There is no such file.
    Missing,
    /// The file is not text in UTF-8.
    NotText,
    /// The marker is not in the file.
    NotFound {
        /// The marker.
        marker: String,
        /// Whether it is looked for behind another one.
        after_replace: bool,
        /// What is there in its place.
        nearest: Nearest,
    },
    /// The marker is in the file more than once.
    Ambiguous {
        /// The marker.
        marker: String,
        /// Whether it is looked for behind another one.
        after_replace: bool,
        /// How often.
        count: usize,
        /// The first lines with it.
        lines: Vec<NumberedLine>,
        /// How many more lines there are with it.
        more_lines: usize,
    },
}

impl EditFault {
    /// The same as a problem of the page, where it is one that the parser finds in files that it knows.
    pub fn problem(&self, path: &str) -> Option<Problem> {
        let path = path.to_owned();
        match self.clone() {
            EditFault::Missing | EditFault::NotText => None,
            EditFault::NotFound { after_replace, nearest, .. } => {
                Some(Problem::MarkerNotFound { path, after_replace, nearest })
            }
            EditFault::Ambiguous { after_replace, count, lines, more_lines, .. } => {
                Some(Problem::AmbiguousMarker { path, after_replace, count, lines, more_lines })
            }
        }
    }
}

impl Misfit {
    fn of(diagnostic: Diagnostic, by: Span, verb: &Verb) -> Misfit {
        let marker = verb.markers().into_iter().find(|marker| marker.span == diagnostic.primary);
        let marker = marker.map(|marker| marker.text.clone()).unwrap_or_default();
        let fault = match diagnostic.problem {
            Problem::MarkerNotFound { after_replace, nearest, .. } => {
                EditFault::NotFound { marker, after_replace, nearest }
            }
            Problem::AmbiguousMarker { after_replace, count, lines, more_lines, .. } => {
                EditFault::Ambiguous { marker, after_replace, count, lines, more_lines }
            }
            // The parser has found whatever else can be wrong with an edit.
            _ => EditFault::Missing,
        };
        Misfit { fault, by, at: diagnostic.primary }
    }
}

impl Files {
    /// Takes note of what a command has made of a file that it writes; `None` if the file is not there.
    pub fn learn(&mut self, path: &str, found: Option<Vec<u8>>) {
        let Some(file @ File::Written { .. }) = self.files.get_mut(path) else { return };
        let File::Written { by, before } = &*file else { return };
        if let Some(bytes) = found {
            *file = File::Known(Text::written(bytes, *by, before.as_ref()));
        }
    }

    /// Applies an edit to a file as commands have left it.
    ///
    /// # Errors
    ///
    /// The edit does not fit the file.
    pub fn apply_now(&mut self, block: &Block, FileEdit { path, verb, .. }: &FileEdit) -> Result<(), Misfit> {
        let at = block.fence;
        let by = match self.files.get(path) {
            Some(File::Written { by, .. }) if !matches!(verb, Verb::Write) => {
                return Err(Misfit { fault: EditFault::Missing, by: *by, at });
            }
            Some(File::Known(Text { exact: Some(exact), by: Some(by), .. }))
                if !matches!(verb, Verb::Write) =>
            {
                let Ok(text) = std::str::from_utf8(exact) else {
                    return Err(Misfit { fault: EditFault::NotText, by: *by, at });
                };
                let (by, before) = (*by, self.known(path).cloned());
                let edited = edit::apply_to_text(path, text, verb, Line::of_block(block));
                let edited = edited.map_err(|diagnostic| Misfit::of(diagnostic, by, verb))?;
                let mut lines = before.map(|before| before.lines).unwrap_or_default();
                // It has just been applied to the same lines.
                let _ = edit::apply(path, Arc::make_mut(&mut lines), verb, Line::of_block(block));
                let before = Text { lines, ..Text::default() };
                self.files.insert(path.clone(), File::Known(Text::written(edited.into(), by, Some(&before))));
                return Ok(());
            }
            Some(File::Known(Text { by, .. })) => *by,
            _ => None,
        };
        match self.apply(block) {
            Ok(_) => Ok(()),
            Err(diagnostic) => Err(Misfit::of(diagnostic, by.unwrap_or(at), verb)),
        }
    }
}
