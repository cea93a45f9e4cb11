//! A local web lab for a tutorial: the book on the left; an editor, terminals and the book's services on the right.
//!
//! It is one page and one server, for one person on one machine. The buttons of a block do what the runner does with
//! that block: `scenario-core` parses it, edits by it and checks by it. A request names a block, a step or a terminal,
//! or a path of the workspace; never a command.

// The modules are in reading order, and each imports only modules above it. rustfmt sorts each group, so the groups
// are such that this order is kept.

// What all others use.
mod digest;
mod limits;
mod refusal;
mod settings;
mod sync;

// What pages are sent, and how.
mod answer;
mod parts;
mod place;
mod problem;
mod trust;

mod message;

mod hub;

mod door;
mod problems;

// What a lab is made of: each part can do without the others.
pub mod command;
mod finding;
mod keys;
mod listing;
mod page;
pub mod pages;
mod recent;
mod search;

mod catalog;
mod files;
mod find;

mod book;
mod learner;
mod services;

mod start;

mod terminal;
mod terminals;
mod view;

mod kept;

mod edit;
mod machine;
mod undo;
pub mod work;

mod job;

// The lab itself.
mod lab;

// What is done with a lab.
mod backgrounds;
mod checks;
mod format;
mod lines;
mod run;
mod running;

mod after_save;

mod supervise;

mod watch;

// The requests to it, and the program around it.
mod routes;
mod serve;

mod chooser;

pub use catalog::Chosen;
pub use chooser::Chooser;
pub use lab::Lab;
pub use page::BuiltPage;
pub use serve::Server;
pub use settings::Settings;
pub use start::Start;
