//! Draws places of the book's pages: their lines, underlined. The only user of `annotate-snippets`.
//!
//! What is wrong there is not known here. However long a line or a place is, what is drawn of it is bounded.

use annotate_snippets::{AnnotationKind, Element, Group, Level, Renderer, Snippet};

use crate::source::{SourceFile, Sources, Span};

/// Whether what is drawn has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Text alone.
    Plain,
    /// Text with ANSI escape codes.
    Coloured,
}

/// A place to underline.
#[derive(Debug, Clone, Copy)]
pub struct Highlight<'a> {
    /// The place.
    pub span: Span,
    /// What is written beside it.
    pub text: &'a str,
}

/// How many bytes of a place are underlined.
const WIDTH_MAX: usize = 100;
/// How many bytes of a line are looked at behind its last mark; more than a screen is wide.
const TAIL: usize = 400;
/// Places that are further apart than this many lines are drawn apart.
const NEAR: usize = 20;

/// An error message with its places and with advice. The first place is what is wrong.
pub fn error(
    sources: &Sources,
    code: &str,
    message: &str,
    marks: &[Highlight<'_>],
    help: &[&str],
    style: Style,
) -> String {
    let help: Vec<String> = help.iter().map(|text| visible(text)).collect();
    let title = Level::ERROR.primary_title(message).id(code);
    let group = Group::with_title(title)
        .elements(snippets(sources, marks))
        .elements(help.iter().map(|text| Level::HELP.message(text.as_str())));
    renderer(style).render(&[group])
}

/// The place of a span, its first line, and a row of carets under what the span covers of it.
pub fn excerpt(sources: &Sources, span: Span) -> String {
    let group = Group::with_level(Level::ERROR).elements(snippets(sources, &[Highlight { span, text: "" }]));
    renderer(Style::Plain).render(&[group])
}

fn renderer(style: Style) -> Renderer {
    match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    }
}

/// The lines of all marks; those that are near to the first on its page share its snippet.
fn snippets<'a>(sources: &'a Sources, marks: &[Highlight<'a>]) -> Vec<Element<'a>> {
    let mut snippets = Vec::new();
    let mut rest: Vec<(usize, Highlight<'_>)> = marks.iter().copied().enumerate().collect();
    while let Some((_, first)) = rest.first().copied() {
        let page = &sources.pages[first.span.page];
        // A line, and a byte of it.
        let place = |mark: &Highlight<'_>| {
            let line = page.line_number(mark.span.start);
            (line, mark.span.start - page.line_range(line).start)
        };
        let (line, column) = place(&first);
        let is_near = |mark: &Highlight<'_>| {
            mark.span.page == first.span.page && {
                let (other, at) = place(mark);
                other.abs_diff(line) <= NEAR && at.abs_diff(column) < WIDTH_MAX
            }
        };
        let (near, far): (Vec<_>, Vec<_>) = rest.into_iter().partition(|(_, mark)| is_near(mark));
        snippets.push(snippet(page, &near).into());
        rest = far;
    }
    snippets
}

/// The lines of some marks of a page, with each mark; number 0 is the mistake itself.
fn snippet<'a>(
    page: &'a SourceFile,
    marks: &[(usize, Highlight<'a>)],
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let clipped = marks.iter().map(|(number, mark)| (*number, clip(page, mark.span), mark.text));
    let clipped: Vec<_> = clipped.collect();
    let starts = clipped.iter().map(|(_, range, _)| page.line_number(range.start));
    let (first, last) = (starts.clone().min().unwrap_or(1), starts.max().unwrap_or(1));
    let begin = page.line_range(first).start;
    let tail = clipped.iter().map(|(_, range, _)| range.end).max().unwrap_or(begin) + TAIL;
    let end = floor(&page.text, tail.min(page.line_range(last).end).max(begin));
    let annotations = clipped.into_iter().map(|(number, range, text)| {
        let kind = if number == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let label = (!text.is_empty()).then_some(text);
        kind.span(range.start - begin..range.end - begin).label(label)
    });
    Snippet::source(&page.text[begin..end])
        .path(page.path.to_string_lossy())
        .line_start(first)
        .annotations(annotations)
}

/// What is underlined of a span: its part of its first line, and of that not more than fits on a screen.
fn clip(page: &SourceFile, span: Span) -> std::ops::Range<usize> {
    let line = page.line_range(page.line_number(span.start));
    let start = span.start.min(line.end);
    let end = span.end.clamp(start, line.end);
    start..floor(&page.text, end.min(start + WIDTH_MAX))
}

/// The last boundary of a character at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The text with control characters shown as pictures; a newline stays one.
fn visible(text: &str) -> String {
    let picture = |c: char| match c {
        '\n' => c,
        '\u{7f}' => '␡',
        c if (c as u32) < 0x20 => char::from_u32(0x2400 + c as u32).unwrap_or('�'),
        c if c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
        {
            '�'
        }
        c => c,
    };
    text.chars().map(picture).collect()
}
