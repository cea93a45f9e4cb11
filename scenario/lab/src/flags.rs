//! The flags of `scenario-lab`, with their help texts.

use std::path::PathBuf;

use clap::Parser;
use scenario_lab::work::Task;

/// Opens a tutorial as a lab in the browser: the book on the left; an editor and terminals on the right
#[derive(Debug, Parser)]
#[command(name = "scenario-lab")]
pub(crate) struct Flags {
    /// The folder with book.toml [default: this folder; if there is none, it is chosen on a start page]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) book: Option<PathBuf>,
    /// The learner's directory [default: workspace]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) workspace: Option<PathBuf>,
    /// The port to listen on, on 127.0.0.1 [default: that of last time, or one that is free]
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// Do not open a browser
    #[arg(long)]
    pub(crate) no_open: bool,
    /// Provide what this machine lacks
    #[arg(long)]
    pub(crate) yes: bool,
    /// Where tools are put that the machine lacks
    #[arg(long, global = true, value_name = "DIR", hide = true)]
    pub(crate) tools: Option<PathBuf>,
    /// Where the page is built
    #[arg(long, global = true, value_name = "DIR", hide = true)]
    pub(crate) page: Option<PathBuf>,
    /// The words before a command in messages
    #[arg(long, global = true, value_name = "WORDS", hide = true)]
    pub(crate) front: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Option<Subcommand>,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Subcommand {
    /// Build the page, and nothing else
    Page,
    /// Run the command of a block in a terminal
    #[command(hide = true)]
    Command {
        /// The file with its text
        file: PathBuf,
    },
    /// Write the pages of a book, and say where their texts are
    #[command(hide = true)]
    Render {
        /// The folder to write into
        into: PathBuf,
        /// Start no programs of the book
        #[arg(long)]
        imported: bool,
    },
    /// What the lab starts for long work
    #[command(hide = true)]
    Job {
        #[command(subcommand)]
        task: Task,
    },
}
