//! What an action depends on: the files of the book as they are before it, and the commands before it.
//!
//! Keys depend on contents only: prose, ids and places do not change them.

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::digest;
use crate::files::Files;
use crate::model::{Block, CommandLine, Effect, FileEdit, Readiness, Unwritten, Verb, WrittenFile};
use crate::plan::action::{Action, ActionKind, PlannedAction, Resource};

/// How many bytes of a digest make a key.
const KEY_BYTES: usize = 16;

/// The inputs of the next action.
#[derive(Debug, Default, Clone)]
pub(super) struct Inputs {
    files: Files,
    /// What determines each file that a command has written, as far as the page says so.
    written: BTreeMap<String, String>,
    /// The digest of each file as the last command found it.
    known: BTreeMap<String, String>,
    /// A digest of all of `known`, kept up to date so that a step costs no more in a book with many files.
    all_known: u128,
    /// Files that were edited since.
    edited: BTreeSet<String>,
    /// The key of the last command; at the beginning of a step, that of all files.
    last: String,
    /// The key of the last step.
    step: String,
}

impl Inputs {
    /// The inputs of the first action. They include `unwritten`, because the kept state of a step depends on it.
    pub(super) fn new(unwritten: &Unwritten) -> Inputs {
        let Unwritten { seeds, caches, extras: _ } = unwritten;
        let mut step = Key::default();
        if !seeds.is_empty() || !caches.is_empty() {
            step.add(&format!("{seeds:?}{caches:?}"));
        }
        Inputs { step: step.end(), ..Inputs::default() }
    }

    /// Commands of earlier steps are not run again with this one, so its keys do not depend on them.
    pub(super) fn begin_step(&mut self) {
        self.settle();
        self.last = format!("{:032x}", self.all_known);
    }

    /// The two keys of a step with these actions; see [`PlannedStep`](crate::plan::PlannedStep).
    pub(super) fn end_step(&mut self, actions: &[PlannedAction]) -> (String, String) {
        let mut key = Key::default();
        key.add(&self.step);
        let changes = |action: &&PlannedAction| {
            (action.is_command() || action.kind() == ActionKind::Edit) && !action.is_read_only()
        };
        actions.iter().filter(changes).fold(&mut key, |key, action| key.add(&action.key));
        self.step = key.end();
        actions.iter().filter(|action| action.is_read_only()).fold(&mut key, |key, look| key.add(&look.key));
        (self.step.clone(), key.end())
    }

    /// Makes an edit.
    pub(super) fn apply(&mut self, edit: &FileEdit, block: &Block) {
        // Mistakes in edits were reported when the book was loaded.
        let _ = self.files.apply(block);
        self.edited.insert(edit.path.clone());
        let before = self.written.remove(&edit.path);
        if let Some(before) = before.filter(|_| self.files.is_written(&edit.path)) {
            let mut key = Key::default();
            key.add(&before).add_edit(edit, block);
            self.written.insert(edit.path.clone(), key.end());
        }
    }

    /// Takes note of the files that the last commands have written.
    pub(super) fn write(&mut self, files: &[WrittenFile]) {
        for file in files {
            let _ = self.files.write(file);
            self.edited.insert(file.path.clone());
            self.written.insert(file.path.clone(), self.last.clone());
        }
    }

    /// What determines the content of a file.
    fn content(&self, path: &str) -> String {
        let known = || self.files.text(path).unwrap_or_default();
        self.written.get(path).cloned().unwrap_or_else(known)
    }

    /// The key of an action, which must be the next one.
    pub(super) fn key(&mut self, action: &Action) -> String {
        let mut key = Key::default();
        key.add(action.kind().name());
        match action {
            Action::Edit(planned) => {
                key.add(&self.last).add(&planned.edit.path).add_edit(&planned.edit, &planned.block).end()
            }
            Action::Command(planned) if planned.read_only => self.look_key(key, &planned.command),
            Action::Command(planned) => self.command_key(key, &planned.command, planned.ready.as_ref()),
            Action::Background(background) => {
                key.add(&background.name);
                self.command_key(key, &background.command, Some(&background.ready))
            }
            Action::Stop { name } => {
                key.add(&self.last).add(name);
                self.last = key.end();
                self.last.clone()
            }
            Action::Check(check) => {
                key.add(&self.last).add(&format!("{:?}", (&check.kind, check.within, &check.already_true)));
                key.end()
            }
            Action::Ignored { why } => {
                key.add(why);
                key.end()
            }
        }
    }

