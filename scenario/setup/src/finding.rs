//! What is known of one need: that it is met, or what is missing and what can be done about it.
//!
//! Data only: how it is found out is in the module of each need.

use crate::catalog::{ALERTMANAGER, PROMETHEUS, Server};

/// What a tutorial may need of a machine, in the order in which it is provided. mdBook, Node.js and a browser are needed
/// to build this project's own book and lab, and by its tests; no tutorial's commands need them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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
    /// `promtool`, which comes with Prometheus.
    Promtool,
    /// Alertmanager.
    Alertmanager,
    /// `amtool`, which comes with Alertmanager.
    Amtool,
    /// mdBook 0.5, to read the book in a browser.
    Mdbook,
    /// Node.js with npm, to build the lab's page.
    Node,
    /// Chromium or Chrome, for the lab's tests in a browser.
    Browser,
    /// A program by its name, which the book itself lists.
    Program(String),
}

impl Need {
    /// How a list names it.
    pub fn name(&self) -> &str {
        match self {
            Need::Platform => "system",
            Need::Linker => "C linker",
            Need::StaticLibc => "static libc",
            Need::Curl => "curl",
            Need::ContainerEngine => "container engine",
            Need::Prometheus => PROMETHEUS.title,
            Need::Promtool => PROMETHEUS.companion,
            Need::Alertmanager => ALERTMANAGER.title,
            Need::Amtool => ALERTMANAGER.companion,
            Need::Mdbook => "mdBook",
            Need::Node => "Node.js",
            Need::Browser => "browser",
            Need::Program(name) => name,
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
    pub(crate) kind: RemedyKind,
}

/// Receives what is reported while something is being provided: one line at a time, without its end.
pub type OnProgress<'a> = &'a mut dyn FnMut(&str);

/// Which remedy it is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RemedyKind {
    Install(&'static [&'static str]),
    Engine,
    Server(&'static Server),
    /// Only what comes with the server.
    Companion(&'static Server),
    Mdbook,
}

/// A need that is not met, before it is known to be one finding of several.
#[derive(Debug)]
pub(crate) struct Unmet {
    pub(crate) found: String,
    pub(crate) remedy: Option<Remedy>,
    pub(crate) help: String,
}

/// What a look at one need brings. An `Error` in its place means that we could not look.
#[derive(Debug)]
pub(crate) enum Look<T> {
    Present(T),
    Missing(Unmet),
}

impl<T> Look<T> {
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Look<U> {
        match self {
            Look::Present(found) => Look::Present(change(found)),
            Look::Missing(missing) => Look::Missing(missing),
        }
    }
}

impl<T> From<std::result::Result<T, Unmet>> for Look<T> {
    fn from(looked: std::result::Result<T, Unmet>) -> Look<T> {
        match looked {
            Ok(found) => Look::Present(found),
            Err(missing) => Look::Missing(missing),
        }
    }
}
