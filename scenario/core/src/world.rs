//! What runs at any point of the book, and which images it has: a pure fold of what its commands make and end.

use std::collections::BTreeMap;

use crate::model::{Block, BlockKind, Effect, Scenario};

/// What runs at one point of the book, and its images.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct World {
    /// Containers by name.
    pub containers: BTreeMap<String, Origin>,
    /// Background processes by name.
    pub backgrounds: BTreeMap<String, Origin>,
    /// The step that builds an image last, by the image's name.
    pub images: BTreeMap<String, usize>,
}

/// Where the book starts something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The step that does.
    pub step: usize,
    /// The id of the command that does.
    pub by: String,
    /// The image of a container.
    pub image: Option<String>,
    /// The port that will be listened on, where the page says so.
    pub port: Option<u16>,
}

impl World {
    /// What runs at the end of a step; nothing does at step 0.
    pub fn at(scenario: &Scenario, number: usize) -> World {
        let mut world = World::default();
        for step in scenario.steps.iter().take(number) {
            for block in &step.blocks {
                world.apply(step.number, block);
            }
        }
        world
    }

    /// What runs before a step and not after it: until it is ended or replaced, the step's commands may need it. A container
    /// that is only ended is not among it: a command that ends one passes without it, too.
    pub fn replaced_by(scenario: &Scenario, number: usize) -> World {
        let (mut before, after) = (World::at(scenario, number - 1), World::at(scenario, number));
        let is_replaced = |before: &Origin, after: &Origin| after.by != before.by;
        before
            .containers
            .retain(|name, made| after.containers.get(name).is_some_and(|after| is_replaced(made, after)));
        before
            .backgrounds
            .retain(|name, made| after.backgrounds.get(name).is_none_or(|after| is_replaced(made, after)));
        before
    }

    /// Whether the steps up to `number` start a process or a container, which may run on or have ended since.
    pub fn has_started_something(scenario: &Scenario, number: usize) -> bool {
        let starts = |block: &Block| {
            let mut commands = block.kind.commands().iter();
            block.kind.background().is_some()
                || commands.any(|command| matches!(command.effect, Effect::Run { .. }))
        };
        scenario.steps.iter().take(number).flat_map(|step| &step.blocks).any(starts)
    }

    /// Takes in what a block starts and ends.
    pub fn apply(&mut self, step: usize, block: &Block) {
        let port = block.kind.ready().and_then(|ready| ready.port());
        if let Some((name, _)) = &block.stops {
            self.backgrounds.remove(name);
        }
        if let BlockKind::Background(background) = &block.kind {
            let origin = Origin { step, by: background.command.id.clone(), image: None, port };
            self.backgrounds.insert(background.name.clone(), origin);
        }
        for command in block.kind.commands() {
            match &command.effect {
                Effect::Run { name, image } => {
                    let by = command.id.clone();
                    let origin = Origin { step, by, image: Some(image.clone()), port };
                    self.containers.insert(name.clone(), origin);
                }
                Effect::Stop { names } | Effect::Remove { names } => {
                    self.containers.retain(|name, _| !names.contains(name));
                }
                Effect::Build { tag } => {
                    self.images.insert(tag.clone(), step);
                }
                Effect::None => {}
            }
        }
    }
}
