//! Whether this machine has what the book needs: looked at before anything else, and by a button.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use scenario_cli as cli;
use scenario_core::error::Result;
use scenario_core::model::Scenario;
use scenario_core::ports::{self, Holder};
use scenario_core::process::Command;
use scenario_core::runner::{self, Machine};
use scenario_core::session;
use scenario_core::world::World;
use scenario_setup::{self as setup, Finding, Place, State as Found};

use crate::blocks::Nothing;
use crate::lab::{Lab, Settings, locked, waiting};
use crate::message::{Message, Preflight, PreflightItem, Presence};
use crate::refusal::Answer;
use crate::terminal;
use crate::work::Task;

/// What a look at the machine brings.
pub(crate) struct Looked {
    pub(crate) machine: Machine,
    pub(crate) shells: terminal::Settings,
    pub(crate) preflight: Preflight,
}

/// Looks at the machine, and makes the world this workspace's.
///
/// # Errors
///
/// Another workspace's world is live, or a folder cannot be used. What is missing is no error.
pub(crate) fn look(settings: &Settings, scenario: &Scenario) -> Result<Looked> {
    let place = Place { tools: settings.front.tools.clone() };
    let (toolbox, findings) = setup::gather(&cli::needs(&settings.front)?, &place)?;
    let tools = toolbox.path.clone();
    let machine = cli::machine(toolbox);
    let options = runner::RunOptions {
        workspace: settings.front.workspace.clone(),
        machine: machine.clone(),
        command: format!("{} serve", settings.front.name),
        exe: settings.exe.clone(),
        front: settings.front.name.clone(),
    };
    let shims = runner::claim(&options, "lab")?;
    let shells = terminal::Settings {
        env: runner::terminal_env(&options, &shims)?,
        rc: shims.join("bashrc"),
        exe: settings.exe.clone(),
        path: std::iter::once(shims).chain(tools).collect(),
        workspace: settings.front.workspace.clone(),
    };
    let preflight = preflight(&findings, scenario, &options);
    Ok(Looked { machine, shells, preflight })
}

fn preflight(findings: &[Finding], scenario: &Scenario, options: &runner::RunOptions) -> Preflight {
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
pub(crate) fn ports_of(scenario: &Scenario) -> BTreeSet<u16> {
    let worlds = (1..=scenario.steps.len()).map(|number| World::at(scenario, number));
    let ports = worlds.flat_map(|world| {
        let made = world.containers.into_values().chain(world.backgrounds.into_values());
        made.filter_map(|made| made.port).collect::<Vec<_>>()
    });
    ports.collect()
}

fn port_item(port: u16, options: &runner::RunOptions) -> PreflightItem {
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
fn is_ours(holder: &Holder, options: &runner::RunOptions) -> bool {
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

/// `POST /api/preflight/look`
pub(crate) async fn look_again(
    State(lab): State<Arc<Lab>>,
    Json(Nothing {}): Json<Nothing>,
) -> Answer<StatusCode> {
    lab.jobs.none_runs()?;
    let preflight = {
        let mut preflight = locked(&lab.preflight);
        preflight.looking = true;
        preflight.clone()
    };
    lab.hub.tell(&Message::Preflight { preflight });
    tokio::spawn(async move {
        let worker = Arc::clone(&lab);
        let _ = waiting(move || worker.look_at_machine()).await;
    });
    Ok(StatusCode::ACCEPTED)
}

/// `POST /api/preflight/provide`
pub(crate) async fn provide(
    State(lab): State<Arc<Lab>>,
    Json(Nothing {}): Json<Nothing>,
) -> Answer<StatusCode> {
    lab.start_job(Task::Provide)?;
    Ok(StatusCode::ACCEPTED)
}

impl Lab {
    /// Looks at the machine again. This waits.
    pub(crate) fn look_at_machine(&self) {
        let looked = look(&self.settings, &self.book().plan.scenario);
        let preflight = {
            let mut preflight = locked(&self.preflight);
            preflight.looking = false;
            if let Ok(looked) = looked {
                self.set_machine(looked.machine, looked.shells);
                *preflight = looked.preflight;
            }
            preflight.clone()
        };
        self.hub.tell(&Message::Preflight { preflight });
    }
}
