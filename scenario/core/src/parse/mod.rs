//! From the text of the book to a scenario. Parsing does no I/O and never fails: it returns what it could
//! read, and a list of what is wrong.

mod attribute;
mod attributes;
mod block;
mod closing;
mod comment;
mod console;
mod directive;
mod exercise;
mod expect;
mod fence;
mod ids;
mod info;
mod names;
mod plot;
mod result;
mod screenshot;
mod shell;
mod skippable;
mod summary;
mod vocabulary;

use std::collections::{BTreeSet, HashMap};

use crate::diagnostic::Diagnostic;
use crate::model::{Block, Scenario, Step, Unwritten};
use crate::parse::comment::Said;
use crate::parse::exercise::Exercises;
use crate::parse::ids::Ids;
use crate::problem::{self, Owner, Problem};
use crate::source::{PageIndex, SourceFile, Sources, Span};

pub(crate) use console::SWARM_NETWORK;
pub(crate) use fence::options;

pub use console::{Words, words};
pub use directive::{Directive, directives};
pub use fence::without_marks;
pub use result::{ResultLine, result_line};
pub use summary::{Chapter, Chapters, summary};

/// A page to parse: the chapter it is, and where its text is in the sources.
#[derive(Debug, Clone)]
pub struct Page {
    /// The entry of SUMMARY.md.
    pub chapter: Chapter,
    /// The text.
    pub index: PageIndex,
}

/// Pages as they were read.
#[derive(Debug)]
pub struct Parsed {
    /// What could be read.
    pub scenario: Scenario,
    /// What is wrong with the pages, in their order.
    pub diagnostics: Vec<Diagnostic>,
    /// The first block with a mistake that may change what is in a file. From there on the texts of the files are not known.
    pub files_known_until: Option<(PageIndex, usize)>,
}

/// Reads all pages. The numbered ones become steps; the others may hold nothing that runs.
pub fn parse(title: &str, sources: Sources, pages: &[Page]) -> Parsed {
    let mut diagnostics = Vec::new();
    let mut steps = Vec::new();
    let mut files_known_until = None;
    let mut unread = BTreeSet::new();
    for page in pages {
        let source = &sources.pages[page.index];
        let mut found = fence::find(page.index, source);
        closing::check(source, &mut found);
        let before = diagnostics.len();
        let misread_from = found.misread_from.unwrap_or(usize::MAX);
        let mut unknown_from = found.diagnostics.first().map(|mistake| mistake.primary.start);
        diagnostics.extend(found.diagnostics);
        if page.chapter.is_step() {
            let number = steps.len() + 1;
            let mut step = Step {
                number,
                label: page.chapter.label(),
                title: page.chapter.title.clone(),
                page: page.index,
                needs: None,
                blocks: vec![],
                checks: vec![],
                exercises: vec![],
            };
            let name = page.chapter.path.strip_suffix(".md").unwrap_or(&page.chapter.path);
            let mistaken =
                fill(&mut step, name, source, found.fences, &found.comments, &mut unread, &mut diagnostics);
            unknown_from = unknown_from.into_iter().chain(mistaken).min();
            steps.push(step);
        } else {
            refuse(source, &found.fences, &found.comments, &mut diagnostics);
        }
        files_known_until = files_known_until.or(unknown_from.map(|start| (page.index, start)));
        // Once blocks and prose have changed places, what is said about the rest of the page is noise.
        let in_page = diagnostics.split_off(before);
        diagnostics.extend(in_page.into_iter().filter(|mistake| mistake.primary.start <= misread_from));
    }
    diagnostics.extend(not_running(&steps, &unread));
    diagnostics.extend(skippable::dependencies(&steps));
    diagnostics.extend(plot::duplicates(&steps));
    diagnostics.extend(screenshot::duplicates(&steps));
    diagnostics.sort_by_key(|diagnostic| (diagnostic.primary.page, diagnostic.primary.start));
    let scenario = Scenario {
        title: title.to_owned(),
        steps,
        sources,
        results: Vec::new(),
        unwritten: Unwritten::default(),
        needs: Vec::new(),
        imported: false,
        after_save: Vec::new(),
    };
    Parsed { scenario, diagnostics, files_known_until }
}

