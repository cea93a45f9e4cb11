//! Pages with their blocks replaced, by the spans that core found, from the end backwards.

use scenario_core::files::Files;
use scenario_core::model::{Block, BlockKind, Step};
use scenario_core::source::{SourceFile, Span};

use crate::figure::Runs;
use crate::pages::{Ids, Pages};
use crate::settings::Settings;
use crate::{checks, figure, words};

const STYLE: &str = include_str!("scenario.css");
/// The script of each page that has blocks, as its element contains it.
pub const SCRIPT: &str = concat!("\n", include_str!("scenario.js"));

/// A stretch of a page and what takes its place.
struct Replacement {
    span: Span,
    text: String,
}

/// The text of all pages, in the order of the sources.
pub(crate) fn show(pages: &Pages, settings: &Settings) -> Vec<String> {
    let sources = &pages.scenario.sources.pages;
    let mut contents: Vec<String> = sources.iter().map(|page| page.text.clone()).collect();
    let mut files = Files::default();
    for step in &pages.scenario.steps {
        let changed = pages.changed.get(&step.page);
        let list = checks::list(step, &settings.check_command, changed);
        let replacements = step_replacements(step, &sources[step.page], &mut files, changed);
        contents[step.page] = put_together(&sources[step.page], replacements, list.as_deref());
    }
    for page in &pages.others.steps {
        let replacements = transcripts(page, &sources[page.page]);
        contents[page.page] = put_together(&sources[page.page], replacements, None);
    }
    contents
}

fn step_replacements(
    step: &Step,
    page: &SourceFile,
    files: &mut Files,
    changed: Option<&Ids>,
) -> Vec<Replacement> {
    let mut replacements = Vec::new();
    for block in &step.blocks {
        let runs = match changed {
            Some(ids) if !ids.has(&block.id) => Runs::Another,
            _ => Runs::Block(&block.id),
        };
        let html = match &block.kind {
            BlockKind::Edit(edit) => {
                let exists = files.lines(&edit.path).is_some();
                // Pages with an edit that cannot be applied are refused before.
                let Ok(Some(change)) = files.apply(block) else { continue };
                let after = files.lines(&edit.path).unwrap_or_default();
                figure::edit(runs, block, edit, exists.then_some(&change), after)
            }
            BlockKind::Commands(commands) => {
                let and_then = commands.ready.as_ref().map(words::ready);
                figure::console(runs, &commands.commands, and_then)
            }
            BlockKind::Background(background) => {
                let and_then = words::background(&background.name, &background.ready);
                figure::console(runs, block.kind.commands(), Some(and_then))
            }
            BlockKind::Query(check) => figure::promql(runs, block, check),
            BlockKind::Ignored(_) => {
                replacements.push(Replacement { span: block.fence, text: plain_fence(block, page) });
                continue;
            }
        };
        replacements.push(in_place(block, page, html));
    }
    replacements.extend(step.checks.iter().map(|check| Replacement {
        span: check.span,
        text: placeholder(before_on_line(page, check.span)).to_owned(),
    }));
    replacements
}

/// The console blocks of a page that is no step: nothing runs them, but a reader copies from them, too.
fn transcripts(page: &Step, source: &SourceFile) -> Vec<Replacement> {
    let consoles = page.blocks.iter().filter_map(|block| match &block.kind {
        BlockKind::Commands(commands) if block.text.starts_with("$ ") => Some((block, &commands.commands)),
        _ => None,
    });
    consoles
        .map(|(block, commands)| in_place(block, source, figure::console(Runs::Nothing, commands, None)))
        .collect()
}

/// The opening fence without what is meant for us: mdBook would make it classes.
fn plain_fence(block: &Block, page: &SourceFile) -> String {
    let fence = &page.text[block.fence.start..block.fence.end];
    let run = fence.len() - fence.trim_start_matches(['`', '~']).len();
    format!("{}{}", &fence[..run], block.language)
}

/// What is on the line of a span before it.
fn before_on_line(page: &SourceFile, span: Span) -> &str {
    &page.text[page.line_range(page.line_number(span.start)).start..span.start]
}

/// What stays of a hidden check. A list item whose first line became empty would not hold what follows.
fn placeholder(before: &str) -> &'static str {
    if before.trim().is_empty() { "" } else { "<!-- -->" }
}

/// HTML in the place of a block. A line of HTML goes on to the next blank line, so there must be one after it,
/// within the list or quote that the block is in.
fn in_place(block: &Block, page: &SourceFile, html: String) -> Replacement {
    let span = Span { end: page.text[..block.span.end].trim_end().len(), ..block.span };
    let next = page.line_number(span.end) + 1;
    let first = before_on_line(page, span);
    let quotes = |line: &str| line.matches('>').count();
    // A line with more marks of quotes than the block has opens a quote, so it is not blank here.
    let is_blank =
        |line: &str| line.trim_matches(['>', ' ', '\t']).is_empty() && quotes(line) <= quotes(first);
    if next > page.line_count() || is_blank(page.line(next)) {
        return Replacement { span, text: html };
    }
    let blank = |c: char| if matches!(c, '>' | '\t') { c } else { ' ' };
    let prefix: String = first.chars().map(blank).collect();
    Replacement { span, text: format!("{html}\n{}", prefix.trim_end()) }
}

/// The page with its blocks replaced, and the style and the script that they need, which cannot stand in
/// files: those that `book.toml` names would have to lie in the book's folder.
fn put_together(page: &SourceFile, mut replacements: Vec<Replacement>, list: Option<&str>) -> String {
    if replacements.is_empty() && list.is_none() {
        return page.text.clone();
    }
    replacements.sort_by_key(|replacement| replacement.span.start);
    let mut text = page.text.clone();
    for Replacement { span, text: replacement } in replacements.iter().rev() {
        text.replace_range(span.start..span.end, replacement);
    }
    let list = list.map_or_else(String::new, |list| format!("\n\n{list}\n"));
    format!("<style>\n{STYLE}</style>\n<script>{SCRIPT}</script>\n\n{}{list}", text.trim_end())
}
