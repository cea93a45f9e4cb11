//! Runs the checks of a step that hold at its end, or compares its files if it has none.
//!
//! Nothing is changed: the learner may have built everything by hand.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::check::{Place, Prober};
use crate::compare;
use crate::error::{Error, Result};
use crate::event::{Note, Progress, Remark, RunResult, Skip, Verdict};
use crate::failure::{Difference, Failure, Reason, Starter};
use crate::files::Files;
use crate::model::{Attempt, Check, CheckKind, Scenario, url_port};
use crate::plan::{Action, Plan, PlannedStep};
use crate::runner::environment::environment;
use crate::runner::exercise;
use crate::runner::needs;
use crate::runner::play;
use crate::runner::record::{Recorder, Sink};
use crate::runner::run::{RunOptions, prometheus_address};
use crate::runner::step::require_step;
use crate::session::Look;
use crate::snapshot::Snapshots;
use crate::source::Span;
use crate::workspace::Workspace;
use crate::world::World;

/// Runs the checks of step `number` and changes nothing.
///
/// # Errors
///
/// A missing step.
pub fn check(plan: &Plan, number: usize, options: &RunOptions, sink: Sink<'_>) -> Result<RunResult> {
    require_step(plan, number)?;
    let plan = &*needs::fit(plan, number, options)?;
    let (scenario, step) = (&plan.scenario, require_step(plan, number)?);
    if step.left_out.is_some() {
        let mut record = Recorder::new(sink);
        record.step(step);
        record.leave_out(step);
        return Ok(record.into_result());
    }
    if step.lasting_checks().next().is_none() {
        return check_files(plan, step, options, sink);
    }
    let mut record = Recorder::new(sink);
    record.step(step);
    ask(scenario, number, step, options, Asked::Step, &mut record)?;
    if !record.result().passed()
        && let Some(note) = past(scenario, number, options)
    {
        record.note(note);
    }
    Ok(record.into_result())
}

/// Runs the checks of an exercise of step `number` and changes nothing.
///
/// # Errors
///
/// A missing step or exercise.
pub fn check_exercise(
    plan: &Plan,
    number: usize,
    name: &str,
    options: &RunOptions,
    sink: Sink<'_>,
) -> Result<RunResult> {
    let (scenario, step) = (&plan.scenario, require_step(plan, number)?);
    let fitted = needs::fit(plan, number, options)?;
    let exercise = scenario.exercise(number, name).ok_or_else(|| {
        let names: Vec<String> = step.exercises.iter().map(|one| format!("`{}`", one.name)).collect();
        Error::usage(format!("step {} has no exercise `{name}`", step.label)).with_help(
            match names.as_slice() {
                [] => "it has none at all; `plan` lists the exercises of each step".to_owned(),
                names => format!("its exercises are {}", names.join(", ")),
            },
        )
    })?;
    if let Some(whole) = &fitted.step(number).and_then(|step| step.left_out.as_ref()) {
        let mut record = Recorder::new(sink);
        exercise::leave_out(&mut record, step, &whole.exercises, Some(name));
        return Ok(record.into_result());
    }
    let attempt = plan.of_attempt(number, exercise, Attempt::Nothing);
    let asked = require_step(&attempt, number + 1)?;
    let mut record = Recorder::new(sink);
    record.exercise(step, name);
    ask(scenario, number, asked, options, Asked::Exercise, &mut record)?;
    Ok(record.into_result())
}

/// Whose checks are asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Step,
    Exercise,
}

/// Asks the checks of a step, or of an exercise of step `number`.
fn ask(
    scenario: &Scenario,
    number: usize,
    step: &PlannedStep,
    options: &RunOptions,
    of: Asked,
    record: &mut Recorder<'_>,
) -> Result<()> {
    let mut place = place(scenario, step, options)?;
    let look = runs_commands(step).then(|| Look::begin(&options.exe)).transpose()?;
    place.tree = look.as_ref().map(|look| look.tree().clone());
    let prometheus = prometheus_address(scenario, number, None);
    let mut prober = Prober { prometheus, place, looks_only: true };
    let since = Timestamp::now();
    let mut passed = true;
    for (action, check) in step.lasting_checks() {
        let ticket = record.begin(step, action);
        prober.prometheus = prometheus_address(scenario, number, Some(&action.id));
        // What the reader has just done may take a moment: Prometheus has new targets seconds after a reload. Without a
        // wait, a solution would be refused with the hint of a mistake. Once a check has failed, the others look once.
        prober.looks_only = of == Asked::Step || !passed;
        let outcome = prober.until(check, Some(since), &mut |left, outcome| {
            record.progress(Progress::Asked(Box::new(outcome.clone())), Some(left));
        })?;
        let mut verdict = play::verdict(outcome);
        let is_file = matches!(check.kind, CheckKind::File { .. });
        if let Verdict::Failed(failure) = &mut verdict
            && !is_file
            && let Reason::Unreachable { start, .. } = &mut failure.reason
        {
            let starter = starter(scenario, number, check, &prober);
            // What only the exercise starts, no step does.
            *start = Some(starter).filter(|starter| of == Asked::Step || starter.made.is_some());
        }
        if let Verdict::Failed(failure) = &mut verdict {
            // What fails after it may fail for the same reason.
            failure.hint = check.hint.clone().filter(|_| passed);
            passed = false;
        }
        record.finish(ticket, verdict);
    }
    Ok(())
}

