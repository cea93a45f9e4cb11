//! mdBook's chapters as the pages that core parses, with whatever earlier preprocessors made of them.
//!
//! What a page means is not decided here.

use std::path::Path;

use mdbook_preprocessor::PreprocessorContext;
use mdbook_preprocessor::book::{Book, BookItem};
use scenario_core::diagnostic::Mistakes;
use scenario_core::error::{Error, Result};
use scenario_core::files;
use scenario_core::model::Scenario;
use scenario_core::parse::{self, Chapter, Page};
use scenario_core::source::{SourceFile, Sources, Span};

/// All pages of a book, parsed.
pub(crate) struct Pages {
    /// The steps; page `i` of the sources is chapter `i` as `for_each_chapter_mut` counts.
    pub(crate) scenario: Scenario,
    /// The pages that are no steps, read as if they were, for the sake of their transcripts.
    pub(crate) others: Scenario,
}

/// Parses all chapters.
///
/// # Errors
///
/// All mistakes, rendered.
pub(crate) fn parse(context: &PreprocessorContext, book: &mut Book) -> Result<Pages> {
    refuse_drafts(book)?;
    let src = context.config.book.src.clone();
    let mut sources = Sources::default();
    let mut pages = Vec::new();
    let mut nested = None;
    book.for_each_chapter_mut(|chapter| {
        let path = chapter.source_path.as_deref().or(chapter.path.as_deref()).unwrap_or(Path::new(""));
        let index = sources.add(SourceFile::new(src.join(path), chapter.content.clone()));
        let depth = chapter.number.as_ref().map_or(0, |number| number.len());
        if depth > 1 {
            nested = nested.take().or(Some(chapter.name.clone()));
        }
        let span = Span::new(index, 0..0);
        let title = chapter.name.clone();
        let path = path.to_string_lossy().into_owned();
        pages.push(Page { index, chapter: Chapter { title, path, numbered: depth == 1, span } });
    });
    if let Some(name) = nested {
        return Err(Error::new(format!("the nested chapter `{name}` cannot be a step"))
            .with_help("steps are the chapters of the top-level list in SUMMARY.md"));
    }
    let title = context.config.book.title.clone().unwrap_or_default();
    let (scenario, mut mistakes) = parse::parse(&title, sources.clone(), &pages);
    if mistakes.is_empty() {
        mistakes.extend(files::check(&scenario));
    }
    if !mistakes.is_empty() {
        return Err(Error::book(Mistakes { diagnostics: mistakes, sources }, "nothing was rendered"));
    }
    let mut others: Vec<Page> = pages.into_iter().filter(|page| !page.chapter.numbered).collect();
    others.iter_mut().for_each(|page| page.chapter.numbered = true);
    // On these pages a block without attributes is no mistake.
    let (others, _) = parse::parse(&title, sources, &others);
    Ok(Pages { scenario, others })
}

fn refuse_drafts(book: &Book) -> Result<()> {
    let draft = book.iter().find_map(|item| match item {
        BookItem::Chapter(chapter) if chapter.is_draft_chapter() => Some(chapter),
        _ => None,
    });
    draft.map_or(Ok(()), |chapter| {
        Err(Error::new(format!("the draft chapter `{}` has no page to run", chapter.name)))
    })
}
