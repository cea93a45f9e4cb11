//! Finds out what a machine has of what a tutorial needs, and with consent provides what is missing.
//!
//! [`survey`] looks and changes nothing but our own tools folder, [`provide`] carries out the remedies that
//! a survey names, [`toolbox`] turns a machine that has everything into a PATH and an environment, and
//! [`gather`] one that may lack something. A look tries things out (links a program, runs a container) rather
//! than asking whether they are installed.
//!
//! Only the packages of a container engine, a compiler or curl touch the system, and only as root on Debian
//! and Ubuntu; all else stays in [`Place::tools`]. Nothing here asks a question: consent is the caller's.

mod apt;
mod ask;
mod browser;
mod compiler;
mod daemon;
mod debian;
mod elf;
mod engine;
mod host;
mod mdbook;
mod node;
mod place;
mod probe;
mod prometheus;
mod release;
mod report;
mod toolbox;
mod trouble;
mod wrapper;

pub use engine::{Engine, EngineKind};
pub use host::Host;
pub use place::Place;
pub use report::lacking;
pub use toolbox::{Toolbox, gather, gather_on, toolbox, toolbox_on};

use ask::{ask, attempt, explain, first_line};
use place::create_folder;
use scenario_core::error::{Error, Result};

/// What a tutorial may need of a machine, in the order in which it is provided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// A system we run on. It is always looked at, asked for or not, and only reported when it fails.
    Platform,
    /// `cc`, which Rust links with.
    Linker,
    /// `libc.a`, for a binary that runs in an image `FROM scratch`.
    StaticLibc,
    /// `curl`, with which the reader looks at the service, and we download.
    Curl,
    /// docker or podman, able to run a container.
    ContainerEngine,
    /// The Prometheus server.
    Prometheus,
    /// mdBook 0.5, to read the book in a browser.
    Mdbook,
    /// Node.js with npm, to build the lab's page.
    Node,
    /// Chromium or Chrome, for the lab's tests in a browser.
    Browser,
}

impl Need {
    /// How a list names it.
    pub fn name(self) -> &'static str {
        match self {
            Need::Platform => "system",
            Need::Linker => "C linker",
            Need::StaticLibc => "static libc",
            Need::Curl => "curl",
            Need::ContainerEngine => "container engine",
            Need::Prometheus => "Prometheus",
            Need::Mdbook => "mdBook",
            Need::Node => "Node.js",
            Need::Browser => "browser",
        }
    }
}

/// What a look at one need found.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What was looked for.
    pub need: Need,
    /// What is there.
    pub state: State,
}

/// Whether a need is met.
#[derive(Debug, Clone)]
pub enum State {
    /// It is there and works.
    Present {
        /// Which one, such as `docker 20.10.24 (ran a container)`.
        detail: String,
    },
    /// It is not there, or does not work.
    Missing {
        /// What was tried and found; may have several lines.
        found: String,
        /// What [`provide`] would do about it, where it can.
        remedy: Option<Remedy>,
        /// What to do by hand.
        help: String,
    },
}

/// Something [`provide`] does.
#[derive(Debug, Clone)]
pub struct Remedy {
    /// What is done, such as `apt-get install docker.io and start dockerd`.
    pub what: String,
    /// How much is fetched, or how long it takes.
    pub size: String,
    action: Action,
}

/// What is told while something is being provided: a line at a time, without an end of line.
pub type Progress<'a> = &'a mut dyn FnMut(&str);

#[derive(Debug, Clone, Copy)]
enum Action {
    Install(&'static [&'static str]),
    Engine,
    Prometheus,
    Mdbook,
}

/// A need that is not met, before it is known to be one finding of several.
#[derive(Debug)]
struct Missing {
    found: String,
    remedy: Option<Remedy>,
    help: String,
}

/// What a look brings: the thing, or why it is missing. An `Error` around it means we could not look.
type Look<T> = std::result::Result<T, Missing>;

/// Something that is there.
#[derive(Debug)]
enum Found {
    Plain(String),
    Engine(Engine),
    Prometheus(prometheus::Server),
    Browser(browser::Browser),
}

/// Looks at this machine for `needs`, and installs nothing.
pub fn survey(needs: &[Need], place: &Place) -> Vec<Finding> {
    survey_on(&Host::current(), needs, place)
}

