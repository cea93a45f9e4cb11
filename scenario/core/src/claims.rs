//! Inline code in the prose of a book, and what backs it: the text of a block or check of a chapter, or a source that a
//! page gives. The links into the web are collected on the way.
//!
//! Whether a claim is true is for the blocks to prove, and whether a source says so is for a reader to judge.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use serde::Serialize;

use crate::model::{Block, Scenario};
use crate::parse;
use crate::plan::Position;
use crate::source::{PageIndex, Span};

/// What the prose of a book claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// How many pieces of inline code there are, without those that are links into the web.
    pub count: usize,
    /// Inline code that nothing backs, in the order of the pages.
    pub unbacked: Vec<Mention>,
    /// What a source is given for although nothing in the book needs it.
    pub unused: Vec<Mention>,
    /// Links into the web, in the order of the pages.
    pub links: Vec<Mention>,
}

/// A text in a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mention {
    /// Where it is.
    #[serde(flatten)]
    pub position: Position,
    /// The text: the code without its backticks, or the address of a link.
    pub text: String,
}

/// A piece of inline code, or the address of a link.
struct Found {
    span: Span,
    text: String,
}

/// What the prose of the pages has.
#[derive(Default)]
struct Prose {
    code: Vec<Found>,
    /// What a page gives a source for.
    sourced: Vec<Found>,
    /// Code that is a link into the web somewhere: the link is its source.
    linked: Vec<String>,
    links: Vec<Found>,
}

/// Reads all pages of a book.
pub fn find(scenario: &Scenario) -> Claims {
    let mut prose = Prose::default();
    let pages = scenario.sources.pages.iter().enumerate();
    for (page, source) in pages.filter(|(_, page)| !page.path.ends_with("SUMMARY.md")) {
        read(page, &source.text, &mut prose);
    }
    let texts = texts(scenario);
    let mut used = vec![false; prose.sourced.len()];
    let mut unbacked = Vec::new();
    for claim in &prose.code {
        if is_backed(&claim.text, &texts) || prose.linked.contains(&claim.text) {
            continue;
        }
        let is_source = |source: &&Found| gives_source(&source.text, &claim.text);
        match prose.sourced.iter().position(|source| is_source(&source)) {
            Some(index) => used[index] = true,
            None => unbacked.push(claim),
        }
    }
    let mention =
        |found: &Found| Mention { position: Position::of(scenario, found.span), text: found.text.clone() };
    let unused = prose.sourced.iter().zip(used).filter(|(_, used)| !used).map(|(source, _)| mention(source));
    Claims {
        count: prose.code.len(),
        unbacked: unbacked.into_iter().map(mention).collect(),
        unused: unused.collect(),
        links: prose.links.iter().map(mention).collect(),
    }
}

fn read(page: PageIndex, text: &str, prose: &mut Prose) {
    let mut in_link = false;
    for (event, range) in Parser::new_ext(text, parse::options()).into_offset_iter() {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) if dest_url.contains("://") => {
                in_link = true;
                prose.links.push(Found { span: Span::new(page, range), text: dest_url.into_string() });
            }
            Event::End(TagEnd::Link) => in_link = false,
            Event::Code(code) if in_link => prose.linked.push(one_line(&code)),
            Event::Code(code) => {
                prose.code.push(Found { span: Span::new(page, range), text: one_line(&code) });
            }
            Event::Start(Tag::HtmlBlock) | Event::InlineHtml(_) => {
                prose.sourced.extend(sources(page, text, range));
            }
            _ => {}
        }
    }
}

/// What is in backticks in the comments that begin with `source:`, where they say more than that.
fn sources(page: PageIndex, text: &str, range: Range<usize>) -> Vec<Found> {
    let mut found = Vec::new();
    for (at, _) in text[range.clone()].match_indices("<!--") {
        let comment = &text[range.start + at + "<!--".len()..range.end];
        let comment = comment.split("-->").next().unwrap_or_default();
        let Some(body) = comment.trim_start().strip_prefix("source:") else { continue };
        let start = range.start + at + "<!--".len() + comment.len() - body.len();
        let (mut codes, mut at, mut says_more) = (Vec::new(), start, false);
        for (index, part) in body.split('`').enumerate() {
            if index % 2 == 0 {
                says_more |= part.contains(char::is_alphanumeric);
            } else {
                codes.push(Found { span: Span::new(page, at..at + part.len()), text: one_line(part) });
            }
            at += part.len() + 1;
        }
        found.extend(codes.into_iter().filter(|_| says_more));
    }
    found
}

