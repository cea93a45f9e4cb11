//! Fenced code blocks and scenario comments out of Markdown, and the census that none is overlooked.
//!
//! What a fence means is not decided here.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::diagnostic::Diagnostic;
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
}

/// An HTML comment that starts with `scenario:`.
#[derive(Debug)]
pub(super) struct Comment {
    pub(super) span: Span,
    /// What follows `scenario:`, without the comment's end.
    pub(super) body: Range<usize>,
}

/// What a page holds for us.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) fences: Vec<Fence>,
    pub(super) comments: Vec<Comment>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// The extensions that mdBook turns on and that decide what is a block.
pub(super) fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM
}

/// Reads one page.
pub(super) fn find(page: PageIndex, source: &SourceFile) -> Found {
    let mut found = Found::default();
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
                    let fence = fence(page, source, range, pieces);
                    found.diagnostics.extend(unclosed(source, &fence));
                    found.fences.push(fence);
                }
            }
            Event::Start(Tag::HtmlBlock) | Event::InlineHtml(_) => {
                comments(page, &source.text, range, &mut found);
            }
            _ => {}
        }
    }
    found.diagnostics.extend(census(page, source, &found.fences));
    found
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
    let run = opening.len() - opening.trim_start_matches(['`', '~']).len();
    let mut lines = Vec::new();
    let mut at = 0;
    for line in pieces.text.split_inclusive('\n') {
        let begin = pieces.source_offset(at).min(text.len());
        let end = source.line_range(source.line_number(begin)).end.max(begin);
        lines.push(Span::new(page, begin..end));
        at += line.len();
    }
    Fence {
        span: Span::new(page, start..range.end),
        opening: Span::new(page, start..start + opening.len()),
        info: start + run..start + opening.len(),
        text: pieces.text,
        lines,
    }
}

/// Markdown closes an open fence at the end of its container without a word; we do not.
fn unclosed(source: &SourceFile, fence: &Fence) -> Option<Diagnostic> {
    let text = source.text[fence.span.start..fence.span.end].trim_end();
    let run = fence.info.start - fence.opening.start;
    let mark = &source.text[fence.opening.start..fence.info.start];
    let last = text.rsplit_once('\n').map_or("", |(_, last)| last);
    let last = last.trim_start_matches([' ', '\t', '>']);
    if last.len() >= run && last.starts_with(mark) && last.trim_start_matches(&mark[..1]).trim().is_empty() {
        return None;
    }
    let swallowed = fence.lines.iter().find(|line| {
        let line = source.text[line.start..line.end].trim_start();
        line.starts_with(mark) && !line[run..].trim().is_empty()
    });
    let help = match swallowed {
        Some(line) => format!(
            "line {} looks like its end, but a closing fence carries nothing after it",
            source.line_number(line.start)
        ),
        None => format!("close it with a line of `{mark}`"),
    };
    Some(Diagnostic::new(fence.opening, "this fence is never closed").with_help(help))
}

/// Every line that looks like a fence must be the edge of a block that Markdown sees, or stand inside one.
fn census(page: PageIndex, source: &SourceFile, fences: &[Fence]) -> Vec<Diagnostic> {
    let inside = |line: usize| {
        fences.iter().any(|fence| {
            let last = fence.span.end.saturating_sub(1).max(fence.span.start);
            (source.line_number(fence.span.start)..=source.line_number(last)).contains(&line)
        })
    };
    (1..=source.line_count())
        .filter(|line| looks_like_fence(source.line(*line)) && !inside(*line))
        .map(|line| {
            Diagnostic::new(
                Span::new(page, source.line_range(line)),
                "this looks like a fence, but Markdown sees no fenced code block here",
            )
            .with_help("look at its indentation, and at an HTML block or a comment above it")
        })
        .collect()
}

fn looks_like_fence(line: &str) -> bool {
    let mut rest = line.trim_start();
    loop {
        let item = ["- ", "* ", "+ ", ">"].iter().find_map(|mark| rest.strip_prefix(mark));
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let numbered = rest[digits..].strip_prefix(". ").filter(|_| digits > 0);
        match item.or(numbered) {
            Some(after) => rest = after.trim_start(),
            None => break,
        }
    }
    // With a backtick further on, a run of backticks opens a code span and not a block.
    rest.starts_with("~~~") || (rest.starts_with("```") && !rest.trim_start_matches('`').contains('`'))
}

fn comments(page: PageIndex, text: &str, range: Range<usize>, found: &mut Found) {
    let mut at = range.start;
    while let Some(start) = text[at..range.end].find("<!--").map(|found| at + found) {
        let inner = start + "<!--".len();
        let length = text[inner..].find("-->");
        let end = length.map_or(range.end, |length| inner + length);
        let stop = length.map_or(range.end, |_| end + "-->".len());
        let body = &text[inner..end];
        let trimmed = body.trim_start();
        let body_start = inner + (body.len() - trimmed.len());
        let word = trimmed.split(|c: char| c.is_whitespace() || c == ':').next().unwrap_or("");
        if let Some(rest) = trimmed.strip_prefix("scenario:") {
            let span = Span::new(page, start..stop);
            found.comments.push(Comment { span, body: end - rest.len()..end });
        } else if !word.is_empty() && strsim::damerau_levenshtein(word, "scenario") <= 2 {
            let span = Span::new(page, body_start..body_start + word.len());
            found.diagnostics.push(
                Diagnostic::new(span, format!("the comment starts with `{word}`: possibly a typo?"))
                    .with_help("a comment for the runner starts with `scenario:`"),
            );
        }
        at = stop;
    }
}
