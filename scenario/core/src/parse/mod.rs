//! From the text of the book to a scenario. Parsing does no I/O and never fails: it returns what it could
//! read, and a list of what is wrong.

mod attributes;
mod bag;
mod block;
mod comment;
mod console;
mod expect;
mod fence;
mod summary;

use std::collections::HashMap;

use crate::diagnostic::Diagnostic;
use crate::digest::digest;
use crate::model::{Scenario, Step};
use crate::source::{PageIndex, SourceFile, Sources, Span};

pub use summary::{Chapter, summary};

/// A page to parse: the chapter it is, and where its text is in the sources.
#[derive(Debug, Clone)]
pub struct Page {
    /// The entry of SUMMARY.md.
    pub chapter: Chapter,
    /// The text.
    pub index: PageIndex,
}

/// Reads all pages. The numbered ones become steps; the others may hold nothing that runs.
pub fn parse(title: &str, sources: Sources, pages: &[Page]) -> (Scenario, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut steps = Vec::new();
    for page in pages {
        let source = &sources.pages[page.index];
        let found = fence::find(page.index, source);
        let before = diagnostics.len();
        let misread_from = found.misread_from.unwrap_or(usize::MAX);
        diagnostics.extend(found.diagnostics);
        if page.chapter.numbered {
            let number = steps.len() + 1;
            let mut step = Step {
                number,
                title: page.chapter.title.clone(),
                page: page.index,
                blocks: vec![],
                checks: vec![],
            };
            let name = page.chapter.path.strip_suffix(".md").unwrap_or(&page.chapter.path);
            fill(&mut step, name, source, found.fences, &found.comments, &mut diagnostics);
            steps.push(step);
        } else {
            refuse(source, &found.fences, &found.comments, &mut diagnostics);
        }
        // Once blocks and prose have changed places, what is said about the rest of the page is noise.
        let in_page = diagnostics.split_off(before);
        diagnostics.extend(in_page.into_iter().filter(|mistake| mistake.span.start <= misread_from));
    }
    diagnostics.extend(duplicate_names(&steps, &sources));
    diagnostics.sort_by_key(|diagnostic| (diagnostic.span.page, diagnostic.span.start));
    (Scenario { title: title.to_owned(), steps, sources, result: None }, diagnostics)
}

fn fill(
    step: &mut Step,
    name: &str,
    source: &SourceFile,
    fences: Vec<fence::Fence>,
    comments: &[fence::Comment],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut ids = Ids { page: name, seen: HashMap::new() };
    for fence in fences {
        let (language, attributes) = match info_string(source, &fence) {
            Ok(info) => info,
            Err(diagnostic) => {
                diagnostics.push(diagnostic);
                continue;
            }
        };
        if let Some(diagnostic) = language_problem(&language, source, &fence) {
            diagnostics.push(diagnostic);
            continue;
        }
        step.blocks.extend(block::parse(fence, attributes, &language, &mut ids, diagnostics));
    }
    for comment in comments {
        step.checks.extend(comment::parse(comment, source, &mut ids, diagnostics));
    }
}

/// What stands where the language should be, if it is something else.
fn language_problem(language: &str, source: &SourceFile, fence: &fence::Fence) -> Option<Diagnostic> {
    let plain = |c: char| c.is_alphanumeric() || "+-_.#".contains(c);
    let end = language.find(|c| !plain(c)).unwrap_or(language.len());
    let known = block::ATTRIBUTES.contains(&language);
    if end == language.len() && !known {
        return None;
    }
    let info = &source.text[fence.info.clone()];
    let start = fence.info.end - info.trim_start().len();
    let span = Span::new(fence.span.page, start..start + language.len());
    if known {
        return Some(
            Diagnostic::new(span, format!("`{language}` stands where the language should be"))
                .with_help(format!("the language comes first, then the attributes: `text {language}…`")),
        );
    }
    let word = if end == 0 { "text" } else { &language[..end] };
    let help = if language.ends_with(",ignore") || language.contains(",ignore,") {
        format!("write the language, one space, then why the block does nothing: `{word} ignore=\"why\"`")
    } else {
        format!("write the language, one space, then the attributes: `{word} file=PATH`")
    };
    Some(Diagnostic::new(span, format!("`{language}` is no language")).with_help(help))
}

/// The language and the attributes on an opening fence.
fn info_string(
    source: &SourceFile,
    fence: &fence::Fence,
) -> Result<(String, Vec<attributes::Attribute>), Diagnostic> {
    let info = &source.text[fence.info.clone()];
    let trimmed = info.trim_start();
    let start = fence.info.end - trimmed.len();
    // `rust,file=a` is a language that went wrong; `file=a,b` is an attribute.
    let name = |word: &str| word.split('=').next().unwrap_or("").contains([',', '{']);
    let language = trimmed.split_whitespace().next().filter(|word| !word.contains('=') || name(word));
    let length = language.map_or(0, str::len);
    let attributes = attributes::lex(fence.span.page, source, start + length..fence.info.end)?;
    Ok((language.unwrap_or("").to_owned(), attributes))
}

/// A page that is no step is not run, so it must not look as if it were.
fn refuse(
    source: &SourceFile,
    fences: &[fence::Fence],
    comments: &[fence::Comment],
    diagnostics: &mut Vec<Diagnostic>,
) {
    const HELP: &str = "only the chapters in the numbered list of SUMMARY.md are steps";
    for fence in fences {
        let Ok((_, attributes)) = info_string(source, fence) else { continue };
        if let Some(attribute) = attributes.iter().find(|a| block::ATTRIBUTES.contains(&a.key.as_str())) {
            let message = format!("`{}` has no effect: this page is not a step", attribute.key);
            diagnostics.push(Diagnostic::new(attribute.key_span, message).with_help(HELP));
        }
    }
    for comment in comments {
        diagnostics.push(
            Diagnostic::new(comment.span, "this check never runs: this page is not a step").with_help(HELP),
        );
    }
}

/// A background name means one thing in the whole book, so that `down` and a later step can find it.
fn duplicate_names(steps: &[Step], sources: &Sources) -> Vec<Diagnostic> {
    let mut seen: Vec<(&str, Span)> = Vec::new();
    let mut diagnostics = Vec::new();
    for block in steps.iter().flat_map(|step| &step.blocks) {
        let Some(name) = block.kind.background().map(|background| &background.name) else { continue };
        if let Some((_, first)) = seen.iter().find(|(other, _)| other == name) {
            let message = format!("a second background process named `{name}`");
            let help =
                format!("the first is at {}; give this one a name of its own", sources.location(*first));
            diagnostics.push(Diagnostic::new(block.fence, message).with_help(help));
        }
        seen.push((name, block.fence));
    }
    diagnostics
}

/// Names the blocks and checks of a page.
struct Ids<'a> {
    page: &'a str,
    /// How often each content was there so far.
    seen: HashMap<String, usize>,
}

impl Ids<'_> {
    /// `page:hash:n`: the page, eight hexadecimal digits of what the block says, and which of those with the same
    /// digits it is. What stands before it on the page has no part in it, so that it keeps its id when that changes.
    fn next(&mut self, language: &str, attributes: &[attributes::Attribute], text: &str) -> String {
        let mut all = language.to_owned();
        for attribute in attributes {
            all += &format!("\0{}\u{1}{}", attribute.key, attribute.value.as_deref().unwrap_or(""));
        }
        all += &format!("\u{2}{text}");
        let hash = digest(all.as_bytes(), 4);
        let id = format!("{}:{hash}", self.page);
        let count = self.seen.entry(hash).or_default();
        *count += 1;
        format!("{id}:{count}")
    }
}