    fn command_key(&mut self, mut key: Key, command: &CommandLine, ready: Option<&Readiness>) -> String {
        key.add(&self.last);
        for path in self.settle() {
            let digest = self.known.get(&path).map_or("", String::as_str);
            key.add(&path).add(digest);
        }
        key.add_command(command);
        if let Some(ready) = ready {
            key.add(&format!("{ready:?}"));
        }
        self.last = key.end();
        self.last.clone()
    }

    /// The key of a command that changes nothing: no later key depends on it.
    fn look_key(&self, mut key: Key, command: &CommandLine) -> String {
        key.add(&self.last);
        for path in &self.edited {
            key.add(path).add(&self.content(path));
        }
        key.add_command(command).end()
    }

    /// Records the files that were edited. Returns those that differ from before.
    fn settle(&mut self) -> Vec<String> {
        let mut changed = Vec::new();
        for path in std::mem::take(&mut self.edited) {
            let digest = digest(self.content(&path).as_bytes(), KEY_BYTES);
            let before = self.known.insert(path.clone(), digest.clone());
            if before.as_ref() != Some(&digest) {
                self.all_known ^= entry(&path, &digest);
                self.all_known ^= before.map_or(0, |before| entry(&path, &before));
                changed.push(path);
            }
        }
        changed
    }

    /// What an action depends on, as far as the page says so.
    pub(super) fn reads(&self, action: &Action) -> Vec<Resource> {
        let named = |command: &CommandLine| self.named_in(&command.text).into_iter().map(Resource::File);
        match action {
            Action::Edit(planned) => match planned.edit.verb {
                Verb::Write => Vec::new(),
                _ => vec![Resource::File(planned.edit.path.clone())],
            },
            Action::Command(planned) => {
                let image = match &planned.command.effect {
                    Effect::Run { image, .. } => Some(Resource::Image(image.clone())),
                    _ => None,
                };
                named(&planned.command).chain(image).chain([Resource::Workspace]).collect()
            }
            Action::Background(background) => named(&background.command).collect(),
            Action::Stop { name } => vec![Resource::Process(name.clone())],
            Action::Check(_) | Action::Ignored { .. } => Vec::new(),
        }
    }

    /// The files of the book that a command names by any path that leads to them from the workspace.
    fn named_in(&self, command: &str) -> BTreeSet<String> {
        let words = command.split(|c: char| c.is_whitespace() || "'\"`=:;,|&<>()[]{}$".contains(c));
        let tails = words.flat_map(|word| {
            let slashes = word.match_indices('/').map(|(at, _)| &word[at + 1..]);
            std::iter::once(word).chain(slashes)
        });
        let is_known = |tail: &&str| self.known.contains_key(*tail) || self.edited.contains(*tail);
        tails.filter(is_known).map(str::to_owned).collect()
    }
}

/// A file as a number. The numbers of several files are combined by XOR, in which their order does not matter.
fn entry(path: &str, digest: &str) -> u128 {
    let mut key = Key::default();
    key.add(path).add(digest);
    u128::from_str_radix(&key.end(), 16).unwrap_or_default()
}

/// Texts, set apart by their lengths, so that no two lists of texts look the same.
#[derive(Debug, Default)]
struct Key(String);

impl Key {
    fn add(&mut self, text: &str) -> &mut Key {
        self.0.push_str(&text.len().to_string());
        self.0.push(':');
        self.0.push_str(text);
        self
    }

    /// What an edit does to its file.
    fn add_edit(&mut self, edit: &FileEdit, block: &Block) -> &mut Key {
        self.add(edit.verb.name()).add(&block.text);
        edit.verb.markers().into_iter().fold(self, |key, marker| key.add(&marker.text))
    }

    /// A command, and what the page shows of it.
    fn add_command(&mut self, command: &CommandLine) -> &mut Key {
        self.add(&command.text).add(&command.status.to_string());
        command.output.iter().fold(self, |key, line| key.add(&line.text))
    }

    fn end(&self) -> String {
        digest(self.0.as_bytes(), KEY_BYTES)
    }
}
