//! The tests of `scenario-core`: one binary, one module for each feature.
//!
//! Expectations are whole texts, as a person reads them. After a wanted change, `SNAPSHOTS=overwrite cargo
//! test -p scenario-core` writes them again; then read the difference.

mod examples;
mod forms;
mod scenario_test;

mod adopt;
mod attributes;
mod block;
mod checks;
mod claims;
mod closing;
mod console;
mod edit;
mod events;
mod exercises;
mod explain;
mod fence;
mod needs;
mod plan;
mod plots;
mod reading;
mod readme;
mod report_forms;
mod screenshots;
mod sizes;
mod summary;
mod writes;
