//! Whether this machine has what the book needs, and whether its ports are free.

use std::collections::BTreeSet;

use scenario_cli as cli;
use scenario_core::error::Result;
use scenario_core::model::Scenario;
use scenario_core::ports::{self, Holder};
use scenario_core::process::Command;
use scenario_core::runner::{self, Machine, RunOptions};
use scenario_core::session;
use scenario_core::world::World;
use scenario_setup::{self as setup, Finding, Place, State as Found};

use crate::message::{Preflight, PreflightItem, Presence};
use crate::settings::Settings;
use crate::terminal::ShellSettings;

/// What a machine has.
#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) machine: Machine,
    pub(crate) shells: ShellSettings,
    pub(crate) preflight: Preflight,
}

/// Looks at the machine, and claims its world for this workspace.
///
/// # Errors
///
/// Another workspace's world is live, or a folder cannot be used. A tool that is missing is reported in the survey.
pub(crate) fn survey(settings: &Settings, scenario: &Scenario) -> Result<Survey> {
    let place = Place { tools: settings.front.tools.clone() };
    let (toolbox, findings) = setup::gather(&cli::needs(scenario)?, &place)?;
    let tools = toolbox.path.clone();
    let machine = cli::machine(toolbox);
    let options = settings.run_options(machine.clone());
    let shims = runner::claim(&options, "lab")?;
    let shells = ShellSettings {
        env: runner::terminal_env(&options, &shims)?,
        rc: shims.join("bashrc"),
        exe: settings.exe.clone(),
        path: std::iter::once(shims).chain(tools).collect(),
        workspace: settings.front.workspace.clone(),
    };
    let preflight = preflight(&findings, scenario, &options);
    Ok(Survey { machine, shells, preflight })
}

fn preflight(findings: &[Finding], scenario: &Scenario, options: &RunOptions) -> Preflight {
    let fixable = |finding: &Finding| matches!(&finding.state, Found::Missing { remedy: Some(_), .. });
    let mut items = vec![rust()];
    items.extend(findings.iter().map(item));
    items.extend(ports_of(scenario).into_iter().map(|port| port_item(port, options)));
    Preflight { looking: false, fixable: findings.iter().any(fixable), items }
}

fn item(finding: &Finding) -> PreflightItem {
    let name = finding.need.name().to_owned();
    match &finding.state {
        Found::Present { detail } => present(name, detail.clone()),
        Found::Missing { found, remedy, help } => PreflightItem {
            name,
            state: Presence::Missing,
            detail: found.clone(),
            fix: remedy.as_ref().map(|remedy| format!("{} ({})", remedy.what, remedy.size)),
            help: help.clone(),
        },
    }
}

fn present(name: String, detail: String) -> PreflightItem {
    PreflightItem { name, state: Presence::Present, detail, fix: None, help: String::new() }
}

/// The toolchain. It was there when this program was built, and need not be on the PATH of the learner's shells.
fn rust() -> PreflightItem {
    let name = "Rust".to_owned();
    match Command::new(["cargo", "--version"]).run() {
        Ok(finished) if finished.success() => present(name, finished.stdout.trim().to_owned()),
        _ => PreflightItem {
            name,
            state: Presence::Missing,
            detail: "no `cargo` on PATH".to_owned(),
            fix: None,
            help: "install Rust with rustup, or add its folder to PATH, then start the lab again".to_owned(),
        },
    }
}

/// All ports that the book's services listen on.
fn ports_of(scenario: &Scenario) -> BTreeSet<u16> {
    let worlds = (1..=scenario.steps.len()).map(|number| World::at(scenario, number));
    let ports = worlds.flat_map(|world| {
        let made = world.containers.into_values().chain(world.backgrounds.into_values());
        made.filter_map(|made| made.port).collect::<Vec<_>>()
    });
    ports.collect()
}

fn port_item(port: u16, options: &RunOptions) -> PreflightItem {
    let name = format!("port {port}");
    match ports::holder(port) {
        None => present(name, "free".to_owned()),
        Some(holder) if is_ours(&holder, options) => {
            present(name, format!("in use by this workspace: {holder}"))
        }
        Some(holder) => PreflightItem {
            name,
            state: Presence::Taken,
            detail: format!("held by {holder}"),
            fix: None,
            help: "stop that program: the book's services need this port".to_owned(),
        },
    }
}

/// Whether a port is held by what this workspace has started.
fn is_ours(holder: &Holder, options: &RunOptions) -> bool {
    let Some(process) = &holder.process else { return false };
    let by_hand = || {
        let workspace = options.workspace.canonicalize().ok();
        workspace.is_some() && process.dir.as_ref() == workspace.as_ref()
    };
    let recorded = || session::backgrounds().unwrap_or_default();
    let background = || recorded().values().any(|background| background.tree.pid == process.pid);
    let container = || {
        let engine = options.machine.engine.as_ref()?;
        let ours = engine.labelled_containers(scenario_core::container::OWNER_LABEL).ok()?;
        let pid = |name: &str| engine.container(name).ok().flatten().map(|container| container.pid);
        Some(ours.iter().any(|(_, name)| pid(name) == Some(process.pid)))
    };
    by_hand() || background() || container().unwrap_or_default()
}
