//! Asks the checks of a step and changes nothing: the learner may have built everything by hand.

use std::time::Instant;

use jiff::Timestamp;

use crate::check::{Asker, Outcome};
use crate::error::Result;
use crate::event::{Event, ItemResult, RunResult, Verdict};
use crate::model::{Check, CheckKind, Scenario, url_port};
use crate::plan::Action;
use crate::runner::step::existing;
use crate::runner::{RunOptions, Sink, play, prometheus_address};
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
    sink(Event::Step { number, title: step.title.clone() });
    for check in step.all_checks() {
        let action = Action::Check(check);
        sink(Event::Begin { kind: action.kind(), title: action.title() });
        let start = Instant::now();
        let outcome = asker.until(check, Some(since), &mut |left, _| {
            sink(Event::Progress { text: action.title(), left: Some(left) });
        })?;
        let unaskable = matches!(outcome, Outcome::Unaskable(_));
        let mut verdict = play::verdict(outcome);
        if let Verdict::Failed(failure) = &mut verdict
            && unaskable
        {
            failure.help = starter(scenario, number, check, &asker, &options.front);
        }
        let item = ItemResult {
            step: number,
            id: check.id.clone(),
            kind: action.kind(),
            title: action.title(),
            span: check.span,
            verdict,
            elapsed: start.elapsed(),
        };
        sink(Event::End(Box::new(item.clone())));
        result.items.push(item);
    }
    if !result.passed()
        && let Some(note) = past(scenario, number, options)
    {
        sink(Event::Note(note));
    }
    Ok(result)
}

/// What of the book should have answered a check, and who starts it.
fn starter(scenario: &Scenario, number: usize, check: &Check, asker: &Asker, front: &str) -> String {
    let port = match &check.kind {
        CheckKind::Http { url, .. } => url_port(url),
        CheckKind::Target { .. } | CheckKind::Promql { .. } => url_port(&asker.prometheus),
    };
    let world = World::at(scenario, number);
    let mut all = world.containers.iter().chain(&world.backgrounds);
    match all.find(|(_, made)| made.port.is_some() && made.port == port) {
        Some((name, made)) => {
            format!("step {} starts `{name}` there; `{front} step {number}` does it for you", made.step)
        }
        None => format!("`{front} step {number}` starts what this step needs"),
    }
}

/// Says so if something runs that only a later step starts.
fn past(scenario: &Scenario, number: usize, options: &RunOptions) -> Option<String> {
    let engine = options.machine.engine.as_ref()?;
    let here = World::at(scenario, number);
    let later = World::at(scenario, scenario.steps.len());
    let (name, made) = later.containers.iter().find(|(name, _)| {
        !here.containers.contains_key(*name)
            && engine
                .container(name)
                .is_ok_and(|container| container.is_some_and(|container| container.running))
    })?;
    let front = &options.front;
    Some(format!(
        "step {number} is past: the container `{name}` of step {} runs; `{front} step {number}` brings the world back",
        made.step
    ))
}
