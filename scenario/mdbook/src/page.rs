//! Pages with their blocks replaced, each by what the plan says of it.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use scenario_core::edit::{Change, Line};
use scenario_core::files::Files;
use scenario_core::model::{Block, BlockKind, Check, Exercise, Step, Verb};
use scenario_core::plan::{
    Action, Plan, PlannedAction, PlannedExercise, PlannedStep, in_blocks, main_action,
};
use scenario_core::source::{SourceFile, Span};

use crate::figure::Runs;
use crate::html::without_blank_lines;
use crate::pages::Pages;
use crate::settings::{Picture, Settings};
use crate::{checks, figure, head, words};

/// The style of each page that has figures, before its text, and the script after it. They are not in files: those
/// that `book.toml` names would have to lie in the book's folder.
static STYLE: LazyLock<String> =
    LazyLock::new(|| format!("<style>{}</style>\n\n", compact(include_str!("scenario.css"), "/*")));

/// It is at the end of a page, once for each chapter where mdBook puts all of them on one page.
static SCRIPT: LazyLock<String> = LazyLock::new(|| {
    let functions = compact(include_str!("scenario.js"), "//").replace("export function", "function");
    format!(
        "(() => {{'use strict';{functions}fill(document);if (window.scenarioBlocks) {{return;}}\
         window.scenarioBlocks = true;document.addEventListener('DOMContentLoaded', () => addCopyButtons(document));}})();"
    )
});

/// A text on one line, without the lines that are comments: mdBook parses it again for each page.
fn compact(text: &str, comment: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.starts_with(comment)).collect()
}

/// The ids of the blocks and checks that the runner and the lab have; `None` where it has all that are shown.
type Ids<'a> = Option<&'a BTreeSet<String>>;

/// A stretch of a page and what takes its place.
struct Replacement {
    span: Span,
    text: String,
    is_figure: bool,
}

/// The text of all pages, in the order of the sources.
pub(crate) fn show(pages: Pages, settings: &Settings) -> Vec<String> {
    let Pages { shown: Plan { scenario, steps }, ids, others } = pages;
    let mut contents: Vec<Option<String>> = vec![None; scenario.sources.pages.len()];
    let (mut files, mut before) = (Files::default(), None);
    for planned in &steps {
        let Some(step) = scenario.step(planned.number) else { continue };
        let page = &scenario.sources.pages[planned.source];
        let mut list = checks::list(planned, &settings.check_command, ids.as_ref());
        let mut replacements = step_replacements(step, planned, page, &mut files, ids.as_ref(), settings);
        if let Some(at) = before_exercises(step, page) {
            replacements.extend(list.take().map(|list| inserted(page, at, list)));
        }
        replacements.extend(head_of(page, before, settings));
        before = Some(&planned.label);
        let exercises = step.exercises.iter().zip(&planned.exercises);
        replacements.extend(exercises.flat_map(|(exercise, of_exercise)| {
            let command = checks::command(planned, &settings.check_command);
            let parts = (exercise, of_exercise, command.as_str());
            exercise_replacements(parts, page, files.clone(), ids.as_ref(), settings)
        }));
        contents[planned.source] = put_together(page, replacements, list.as_deref());
    }
    for page in &others.steps {
        let source = &others.sources.pages[page.page];
        contents[page.page] = put_together(source, transcripts(page, source), None);
    }
    let texts = scenario.sources.pages.into_iter().map(|page| page.text);
    contents.into_iter().zip(texts).map(|(content, text)| content.unwrap_or(text)).collect()
}

fn step_replacements(
    step: &Step,
    planned: &PlannedStep,
    page: &SourceFile,
    files: &mut Files,
    ids: Ids<'_>,
    settings: &Settings,
) -> Vec<Replacement> {
    let mut replacements = figures(&step.blocks, planned.blocks(), page, files, ids, settings);
    let hidden = planned.checks().filter(|(action, _)| action.block.is_none());
    replacements.extend(hidden.map(|(action, _)| Replacement {
        span: action.span,
        text: placeholder(before_on_line(page, action.span)).to_owned(),
        is_figure: false,
    }));
    let needs = step.needs.as_ref();
    replacements.extend(needs.map(|needs| in_place(needs.span, page, head::needs(needs))));
    replacements
}

