//! Finds the fenced code blocks and scenario comments of a page, and checks by a census that none is overlooked.
//!
//! What a fence means is not decided here, nor where a block should end.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::diagnostic::Diagnostic;
use crate::parse::directive::directives;
use crate::problem::Problem;
use crate::source::{PageIndex, SourceFile, Span};

/// A fenced code block as Markdown sees it.
#[derive(Debug)]
pub(super) struct Fence {
    /// The block, both fences included.
    pub(super) span: Span,
    /// The opening fence, from its first character to the end of the line.
    pub(super) opening: Span,
    /// The raw info string.
    pub(super) info: Range<usize>,
    /// The text between the fences.
    pub(super) text: String,
    /// The place of each line of the text.
    pub(super) lines: Vec<Span>,
    /// Whether it has a closing fence.
    pub(super) closed: bool,
}

impl Fence {
    /// The backticks or tildes that open the block.
    pub(super) fn mark<'a>(&self, source: &'a SourceFile) -> &'a str {
        &source.text[self.opening.start..self.info.start]
    }

    /// The last line of its text, or that of its opening fence.
    pub(super) fn last_line(&self, source: &SourceFile) -> usize {
        let of_text = self.lines.iter().map(|line| source.line_number(line.start)).max();
        of_text.unwrap_or_else(|| source.line_number(self.span.start))
    }
}

/// An HTML comment that starts with `scenario:`.
#[derive(Debug)]
pub(super) struct Comment {
    pub(super) span: Span,
    /// What follows `scenario:`, without the comment's end.
    pub(super) body: Range<usize>,
}

/// The fences and scenario comments of a page.
#[derive(Debug, Default)]
pub(super) struct PageParts {
    pub(super) fences: Vec<Fence>,
    pub(super) comments: Vec<Comment>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Where Markdown began to take blocks for text and text for blocks.
    pub(super) misread_from: Option<usize>,
}

impl PageParts {
    /// Blocks and prose have changed places from here on.
    pub(super) fn misread(&mut self, from: usize) {
        self.misread_from = Some(self.misread_from.map_or(from, |first| first.min(from)));
    }
}

/// The extensions that mdBook turns on and that decide what is a block.
pub(crate) fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM
}

/// Reads one page.
pub(super) fn find(page: PageIndex, source: &SourceFile) -> PageParts {
    let mut found = PageParts::default();
    if let Some(at) = bare_carriage_return(&source.text) {
        found.misread(at);
        found.diagnostics.push(Diagnostic::new(Span::new(page, at..at + 1), Problem::BareCarriageReturn));
    }
    let mut open: Option<(Range<usize>, Pieces)> = None;
    for (event, range) in Parser::new_ext(&source.text, options()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => open = Some((range, Pieces::default())),
            Event::Text(text) => {
                if let Some((_, pieces)) = &mut open {
                    pieces.push(&text, range.start);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((range, pieces)) = open.take() {
                    found.fences.push(fence(page, source, range, pieces));
                }
            }
            Event::Start(Tag::HtmlBlock) | Event::InlineHtml(_) => {
                comments(page, &source.text, range, &mut found);
            }
            _ => {}
        }
    }
    census(page, source, &mut found);
    found
}

/// The first carriage return that no newline follows.
fn bare_carriage_return(text: &str) -> Option<usize> {
    text.match_indices('\r').map(|(at, _)| at).find(|at| !text[at + 1..].starts_with('\n'))
}

/// The text of a block as it arrives: whole at top level, a line at a time in lists and quotes.
#[derive(Default)]
struct Pieces {
    text: String,
    /// Where each piece starts, in `text` and in the page.
    starts: Vec<(usize, usize)>,
}

impl Pieces {
    fn push(&mut self, text: &str, source_start: usize) {
        self.starts.push((self.text.len(), source_start));
        self.text.push_str(text);
    }

    fn source_offset(&self, text_offset: usize) -> usize {
        let index = self.starts.partition_point(|(start, _)| *start <= text_offset) - 1;
        let (start, source_start) = self.starts[index];
        source_start + (text_offset - start)
    }
}

fn fence(page: PageIndex, source: &SourceFile, range: Range<usize>, pieces: Pieces) -> Fence {
    let text = &source.text;
    let start = range.start + text[range.clone()].find(['`', '~']).unwrap_or(0);
    let line_end = source.line_range(source.line_number(start)).end;
    let opening = text[start..line_end].trim_end();
    let run = opening.len() - opening.trim_start_matches(|c| opening.starts_with(c)).len();
    let mut lines = Vec::new();
    let mut at = 0;
    for line in pieces.text.split_inclusive('\n') {
        let begin = pieces.source_offset(at).min(text.len());
        let end = source.line_range(source.line_number(begin)).end.max(begin);
        lines.push(Span::new(page, begin..end));
        at += line.len();
    }
    let mut fence = Fence {
        span: Span::new(page, start..start + text[start..range.end].trim_end().len()),
        opening: Span::new(page, start..start + opening.len()),
        info: start + run..start + opening.len(),
        text: pieces.text,
        lines,
        closed: false,
    };
    fence.closed = source.line_number(fence.span.end) > fence.last_line(source);
    fence
}

/// mdBook would put another text in this place, and the reader would see what the runner does not do.
pub(super) fn directive_in(source: &SourceFile, fence: &Fence) -> Option<Diagnostic> {
    let text = source.text.get(fence.span.start..fence.span.end).unwrap_or("");
    let range = directives(text).first()?.range.clone();
    let directive = text[range.clone()].to_owned();
    let span = Span::new(fence.span.page, fence.span.start + range.start..fence.span.start + range.end);
    Some(Diagnostic::new(span, Problem::DirectiveInBlock { directive }))
}

