//! `adopt`: carries what the author has changed in the files of the book into its pages.

use std::path::{Path, PathBuf};

use scenario_core::adopt::{self, Choice, Content, Question, Side, Undecided, Why};
use scenario_core::book::{Book, shown};
use scenario_core::error::{Error, Result};
use scenario_core::files::Files;
use scenario_core::model::Scenario;
use scenario_core::plan::Plan;
use scenario_core::report::visible;
use scenario_core::runner;
use scenario_core::source::Sources;
use scenario_core::workspace::{self, Workspace};

use crate::flags::{Front, Trust};
use crate::output::print;
use crate::pages::{Offer, answer, has_terminal, offer};
use crate::trust;

/// How many new lines a question shows.
const LINES_MAX: usize = 10;

/// What came of it.
#[derive(Debug)]
pub(crate) struct Adopted {
    /// Whether everything that has changed is in the pages now.
    pub(crate) complete: bool,
    /// The step of the workspace whose pages have changed, to be played as they are now.
    pub(crate) replay: Option<String>,
}

/// Compares the files with the pages, and writes the pages if the author agrees.
pub(crate) fn adopt(front: &Front, label: Option<&str>, result: bool, yes: bool) -> Result<Adopted> {
    let book = Book::load(&front.book)?;
    let plan = Plan::new(book.clone().into_scenario()?);
    // It is read again here, so it may be another book than the one that was looked at.
    trust::require(front, &plan, "adopt", Trust::default())?;
    let (number, place) = if result {
        (plan.steps.len(), Place::result(&plan.scenario)?)
    } else {
        (step(front, &plan, label)?, Place::workspace(front)?)
    };
    let files = Files::at(&plan.scenario, number);
    let sources = &book.scenario.sources;
    let asks = !yes && has_terminal();
    let mut decide = |question: &Question| match asks {
        true => ask(sources, &place, question),
        false => Ok(None),
    };
    let adoption = adopt::adopt(&book, number, |path| place.look(path, &files), &mut decide)?;
    for Undecided { path, line, origin, why } in &adoption.undecided {
        let origin = origin.map(|origin| format!(" ({})", sources.location(origin))).unwrap_or_default();
        let file = place.shown(path);
        print(|out| {
            writeln!(out, "not taken over: {}:{line}{origin}: {}", visible(&file), visible(&why.text()))
        })?;
    }
    let by_commands = if result { Vec::new() } else { changed_by_hand(front, &plan, number)? };
    for path in &by_commands {
        let file = place.shown(path);
        print(|out| {
            writeln!(
                out,
                "not taken over: {}: a command writes this file, so no page has its text; change the command, or edit \
                 the file in a block",
                visible(&file)
            )
        })?;
    }
    let complete = adoption.undecided.is_empty() && by_commands.is_empty();
    if adoption.edits.is_empty() {
        if complete {
            print(|out| writeln!(out, "the files are as the pages write them; nothing to take over"))?;
        }
        return Ok(Adopted { complete, replay: None });
    }
    if offer(sources, &adoption.edits, yes)? == Offer::Declined {
        return Ok(Adopted { complete: false, replay: None });
    }
    // The author has just read and accepted exactly these changes.
    trust::go_on(&Plan::new(book.with(&adoption.edits).into_scenario()?))?;
    // Playing the step would move files with more changes out of the way.
    if result || !complete {
        return Ok(Adopted { complete, replay: None });
    }
    let changed = front.load()?;
    let mut workspace = Workspace::open(&front.workspace)?;
    workspace.recognize(&Files::at(&changed.scenario, number));
    workspace.save()?;
    Ok(Adopted { complete, replay: Some(changed.scenario.label(number)) })
}