/// Blocks with their figures.
fn figures<'a>(
    blocks: &[Block],
    actions: impl Iterator<Item = (&'a str, &'a [PlannedAction])>,
    page: &SourceFile,
    files: &mut Files,
    ids: Ids<'_>,
    settings: &Settings,
) -> Vec<Replacement> {
    let picture = |check: &Check| settings.picture(&page.path, check);
    let actions: HashMap<&str, &[PlannedAction]> = actions.collect();
    let known = blocks.iter().filter_map(|block| Some((block, actions.get(block.id.as_str())?)));
    let figure =
        |(block, actions): (&Block, &&[PlannedAction])| match figure_of(block, actions, files, ids, &picture)
        {
            Some(html) => in_place(block.span, page, html),
            None => Replacement { span: block.fence, text: plain_fence(block, page), is_figure: false },
        };
    known.map(figure).collect()
}

/// An exercise: its solution is shown as blocks are, its mistakes are not shown, and in the place of its first check is
/// how to check a solution. `files` are those at the end of its step.
fn exercise_replacements(
    (exercise, planned, command): (&Exercise, &PlannedExercise, &str),
    page: &SourceFile,
    mut files: Files,
    ids: Ids<'_>,
    settings: &Settings,
) -> Vec<Replacement> {
    let mut replacements =
        figures(&exercise.solution, in_blocks(&planned.actions), page, &mut files, ids, settings);
    let nothing = |span: Span| {
        let text = placeholder(before_on_line(page, span)).to_owned();
        Replacement { span, text, is_figure: false }
    };
    let mistakes = exercise.mistakes.iter().flat_map(|mistake| &mistake.blocks);
    replacements.extend(mistakes.map(|block| nothing(block.span)));
    let mut checks = exercise.checks.iter().map(|check| check.span);
    replacements
        .extend(checks.next().map(|span| in_place(span, page, checks::exercise(&exercise.name, command))));
    replacements.extend(checks.map(nothing));
    replacements
}

/// The figure of a block with these actions; none for one that does nothing.
fn figure_of(
    block: &Block,
    actions: &[PlannedAction],
    files: &mut Files,
    ids: Ids<'_>,
    picture: &dyn Fn(&Check) -> Option<Picture>,
) -> Option<String> {
    let runs = match ids {
        Some(ids) if !ids.contains(&block.id) => Runs::Another,
        _ => Runs::Block(&block.id),
    };
    match &main_action(actions)?.action {
        Action::Edit(planned) => {
            let path = &planned.edit.path;
            let exists = files.has(path);
            // Pages with an edit that cannot be applied are refused before.
            let Some(change) = files.apply(&planned.block).ok()? else {
                // What else is in a file that a command has written is not known.
                let mut own = Line::of_block(block);
                let mut change = Change { start: 0, added: own.len(), removed: Vec::new() };
                if let Verb::Replace(from, None) = &planned.edit.verb {
                    change.removed = Line::of(&from.text, from.span);
                    if own.is_empty() {
                        own = vec![Line { text: String::new(), origin: from.span }];
                        change.added = 1;
                    }
                }
                return Some(figure::edit(runs, planned, Some(&change), &own));
            };
            let after = files.lines(path).unwrap_or_default();
            Some(figure::edit(runs, planned, exists.then_some(&change), after))
        }
        Action::Command(_) | Action::Background(_) | Action::Stop { .. } => {
            // That a file has no place in the workspace was reported before.
            let _ = files.apply(block);
            let captions = actions.iter().filter_map(|action| words::after_command(&action.action));
            let mut captions: Vec<String> = captions.collect();
            captions.dedup();
            let commands = actions.iter().filter_map(PlannedAction::command);
            let head = block.text.starts_with("^C\n").then_some("^C");
            Some(figure::console(runs, head, commands, &captions))
        }
        Action::Check(check) => Some(figure::promql(runs, &block.text, check, picture(check).as_ref())),
        Action::Ignored { .. } => None,
    }
}

/// The line at the head of a chapter, which begins at the end of the step `before`.
fn head_of(page: &SourceFile, before: Option<&String>, settings: &Settings) -> Option<Replacement> {
    let command = settings.step_command.as_ref().zip(before);
    let begin = command.map(|(command, before)| command.replace("{step}", before));
    let line = head::line(begin.as_deref(), settings.seconds(&page.path))?;
    let at = head::place(&page.text);
    let text = if at == 0 { format!("{line}\n\n") } else { format!("\n\n{line}") };
    Some(Replacement { span: Span { page: 0, start: at, end: at }, text, is_figure: false })
}

