//! The marks of export, by which `import` recognises its files.
//!
//! This module marks nothing: the other modules do.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// The program that edits files and waits for processes on the other machine.
pub(super) const PROGRAM: &str = include_str!("book.sh");
/// Begins the second line of each script that export makes.
pub(super) const MADE: &str = "# Made by scenario-katacoda";
/// Begins the comment that says what a block is in a book.
pub(super) const MARK: &str = "<!-- book: ";
/// Begins a directive of a book.
pub(super) const DIRECTIVE: &str = "<!-- scenario: ";
/// Surround pages of a book without blocks.
pub(super) const PROSE: &str = "<!-- book: prose -->\n";
pub(super) const PROSE_END: &str = "<!-- book: end -->\n";

/// A short name for a text.
pub(super) fn digest(text: &str) -> String {
    sha256(text)[..16].to_owned()
}

/// The digest of a text in hexadecimal digits, as `sha256sum` prints it.
pub(super) fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
