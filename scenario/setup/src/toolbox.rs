//! What the book's commands find on PATH and in their environment: of all that is needed, or of what is there.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use scenario_core::error::{Error, PathContext, Result};

use crate::client::{InstalledEngine, engine_env, needs_docker_link};
use crate::environment::removed_variables;
use crate::finding::{Finding, Look, Need};
use crate::host::Host;
use crate::place::{Place, create_folder};
use crate::survey::{Tool, listed, look, state};
use crate::{browser, report, server, wrapper};

/// PATH, environment and engine for the book's commands.
#[derive(Debug, Clone, Default)]
pub struct Toolbox {
    /// Folders to put ahead of PATH.
    pub path: Vec<PathBuf>,
    /// Variables to set, or with `None` to remove.
    pub env: Vec<(OsString, Option<OsString>)>,
    /// The container engine, if one was needed.
    pub engine: Option<InstalledEngine>,
}

impl Toolbox {
    /// The environment of a child process: `env`, and PATH with `path` ahead of the one we have.
    pub fn envs(&self) -> Vec<(OsString, Option<OsString>)> {
        let mut env = self.env.clone();
        let ours = self.path.iter().cloned();
        let rest = std::env::var_os("PATH").unwrap_or_default();
        // A folder with a colon in its name cannot be on a PATH; then the system's has to do.
        let path = std::env::join_paths(ours.chain(std::env::split_paths(&rest))).unwrap_or(rest);
        env.push(("PATH".into(), Some(path)));
        env
    }
}

/// Looks at this machine, and makes a toolbox of it or lists all that is missing.
pub fn toolbox(needs: &[Need], place: &Place) -> Result<Toolbox> {
    toolbox_on(&Host::current(), needs, place)
}

/// Like [`toolbox`], for a machine described by the caller.
pub fn toolbox_on(host: &Host, needs: &[Need], place: &Place) -> Result<Toolbox> {
    let (toolbox, findings) = gather_on(host, needs, place)?;
    report::lacking(&findings).map_or(Ok(toolbox), Err::<Toolbox, Error>)
}

/// Like [`toolbox`], but goes on where something is missing: returns what is there, and what was found for each
/// need.
pub fn gather(needs: &[Need], place: &Place) -> Result<(Toolbox, Vec<Finding>)> {
    gather_on(&Host::current(), needs, place)
}

/// Like [`gather`], for a machine described by the caller.
pub fn gather_on(host: &Host, needs: &[Need], place: &Place) -> Result<(Toolbox, Vec<Finding>)> {
    let place = place.absolute();
    let mut toolbox = Toolbox { path: vec![place.bin()], env: removed_variables(host), engine: None };
    let mut findings = Vec::new();
    for need in listed(host, needs) {
        let looked = match look(host, &place, &need) {
            Err(error) if error.is_interrupted() => return Err(error),
            looked => looked,
        };
        match &looked {
            Ok(Look::Present(Tool::Engine(engine))) => {
                toolbox.env.extend(engine_env(engine));
                link_docker(&place, engine)?;
                toolbox.engine = Some(engine.clone());
            }
            Ok(Look::Present(Tool::Server(installed))) => {
                wrapper::write(&place, installed)?;
                let companion = server::companion(host, &place, installed);
                link(&place, installed.server.companion, companion.as_deref())?;
            }
            Ok(Look::Present(Tool::Companion(companion))) => {
                link(&place, companion.name, Some(&companion.program))?;
            }
            Ok(Look::Present(Tool::Browser(browser))) => {
                toolbox.env.push((browser::VARIABLE.into(), Some(browser.program.clone().into())));
            }
            _ => {}
        }
        findings.push(Finding { need, state: state(looked) });
    }
    Ok((toolbox, findings))
}

/// Makes `docker` a link to podman where that is the engine, and removes the link otherwise.
fn link_docker(place: &Place, engine: &InstalledEngine) -> Result<()> {
    link(place, "docker", needs_docker_link(engine).then_some(engine.program.as_path()))
}

/// Makes a name in the tools folder a link to a program, or removes the link.
fn link(place: &Place, name: &str, wanted: Option<&Path>) -> Result<()> {
    let link = place.bin().join(name);
    let there = std::fs::read_link(&link).ok();
    if there.as_deref() == wanted {
        return Ok(());
    }
    if there.is_some() {
        std::fs::remove_file(&link).on_path("remove", &link)?;
    }
    wanted.map_or(Ok(()), |program: &Path| {
        create_folder(&place.bin())?;
        std::os::unix::fs::symlink(program, &link).on_path("link", &link)
    })
}
