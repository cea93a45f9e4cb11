//! Records a run: sends events, and keeps the result of each action.
//!
//! How an action is carried out is not known here.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::event::{Event, EventKind, ItemResult, Note, Output, Phase, Progress, RunResult, Skip, Verdict};
use crate::failure::{Curve, Failure};
use crate::model::Attempt;
use crate::plan::{ActionKind, PlannedAction, PlannedExercise, PlannedMistake, PlannedStep};
use crate::source::Span;

/// Where events go.
pub type Sink<'a> = &'a mut dyn FnMut(Event);

/// The record of a run.
pub(super) struct Recorder<'a> {
    sink: Sink<'a>,
    result: RunResult,
    /// The ids of the checks that failed before their step.
    failed_before: BTreeSet<String>,
    current: Current,
    held_back: Option<HeldBack>,
    /// The exercise that everything belongs to, and its step.
    exercise: Option<(usize, String)>,
}

/// The action that is under way; each event is stamped with it.
#[derive(Debug, Default)]
struct Current {
    action: Option<String>,
    phase: Phase,
    output: Option<Output>,
    curve: Option<Curve>,
}

/// Events that are sent only if the run decides to report their actions.
#[derive(Debug, Default)]
struct HeldBack {
    events: Vec<Event>,
    /// How many results there were before.
    items: usize,
}

