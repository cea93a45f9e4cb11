//! Whether each block ends where its author meant it to, and what is there instead of its closing fence.
//!
//! Markdown closes an open fence at the end of its list item, quote or page without a word; we do not.

use crate::diagnostic::{Diagnostic, PageEdit};
use crate::parse::fence::{Fence, PageParts};
use crate::problem::{Container, NoEnd, Problem};
use crate::source::{SourceFile, Span};

/// How many spaces make a line of Markdown code.
const CODE_INDENT: usize = 4;

/// Reports each block of a page that ends elsewhere.
pub(super) fn check(source: &SourceFile, found: &mut PageParts) {
    for at in 0..found.fences.len() {
        if let Some(mistake) = mistake(source, &found.fences[at]) {
            if let Some(from) = mistake.misread_from {
                found.misread(from);
            }
            found.diagnostics.push(mistake.diagnostic);
        }
    }
}

/// A mistake, and where Markdown began to take blocks for text and text for blocks because of it.
struct Mistake {
    diagnostic: Diagnostic,
    misread_from: Option<usize>,
}

/// A line of a block that could be the edge of one.
struct Edge<'a> {
    /// From its first mark to its end.
    span: Span,
    /// How far it is indented.
    indent: usize,
    /// The marks.
    mark: &'a str,
    /// What follows them.
    rest: &'a str,
}

fn mistake(source: &SourceFile, fence: &Fence) -> Option<Mistake> {
    let mark = fence.mark(source);
    let edges: Vec<Edge<'_>> = fence.lines.iter().filter_map(|line| edge(source, *line)).collect();
    // Up to a line that opens a block of its own, one line of marks alone was meant to end this one.
    let opens = |edge: &&Edge<'_>| !edge.rest.is_empty();
    let alone = edges.iter().take_while(|edge| !opens(edge)).filter(|edge| is_near(edge, mark));
    let almost = Some(alone.collect::<Vec<_>>()).filter(|all| all.len() == 1).map(|all| all[0]);
    let inner: Vec<&Edge<'_>> = edges.iter().filter(opens).filter(|edge| is_inner(edge, mark)).collect();
    match (inner.first(), almost) {
        (None, _) if fence.closed => None,
        (Some(_), Some(almost)) => {
            Some(Mistake { diagnostic: near(source, fence, almost), misread_from: Some(almost.span.start) })
        }
        (Some(line), None) => {
            let ends = line.rest.starts_with("{{") || ends_the_block(source, fence, line, inner.len());
            let (mark, text) = (mark.to_owned(), line.rest.to_owned());
            let problem = Problem::FenceInsideBlock { mark, text, ends };
            let diagnostic =
                Diagnostic::new(line.span, problem).with_label(fence.opening, "the block is opened here");
            Some(Mistake { diagnostic, misread_from: Some(line.span.start) })
        }
        (None, Some(almost)) => Some(Mistake { diagnostic: near(source, fence, almost), misread_from: None }),
        (None, None) => Some(never_closed(source, fence)),
    }
}

/// A line that begins with marks like those of a fence.
fn edge(source: &SourceFile, line: Span) -> Option<Edge<'_>> {
    let text = &source.text[line.start..line.end];
    let plain = text.trim_start();
    let first = plain.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let rest = plain.trim_start_matches(first);
    let mark = &plain[..plain.len() - rest.len()];
    let is_span = first == '`' && rest.contains('`');
    let indent = text.len() - plain.len();
    let span = Span { start: line.start + indent, ..line };
    (mark.len() > 1 && !is_span).then(|| Edge { span, indent, mark, rest: rest.trim() })
}

/// Whether marks alone were meant to close a block, although they do not.
fn is_near(edge: &Edge<'_>, mark: &str) -> bool {
    edge.mark.starts_with(&mark[..1]) || edge.mark.len() >= mark.len()
}

/// Whether a line could open a block like the one that it is in.
fn is_inner(edge: &Edge<'_>, mark: &str) -> bool {
    edge.mark.starts_with(mark) && edge.indent < CODE_INDENT
}