/// Like [`survey`], for a machine described by the caller.
pub fn survey_on(host: &Host, needs: &[Need], place: &Place) -> Vec<Finding> {
    let place = place.absolute();
    let finding = |need| Finding { need, state: state(look(host, &place, need)) };
    listed(host, needs).into_iter().map(finding).collect()
}

/// Provides what `needs` lack on this machine, and looks again. What is there already is not fetched anew,
/// so a second run needs no network. What has no remedy stays missing in the findings.
pub fn provide(needs: &[Need], place: &Place, progress: Progress<'_>) -> Result<Vec<Finding>> {
    provide_on(&Host::current(), needs, place, progress)
}

/// Like [`provide`], for a machine described by the caller.
pub fn provide_on(
    host: &Host,
    needs: &[Need],
    place: &Place,
    progress: Progress<'_>,
) -> Result<Vec<Finding>> {
    let place = place.absolute();
    let mut findings = Vec::new();
    for need in listed(host, needs) {
        let mut found = look(host, &place, need)?;
        if let Err(Missing { found: why, remedy: Some(remedy), .. }) = &found {
            progress(&format!("{} is missing ({})", need.name(), first_line(why)));
            progress(&format!("{} ({})", remedy.what, remedy.size));
            carry_out(host, &place, remedy.action, progress)?;
            found = look(host, &place, need)?;
        }
        findings.push(Finding { need, state: state(Ok(found)) });
    }
    Ok(findings)
}

/// The needs to look at: each once, in order, and no others on a system we do not run on.
fn listed(host: &Host, needs: &[Need]) -> Vec<Need> {
    if host.platform().is_err() {
        return vec![Need::Platform];
    }
    let mut needs = needs.to_vec();
    needs.sort_unstable();
    needs.dedup();
    needs
}

fn look(host: &Host, place: &Place, need: Need) -> Result<Look<Found>> {
    Ok(match need {
        Need::Platform => platform(host).map(Found::Plain),
        Need::Linker => compiler::look_for_linker(host, place)?.map(Found::Plain),
        Need::StaticLibc => compiler::look_for_static_libc(host, place)?.map(Found::Plain),
        Need::Curl => compiler::look_for_curl(host)?.map(Found::Plain),
        Need::ContainerEngine => engine::look_for_engine(host, place)?.map(Found::Engine),
        Need::Prometheus => prometheus::look_for_prometheus(host, place)?.map(Found::Prometheus),
        Need::Mdbook => mdbook::look_for_mdbook(host, place)?.map(Found::Plain),
        Need::Node => node::look_for_node(host)?.map(Found::Plain),
        Need::Browser => browser::look_for_browser(host)?.map(Found::Browser),
    })
}

fn carry_out(host: &Host, place: &Place, action: Action, progress: Progress<'_>) -> Result<()> {
    match action {
        Action::Install(packages) => {
            let apt = apt::Apt::of(host, place).ok_or_else(|| Error::new("no `apt-get` on PATH"))?;
            apt.install(packages, progress)
        }
        Action::Engine => daemon::provide(host, place, progress),
        Action::Prometheus => prometheus::provide(host, place, progress),
        Action::Mdbook => mdbook::provide(host, place, progress),
    }
}

fn platform(host: &Host) -> Look<String> {
    let help = "use Linux on x86_64 or aarch64; WSL 2 and a virtual machine are fine".to_owned();
    match host.platform() {
        Ok(platform) => Ok(platform.to_owned()),
        Err(found) => Err(Missing { found, remedy: None, help }),
    }
}

fn state(looked: Result<Look<Found>>) -> State {
    match looked {
        Ok(Ok(found)) => State::Present { detail: found.detail() },
        Ok(Err(Missing { found, remedy, help })) => State::Missing { found, remedy, help },
        Err(error) => State::Missing {
            found: error.to_string(),
            remedy: None,
            help: error.help().unwrap_or("mend this, then run the same command again").to_owned(),
        },
    }
}

impl Found {
    fn detail(&self) -> String {
        match self {
            Found::Plain(detail) => detail.clone(),
            Found::Engine(engine) => format!("{} {} (ran a container)", engine.kind.name(), engine.version),
            Found::Prometheus(server) => format!("{} ({})", server.version, server.program.display()),
            Found::Browser(browser) => format!("{} ({})", browser.version, browser.program.display()),
        }
    }
}
