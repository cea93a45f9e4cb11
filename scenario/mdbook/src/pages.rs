//! mdBook's chapters as core's books: the files that the runner reads, and what earlier preprocessors made of them.
//!
//! What a page means is not decided here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use mdbook_preprocessor::PreprocessorContext;
use mdbook_preprocessor::book::{Book, BookItem, Chapter as MdChapter};
use scenario_core::book as core;
use scenario_core::error::Result;
use scenario_core::model::Scenario;
use scenario_core::parse::{self, Chapter, Chapters, Page, Parsed};
use scenario_core::plan::Plan;
use scenario_core::source::{SourceFile, Sources, Span};

/// All pages of a book, parsed.
pub(crate) struct Pages {
    /// What is shown; page `i` of its sources is chapter `i` as `for_each_chapter_mut` counts.
    pub(crate) shown: Plan,
    /// The ids of the blocks and checks that the runner and the lab have; `None` where these are the shown ones.
    pub(crate) ids: Option<BTreeSet<String>>,
    /// The pages outside the numbered list, parsed like steps to find their transcripts.
    pub(crate) others: Scenario,
}

/// Takes the texts of all chapters out of the book, and parses them.
///
/// # Errors
///
/// All mistakes, rendered.
pub(crate) fn parse(context: &PreprocessorContext, book: &mut Book) -> Result<Pages> {
    let src = &context.config.book.src;
    let folder = context.root.join(src);
    let title = context.config.book.title.clone().unwrap_or_default();
    let (mut files, mut changed, mut pages) = (Sources::default(), Vec::new(), Vec::new());
    book.for_each_chapter_mut(|chapter| {
        let entry = entry_of(chapter);
        let sent = std::mem::take(&mut chapter.content);
        let text = file_text(&folder.join(&entry.path)).unwrap_or_else(|| sent.clone());
        changed.push((sent != text).then_some(sent));
        let index = files.add(SourceFile::new(src.join(&entry.path), text));
        pages.push(Page { index, chapter: entry });
    });
    let mut drafts: Vec<Chapter> = drafts(book).map(entry_of).collect();
    let all = pages.iter_mut().map(|page| &mut page.chapter).chain(&mut drafts);
    point_at_entries(&mut files, all, src, &folder);
    let (mut chapters, mut mistakes) = (Chapters::default(), Vec::new());
    pages.retain(|page| {
        let admitted = chapters.admit(&page.chapter);
        admitted.map_err(|mistake| mistakes.push(mistake)).unwrap_or(false)
    });
    mistakes.extend(drafts.iter().filter_map(|draft| chapters.admit(draft).err()));

    let not_done = "nothing was rendered";
    let written = core::Book::from_pages(&title, files, &pages, Some(&folder), mistakes);
    let mut shown = Plan::new(written.into_scenario_or(not_done)?);
    let mut ids = None;
    if changed.iter().any(Option::is_some) {
        ids = Some(ids_of(&shown));
        let mut sent = shown.scenario.sources;
        for (page, text) in sent.pages.iter_mut().zip(changed) {
            if let Some(text) = text {
                *page = SourceFile::new(page.path.clone(), text);
            }
        }
        let sent = core::Book::from_pages(&title, sent, &pages, None, Vec::new());
        shown = Plan::new(sent.into_scenario_or(not_done)?);
    }
    let others = others(&shown.scenario, pages);
    Ok(Pages { shown, ids, others })
}

/// What SUMMARY.md says of a chapter. `point_at_entries` finds the place.
fn entry_of(chapter: &MdChapter) -> Chapter {
    let path = chapter.source_path.as_deref().or(chapter.path.as_deref()).unwrap_or(Path::new(""));
    Chapter {
        title: chapter.name.clone(),
        path: path.to_string_lossy().into_owned(),
        number: chapter.number.as_ref().map(|number| number.to_vec()).unwrap_or_default(),
        span: Span::new(0, 0..0),
    }
}

/// The text of a page as mdBook and the runner read it: without a byte order mark.
fn file_text(path: &Path) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// The chapters without a page, which `for_each_chapter_mut` leaves out.
fn drafts(book: &Book) -> impl Iterator<Item = &MdChapter> {
    book.iter().filter_map(|item| match item {
        BookItem::Chapter(chapter) if chapter.is_draft_chapter() => Some(chapter),
        _ => None,
    })
}

/// Lets chapters point at their entries in SUMMARY.md, where it can be read: a draft is wrong
/// there, and not on its page.
fn point_at_entries<'a>(
    sources: &mut Sources,
    chapters: impl Iterator<Item = &'a mut Chapter>,
    src: &Path,
    folder: &Path,
) {
    let text = file_text(&folder.join("SUMMARY.md")).unwrap_or_default();
    let index = sources.add(SourceFile::new(src.join("SUMMARY.md"), text));
    let (entries, _) = parse::summary(index, &sources.pages[index]);
    let spans: BTreeMap<_, _> =
        entries.into_iter().map(|entry| ((entry.title, entry.path), entry.span)).collect();
    for chapter in chapters {
        let entry = spans.get(&(chapter.title.clone(), chapter.path.clone()));
        chapter.span = entry.copied().unwrap_or(Span::new(index, 0..0));
    }
}

fn ids_of(plan: &Plan) -> BTreeSet<String> {
    let exercises = plan.steps.iter().flat_map(|step| &step.exercises).flat_map(|one| &one.actions);
    let actions = plan.steps.iter().flat_map(|step| &step.actions).chain(exercises);
    actions.map(|action| action.block.as_ref().unwrap_or(&action.id)).cloned().collect()
}

/// The pages outside the numbered list that may have transcripts. Blocks without attributes are allowed there.
fn others(shown: &Scenario, pages: Vec<Page>) -> Scenario {
    let may_have = |page: &Page| shown.sources.pages[page.index].text.contains("console");
    let other = |page: &Page| !page.chapter.is_step() && may_have(page);
    let mut pages: Vec<Page> = pages.into_iter().filter(other).collect();
    let mut sources = Sources::default();
    if !pages.is_empty() {
        pages.iter_mut().for_each(|page| page.chapter.number = vec![1]);
        sources = shown.sources.clone();
    }
    let Parsed { scenario: others, .. } = parse::parse(&shown.title, sources, &pages);
    others
}
