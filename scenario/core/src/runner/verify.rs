//! Proves the book: every command as written, from nothing or from a state that an earlier proof has kept. Each check
//! must fail before its step and pass after it.
//!
//! Which state is good to begin with is decided in `verify_from`.

use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use crate::check::Outcome;
use crate::compare;
use crate::error::{Error, PathContext, Result};
use crate::event::{Remark, RunResult, Skip, Verdict};
use crate::failure::{Failure, Mismatch, Reason};
use crate::lock::lock;
use crate::model::{Check, CheckKind, Scenario};
use crate::plan::{Plan, PlannedAction, PlannedStep};
use crate::runner::exercise;
use crate::runner::needs;
use crate::runner::play::Part;
use crate::runner::record::{Recorder, Sink};
use crate::runner::run::{Mode, Run, RunOptions};
use crate::runner::step::require_step;
use crate::runner::verify_from::Start;
use crate::session::{self, Session};
use crate::source::Span;
use crate::workspace::Workspace;

/// How thorough a `verify` is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Verify {
    /// The first step to prove, from the end of the one before it; without it, the first one, from nothing.
    pub from: Option<usize>,
    /// The last step to prove; all of them without it.
    pub step: Option<usize>,
    /// Empty the book's caches too.
    pub cold: bool,
    /// Leave out the seeds, so that tools choose the newest dependencies.
    pub latest: bool,
    /// Stop what runs of the book instead of refusing to run beside it.
    pub replace: bool,
}

/// Runs the steps in `options.workspace`, which is emptied, and compares the result. With `from`, the end of the step
/// before it is put back there, as an earlier proof has kept it; if that is not possible, an earlier step is the first.
///
/// Then the exercises of these steps are proved. Everything that was started ends with it.
///
/// # Errors
///
/// The run could not go on: a live world, a taken port, a missing step. What a page gets wrong is a failure in
/// the result.
pub fn verify(plan: &Plan, what: Verify, options: &RunOptions, sink: Sink<'_>) -> Result<RunResult> {
    let number = require_step(plan, what.step.unwrap_or(plan.steps.len()))?.number;
    let plan = &*needs::fit(plan, number, options)?;
    let last = require_step(plan, number)?;
    let asked = require_step(plan, what.from.unwrap_or(1))?;
    if asked.number > last.number {
        let (asked, last) = (&asked.label, &last.label);
        return Err(Error::usage(format!(
            "`--from {asked}` is after `--step {last}`: no step is between them"
        ))
        .with_help("`--from` is the first step to prove, `--step` the last one"));
    }
    results_exist(&plan.scenario)?;
    let kept = if what.cold { &[][..] } else { &plan.scenario.unwritten.caches };
    alone(what.replace, ("verify", options), |session| {
        let start = Start::find(plan, asked.number, options)?;
        if start.first == 1 {
            Workspace::open(&options.workspace)?.clear(kept)?;
        }
        let run = Run::new(plan, options, &mut *session, Mode::Verify, &mut *sink)?;
        let first = start.first;
        let mut result = run.prove(start, last, what.latest)?;
        let steps: Vec<&PlannedStep> = plan.up_to(last.number).filter(|step| step.number >= first).collect();
        let with = (options, session, sink);
        result.items.extend(exercise::prove(plan, &steps, result.passed(), what.latest, with)?.items);
        Ok(result)
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
    alone(replace, (name, options), |session| {
        Workspace::open(&options.workspace)?.clear(kept)?;
        what(session)
    })
}

/// Does something where nothing of the book runs, and ends all that was started. `name` is the command.
fn alone<T>(
    replace: bool,
    (name, options): (&str, &RunOptions),
    what: impl FnOnce(&mut Session) -> Result<T>,
) -> Result<T> {
    let mut session = Session::open(&options.command, &options.exe, options.machine.engine.as_ref())?;
    let _folder = match only_user(options) {
        Ok(lock) => lock,
        Err(error) => return session.keep().and(Err(error)),
    };
    let help =
        format!("`{name}` starts from nothing: stop it with `{} down`, or use `--replace`", options.front);
    if !replace && let Err(error) = session.require_nothing_live(&help) {
        return session.keep().and(Err(error));
    }
    let result = session::down(&mut session).and_then(|_| what(&mut session));
    crate::process::begin_cleaning();
    // What the terminals remembered is part of what is kept.
    let cleared = session::end_world(&mut session).map(drop);
    session.end().and(cleared).and(result)
}

/// Takes the lock of the folder: runs with other state folders may work there too, if their books have the same title.
fn only_user(options: &RunOptions) -> Result<File> {
    let folder = &options.workspace;
    let path = folder.with_extension("lock");
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).on_path("create", parent)?;
    }
    lock(&path, &options.command)?.map_err(|holder| {
        Error::busy(format!("another run works in `{}`: {holder}", crate::book::shown(folder).display()))
            .with_help("books of one title share this folder; wait for that run, or stop it")
    })
}

