//! SUMMARY.md: which pages there are, and which of them are steps.

use std::collections::HashMap;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::diagnostic::Diagnostic;
use crate::problem::Problem;
use crate::source::{PageIndex, SourceFile, Span};

/// A page that SUMMARY.md names.
#[derive(Debug, Clone)]
pub struct Chapter {
    /// Its title.
    pub title: String,
    /// Its path, relative to the book's `src`.
    pub path: String,
    /// Its number as mdBook counts, such as `[2, 1]` for the first chapter below the second; empty for an unnumbered one.
    pub number: Vec<u32>,
    /// The entry.
    pub span: Span,
}

impl Chapter {
    /// Whether it is a step: the steps are the numbered chapters.
    pub fn is_step(&self) -> bool {
        !self.number.is_empty()
    }

    /// Its number in words and commands: `2`, or `2.1` for a nested one.
    pub fn label(&self) -> String {
        let parts: Vec<String> = self.number.iter().map(u32::to_string).collect();
        parts.join(".")
    }
}

/// Which chapters are pages of a book: the law for SUMMARY.md and for what mdBook makes of it.
#[derive(Debug, Default)]
pub struct Chapters {
    seen: HashMap<String, Span>,
}

impl Chapters {
    /// Whether the next chapter is a page. An unnumbered draft is not: it is a line in the table of contents.
    ///
    /// # Errors
    ///
    /// A numbered draft, and a page that was there before.
    pub fn admit(&mut self, chapter: &Chapter) -> Result<bool, Diagnostic> {
        if chapter.path.is_empty() {
            return match chapter.is_step() {
                true => Err(Diagnostic::new(chapter.span, Problem::DraftChapter)),
                false => Ok(false),
            };
        }
        if let Some(first) = self.seen.get(&chapter.path) {
            let problem = Problem::DuplicateChapter { path: chapter.path.clone() };
            return Err(Diagnostic::new(chapter.span, problem).with_label(*first, "first listed here"));
        }
        self.seen.insert(chapter.path.clone(), chapter.span);
        Ok(true)
    }
}

/// The chapters in order, as mdBook reads them: an entry in the list is numbered, also where part titles
/// divide the list; an entry above or below it is not.
pub fn summary(page: PageIndex, source: &SourceFile) -> (Vec<Chapter>, Vec<Diagnostic>) {
    let mut reader = Reader::default();
    for (event, range) in Parser::new(&source.text).into_offset_iter() {
        let span = Span::new(page, range);
        match event {
            Event::Start(Tag::List(_)) => {
                if let Some(Item { lists, .. }) = reader.items.last_mut() {
                    *lists += 1;
                    if *lists > 1 {
                        reader.report(first_line(source, span), Problem::SecondInEntry { what: "list" });
                    }
                }
                if reader.items.is_empty() && reader.below_list {
                    reader.report(first_line(source, span), Problem::MisplacedList);
                }
                // The outermost list goes on counting after a part title.
                if !reader.items.is_empty() || reader.number.is_empty() {
                    reader.number.push(0);
                }
                reader.seen_list = true;
            }
            Event::End(TagEnd::List(_)) => {
                reader.number.truncate(reader.items.len().max(1));
            }
            Event::Start(Tag::Item) => {
                reader.items.push(Item::default());
                reader.number.iter_mut().last().into_iter().for_each(|last| *last += 1);
            }
            Event::End(TagEnd::Item) => {
                let is_linked = reader.items.pop().is_none_or(|item| item.linked);
                if !is_linked {
                    reader.report(first_line(source, span), Problem::EntryWithoutLink);
                }
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                let path = dest_url.trim_start_matches("./").replace("%20", " ");
                let number = if reader.items.is_empty() { Vec::new() } else { reader.number.clone() };
                reader.link = Some(Chapter { title: String::new(), path, number, span });
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
        reader.report(place, Problem::NoSteps);
    }
    (reader.chapters, reader.diagnostics)
}

#[derive(Default)]
struct Reader {
    chapters: Vec<Chapter>,
    diagnostics: Vec<Diagnostic>,
    /// The entry that is being read.
    link: Option<Chapter>,
    /// The number of the last chapter in each open list, and in the outermost one.
    number: Vec<u32>,
    /// The open items.
    items: Vec<Item>,
    seen_list: bool,
    /// Whether an unnumbered chapter came after the numbered ones.
    below_list: bool,
}

/// An entry of a list.
#[derive(Default)]
struct Item {
    /// Whether it has a link.
    linked: bool,
    /// How many lists it has.
    lists: usize,
}

impl Reader {
    fn report(&mut self, span: Span, problem: Problem) {
        self.diagnostics.push(Diagnostic::new(span, problem));
    }

    fn chapter(&mut self, chapter: Chapter) {
        if let Some(item) = self.items.last_mut()
            && std::mem::replace(&mut item.linked, true)
        {
            self.report(chapter.span, Problem::SecondInEntry { what: "link" });
        }
        self.below_list |= self.seen_list && self.items.is_empty();
        self.chapters.push(chapter);
    }
}

fn first_line(source: &SourceFile, span: Span) -> Span {
    let end = source.line_range(source.line_number(span.start)).end;
    Span { end: end.max(span.start), ..span }
}
