//! The book: what its blocks do, and its rendered pages. It is not watched here, and not served.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use scenario_core::book;
use scenario_core::diagnostic::Mistakes;
use scenario_core::edit::Line;
use scenario_core::error::{Error, ErrorKind, Result};
use scenario_core::excerpt::excerpt;
use scenario_core::failure::{self, Failure};
use scenario_core::model::{Attempt, Block, BlockKind, Exercise, Scenario, Step};
use scenario_core::plan::{Plan, PlannedAction, PlannedStep};
use scenario_core::trust::Runs;

use crate::limits::{MISTAKES_MAX, PLACES_MAX};
use crate::pages;
use crate::place::{BookError, Mistake, Place};
use crate::search::Index;

/// A book that was read and rendered.
#[derive(Debug)]
pub(crate) struct RenderedBook {
    /// What its steps do, and the book itself.
    pub(crate) plan: Plan,
    /// What it runs, if the learner must agree to that.
    pub(crate) runs: Option<Runs>,
    solutions: Vec<Solution>,
    /// All paths that its edits name.
    written: BTreeSet<String>,
    /// Where the pages are written, as messages name it.
    source: PathBuf,
    /// Where they are rendered.
    rendered: PathBuf,
    /// What a search finds in them.
    pub(crate) index: Index,
}

/// The solution of an exercise. Its plan is made when it is first asked for, as each has the book up to its chapter once more.
#[derive(Debug)]
struct Solution {
    /// The step that has the exercise.
    step: usize,
    exercise: String,
    /// The ids of its blocks.
    blocks: Vec<String>,
    plan: OnceLock<Plan>,
}

impl Solution {
    fn new(step: usize, exercise: &Exercise) -> Solution {
        let blocks = exercise.solution.iter().map(|block| block.id.clone()).collect();
        Solution { step, exercise: exercise.name.clone(), blocks, plan: OnceLock::new() }
    }
}

impl RenderedBook {
    /// Reads the book in `dir`, and has `exe`, this program, render it into a folder that it may empty. One that was imported
    /// when the lab was opened still counts as such: otherwise a change of the book could end the refusal, and start programs
    /// of its `book.toml`.
    ///
    /// # Errors
    ///
    /// Mistakes in the pages, or what mdBook cannot do.
    pub(crate) fn render(exe: &Path, dir: &Path, into: &Path, was_imported: bool) -> Result<RenderedBook> {
        let mut scenario = book::Book::load(dir)?.into_scenario()?;
        scenario.imported |= was_imported;
        let into = std::path::absolute(into)
            .map_err(|error| Error::new(format!("failed to render `{}`: {error}", dir.display())))?;
        let source = pages::written(exe, dir, &into, scenario.imported)?;
        let written = blocks(&scenario).filter_map(|(_, block)| match &block.kind {
            BlockKind::Edit(edit) => Some(edit.path.clone()),
            _ => None,
        });
        let written = written.collect();
        let plan = Plan::new(scenario);
        let steps = plan.scenario.steps.iter();
        let solutions =
            steps.flat_map(|step| step.exercises.iter().map(|one| Solution::new(step.number, one)));
        let solutions = solutions.collect();
        let rendered = html_dir(&into);
        let index = Index::read(&rendered);
        let runs = Runs::of(&plan);
        Ok(RenderedBook { solutions, written, source, rendered, index, runs, plan })
    }

    /// Whether it may be run: it was not imported, or the learner has agreed to what it runs.
    pub(crate) fn is_trusted(&self) -> bool {
        self.runs.as_ref().is_none_or(Runs::is_trusted)
    }

    /// The page of a step, as a path below `/book/`.
    pub(crate) fn page(&self, step: &PlannedStep) -> String {
        page_of(&self.plan.scenario.sources.pages[step.source].path, &self.source)
    }