/// Checks, before a long run, that everything exists with which the result is compared.
fn results_exist(scenario: &Scenario) -> Result<()> {
    match scenario.results.iter().find(|result| !result.exists()) {
        Some(result) => {
            let shown = crate::book::shown(result);
            Err(Error::new(format!("there is no file or folder `{}`", shown.display())).with_help(
                "`result` in `[preprocessor.scenario]` of book.toml names it; write the path from book.toml's folder",
            ))
        }
        None => Ok(()),
    }
}

/// What checks have found before their step.
pub(super) struct Red {
    /// Whether all fail except those that the page declares as passing.
    pub(super) all: bool,
    /// The id of the first that fails.
    pub(super) first: Option<String>,
}

impl Run<'_> {
    fn prove(mut self, start: Start, last: &PlannedStep, latest: bool) -> Result<RunResult> {
        self.latest = latest;
        let first = start.first;
        let mut passed = self.begin_at(start, last.number)?;
        for step in self.plan.up_to(last.number).filter(|step| step.number >= first) {
            self.record.step(step);
            if !passed {
                for action in &step.actions {
                    self.record.skip(step, action, Skip::EarlierStep);
                }
                continue;
            }
            let red = self.check_red(step, step.checks())?.all;
            passed = self.play_layer(step, Part::Whole)? && red;
            if let Some(layer) = self.workspace.memory.layers.get_mut(&step.number) {
                layer.proved = passed && !latest;
            }
        }
        if passed {
            self.compare(last)?;
        }
        self.finish()
    }

    /// A check must fail before its step, or it proves nothing; unless the page says that it passes, and why.
    pub(super) fn check_red<'s>(
        &mut self,
        step: &PlannedStep,
        checks: impl Iterator<Item = (&'s PlannedAction, &'s Check)>,
    ) -> Result<Red> {
        let mut red = Red { all: true, first: None };
        for (action, check) in checks {
            let ticket = Recorder::try_in_silence(step, action);
            self.aim(step, &action.id);
            let mut outcome = self.before(check)?;
            // Where only the curve is new, that is what proves something.
            if let (Outcome::Passed(_), None) = (&outcome, &check.already_true)
                && let Some(Err(other)) = self.prober.curve(check)
            {
                outcome = other;
            }
            if red.first.is_none() && !matches!(outcome, Outcome::Passed(_)) {
                red.first = Some(action.id.clone());
            }
            let reason = match (outcome, &check.already_true) {
                // It would prove nothing that it fails here.
                (Outcome::Failed(mismatch @ Mismatch::Writes { .. }), _) => Reason::Check(mismatch),
                (Outcome::Passed(found), None) => Reason::PassesBefore { found },
                (Outcome::Passed(_), Some(_)) | (_, None) => continue,
                (outcome, Some(claim)) => {
                    Reason::FailsBefore { claim: claim.clone(), outcome: Box::new(outcome) }
                }
            };
            red.all = false;
            self.record.failed_before(ticket, Failure::new(reason));
        }
        Ok(red)
    }

    /// What a check finds before its step. If it passes by a scrape from before the last command, for example of a target that
    /// was just replaced, the next scrape decides.
    pub(super) fn before(&mut self, check: &Check) -> Result<Outcome> {
        let now = Timestamp::now();
        let outcome = self.prober.once(check, None)?;
        let is_scraped = matches!(check.kind, CheckKind::Target { .. } | CheckKind::Promql { .. });
        if !is_scraped || !matches!(outcome, Outcome::Passed(_)) || check.already_true.is_some() {
            return Ok(outcome);
        }
        let once = Check { within: Some(Duration::ZERO), ..check.clone() };
        let fresh = self.prober.until(&once, Some(now), &mut |_, _| {})?;
        Ok(if matches!(fresh, Outcome::Stale { .. }) { outcome } else { fresh })
    }

    /// Compares the files that the book has made with those that they should be equal to.
    fn compare(&mut self, step: &PlannedStep) -> Result<()> {
        let Scenario { results, unwritten, .. } = &self.plan.scenario;
        if results.is_empty() {
            return Ok(());
        }
        let real = results.iter().map(|result| result.canonicalize().unwrap_or_else(|_| result.clone()));
        let real: Vec<(PathBuf, PathBuf)> =
            real.map(|result| (result.clone(), crate::book::shown(&result))).collect();
        let names: Vec<String> = real.iter().map(|(_, shown)| format!("`{}`", shown.display())).collect();
        let left_out = self.plan.left_out_files();
        let without = left_out.iter().map(|path| format!(", without `{path}`")).collect::<String>();
        let title = format!("the result is equal to {}{without}", names.join(", "));
        let span = Span::new(step.source, 0..0);
        let ticket = self.record.begin_comparison(step, title, span);
        let verdict = if step.number < self.plan.steps.len() {
            Verdict::Skipped(Skip::NotLastStep { step: step.number })
        } else {
            let mut differences = Vec::new();
            for (result, shown) in &real {
                let result = (result.as_path(), shown.as_path());
                differences.extend(compare::differences(self.workspace.root(), result, unwritten)?);
            }
            differences.retain(|difference| !left_out.contains(difference.written.as_str()));
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
