//! What should run at a point of the book and does not, and how it is started again.
//!
//! Which steps are played as a whole is decided in `layers`.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::event::{Missing, Note};
use crate::files::Files;
use crate::model::Effect;
use crate::runner::play::Part;
use crate::runner::run::Run;
use crate::world::{Origin, World};

impl Run<'_> {
    /// Starts again what earlier steps have started and what does not run, where it is known that they do nothing
    /// else. True if all of it passed.
    pub(super) fn restart_missing(&mut self, number: usize, files: &Files, world: &World) -> Result<bool> {
        for earlier in self.plan.up_to(number - 1) {
            let missing = self.missing_from(world, earlier.number)?;
            if missing.is_empty() {
                continue;
            }
            let replaced = World::replaced_by(&self.plan.scenario, earlier.number);
            if !self.restart_missing(earlier.number, files, &replaced)? {
                return Ok(false);
            }
            self.record.step(earlier);
            self.record.note(Note::BringingBack { step: earlier.number, missing });
            self.sync(files)?;
            self.seed()?;
            if !self.play(earlier, &mut files.clone(), Part::World)? {
                return Ok(false);
            }
            self.end_what_later_steps_end(earlier.number, world)?;
        }
        Ok(true)
    }

    /// Ends what a step has started and what does not run any more at a later point: its port may be needed by then.
    fn end_what_later_steps_end(&mut self, number: usize, later: &World) -> Result<()> {
        let made = World::at(&self.plan.scenario, number);
        let of_step = |(_, made): &(&String, &Origin)| made.step == number;
        for (name, _) in made.backgrounds.iter().filter(of_step) {
            if !later.backgrounds.contains_key(name) {
                self.session.end_background(name)?;
            }
        }
        for (name, _) in made.containers.iter().filter(of_step) {
            if !later.containers.contains_key(name) {
                self.engine()?.remove(name)?;
            }
        }
        Ok(())
    }

    /// What a step has made that should run and does not. It is looked at, not remembered.
    pub(super) fn missing_from(&self, world: &World, number: usize) -> Result<Vec<Missing>> {
        let of_step = |(_, made): &(&String, &Origin)| made.step == number;
        let mut missing = Vec::new();
        for (name, made) in world.backgrounds.iter().filter(of_step) {
            let known = self.session.record.backgrounds.get(name);
            let alive = known.is_some_and(|known| known.command == made.by && known.serves());
            if !alive {
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

    /// The images that a step starts containers from, that an earlier step builds and that are gone, each with that step.
    pub(super) fn missing_images(&self, number: usize) -> Result<BTreeMap<String, usize>> {
        let scenario = &self.plan.scenario;
        let mut world = World::at(scenario, number - 1);
        let mut missing = BTreeMap::new();
        for block in scenario.steps.iter().filter(|step| step.number == number).flat_map(|step| &step.blocks)
        {
            for command in block.kind.commands() {
                let Effect::Run { image, .. } = &command.effect else { continue };
                if let Some(built) = world.images.get(image).filter(|built| **built < number)
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
