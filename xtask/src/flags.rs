//! Every command and flag of `cargo xtask`, with its help text.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Scrapebook's front door: follow, check and prove the book
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub(crate) struct Flags {
    /// The learner's directory [default: workspace/]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) workspace: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The runner's commands, and those of this repository.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Scenario(scenario_core::cli::Command),
}
