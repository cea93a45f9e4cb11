//! What an exercise does: its solution, its checks, and each of its mistakes, on the files at the end of its step.
//!
//! This is for display. A run makes a separate plan of each attempt.

use serde::Serialize;

use crate::model::{Attempt, Exercise, Mistake, Scenario, Step};
use crate::plan::action::{PlannedAction, Position};
use crate::source::Span;

/// An exercise of a step.
#[derive(Debug, Clone, Serialize)]
pub struct PlannedExercise {
    /// Its name.
    pub name: String,
    /// Where the page first names it, for a person.
    #[serde(flatten)]
    pub position: Position,
    /// The same place in the sources.
    #[serde(skip)]
    pub span: Span,
    /// The blocks of its solution in the order of the page, then its hidden checks.
    pub actions: Vec<PlannedAction>,
    /// What may go wrong.
    pub mistakes: Vec<PlannedMistake>,
}

/// A mistake in an exercise.
#[derive(Debug, Clone, Serialize)]
pub struct PlannedMistake {
    /// The id of its first block.
    pub id: String,
    /// The hint that a reader gets after making it.
    pub hint: String,
    /// One line for a person.
    pub title: String,
    /// Where the page first gives the hint, for a person.
    #[serde(flatten)]
    pub position: Position,
    /// The same place in the sources.
    #[serde(skip)]
    pub span: Span,
    /// What makes it.
    pub actions: Vec<PlannedAction>,
}

/// The plan of an exercise of a step; `actions` are those of an attempt, which is given as a step.
pub(super) fn plan(
    scenario: &Scenario,
    step: &Step,
    exercise: &Exercise,
    actions: &dyn Fn(&Step) -> Vec<PlannedAction>,
) -> PlannedExercise {
    let actions = |attempt: Attempt| actions(&step.attempt(exercise, attempt));
    let mistake = |(index, mistake): (usize, &Mistake)| {
        let mut actions = actions(Attempt::Mistake(index));
        actions.retain(|action| action.block.is_some());
        PlannedMistake {
            id: mistake.blocks.first().map(|block| block.id.clone()).unwrap_or_default(),
            hint: mistake.hint.clone(),
            title: format!("mistake: {}", mistake.hint),
            position: Position::of(scenario, mistake.span),
            span: mistake.span,
            actions,
        }
    };
    PlannedExercise {
        name: exercise.name.clone(),
        position: Position::of(scenario, exercise.span),
        span: exercise.span,
        actions: actions(Attempt::Solution),
        mistakes: exercise.mistakes.iter().enumerate().map(mistake).collect(),
    }
}
