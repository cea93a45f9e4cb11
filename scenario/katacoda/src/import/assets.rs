//! The chapter with the assets of a scenario: the files that are on the machine before the first step.
//!
//! This module decides nothing about the files of pages.

use super::back;
use super::block::{Block, Piece};
use super::book::Chapter;
use super::text::{first_host, language_of, one_line};
use super::{Importer, prose};
use crate::problem::PATTERNS_MAX;
use std::path::Path;

/// The most files to take over for one pattern.
const FILES_MAX: usize = 200;

impl Importer<'_> {
    /// Adds a chapter with the assets.
    pub(super) fn assets(&mut self) {
        let mut pieces = Vec::new();
        let first = first_host(self.index);
        let (mut listing, mut patterns) = (None, PATTERNS_MAX);
        for asset in &self.index.assets {
            self.at = asset.file.span.start;
            let paths: Vec<String> = if !asset.is_glob() {
                vec![asset.file.text.clone()]
            } else if patterns > 0 {
                patterns -= 1;
                let listing = listing.get_or_insert_with(|| self.folder.list(Path::new("assets")));
                let found = listing.matching(&asset.file.text).take(FILES_MAX);
                found.map(|path| path.to_string_lossy().into_owned()).collect()
            } else {
                let what = format!("more than {PATTERNS_MAX} patterns of assets");
                self.note(format!("asset `{}`: {what}; left out", asset.file.text));
                continue;
            };
            for path in paths {
                let Some(text) = self.text(&format!("assets/{path}"), false) else { continue };
                if back::is_ours(&text) {
                    continue;
                }
                let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
                let target = asset.target.as_deref().unwrap_or("~");
                let full = if target.rsplit('/').next() == Some(&name) {
                    target.to_owned()
                } else {
                    format!("{}/{name}", target.trim_end_matches('/'))
                };
                let is_first_host = asset.host.eq_ignore_ascii_case(&first);
                let Some(place) = self.converter.workspace_path(&full).filter(|_| is_first_host) else {
                    let why = format!("belongs to {full} on {}, outside the workspace", asset.host);
                    self.note(format!("asset `{path}` {why}: it is shown only"));
                    let what = one_line(&format!("`{path}` {why}:"));
                    pieces.push(Piece::Text(format!("\n{}\n\n", prose::tags(&what).0)));
                    pieces.push(self.converter.add(Block::shown(0, language_of(&path), &text, &why)));
                    continue;
                };
                let block = self.converter.asset(&place, &text);
                pieces.push(self.converter.add(block));
                let mode = asset.chmod.as_deref().unwrap_or_default();
                if !mode.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-=,".contains(&byte)) {
                    self.note(format!("asset `{path}`: invalid mode `{mode}`; left out"));
                } else if !mode.is_empty() {
                    let path = place.replace('\'', "'\\''");
                    pieces.push(self.command(&format!("chmod {mode} '{path}'"), None));
                }
            }
        }
        if !pieces.is_empty() {
            pieces.insert(0, Piece::Text("# Set-up\n\n<details><summary>Files</summary>\n\n".to_owned()));
            pieces.push(Piece::Text("\n</details>\n".to_owned()));
            self.chapters.push(Chapter {
                file: "setup.md".to_owned(),
                original: "index.json".to_owned(),
                title: "Set-up".to_owned(),
                is_step: true,
                pieces,
            });
        }
    }
}
