//! `mutate`: lists the small changes of chapters that nothing notices, and a table of what was tried.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::flags::Front;
use crate::machine::verify_workspace;
use crate::output::print;
use crate::run::{options, run_reported, words};
use scenario_core::error::Result;
use scenario_core::event::RunResult;
use scenario_core::plan::Plan;
use scenario_core::report::visible;
use scenario_core::runner::{self, Mutated, MutatedStep, Tried};

pub(super) fn mutate(
    front: &Front,
    plan: &Plan,
    label: Option<&str>,
    (replace, yes): (bool, bool),
    known: &mut RunResult,
) -> Result<bool> {
    let step = label.map(|label| runner::require_labelled(plan, label)).transpose()?;
    let name = label.map_or_else(|| "mutate".to_owned(), |label| format!("mutate {label}"));
    let whole = (&plan.scenario, plan.steps.len());
    let options = options(front, whole, &name, &verify_workspace(&plan.scenario), yes)?;
    let start = Instant::now();
    let again = |label: &str| format!("{} mutate {label}", front.name);
    let (mut mutated, mut written) = (Mutated::default(), Ok(()));
    let mut on_tried = |tried: &Tried| {
        if written.is_ok() {
            let (line, seconds) = (line(plan, tried), tried.elapsed.as_secs_f32());
            written = print(|out| writeln!(out, "  {line}  {seconds:.1} s"));
        }
    };
    let result = run_reported(words(front, plan), &name, again, known, |sink| {
        let number = step.map(|step| step.number);
        mutated = runner::mutate(plan, number, replace, &options, sink, &mut on_tried)?;
        Ok(mutated.result.clone())
    })?;
    written?;
    if !result.passed() {
        return Ok(false);
    }
    print(|out| table(out, plan, &mutated, start.elapsed()))?;
    for tried in survivors(&mutated) {
        let advice = tried.mutant.change.advice();
        print(|out| writeln!(out, "{}\n{}  {advice}", line(plan, tried), noticed_by(plan, tried)))?;
    }
    Ok(survivors(&mutated).next().is_none())
}

fn survivors(mutated: &Mutated) -> impl Iterator<Item = &Tried> {
    mutated.steps.iter().flat_map(|step| &step.tried).filter(|tried| tried.survived)
}

/// A change with its place, as a compiler names one, and what became of it.
fn line(plan: &Plan, tried: &Tried) -> String {
    let at = plan.scenario.sources.location(tried.mutant.span);
    let fate = if tried.survived { "survived" } else { "killed" };
    visible(&format!("{at}: {fate}: {}", tried.mutant.change)).into_owned()
}

/// What failed in a later chapter, with its place; nothing where nothing did.
fn noticed_by(plan: &Plan, tried: &Tried) -> String {
    let Some(item) = &tried.noticed_by else { return String::new() };
    let at = plan.scenario.sources.location(item.span);
    format!("  {}\n", visible(&format!("{at}: failed without it: {}", item.title.replace('\n', " "))))
}

fn label(plan: &Plan, step: &MutatedStep) -> String {
    plan.step(step.step).map(|step| step.label.clone()).unwrap_or_default()
}

fn table(out: &mut dyn Write, plan: &Plan, mutated: &Mutated, took: Duration) -> std::io::Result<()> {
    writeln!(out, "\nchapter  tried  killed  survived  seconds")?;
    let mut total = (0, 0);
    for step in &mutated.steps {
        let (tried, survived) = counts(step);
        total = (total.0 + tried, total.1 + survived);
        row(out, &label(plan, step), tried, survived, step.elapsed)?;
    }
    row(out, "all", total.0, total.1, took)
}

fn row(
    out: &mut dyn Write,
    name: &str,
    tried: usize,
    survived: usize,
    elapsed: Duration,
) -> std::io::Result<()> {
    let (killed, seconds) = (tried - survived, elapsed.as_secs_f32());
    writeln!(out, "{name:<7}  {tried:>5}  {killed:>6}  {survived:>8}  {seconds:>7.1}")
}

/// How many changes of a step were tried, and how many survived.
fn counts(step: &MutatedStep) -> (usize, usize) {
    (step.tried.len(), step.tried.iter().filter(|tried| tried.survived).count())
}
