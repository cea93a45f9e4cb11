//! Several edits of pages at once: in memory, and on disk.

use std::collections::BTreeMap;
use std::path::PathBuf;

use similar::TextDiff;

use crate::diagnostic::PageEdit;
use crate::disk;
use crate::error::{Error, PathContext, Result};
use crate::source::{PageIndex, SourceFile, Sources};

/// The mark that some editors put first. It is not part of a page's text.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The pages with their edits made, which must not overlap.
pub fn apply(sources: &Sources, edits: &[PageEdit]) -> Sources {
    let mut edited = sources.clone();
    for (page, edits) in by_page(edits) {
        let file = &sources.pages[page];
        let mut text = String::with_capacity(file.text.len());
        let mut from = 0;
        for edit in edits {
            text.push_str(&file.text[from..edit.span.start]);
            text.push_str(&edit.text);
            from = edit.span.end;
        }
        text.push_str(&file.text[from..]);
        edited.pages[page] = SourceFile::new(file.path.clone(), text);
    }
    edited
}

/// What the edits change, as a unified diff.
pub fn diff(sources: &Sources, edits: &[PageEdit]) -> String {
    let edited = apply(sources, edits);
    let pages = by_page(edits).into_keys().map(|page| (&sources.pages[page], &edited.pages[page].text));
    let diffs = pages.map(|(SourceFile { path, text, .. }, new)| {
        let path = path.display().to_string();
        TextDiff::from_lines(text, new).unified_diff().header(&path, &path).to_string()
    });
    diffs.collect()
}

/// Makes the edits on disk, each page whole or not at all; the paths of the pages.
///
/// # Errors
///
/// A page cannot be read or written, or is not on disk what `sources` has: somebody has saved it since.
pub fn write(sources: &Sources, edits: &[PageEdit]) -> Result<Vec<PathBuf>> {
    let edited = apply(sources, edits);
    let pages: Vec<PageIndex> = by_page(edits).into_keys().collect();
    let mut marks = Vec::new();
    for page in &pages {
        let SourceFile { path, text, .. } = &sources.pages[*page];
        let found = std::fs::read_to_string(path).on_path("read", path)?;
        let rest = found.strip_prefix(BYTE_ORDER_MARK);
        if rest.unwrap_or(&found) != text {
            let message = format!("`{}` has changed since it was read; no page was written", path.display());
            return Err(Error::new(message).with_help("run the command again"));
        }
        marks.push(rest.map_or("", |_| BYTE_ORDER_MARK));
    }
    for (page, mark) in pages.iter().zip(marks) {
        let SourceFile { path, text, .. } = &edited.pages[*page];
        // A link stays one: the file that it leads to is the page.
        path.canonicalize()
            .and_then(|file| disk::replace(&file, format!("{mark}{text}").as_bytes()))
            .on_path("write", path)?;
    }
    Ok(pages.iter().map(|page| edited.pages[*page].path.clone()).collect())
}

/// The edits of each page, in the order of its text.
fn by_page(edits: &[PageEdit]) -> BTreeMap<PageIndex, Vec<&PageEdit>> {
    let mut pages: BTreeMap<PageIndex, Vec<&PageEdit>> = BTreeMap::new();
    edits.iter().for_each(|edit| pages.entry(edit.span.page).or_default().push(edit));
    pages.values_mut().for_each(|edits| edits.sort_by_key(|edit| (edit.span.start, edit.span.end)));
    pages
}
