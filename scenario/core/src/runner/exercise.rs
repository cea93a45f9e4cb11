//! Proves exercises: the checks of each fail before it is solved, pass with its solution, and fail with each of its
//! mistakes, with the hint of that mistake.
//!
//! Each attempt is played as a step after the chapter, from the state at its end. All are played after the last chapter,
//! and nothing of them is kept, nor of what must be played again before them: no chapter meets what an exercise has left.

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

/// Proves the exercises of some steps, whose ends are kept in the workspace. With `passed` false a step has failed, and no
/// exercise is tried.
pub(super) fn prove(
    plan: &Plan,
    steps: &[&PlannedStep],
    passed: bool,
    latest: bool,
    (options, session, sink): (&RunOptions, &mut Session, Sink<'_>),
) -> Result<RunResult> {
    let began = Instant::now();
    let (mut result, mut count) = (RunResult::default(), 0);
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
                let mut bench = Bench { plan, step, options, session: &mut *session, latest };
                result.items.extend(bench.exercise(exercise, planned, &mut *sink)?);
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

/// What the exercises of a step are tried with.
struct Bench<'a> {
    plan: &'a Plan,
    step: &'a PlannedStep,
    options: &'a RunOptions,
    session: &'a mut Session,
    latest: bool,
}

impl Bench<'_> {
    /// Plays each attempt at an exercise. Where the solution fails, no mistake is tried.
    fn exercise(
        &mut self,
        exercise: &Exercise,
        planned: &PlannedExercise,
        sink: Sink<'_>,
    ) -> Result<Vec<ItemResult>> {
        let mut items = Vec::new();
        let (mut is_fresh, mut is_solved) = (false, false);
        for attempt in exercise.attempts() {
            let plan = self.plan.of_attempt(self.step.number, exercise, attempt);
            let Some(last) = plan.steps.last() else { break };
            let mut run = Run::new(&plan, self.options, &mut *self.session, Mode::Verify, &mut *sink)?;
            run.latest = self.latest;
            run.keeps = false;
            run.record.belongs_to(self.step.number, &exercise.name);
            let mistake = match attempt {
                Attempt::Mistake(index) => planned.mistakes.get(index),
                Attempt::Nothing | Attempt::Solution => None,
            };
            if let Some(mistake) = mistake.filter(|_| !is_solved) {
                run.record.skip_mistake(self.step, mistake, Skip::Solution);
                items.extend(run.record.into_result().items);
                continue;
            }
            if mistake.is_none() {
                run.record.exercise(self.step, &exercise.name);
            }
            let reached = is_fresh || run.reach_again_in_silence(last.number)?;
            match mistake {
                Some(mistake) if reached => run.makes(last, exercise, mistake)?,
                Some(mistake) => run.record.skip_mistake(self.step, mistake, Skip::EarlierStep),
                None if reached => is_solved = run.is_solved(last, exercise)?,
                None => {
                    for action in &planned.actions {
                        run.record.skip(self.step, action, Skip::EarlierStep);
                    }
                }
            }
            // What only changes files of the pages leaves nothing else behind.
            is_fresh = reached && last.commands().next().is_none();
            run.workspace.save()?;
            items.extend(run.record.into_result().items);
        }
        Ok(items)
    }
}

impl Run<'_> {
    /// Brings everything to the beginning of an attempt. What had to be run again for that is reported only if it fails.
    fn reach_again_in_silence(&mut self, number: usize) -> Result<bool> {
        self.record.hold_back();
        let reached = self.reach_again(number)?;
        if reached {
            // What an attempt before has made of the files of the pages is not part of what is put back.
            let snapshots = self.snapshots()?;
            let files = self.files_before(number, &snapshots)?;
            self.sync(&files)?;
            self.record.discard();
        } else {
            self.record.release();
        }
        Ok(reached)
    }

    /// Whether the checks fail before the solution, without the hint of a mistake, and pass after it.
    fn is_solved(&mut self, step: &PlannedStep, exercise: &Exercise) -> Result<bool> {
        // Its queries are asked only after the solution.
        let hidden = || step.checks().filter(|(action, _)| action.block.is_none());
        let red = self.check_red(step, hidden())?;
        let mut is_red = red.all;
        if let Some((id, hint)) = red.first.as_deref().and_then(|id| Some((id, exercise.hint(id)?)))
            && let Some((action, _)) = hidden().find(|(action, _)| action.id == id)
        {
            is_red = false;
            let failure = Failure::new(Reason::HintBefore { shown: hint.to_owned() });
            self.record.failed_before(Recorder::try_in_silence(step, action), failure);
        }
        Ok(self.play_layer(step, Part::Whole)? && is_red)
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
