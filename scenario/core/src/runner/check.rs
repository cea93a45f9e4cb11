//! Asks the checks of a step and changes nothing: the learner may have built everything by hand.

use std::time::Instant;

use jiff::Timestamp;

use crate::check::Asker;
use crate::error::Result;
use crate::event::{EventKind, ItemResult, Note, Phase, Progress, RunResult, Verdict};
use crate::failure::{Reason, Start};
use crate::model::{Check, CheckKind, Scenario, url_port};
use crate::plan::Action;
use crate::runner::step::existing;
use crate::runner::{Current, RunOptions, Sink, play, prometheus_address};
use crate::world::World;

/// Asks the checks of step `number` and changes nothing.
///
/// # Errors
///
/// A missing step.
pub fn check(scenario: &Scenario, number: usize, options: &RunOptions, sink: Sink<'_>) -> Result<RunResult> {
    let step = existing(scenario, number)?;
    let asker = Asker { prometheus: prometheus_address(scenario), looks_only: true };
    let since = Timestamp::now();
    let mut result = RunResult::default();
    sink(Current::default().event(EventKind::Step { number, title: step.title.clone() }));
    for check in step.all_checks() {
        let action = Action::Check(check);
        let (start, began) = (Instant::now(), Timestamp::now());
        let current = Current { action: Some(check.id.clone()), began, ..Current::default() };
        sink(current.event(EventKind::Begin { kind: action.kind(), title: action.title() }));
        let outcome = asker.until(check, Some(since), &mut |left, outcome| {
            let what = Progress::Asked(Box::new(outcome.clone()));
            sink(current.event(EventKind::Progress { what, left: Some(left) }));
        })?;
        let mut verdict = play::verdict(outcome);
        if let Verdict::Failed(failure) = &mut verdict
            && let Reason::Unreachable { start, .. } = &mut failure.reason
        {
            *start = Some(starter(scenario, number, check, &asker));
        }
        let item = ItemResult {
            step: number,
            id: check.id.clone(),
            kind: action.kind(),
            title: action.title(),
            span: check.span,
            phase: Phase::Run,
            began,
            elapsed: start.elapsed(),
            verdict,
            output: None,
        };
        sink(current.event(EventKind::End(Box::new(item.clone()))));
        result.items.push(item);
    }
    if !result.passed()
        && let Some(note) = past(scenario, number, options)
    {
        sink(Current::default().event(EventKind::Note(note)));
    }
    Ok(result)
}

/// What of the book should have answered a check, and who starts it.
fn starter(scenario: &Scenario, number: usize, check: &Check, asker: &Asker) -> Start {
    let port = match &check.kind {
        CheckKind::Http { url, .. } => url_port(url),
        CheckKind::Target { .. } | CheckKind::Promql { .. } => url_port(&asker.prometheus),
    };
    let world = World::at(scenario, number);
    let mut all = world.containers.iter().chain(&world.backgrounds);
    let made = all.find(|(_, made)| made.port.is_some() && made.port == port);
    Start { step: number, made: made.map(|(name, made)| (name.clone(), made.step)) }
}

/// Says so if something runs that only a later step starts.
fn past(scenario: &Scenario, number: usize, options: &RunOptions) -> Option<Note> {
    let engine = options.machine.engine.as_ref()?;
    let here = World::at(scenario, number);
    let later = World::at(scenario, scenario.steps.len());
    let (name, made) = later.containers.iter().find(|(name, _)| {
        !here.containers.contains_key(*name)
            && engine
                .container(name)
                .is_ok_and(|container| container.is_some_and(|container| container.running))
    })?;
    Some(Note::Past { step: number, container: name.clone(), of: made.step })
}
