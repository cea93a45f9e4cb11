//! What a run has found of each block: its actions together. A hidden check counts as a block.

use std::collections::HashMap;
use std::time::Duration;

use serde::Serialize;

use crate::event::{ItemResult, Verdict};
use crate::plan::{PlannedAction, PlannedStep, Position, main_action};
use crate::report::Report;

/// A block and its result.
pub(super) struct BlockResult<'a> {
    pub(super) step: &'a PlannedStep,
    /// The exercise that it is part of.
    pub(super) exercise: Option<&'a str>,
    /// Its id; for a hidden check, that of its action.
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

/// The blocks of which something is known, in the order of the book.
pub(super) fn blocks<'a>(report: &Report<'a>) -> Vec<BlockResult<'a>> {
    let Some(plan) = report.plan else { return Vec::new() };
    let mut items: HashMap<&str, Vec<&ItemResult>> = HashMap::new();
    for item in &report.result.items {
        items.entry(&item.id).or_default().push(item);
    }
    let is_one = |one: &PlannedAction, other: &PlannedAction| one.block.is_some() && one.block == other.block;
    let of_steps = plan.steps.iter().flat_map(|step| {
        let exercises = step.exercises.iter().map(move |one| (step, Some(one.name.as_str()), &one.actions));
        std::iter::once((step, None, &step.actions)).chain(exercises)
    });
    let all = of_steps
        .flat_map(|(step, exercise, all)| all.chunk_by(is_one).map(move |actions| (step, exercise, actions)));
    let result = |(step, exercise, actions): (&'a PlannedStep, Option<&'a str>, &'a [PlannedAction])| {
        let main = main_action(actions)?;
        let of_block = actions.iter().filter_map(|action| items.get(action.id.as_str())).flatten();
        let of_block: Vec<&ItemResult> = of_block.copied().collect();
        (!of_block.is_empty()).then(|| BlockResult {
            step,
            exercise,
            id: main.block.as_deref().unwrap_or(&main.id),
            title: &main.title,
            position: &main.position,
            took: of_block.iter().map(|item| item.elapsed).sum(),
            outcome: Outcome::of(of_block),
        })
    };
    all.filter_map(result).collect()
}
