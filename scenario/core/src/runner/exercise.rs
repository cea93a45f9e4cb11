//! Proves exercises: the checks of each fail before it is solved, pass with its solution, and fail with each of its
//! mistakes, with the hint of that mistake.
//!
//! Each attempt is played as a step after the chapter, on the files at its end. All attempts come after the last chapter, so
//! that no chapter meets what an exercise has left. Neither they nor the steps that are played again for them are kept.

use std::collections::BTreeSet;
use std::time::Instant;

use crate::error::Result;
use crate::event::{ItemResult, Note, Remark, RunResult, Skip, Verdict};
use crate::failure::{Failure, Reason};
use crate::model::{Attempt, Exercise};
use crate::plan::{Plan, PlannedExercise, PlannedMistake, PlannedStep};
use crate::runner::play::Part;
use crate::runner::record::{Recorder, Sink};
use crate::runner::run::{Mode, Run, RunOptions};
use crate::session::Session;
use crate::world::{Origin, World};

/// Proves the exercises of some steps, whose ends are kept in the workspace. If `passed` is false, a step has failed, and
/// the exercises are skipped.
pub(super) fn prove(
    plan: &Plan,
    steps: &[&PlannedStep],
    passed: bool,
    latest: bool,
    (options, session, sink): (&RunOptions, &mut Session, Sink<'_>),
) -> Result<RunResult> {
    let began = Instant::now();
    let (mut result, mut count) = (RunResult::default(), 0);
    let mut bench = Bench { plan, options, session, latest, at: 0 };
    for step in steps {
        if let Some(whole) = &step.left_out {
            let mut record = Recorder::new(&mut *sink);
            leave_out(&mut record, step, &whole.exercises, None);
            result.items.extend(record.into_result().items);
            continue;
        }
        let exercises = plan.scenario.step(step.number).map_or(&[][..], |model| &model.exercises);
        for (exercise, planned) in exercises.iter().zip(&step.exercises) {
            count += 1;
            if passed {
                result.items.extend(bench.exercise(step, (exercise, planned), &mut *sink)?);
            } else {
                let mut record = Recorder::new(&mut *sink);
                record.exercise(step, &exercise.name);
                record.skip_exercise(step, planned, Skip::EarlierStep);
                result.items.extend(record.into_result().items);
            }
        }
    }
    if passed && result.passed() && count > 0 {
        Recorder::new(sink).note(Note::Exercises { count, took: began.elapsed() });
    }
    Ok(result)
}

/// Skips the exercises of a step that is left out, or one of them.
pub(super) fn leave_out(
    record: &mut Recorder<'_>,
    step: &PlannedStep,
    exercises: &[PlannedExercise],
    name: Option<&str>,
) {
    for planned in exercises.iter().filter(|planned| name.is_none_or(|name| planned.name == name)) {
        record.exercise(step, &planned.name);
        record.skip_exercise(step, planned, Skip::Needs { step: step.number });
    }
}

/// What the exercises are tried with.
struct Bench<'a> {
    plan: &'a Plan,
    options: &'a RunOptions,
    session: &'a mut Session,
    latest: bool,
    /// The step that the world was brought to the end of; 0 where nothing runs.
    at: usize,
}

impl Bench<'_> {
    /// Plays each attempt at an exercise of a step: first the mistakes, then the solution, as a learner comes to it.
    fn exercise(
        &mut self,
        step: &PlannedStep,
        (exercise, planned): (&Exercise, &PlannedExercise),
        sink: Sink<'_>,
    ) -> Result<Vec<ItemResult>> {
        let mut items = Vec::new();
        let mut failed_before = BTreeSet::new();
        for attempt in exercise.attempts() {
            let plan = self.plan.of_attempt(step.number, exercise, attempt);
            let Some(last) = plan.steps.last() else { break };
            let mut run = Run::new(&plan, self.options, &mut *self.session, Mode::Verify, &mut *sink)?;
            run.latest = self.latest;
            run.keeps = false;
            run.record.belongs_to(step.number, &exercise.name);
            if attempt == Attempt::Nothing {
                run.record.exercise(step, &exercise.name);
            }
            let reached = run.reach_attempt(last.number, self.at)?;
            self.at = if reached { step.number } else { 0 };
            if !reached {
                run.record.skip_attempts(step, planned, attempt, Skip::EarlierStep);
            } else if let Attempt::Mistake(index) = attempt
                && let Some(mistake) = planned.mistakes.get(index)
            {
                run.makes(last, exercise, mistake)?;
            } else if attempt == Attempt::Nothing {
                failed_before = run.fails_before(last, exercise)?;
            } else {
                run.record.have_failed_before(std::mem::take(&mut failed_before));
                run.play_layer(last, Part::Whole)?;
            }
            run.end_what_it_started(last.number)?;
            run.workspace.save()?;
            items.extend(run.record.into_result().items);
            if !reached {
                break;
            }
        }
        Ok(items)
    }
}

