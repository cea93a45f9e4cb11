//! Every command and flag that a front door has, with its help text.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use scenario_core::book::Book;
use scenario_core::error::Result;
use scenario_core::plan::Plan;

/// Where a front door finds its book, and what it is called.
#[derive(Debug, Clone)]
pub struct Front {
    /// The words before a command, as in `cargo xtask step 3`, quoted for a shell.
    pub name: String,
    /// The flags among these words, for another process of the same program.
    pub flags: Vec<OsString>,
    /// The folder with `book.toml`.
    pub book: PathBuf,
    /// The folder for the reader's files.
    pub workspace: PathBuf,
    /// Where tools are put that the machine lacks.
    pub tools: PathBuf,
}

impl Front {
    /// Reads the book, and makes its plan.
    ///
    /// # Errors
    ///
    /// The book cannot be read, or has mistakes.
    pub fn load(&self) -> Result<Plan> {
        Ok(Plan::new(Book::load(&self.book)?.into_scenario()?))
    }
}

/// The flag of all commands that run something of the book.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Trust {
    /// You have read what this imported book runs, and agree; remembered until it changes
    #[arg(long)]
    pub trust: bool,
}

/// The commands that every front door has.
#[derive(Debug, Subcommand)]
pub enum BookCommand {
    /// Bring the workspace, and what the book keeps running, to the end of chapter N
    Step {
        /// The chapter: 2, or 2.1 where chapters are nested
        #[arg(value_name = "N")]
        label: String,
        /// Provide what this machine lacks
        #[arg(long)]
        yes: bool,
        /// Whether the user agrees to what an imported book runs
        #[command(flatten)]
        trust: Trust,
    },
    /// Check what you have built by hand against chapter N; changes nothing
    Check {
        /// The chapter: 2, or 2.1 where chapters are nested
        #[arg(value_name = "N")]
        label: String,
        /// Check your solution of this exercise of the chapter instead
        #[arg(long, value_name = "NAME")]
        exercise: Option<String>,
        /// Whether the user agrees to what an imported book runs
        #[command(flatten)]
        trust: Trust,
    },
    /// Wait for a page to be saved: show its mistakes, or bring the workspace to the end of its chapter
    Watch {
        /// Always this chapter, instead of the one that was saved last
        #[arg(value_name = "N")]
        label: Option<String>,
        /// Provide what this machine lacks
        #[arg(long)]
        yes: bool,
        /// Whether the user agrees to what an imported book runs
        #[command(flatten)]
        trust: Trust,
    },
    /// Write what the commands of chapter N print, or of all chapters, into their pages; elide what varies
    Bless {
        /// One chapter only
        #[arg(value_name = "N")]
        label: Option<String>,
        /// Write without asking, and provide what this machine lacks
        #[arg(long)]
        yes: bool,
        /// Whether the user agrees to what an imported book runs
        #[command(flatten)]
        trust: Trust,
    },
    /// Take over into the pages what you have changed in the files that they write
    Adopt {
        /// The files are those of the end of this chapter [default: the one that the workspace was last brought to]
        #[arg(value_name = "N")]
        label: Option<String>,
        /// The files are those of `result` in book.toml, at the end of the last chapter
        #[arg(long, conflicts_with = "label")]
        result: bool,
        /// Write the pages without asking
        #[arg(long)]
        yes: bool,
        /// Whether the user agrees to what an imported book runs
        #[command(flatten)]
        trust: Trust,
    },
    /// Prove the book: every chapter from nothing, in a folder of its own
    Verify {
        /// Prove chapter N and those after it, from the state that an earlier verify has kept at the end of the chapter
        /// before; what has changed or is not kept is proved first
        #[arg(long, value_name = "N", conflicts_with_all = ["cold", "latest"])]
        from: Option<String>,
        /// Prove the chapters up to N only
        #[arg(long, value_name = "N")]
        step: Option<String>,
        /// Write the result as JSON
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
        /// Write the result as JUnit XML
        #[arg(long, value_name = "FILE")]
        junit: Option<PathBuf>,
        /// Take the screenshots of the pages into this folder, with Chromium or Chrome; without one, say so
        #[arg(long, value_name = "DIR")]
        screenshots: Option<PathBuf>,
        /// Compile everything from scratch
        #[arg(long)]
        cold: bool,
        /// Take the newest dependencies instead of the locked ones
        #[arg(long)]
        latest: bool,
        /// Stop what runs on this machine for the book, instead of refusing to run beside it
        #[arg(long)]
        replace: bool,
        /// Provide what this machine lacks
        #[arg(long)]
        yes: bool,
        /// Whether the user agrees to what an imported book runs
        #[command(flatten)]
        trust: Trust,
    },
    /// Leave out each block of chapter N, or of all chapters, and list what nothing notices
    Mutate {
        /// One chapter only
        #[arg(value_name = "N")]
        label: Option<String>,
        /// Stop what runs on this machine for the book, instead of refusing to run beside it
        #[arg(long)]
        replace: bool,
        /// Provide what this machine lacks
        #[arg(long)]
        yes: bool,
        /// Whether the user agrees to what an imported book runs
        #[command(flatten)]
        trust: Trust,
    },
    /// List the chapters
    Steps {
        /// As JSON, for the matrix of a CI system
        #[arg(long)]
        json: bool,
    },
    /// Show what would be applied, run and checked, and where the book says so
    Plan {
        /// One chapter only
        #[arg(value_name = "N")]
        label: Option<String>,
        /// List the inline code in prose that no block of the book backs, and for which no page gives a source
        #[arg(long, conflicts_with = "label")]
        claims: bool,
        /// List the links into the web; none is opened
        #[arg(long, conflicts_with_all = ["label", "claims"])]
        links: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Show what this machine has and lacks
    Setup {
        /// Provide what it lacks
        #[arg(long)]
        yes: bool,
    },
    /// Explain an error in a page by its code; without one, list all codes
    Explain {
        /// The code in brackets after `error`, as in `unknown-attribute`
        code: Option<String>,
    },
    /// Stop everything that was started, and remove its containers and images
    Down,
}
