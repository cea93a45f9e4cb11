//! A search in the pages of the book, by the index that mdBook has written beside them. Its own script for that does not
//! run in the lab.

use std::path::Path;

use serde::Deserialize;

use crate::limits::{FOUND_MAX, INDEX_BYTES_MAX, QUERY_CHARS_MAX};
use crate::place::Found;

/// How much of a text is shown before and after the first word that was found.
const AROUND_CHARS: usize = 60;

/// The sections of all pages.
#[derive(Debug, Default)]
pub(crate) struct Index {
    sections: Vec<Section>,
}

/// The text below one heading.
#[derive(Debug)]
struct Section {
    /// Its place, as a path below `/book/` with the heading's anchor.
    place: String,
    title: String,
    /// Titles of the pages and headings that it is in.
    path: String,
    text: String,
    /// All of it in lower case.
    lower: String,
}

/// `searchindex.js` of mdBook 0.5, as far as it is used: an index of elasticlunr with the addresses of its documents.
#[derive(Debug, Deserialize)]
struct Written {
    doc_urls: Vec<String>,
    index: WrittenIndex,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenIndex {
    document_store: Store,
}

#[derive(Debug, Deserialize)]
struct Store {
    docs: std::collections::BTreeMap<String, Document>,
}

#[derive(Debug, Deserialize)]
struct Document {
    #[serde(default)]
    title: String,
    #[serde(default)]
    breadcrumbs: String,
    #[serde(default)]
    body: String,
}

impl Index {
    /// The index of a rendered book; empty where its `book.toml` wants none.
    pub(crate) fn read(rendered: &Path) -> Index {
        let file = rendered.join("searchindex.js");
        if std::fs::metadata(&file).map_or(0, |metadata| metadata.len()) > INDEX_BYTES_MAX {
            return Index::default();
        }
        let text = std::fs::read_to_string(file).unwrap_or_default();
        Index { sections: parse(&text).unwrap_or_default() }
    }

    /// The sections that have all words of a query, those first that have them in their titles.
    pub(crate) fn find(&self, query: &str) -> Vec<Found> {
        let query: String = query.chars().take(QUERY_CHARS_MAX).collect::<String>().to_lowercase();
        let words: Vec<&str> = query.split_whitespace().collect();
        let Some(first) = words.first() else { return Vec::new() };
        let has_all = |text: &str| words.iter().all(|word| text.contains(word));
        let mut found: Vec<&Section> = self.sections.iter().filter(|one| has_all(&one.lower)).collect();
        found.sort_by_key(|section| !has_all(&section.title.to_lowercase()));
        let found = found.into_iter().take(FOUND_MAX);
        found
            .map(|section| Found {
                page: section.place.clone(),
                title: if section.path.is_empty() { section.title.clone() } else { section.path.clone() },
                text: excerpt(&section.text, first),
            })
            .collect()
    }
}

fn parse(text: &str) -> Option<Vec<Section>> {
    let json = text.split_once("JSON.parse('")?.1.rsplit_once("')")?.0;
    let Written { doc_urls, index } = serde_json::from_str(&unescape(json)).ok()?;
    let sections = index.document_store.docs.into_iter().filter_map(|(number, document)| {
        let place = doc_urls.get(number.parse::<usize>().ok()?)?.clone();
        let Document { title, breadcrumbs: path, body: text } = document;
        let lower = format!("{path} {title} {text}").to_lowercase();
        Some((number.parse::<usize>().ok()?, Section { place, title, path, text, lower }))
    });
    let mut sections: Vec<_> = sections.collect();
    sections.sort_by_key(|(number, _)| *number);
    Some(sections.into_iter().map(|(_, section)| section).collect())
}

/// The text of a JavaScript string in which only backslashes and apostrophes are escaped.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    plain
}

/// What a text says around a word.
pub(crate) fn excerpt(text: &str, word: &str) -> String {
    let lower: Vec<char> = text.chars().flat_map(|c| c.to_lowercase().next()).collect();
    let word: Vec<char> = word.chars().collect();
    let at = lower.windows(word.len().max(1)).position(|window| window == word).unwrap_or(0);
    let start = at.saturating_sub(AROUND_CHARS);
    let shown: String = text.chars().skip(start).take(at - start + word.len() + AROUND_CHARS).collect();
    let (before, after) = (
        if start > 0 { "…" } else { "" },
        if start + shown.chars().count() < lower.len() { "…" } else { "" },
    );
    format!("{before}{}{after}", shown.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = r#"window.search = Object.assign(window.search, JSON.parse('{"doc_urls":["a.html#one","a.html#two"],"index":{"documentStore":{"docs":{"0":{"body":"It\'s a \\"Counter\\" of requests.","breadcrumbs":"A » One","id":"0","title":"One"},"1":{"body":"nothing","breadcrumbs":"A » Counters","id":"1","title":"Counters"}}}}}'));"#;

    fn places(query: &str) -> Vec<String> {
        let index = Index { sections: parse(INDEX).expect("an index") };
        index.find(query).into_iter().map(|found| found.page).collect()
    }

    #[test]
    fn sections_with_all_words_are_found_and_titles_come_first() {
        assert_eq!(places("COUNTER"), ["a.html#two", "a.html#one"]);
        assert_eq!(places("requests counter"), ["a.html#one"]);
        assert_eq!(places("counter elsewhere"), Vec::<String>::new());
        assert_eq!(places("  "), Vec::<String>::new());
    }

    #[test]
    fn an_excerpt_shows_the_word_with_what_is_around() {
        let index = Index { sections: parse(INDEX).expect("an index") };
        assert_eq!(index.find("requests")[0].text, "It's a \"Counter\" of requests.");
        let long = format!("{}needle{}", "x ".repeat(100), " y".repeat(100));
        let shown = excerpt(&long, "needle");
        assert!(shown.starts_with('…') && shown.ends_with('…') && shown.contains("needle"), "{shown}");
        assert!(shown.chars().count() < 140);
    }
}
