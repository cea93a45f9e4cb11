//! Where `verify --from N` begins: at the end of step N-1, if a proof has kept that as the book has it now.
//!
//! How a step is proved is not known here.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::event::{NoState, Note, Skip};
use crate::files::Files;
use crate::plan::{Action, Plan};
use crate::runner::run::{Mode, Run, RunOptions};
use crate::runner::terminals::are_kept;
use crate::snapshot::Snapshots;
use crate::workspace::{Workspace, terminals_dir};
use crate::world::World;

/// The step that a proof begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Start {
    /// The step that was asked for.
    pub(super) asked: usize,
    /// The step that is proved first: the one that was asked for, or one before it.
    pub(super) first: usize,
    /// Why it is one before.
    why: Option<NoState>,
}

impl Start {
    /// Looks for the latest step up to `asked` before which all have passed a proof in this workspace, with the blocks
    /// that they have now, and whose beginning is kept.
    pub(super) fn find(plan: &Plan, asked: usize, options: &RunOptions) -> Result<Start> {
        let mut start = Start { asked, first: asked, why: None };
        if asked == 1 {
            return Ok(start);
        }
        let workspace = Workspace::open(&options.workspace)?;
        let snapshots = Snapshots::of(&workspace, &plan.scenario.unwritten.caches)?;
        for step in plan.up_to(asked - 1) {
            start.why = match workspace.memory.layers.get(&step.number) {
                Some(layer) if layer.proved && layer.key.as_ref() == Some(&step.key) => continue,
                Some(layer) if layer.proved => Some(NoState::Changed),
                _ => Some(NoState::NotProved),
            };
            start.first = step.number;
            break;
        }
        let terminals = terminals_dir(workspace.root());
        let is_kept = |number: usize| {
            let states = workspace.memory.terminals.get(&number);
            snapshots.has(number) && states.is_none_or(|states| are_kept(&terminals, number, states))
        };
        while start.first > 1 {
            let before = start.first - 1;
            start.why = match snapshots.damage(before, false) {
                Some(damage) => Some(NoState::Damaged(damage)),
                None if is_kept(before) => break,
                None => Some(NoState::NotKept),
            };
            start.first = before;
        }
        Ok(start)
    }
}

impl Run<'_> {
    /// Brings files, containers and processes to the beginning of a proof, and reports what is not part of it. True if the
    /// proof can begin.
    pub(super) fn begin_at(&mut self, Start { asked, first, why }: Start, last: usize) -> Result<bool> {
        if let Some(why) = why {
            self.record.note(Note::BeginsEarlier { first, asked, why });
        }
        if first == 1 {
            self.go_to(0)?;
            return Ok(true);
        }
        self.record.note(Note::BeginsAfter { step: first - 1 });
        let caches = self.snapshots()?.caches().to_vec();
        self.workspace.clear_for_put_back(&caches)?;
        self.mode = Mode::Step;
        let reached = self.reach_proved(first, last)?;
        self.mode = Mode::Verify;
        self.skip_before(first);
        Ok(reached)
    }

    /// Puts back the end of the step before, and brings back what runs there, as `step` does.
    fn reach_proved(&mut self, number: usize, last: usize) -> Result<bool> {
        let scenario = &self.plan.scenario;
        let (files, world) = (Files::at(scenario, number - 1), World::at(scenario, number - 1));
        if !self.reach(number, &world, last)? {
            return Ok(false);
        }
        // What was played again is as it was when it was proved.
        for layer in self.workspace.memory.layers.range_mut(..number).map(|(_, layer)| layer) {
            layer.proved = true;
        }
        self.sync(&files)?;
        self.workspace.save()?;
        Ok(true)
    }

    /// Reports the actions of earlier steps as skipped, but for those that were played again.
    fn skip_before(&mut self, number: usize) {
        let plan = self.plan;
        let played: BTreeSet<String> =
            self.record.result().items.iter().map(|item| item.id.clone()).collect();
        for step in plan.up_to(number - 1) {
            self.record.leave_out(step);
            let is_left_out = |action: &crate::plan::PlannedAction| {
                !matches!(action.action, Action::Ignored { .. }) && !played.contains(&action.id)
            };
            for action in step.actions.iter().filter(|action| is_left_out(action)) {
                self.record.skip(step, action, Skip::BeforeFirst { step: number });
            }
            for exercise in &step.exercises {
                self.record.skip_exercise(step, exercise, Skip::BeforeFirst { step: number });
            }
        }
    }
}