impl Run<'_> {
    /// Brings everything to the beginning of an attempt. Before, the world was brought to the end of step `at`. What must be
    /// run again for that is reported only if it fails.
    ///
    /// Processes and containers are not started afresh: they keep what earlier attempts have done to them, as for a learner.
    fn reach_attempt(&mut self, number: usize, at: usize) -> Result<bool> {
        self.record.hold_back();
        if at == 0 {
            self.end_all()?;
        }
        self.mode = Mode::Step;
        self.workspace.memory.at = None;
        let world = World::at(&self.plan.scenario, number - 1);
        let reached = self.reach_after(at, number, &world)?;
        self.mode = Mode::Verify;
        if reached {
            // The files of the pages, which an earlier attempt may have changed, are not part of what is put back.
            let snapshots = self.snapshots()?;
            let files = self.files_before(number, &snapshots)?;
            self.sync(&files)?;
            self.record.discard();
        } else {
            self.record.release();
        }
        Ok(reached)
    }

    /// Ends what an attempt has started, even under a name that the chapter uses: its step starts that again.
    fn end_what_it_started(&mut self, number: usize) -> Result<()> {
        let world = World::at(&self.plan.scenario, number);
        let of_attempt = |(_, made): &(&String, &Origin)| made.step == number;
        for (name, _) in world.backgrounds.iter().filter(of_attempt) {
            self.session.end_background(name)?;
        }
        for (name, _) in world.containers.iter().filter(of_attempt) {
            self.engine()?.remove(name)?;
        }
        Ok(())
    }

    /// The checks that are wrong before anything is done: they pass, or show the hint of a mistake.
    fn fails_before(&mut self, step: &PlannedStep, exercise: &Exercise) -> Result<BTreeSet<String>> {
        let red = self.check_red(step, step.checks())?;
        if let Some((id, hint)) = red.first.as_deref().and_then(|id| Some((id, exercise.hint(id)?)))
            && let Some((action, _)) = step.checks().find(|(action, _)| action.id == id)
        {
            let failure = Failure::new(Reason::HintBefore { shown: hint.to_owned() });
            self.record.failed_before(Recorder::try_in_silence(step, action), failure);
        }
        Ok(self.record.all_failed_before())
    }

    /// Whether the check that has the hint of a mistake is the first that fails after it.
    fn makes(&mut self, step: &PlannedStep, exercise: &Exercise, mistake: &PlannedMistake) -> Result<()> {
        let ticket = self.record.begin_mistake(step, mistake);
        self.record.hold_back();
        self.play_layer(step, Part::Whole)?;
        let items = self.record.discard();
        self.record.resume(&ticket);
        let failed = items.into_iter().find(|item| matches!(item.verdict, Verdict::Failed(_)));
        let verdict = match failed {
            None => Verdict::Failed(Failure::new(Reason::MistakePasses)),
            Some(item) => self.noticed(item, exercise, mistake),
        };
        self.record.finish(ticket, verdict);
        Ok(())
    }

    /// What it means that an action was the first to fail after a mistake.
    fn noticed(&mut self, item: ItemResult, exercise: &Exercise, mistake: &PlannedMistake) -> Verdict {
        if !exercise.checks.iter().any(|check| check.id == item.id) {
            if let Some(output) = item.output {
                self.record.output(output);
            }
            let Verdict::Failed(failure) = item.verdict else { return Verdict::Passed(Remark::Done) };
            let span = failure.span.unwrap_or(item.span);
            return Verdict::Failed(failure.at(span));
        }
        match exercise.hint(&item.id) {
            Some(hint) if hint == mistake.hint => Verdict::Passed(Remark::Noticed { check: item.title }),
            hint => {
                let shown = hint.map(str::to_owned);
                Verdict::Failed(Failure::new(Reason::OtherHint { check: item.title, shown }).at(item.span))
            }
        }
    }
}
