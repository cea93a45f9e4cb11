//! The files of the workspace at any point of the book: a pure fold of the edits up to there.
//!
//! What a command writes is not known here, before a run has taken note of it.

mod text;
mod written;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Help};
use crate::edit::{self, Change, Line};
use crate::files::text::{Text, size};
use crate::model::{Block, BlockKind, FileEdit, Scenario, Verb, WrittenFile};
use crate::problem::Problem;
use crate::source::Span;

pub use written::{EditFault, Misfit};

/// How many names of files are compared with one that does not exist.
const NAMES_MAX: usize = 1000;

/// Files by path, as the book has them at one point. A file that a command writes has no text that the book knows; a
/// run takes note of it by [`Files::learn`].
#[derive(Debug, Clone, Default)]
pub struct Files {
    files: BTreeMap<String, File>,
}

/// What is known of a file.
#[derive(Debug, Clone)]
enum File {
    /// It has this text.
    Known(Text),
    /// A command has written it. The page says so there; `before` is what the book had before that.
    Written { by: Span, before: Option<Text> },
}

impl File {
    fn text(&self) -> Option<&Text> {
        match self {
            File::Known(text) => Some(text),
            File::Written { .. } => None,
        }
    }
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
    /// it. A learner with such a text has done that edit. False if the id is not that of an edit, and for the text just
    /// before the block: a chapter that breaks something on purpose comes back to that.
    pub fn has_reached(scenario: &Scenario, id: &str, text: &str) -> bool {
        let mut blocks = scenario.steps.iter().flat_map(|step| &step.blocks);
        let mut files = Files::default();
        let mut path = None;
        let mut is_before = false;
        blocks.any(|block| {
            let edited = edited(block);
            let is_asked = block.id == id;
            if is_asked {
                path = edited;
                is_before = edited.is_some_and(|path| files.is(path, text));
            }
            let _ = files.apply(block);
            let is_after = path.is_some() && path == edited && path.is_some_and(|path| files.is(path, text));
            is_after && (is_asked || !is_before)
        })
    }

    /// Whether a file has this text.
    pub fn is(&self, path: &str, text: &str) -> bool {
        self.known(path).is_some_and(|file| file.is(text))
    }

    fn known(&self, path: &str) -> Option<&Text> {
        self.files.get(path).and_then(File::text)
    }

    /// Applies a block; returns what it has changed if it is a file edit. What an edit changes in a file that a command
    /// has written is not known here.
    pub fn apply(&mut self, block: &Block) -> Result<Option<Change>, Diagnostic> {
        let BlockKind::Edit(FileEdit { path, path_span, verb }) = &block.kind else {
            block.kind.writes().iter().try_for_each(|file| self.write(file))?;
            return Ok(None);
        };
        let is_whole = matches!(verb, Verb::Write);
        if !self.files.contains_key(path) && !is_whole {
            return Err(self.unknown_file(path, *path_span));
        }
        self.has_place(path, *path_span)?;
        let file = self.files.entry(path.clone()).or_insert_with(|| File::Known(Text::default()));
        let text = match file {
            File::Known(text) => text,
            File::Written { .. } if !is_whole => return Ok(None),
            File::Written { .. } => {
                *file = File::Known(Text::default());
                let File::Known(text) = file else { return Ok(None) };
                text
            }
        };
        text.is_changed();
        if is_whole {
            (text.exact, text.by) = (None, None);
        }
        let change = edit::apply(path, Arc::make_mut(&mut text.lines), verb, Line::of_block(block))?;
        text.bytes += size(&text.lines[change.start..change.start + change.added]);
        text.bytes -= size(&change.removed);
        Ok(Some(change))
    }

    /// Takes note that a command writes a file: what is in it now is not known.
    ///
    /// # Errors
    ///
    /// The book has a folder of that name, or a file in the place of one of its folders.
    pub fn write(&mut self, WrittenFile { path, span }: &WrittenFile) -> Result<(), Diagnostic> {
        self.has_place(path, *span)?;
        let before = match self.files.remove(path) {
            Some(File::Known(before)) => Some(before),
            Some(File::Written { before, .. }) => before,
            None => None,
        };
        self.files.insert(path.clone(), File::Written { by: *span, before });
        Ok(())
    }

    /// The files that commands have written, and whose text is not known.
    pub fn written(&self) -> impl Iterator<Item = &str> {
        let written = |file: &File| matches!(file, File::Written { .. });
        self.files.iter().filter(move |(_, file)| written(file)).map(|(path, _)| path.as_str())
    }

    /// Whether a command has written a file, so that its text is not known.
    pub fn is_written(&self, path: &str) -> bool {
        matches!(self.files.get(path), Some(File::Written { .. }))
    }