/// Fills the step with its blocks and checks. Returns where the first block with a mistake begins that may change a file.
/// What a block with a mistake may start goes into `unread`.
fn fill(
    step: &mut Step,
    name: &str,
    source: &SourceFile,
    fences: Vec<fence::Fence>,
    comments: &[fence::Comment],
    unread: &mut BTreeSet<String>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<usize> {
    let mut ids = Ids::new(name);
    let mut mistaken = None;
    let mut exercises = Exercises::default();
    let count = diagnostics.len();
    // What an open fence has no line of is elsewhere.
    for fence in fences.into_iter().filter(|fence| fence.closed || !fence.lines.is_empty()) {
        let (start, before) = (fence.span.start, diagnostics.len());
        let may_start = may_start(&source.text[fence.info.clone()]);
        let info = info::read(source, &fence);
        let changes_no_file = info.as_ref().is_ok_and(changes_no_file);
        match info {
            Err(diagnostic) => diagnostics.push(diagnostic),
            Ok(info) => match info.language_problem() {
                Some(diagnostic) => diagnostics.push(diagnostic),
                None => match block::parse(fence, info, source, &mut ids, diagnostics) {
                    Some((None, block)) => step.blocks.push(block),
                    Some((Some(membership), block)) => exercises.block(membership, block),
                    None => {}
                },
            },
        }
        if diagnostics.len() > before {
            unread.extend(may_start);
            mistaken = mistaken.or((!changes_no_file).then_some(start));
        }
    }
    for comment in comments {
        match comment::parse(comment, source, &mut ids, diagnostics) {
            Some(Said::Check(None, check)) => step.checks.push(*check),
            Some(Said::Check(Some(membership), check)) => exercises.check(membership, *check),
            Some(Said::Needs(needs)) => match &step.needs {
                None => step.needs = Some(needs),
                Some(first) => diagnostics.push(
                    Diagnostic::new(needs.span, Problem::DuplicateNeeds)
                        .with_label(first.span, "the first one is here"),
                ),
            },
            None => {}
        }
    }
    // What an exercise lacks may be what could not be read.
    if diagnostics.len() == count {
        diagnostics.extend(exercises.mistakes(&step.blocks));
    }
    step.exercises = exercises.finish();
    mistaken
}

/// Whether a block certainly writes no file of the book, even if something else is wrong with it: a query, or commands
/// without `writes`, and without an unknown attribute, which could be a misspelled `writes`.
fn changes_no_file(info: &info::Info) -> bool {
    let known = match info.language.as_str() {
        "console" => vocabulary::known(Owner::Console),
        "promql" => vocabulary::known(Owner::Promql),
        _ => return false,
    };
    info.attributes
        .iter()
        .all(|one| known.contains(&one.key.as_str()) && !["file", "writes"].contains(&one.key.as_str()))
}

/// A page that is not a step does not run, so nothing on it may look as if it did.
fn refuse(
    source: &SourceFile,
    fences: &[fence::Fence],
    comments: &[fence::Comment],
    diagnostics: &mut Vec<Diagnostic>,
) {
    for fence in fences {
        let Ok(info) = info::read(source, fence) else { continue };
        if let Some(attribute) =
            info.attributes.iter().find(|a| vocabulary::OF_BLOCKS.contains(&a.key.as_str()))
        {
            let problem = Problem::AttributeOutsideStep { key: attribute.key.clone() };
            diagnostics.push(Diagnostic::new(attribute.key_span, problem));
        }
    }
    for comment in comments {
        let needs = source.text[comment.body.clone()].split_whitespace().next() == Some("needs");
        let problem = match needs {
            true => Problem::AttributeOutsideStep { key: "needs".to_owned() },
            false => Problem::CheckOutsideStep,
        };
        diagnostics.push(Diagnostic::new(comment.span, problem));
    }
}

/// The names that an info string may give to a background process, however it is misspelled.
fn may_start(info: &str) -> Vec<String> {
    let values = info.split_whitespace().filter(|word| !word.starts_with("stop="));
    values.filter_map(|word| Some(word.split_once('=')?.1.trim_matches('"').to_owned())).collect()
}

/// Reports each `stop` of a process that is not running at that point of the book, unless a block that could not be read
/// may start it.
fn not_running(steps: &[Step], unread: &BTreeSet<String>) -> Vec<Diagnostic> {
    let mut processes = Processes::default();
    let mut diagnostics = Vec::new();
    for step in steps {
        diagnostics.extend(step.blocks.iter().filter_map(|block| processes.play(block)));
        for exercise in &step.exercises {
            for attempt in exercise.attempts() {
                let mut processes = processes.clone();
                diagnostics.extend(exercise.blocks(attempt).iter().filter_map(|block| processes.play(block)));
            }
        }
    }
    let is_known = |found: &Diagnostic| !matches!(&found.problem, Problem::NotRunning { name, .. } if unread.contains(name));
    diagnostics.retain(is_known);
    diagnostics
}

/// The background processes at a point of the book.
#[derive(Debug, Default, Clone)]
struct Processes<'a> {
    running: BTreeSet<&'a str>,
    stopped: HashMap<&'a str, Span>,
}

impl<'a> Processes<'a> {
    /// Takes in a block; returns what is wrong with its `stop`.
    fn play(&mut self, block: &'a Block) -> Option<Diagnostic> {
        let mut mistake = None;
        match &block.stops {
            Some((name, span)) if self.running.remove(name.as_str()) => {
                self.stopped.insert(name, *span);
            }
            Some((name, span)) => {
                let before = self.stopped.get(name.as_str());
                let names: Vec<&str> = self.running.iter().copied().collect();
                let near = problem::near(name, &names).filter(|_| before.is_none()).map(str::to_owned);
                let found = Diagnostic::new(*span, Problem::NotRunning { name: name.clone(), near });
                mistake = Some(match before {
                    Some(before) => found.with_label(*before, "it is stopped here already"),
                    None => found,
                });
            }
            None => {}
        }
        self.running.extend(block.kind.background().map(|background| background.name.as_str()));
        mistake
    }
}

/// Whether a text has checks, or blocks that are not marked as ignored.
pub fn has_blocks(text: &str) -> bool {
    let source = SourceFile::new("", text);
    let found = fence::find(0, &source);
    !found.comments.is_empty() || found.fences.iter().any(|fence| !is_ignored(&source, fence))
}

/// Whether a text has checks, or blocks with attributes that only steps may have.
pub fn has_parts_of_a_step(text: &str) -> bool {
    let source = SourceFile::new("", text);
    let found = fence::find(0, &source);
    let mut refused = Vec::new();
    refuse(&source, &found.fences, &found.comments, &mut refused);
    !refused.is_empty()
}

fn is_ignored(source: &SourceFile, fence: &fence::Fence) -> bool {
    info::read(source, fence).is_ok_and(|info| info.attributes.iter().any(|one| one.key == "ignore"))
}