/// Where the section with the exercises begins: the list of what the step checks belongs before it. `None` without
/// exercises, or if they have no heading of their own.
fn before_exercises(step: &Step, page: &SourceFile) -> Option<usize> {
    let checks = step.exercises.iter().flat_map(|exercise| &exercise.checks).map(|check| check.span);
    let solutions = step.exercises.iter().flat_map(|exercise| &exercise.solution).map(|block| block.span);
    let first = checks.chain(solutions).map(|span| span.start).min()?;
    let blocks = step.blocks.iter().map(|block| block.span);
    let spans = blocks.chain(step.checks.iter().map(|check| check.span));
    let last = spans.map(|span| span.end).filter(|end| *end < first).max().unwrap_or(0);
    page.text[last..first].rfind("\n#").map(|at| last + at + 1)
}

/// HTML before a line of the page.
fn inserted(page: &SourceFile, at: usize, html: String) -> Replacement {
    let blank = if page.text[..at].ends_with("\n\n") { "" } else { "\n" };
    let span = Span { page: 0, start: at, end: at };
    Replacement { span, text: format!("{blank}{html}\n\n"), is_figure: true }
}

/// The console blocks of a page that is not a step: nothing runs them, but a reader copies from them, too.
fn transcripts(page: &Step, source: &SourceFile) -> Vec<Replacement> {
    let consoles = page.blocks.iter().filter_map(|block| match &block.kind {
        BlockKind::Commands(commands) if block.text.starts_with("$ ") => Some((block, &commands.commands)),
        _ => None,
    });
    consoles
        .map(|(block, commands)| {
            in_place(block.span, source, figure::console(Runs::Nothing, None, commands, &[]))
        })
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

/// HTML in the place of a block or a check. A line of HTML goes on to the next blank line, so there must be one after it,
/// within the list or quote that it is in.
fn in_place(span: Span, page: &SourceFile, html: String) -> Replacement {
    let span = Span { end: page.text[..span.end].trim_end().len(), ..span };
    let next = page.line_number(span.end) + 1;
    let first = before_on_line(page, span);
    let html = without_blank_lines(&html, !first.is_empty());
    let quotes = |line: &str| line.matches('>').count();
    // A line with more marks of quotes than the block has opens a quote, so it is not blank here.
    let is_blank =
        |line: &str| line.trim_matches(['>', ' ', '\t']).is_empty() && quotes(line) <= quotes(first);
    if next > page.line_count() || is_blank(page.line(next)) {
        return Replacement { span, text: html, is_figure: true };
    }
    let blank = |c: char| if matches!(c, '>' | '\t') { c } else { ' ' };
    let prefix: String = first.chars().map(blank).collect();
    Replacement { span, text: format!("{html}\n{}", prefix.trim_end()), is_figure: true }
}

/// The page with its blocks replaced; `None` if it stays as it is.
fn put_together(page: &SourceFile, mut replacements: Vec<Replacement>, list: Option<&str>) -> Option<String> {
    if replacements.is_empty() && list.is_none() {
        return None;
    }
    replacements.sort_by_key(|replacement| replacement.span.start);
    let has_figures = list.is_some() || replacements.iter().any(|one| one.is_figure);
    let mut text = if has_figures { STYLE.clone() } else { String::new() };
    let mut from = 0;
    for Replacement { span, text: replacement, .. } in &replacements {
        text.push_str(&page.text[from..span.start]);
        text.push_str(replacement);
        from = span.end;
    }
    text.push_str(&page.text[from..]);
    text.truncate(text.trim_end().len());
    if let Some(list) = list {
        text.extend(["\n\n", list, "\n"]);
    }
    if has_figures {
        text.extend(["\n\n<script>", SCRIPT.as_str(), "</script>\n"]);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    /// What is put on one line must not need its line breaks.
    #[test]
    fn style_and_script_have_no_comment_at_the_end_of_a_line_and_no_open_statement() {
        for (text, comment) in [(include_str!("scenario.css"), "/*"), (include_str!("scenario.js"), "//")] {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            for line in lines.filter(|line| !line.starts_with(comment)) {
                assert!(!line.contains(comment), "{line}");
                assert!(line.ends_with(['{', '}', ';', ',', '(']), "{line}");
            }
        }
    }
}