/// Asks which block takes new lines; without a choice, the file stays as it is.
fn ask(sources: &Sources, place: &Place<'_>, question: &Question) -> Result<Option<usize>> {
    let file = place.shown(&question.path);
    print(|out| {
        writeln!(out, "{}:{}: which block do these lines go into?", visible(&file), question.line)?;
        for line in question.new.iter().take(LINES_MAX) {
            writeln!(out, "    + {}", visible(line))?;
        }
        if question.new.len() > LINES_MAX {
            writeln!(out, "    … {} more", question.new.len() - LINES_MAX)?;
        }
        for (index, Choice { place, side, .. }) in question.choices.iter().enumerate() {
            let side = match side {
                Side::Below => "below",
                Side::Above => "above",
                Side::Instead => "in place of",
            };
            let page = &sources.pages[place.page];
            let text = visible(&page.text[place.start..place.end]);
            writeln!(out, "  {}  {}: {side} `{text}`", index + 1, sources.location(*place))?;
        }
        Ok(())
    })?;
    let numbers: Vec<String> = (1..=question.choices.len()).map(|number| number.to_string()).collect();
    let answer = answer(&format!("[{}, or nothing to leave the file as it is] ", numbers.join(", ")))?;
    Ok(numbers.iter().position(|number| *number == answer))
}

/// The files that commands write and the author has changed since.
fn changed_by_hand(front: &Front, plan: &Plan, number: usize) -> Result<Vec<String>> {
    let workspace = Workspace::open(&front.workspace)?;
    let files = Files::at(&plan.scenario, number);
    Ok(files.written().filter(|path| workspace.is_learners(path)).map(str::to_owned).collect())
}

/// The step whose end the workspace is at, or the one that is named.
fn step(front: &Front, plan: &Plan, label: Option<&str>) -> Result<usize> {
    let at = workspace::reached(&front.workspace)?.filter(|number| plan.step(*number).is_some());
    if let Some(label) = label {
        let number = runner::require_labelled(plan, label)?.number;
        if let Some(at) = at.filter(|at| *at != number) {
            let at = plan.scenario.label(at);
            return Err(Error::usage(format!("the workspace is at the end of chapter {at}, not of {label}"))
                .with_help(format!("`{} adopt` takes its files for those of chapter {at}", front.name)));
        }
        return Ok(number);
    }
    at.ok_or_else(|| {
        let place = shown(&front.workspace).display().to_string();
        Error::usage(format!("`{place}` is not known to be at the end of a chapter")).with_help(format!(
            "`{0} step N` brings it to one; `{0} adopt N` takes its files for those of chapter N",
            front.name
        ))
    })
}

/// Where the changed files are.
struct Place<'a> {
    root: Root<'a>,
    /// What is remembered of the files, in a workspace.
    workspace: Option<Workspace>,
}

enum Root<'a> {
    Workspace(&'a Path),
    Results(&'a Scenario),
}

impl<'a> Place<'a> {
    fn workspace(front: &'a Front) -> Result<Place<'a>> {
        let workspace = Some(Workspace::open(&front.workspace)?);
        Ok(Place { root: Root::Workspace(&front.workspace), workspace })
    }

    fn result(scenario: &'a Scenario) -> Result<Place<'a>> {
        if scenario.results.is_empty() {
            return Err(Error::usage("book.toml names no `result`")
                .with_help("without `--result`, the files are those of the workspace"));
        }
        Ok(Place { root: Root::Results(scenario), workspace: None })
    }

    /// Where a file of the book is, if it is in this place.
    fn of(&self, path: &str) -> Option<PathBuf> {
        match self.root {
            Root::Workspace(root) => Some(root.join(path)),
            Root::Results(scenario) => scenario.result_of(path),
        }
    }

    /// How a message names it.
    fn shown(&self, path: &str) -> String {
        shown(&self.of(path).unwrap_or_else(|| path.into())).display().to_string()
    }

    fn look(&self, path: &str, files: &Files) -> Content {
        let Some(place) = self.of(path) else { return Content::Unknown };
        if place.is_symlink() {
            return Content::Left(Why::Link);
        }
        let Some(bytes) = workspace::read(&place) else { return Content::Left(Why::Missing) };
        let Some(workspace) = &self.workspace else { return Content::Bytes(bytes) };
        let by_pages = files.bytes(path).and_then(|bytes| workspace.has_written(path, &bytes));
        match workspace.has_written(path, &bytes) {
            Some(true) => Content::Unknown,
            Some(false) if by_pages == Some(false) => Content::Left(Why::PageChanged),
            _ => Content::Bytes(bytes),
        }
    }
}
