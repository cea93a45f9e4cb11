//! Pages of a book, and everything that is computed from them before anything runs.

use scenario_core::edit::{self, Line};
use scenario_core::excerpt::Style;
use scenario_core::files::{self, Files};
use scenario_core::model::{Block, BlockKind, Scenario, Verb};
use scenario_core::page_edit;
use scenario_core::parse::{self, Chapter, Page, Parsed};
use scenario_core::plan::Plan;
use scenario_core::source::{SourceFile, Sources, Span};
use scenario_core::world::World;

use crate::{BETWEEN_PARTS, text};

/// The most pages of an input.
const PAGES_MAX: usize = 4;

/// The input is SUMMARY.md and pages, with lines `%%%` between them. Each page is a step.
pub fn parser(input: &[u8]) {
    let input = text(input);
    let mut parts = input.split(BETWEEN_PARTS);
    let mut sources = Sources::default();
    let summary = sources.add(SourceFile::new("SUMMARY.md", parts.next().unwrap_or_default()));
    let (_, mut mistakes) = parse::summary(summary, &sources.pages[summary]);
    let pages: Vec<Page> = parts
        .take(PAGES_MAX)
        .map(|text| {
            let path = format!("page-{}.md", sources.pages.len());
            let index = sources.add(SourceFile::new(&path, text));
            let chapter =
                Chapter { title: path.clone(), path, number: vec![1], span: Span::new(summary, 0..0) };
            Page { index, chapter }
        })
        .collect();
    let Parsed { scenario, diagnostics: found, .. } = parse::parse("A book", sources, &pages);
    let is_right = found.is_empty();
    mistakes.extend(found);
    if is_right {
        mistakes.extend(files::check(&scenario));
    }
    for mistake in &mistakes {
        let rendered = mistake.render(&scenario.sources, Style::Plain);
        assert!(rendered.contains(mistake.code().name()), "{rendered}");
        let edits = mistake.help.iter().filter_map(|help| help.edit.as_ref());
        edits.for_each(|edit| drop(page_edit::apply(&scenario.sources, std::slice::from_ref(edit))));
    }
    for block in scenario.steps.iter().flat_map(|step| &step.blocks) {
        lines_are_places(&scenario, block);
    }
    if mistakes.is_empty() {
        let plan = serde_json::to_string(&Plan::new(scenario.clone()));
        assert!(plan.is_ok(), "{plan:?}");
        (0..=scenario.steps.len()).for_each(|number| drop(World::at(&scenario, number)));
        fold_is_replay(&scenario);
    }
}

/// Checks that each line of a block is at the place in the page that it names.
fn lines_are_places(scenario: &Scenario, block: &Block) {
    assert_eq!(block.text.lines().count(), block.lines.len(), "{:?}", block.text);
    for (line, place) in block.text.lines().zip(&block.lines) {
        let there = scenario.sources.text(*place);
        // A tab before a block in a list or a quotation is several columns, and some of them may belong to the block.
        let page = &scenario.sources.pages[place.page];
        let has_tab = page.line(page.line_number(place.start)).contains('\t');
        let (there, line) = (there.trim_end_matches('\r'), line.trim_end_matches('\r'));
        let is_same = if has_tab { there.trim_start() == line.trim_start() } else { there == line };
        assert!(is_same, "{there:?} is not {line:?}");
    }
}

/// Checks that the files at each block are those after all earlier edits, and that each edit is present after it is made.
fn fold_is_replay(scenario: &Scenario) {
    let mut files = Files::default();
    for step in &scenario.steps {
        for block in &step.blocks {
            let BlockKind::Edit(edit) = &block.kind else {
                assert_eq!(files.apply(block), Ok(None));
                continue;
            };
            let before = files.text(&edit.path);
            let at_block = Files::before(scenario, &block.id);
            assert_eq!(at_block.and_then(|files| files.text(&edit.path)), before);
            let change = files.apply(block);
            assert!(change.is_ok(), "{change:?}");
            if files.is_written(&edit.path) {
                assert_eq!(change, Ok(None));
                continue;
            }
            let after = files.text(&edit.path).unwrap_or_default();
            assert!(files.is(&edit.path, &after), "{after:?}");
            assert!(Files::has_reached(scenario, &block.id, &after), "{after:?}");
            let lines = files.lines(&edit.path).unwrap_or_default();
            if !matches!(edit.verb, Verb::Replace(..)) {
                assert!(edit::holds(lines, &edit.verb, &Line::of_block(block)), "{after:?}");
            }
            if let Some(before) = before.filter(|_| !matches!(edit.verb, Verb::Write)) {
                let whole = edit::apply_to_text(&edit.path, &before, &edit.verb, Line::of_block(block));
                assert_eq!(whole.as_ref().ok(), Some(&after), "{before:?}");
            }
        }
        let at = Files::at(scenario, step.number);
        assert!(at.paths().eq(files.paths()), "step {}", step.number);
        assert!(at.paths().all(|path| at.text(path) == files.text(path)), "step {}", step.number);
    }
}
