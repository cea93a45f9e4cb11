//! The names of blocks and checks, by which a run, a button and a record find them again.

use std::collections::HashMap;

use crate::digest::digest;
use crate::parse::attribute::Attribute;

/// Names the blocks and checks of a page.
pub(super) struct Ids<'a> {
    page: &'a str,
    /// How often each content was there so far.
    seen: HashMap<String, usize>,
}

impl Ids<'_> {
    /// The names of a page.
    pub(super) fn new(page: &str) -> Ids<'_> {
        Ids { page, seen: HashMap::new() }
    }

    /// `page:hash:n`: the page, eight hexadecimal digits of what the block says, and which of those with the same
    /// digits it is. What comes before it on the page does not matter, so that it keeps its id when that changes.
    pub(super) fn next(&mut self, language: &str, attributes: &[Attribute], text: &str) -> String {
        let mut all = language.to_owned();
        for attribute in attributes {
            all += &format!("\0{}\u{1}{}", attribute.key, attribute.value.as_deref().unwrap_or(""));
        }
        all += &format!("\u{2}{text}");
        let hash = digest(all.as_bytes(), 4);
        let id = format!("{}:{hash}", self.page);
        let count = self.seen.entry(hash).or_default();
        *count += 1;
        format!("{id}:{count}")
    }
}