/// An action that has begun and not ended.
#[derive(Debug)]
#[must_use = "an action that has begun must end"]
pub(super) struct Ticket {
    step: usize,
    id: String,
    kind: ActionKind,
    title: String,
    span: Span,
    began: Timestamp,
    start: Instant,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(sink: Sink<'a>) -> Recorder<'a> {
        Recorder {
            sink,
            result: RunResult::default(),
            failed_before: BTreeSet::new(),
            current: Current::default(),
            held_back: None,
            exercise: None,
        }
    }

    /// A step begins.
    pub(super) fn step(&mut self, step: &PlannedStep) {
        self.emit(EventKind::Step { number: step.number, title: step.title.clone() });
    }

    /// From now on everything belongs to an exercise of step `number`.
    pub(super) fn belongs_to(&mut self, number: usize, exercise: &str) {
        self.exercise = Some((number, exercise.to_owned()));
    }

    /// An exercise of a step begins.
    pub(super) fn exercise(&mut self, step: &PlannedStep, name: &str) {
        self.belongs_to(step.number, name);
        self.emit(EventKind::Exercise { step: step.number, name: name.to_owned() });
    }

    /// A mistake in an exercise is made.
    pub(super) fn begin_mistake(&mut self, step: &PlannedStep, mistake: &PlannedMistake) -> Ticket {
        self.announce(ticket_of_mistake(step, mistake))
    }

    /// Continues with an action after others that were carried out within it.
    pub(super) fn resume(&mut self, ticket: &Ticket) {
        self.current = Current { action: Some(ticket.id.clone()), ..Current::default() };
    }

    /// An action of a step begins.
    pub(super) fn begin(&mut self, step: &PlannedStep, action: &PlannedAction) -> Ticket {
        self.announce(ticket(step, action))
    }

    /// The comparison of the files with what they should be begins.
    pub(super) fn begin_comparison(&mut self, step: &PlannedStep, title: String, span: Span) -> Ticket {
        self.announce(Ticket {
            step: step.number,
            id: "result".to_owned(),
            kind: ActionKind::Result,
            title,
            span,
            began: Timestamp::now(),
            start: Instant::now(),
        })
    }

    /// The comparison of one file with what the book has begins.
    pub(super) fn begin_file(&mut self, step: &PlannedStep, path: &str, span: Span) -> Ticket {
        self.announce(Ticket {
            step: step.number,
            id: format!("file {path}"),
            kind: ActionKind::Check,
            title: format!("`{path}` is as the book has it"),
            span,
            began: Timestamp::now(),
            start: Instant::now(),
        })
    }

    fn announce(&mut self, ticket: Ticket) -> Ticket {
        self.current = Current { action: Some(ticket.id.clone()), ..Current::default() };
        self.emit(EventKind::Begin { kind: ticket.kind, title: ticket.title.clone() });
        ticket
    }

    /// The action that is under way has come so far.
    pub(super) fn phase(&mut self, phase: Phase) {
        self.current.phase = phase;
    }

    /// The command that is under way has printed this.
    pub(super) fn output(&mut self, output: Output) {
        self.current.output = Some(output);
    }

    /// The query that is under way has this curve.
    pub(super) fn curve(&mut self, curve: Curve) {
        self.current.curve = Some(curve);
    }

    /// Reports progress of the present action. It is not part of the result.
    pub(super) fn progress(&mut self, what: Progress, left: Option<Duration>) {
        let event = self.event(EventKind::Progress { what, left });
        (self.sink)(event);
    }

    /// An action has ended. One that passed has come through all its phases.
    pub(super) fn finish(&mut self, ticket: Ticket, verdict: Verdict) {
        if !matches!(verdict, Verdict::Failed(_)) {
            self.current.phase = Phase::Run;
        }
        let Ticket { step, id, kind, title, span, began, start } = ticket;
        let item = ItemResult {
            step: self.step_of(step),
            exercise: self.exercise.as_ref().map(|(_, name)| name.clone()),
            id,
            kind,
            title,
            span,
            phase: self.current.phase,
            began,
            elapsed: start.elapsed(),
            verdict,
            output: self.current.output.take(),
            curve: self.current.curve.take(),
        };
        self.emit(EventKind::End(Box::new(item.clone())));
        self.result.items.push(item);
        self.current = Current::default();
    }

    /// An action is not tried.
    pub(super) fn skip(&mut self, step: &PlannedStep, action: &PlannedAction, why: Skip) {
        self.skip_ticket(ticket(step, action), why);
    }

    /// A mistake in an exercise is not made.
    fn skip_mistake(&mut self, step: &PlannedStep, mistake: &PlannedMistake, why: Skip) {
        self.skip_ticket(ticket_of_mistake(step, mistake), why);
    }

    /// Nothing of an exercise is tried.
    pub(super) fn skip_exercise(&mut self, step: &PlannedStep, exercise: &PlannedExercise, why: Skip) {
        let before = self.exercise.replace((step.number, exercise.name.clone()));
        self.skip_attempts(step, exercise, Attempt::Nothing, why);
        self.exercise = before;
    }

    /// The attempts at an exercise from this one on are not tried.
    pub(super) fn skip_attempts(
        &mut self,
        step: &PlannedStep,
        exercise: &PlannedExercise,
        first: Attempt,
        why: Skip,
    ) {
        let tried = match first {
            Attempt::Nothing => 0,
            Attempt::Mistake(index) => index,
            Attempt::Solution => exercise.mistakes.len(),
        };
        exercise.mistakes.iter().skip(tried).for_each(|mistake| self.skip_mistake(step, mistake, why));
        exercise.actions.iter().for_each(|action| self.skip(step, action, why));
    }

    fn skip_ticket(&mut self, ticket: Ticket, why: Skip) {
        self.current = Current { action: Some(ticket.id.clone()), ..Current::default() };
        self.finish(ticket, Verdict::Skipped(why));
    }

    /// Begins an action without sending events; only its failure is reported.
    pub(super) fn try_in_silence(step: &PlannedStep, action: &PlannedAction) -> Ticket {
        ticket(step, action)
    }

    /// Before its step, a check did not have the outcome that it must have there. It is not asked again after the step.
    pub(super) fn failed_before(&mut self, ticket: Ticket, failure: Box<Failure>) {
        self.failed_before.insert(ticket.id.clone());
        self.current =
            Current { action: Some(ticket.id.clone()), phase: Phase::Before, ..Current::default() };
        self.finish(ticket, Verdict::Failed(failure));
    }

    /// The checks that have failed before their step, by their ids.
    pub(super) fn all_failed_before(&self) -> BTreeSet<String> {
        self.failed_before.clone()
    }

    /// These checks have failed before their step in another run.
    pub(super) fn have_failed_before(&mut self, ids: BTreeSet<String>) {
        self.failed_before = ids;
    }

    /// Whether a check has failed before its step.
    pub(super) fn has_failed_before(&self, id: &str) -> bool {
        self.failed_before.contains(id)
    }

    /// What an action that passed has done was undone since. This failure replaces its result.
    pub(super) fn came_undone(&mut self, step: &PlannedStep, action: &PlannedAction, failure: Box<Failure>) {
        let number = self.step_of(step.number);
        self.result.items.retain(|item| (item.step, &item.id) != (number, &action.id));
        let ticket = ticket(step, action);
        self.current = Current { action: Some(ticket.id.clone()), phase: Phase::After, ..Current::default() };
        self.finish(ticket, Verdict::Failed(failure));
    }

    /// Something that a reader should know.
    pub(super) fn note(&mut self, note: Note) {
        self.emit(EventKind::Note(note));
    }

    /// A file of the learner's was replaced and is kept.
    pub(super) fn kept(&mut self, path: String, kept: PathBuf) {
        self.emit(EventKind::Kept { path, kept });
    }

    /// From now on only progress is sent, until [`Recorder::release`] or [`Recorder::discard`].
    pub(super) fn hold_back(&mut self) {
        self.held_back = Some(HeldBack { events: Vec::new(), items: self.result.items.len() });
    }

    /// Sends what was held back.
    pub(super) fn release(&mut self) {
        let held_back = self.held_back.take().unwrap_or_default();
        held_back.events.into_iter().for_each(|event| (self.sink)(event));
    }

    /// Drops what was held back, with its results, and returns these.
    pub(super) fn discard(&mut self) -> Vec<ItemResult> {
        let held_back = self.held_back.take();
        held_back.map_or_else(Vec::new, |held_back| self.result.items.split_off(held_back.items))
    }

    /// The step that the results of step `number` are reported for.
    fn step_of(&self, number: usize) -> usize {
        self.exercise.as_ref().map_or(number, |(step, _)| *step)
    }

    /// The results so far.
    pub(super) fn result(&self) -> &RunResult {
        &self.result
    }

    /// The results.
    pub(super) fn into_result(self) -> RunResult {
        self.result
    }

    fn emit(&mut self, kind: EventKind) {
        let event = self.event(kind);
        match &mut self.held_back {
            Some(held_back) => held_back.events.push(event),
            None => (self.sink)(event),
        }
    }

    fn event(&self, kind: EventKind) -> Event {
        let action = self.current.action.clone();
        Event { at: Timestamp::now(), action, phase: self.current.phase, kind }
    }
}

fn ticket_of_mistake(step: &PlannedStep, mistake: &PlannedMistake) -> Ticket {
    Ticket {
        step: step.number,
        id: mistake.id.clone(),
        kind: ActionKind::Mistake,
        title: mistake.title.clone(),
        span: mistake.span,
        began: Timestamp::now(),
        start: Instant::now(),
    }
}

fn ticket(step: &PlannedStep, action: &PlannedAction) -> Ticket {
    Ticket {
        step: step.number,
        id: action.id.clone(),
        kind: action.kind(),
        title: action.title.clone(),
        span: action.span,
        began: Timestamp::now(),
        start: Instant::now(),
    }
}