/// Whether the author meant a fence with a text after it to close the block, as Katacoda does: it is directly below a line
/// of text, and counting it as closing, all fences up to the end of the block pair up.
fn ends_the_block(source: &SourceFile, fence: &Fence, line: &Edge<'_>, inner: usize) -> bool {
    let number = source.line_number(line.span.start);
    let is_below_text = !source.line(number - 1).trim().is_empty();
    is_below_text && (inner + usize::from(fence.closed)) % 2 == 1
}

/// A block with a line that nearly closes it.
fn near(source: &SourceFile, fence: &Fence, almost: &Edge<'_>) -> Diagnostic {
    let mark = fence.mark(source);
    let is_like_it = almost.mark.starts_with(mark);
    let line = Span { start: almost.span.start - almost.indent, ..almost.span };
    let (end, edit) = if is_like_it {
        let span = Span { end: almost.span.start, ..line };
        (NoEnd::Indented, PageEdit { span, text: String::new() })
    } else {
        let span = Span { end: almost.span.start + almost.mark.len(), ..almost.span };
        (NoEnd::Marks(almost.mark.to_owned()), PageEdit { span, text: mark.to_owned() })
    };
    let problem = Problem::UnclosedFence { mark: mark.to_owned(), end };
    Diagnostic::new(fence.opening, problem).with_label(line, "this looks like its end").with_edit(edit)
}

/// A block without anything like a closing fence.
fn never_closed(source: &SourceFile, fence: &Fence) -> Mistake {
    let mark = fence.mark(source);
    let unclosed =
        |end| Diagnostic::new(fence.opening, Problem::UnclosedFence { mark: mark.to_owned(), end });
    let is_blank = |number: &usize| source.line(*number).trim().is_empty();
    let opening = source.line_number(fence.opening.start);
    let last = (opening..=fence.last_line(source)).rfind(|number| !is_blank(number)).unwrap_or(opening);
    let Some(next) = (last + 1..=source.line_count()).find(|number| !is_blank(number)) else {
        return Mistake { diagnostic: unclosed(NoEnd::Nothing), misread_from: None };
    };
    let (line, range) = (source.line(next), source.line_range(next));
    let begins = line.len() - line.trim_start_matches(['>', ' ', '\t']).len();
    let prefix = prefix(source, fence);
    let quotes = |text: &str| text.matches('>').count();
    let is_quote = quotes(&prefix) > quotes(&line[..begins]);
    let container = if is_quote { Container::Quote } else { Container::ListItem };
    let outside = Span { start: range.start + begins, end: range.end, page: fence.span.page };
    let marks = line[begins..].trim_end();
    let is_fence = marks.starts_with(mark) && marks.trim_start_matches(&mark[..1]).is_empty();
    let is_below = next == last + 1;
    let label = match container {
        Container::Quote => "this line is outside the quote of the block",
        Container::ListItem => "this line is outside the list item of the block",
    };
    if is_fence && (is_below || !is_quote) {
        let edit =
            PageEdit { span: Span { start: range.start, end: outside.start, ..outside }, text: prefix };
        let diagnostic = unclosed(NoEnd::Outside(container)).with_label(outside, label).with_edit(edit);
        return Mistake { diagnostic, misread_from: Some(fence.span.end) };
    }
    let diagnostic = unclosed(NoEnd::EndOf(container));
    match is_below {
        true => {
            Mistake { diagnostic: diagnostic.with_label(outside, label), misread_from: Some(fence.span.end) }
        }
        false => Mistake { diagnostic, misread_from: None },
    }
}

/// What a line of the block's list items and quotes begins with.
fn prefix(source: &SourceFile, fence: &Fence) -> String {
    let line = source.line_range(source.line_number(fence.opening.start)).start;
    let before = source.text[line..fence.opening.start].chars();
    before.map(|c| if matches!(c, '>' | '\t') { c } else { ' ' }).collect()
}
