//! The commands that only show: the chapters, the plan, what the machine has.

use std::process::ExitCode;

use crate::flags::Front;
use crate::machine::say;
use crate::needs::needs;
use crate::output::print;
use scenario_core::book::Book;
use scenario_core::claims::{self, Mention};
use scenario_core::error::{Context, Error, Result};
use scenario_core::model::Exercise;
use scenario_core::plan::{ActionKind, Plan, PlannedAction, PlannedStep, main_action};
use scenario_core::problem::{self, Code};
use scenario_core::report::visible;
use scenario_core::runner;
use scenario_setup::{self as setup, Place, State};

pub(super) fn steps(front: &Front, json: bool) -> Result<bool> {
    let plan = front.load()?;
    print(|out| {
        if json {
            let view = |PlannedStep { number, label, title, page, .. }: &PlannedStep| serde_json::json!({"number": number, "label": label, "title": title, "page": page});
            let steps: Vec<serde_json::Value> = plan.steps.iter().map(view).collect();
            return writeln!(out, "{}", serde_json::Value::from(steps));
        }
        plan.steps.iter().try_for_each(|step| {
            let line = format!("{}  {}  ({})", step.label, step.title, step.page);
            writeln!(out, "{}", visible(&line))
        })
    })?;
    Ok(true)
}

pub(super) fn plan(front: &Front, label: Option<&str>, json: bool) -> Result<bool> {
    let mut plan = front.load()?;
    let census = census(&plan);
    if let Some(label) = label {
        let number = runner::require_labelled(&plan, label)?.number;
        plan = plan.only(number);
    }
    if json {
        let text = serde_json::to_string_pretty(&plan).context(|| "write the plan".to_owned())?;
        print(|out| writeln!(out, "{text}"))?;
        return Ok(true);
    }
    print(|out| {
        for step in &plan.steps {
            writeln!(out, "Step {}  {}", step.label, visible(&step.title))?;
            if let Some(needs) = &step.needs {
                let at = plan.scenario.sources.location(needs.span);
                let line = format!("{:<10} {}: {}  ({at})", "needs", needs.what, needs.command);
                writeln!(out, "  {}", visible(&line))?;
            }
            actions(out, "  ", &step.actions)?;
            for exercise in &step.exercises {
                writeln!(out, "  exercise {}", exercise.name)?;
                actions(out, "    ", &exercise.actions)?;
                for mistake in &exercise.mistakes {
                    writeln!(out, "    mistake: {}", visible(&mistake.hint))?;
                    actions(out, "      ", &mistake.actions)?;
                }
            }
        }
        writeln!(out, "{census}")
    })?;
    Ok(true)
}

/// Lists the claims that nothing backs; fails if there is one.
pub(super) fn claims(front: &Front, json: bool) -> Result<bool> {
    let claims = claims::find(&Book::load(&front.book)?.into_scenario()?);
    let (unbacked, unused) = (&claims.unbacked, &claims.unused);
    print(|out| {
        if json {
            return writeln!(out, "{}", serde_json::json!({"unbacked": unbacked, "unused": unused}));
        }
        for claim in unbacked {
            let Mention { position, text } = claim;
            writeln!(out, "{}: no block of the book has `{}`", position, visible(text))?;
        }
        for source in unused {
            let Mention { position, text } = source;
            writeln!(out, "{}: nothing in the book needs a source for `{}`", position, visible(text))?;
        }
        if !unbacked.is_empty() {
            writeln!(
                out,
                "  help: show it in a block, take it out of the prose, or say where it is from: <!-- source: `CODE`, `CODE`: WHERE -->"
            )?;
        }
        writeln!(
            out,
            "{} pieces of inline code: {} without a block or a source",
            claims.count,
            unbacked.len()
        )
    })?;
    Ok(unbacked.is_empty() && unused.is_empty())
}

