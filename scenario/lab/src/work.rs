//! What a job's child process does: the runner's work, told line by line as JSON on standard output.

use std::io::Write;
use std::path::PathBuf;

use scenario_cli::{self as cli, Front};
use scenario_core::book::Book;
use scenario_core::error::Result;
use scenario_core::event::RunResult;
use scenario_core::model::Scenario;
use scenario_core::report::{self, Words};
use scenario_core::runner::{self, RunOptions, Sink};
use scenario_setup::{self as setup, Place};
use serde_json::json;

/// One kind of work.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Work {
    /// Bring files and world to the end of a step
    Solve {
        /// The step
        number: usize,
    },
    /// Bring files and world to the beginning of a step
    Begin {
        /// The step
        number: usize,
    },
    /// Start the background process of a block
    Start {
        /// The block's id
        block: String,
    },
    /// Provide what the machine lacks
    Provide,
}

impl Work {
    /// Does it; true if all went well.
    ///
    /// # Errors
    ///
    /// It could not go on.
    pub fn run(&self, front: &Front, exe: PathBuf) -> Result<bool> {
        match self {
            Work::Provide => provide(front),
            Work::Solve { number } => carry_out(front, exe, |scenario, options, sink| {
                runner::step(scenario, *number, options, sink)
            }),
            Work::Begin { number } => carry_out(front, exe, |scenario, options, sink| {
                runner::begin(scenario, *number, options, sink)
            }),
            Work::Start { block } => {
                carry_out(front, exe, |scenario, options, sink| runner::start(scenario, block, options, sink))
            }
        }
    }
}

/// Has the runner do something with the book on this machine.
fn carry_out(
    front: &Front,
    exe: PathBuf,
    what: impl FnOnce(&Scenario, &RunOptions, Sink<'_>) -> Result<RunResult>,
) -> Result<bool> {
    let scenario = Book::load(&front.book)?.into_scenario()?;
    let toolbox = cli::toolbox(front, &cli::needs(front)?, false)?;
    let options = RunOptions {
        workspace: front.workspace.clone(),
        machine: cli::machine(toolbox),
        command: format!("{} serve", front.name),
        exe,
        front: front.name.clone(),
    };
    let words = Words { sources: &scenario.sources, front: &front.name };
    let result = what(&scenario, &options, &mut |event| {
        for (mark, text) in report::lines(&event, &words) {
            say(mark, &text);
        }
    })?;
    Ok(result.passed())
}

fn provide(front: &Front) -> Result<bool> {
    let needs = cli::needs(front)?;
    let place = Place { tools: front.tools.clone() };
    let findings = setup::provide(&needs, &place, &mut |line| say("…", line))?;
    let missing = setup::lacking(&findings);
    match missing {
        None => {
            say("✓", "this machine has everything that the book needs");
            Ok(true)
        }
        Some(error) => Err(error),
    }
}

fn say(mark: &str, text: &str) {
    // The lab is gone: then so is whoever wanted to know, and the signal to stop comes of itself.
    let _ = writeln!(anstream::stdout().lock(), "{}", json!({"mark": mark, "text": text}));
}