    /// Whether there is a file of this path, known or not.
    pub fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Checks that no file is in the place of a folder of `path`, or the other way round.
    fn has_place(&self, path: &str, span: Span) -> Result<(), Diagnostic> {
        let Some(other) = self.in_the_way(path) else { return Ok(()) };
        let problem = Problem::PathConflict { path: path.to_owned(), other: other.to_owned() };
        Err(Diagnostic::new(span, problem))
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

    /// The paths of the files whose text is known, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let known = |file: &File| file.text().is_some();
        self.files.iter().filter(move |(_, file)| known(file)).map(|(path, _)| path.as_str())
    }

    /// The text of a file; it ends in a newline unless it is empty. What a command has written may be another text.
    pub fn text(&self, path: &str) -> Option<String> {
        self.known(path).map(|file| String::from_utf8_lossy(&file.bytes()).into_owned())
    }

    /// The content of a file.
    pub fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        self.known(path).map(Text::bytes)
    }

    /// A number for the content of a file: with the same number it is the same content, also in another value of this
    /// type.
    pub fn revision(&self, path: &str) -> Option<u64> {
        self.known(path).map(|file| file.revision)
    }

    /// The lines of a file.
    pub fn lines(&self, path: &str) -> Option<&[Line]> {
        self.known(path).map(|file| file.lines.as_slice())
    }

    /// The place in the book of a line (counted from 1) of a file.
    pub fn origin(&self, path: &str, line: usize) -> Option<Span> {
        self.lines(path)?.get(line.checked_sub(1)?).map(|line| line.origin)
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
/// mostly its consequence. An exercise is tried on the files at the end of its step, and then forgotten.
pub fn check(scenario: &Scenario) -> Vec<Diagnostic> {
    let mut replay = Replay::default();
    let mut diagnostics = Vec::new();
    for step in &scenario.steps {
        step.blocks.iter().for_each(|block| diagnostics.extend(replay.play(block)));
        for exercise in &step.exercises {
            for attempt in exercise.attempts() {
                let blocks = exercise.blocks(attempt);
                let mut replay = replay.of(blocks);
                blocks.iter().for_each(|block| diagnostics.extend(replay.play(block)));
            }
        }
    }
    mark_written_later(scenario, &mut diagnostics);
    diagnostics
}

/// The files as they are replayed.
#[derive(Debug, Default)]
struct Replay<'a> {
    files: Files,
    /// The files with a mistake.
    mistaken: HashSet<&'a str>,
    /// The lines that edits of a file have removed.
    removed: HashMap<&'a str, Vec<(Span, Vec<Line>)>>,
}

impl<'a> Replay<'a> {
    /// A copy to play some blocks on: of what edits have removed only what these could look for.
    fn of(&self, blocks: &[Block]) -> Replay<'a> {
        let removed = blocks.iter().filter_map(edited).filter_map(|path| self.removed.get_key_value(path));
        let removed = removed.map(|(path, lines)| (*path, lines.clone())).collect();
        Replay { files: self.files.clone(), mistaken: self.mistaken.clone(), removed }
    }

    /// Plays a block; returns what is wrong.
    fn play(&mut self, block: &'a Block) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        for file in block.kind.writes() {
            if !self.mistaken.contains(file.path.as_str())
                && let Err(diagnostic) = self.files.write(file)
            {
                self.mistaken.insert(&file.path);
                diagnostics.push(diagnostic);
            }
        }
        let BlockKind::Edit(edit) = &block.kind else { return diagnostics };
        if self.mistaken.contains(edit.path.as_str()) {
            return diagnostics;
        }
        let removed = self.removed.entry(&edit.path).or_default();
        match self.files.apply(block) {
            Ok(Some(change)) if !change.removed.is_empty() => removed.push((block.span, change.removed)),
            Ok(_) => {}
            Err(diagnostic) => {
                self.mistaken.insert(&edit.path);
                diagnostics.push(with_taker(diagnostic, edit, removed));
            }
        }
        diagnostics
    }
}

/// Says of a marker that is not in the file any more which edit took it out. A command may have brought it back, as `git
/// switch` does, and then its block has to say so. `removed` has the lines that edits of this file have removed.
fn with_taker(diagnostic: Diagnostic, edit: &FileEdit, removed: &[(Span, Vec<Line>)]) -> Diagnostic {
    if !matches!(diagnostic.problem, Problem::MarkerNotFound { .. }) {
        return diagnostic;
    }
    let markers = edit.verb.markers();
    let marker = markers.into_iter().find(|marker| marker.span == diagnostic.primary);
    let took = |marker: &str| {
        removed.iter().rev().find(|(_, lines)| lines.iter().any(|line| line.text.contains(marker)))
    };
    let Some((taker, _)) = marker.and_then(|marker| took(&marker.text)) else { return diagnostic };
    let path = &edit.path;
    let text =
        format!("if a command brings that text back, write `writes=\"{path}\"` on the block of the command");
    let mut diagnostic = diagnostic.with_label(*taker, "this edit took it out of the file");
    diagnostic.help.push(Help { text, edit: None });
    diagnostic
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
        for file in block.kind.writes() {
            written.entry(&file.path).or_insert(file.span);
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
