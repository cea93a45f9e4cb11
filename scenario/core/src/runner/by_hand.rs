//! Finds the steps that the learner has done by hand, which count as played.
//!
//! It compares files and looks at what is running. It runs no command and no check.

use std::collections::BTreeMap;

use crate::edit;
use crate::error::Result;
use crate::event::Note;
use crate::files::Files;
use crate::plan::{Action, ActionKind, PlannedStep};
use crate::runner::run::Run;
use crate::snapshot::Before;
use crate::workspace::Layer;
use crate::world::{Origin, World};

impl Run<'_> {
    /// Accepts a step that the learner has done by hand as played, if the files are those of the step, what it starts is
    /// running, and we have played none of it. Returns its number, or 0.
    pub(super) fn accept_what_is_by_hand(&mut self, number: usize) -> Result<usize> {
        if self.has_lost_its_memory()? {
            return Ok(0);
        }
        let played = self.workspace.memory.layers.keys().next_back().copied().unwrap_or(0);
        for step in self.plan.up_to(number).collect::<Vec<_>>().into_iter().rev() {
            if step.number <= played || !self.is_by_hand(step, step.number < number)? {
                continue;
            }
            for earlier in self.plan.up_to(step.number).filter(|earlier| earlier.number > played) {
                let (key, own_key) = (Some(earlier.key.clone()), Some(earlier.own_key.clone()));
                let layer = Layer { key, own_key, by_hand: true, proved: false };
                self.workspace.memory.layers.insert(earlier.number, layer);
            }
            let snapshots = self.snapshots()?;
            let files = Files::at(&self.plan.scenario, step.number);
            if !snapshots.has(0) {
                snapshots.take(0, &files, &Before::default())?;
            }
            self.keep_end(step.number, &snapshots.before()?)?;
            if step.number < number {
                self.record.note(Note::ByHand { step: step.number });
            }
            return Ok(step.number);
        }
        Ok(0)
    }

    /// Whether steps were played here whose record is missing: an earlier run did not save it, or another version of this
    /// program did.
    pub(super) fn has_lost_its_memory(&self) -> Result<bool> {
        let memory = &self.workspace.memory;
        Ok(memory.at.is_none() && memory.layers.is_empty() && self.snapshots()?.has(0))
    }

    /// Whether the learner has done a step: the files are the book's, and what it starts is running. With `files_suffice`,
    /// the files alone decide for a step that starts nothing.
    fn is_by_hand(&self, step: &PlannedStep, files_suffice: bool) -> Result<bool> {
        let scenario = &self.plan.scenario;
        let (files, world) = (Files::at(scenario, step.number), World::at(scenario, step.number));
        let makes = |all: &BTreeMap<String, Origin>| all.values().any(|made| made.step == step.number);
        let writes = step.actions.iter().any(|action| action.kind() == ActionKind::Edit);
        let shows = makes(&world.containers) || makes(&world.backgrounds) || (files_suffice && writes);
        if !shows || !self.workspace.has(&files) || !self.has_edits(step, &files) {
            return Ok(false);
        }
        for earlier in self.plan.up_to(step.number) {
            if !self.missing_from(&world, earlier.number)?.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the files that commands write have the last edit of each by a step.
    fn has_edits(&self, step: &PlannedStep, files: &Files) -> bool {
        let edits = step.actions.iter().filter_map(|action| match &action.action {
            Action::Edit(planned) if files.is_written(&planned.edit.path) => {
                Some((planned.edit.path.as_str(), planned))
            }
            _ => None,
        });
        let last: BTreeMap<&str, _> = edits.collect();
        last.into_iter().all(|(path, planned)| {
            let text = self.workspace.read(path).and_then(|bytes| String::from_utf8(bytes).ok());
            let block: Vec<&str> = planned.block.text.lines().collect();
            text.is_some_and(|text| {
                edit::holds(&text.lines().collect::<Vec<_>>(), &planned.edit.verb, &block)
            })
        })
    }
}
