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

/// The chapters in order, as mdBook reads them: an entry in the list is numbered, also where part titles
/// divide the list; an entry above or below it is not.
pub fn summary(page: PageIndex, source: &SourceFile) -> (Vec<Chapter>, Vec<Diagnostic>) {
    let mut reader = Reader::default();
    for (event, range) in Parser::new(&source.text).into_offset_iter() {
        let span = Span::new(page, range);
        match event {
            Event::Start(Tag::List(_)) => {
                if reader.depth == 0 && reader.below_list {
                    reader.diagnose(
                        Diagnostic::new(first_line(source, span), "a list below an unnumbered chapter")
                            .with_help("numbered chapters come first: move the chapters that are in no list to the end"),
                    );
                }
                reader.depth += 1;
                reader.seen_list = true;
            }
            Event::End(TagEnd::List(_)) => reader.depth -= 1,
            Event::Start(Tag::Item) => reader.items.push(false),
            Event::End(TagEnd::Item) => {
                let linked = reader.items.pop();
                if linked == Some(false) {
                    reader.diagnose(
                        Diagnostic::new(first_line(source, span), "this entry names no page")
                            .with_help("write it as a link: `- [Title](page.md)`"),
                    );
                }
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                let path = dest_url.trim_start_matches("./").replace("%20", " ");
                reader.link = Some(Chapter { title: String::new(), path, numbered: reader.depth > 0, span });
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(chapter) = &mut reader.link {
                    chapter.title.push_str(&text);
                }
            }
            Event::End(TagEnd::Link) => {
                if let Some(chapter) = reader.link.take() {
                    reader.chapter(chapter);
                }
            }
            _ => {}
        }
    }
    if !reader.seen_list {
        let place = Span::new(page, source.line_range(1));
        reader.diagnose(
            Diagnostic::new(place, "this book has no numbered chapter, so it has no step")
                .with_help("a step is an entry of a list: `- [Title](page.md)`"),
        );
    }
    (reader.chapters, reader.diagnostics)
}

#[derive(Default)]
struct Reader {
    chapters: Vec<Chapter>,
    diagnostics: Vec<Diagnostic>,
    /// The entry that is being read.
    link: Option<Chapter>,
    /// How many lists are open.
    depth: usize,
    /// For each open item, whether it holds a link.
    items: Vec<bool>,
    seen_list: bool,
    /// Whether an unnumbered chapter came after the numbered ones.
    below_list: bool,
}

impl Reader {
    fn diagnose(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn chapter(&mut self, chapter: Chapter) {
        if let Some(item) = self.items.last_mut() {
            *item = true;
        }
        self.below_list |= self.seen_list && self.depth == 0;
        let span = chapter.span;
        if self.depth > 1 {
            self.diagnose(Diagnostic::new(span, "a nested chapter cannot be a step").with_help(
                "steps are counted, 1, 2, 3: move this entry to the list's outermost level, or out of the list",
            ));
        } else if chapter.path.is_empty() {
            // Unnumbered, it would be a line in the table of contents and nothing else.
            if chapter.numbered {
                self.diagnose(
                    Diagnostic::new(span, "a draft chapter is counted as a step, and has no page to run")
                        .with_help("name a page, or remove the entry until there is one"),
                );
            }
        } else if self.chapters.iter().any(|other| other.path == chapter.path) {
            self.diagnose(
                Diagnostic::new(span, format!("`{}` is a chapter already", chapter.path))
                    .with_help("mdBook allows one entry for each page"),
            );
        } else {
            self.chapters.push(chapter);
        }
    }
}

fn first_line(source: &SourceFile, span: Span) -> Span {
    let end = source.line_range(source.line_number(span.start)).end;
    Span { end: end.max(span.start), ..span }
}
