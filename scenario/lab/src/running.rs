//! What the book has running as far as the learner has come: processes and containers, whether they run, their logs.
//!
//! The engine is asked only for a page that shows this: each answer costs a process.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use scenario_core::container::Engine;
use scenario_core::model::Scenario;
use scenario_core::world::{Origin, World};
use scenario_core::{ports, runner, session};

use crate::lab::Lab;
use crate::learner::Progress;
use crate::limits::LOG_BYTES_MAX;
use crate::parts::{Part, PartKind, PartState};
use crate::refusal::{Answer, Refusal};

/// All of them, in the order of the book. This blocks.
pub(crate) fn parts(lab: &Lab) -> Vec<Part> {
    let mut parts = origins(lab);
    let record = session::backgrounds().unwrap_or_default();
    let engine = lab.run_options().machine.engine;
    for part in &mut parts {
        (part.state, part.text) = match part.kind {
            PartKind::Container => container(engine.as_ref(), part),
            PartKind::Process => match record.get(&part.name) {
                Some(process) if process.serves() => (PartState::Running, answers(part.port)),
                Some(_) => (PartState::Ended, "has ended; its log says why".to_owned()),
                None => by_hand(lab, part),
            },
        };
    }
    parts
}

/// What should run now: what the steps that are done leave running, and what the blocks of later steps that were used
/// have started and ended.
fn world(scenario: &Scenario, progress: &Progress) -> World {
    let done = progress.done.last().copied().unwrap_or_default();
    let mut world = World::at(scenario, done);
    for step in scenario.steps.iter().skip(done) {
        for block in step.blocks.iter().filter(|block| progress.used.contains(&block.id)) {
            world.apply(step.number, block);
        }
    }
    world
}

/// Each without its state.
fn origins(lab: &Lab) -> Vec<Part> {
    let book = lab.book();
    let scenario = &book.plan.scenario;
    let world = world(scenario, &lab.learner().progress);
    let part = |kind: PartKind, name: &str, made: &Origin| {
        let starts = |id: &&str| id == &made.by;
        let mut blocks = book.blocks().map(|(_, block)| block);
        let block =
            blocks.find(|block| block.kind.commands().iter().any(|command| starts(&command.id.as_str())))?;
        Some(Part {
            id: made.by.clone(),
            block: block.id.clone(),
            name: name.to_owned(),
            kind,
            step: scenario.label(made.step),
            port: made.port,
            state: PartState::Absent,
            text: String::new(),
        })
    };
    let containers = world.containers.iter().map(|one| (PartKind::Container, one));
    let processes = world.backgrounds.iter().map(|one| (PartKind::Process, one));
    let mut all: Vec<_> = containers.chain(processes).collect();
    all.sort_by_key(|(_, (_, made))| made.step);
    all.into_iter().filter_map(|(kind, (name, made))| part(kind, name, made)).collect()
}

/// What a command starts that should run now, without its state.
pub(crate) fn origin(lab: &Lab, id: &str) -> Option<Part> {
    origins(lab).into_iter().find(|part| part.id == id)
}

fn answers(port: Option<u16>) -> String {
    match port {
        Some(port) if ports::accepts(port) => format!("runs and answers on port {port}"),
        Some(port) => format!("runs and does not answer on port {port}"),
        None => "runs".to_owned(),
    }
}

fn by_hand(lab: &Lab, part: &Part) -> (PartState, String) {
    let book = lab.book();
    let background = book.block(&part.block).and_then(|(_, block)| block.kind.background());
    match background.and_then(|background| runner::started_by_hand(background, lab.workspace())) {
        Some(_) => (PartState::Running, format!("{}, started by hand", answers(part.port))),
        None => (PartState::Absent, "does not run".to_owned()),
    }
}

fn container(engine: Option<&Engine>, part: &Part) -> (PartState, String) {
    let Some(engine) = engine else {
        return (PartState::Absent, "this machine has no container engine that runs".to_owned());
    };
    match engine.container(&part.name) {
        Ok(Some(found)) if found.running => (PartState::Running, answers(part.port)),
        Ok(Some(found)) => (PartState::Ended, format!("has ended with status {}", found.exit_status)),
        Ok(None) => (PartState::Absent, "there is no container of this name".to_owned()),
        Err(error) => (PartState::Ended, format!("not known: {error}")),
    }
}

/// Starts a container of this workspace that has ended. This blocks.
///
/// # Errors
///
/// There is none, it is not this workspace's, or the engine refuses.
pub(crate) fn start_container(lab: &Lab, name: &str) -> Answer<()> {
    let options = lab.run_options();
    let engine = options.machine.engine.as_ref();
    let engine = engine.ok_or_else(|| Refusal::conflict("this machine has no container engine that runs"))?;
    let found = engine.container(name)?;
    let found = found.ok_or_else(|| {
        Refusal::conflict(format!("there is no container `{name}`")).help("run its block in the book again")
    })?;
    if found.owner != options.workspace.display().to_string() {
        return Err(Refusal::conflict(format!("the container `{name}` was not started by this lab"))
            .help(format!("`{} start {name}` starts it", engine.program().display())));
    }
    engine.start(name)?;
    lab.services.refresh();
    Ok(())
}

/// The end of what it has printed. This blocks.
///
/// # Errors
///
/// There is no such part, or what is known of it cannot be read.
pub(crate) fn log(lab: &Lab, id: &str) -> Answer<String> {
    let part = origin(lab, id).ok_or_else(|| Refusal::unknown("part of the book"))?;
    match part.kind {
        PartKind::Process => {
            let log = session::backgrounds()?.remove(&part.name).map(|background| background.log);
            Ok(log.and_then(|log| tail(&log).ok()).unwrap_or_default())
        }
        PartKind::Container => {
            let engine = lab.run_options().machine.engine;
            Ok(engine.map(|engine| engine.logs(&part.name)).unwrap_or_default())
        }
    }
}

/// The end of a log.
pub(crate) fn tail(log: &Path) -> std::io::Result<String> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG_BYTES_MAX)))?;
    let mut bytes = Vec::new();
    file.take(LOG_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
