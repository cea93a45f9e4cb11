//! What should be running or built at a point of the book but is not. The machine is asked; nothing is taken from memory.
//!
//! `layers` decides what to do about it.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::event::Missing;
use crate::model::Effect;
use crate::runner::background::started_by_hand;
use crate::runner::run::Run;
use crate::world::{Origin, World};

impl Run<'_> {
    /// What the steps before `first` have started or built that is gone but needed, by step. Needed are the parts of
    /// `world`, and what the steps from `first` to `last` replace or start containers from.
    pub(super) fn missing_before(
        &self,
        first: usize,
        last: usize,
        world: &World,
    ) -> Result<BTreeMap<usize, Vec<Missing>>> {
        let mut missing: BTreeMap<usize, Vec<Missing>> = BTreeMap::new();
        let steps = first..=last;
        let replaced = steps.clone().map(|step| World::replaced_by(&self.plan.scenario, step));
        for world in std::iter::once(world.clone()).chain(replaced) {
            for step in 1..first {
                missing.entry(step).or_default().extend(self.missing_from(&world, step)?);
            }
        }
        for step in steps {
            for (name, built) in self.missing_images(step, first)? {
                missing.entry(built).or_default().push(Missing::Image(name));
            }
        }
        missing.retain(|_, missing| {
            missing.sort();
            missing.dedup();
            !missing.is_empty()
        });
        Ok(missing)
    }

    /// What a step has started that should run but does not.
    pub(super) fn missing_from(&self, world: &World, number: usize) -> Result<Vec<Missing>> {
        let of_step = |(_, made): &(&String, &Origin)| made.step == number;
        let mut missing = Vec::new();
        for (name, made) in world.backgrounds.iter().filter(of_step) {
            let known = self.session.record.backgrounds.get(name);
            let is_ours = known
                .is_some_and(|known| known.command == made.by && (known.serves() || self.may_end(&made.by)));
            if !is_ours && !self.runs_by_hand(made) {
                missing.push(Missing::Process(name.clone()));
            }
        }
        for (name, made) in world.containers.iter().filter(of_step) {
            let image = made.image.as_deref().unwrap_or_default();
            let container = self.engine()?.container(name)?.filter(|container| container.running);
            let current = self.engine()?.image(image)?;
            let alive = match (container, current) {
                (Some(container), Some((id, _))) => container.image == id,
                _ => false,
            };
            if !alive {
                missing.push(Missing::Container(name.clone()));
            }
        }
        Ok(missing)
    }

    /// Whether the learner has started a background process by hand.
    fn runs_by_hand(&self, made: &Origin) -> bool {
        let blocks = self.plan.scenario.steps.iter().flat_map(|step| &step.blocks);
        let mut starts = blocks.filter_map(|block| block.kind.background());
        starts.any(|background| {
            background.command.id == made.by && started_by_hand(background, self.workspace.root()).is_some()
        })
    }

    /// The images that are gone, that a step starts containers from and that a step before `first` builds, each with that
    /// earlier step.
    fn missing_images(&self, number: usize, first: usize) -> Result<BTreeMap<String, usize>> {
        let scenario = &self.plan.scenario;
        let mut world = World::at(scenario, number - 1);
        let mut missing = BTreeMap::new();
        for block in scenario.steps.iter().filter(|step| step.number == number).flat_map(|step| &step.blocks)
        {
            for command in block.kind.commands() {
                let Effect::Run { image, .. } = &command.effect else { continue };
                if let Some(built) = world.images.get(image).filter(|built| **built < first)
                    && self.engine()?.image(image)?.is_none()
                {
                    missing.insert(image.clone(), *built);
                }
            }
            world.apply(number, block);
        }
        Ok(missing)
    }
}
