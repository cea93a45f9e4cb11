//! Proves the book: every command as written, from nothing, each check red before its step and green after.

use std::time::Instant;

use crate::check::Outcome;
use crate::error::{Error, Result};
use crate::event::{Event, Failure, ItemResult, RunResult, Verdict};
use crate::files::Files;
use crate::model::{Scenario, Step};
use crate::plan::{self, Action};
use crate::runner::play::Part;
use crate::runner::{self, Mode, Run, RunOptions, Sink};
use crate::session::{self, Session};
use crate::source::Span;
use crate::workspace::Workspace;

/// How thorough a `verify` is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Verify {
    /// The last step to prove; all of them without it.
    pub step: Option<usize>,
    /// Empty cargo's `target/` too.
    pub cold: bool,
    /// Resolve dependencies anew instead of using the lock file of the result.
    pub latest: bool,
    /// End a live world instead of refusing to run beside it.
    pub replace: bool,
}

/// Runs the steps from nothing in `options.workspace`, which is emptied, and compares the result.
///
/// Everything that was started ends with it.
///
/// # Errors
///
/// The run could not go on: a live world, a taken port, a missing step. What a page gets wrong is a failure in
/// the result.
pub fn verify(scenario: &Scenario, what: Verify, options: &RunOptions, sink: Sink<'_>) -> Result<RunResult> {
    let last = what.step.unwrap_or(scenario.steps.len());
    runner::existing(scenario, last)?;
    let mut session = Session::open(&options.command, &options.exe, options.machine.engine.as_ref())?;
    let live = session.live()?;
    if !live.is_empty() && !what.replace {
        session.keep()?;
        return Err(Error::busy(format!("a world is live: {}", live.join(", "))).with_help(format!(
            "`verify` starts from nothing: end it with `{} down`, or let `--replace` do so",
            options.front
        )));
    }
    let result = session::down(&mut session)
        .and_then(|_| Workspace::open(&options.workspace)?.clear(what.cold))
        .and_then(|()| Run::new(scenario, options, &mut session, Mode::Verify, sink))
        .and_then(|run| run.prove(last, what));
    crate::process::begin_cleaning();
    let cleared = session::down(&mut session).map(drop);
    session.end().and(cleared).and(result)
}

impl Run<'_> {
    fn prove(mut self, last: usize, what: Verify) -> Result<RunResult> {
        let mut files = Files::default();
        let mut passed = true;
        for step in &self.scenario.steps[..last] {
            self.emit(Event::Step { number: step.number, title: step.title.clone() });
            if !passed {
                for action in plan::actions(step) {
                    self.skip(step, &action, "an earlier step failed");
                }
                continue;
            }
            let red = self.red(step);
            if !what.latest {
                self.seed()?;
            }
            passed = self.play(step, &mut files, Part::Whole, &[])? && red;
        }
        if passed {
            self.compare(last)?;
        }
        Ok(self.result)
    }

    /// Before its step a check must not hold, or it proves nothing; unless the page says that it does, and why.
    fn red(&mut self, step: &Step) -> bool {
        let mut all_red = true;
        for check in step.all_checks() {
            let start = Instant::now();
            let outcome = self.asker.once(check, None);
            let failure = match (&outcome, &check.already_true) {
                (Outcome::Holds(found), None) => {
                    let mut failure = Failure::new("this check holds before its step, so it proves nothing");
                    failure.found = found.clone();
                    failure.help =
                        "ask for what only this step brings about, or say `already-true=\"why\"`".to_owned();
                    failure
                }
                (Outcome::Holds(_), Some(_)) | (_, None) => continue,
                (outcome, Some(why)) => {
                    let mut failure = Failure::new(format!(
                        "this check should hold before its step (`{why}`), and does not"
                    ));
                    failure.found = format!("{outcome:?}");
                    failure
                }
            };
            all_red = false;
            self.end(step, &Action::Check(check), Verdict::Failed(failure), start);
        }
        all_red
    }

    /// Holds the files that the book has made against the folder that they should be equal to.
    fn compare(&mut self, last: usize) -> Result<()> {
        let Some(result) = self.scenario.result.clone() else { return Ok(()) };
        let start = Instant::now();
        let result = result.canonicalize().unwrap_or(result);
        let shown = crate::book::shown(&result);
        let title = format!("the result is equal to `{}`", shown.display());
        self.emit(Event::Begin { kind: "result", title: title.clone() });
        let verdict = if last < self.scenario.steps.len() {
            Verdict::Skipped(format!("step {last} is not the last step"))
        } else {
            let folder = result.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let differences = self.workspace.differences(&folder, &shown)?;
            if differences.is_empty() {
                Verdict::Passed(String::new())
            } else {
                let mut failure = Failure::new(
                    "the files of the last step are not equal to the folder they should be equal to",
                );
                failure.detail = differences.join("\n");
                failure.help =
                    "bring the page and the folder together: readers end up with what the page says"
                        .to_owned();
                Verdict::Failed(failure)
            }
        };
        let page = self.scenario.steps[last - 1].page;
        let span = Span::new(page, 0..0);
        let item = ItemResult {
            step: last,
            id: "result".to_owned(),
            kind: "result",
            title,
            span,
            verdict,
            elapsed: start.elapsed(),
        };
        self.emit(Event::End(Box::new(item.clone())));
        self.result.items.push(item);
        Ok(())
    }
}
