//! SUMMARY.md: which pages there are, and which of them are steps.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::diagnostic::Diagnostic;
use crate::source::{PageIndex, SourceFile, Span};

/// A page that SUMMARY.md names.
#[derive(Debug, Clone)]
pub struct Chapter {
    /// Its title.
    pub title: String,
    /// Its path, relative to the book's `src`.
    pub path: String,
    /// Whether it is numbered, which makes it a step.
    pub numbered: bool,
    /// The entry.
    pub span: Span,
}

/// The chapters in order. An entry in the top-level list is numbered; one above or below the list is not.
pub fn summary(page: PageIndex, source: &SourceFile) -> (Vec<Chapter>, Vec<Diagnostic>) {
    let (mut chapters, mut diagnostics) = (Vec::new(), Vec::new());
    let mut depth = 0;
    let mut link: Option<Chapter> = None;
    for (event, range) in Parser::new_ext(&source.text, super::fence::options()).into_offset_iter() {
        match event {
            Event::Start(Tag::List(_)) => depth += 1,
            Event::End(TagEnd::List(_)) => depth -= 1,
            Event::Start(Tag::Link { dest_url, .. }) => {
                let span = Span::new(page, range);
                let path = dest_url.trim_start_matches("./").to_owned();
                link = Some(Chapter { title: String::new(), path, numbered: depth == 1, span });
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(chapter) = &mut link {
                    chapter.title.push_str(&text);
                }
            }
            Event::End(TagEnd::Link) => {
                let Some(chapter) = link.take() else { continue };
                if depth > 1 {
                    diagnostics.push(
                        Diagnostic::new(chapter.span, "a nested chapter cannot be a step").with_help(
                            "steps are the chapters of the top-level list: `cargo xtask step 3` is chapter 3",
                        ),
                    );
                } else if chapter.path.is_empty() {
                    diagnostics.push(Diagnostic::new(chapter.span, "a draft chapter has no page to run"));
                } else {
                    chapters.push(chapter);
                }
            }
            _ => {}
        }
    }
    (chapters, diagnostics)
}
