//! Proves the book: every command as written, from nothing, each check red before its step and green after.

use std::time::Instant;

use jiff::Timestamp;

use crate::check::Outcome;
use crate::error::{Error, Result};
use crate::event::{EventKind, ItemResult, Phase, Remark, RunResult, Skip, Verdict};
use crate::failure::{Failure, Reason};
use crate::files::Files;
use crate::model::{Scenario, Step};
use crate::plan::{self, Action, ActionKind};
use crate::runner::play::Part;
use crate::runner::{self, Current, Mode, Run, RunOptions, Sink};
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
            self.emit(EventKind::Step { number: step.number, title: step.title.clone() });
            if !passed {
                for action in plan::actions(step) {
                    self.skip(step, &action, Skip::EarlierStep);
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
            let (start, began) = (Instant::now(), Timestamp::now());
            let reason = match (self.asker.once(check, None), &check.already_true) {
                (Outcome::Holds(found), None) => Reason::PassesBefore { found },
                (Outcome::Holds(_), Some(_)) | (_, None) => continue,
                (outcome, Some(claim)) => {
                    Reason::FailsBefore { claim: claim.clone(), outcome: Box::new(outcome) }
                }
            };
            all_red = false;
            let action = Some(check.id.clone());
            self.current = Current { action, phase: Phase::Before, began, ..Current::default() };
            self.end(step, &Action::Check(check), Verdict::Failed(Failure::new(reason)), start);
        }
        all_red
    }

    /// Holds the files that the book has made against the folder that they should be equal to.
    fn compare(&mut self, last: usize) -> Result<()> {
        let Some(result) = self.scenario.result.clone() else { return Ok(()) };
        let (start, began) = (Instant::now(), Timestamp::now());
        let result = result.canonicalize().unwrap_or(result);
        let shown = crate::book::shown(&result);
        let title = format!("the result is equal to `{}`", shown.display());
        let id = "result".to_owned();
        self.current = Current { action: Some(id.clone()), began, ..Current::default() };
        self.emit(EventKind::Begin { kind: ActionKind::Result, title: title.clone() });
        let verdict = if last < self.scenario.steps.len() {
            Verdict::Skipped(Skip::NotLastStep { step: last })
        } else {
            let folder = result.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let differences = self.workspace.differences(&folder, &shown)?;
            if differences.is_empty() {
                Verdict::Passed(Remark::Done)
            } else {
                Verdict::Failed(Failure::new(Reason::Result { differences }))
            }
        };
        let page = self.scenario.steps[last - 1].page;
        let span = Span::new(page, 0..0);
        let item = ItemResult {
            step: last,
            id,
            kind: ActionKind::Result,
            title,
            span,
            phase: Phase::Run,
            began,
            elapsed: start.elapsed(),
            verdict,
            output: None,
        };
        self.record(item);
        Ok(())
    }
}
