//! A book that passes through mdBook: each block becomes a figure, and the prose stays.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::{Value, json};

use crate::{BETWEEN_PARTS, text};

/// The most pages of an input.
const PAGES_MAX: usize = 4;
/// A word that the corpus has only in its prose.
const PROSE: &str = "Prose";
/// The beginning of a figure.
const FIGURE: &str = "<figure class=\"scenario-block\"";

/// The input is pages, with lines `%%%` between them. Each page is a step, except for the last of several pages.
pub fn renderer(input: &[u8]) {
    let input = text(input);
    let pages: Vec<&str> = input.split(BETWEEN_PARTS).take(PAGES_MAX).collect();
    let mut shown = Vec::new();
    let result = mdbook_scenario::run(book(&pages).as_bytes(), &mut shown, &mut |_| ());
    if let Err(error) = result {
        assert!(!error.to_string().is_empty());
        assert!(shown.is_empty(), "a book is shown whole or not at all");
        return;
    }
    let book: Value = serde_json::from_slice(&shown).unwrap_or_else(|cause| panic!("{cause}"));
    for (number, page) in pages.iter().enumerate() {
        let text = book["items"][number]["Chapter"]["content"].as_str().unwrap_or_default();
        let text = text.split_once("</style>\n\n").map_or(text, |(_, rest)| rest);
        figures_are_html(text);
        prose_stays(page, text);
    }
}

/// The book as mdBook sends it.
fn book(pages: &[&str]) -> String {
    let chapter = |(index, page): (usize, &&str)| {
        let number = if index == 0 || index + 1 < pages.len() { json!([index + 1]) } else { Value::Null };
        let path = format!("page-{index}.md");
        json!({ "Chapter": {
            "name": path, "content": page, "number": number, "sub_items": [],
            "path": path, "source_path": path, "parent_names": [],
        }})
    };
    let items: Vec<Value> = pages.iter().enumerate().map(chapter).collect();
    let config = json!({ "book": { "title": "A book" }, "preprocessor": { "scenario": {} } });
    let context = json!({ "root": "/", "config": config, "renderer": "html", "mdbook_version": "0.5.4" });
    json!([context, { "items": items }]).to_string()
}

/// Checks that mdBook keeps a figure as HTML, and shows none of its tags as text or code.
fn figures_are_html(page: &str) {
    let html: Vec<String> = Parser::new_ext(page, options())
        .filter_map(|event| match event {
            Event::Html(html) | Event::InlineHtml(html) => Some(html.into_string()),
            _ => None,
        })
        .collect();
    let (written, arrived) = (page.matches(FIGURE).count(), html.concat().matches(FIGURE).count());
    assert_eq!(written, arrived, "figures that arrive as HTML in:\n{page}");
}

/// Checks that prose stays text and does not become part of the HTML of a block.
fn prose_stays(before: &str, after: &str) {
    let (written, arrived) = (prose(before), prose(after));
    assert!(arrived >= written, "{arrived} times `{PROSE}` instead of {written} in:\n{after}");
}

/// The number of times that the word is in the text of a page.
fn prose(page: &str) -> usize {
    let mut is_code = false;
    let texts = Parser::new_ext(page, options()).filter_map(|event| {
        match event {
            Event::Start(Tag::CodeBlock(_)) => is_code = true,
            Event::End(TagEnd::CodeBlock) => is_code = false,
            Event::Text(text) if !is_code => return Some(text.matches(PROSE).count()),
            _ => {}
        }
        None
    });
    texts.sum()
}

/// The extensions of Markdown that mdBook turns on.
fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM
}