/// Whether a source for `given` is one for `claim`: it is the same, or goes on after an ellipsis.
fn gives_source(given: &str, claim: &str) -> bool {
    given == claim || given.strip_suffix('…').is_some_and(|start| claim.starts_with(start))
}

/// What the chapters prove: their blocks with their attributes, and their checks, each on one line.
fn texts(scenario: &Scenario) -> Vec<String> {
    let mut texts = Vec::new();
    let mut add = |text: String| texts.push(compact(&text.replace("\\\n> ", "\n").replace("\\\"", "\"")));
    let block = |block: &Block| format!("{}\n{}", scenario.sources.text(block.fence), block.text);
    for step in &scenario.steps {
        let of_exercises = step.exercises.iter().flat_map(|exercise| exercise.all_blocks());
        step.blocks.iter().chain(of_exercises).for_each(|it| add(block(it)));
        let of_exercises = step.exercises.iter().flat_map(|exercise| &exercise.checks);
        step.checks.iter().chain(of_exercises).for_each(|it| add(scenario.sources.text(it.span).to_owned()));
    }
    texts
}

/// The text with each run of white space as one space.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same without spaces beside brackets: a query may be on one line in prose and on several in its block.
fn compact(text: &str) -> String {
    let is_bracket = |c: char| "()[]{}".contains(c);
    text.split_whitespace().fold(String::new(), |mut line, word| {
        let is_apart = !line.is_empty() && !line.ends_with(is_bracket) && !word.starts_with(is_bracket);
        line.push_str(if is_apart { " " } else { "" });
        line + word
    })
}

/// Whether a block has this text as whole words, or its parts in order where it leaves something out.
fn is_backed(claim: &str, texts: &[String]) -> bool {
    let claim = compact(claim);
    let whole = [claim.as_str()];
    let parts = parts(&claim);
    texts.iter().any(|text| occur(&whole, text) || occur(&parts, text))
}

/// The parts between what stands for something else: `…`, `...` and a name in angle brackets, as in `/users/<id>`.
fn parts(claim: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut at) = (Vec::new(), 0, 0);
    while let Some(c) = claim[at..].chars().next() {
        let length = match c {
            '…' => c.len_utf8(),
            '.' if claim[at..].starts_with("...") => 3,
            '<' if !claim[..at].ends_with(is_word) => placeholder(&claim[at..]).unwrap_or(0),
            _ => 0,
        };
        if length > 0 {
            parts.push(&claim[begin..at]);
            begin = at + length;
        }
        at += length.max(c.len_utf8());
    }
    parts.push(&claim[begin..]);
    parts
}

/// The length of the name in angle brackets that the text begins with.
fn placeholder(text: &str) -> Option<usize> {
    let end = text.find('>')?;
    let is_name = |c: char| is_word(c) || matches!(c, '-' | ' ');
    let name = &text[1..end];
    (name.starts_with(is_word) && name.chars().all(is_name)).then_some(end + 1)
}

/// Whether the parts of a claim are in the text, in order. The first begins a word and the last ends one.
fn occur(parts: &[&str], text: &str) -> bool {
    let mut at = 0;
    parts.iter().enumerate().all(|(index, part)| {
        let part = part.trim();
        let begins = index == 0 && !part.is_empty();
        let ends = index + 1 == parts.len() && !part.is_empty();
        let found = text[at..].match_indices(part).map(|(found, _)| at + found).find(|start| {
            (!begins || begins_word(text, *start)) && (!ends || ends_word(text, start + part.len()))
        });
        at = found.map_or(at, |start| start + part.len());
        found.is_some()
    })
}

/// Whether a claim may begin here, which is not within a word. The end of a name may be claimed alone, as in `_total`.
fn begins_word(text: &str, at: usize) -> bool {
    let (before, after) = (&text[..at], &text[at..]);
    let goes_on = before.ends_with(is_word) && after.starts_with(|c| is_word(c) && c != '_');
    let is_fraction = after.starts_with(|c: char| c.is_ascii_digit())
        && before.strip_suffix('.').is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit()));
    !goes_on && !is_fraction
}

/// The same for the end. The beginning of a name may be claimed alone, as in `app_`.
fn ends_word(text: &str, at: usize) -> bool {
    let (before, after) = (&text[..at], &text[at..]);
    let goes_on = after.starts_with(is_word) && before.ends_with(|c| is_word(c) && c != '_');
    let is_fraction = before.ends_with(|c: char| c.is_ascii_digit())
        && after.strip_prefix('.').is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit()));
    !goes_on && !is_fraction
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
