//! Looks at each need of a list, and provides what is missing where it can be.

use scenario_core::error::{Error, Result};

use crate::ask::first_line;
use crate::catalog::{ALERTMANAGER, PROMETHEUS};
use crate::client::InstalledEngine;
use crate::finding::{Finding, Look, Need, OnProgress, RemedyKind, State, Unmet};
use crate::host::Host;
use crate::place::Place;
use crate::server::InstalledCompanion;
use crate::wrapper::InstalledServer;
use crate::{apt, browser, compiler, daemon, engine, mdbook, node, program, server};

/// Something that is there.
#[derive(Debug)]
pub(crate) enum Tool {
    Plain(String),
    Engine(InstalledEngine),
    Server(InstalledServer),
    Companion(InstalledCompanion),
    Browser(browser::Browser),
}

/// Looks at this machine for `needs`, and installs nothing.
pub fn survey(needs: &[Need], place: &Place) -> Vec<Finding> {
    survey_on(&Host::current(), needs, place)
}

/// Like [`survey`], for a machine described by the caller.
pub fn survey_on(host: &Host, needs: &[Need], place: &Place) -> Vec<Finding> {
    let place = place.absolute();
    let finding = |need| Finding { state: state(look(host, &place, &need)), need };
    listed(host, needs).into_iter().map(finding).collect()
}

/// Provides what `needs` lack on this machine, and looks again. What is there already is not fetched anew,
/// so a second run needs no network. What has no remedy stays missing in the findings.
pub fn provide(needs: &[Need], place: &Place, progress: OnProgress<'_>) -> Result<Vec<Finding>> {
    provide_on(&Host::current(), needs, place, progress)
}

/// Like [`provide`], for a machine described by the caller.
pub fn provide_on(
    host: &Host,
    needs: &[Need],
    place: &Place,
    progress: OnProgress<'_>,
) -> Result<Vec<Finding>> {
    let place = place.absolute();
    let mut findings = Vec::new();
    for need in listed(host, needs) {
        let mut found = look(host, &place, &need)?;
        if let Look::Missing(Unmet { found: why, remedy: Some(remedy), .. }) = &found {
            progress(&format!("{} is missing ({})", need.name(), first_line(why)));
            progress(&format!("{} ({})", remedy.what, remedy.size));
            carry_out(host, &place, remedy.kind, progress)?;
            found = look(host, &place, &need)?;
        }
        findings.push(Finding { need, state: state(Ok(found)) });
    }
    Ok(findings)
}

/// The needs to look at: each once, in order, and no others on a system we do not run on.
pub(crate) fn listed(host: &Host, needs: &[Need]) -> Vec<Need> {
    if host.platform().is_err() {
        return vec![Need::Platform];
    }
    let mut needs = needs.to_vec();
    needs.sort_unstable();
    needs.dedup();
    needs
}

pub(crate) fn look(host: &Host, place: &Place, need: &Need) -> Result<Look<Tool>> {
    Ok(match need {
        Need::Platform => platform(host).map(Tool::Plain),
        Need::Linker => compiler::look_for_linker(host, place)?.map(Tool::Plain),
        Need::StaticLibc => compiler::look_for_static_libc(host, place)?.map(Tool::Plain),
        Need::Curl => compiler::look_for_curl(host)?.map(Tool::Plain),
        Need::ContainerEngine => engine::look_for_engine(host, place)?.map(Tool::Engine),
        Need::Prometheus => server::look_for_server(host, place, &PROMETHEUS)?.map(Tool::Server),
        Need::Promtool => server::look_for_companion(host, place, &PROMETHEUS)?.map(Tool::Companion),
        Need::Alertmanager => server::look_for_server(host, place, &ALERTMANAGER)?.map(Tool::Server),
        Need::Amtool => server::look_for_companion(host, place, &ALERTMANAGER)?.map(Tool::Companion),
        Need::Mdbook => mdbook::look_for_mdbook(host, place)?.map(Tool::Plain),
        Need::Node => node::look_for_node(host)?.map(Tool::Plain),
        Need::Browser => browser::look_for_browser(host)?.map(Tool::Browser),
        Need::Program(name) => program::look_for_program(host, name)?.map(Tool::Plain),
    })
}

fn carry_out(host: &Host, place: &Place, kind: RemedyKind, progress: OnProgress<'_>) -> Result<()> {
    match kind {
        RemedyKind::Install(packages) => {
            let apt = apt::Apt::of(host, place).ok_or_else(|| Error::new("no `apt-get` on PATH"))?;
            apt.install(packages, progress)
        }
        RemedyKind::Engine => daemon::provide(host, place, progress),
        RemedyKind::Server(server) => server::provide(host, place, server, true, progress),
        RemedyKind::Companion(server) => server::provide(host, place, server, false, progress),
        RemedyKind::Mdbook => mdbook::provide(host, place, progress),
    }
}

fn platform(host: &Host) -> Look<String> {
    let help = "use Linux on x86_64 or aarch64; WSL 2 and a virtual machine are fine".to_owned();
    match host.platform() {
        Ok(platform) => Look::Present(platform.to_owned()),
        Err(found) => Look::Missing(Unmet { found, remedy: None, help }),
    }
}

pub(crate) fn state(looked: Result<Look<Tool>>) -> State {
    match looked {
        Ok(Look::Present(found)) => State::Present { detail: found.detail() },
        Ok(Look::Missing(Unmet { found, remedy, help })) => State::Missing { found, remedy, help },
        Err(error) => State::Missing {
            found: error.to_string(),
            remedy: None,
            help: error.help().unwrap_or("fix this, then try again").to_owned(),
        },
    }
}

impl Tool {
    fn detail(&self) -> String {
        match self {
            Tool::Plain(detail) => detail.clone(),
            Tool::Engine(engine) => format!("{} {} (ran a container)", engine.kind.name(), engine.version),
            Tool::Server(server) => format!("{} ({})", server.version, server.program.display()),
            Tool::Companion(program) => format!("{} ({})", program.version, program.program.display()),
            Tool::Browser(browser) => format!("{} ({})", browser.version, browser.program.display()),
        }
    }
}
