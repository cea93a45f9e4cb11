//! Runs a tutorial that is written in Markdown: its file edits, its commands and its checks.
//!
//! A run is parse → plan → events → report. The Markdown of the book is the only source: what a reader sees,
//! what `step` does and what `verify` proves is the same parsed block. This crate knows the format and how to
//! carry it out. It does not render pages (`mdbook-scenario` does), and it names no particular book.
//!
//! # Layout
//!
//! In reading order, lowest first: a module imports only modules above it in this list. `xtask/src/tidy.rs`
//! lists which module imports which, and fails on an import that is not in the list.
//!
//! - `digest`: short names for long texts.
//! - [`shell`]: command lines for a person to paste.
//! - [`problem`]: everything that can be wrong with a page: code, message, advice, explanation.
//! - [`source`]: the text of the pages, and places in it.
//! - [`disk`]: replaces a file, whole or not at all.
//! - [`excerpt`]: draws places of the pages.
//! - [`diagnostic`]: a mistake in a page: a problem, its places, its help.
//! - [`error`]: the one error type: what could not be done, why, and what to do next.
//! - [`model`]: the tutorial as data: scenario, step, block, command, check.
//! - [`parse`]: Markdown to model and diagnostics. Starts at `parse::parse`.
//! - [`edit`]: one file edit on one text.
//! - [`files`]: the files at any point of the book, a fold of the edits.
//! - [`transcript`]: what was printed against what the page shows.
//! - [`world`]: the containers and processes at any point of the book, a fold of the commands.
//! - [`process`]: the only door to child processes; signals and deadlines.
//! - [`failure`]: what a check found, and why an action failed, as values.
//! - `config`: what book.toml says.
//! - `fence`: a fence that is long enough for what is written into its block.
//! - [`include`]: what `{{#include}}` brings to a page.
//! - [`page_edit`]: several edits of pages at once.
//! - [`book`]: reads a book from disk. Starts at [`book::Book::load`].
//! - [`adopt`]: leads changes of files back to the pages.
//! - [`ports`]: which process listens on a port.
//! - `clear`: empties a folder.
//! - `compare`: how files of a workspace differ from what they should be.
//! - `confine`: where in the workspace a file of the book may be written.
//! - `lock`: a file that one run at a time holds.
//! - `stamp`: whether a file is as before, without reading it.
//! - `mode_and_time`: modes and times of files and folders.
//! - [`workspace`]: the learner's directory, and what we remember of it.
//! - [`snapshot`]: what commands have made, kept at the end of each step and put back.
//! - [`check`]: one check to one outcome: HTTP, targets, PromQL.
//! - [`plan`]: the actions of a step, in order.
//! - [`claims`]: inline code in prose, and what of the book backs it.
//! - [`mutant`]: small changes of a chapter that its proof should notice.
//! - [`container`]: docker or podman by its command line; labels.
//! - `creations`: the containers that an engine was asked for and may list only later.
//! - `swarm`: the services that pages start, and the swarm where a page has begun it.
//! - [`state`]: the folder for what outlives a run.
//! - [`watchdog`]: clears away after a run that was killed.
//! - [`session`]: one world at a time: the lock, the record, the clearing away.
//! - [`trust`]: whether the user has agreed to what an imported book runs.
//! - [`event`]: all that can happen in a run, and its result.
//! - [`report`]: events to text: terminal, JSON, JUnit.
//! - [`runner`]: carries out the plan. Starts at [`runner::step`] and [`runner::verify`].
//! - [`bless`]: brings pages to what was printed and found.

// rustfmt sorts each group, so the groups are such that the reading order is kept.

// The parts of every message.
mod digest;
pub mod shell;

pub mod problem;
pub mod source;

pub mod disk;
pub mod excerpt;

pub mod diagnostic;
pub mod error;

// From Markdown to data.
pub mod model;
pub mod parse;

// What the data comes to. Pure, like everything above.
pub mod edit;
pub mod files;
pub mod transcript;
pub mod world;

// Child processes.
pub mod process;

// What was found, and why something failed.
pub mod failure;

// The book on disk.
mod config;
mod fence;
pub mod include;
pub mod page_edit;

pub mod book;

pub mod adopt;

// The machine. The book does not depend on it.
pub mod ports;

mod clear;
mod compare;
mod confine;
mod lock;
mod stamp;

mod mode_and_time;

pub mod workspace;

pub mod snapshot;

// Actions and checks.
pub mod check;
pub mod plan;

pub mod claims;

pub mod mutant;

// What runs because of us, and its end.
pub mod container;

mod creations;
mod swarm;

pub mod state;

pub mod watchdog;

pub mod session;
pub mod trust;

// A run, and its reports.
pub mod event;
pub mod report;
pub mod runner;

// What a run has shown, written to the pages.
pub mod bless;
