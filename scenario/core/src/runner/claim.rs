//! For commands that are typed instead of run: claims the world for a workspace, and gives a terminal the environment of
//! the runner's commands.
//!
//! The lock and the record are those of `step`, so the next step finds what was started by hand as if it had started it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::container::Labels;
use crate::error::{PathContext, Result};
use crate::runner::environment::environment;
use crate::runner::run::RunOptions;
use crate::runner::step::require_own_world;
use crate::session::Session;
use crate::workspace::Workspace;

/// Claims the world for this workspace, for a caller that lets commands be typed. Returns the folder that must be the first
/// on their PATH: what is started through it belongs to this workspace. `name` is that of the caller: the folder is below
/// it, and containers are labelled with it. They do not end with a run.
///
/// # Errors
///
/// Another run is in progress, or another workspace is active.
pub fn claim(options: &RunOptions, name: &str) -> Result<PathBuf> {
    let engine = options.machine.engine.as_ref();
    let mut session = Session::open(&options.command, &options.exe, engine)?;
    let claimed = require_own_world(&session, options).and_then(|()| {
        let workspace = Workspace::open(&options.workspace)?;
        let owner = workspace.root().display().to_string();
        session.record.owner = Some(owner.clone());
        // Not the folder that runs use: each run writes its own label there, and an interrupted run ends what has it.
        let shims = workspace.state_path(&format!("{name}/docker"))?.with_file_name("");
        // It will be the first on PATH, and the workspace may have come with programs in it.
        std::fs::remove_dir_all(&shims)
            .and_then(|()| std::fs::create_dir(&shims))
            .on_path("empty", &shims)?;
        if let Some(engine) = engine {
            let labels = Labels { owner: &owner, state: &session.state(), session: name };
            engine.write_shims(&shims, &labels, None)?;
        }
        Ok(shims)
    });
    session.keep()?;
    claimed
}

/// The environment of a terminal in which commands are typed: what the book's commands get, with the folder of
/// [`claim`].
///
/// # Errors
///
/// The workspace cannot be opened, or a folder's name cannot be on a PATH.
pub fn terminal_env(options: &RunOptions, shims: &Path) -> Result<Vec<(OsString, Option<OsString>)>> {
    let mut env = environment(&Workspace::open(&options.workspace)?, &options.machine, shims.to_owned())?;
    // No run is around it: what is typed, such as `down`, is about the world of this workspace.
    env.retain(|(name, _)| name != "SCENARIO_STATE");
    Ok(env)
}
