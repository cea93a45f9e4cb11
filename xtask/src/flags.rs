//! Every command and flag of `cargo xtask`, with its help text.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};

use crate::suites;

/// Scrapebook's front door: follow, check and prove the book
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub(crate) struct Flags {
    /// The folder for the reader's files [default: workspace/]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) workspace: Option<PathBuf>,
    /// Another book than this repository's, such as a copy with a hole in it
    #[arg(long, global = true, value_name = "DIR", hide = true)]
    pub(crate) book: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: XtaskCommand,
}

impl Flags {
    /// The flags that lead to this workspace.
    pub(crate) fn words(&self) -> Vec<OsString> {
        let paths = [("--workspace", &self.workspace), ("--book", &self.book)];
        let given = paths.into_iter().filter_map(|(flag, path)| Some((flag, path.as_ref()?)));
        given.flat_map(|(flag, path)| [OsString::from(flag), path.as_os_str().to_owned()]).collect()
    }
}

/// The runner's commands, and those of this repository.
#[derive(Debug, Subcommand)]
pub(crate) enum XtaskCommand {
    #[command(flatten)]
    Scenario(scenario_cli::BookCommand),
    /// Open the lab: the book in your browser, with an editor, terminals and what runs beside it
    Serve(Serve),
    /// Write a scenario of Katacoda or Killercoda as a book; run nothing of it
    Import(Import),
    /// Build the lab's page with Node.js, into target/lab/page
    Page(Page),
    /// Build the book as web pages, into target/book
    Build(Build),
    /// Draw the book's plots, take its screenshots, and measure its chapters, in a run of `verify`
    Pictures(Pictures),
    /// Everything that proves a change: format, lints, tests, the book, every chapter
    Ci(Ci),
    /// Run tests many times while all cores are busy, and count what fails
    Soak(Soak),
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Provide what this machine lacks
    #[arg(long)]
    pub(crate) yes: bool,
    /// Choose another book or example, or open a scenario folder, on a start page
    #[arg(long)]
    pub(crate) choose: bool,
    /// Only print the lab's address
    #[arg(long)]
    pub(crate) no_open: bool,
    /// The port to listen on
    #[arg(long)]
    pub(crate) port: Option<u16>,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The folder of the scenario
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// The folder of the book, which must be empty or not exist [default: DIR's name in ~/.local/share/scenario/books]
    #[arg(long, value_name = "BOOK")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Page {}

#[derive(Debug, Args)]
pub(crate) struct Build {
    /// Provide mdBook if this machine lacks it
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Pictures {
    /// Run and write nothing; fail unless the pictures are what is drawn from the data beside the book
    #[arg(long)]
    pub(crate) check: bool,
    /// Draw the pictures from the data beside the book, without a run
    #[arg(long, conflicts_with = "check")]
    pub(crate) redraw: bool,
    /// Take the report of a run that has passed, instead of running
    #[arg(long, value_name = "FILE", conflicts_with_all = ["check", "redraw"])]
    pub(crate) report: Option<PathBuf>,
    /// Provide what this machine lacks
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Ci {
    /// Provide what this machine lacks
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Soak {
    /// The suites to run [default: all]
    #[arg(value_name = "SUITE", value_parser = PossibleValuesParser::new(suites::names()))]
    pub(crate) suites: Vec<String>,
    /// How often each suite is run
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) times: u32,
    /// Provide what this machine lacks
    #[arg(long)]
    pub(crate) yes: bool,
    /// Run the tests of another package than this repository's
    #[arg(long, value_name = "FILE", hide = true, conflicts_with = "suites")]
    pub(crate) manifest_path: Option<PathBuf>,
}
