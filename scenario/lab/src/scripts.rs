//! Which scripts run in a page of the book: those of mdBook's template and of our preprocessor, and no others.
//!
//! A page can contain scripts of its author, and every script of a page could do what the lab's buttons do, without
//! a click. The scripts of the template are found by rendering pages without any content. Its theme
//! and `additional-js` are part of the template: book.toml can name commands, so it is trusted anyway. What a script
//! does is not looked at.

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine as _;
use mdbook_driver::MDBook;
use mdbook_driver::book::{Book, Chapter};
use mdbook_driver::config::Config;
use mdbook_driver::errors::Result;
use mdbook_scenario::script;
use sha2::{Digest, Sha256};

/// The scripts of a template.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Scripts {
    /// The sources for a Content-Security-Policy of those inside the pages.
    pub(crate) hashes: BTreeSet<String>,
    /// The paths below `/book/` of those that the pages load.
    pub(crate) files: BTreeSet<String>,
}

/// Files get no hash in their names: the names must not depend on the content of the book.
pub(crate) fn name_files_plainly(config: &mut Config) -> Result<()> {
    config.set("output.html.hash-files", false)
}

impl Scripts {
    /// The scripts of the template that a book uses; `into` is a folder that may be emptied.
    ///
    /// # Errors
    ///
    /// mdBook cannot render the template.
    pub(crate) fn of_template(book: &MDBook, into: &Path) -> Result<Scripts> {
        let mut config = Config::default();
        config.book = book.config.book.clone();
        config.build.build_dir = into.to_owned();
        config.build.create_missing = false;
        let mut html = book.config.html_config().unwrap_or_default();
        html.hash_files = false;
        // Both would read files of the book.
        html.input_404 = Some(String::new());
        html.redirect.clear();
        let has_search = html.search.as_ref().is_none_or(|search| search.enable);
        config.set("output.html", html)?;
        let mut template = MDBook::load_with_config(&book.root, config)?;
        let pages = blank_pages(book);
        let chapters = pages.iter().map(|page| Chapter::new("Blank", String::new(), page, Vec::new()).into());
        template.book = Book::new_with_items(chapters.collect());
        // Nothing is copied from the book's own folder.
        let source = into.with_extension("blank");
        std::fs::create_dir_all(&source)?;
        template.config.book.src.clone_from(&source);
        template.build()?;
        std::fs::remove_dir(source)?;

        let mut scripts = Scripts { hashes: BTreeSet::from([hash_of(script())]), files: BTreeSet::new() };
        for page in pages.iter().map(String::as_str).chain(["index.md", "print.md"]) {
            let html = std::fs::read_to_string(into.join(page).with_extension("html")).unwrap_or_default();
            scripts.add(&html);
        }
        if has_search {
            // One of the scripts loads it.
            scripts.files.insert("searchindex.js".to_owned());
        }
        // A file of the book takes the place of a script with the same name.
        let source = book.source_dir();
        scripts.files.retain(|file| !source.join(file).exists());
        Ok(scripts)
    }

    fn add(&mut self, html: &str) {
        let mut rest = html;
        while let Some(start) = rest.find("<script") {
            rest = &rest[start..];
            let Some((tag, after)) = rest.split_once('>') else { return };
            let Some((script, next)) = after.split_once("</script>") else { return };
            match tag.split_once(" src=\"").and_then(|(_, rest)| rest.split_once('"')) {
                Some((file, _)) => {
                    let file = file.trim_start_matches("../");
                    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
                    // One of another site is not allowed, and one with other characters means something else in a policy.
                    if file.chars().all(is_plain) && !file.starts_with('/') {
                        self.files.insert(file.to_owned());
                    }
                }
                None => drop(self.hashes.insert(hash_of(script))),
            }
            rest = next;
        }
    }
}

/// A page for each depth of folders that the book has: the template names the way back to the root.
fn blank_pages(book: &MDBook) -> Vec<String> {
    let paths = book.book.chapters().filter_map(|chapter| chapter.path.as_ref());
    let deepest = paths.map(|path| path.components().count().saturating_sub(1)).max().unwrap_or_default();
    (0..=deepest).map(|depth| format!("{}blank.md", "blank/".repeat(depth))).collect()
}

/// The source for a Content-Security-Policy of a script inside a page.
fn hash_of(script: &str) -> String {
    let sum = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(script.as_bytes()));
    format!("'sha256-{sum}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_stand_in_a_page_have_a_hash_and_others_their_file() {
        let mut scripts = Scripts::default();
        scripts.add("<script src=\"../../a.js\"></script><script>\nlet a = 1;</script><script src=\"//elsewhere.example/c.js\"></script>");
        // printf '\nlet a = 1;' | openssl dgst -sha256 -binary | base64
        assert_eq!(
            scripts.hashes,
            BTreeSet::from(["'sha256-zNICszcODNxfb/tqSGD4CAgmaldni62vjSVnP/eaEZo='".to_owned()])
        );
        assert_eq!(scripts.files, BTreeSet::from(["a.js".to_owned()]));
    }
}
