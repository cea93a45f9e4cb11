//! What the lab asks for beside whole steps: the beginning of one, one process of it, and the world as its own.
//!
//! Lock, record and ownership are those of `step`, so that what is done here is found by the next step as if
//! it had done it itself.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::container::Labels;
use crate::error::{Context, Error, Result};
use crate::event::{Note, RunResult};
use crate::files::Files;
use crate::model::{BackgroundCommand, Scenario};
use crate::plan::{Action, Plan};
use crate::ports;
use crate::runner::record::Sink;
use crate::runner::run::{Run, RunOptions, environment, verdict};
use crate::runner::step::{in_world, require_own_world, require_step, step};
use crate::session::Session;
use crate::workspace::Workspace;
use crate::world::World;

/// The session that what a learner types belongs to: it never ends by itself.
const LAB: &str = "lab";

/// Brings files and world to the beginning of step `number`: to the end of the step before it, or to nothing.
///
/// # Errors
///
/// As those of [`step`].
pub fn begin(scenario: &Scenario, number: usize, options: &RunOptions, sink: Sink<'_>) -> Result<RunResult> {
    require_step(scenario, number)?;
    match number {
        1 => in_world(scenario, options, sink, |run| run.converge_to_nothing()),
        _ => step(scenario, number - 1, options, sink),
    }
}

/// Starts the background process of one block, by the id of the block or of its command, with the files as
/// they are, and leaves it running.
///
/// # Errors
///
/// As those of [`step`]; there is no such block.
pub fn start(scenario: &Scenario, id: &str, options: &RunOptions, sink: Sink<'_>) -> Result<RunResult> {
    let plan = Plan::new(scenario);
    let mut actions =
        plan.steps.iter().flat_map(|step| step.actions.iter().map(move |action| (step, action)));
    let found = actions.find_map(|(step, action)| match &action.action {
        Action::Background(background) if action.id == id || action.block.as_deref() == Some(id) => {
            Some((step, action, background))
        }
        _ => None,
    });
    let Some((step, action, background)) = found else {
        return Err(Error::usage(format!("no block `{id}` of the book starts a process that keeps running"))
            .with_help("a block that was changed has another id: read the page again"));
    };
    in_world(scenario, options, sink, |mut run| {
        let ticket = run.record.begin(step, action);
        let verdict = verdict(run.background(background, action))?;
        run.record.finish(ticket, verdict);
        Ok(run.record.into_result())
    })
}

/// Ends a background process of the book by its name; one that does not run is fine.
///
/// # Errors
///
/// The book has no process of that name, or the one that runs was not started by us.
pub fn stop(scenario: &Scenario, name: &str, options: &RunOptions) -> Result<()> {
    let Some(background) = backgrounds(scenario).find(|other| other.name == name) else {
        let names: Vec<&str> = backgrounds(scenario).map(|other| other.name.as_str()).collect();
        return Err(Error::usage(format!("the book starts no process `{name}`"))
            .with_help(format!("it starts: {}", names.join(", "))));
    };
    let mut session = Session::open(&options.command, &options.exe, options.machine.engine.as_ref())?;
    let ended = require_own_world(&session, options).and_then(|()| {
        let known = session.record.backgrounds.contains_key(name);
        session.end_background(name).map(|()| known)
    });
    session.keep()?;
    if ended? {
        return Ok(());
    }
    match background.ready.port().and_then(|port| ports::holder(port).map(|holder| (port, holder))) {
        None => Ok(()),
        Some((port, holder)) => Err(Error::port_taken(
            port,
            format!("`{name}` was not started here: port {port} is held by {holder}"),
        )
        .with_help("stop it where it was started")),
    }
}

/// Makes the world this workspace's, for a lab that is about to start. Returns the folder that must come first
/// on its learner's PATH: what is started by way of it belongs to this workspace.
///
/// # Errors
///
/// Another run is under way, or another workspace's world is live.
pub fn claim(options: &RunOptions) -> Result<PathBuf> {
    let engine = options.machine.engine.as_ref();
    let mut session = Session::open(&options.command, &options.exe, engine)?;
    let claimed = require_own_world(&session, options).and_then(|()| {
        let workspace = Workspace::open(&options.workspace)?;
        let owner = workspace.root().display().to_string();
        session.record.owner = Some(owner.clone());
        // Not the folder of the runs: each of those writes its own label there, and ends what bears it when it
        // is interrupted.
        let shims = workspace.own("lab/docker")?.with_file_name("");
        match engine {
            Some(engine) => {
                let labels = Labels { owner: &owner, state: &session.state(), session: LAB };
                engine.write_shims(&shims, &labels)?;
            }
            None => std::fs::remove_dir_all(&shims)
                .and_then(|()| std::fs::create_dir(&shims))
                .context(|| format!("empty `{}`", shims.display()))?,
        }
        Ok(shims)
    });
    session.keep()?;
    claimed
}

/// The environment of a learner's terminal: what the book's commands get, with the folder of [`claim`].
///
/// # Errors
///
/// The workspace cannot be opened, or a folder's name cannot be on a PATH.
pub fn terminal_env(options: &RunOptions, shims: &Path) -> Result<Vec<(OsString, Option<OsString>)>> {
    environment(&Workspace::open(&options.workspace)?, &options.machine, shims.to_owned())
}

/// Every command that keeps running.
fn backgrounds(scenario: &Scenario) -> impl Iterator<Item = &BackgroundCommand> {
    scenario.steps.iter().flat_map(|step| &step.blocks).filter_map(|block| block.kind.background())
}

impl Run<'_> {
    /// Ends all that is ours, and removes the files that the book has written. What tools have made of them
    /// stays, such as `target/`.
    fn converge_to_nothing(mut self) -> Result<RunResult> {
        self.end_what_is_over(&World::default(), &World::default())?;
        self.sync(&Files::default())?;
        self.workspace.memory.succeeded.clear();
        self.workspace.save()?;
        self.record.note(Note::NothingLeft);
        Ok(self.record.into_result())
    }
}
