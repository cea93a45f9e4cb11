//! Converts blocks for files, and assets, into edits.
//!
//! A block can change a file that no block has written if an earlier command may have created it. The block of that command
//! then has the file in `writes`. This module writes nothing.

use super::block::{Block, Does};
use super::page::Converter;
use super::source::Source;
use super::text::{language_of, replacement};
use crate::blocks::{Marker, block_text, path_of};
use crate::html;
use crate::scan::{Pre, Target};

impl Converter {
    /// The path of a file relative to the workspace, if it is inside.
    pub(super) fn workspace_path(&self, name: &str) -> Option<String> {
        let path = path_of(name, &self.folder);
        let home = path_of("~", "/");
        let below = [self.folder.as_str(), &home]
            .into_iter()
            .find_map(|root| path.strip_prefix(root)?.strip_prefix('/'));
        let below = below
            .filter(|below| !below.split('/').any(|part| part == "..") && !below.starts_with(".scenario"));
        below.map(str::to_owned)
    }

    /// A block for a file.
    pub(super) fn file(&mut self, source: &Source<'_>, pre: &Pre) -> Block {
        let (text, start) = (source.text, pre.tag.start);
        let line = source.line(start);
        let body = block_text(&text[pre.body.clone()]);
        let shown = |language: &str, why: &str| Block::shown(line, language, &body, why);
        if !pre.is_closed {
            self.note(source, start, "a block for a file that is not closed ends here");
        }
        let target = pre.target(text);
        let Some(name) = pre.filename(text) else {
            return match target {
                Target::Clipboard => shown("text", "to copy"),
                Target::Unset | Target::Empty => shown("text", "shown only"),
                _ => {
                    self.note(source, start, "a block for a file without its name is shown only");
                    shown("text", "no file is named")
                }
            };
        };
        let language = language_of(name);
        if let Some(why) = self.shown_only {
            return shown(language, why);
        }
        if target == Target::Clipboard {
            return shown(language, "to copy");
        }
        let Some(path) = self.workspace_path(name) else {
            self.note(source, start, format!("`{name}` is outside the workspace: the block is shown only"));
            return shown(language, &format!("changes {name}, which is outside the workspace"));
        };
        let before = self.files.text(&path_of(name, &self.folder)).map(str::to_owned);
        let found = self.files.apply(text, pre);
        if target == Target::Other {
            self.note(source, start, "unknown `data-target`: the block is shown only");
            return shown(language, "unknown data-target");
        }
        let is_made = !self.written.contains(&path) && self.is_made(&path, target);
        let is_known = is_made || self.written.contains(&path);
        if target == Target::Insert && (!is_known || found == Marker::NotFound) {
            let why =
                if is_known { "the marker is not in the file" } else { "nothing before makes the file" };
            self.note(source, start, format!("`{name}` cannot be changed, {why}: the block is shown only"));
            return shown(language, why);
        }
        self.written.insert(path.clone());
        let (verb, text) = match target {
            Target::Replace => (String::new(), body.clone()),
            Target::Insert => {
                let marker = html::decode(pre.marker(text).unwrap_or_default()).into_owned();
                replacement(before.as_deref().unwrap_or_default(), &marker, &body)
            }
            _ if !is_known => (String::new(), body.clone()),
            Target::Prepend => (" prepend".to_owned(), body.clone()),
            _ => (" append".to_owned(), body.clone()),
        };
        let does = Does::File { path, verb, text };
        Block { line, indent: 0, language: language.to_owned(), text: body, does, ignore: None }
    }

    /// Whether an earlier command makes a file, as its words show. If so, the block of the last command gets the file as one
    /// that it writes. A marker can only be in a file that exists, so for `insert` the last command counts whatever it names.
    fn is_made(&mut self, path: &str, target: Target) -> bool {
        let (folder, name) =
            (path.split('/').next().unwrap_or(path), path.rsplit('/').next().unwrap_or(path));
        let is_named = self.commands.contains(name) || folder != name && self.commands.contains(folder);
        // A book has no such path, and would refuse the command with it.
        let is_possible = !path.contains(|c: char| c == '\\' || c.is_control());
        if target == Target::Replace || target != Target::Insert && !is_named || !is_possible {
            return false;
        }
        let runs = self.blocks.iter_mut().rev().find_map(|block| match &mut block.does {
            Does::Run(run) if run.background.is_none() && block.ignore.is_none() => Some(run),
            _ => None,
        });
        runs.map(|run| run.writes.push(path.to_owned())).is_some()
    }

    /// The block for an asset.
    pub(super) fn asset(&mut self, path: &str, text: &str) -> Block {
        self.written.insert(path.to_owned());
        let name = path.rsplit('/').next().unwrap_or(path);
        let folder = path.strip_suffix(name).unwrap_or_default();
        self.files.asset(name, &path_of(folder, &self.folder), text);
        let does = Does::File { path: path.to_owned(), verb: String::new(), text: text.to_owned() };
        Block {
            line: 0,
            indent: 0,
            language: language_of(path).to_owned(),
            text: text.to_owned(),
            does,
            ignore: None,
        }
    }
}
