//! Ends what a record answers for, whoever has started it.

use std::path::Path;

use super::Session;
use crate::container::{OWNER_LABEL, STATE_LABEL};
use crate::error::Result;
use crate::swarm::Swarm;
use crate::workspace::terminals_dir;

/// What `down` removed.
#[derive(Debug, Default)]
pub struct Removed {
    /// Background processes.
    pub processes: Vec<String>,
    /// Containers.
    pub containers: Vec<String>,
    /// What a swarm has had, and the swarm, in words.
    pub swarm: Vec<String>,
    /// How many images.
    pub images: usize,
    /// Containers that another state folder answers for, and that were left alone.
    pub others: Vec<String>,
}

/// Ends all that the record answers for, and closes the terminals of its workspace: what they remembered is forgotten.
pub fn down(session: &mut Session) -> Result<Removed> {
    let owner = session.record.owner.clone();
    let removed = end_world(session)?;
    if let Some(owner) = owner {
        let _ = std::fs::remove_dir_all(terminals_dir(Path::new(&owner)));
    }
    Ok(removed)
}

/// Ends all that the record answers for: its processes, and containers and images with its label.
pub fn end_world(session: &mut Session) -> Result<Removed> {
    let mut removed = Removed::default();
    let names: Vec<String> = session.record.backgrounds.keys().cloned().collect();
    for name in names {
        if session.record.backgrounds.get(&name).is_some_and(|background| background.tree.is_alive()) {
            removed.processes.push(name.clone());
        }
        session.end_background(&name)?;
    }
    if let Some(engine) = &session.engine {
        removed.containers = engine.remove_labelled_containers(&session.label())?;
        removed.swarm = Swarm::of(engine, &session.dir, (STATE_LABEL, &session.state())).end()?;
        removed.images = engine.remove_labelled_images(&session.label())?;
        let others = engine.labelled_containers(OWNER_LABEL)?;
        removed.others = others.into_iter().map(|(_, name)| name).collect();
    }
    session.record.owner = None;
    session.save()?;
    Ok(removed)
}
