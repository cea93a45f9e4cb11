//! A search in the files of the workspace: lines that have a text, in capitals or not. Only files that the editor lists
//! and can open are read.

use std::time::Instant;

use crate::answer::{Cut, FoundLine, FoundLines};
use crate::files::WorkspaceFiles;
use crate::limits::{BODY_BYTES_MAX, FIND_MAX, FOUND_LINES_MAX, QUERY_CHARS_MAX};
use crate::listing::{Stamp, is_hidden};
use crate::search::excerpt;

/// The lines that have a text, those of the book's files first. This blocks.
pub(crate) fn find(files: &WorkspaceFiles, text: &str, is_books: impl Fn(&str) -> bool) -> FoundLines {
    let text: String = text.trim().chars().take(QUERY_CHARS_MAX).collect::<String>().to_lowercase();
    let mut found = FoundLines { lines: Vec::new(), cut: None };
    if text.is_empty() {
        return found;
    }
    let begun = Instant::now();
    let listing = files.list();
    found.cut = listing.is_cut.then_some(Cut::Files);
    let may_open = |(path, stamp): &(String, Stamp)| {
        stamp.2 <= BODY_BYTES_MAX as u64 && (is_books(path) || !is_hidden(path))
    };
    let mut paths: Vec<_> = listing.files.into_iter().filter(may_open).map(|(path, _)| path).collect();
    paths.sort_by_key(|path| !is_books(path));
    for path in paths {
        if begun.elapsed() > FIND_MAX {
            found.cut = Some(Cut::Time);
            break;
        }
        let Some(content) = files.bytes(&path).and_then(|bytes| String::from_utf8(bytes).ok()) else {
            continue;
        };
        for (index, line) in content.lines().enumerate() {
            if !line.to_lowercase().contains(&text) {
                continue;
            }
            if found.lines.len() >= FOUND_LINES_MAX {
                found.cut = Some(Cut::Lines);
                return found;
            }
            found.lines.push(FoundLine { path: path.clone(), line: index + 1, text: excerpt(line, &text) });
        }
    }
    found
}