/// Every line that looks like a fence must be the edge of a block that Markdown sees, or be inside one.
fn census(page: PageIndex, source: &SourceFile, found: &mut PageParts) {
    let mut covered = vec![false; source.line_count() + 1];
    for fence in &found.fences {
        let (first, last) = (source.line_number(fence.span.start), source.line_number(fence.span.end));
        covered[first..=last].fill(true);
    }
    // What is a comment, or was reported, needs no other report.
    let mut known = vec![false; source.line_count() + 1];
    let comments = found.comments.iter().map(|comment| comment.span);
    for span in comments.chain(found.diagnostics.iter().map(|mistake| mistake.primary)) {
        known[source.line_number(span.start)..=source.line_number(span.end)].fill(true);
    }
    // The fence that was reported last: the one that would close it needs no report of its own.
    let mut open: Option<&str> = None;
    for number in (1..=source.line_count()).filter(|number| !covered[*number]) {
        let (line, range) = (source.line(number), source.line_range(number));
        let start = range.end - without_marks(line).len();
        let span = Span::new(page, start..range.end);
        match looks_like(without_marks(line)) {
            Looks::Fence => {
                let line = without_marks(line).trim_end();
                if open
                    .take_if(|mark| line.chars().all(|c| mark.starts_with(c)) && line.starts_with(*mark))
                    .is_some()
                {
                    continue;
                }
                open = Some(&line[..line.len() - line.trim_start_matches(|c| line.starts_with(c)).len()]);
                found.diagnostics.push(Diagnostic::new(span, Problem::UnrecognizedFence));
            }
            Looks::FenceWithBacktick => {
                found.misread(start);
                found.diagnostics.push(Diagnostic::new(span, Problem::BacktickInInfoString));
            }
            Looks::Comment if !known[number] => {
                found.diagnostics.push(Diagnostic::new(span, Problem::UnrecognizedComment));
            }
            Looks::Comment | Looks::Prose => {}
        }
    }
}

enum Looks {
    Fence,
    FenceWithBacktick,
    Comment,
    Prose,
}

fn looks_like(line: &str) -> Looks {
    let info = line.trim_start_matches('`');
    if line.starts_with("~~~") {
        Looks::Fence
    } else if line.starts_with("```") {
        match info.contains('`') {
            false => Looks::Fence,
            // A second run of the same length makes a code span within the line.
            true if info.contains(&line[..line.len() - info.len()]) => Looks::Prose,
            true if info.contains('=') => Looks::FenceWithBacktick,
            true => Looks::Prose,
        }
    } else if line.strip_prefix("<!--").is_some_and(|body| body.trim_start().starts_with("scenario:")) {
        Looks::Comment
    } else {
        Looks::Prose
    }
}

/// What is left of a line without the marks of lists and quotes.
pub fn without_marks(line: &str) -> &str {
    let mut rest = line.trim_start();
    loop {
        let item = ["- ", "* ", "+ ", ": ", ">"].iter().find_map(|mark| rest.strip_prefix(mark));
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let numbered = rest[digits..].strip_prefix([')', '.']).and_then(|rest| rest.strip_prefix(' '));
        match item.or(numbered.filter(|_| digits > 0)) {
            Some(after) => rest = after.trim_start(),
            None => return rest,
        }
    }
}

fn comments(page: PageIndex, text: &str, range: Range<usize>, found: &mut PageParts) {
    let mut at = range.start;
    while let Some(start) = text[at..range.end].find("<!--").map(|found| at + found) {
        let inner = start + "<!--".len();
        let length = text[inner..range.end].find("-->");
        let end = length.map_or(range.end, |length| inner + length);
        let stop = length.map_or(range.end, |_| end + "-->".len());
        let body = &text[inner..end];
        let trimmed = body.trim_start();
        let body_start = inner + (body.len() - trimmed.len());
        if let Some(rest) = trimmed.strip_prefix("scenario:") {
            let span = Span::new(page, start..stop);
            match length {
                Some(_) => found.comments.push(Comment { span, body: end - rest.len()..end }),
                None => {
                    found.misread(start);
                    found.diagnostics.push(Diagnostic::new(span, Problem::UnclosedComment));
                }
            }
        } else if let Some((length, right)) = typo(trimmed) {
            let span = Span::new(page, start..body_start + length);
            let problem = Problem::MisspelledComment { prefix: text[start..span.end].to_owned(), right };
            found.diagnostics.push(Diagnostic::new(span, problem));
        }
        at = stop;
    }
}

/// The beginning of a comment that was probably meant for the runner: its length, and the correct form.
fn typo(comment: &str) -> Option<(usize, String)> {
    // Some write `<!--- … --->`.
    let plain = comment.trim_start_matches(|c: char| c == '-' || c.is_whitespace());
    let dashes = comment.len() - plain.len();
    let end = plain.find(|c: char| !c.is_alphanumeric()).unwrap_or(plain.len());
    let (word, rest) = plain.split_at(end);
    let next = rest.split_whitespace().next().unwrap_or("");
    if word == "check" && matches!(next, "target" | "http") {
        return Some((dashes + end, "<!-- scenario: check".to_owned()));
    }
    // "Scenario 2: …" and "Scenarios are …" are prose.
    let colon = rest.starts_with(':');
    let near = strsim::damerau_levenshtein(&word.to_lowercase(), "scenario") <= 2;
    let meant = !word.is_empty() && near && (colon || next == "check");
    meant.then(|| (dashes + end + usize::from(colon), "<!-- scenario:".to_owned()))
}
