//! The files of the workspace at any point of the book: a pure fold of the edits up to there.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::diagnostic::Diagnostic;
use crate::edit::{self, Change, Line};
use crate::model::{Block, BlockKind, FileEdit, Scenario, Verb};
use crate::problem::Problem;
use crate::source::Span;

/// How many names of files are compared with one that does not exist.
const NAMES_MAX: usize = 1000;

/// Files by path, as the book has them at one point.
#[derive(Debug, Clone, Default)]
pub struct Files {
    files: BTreeMap<String, Text>,
}

/// The text of a file.
#[derive(Debug, Clone, Default)]
struct Text {
    lines: Vec<Line>,
    /// Its size: the lines, each with its newline.
    bytes: usize,
}

impl Text {
    fn is(&self, text: &str) -> bool {
        let mut rest = text;
        let mut take = |part: &str| rest.strip_prefix(part).map(|after| rest = after).is_some();
        self.bytes == text.len() && self.lines.iter().all(|line| take(&line.text) && take("\n"))
    }
}

fn size(lines: &[Line]) -> usize {
    lines.iter().map(|line| line.text.len() + 1).sum()
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

    /// Whether a text is that of the file which a block edits, just after that block or after a later edit of
    /// it. A learner with such a text has done that edit. False if the id is not that of an edit.
    pub fn has_reached(scenario: &Scenario, id: &str, text: &str) -> bool {
        let mut blocks = scenario.steps.iter().flat_map(|step| &step.blocks);
        let mut files = Files::default();
        let mut path = None;
        blocks.any(|block| {
            let edited = edited(block);
            if block.id == id {
                path = edited;
            }
            let _ = files.apply(block);
            path.is_some() && path == edited && path.is_some_and(|path| files.is(path, text))
        })
    }

    /// Whether a file has this text.
    pub fn is(&self, path: &str, text: &str) -> bool {
        self.files.get(path).is_some_and(|file| file.is(text))
    }

    /// Applies a block; returns what it has changed if it is a file edit.
    pub fn apply(&mut self, block: &Block) -> Result<Option<Change>, Diagnostic> {
        let BlockKind::Edit(FileEdit { path, path_span, verb }) = &block.kind else { return Ok(None) };
        if !self.files.contains_key(path) && !matches!(verb, Verb::Write) {
            return Err(self.unknown_file(path, *path_span));
        }
        if let Some(other) = self.in_the_way(path) {
            let problem = Problem::PathConflict { path: path.clone(), other: other.to_owned() };
            return Err(Diagnostic::new(*path_span, problem));
        }
        let file = self.files.entry(path.clone()).or_default();
        let change = edit::apply(path, &mut file.lines, verb, Line::of_block(block))?;
        file.bytes += size(&file.lines[change.start..change.start + change.added]);
        file.bytes -= size(&change.removed);
        Ok(Some(change))
    }

    /// A file that would have to be a folder for `path`, or the other way round.
    fn in_the_way(&self, path: &str) -> Option<&str> {
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        let above = folders.filter_map(|folder| self.files.get_key_value(folder)).map(|(name, _)| name);
        let folder = format!("{path}/");
        let below = self.files.range(folder.clone()..).map(|(name, _)| name).next();
        above.chain(below.filter(|name| name.starts_with(&folder))).map(String::as_str).next()
    }

    fn unknown_file(&self, path: &str, span: Span) -> Diagnostic {
        let score = |name: &String| strsim::jaro_winkler(name, path);
        let near = self.files.keys().take(NAMES_MAX).max_by(|a, b| score(a).total_cmp(&score(b)));
        let near = near.filter(|name| score(name) > 0.85).cloned();
        Diagnostic::new(span, Problem::UnknownFile { path: path.to_owned(), written_later: false, near })
    }

    /// The paths, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The text of a file; it ends in a newline unless it is empty.
    pub fn text(&self, path: &str) -> Option<String> {
        let file = self.files.get(path)?;
        let mut text = String::with_capacity(file.bytes);
        file.lines.iter().for_each(|line| text.extend([line.text.as_str(), "\n"]));
        Some(text)
    }

    /// The lines of a file.
    pub fn lines(&self, path: &str) -> Option<&[Line]> {
        self.files.get(path).map(|file| file.lines.as_slice())
    }

    /// The place in the book of a line (counted from 1) of a file that a program names by `path`, which may
    /// be any tail of the file's path, as a compiler prints it.
    pub fn origin(&self, path: &str, line: usize) -> Option<Span> {
        let tail = format!("/{}", path.trim_start_matches("./"));
        let (_, file) =
            self.files.iter().find(|(name, _)| *name == path || format!("/{name}").ends_with(&tail))?;
        file.lines.get(line.checked_sub(1)?).map(|line| line.origin)
    }
}

/// The file that a block edits.
fn edited(block: &Block) -> Option<&str> {
    match &block.kind {
        BlockKind::Edit(edit) => Some(&edit.path),
        _ => None,
    }
}

/// Replays all edits of a scenario, and returns the first mistake with each file: what follows one is
/// mostly its consequence.
pub fn check(scenario: &Scenario) -> Vec<Diagnostic> {
    let mut files = Files::default();
    let mut mistaken: HashSet<&str> = HashSet::new();
    let mut diagnostics = Vec::new();
    for block in scenario.steps.iter().flat_map(|step| &step.blocks) {
        let BlockKind::Edit(edit) = &block.kind else { continue };
        if mistaken.contains(edit.path.as_str()) {
            continue;
        }
        if let Err(diagnostic) = files.apply(block) {
            mistaken.insert(&edit.path);
            diagnostics.push(diagnostic);
        }
    }
    mark_written_later(scenario, &mut diagnostics);
    diagnostics
}

/// Says of a file that no earlier block writes where a later one does.
fn mark_written_later(scenario: &Scenario, diagnostics: &mut [Diagnostic]) {
    let is_unknown = |diagnostic: &Diagnostic| matches!(diagnostic.problem, Problem::UnknownFile { .. });
    if !diagnostics.iter().any(is_unknown) {
        return;
    }
    let mut written = HashMap::new();
    for block in scenario.steps.iter().flat_map(|step| &step.blocks) {
        if let BlockKind::Edit(FileEdit { path, path_span, verb: Verb::Write }) = &block.kind {
            written.entry(path).or_insert(*path_span);
        }
    }
    for diagnostic in diagnostics {
        let Problem::UnknownFile { path, .. } = &diagnostic.problem else { continue };
        if let Some(span) = written.get(path) {
            let problem = Problem::UnknownFile { path: path.clone(), written_later: true, near: None };
            *diagnostic = Diagnostic::new(diagnostic.primary, problem)
                .with_label(*span, "the file is written here, after this edit");
        }
    }
}
