//! The files of the workspace at any point of the book: a pure fold of the edits up to there.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::edit::{self, Line};
use crate::model::{Block, BlockKind, FileEdit, Scenario, Verb};
use crate::source::Span;

/// Files by path, as the book has them at one point.
#[derive(Debug, Clone, Default)]
pub struct Files {
    files: BTreeMap<String, Vec<Line>>,
}

impl Files {
    /// The files at the end of a step; step 0 is the empty workspace. Mistakes were reported by [`check`].
    pub fn at(scenario: &Scenario, number: usize) -> Files {
        let mut files = Files::default();
        for block in scenario.steps.iter().take(number).flat_map(|step| &step.blocks) {
            // An edit that cannot be applied stops every run before it starts.
            let _ = files.apply(block);
        }
        files
    }

    /// The files just before a block, by its id; `None` if no step has that block.
    pub fn before(scenario: &Scenario, id: &str) -> Option<Files> {
        let mut files = Files::default();
        for block in scenario.steps.iter().flat_map(|step| &step.blocks) {
            if block.id == id {
                return Some(files);
            }
            let _ = files.apply(block);
        }
        None
    }

    /// The files just after a block, by its id; `None` if no step has that block.
    pub fn after(scenario: &Scenario, id: &str) -> Option<Files> {
        let mut files = Files::before(scenario, id)?;
        let mut blocks = scenario.steps.iter().flat_map(|step| &step.blocks);
        let _ = files.apply(blocks.find(|block| block.id == id)?);
        Some(files)
    }

    /// The texts of the file that a block edits, from just after that block to the end of the book: one for
    /// each edit of it. Whoever has one of them has done that edit. Empty if the id is not that of an edit.
    pub fn history(scenario: &Scenario, id: &str) -> Vec<String> {
        let blocks = scenario.steps.iter().flat_map(|step| &step.blocks);
        let mut later = blocks.skip_while(|block| block.id != id).peekable();
        let path = later.peek().and_then(|block| match &block.kind {
            BlockKind::Edit(edit) => Some(edit.path.clone()),
            _ => None,
        });
        let (Some(path), Some(mut files)) = (path, Files::before(scenario, id)) else { return Vec::new() };
        let edits = later.filter(|block| matches!(&block.kind, BlockKind::Edit(edit) if edit.path == path));
        edits
            .filter_map(|block| {
                let _ = files.apply(block);
                files.text(&path)
            })
            .collect()
    }

    /// Applies a block, if it is a file edit.
    pub fn apply(&mut self, block: &Block) -> Result<(), Diagnostic> {
        let BlockKind::Edit(FileEdit { path, path_span, verb }) = &block.kind else { return Ok(()) };
        let empty = Vec::new();
        let before = match self.files.get(path) {
            Some(before) => before,
            None if matches!(verb, Verb::Write) => &empty,
            None => return Err(self.unknown_file(path, *path_span)),
        };
        if let Some(other) = self.in_the_way(path) {
            let message = format!("`{path}` cannot be a file: the book writes `{other}` as well");
            return Err(Diagnostic::new(*path_span, message)
                .with_help("one of the two is the name of a folder and of a file; rename one"));
        }
        let after = edit::apply(path, before, verb, &Line::of_block(block))?;
        self.files.insert(path.clone(), after);
        Ok(())
    }

    /// A file that would have to be a folder for `path`, or the other way round.
    fn in_the_way(&self, path: &str) -> Option<&str> {
        let below =
            |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
        self.paths().find(|other| below(path, other) || below(other, path))
    }

    fn unknown_file(&self, path: &str, span: Span) -> Diagnostic {
        let score = |name: &String| strsim::jaro_winkler(name, path);
        let near = self.files.keys().max_by(|a, b| score(a).total_cmp(&score(b)));
        let diagnostic =
            Diagnostic::new(span, format!("this edits `{path}`, and no earlier block writes that file"));
        match near.filter(|name| score(name) > 0.85) {
            Some(near) => diagnostic.with_help(format!("did you mean `{near}`?")),
            None => diagnostic.with_help(format!(
                "a block with `file={path}` and nothing else writes the whole file; it must come first"
            )),
        }
    }

    /// The paths, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The text of a file; it ends in a newline unless it is empty.
    pub fn text(&self, path: &str) -> Option<String> {
        let lines = self.files.get(path)?;
        Some(lines.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect())
    }

    /// The place in the book of a line (counted from 1) of a file that a program names by `path`, which may
    /// be any tail of the file's path, as a compiler prints it.
    pub fn origin(&self, path: &str, line: usize) -> Option<Span> {
        let tail = format!("/{}", path.trim_start_matches("./"));
        let (_, lines) =
            self.files.iter().find(|(name, _)| *name == path || format!("/{name}").ends_with(&tail))?;
        lines.get(line.checked_sub(1)?).map(|line| line.origin)
    }
}

/// Replays all edits of a scenario, and returns the first mistake with each file: what follows one is
/// mostly its consequence.
pub fn check(scenario: &Scenario) -> Vec<Diagnostic> {
    let mut files = Files::default();
    let mut mistaken: Vec<&str> = Vec::new();
    let mut diagnostics = Vec::new();
    for block in scenario.steps.iter().flat_map(|step| &step.blocks) {
        let BlockKind::Edit(edit) = &block.kind else { continue };
        if let Err(diagnostic) = files.apply(block)
            && !mistaken.contains(&edit.path.as_str())
        {
            mistaken.push(&edit.path);
            diagnostics.push(diagnostic);
        }
    }
    diagnostics
}
