//! mdBook's chapters as the pages that core parses, with whatever earlier preprocessors made of them.
//!
//! What a page means is not decided here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use mdbook_preprocessor::PreprocessorContext;
use mdbook_preprocessor::book::{Book, BookItem};
use scenario_core::diagnostic::Mistakes;
use scenario_core::error::{Error, Result};
use scenario_core::files;
use scenario_core::model::{Scenario, Step};
use scenario_core::parse::{self, Chapter, Page};
use scenario_core::source::{PageIndex, SourceFile, Sources, Span};

/// All pages of a book, parsed.
pub(crate) struct Pages {
    /// The steps; page `i` of the sources is chapter `i` as `for_each_chapter_mut` counts.
    pub(crate) scenario: Scenario,
    /// The pages that are no steps, read as if they were, for the sake of their transcripts.
    pub(crate) others: Scenario,
    /// For each page that an earlier preprocessor has changed, what its file says.
    pub(crate) changed: BTreeMap<PageIndex, Ids>,
}

/// The ids of all blocks and checks of a page.
#[derive(Debug, Default)]
pub(crate) struct Ids(BTreeSet<String>);

impl Ids {
    fn of(step: &Step) -> Ids {
        let blocks = step.blocks.iter().map(|block| &block.id);
        Ids(blocks.chain(step.checks.iter().map(|check| &check.id)).cloned().collect())
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.0.contains(id)
    }
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
    let folder = context.root.join(&src);
    let changed = pages.iter().filter(|page| page.chapter.numbered).filter_map(|page| {
        let text = &sources.pages[page.index].text;
        changed_page(&folder, page, text).map(|ids| (page.index, ids))
    });
    let changed = changed.collect();
    let mut others: Vec<Page> = pages.into_iter().filter(|page| !page.chapter.numbered).collect();
    others.iter_mut().for_each(|page| page.chapter.numbered = true);
    // On these pages a block without attributes is no mistake.
    let (others, _) = parse::parse(&title, sources, &others);
    Ok(Pages { scenario, others, changed })
}

/// What the file of a page says, if that is something else than what mdBook has sent. The runner and the lab read the
/// file, so a block that the file does not have is not what they run.
fn changed_page(folder: &Path, page: &Page, text: &str) -> Option<Ids> {
    let file = std::fs::read_to_string(folder.join(&page.chapter.path)).ok()?;
    let file = file.strip_prefix('\u{feff}').unwrap_or(&file);
    if file == text {
        return None;
    }
    let mut sources = Sources::default();
    let index = sources.add(SourceFile::new(&page.chapter.path, file));
    let page = Page { index, chapter: page.chapter.clone() };
    let (scenario, _) = parse::parse("", sources, &[page]);
    scenario.steps.first().map(Ids::of)
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
