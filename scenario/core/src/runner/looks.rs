//! The files of the book as they were at the last look: which of them may have changed since.
//!
//! Only the metadata of the files is read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::files::Files;
use crate::plan::{Plan, Resource};
use crate::stamp::Stamp;

/// Files as they were at the last look, so that one that did not change since need not be read.
#[derive(Debug)]
pub(super) struct Looks {
    /// All files that a block of the book writes.
    of_book: BTreeSet<String>,
    seen: BTreeMap<String, Option<Stamp>>,
}

impl Looks {
    /// Nothing was looked at yet.
    pub(super) fn new(plan: &Plan) -> Looks {
        let changes = plan.steps.iter().flat_map(|step| &step.actions).flat_map(|action| &action.changes);
        let of_book = changes.filter_map(|change| match change {
            Resource::File(path) => Some(path.clone()),
            _ => None,
        });
        Looks { of_book: of_book.collect(), seen: BTreeMap::new() }
    }

    /// Whether a block of the book writes this file, in any step.
    pub(super) fn is_of_book(&self, path: &str) -> bool {
        self.of_book.contains(path)
    }

    /// Those of them that are not among `files` yet.
    pub(super) fn later(&self, files: &Files) -> Vec<String> {
        self.of_book.iter().filter(|path| !files.has(path)).cloned().collect()
    }

    /// Whether a file is known not to have changed since the last look.
    pub(super) fn is_same(&self, root: &Path, path: &str) -> bool {
        let (Some(Some(seen)), Some(now)) = (self.seen.get(path), Stamp::of(&root.join(path))) else {
            return false;
        };
        seen.proves(now)
    }

    /// Whether a file is there and is not the one of the last look.
    pub(super) fn has_changed(&self, root: &Path, path: &str) -> bool {
        let before = self.seen.get(path).copied().flatten();
        Stamp::of(&root.join(path)).is_some_and(|now| !before.is_some_and(|before| before.is_same(now)))
    }

    /// Takes note of a file as it is now.
    pub(super) fn note(&mut self, root: &Path, path: &str) {
        self.seen.insert(path.to_owned(), Stamp::of(&root.join(path)));
    }

    /// Lets a file be read at the next look.
    pub(super) fn forget(&mut self, path: &str) {
        self.seen.remove(path);
    }
}