fn runs_commands(step: &PlannedStep) -> bool {
    step.checks().any(|(_, check)| matches!(check.kind, CheckKind::Command { .. }))
}

/// Where the checks of a step find files and run commands. A workspace that is not there is not made.
fn place(scenario: &Scenario, step: &PlannedStep, options: &RunOptions) -> Result<Place> {
    let root = &options.workspace;
    if !runs_commands(step) || !root.is_dir() {
        return Ok(Place { root: root.clone(), ..Place::default() });
    }
    let workspace = Workspace::open(root)?;
    let shims = workspace.state_path("bin/docker")?.with_file_name("");
    let env = environment(&workspace, &options.machine, shims)?;
    let caches = scenario.unwritten.caches.clone();
    Ok(Place { root: workspace.root().to_owned(), env, caches, tree: None, is_alone: false })
}

/// Compares the files of a step that has no checks. A failure points at the last block that edits the file.
fn check_files(plan: &Plan, step: &PlannedStep, options: &RunOptions, sink: Sink<'_>) -> Result<RunResult> {
    let own = step.actions.iter().any(|action| matches!(action.action, Action::Edit(_)));
    if !own {
        return Err(nothing_to_check(plan, step, options, "no check, and no file"));
    }
    let actions = plan.up_to(step.number).flat_map(|step| &step.actions);
    let edits: BTreeMap<&str, Span> = actions
        .filter_map(|action| match &action.action {
            Action::Edit(planned) => Some((planned.edit.path.as_str(), action.span)),
            _ => None,
        })
        .collect();
    let files = Files::at(&plan.scenario, step.number);
    let kept = if files.written().next().is_some() { kept(step, options)? } else { None };
    let mut record = Recorder::new(sink);
    record.step(step);
    for (path, span) in edits {
        let ticket = record.begin_file(step, path, span);
        let wanted = files.bytes(path).or_else(|| kept.as_ref()?.content(step.number, path));
        let verdict = match wanted.map(|wanted| compare::differs(&options.workspace, path, &wanted)) {
            Some(None) => Verdict::Passed(Remark::Done),
            Some(Some(difference)) => Verdict::Failed(Failure::new(Reason::File { difference })),
            None if options.workspace.join(path).is_file() => Verdict::Skipped(Skip::WrittenByCommand),
            None => Verdict::Failed(Failure::new(Reason::File { difference: Difference::Missing })),
        };
        record.finish(ticket, verdict);
    }
    if record.result().items.iter().all(|item| matches!(item.verdict, Verdict::Skipped(_))) {
        let why = "its files are written by commands, and it was not played here";
        return Err(nothing_to_check(plan, step, options, why));
    }
    Ok(record.into_result())
}

/// What commands have made of files by the end of a step, if the step was played in this workspace as the page is now.
fn kept(step: &PlannedStep, options: &RunOptions) -> Result<Option<Snapshots>> {
    if !options.workspace.is_dir() {
        return Ok(None);
    }
    let workspace = Workspace::open(&options.workspace)?;
    let layer = workspace.memory.layers.get(&step.number);
    let is_current = layer.is_some_and(|layer| layer.key.as_ref() == Some(&step.key));
    if is_current { Snapshots::of(&workspace, &[]).map(Some) } else { Ok(None) }
}

fn nothing_to_check(plan: &Plan, step: &PlannedStep, options: &RunOptions, why: &str) -> Error {
    let (front, label) = (&options.front, &step.label);
    let at = plan.scenario.sources.location(Span::new(step.source, 0..0));
    Error::new(format!("{at}: step {label} has nothing to check: {why}")).with_help(format!(
        "`{front} step {label}` runs its commands; to check what they have done, its author adds a check, \
         such as `<!-- scenario: check http url=http://localhost:8000/ status=200 -->`"
    ))
}

/// What should have answered a check, and which step starts it.
fn starter(scenario: &Scenario, number: usize, check: &Check, prober: &Prober) -> Starter {
    let port = match &check.kind {
        CheckKind::Http { url, .. } => url_port(url),
        CheckKind::Target { .. } | CheckKind::Promql { .. } => url_port(&prober.prometheus),
        CheckKind::Command { .. } | CheckKind::File { .. } => None,
    };
    let world = World::at(scenario, number);
    let mut all = world.containers.iter().chain(&world.backgrounds);
    let made = all.find(|(_, made)| made.port.is_some() && made.port == port);
    Starter { step: number, made: made.map(|(name, made)| (name.clone(), made.step)) }
}

/// Says so if something runs that only a later step starts.
fn past(scenario: &Scenario, number: usize, options: &RunOptions) -> Option<Note> {
    let engine = options.machine.engine.as_ref()?;
    let here = World::at(scenario, number);
    let runs =
        |name: &str| engine.container(name).is_ok_and(|found| found.is_some_and(|found| found.running));
    // A later step than the one that starts it may have removed it again.
    scenario.steps.iter().skip(number).find_map(|step| {
        let later = World::at(scenario, step.number).containers;
        let (name, made) =
            later.iter().find(|(name, _)| !here.containers.contains_key(*name) && runs(name))?;
        Some(Note::Past { step: number, container: name.clone(), of: made.step })
    })
}
