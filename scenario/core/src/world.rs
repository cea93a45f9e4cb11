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

    /// What runs before a step under a name that the step then gives to another container or process: until then, the
    /// step's commands may need it. What a step only ends is not needed for that.
    pub fn replaced_by(scenario: &Scenario, number: usize) -> World {
        let (mut before, after) = (World::at(scenario, number - 1), World::at(scenario, number));
        let is_replaced =
            |before: &Origin, after: Option<&Origin>| after.is_some_and(|after| after.by != before.by);
        before.containers.retain(|name, made| is_replaced(made, after.containers.get(name)));
        before.backgrounds.retain(|name, made| is_replaced(made, after.backgrounds.get(name)));
        before
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
