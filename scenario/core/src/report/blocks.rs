//! What a run has found of each block: its actions together. A hidden check counts as a block, and so does a mistake in an
//! exercise.

use std::collections::HashMap;
use std::time::Duration;

use serde::Serialize;

use crate::event::{ItemResult, Verdict};
use crate::plan::{PlannedAction, PlannedMistake, PlannedStep, Position, main_action};
use crate::report::Report;

/// A block and its result.
pub(super) struct BlockResult<'a> {
    pub(super) step: &'a PlannedStep,
    /// The exercise that it is part of.
    pub(super) exercise: Option<&'a str>,
    /// Its id; for a hidden check, that of its action; for a mistake, that of its first block.
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    pub(super) position: &'a Position,
    /// How long its actions took, in all phases.
    pub(super) took: Duration,
    pub(super) outcome: Outcome,
}

/// What came of several actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    Passed,
    Failed,
    Skipped,
}

impl Outcome {
    /// That of several actions: failed if one failed, skipped if all were.
    pub(super) fn of<'a>(items: impl IntoIterator<Item = &'a ItemResult>) -> Outcome {
        items.into_iter().fold(Outcome::Skipped, |outcome, item| match (&item.verdict, outcome) {
            (Verdict::Failed(_), _) | (_, Outcome::Failed) => Outcome::Failed,
            (Verdict::Passed(_), _) => Outcome::Passed,
            (Verdict::Skipped(_), outcome) => outcome,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
            Outcome::Skipped => "skipped",
        }
    }
}

/// What has one result: the actions of a block, a hidden check, or a mistake.
enum Part<'a> {
    Actions(&'a [PlannedAction]),
    Mistake(&'a PlannedMistake),
}

impl<'a> Part<'a> {
    /// The blocks and hidden checks of a list of actions.
    fn all_of(actions: &'a [PlannedAction]) -> impl Iterator<Item = Part<'a>> {
        let is_one =
            |one: &PlannedAction, other: &PlannedAction| one.block.is_some() && one.block == other.block;
        actions.chunk_by(is_one).map(Part::Actions)
    }
}

/// The blocks of which something is known, in the order of the book.
pub(super) fn blocks<'a>(report: &Report<'a>) -> Vec<BlockResult<'a>> {
    let Some(plan) = report.plan else { return Vec::new() };
    let mut items: HashMap<&str, Vec<&ItemResult>> = HashMap::new();
    for item in &report.result.items {
        items.entry(&item.id).or_default().push(item);
    }
    let mut all = Vec::new();
    for step in &plan.steps {
        all.extend(Part::all_of(&step.actions).map(|part| (step, None, part)));
        for exercise in &step.exercises {
            let name = Some(exercise.name.as_str());
            all.extend(Part::all_of(&exercise.actions).map(|part| (step, name, part)));
            all.extend(exercise.mistakes.iter().map(|mistake| (step, name, Part::Mistake(mistake))));
        }
    }
    let result = |(step, exercise, part): (&'a PlannedStep, Option<&'a str>, Part<'a>)| {
        let (ids, id, title, position) = match part {
            Part::Actions(actions) => {
                let main = main_action(actions)?;
                let ids = actions.iter().map(|action| action.id.as_str()).collect();
                (ids, main.block.as_deref().unwrap_or(&main.id), &main.title, &main.position)
            }
            Part::Mistake(mistake) => {
                (vec![mistake.id.as_str()], mistake.id.as_str(), &mistake.title, &mistake.position)
            }
        };
        let found: Vec<&ItemResult> = ids.iter().filter_map(|id| items.get(id)).flatten().copied().collect();
        (!found.is_empty()).then(|| BlockResult {
            step,
            exercise,
            id,
            title,
            position,
            took: found.iter().map(|item| item.elapsed).sum(),
            outcome: Outcome::of(found),
        })
    };
    all.into_iter().filter_map(result).collect()
}
