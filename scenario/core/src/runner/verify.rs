//! Proves the book: every command as written, from nothing. Each check must fail before its step and pass after it.

use crate::check::Outcome;
use crate::compare;
use crate::error::{Error, Result};
use crate::event::{Remark, RunResult, Skip, Verdict};
use crate::failure::{Failure, Reason};
use crate::files::Files;
use crate::model::Scenario;
use crate::plan::{Plan, PlannedStep};
use crate::runner::play::Part;
use crate::runner::record::{Recorder, Sink};
use crate::runner::run::{Mode, Run, RunOptions, prometheus_address};
use crate::runner::step::require_step;
use crate::session::{self, Session};
use crate::source::Span;
use crate::workspace::Workspace;

/// How thorough a `verify` is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Verify {
    /// The last step to prove; all of them without it.
    pub step: Option<usize>,
    /// Empty the book's caches too.
    pub cold: bool,
    /// Leave out the seeds, so that tools choose the newest dependencies.
    pub latest: bool,
    /// Stop what runs of the book instead of refusing to run beside it.
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
pub fn verify(plan: &Plan, what: Verify, options: &RunOptions, sink: Sink<'_>) -> Result<RunResult> {
    let step = require_step(plan, what.step.unwrap_or(plan.steps.len()))?;
    result_exists(&plan.scenario)?;
    let kept = if what.cold { &[][..] } else { &plan.scenario.unwritten.caches };
    from_nothing(kept, what.replace, ("verify", options), |session| {
        Run::new(plan, options, session, Mode::Verify, sink)?.prove(step, what)
    })
}

/// Does something in an empty workspace, where nothing of the book runs, and ends all that was started. Folders named in
/// `kept` stay; `name` is the command.
pub(super) fn from_nothing<T>(
    kept: &[String],
    replace: bool,
    (name, options): (&str, &RunOptions),
    what: impl FnOnce(&mut Session) -> Result<T>,
) -> Result<T> {
    let mut session = Session::open(&options.command, &options.exe, options.machine.engine.as_ref())?;
    let live = session.live()?;
    if !live.is_empty() && !replace {
        session.keep()?;
        return Err(Error::busy(format!("the book is already running: {}", live.join(", "))).with_help(
            format!(
                "`{name}` starts from nothing: stop it with `{} down`, or use `--replace`",
                options.front
            ),
        ));
    }
    let result = session::down(&mut session)
        .and_then(|_| Workspace::open(&options.workspace)?.clear(kept))
        .and_then(|()| what(&mut session));
    crate::process::begin_cleaning();
    let cleared = session::down(&mut session).map(drop);
    session.end().and(cleared).and(result)
}

/// That the folder exists which the result must be equal to: otherwise a long run would end with that.
fn result_exists(scenario: &Scenario) -> Result<()> {
    match &scenario.result {
        Some(result) if !result.is_dir() => {
            let shown = crate::book::shown(result);
            Err(Error::new(format!("there is no folder `{}`", shown.display())).with_help(
                "`result` in `[preprocessor.scenario]` of book.toml names it; write the path from book.toml's folder",
            ))
        }
        _ => Ok(()),
    }
}

impl Run<'_> {
    fn prove(mut self, last: &PlannedStep, what: Verify) -> Result<RunResult> {
        let mut files = Files::default();
        let mut passed = true;
        for step in self.plan.up_to(last.number) {
            self.record.step(step);
            if !passed {
                for action in &step.actions {
                    self.record.skip(step, action, Skip::EarlierStep);
                }
                continue;
            }
            let red = self.check_red(step)?;
            if !what.latest {
                self.seed()?;
            }
            passed = self.play(step, &mut files, Part::Whole)? && red;
        }
        if passed {
            self.compare(last)?;
        }
        Ok(self.record.into_result())
    }

    /// A check must fail before its step, or it proves nothing; unless the page says that it passes, and why.
    fn check_red(&mut self, step: &PlannedStep) -> Result<bool> {
        self.prober.prometheus = prometheus_address(&self.plan.scenario, step.number);
        let mut all_red = true;
        for (action, check) in step.checks() {
            let ticket = Recorder::try_in_silence(step, action);
            let reason = match (self.prober.once(check, None)?, &check.already_true) {
                (Outcome::Passed(found), None) => Reason::PassesBefore { found },
                (Outcome::Passed(_), Some(_)) | (_, None) => continue,
                (outcome, Some(claim)) => {
                    Reason::FailsBefore { claim: claim.clone(), outcome: Box::new(outcome) }
                }
            };
            all_red = false;
            self.record.failed_before(ticket, Failure::new(reason));
        }
        Ok(all_red)
    }

    /// Compares the files that the book has made with the folder that they should be equal to.
    fn compare(&mut self, step: &PlannedStep) -> Result<()> {
        let Some(result) = self.plan.scenario.result.clone() else { return Ok(()) };
        let result = result.canonicalize().unwrap_or(result);
        let shown = crate::book::shown(&result);
        let title = format!("the result is equal to `{}`", shown.display());
        let span = Span::new(step.source, 0..0);
        let ticket = self.record.begin_comparison(step, title, span);
        let verdict = if step.number < self.plan.steps.len() {
            Verdict::Skipped(Skip::NotLastStep { step: step.number })
        } else {
            let folder = result.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let differences =
                compare::differences(self.workspace.root(), &folder, &shown, &self.plan.scenario.unwritten)?;
            if differences.is_empty() {
                Verdict::Passed(Remark::Done)
            } else {
                Verdict::Failed(Failure::new(Reason::Result { differences }))
            }
        };
        self.record.finish(ticket, verdict);
        Ok(())
    }
}
