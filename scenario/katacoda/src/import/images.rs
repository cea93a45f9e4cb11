//! Finds the pictures of pages: their places in a text, and their files.
//!
//! Pictures on the web stay there. This module does not check the bytes of a picture.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::folder::{Folder, Unreadable};

/// The most pictures to take over, and the most bytes of all together.
const FILES_MAX: usize = 300;
const BYTES_MAX: usize = 64 << 20;
/// The most bytes of a text in brackets before an address.
const ALT_MAX: usize = 1000;

/// The pictures of a scenario.
#[derive(Debug, Default)]
pub(super) struct Images {
    /// The new name of each file.
    names: BTreeMap<PathBuf, String>,
    /// The files, by their paths in the book.
    pub(super) files: Vec<(String, Vec<u8>)>,
    bytes: usize,
}

impl Images {
    /// Takes over the pictures of a page. Returns their new addresses, and notes about pictures that are left out.
    pub(super) fn take(
        &mut self,
        folder: &Folder,
        page: &str,
        text: &str,
    ) -> (HashMap<String, String>, Vec<(usize, String)>) {
        let (mut known, mut notes) = (HashMap::new(), Vec::new());
        for place in references(text) {
            let address = &text[place.clone()];
            if known.contains_key(address) {
                continue;
            }
            match self.one(folder, page, address) {
                Ok(name) => drop(known.insert(address.to_owned(), name)),
                Err(why) => notes.push((place.start, format!("picture `{address}` {why}; left out"))),
            }
        }
        (known, notes)
    }

    fn one(&mut self, folder: &Folder, page: &str, address: &str) -> Result<String, &'static str> {
        let path = address.split(['?', '#']).next().unwrap_or_default().replace("%20", " ");
        let base = Path::new(page.trim_start_matches('/')).parent().unwrap_or(Path::new(""));
        // An absolute address begins with the user and the folder of all scenarios.
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let shorter = (0..parts.len()).map(|from| (Path::new(""), parts[from..].join("/")));
        let mut all = std::iter::once((base, path.clone())).chain(shorter);
        let mut outside = false;
        let found = all.find_map(|(base, path)| match folder.locate(base, &path) {
            Ok(real) => real.is_file().then(|| (real, folder.read(base, &path))),
            Err(why) => {
                outside |= matches!(why, Unreadable::Outside);
                None
            }
        });
        let Some((real, bytes)) = found else {
            return Err(if outside { "is outside the folder" } else { "is not found" });
        };
        if let Some(name) = self.names.get(&real) {
            return Ok(name.clone());
        }
        let bytes = bytes.map_err(|_| "cannot be read, or is too large")?;
        self.bytes += bytes.len();
        if self.files.len() >= FILES_MAX || self.bytes > BYTES_MAX {
            return Err("does not fit into 300 pictures and 64 MiB");
        }
        let last = real.file_name().unwrap_or_default().to_string_lossy();
        let last: String =
            last.chars().map(|c| if c.is_alphanumeric() || "._-".contains(c) { c } else { '-' }).collect();
        let name = format!("images/{}-{last}", self.files.len() + 1);
        self.files.push((format!("src/{name}"), bytes));
        self.names.insert(real, name.clone());
        Ok(name)
    }
}

/// The addresses of pictures that are not on the web.
fn references(text: &str) -> Vec<Range<usize>> {
    let markdown = text.match_indices("![").filter_map(|(at, _)| {
        let mut end = text.len().min(at + ALT_MAX);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let start = at + text[at..end].find("](")? + 2;
        let start = start + text[start..].len() - text[start..].trim_start_matches(' ').len();
        // In angle brackets an address may have blanks.
        let is_bracketed = text[start..].starts_with('<');
        let start = start + usize::from(is_bracketed);
        let is_end = |c: char| if is_bracketed { "<>\n".contains(c) } else { c.is_whitespace() || c == ')' };
        let length = text[start..].find(is_end)?;
        Some(start..start + length)
    });
    let html = text.match_indices("<img").filter_map(|(at, _)| {
        let tag = &text[at..at + text[at..].find('>')?];
        let value = at + tag.find("src=")? + "src=".len();
        let quote = text[value..].chars().next().filter(|c| matches!(c, '"' | '\''));
        let start = value + usize::from(quote.is_some());
        let is_end = |c: char| quote.map_or(c.is_whitespace() || c == '>', |quote| c == quote);
        Some(start..start + text[start..].find(is_end)?)
    });
    let is_local = |place: &Range<usize>| {
        let address = &text[place.clone()];
        !address.is_empty()
            && !address.contains(':')
            && !address.starts_with("//")
            && !address.starts_with("[[")
    };
    let mut all: Vec<Range<usize>> = markdown.chain(html).filter(is_local).collect();
    all.sort_by_key(|place| place.start);
    all.dedup_by_key(|place| place.start);
    all
}

/// The text with new addresses.
pub(super) fn renamed(text: &str, names: &HashMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for place in references(text) {
        if let Some(name) = names.get(&text[place.clone()]).filter(|_| place.start >= at) {
            out.push_str(&text[at..place.start]);
            out.push_str(name);
            at = place.end;
        }
    }
    out.push_str(&text[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_on_this_machine_are_found_in_markdown_and_html() {
        let text = "![a [b]](./a.png) <img align=right src=\"b/c.jpg\" /> ![](https://prometheus.io/y.png) <img src=d.gif> ![x]( <e.svg> ) ![x](<f g.png> 't') ![";
        let found: Vec<&str> = references(text).into_iter().map(|place| &text[place]).collect();
        assert_eq!(found, ["./a.png", "b/c.jpg", "d.gif", "e.svg", "f g.png"]);
    }
}
