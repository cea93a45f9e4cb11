//! The tests of `scenario-core`: one binary, one module for each feature.
//!
//! Expectations are whole texts, as a person reads them. After a wanted change, `SNAPSHOTS=overwrite cargo
//! test -p scenario-core` writes them anew; then read the difference.

mod examples;
mod playground;
mod scenario_test;
mod server;

mod attributes;
mod bad_input;
mod checks;
mod commands;
mod console;
mod edit;
mod events;
mod fence;
mod lab;
mod readme;
mod reports;
mod second_book;
#[cfg(test)]
mod setup;
mod sizes;
mod stop;
mod summary;
mod verify;
mod workspace;
mod writing;
