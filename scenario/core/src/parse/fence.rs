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

impl Fence {
    /// The backticks or tildes that open the block.
    fn mark<'a>(&self, source: &'a SourceFile) -> &'a str {
        &source.text[self.opening.start..self.info.start]
    }
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
    /// Where Markdown began to take blocks for text and text for blocks.
    pub(super) misread_from: Option<usize>,
}

impl Found {
    fn misread(&mut self, from: usize) {
        self.misread_from = Some(self.misread_from.map_or(from, |first| first.min(from)));
    }
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
                    if let Some(diagnostic) = swallowed(source, &fence) {
                        found.misread(diagnostic.span.start);
                        found.diagnostics.push(diagnostic);
                    } else {
                        found.diagnostics.extend(unclosed(source, &fence));
                    }
                    found.fences.push(fence);
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
    Fence {
        span: Span::new(page, start..start + text[start..range.end].trim_end().len()),
        opening: Span::new(page, start..start + opening.len()),
        info: start + run..start + opening.len(),
        text: pieces.text,
        lines,
    }
}

/// Markdown closes an open fence at the end of its container without a word; we do not.
fn unclosed(source: &SourceFile, fence: &Fence) -> Option<Diagnostic> {
    let last = source.line_number(fence.span.end);
    let of_text = fence.lines.iter().map(|line| source.line_number(line.start)).max();
    let closed = last > of_text.unwrap_or_else(|| source.line_number(fence.span.start));
    if closed {
        return None;
    }
    let mark = fence.mark(source);
    let almost = fence.lines.iter().find(|line| {
        let line = source.text[line.start..line.end].trim();
        line.starts_with(mark) && line.trim_start_matches(&mark[..1]).is_empty()
    });
    let help = match almost {
        Some(line) => format!(
            "line {} looks like its end; a closing fence is indented by three spaces at most and carries nothing",
            source.line_number(line.start)
        ),
        None => format!("close it with a line that is {mark} and nothing else"),
    };
    Some(Diagnostic::new(fence.opening, "this fence is never closed").with_help(help))
}

/// A line in a block that could open a block like it: there, the author forgot to close the one around it,
/// or put something behind the closing fence, as Katacoda has it.
fn swallowed(source: &SourceFile, fence: &Fence) -> Option<Diagnostic> {
    let mark = fence.mark(source);
    let (line, rest) = fence.lines.iter().find_map(|span| {
        let line = &source.text[span.start..span.end];
        let indent = line.len() - line.trim_start_matches(' ').len();
        let rest = line[indent..].strip_prefix(mark)?.trim_start_matches(&mark[..1]).trim();
        let opens = !rest.is_empty() && (mark.starts_with('~') || !rest.contains('`'));
        let start = span.start + indent;
        (opens && indent < 4).then_some((Span { start, ..*span }, rest))
    })?;
    let opened = source.line_number(fence.span.start);
    let diagnostic = Diagnostic::new(line, format!("a fence inside the block that line {opened} opens"));
    Some(if rest.starts_with("{{") {
        diagnostic.with_help(format!(
            "a closing fence carries nothing, so Markdown does not end the block here: remove `{rest}`;\n\
             what is done with a block stands on its opening fence"
        ))
    } else {
        let longer = format!("{mark}{}", &mark[..1]);
        diagnostic.with_help(format!(
            "end that block before, with a line that is {mark} and nothing else;\n\
             or, if this line belongs to it, open and close it with {longer}"
        ))
    })
}

/// Every line that looks like a fence must be the edge of a block that Markdown sees, or stand inside one.
fn census(page: PageIndex, source: &SourceFile, found: &mut Found) {
    let mut covered = vec![false; source.line_count() + 1];
    for fence in &found.fences {
        let (first, last) = (source.line_number(fence.span.start), source.line_number(fence.span.end));
        covered[first..=last].fill(true);
    }
    let comments = found.comments.iter().map(|comment| comment.span);
    let spoken: Vec<Span> = comments.chain(found.diagnostics.iter().map(|mistake| mistake.span)).collect();
    let heard = |line: &Range<usize>| spoken.iter().any(|at| at.start < line.end && line.start < at.end);
    // The fence that was last complained of: the one that would close it deserves no complaint of its own.
    let mut open: Option<&str> = None;
    for number in (1..=source.line_count()).filter(|number| !covered[*number]) {
        let (line, range) = (source.line(number), source.line_range(number));
        let start = range.end - without_containers(line).len();
        let span = Span::new(page, start..range.end);
        match looks_like(without_containers(line)) {
            Looks::Fence => {
                let line = without_containers(line).trim_end();
                if open
                    .take_if(|mark| line.chars().all(|c| mark.starts_with(c)) && line.starts_with(*mark))
                    .is_some()
                {
                    continue;
                }
                open = Some(&line[..line.len() - line.trim_start_matches(|c| line.starts_with(c)).len()]);
                found.diagnostics.push(
                    Diagnostic::new(span, "this looks like a fence, but Markdown sees no fenced code block here")
                        .with_help(
                            "in an HTML block or comment, and indented by four spaces or more, nothing is a block;\n\
                             to show a block without running it, write `ignore=\"why\"` on its opening fence",
                        ),
                );
            }
            Looks::FenceWithBacktick => {
                found.misread(start);
                found.diagnostics.push(
                    Diagnostic::new(span, "a backtick in an info string, so Markdown sees no fence here")
                        .with_help("open and close this block with `~~~` instead"),
                );
            }
            Looks::Comment if !heard(&range) => found.diagnostics.push(
                Diagnostic::new(span, "this looks like a comment, but Markdown sees none here")
                    .with_help("begin it at the margin, below an empty line"),
            ),
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
fn without_containers(line: &str) -> &str {
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

fn comments(page: PageIndex, text: &str, range: Range<usize>, found: &mut Found) {
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
                    found.diagnostics.push(
                        Diagnostic::new(span, "this comment is never closed").with_help("end it with `-->`"),
                    );
                }
            }
        } else if let Some(word) = typo(trimmed) {
            let span = Span::new(page, body_start..body_start + word.len());
            found.diagnostics.push(
                Diagnostic::new(span, format!("the comment starts with `{word}`: possibly a typo?"))
                    .with_help("a comment for the runner starts with `scenario:`"),
            );
        }
        at = stop;
    }
}

/// The first word of a comment, if it was probably meant to be `scenario:`.
fn typo(comment: &str) -> Option<&str> {
    let end = comment.find(|c: char| !c.is_alphanumeric()).unwrap_or(comment.len());
    let word = &comment[..end];
    let next = comment[end..].split_whitespace().next().unwrap_or("");
    let forgotten = word == "check" && matches!(next, "target" | "http");
    let near = strsim::damerau_levenshtein(&word.to_lowercase(), "scenario") <= 2;
    (forgotten || (near && !word.is_empty())).then_some(word)
}