/// Lists the links into the web.
pub(super) fn links(front: &Front, json: bool) -> Result<bool> {
    let links = claims::find(&Book::load(&front.book)?.into_scenario()?).links;
    print(|out| {
        if json {
            return writeln!(out, "{}", serde_json::json!(links));
        }
        links.iter().try_for_each(|link| writeln!(out, "{}: {}", link.position, visible(&link.text)))
    })?;
    Ok(true)
}

fn actions(out: &mut dyn std::io::Write, indent: &str, actions: &[PlannedAction]) -> std::io::Result<()> {
    actions.iter().try_for_each(|action| {
        let (kind, title) = (action.kind().name(), visible(&action.title));
        writeln!(out, "{indent}{kind:<10} {title}  ({})", visible(&action.position.to_string()))
    })
}

/// What became of every fenced code block of the steps. No block can be missing: that would be a mistake in the book.
pub(super) fn census(plan: &Plan) -> String {
    let (mut edits, mut consoles, mut queries, mut ignored) = (0, 0, 0, 0);
    for (_, actions) in plan.steps.iter().flat_map(PlannedStep::blocks) {
        match main_action(actions).map(PlannedAction::kind) {
            Some(ActionKind::Edit) => edits += 1,
            Some(ActionKind::Command | ActionKind::Background | ActionKind::Stop) => consoles += 1,
            Some(ActionKind::Check | ActionKind::Result) => queries += 1,
            Some(ActionKind::Ignored) => ignored += 1,
            Some(ActionKind::Mistake) | None => {}
        }
    }
    let actions = plan.steps.iter().flat_map(|step| &step.actions);
    let hidden = actions.filter(|action| action.block.is_none()).count();
    format!(
        "census: {} blocks: {edits} file edits, {consoles} of commands, {queries} queries, {ignored} ignored with a reason, 0 unaccounted; {hidden} hidden checks{}",
        edits + consoles + queries + ignored,
        of_exercises(plan).unwrap_or_default()
    )
}

/// What the exercises have beside that, if there are any.
fn of_exercises(plan: &Plan) -> Option<String> {
    let exercises: Vec<&Exercise> = plan.scenario.steps.iter().flat_map(|step| &step.exercises).collect();
    let sum = |count: fn(&Exercise) -> usize| exercises.iter().map(|exercise| count(exercise)).sum::<usize>();
    let blocks = sum(|exercise| exercise.all_blocks().count());
    let hidden = sum(|exercise| exercise.checks.len());
    let mistakes = sum(|exercise| exercise.mistakes.len());
    (!exercises.is_empty()).then(|| {
        format!(
            "; {} exercises: {blocks} blocks, {hidden} hidden checks, {mistakes} mistakes",
            exercises.len()
        )
    })
}

/// Explains one code, or lists all.
pub(super) fn explain(front: &Front, code: Option<&str>) -> Result<bool> {
    let Some(name) = code else {
        print(|out| {
            problem::list().try_for_each(|(code, what)| writeln!(out, "{:<28} {what}", code.name()))
        })?;
        return Ok(true);
    };
    let code: Code = name.parse().map_err(|_| {
        let error = Error::usage(format!("unknown code `{name}`"));
        match Code::nearest(name) {
            Some(near) => error.with_help(format!("did you mean `{near}`?")),
            None => error.with_help(format!("`{} explain` lists all codes", front.name)),
        }
    })?;
    print(|out| writeln!(out, "{}", problem::explanation(code)))?;
    Ok(true)
}

pub(super) fn setup(front: &Front, yes: bool) -> Result<ExitCode> {
    let needs = needs(&front.load()?.scenario)?;
    let place = Place { tools: front.tools.clone() };
    let findings =
        if yes { setup::provide(&needs, &place, &mut say)? } else { setup::survey(&needs, &place) };
    print(|out| {
        findings.iter().try_for_each(|finding| match &finding.state {
            State::Present { detail } => writeln!(out, "{:<16} {detail}", finding.need.name()),
            _ => Ok(()),
        })
    })?;
    match setup::lacking(&findings) {
        Some(error) => Err(error),
        None => {
            print(|out| writeln!(out, "nothing is missing"))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
