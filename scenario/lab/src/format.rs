//! Formats a Rust file by rustfmt, where it is there: only what parses, and only if the blocks of the book still fit.
//!
//! A file of the book may decide which rustfmt runs (`rust-toolchain.toml`), so it is run only where a command of the book
//! may be. The file itself is not written here.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use scenario_core::edit::{self, Line};
use scenario_core::error::{Error, Result};
use scenario_core::model::{Block, BlockKind};
use scenario_core::process::{Command, Tree};

use crate::book::RenderedBook;
use crate::lab::Lab;
use crate::limits::FORMAT_MAX;
use crate::listing::OWN;
use crate::problem::Formatted;
use crate::sync::locked;

/// The edition of a file that belongs to no package.
const EDITION: &str = "2024";
/// Held while a file is formatted.
static ONE: Mutex<()> = Mutex::new(());
/// The status of a shell that does not find a program.
const NOT_FOUND: i32 = 127;

/// Formats the text of a file of the workspace. This blocks.
///
/// # Errors
///
/// The text cannot be written for rustfmt to read.
pub(crate) fn format(lab: &Lab, path: &str, text: &str) -> Result<Formatted> {
    let stays = |why: &str| Ok(Formatted { text: None, why: why.to_owned() });
    if !path.ends_with(".rs") || !lab.may_run() {
        return stays("");
    }
    // The file that it reads is one for all.
    let _one = locked(&ONE);
    let root = lab.workspace().canonicalize().unwrap_or_default();
    let name = format!("{OWN}/unformatted.rs");
    let written = lab.files.write_own(&name, text.as_bytes());
    written.map_err(|cause| Error::io("write", &root.join(&name), cause))?;
    // rustfmt reads its settings from the current folder. Given a path, it would format other modules too.
    let script = "exec rustfmt --edition \"$2\" --emit stdout --color never <\"$1\"";
    let edition = edition_of(lab, path);
    let words =
        ["bash", "-c", script, "bash", &root.join(&name).display().to_string(), &edition].map(str::to_owned);
    let dir = folder_of(&root, path);
    let command = Command::new(words).dir(&dir).envs(&lab.terminals.env()).deadline(FORMAT_MAX);
    let finished = command.in_tree(Tree::new()).run();
    let _ = lab.files.remove_own(&name);
    let finished = finished?;
    if finished.status == NOT_FOUND || finished.stderr.contains("is not installed") {
        return stays("rustfmt is not installed");
    }
    if let Some(bound) = finished.timed_out {
        return stays(&format!("rustfmt took more than {} s", bound.as_secs()));
    }
    // What does not parse stays as it is: the learner is in the middle of it.
    if !finished.success() || finished.truncated || finished.stdout.is_empty() || finished.stdout == text {
        return stays("");
    }
    let book = lab.book();
    if let Some(block) = misfit(&book, path, text, &finished.stdout) {
        let at = book.plan.scenario.sources.location(block.span);
        return stays(&format!("the block at {at} would not fit any more"));
    }
    Ok(Formatted { text: Some(finished.stdout), why: String::new() })
}

/// A block of the book that is in a text or fits it, and would not in another one.
fn misfit<'a>(book: &'a RenderedBook, path: &str, before: &str, after: &str) -> Option<&'a Block> {
    let lines = |text: &str, block: &Block| Line::of(text, block.span);
    book.blocks().map(|(_, block)| block).find(|block| {
        let BlockKind::Edit(edit) = &block.kind else { return false };
        if edit.path != path {
            return false;
        }
        let own = Line::of_block(block);
        let holds = |text: &str| edit::holds(&lines(text, block), &edit.verb, &own);
        let fits = |text: &str| edit::apply_to_text(path, text, &edit.verb, own.clone()).is_ok();
        holds(before) && !holds(after) || fits(before) && !fits(after)
    })
}

/// The folder of a file; the workspace if that is not there yet.
fn folder_of(root: &Path, path: &str) -> PathBuf {
    let folder = root.join(path).parent().map(Path::to_owned).unwrap_or_default();
    let inside = folder.canonicalize().ok().filter(|folder| folder.starts_with(root));
    inside.unwrap_or_else(|| root.to_owned())
}

/// The edition of the nearest package above a file.
fn edition_of(lab: &Lab, path: &str) -> String {
    let manifests = Path::new(path).ancestors().skip(1).map(|folder| folder.join("Cargo.toml"));
    let texts = manifests.filter_map(|manifest| lab.files.bytes(manifest.to_str()?));
    let of = |bytes: Vec<u8>| {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let line =
            text.lines().find_map(|line| line.trim().strip_prefix("edition")?.trim().strip_prefix('='))?;
        let year: String = line.trim().trim_start_matches(['"', '\'']).chars().take(4).collect();
        (year.len() == 4 && year.chars().all(|c| c.is_ascii_digit())).then_some(year)
    };
    texts.into_iter().find_map(of).unwrap_or_else(|| EDITION.to_owned())
}
