//! mdBook's chapters as the pages that core parses, with whatever earlier preprocessors made of them.
//!
//! What a page means is not decided here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use mdbook_preprocessor::PreprocessorContext;
use mdbook_preprocessor::book::{Book, BookItem};
use scenario_core::diagnostic::Diagnostic;
use scenario_core::error::Result;
use scenario_core::model::{Scenario, Step};
use scenario_core::parse::{self, Chapter, Chapters, Page};
use scenario_core::source::{PageIndex, SourceFile, Sources, Span};
use scenario_core::{book as core, include};

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
    let src = context.config.book.src.clone();
    let mut sources = Sources::default();
    let mut pages = Vec::new();
    book.for_each_chapter_mut(|chapter| {
        let path = chapter.source_path.as_deref().or(chapter.path.as_deref()).unwrap_or(Path::new(""));
        let index = sources.add(SourceFile::new(src.join(path), chapter.content.clone()));
        let depth = chapter.number.as_ref().map_or(0, |number| number.len());
        let span = Span::new(index, 0..0);
        let title = chapter.name.clone();
        let path = path.to_string_lossy().into_owned();
        pages.push(Page { index, chapter: Chapter { title, path, depth, span } });
    });
    let folder = context.root.join(&src);
    let mut drafts = drafts(book);
    let all = pages.iter_mut().map(|page| &mut page.chapter).chain(&mut drafts);
    point_at_entries(&mut sources, all, &src, &folder);
    let (mut chapters, mut mistakes) = (Chapters::default(), Vec::new());
    pages.retain(|page| {
        let admitted = chapters.admit(&page.chapter);
        admitted.map_err(|mistake| mistakes.push(mistake)).unwrap_or(false)
    });
    mistakes.extend(drafts.iter().filter_map(|draft| chapters.admit(draft).err()));
    for page in pages.iter().filter(|page| page.chapter.is_step()) {
        mistakes.extend(replaced(page, &mut sources, &folder));
    }
    let title = context.config.book.title.clone().unwrap_or_default();
    let book = core::Book::from_pages(&title, sources.clone(), &pages, mistakes);
    let scenario = book.into_scenario_or("nothing was rendered")?;
    let changed = pages.iter().filter(|page| page.chapter.is_step()).filter_map(|page| {
        let text = &sources.pages[page.index].text;
        changed_page(&folder, page, text).map(|ids| (page.index, ids))
    });
    let changed = changed.collect();
    let mut others: Vec<Page> = pages.into_iter().filter(|page| !page.chapter.is_step()).collect();
    others.iter_mut().for_each(|page| page.chapter.depth = 1);
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

/// The chapters without a page, which mdBook passes over where it goes through the others.
fn drafts(book: &Book) -> Vec<Chapter> {
    let drafts = book.iter().filter_map(|item| match item {
        BookItem::Chapter(chapter) if chapter.is_draft_chapter() => Some(chapter),
        _ => None,
    });
    let chapter = |draft: &mdbook_preprocessor::book::Chapter| Chapter {
        title: draft.name.clone(),
        path: String::new(),
        depth: draft.number.as_ref().map_or(0, |number| number.len()),
        span: Span::new(0, 0..0),
    };
    drafts.map(chapter).collect()
}

/// What mdBook has replaced already on a page, so that the reader would see blocks that the runner does not.
fn replaced(page: &Page, sources: &mut Sources, folder: &Path) -> Vec<Diagnostic> {
    let file = folder.join(&page.chapter.path);
    let sent = &sources.pages[page.index];
    let Some(text) = std::fs::read_to_string(&file).ok().filter(|text| *text != sent.text) else {
        return Vec::new();
    };
    let source = SourceFile::new(&sent.path, text);
    let index = sources.pages.len();
    let mut found = parse::directives_in_blocks(index, &source);
    found.extend(include::check(index, &source, file.parent().unwrap_or(folder)));
    sources.add(source);
    found
}

/// Lets chapters point at their entries in SUMMARY.md, where it can be read: a nested chapter or a draft is wrong
/// there, and not on its page.
fn point_at_entries<'a>(
    sources: &mut Sources,
    chapters: impl Iterator<Item = &'a mut Chapter>,
    src: &Path,
    folder: &Path,
) {
    let text = std::fs::read_to_string(folder.join("SUMMARY.md")).unwrap_or_default();
    let index = sources.add(SourceFile::new(src.join("SUMMARY.md"), text));
    let (entries, _) = parse::summary(index, &sources.pages[index]);
    let spans: BTreeMap<_, _> =
        entries.into_iter().map(|entry| ((entry.title, entry.path), entry.span)).collect();
    for chapter in chapters {
        let entry = spans.get(&(chapter.title.clone(), chapter.path.clone()));
        chapter.span = entry.copied().unwrap_or(Span::new(index, 0..0));
    }
}