    /// Where a path below `/book/` is on disk.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.rendered.join(path)
    }

    /// Describes why the book on disk could not be rendered. The places of its mistakes are found in this book, which is
    /// the one that is shown.
    pub(crate) fn describe(&self, error: &Error) -> BookError {
        let ErrorKind::Book(Mistakes { diagnostics, sources }) = error.kind() else {
            let help = error.help().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
            return BookError { message: Some(format!("{error}{help}")), mistakes: Vec::new(), count: 0 };
        };
        let mistakes = diagnostics.iter().take(MISTAKES_MAX).map(|diagnostic| {
            let at = sources.location(diagnostic.primary);
            Mistake {
                path: at.path.display().to_string(),
                line: at.line,
                column: at.column,
                code: diagnostic.code().name(),
                message: diagnostic.message(),
                excerpt: excerpt(sources, diagnostic.primary),
                help: diagnostic.help.iter().map(|help| help.text.clone()).collect(),
                page: self.shown_page(at.path),
                block: self.block_above(at.path, at.line).map(|block| block.id.clone()),
            }
        });
        BookError { message: None, mistakes: mistakes.collect(), count: diagnostics.len() }
    }

    /// Where the pages show the lines that a program has named.
    pub(crate) fn places(&self, failure: &Failure) -> Vec<Place> {
        failure.places.iter().take(PLACES_MAX).map(|place| self.place(place)).collect()
    }

    /// Where the pages show a line that a program has named.
    pub(crate) fn place(&self, place: &failure::Place) -> Place {
        let sources = &self.plan.scenario.sources;
        let at = sources.location(place.origin);
        let block = self.block_above(at.path, at.line);
        let row = block.and_then(|block| {
            let lines = Line::of_block(block);
            lines.iter().position(|line| sources.location(line.origin).line == at.line)
        });
        Place {
            file: place.file.clone(),
            line: place.line,
            origin: at.to_string(),
            page: self.shown_page(at.path),
            block: block.map(|block| block.id.clone()),
            row: row.map(|row| row + 1),
        }
    }

    /// A page as it is shown, below `/book/`; nothing if the book that is shown does not have it.
    fn shown_page(&self, path: &Path) -> Option<String> {
        let page = page_of(path, &self.source);
        self.file(&page).is_file().then_some(page)
    }

    /// The last block that begins at a line of a page or above it.
    fn block_above(&self, path: &Path, line: usize) -> Option<&Block> {
        let place = |block: &&Block| self.plan.scenario.sources.location(block.span);
        let blocks = self.blocks().map(|(_, block)| block);
        let mut above = blocks.filter(|block| place(block).path == path && place(block).line <= line);
        above.next_back()
    }

    /// Whether its pages are in a folder.
    pub(crate) fn is_in(&self, folder: &Path) -> bool {
        self.rendered.starts_with(folder)
    }

    /// All paths that its edits name.
    pub(crate) fn written(&self) -> BTreeSet<String> {
        self.written.clone()
    }

    /// Whether an edit of the book names this path.
    pub(crate) fn writes(&self, path: &str) -> bool {
        self.written.contains(path)
    }

    /// The block with an id, and the step it is in.
    pub(crate) fn block(&self, id: &str) -> Option<(&Step, &Block)> {
        self.blocks().find(|(_, block)| block.id == id)
    }

    /// All blocks that a page shows, each with its step; those of solutions come after those of their step.
    pub(crate) fn blocks(&self) -> impl DoubleEndedIterator<Item = (&Step, &Block)> {
        blocks(&self.plan.scenario)
    }

    /// The plan that has a block as part of a step: the book's own, or that of a solution.
    pub(crate) fn plan_of(&self, id: &str) -> &Plan {
        self.solution(id).map_or(&self.plan, |(_, plan)| plan)
    }

    /// The number of the step that a block is in, or its exercise, and its actions.
    pub(crate) fn actions(&self, id: &str) -> Option<(usize, &[PlannedAction])> {
        match self.solution(id) {
            Some((number, plan)) => plan.block(id).map(|(_, actions)| (number, actions)),
            None => self.plan.block(id).map(|(step, actions)| (step.number, actions)),
        }
    }

    /// The plan in which a block of a solution is part of the step after the chapter, and the number of the chapter.
    fn solution(&self, id: &str) -> Option<(usize, &Plan)> {
        let solution = self.solutions.iter().find(|one| one.blocks.iter().any(|block| block == id))?;
        let number = solution.step;
        let exercise = self.plan.scenario.exercise(number, &solution.exercise)?;
        let plan = || self.plan.of_attempt(number, exercise, Attempt::Solution);
        Some((number, solution.plan.get_or_init(plan)))
    }
}

fn blocks(scenario: &Scenario) -> impl DoubleEndedIterator<Item = (&Step, &Block)> {
    scenario.steps.iter().flat_map(|step| step.shown_blocks().map(move |block| (step, block)))
}

/// With more than one renderer, mdBook gives each a folder.
fn html_dir(into: &Path) -> PathBuf {
    let own = into.join("html");
    if own.join("index.html").is_file() { own } else { into.to_owned() }
}

/// `src/step-1.md` is shown as `step-1.html`, and a `README.md` as the folder's index.
fn page_of(path: &Path, source: &Path) -> String {
    let relative = path.strip_prefix(source).unwrap_or(path);
    let html = match relative.file_stem() {
        Some(stem) if stem.eq_ignore_ascii_case("readme") => relative.with_file_name("index.html"),
        _ => relative.with_extension("html"),
    };
    html.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_readme_is_the_index_of_its_folder() {
        assert_eq!(page_of(Path::new("b/src/x/README.md"), Path::new("b/src")), "x/index.html");
        assert_eq!(page_of(Path::new("b/src/step-1.md"), Path::new("b/src")), "step-1.html");
    }
}
