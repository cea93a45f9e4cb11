//! The tests of the program `scenario`, and of runs that need it as their watchdog: one binary, one module for each
//! feature.
//!
//! Expectations are whole texts, as a person reads them. After a wanted change, `SNAPSHOTS=overwrite cargo test
//! -p scenario-cli` writes them anew; then read the difference.

#[path = "../../../core/tests/suite/forms.rs"]
mod forms;
mod free_port;
mod playground;
mod program;
#[path = "../../../core/tests/suite/scenario_test.rs"]
#[allow(dead_code, reason = "the tests of core use more of it")]
mod scenario_test;
mod server;

mod adopt;
mod again;
mod backgrounds;
mod bad_input;
mod bless;
mod claims;
mod command_line;
mod commands;
mod exercises;
mod explain;
mod github;
mod guide;
mod hidden_checks;
mod kept_damage;
mod kept_states;
mod lab;
mod layers;
mod mutate;
mod needs;
mod new;
mod places;
mod plots;
mod printed;
mod queries;
mod report_files;
mod reports;
mod screenshots;
mod second_book;
mod skipped;
mod stop;
mod terminals;
mod trees;
mod trust;
mod verify;
mod verify_from;
mod watch;
mod workspace;
mod writes;
mod writing;
