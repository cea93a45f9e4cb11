//! What the front doors ask of the machine: its tools, its container engine, and folders of our own.

use std::io::Write;
use std::path::PathBuf;

use crate::flags::Front;
use crate::needs::needs_up_to;
use scenario_core::container::Engine;
use scenario_core::error::{Error, Result};
use scenario_core::model::Scenario;
use scenario_core::runner::Machine;
use scenario_setup::{self as setup, Need, Place, Toolbox};

/// What the machine provides; with `yes`, what it lacks is provided first.
///
/// # Errors
///
/// A list of all that is missing, and what would be done about each.
pub fn toolbox(front: &Front, needs: &[Need], yes: bool) -> Result<Toolbox> {
    let place = Place { tools: front.tools.clone() };
    match setup::toolbox(needs, &place) {
        Err(error) if yes && !error.is_interrupted() => {
            setup::provide(needs, &place, &mut say)?;
            setup::toolbox(needs, &place)
        }
        looked => looked,
    }
}

/// The error of a machine that lacks Node.js, which builds the page of the lab, with the other way to have the page.
pub fn without_node(error: Error) -> Error {
    if error.is_interrupted() {
        return error;
    }
    let help = error.help().unwrap_or_default();
    let help = format!(
        "{help}\nor bring the page from a machine that has Node.js: `cargo xtask page` builds `target/lab/page` there;\n\
         copy that folder here, to the same path, or name it in SCENARIO_PAGE"
    );
    error.with_help(help)
}

/// What a toolbox provides to the commands of a book.
pub fn machine(toolbox: Toolbox) -> Machine {
    let engine = toolbox.engine.map(|engine| Engine::new(&engine.program, toolbox.env.clone()));
    Machine { path: toolbox.path, env: toolbox.env, engine }
}

/// The container engine for commands that only inspect or clean up. `None` if there is none: then nothing of the book can
/// run in a container.
pub(super) fn engine_if_there(front: &Front) -> Option<Engine> {
    let toolbox = setup::toolbox(&[Need::ContainerEngine], &Place { tools: front.tools.clone() }).ok()?;
    machine(toolbox).engine
}

/// What is there of all that a book needs up to a step, and the container engine.
pub(super) fn machine_if_there(front: &Front, scenario: &Scenario, last: usize) -> Result<Machine> {
    let mut needs = needs_up_to(scenario, last)?;
    needs.push(Need::ContainerEngine);
    let (toolbox, _) = setup::gather(&needs, &Place { tools: front.tools.clone() })?;
    Ok(machine(toolbox))
}

pub(super) fn say(line: &str) {
    let _ = writeln!(anstream::stderr().lock(), "  {line}");
}

/// A folder of our own outside every repository: below one, cargo would look for that repository's manifest.
pub(super) fn verify_workspace(scenario: &Scenario) -> PathBuf {
    let words: Vec<String> =
        scenario.title.to_lowercase().split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
    cache_dir().join("verify").join(words.join("-"))
}

/// The folder of the tools: `SCENARIO_TOOLS` if that is set, else `default`.
pub fn tools_dir(default: PathBuf) -> PathBuf {
    var("SCENARIO_TOOLS").unwrap_or(default)
}

/// Our folder among the user's caches.
pub fn cache_dir() -> PathBuf {
    let cache = var("XDG_CACHE_HOME").or_else(|| var("HOME").map(|home| home.join(".cache")));
    cache.unwrap_or_else(std::env::temp_dir).join("scenario")
}

fn var(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
