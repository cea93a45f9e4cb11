//! Finds out what a machine has of what a tutorial needs, and with consent provides what is missing.
//!
//! [`survey()`] looks and changes nothing but our own tools folder, [`provide`] carries out the remedies that
//! a survey names, [`toolbox()`] turns a machine that has everything into a PATH and an environment, and
//! [`gather`] one that may lack something. A look tries things out (links a program, runs a container) rather
//! than asking whether they are installed.
//!
//! Only packages of the distribution (a container engine, a compiler, programs that a book lists) touch the system,
//! and only as root on Debian and Ubuntu; all else stays in [`Place::tools`]. Nothing here asks a question: consent is the caller's.

// rustfmt sorts each group, so the groups are such that the reading order is kept.

// What a machine is, and how it is asked.
mod ask;
mod host;
mod place;

// What is known of a need.
mod catalog;
mod finding;
mod report;

// Packages of the distribution.
mod apt;

// The container engine.
mod client;
mod elf;
mod probe;
mod trouble;

mod engine;

mod daemon;

// Prometheus and Alertmanager.
mod debian;
mod release;
mod wrapper;

mod record;
mod server;

// The other tools.
mod browser;
mod compiler;
mod environment;
mod mdbook;
mod node;
mod program;

// All of them.
mod survey;

mod toolbox;

pub use client::{EngineKind, InstalledEngine};
pub use finding::{Finding, Need, OnProgress, Remedy, State};
pub use host::Host;
pub use place::Place;
pub use report::lacking;
pub use survey::{provide, provide_on, survey, survey_on};
pub use toolbox::{Toolbox, gather, gather_on, toolbox, toolbox_on};
