//! What a job's child process does: the runner's work, reported as JSON on standard output, one value a line.

use std::io::Write;

use scenario_cli::{self as cli, Front};
use scenario_core::error::{Error, Result};
use scenario_core::event::{Event, RunResult};
use scenario_core::plan::Plan;
use scenario_core::runner::{self, RunOptions, Sink};
use scenario_core::trust::Runs;
use scenario_setup::{self as setup, Finding, Place, State};
use serde::{Deserialize, Serialize};

use crate::settings::Settings;

/// What a job is to do.
#[derive(Debug, Clone, PartialEq, Eq, clap::Subcommand)]
pub enum Task {
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

/// What a job reports.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Report {
    /// The runner has reported something.
    Event(Box<Event>),
    /// What the setup is doing.
    Setup(String),
    /// The machine lacks nothing any more.
    Provided,
    /// The machine lacks these.
    Lacks(Vec<String>),
    /// It could not go on.
    Error {
        /// What happened.
        message: String,
        /// What to do next.
        help: Option<String>,
    },
}

impl Task {
    /// Its command line.
    pub(crate) fn words(&self) -> Vec<String> {
        match self {
            Task::Solve { number } => vec!["solve".to_owned(), number.to_string()],
            Task::Begin { number } => vec!["begin".to_owned(), number.to_string()],
            Task::Start { block } => vec!["start".to_owned(), block.clone()],
            Task::Provide => vec!["provide".to_owned()],
        }
    }

    /// Does it; true if all went well.
    ///
    /// # Errors
    ///
    /// It could not go on.
    pub fn run(&self, settings: &Settings) -> Result<bool> {
        let done = match self {
            Task::Provide => provide(&settings.front),
            Task::Solve { number } => {
                carry_out(settings, |plan, options, sink| runner::step(plan, *number, options, sink))
            }
            Task::Begin { number } => {
                carry_out(settings, |plan, options, sink| runner::begin(plan, *number, options, sink))
            }
            Task::Start { block } => {
                carry_out(settings, |plan, options, sink| match plan.scenario.with_block_of_exercise(block) {
                    Some(solution) => runner::start(&Plan::new(solution), block, options, sink),
                    None => runner::start(plan, block, options, sink),
                })
            }
        };
        if let Err(error) = &done {
            report(&Report::Error { message: error.to_string(), help: error.help().map(str::to_owned) });
        }
        done
    }
}

/// Has the runner do something with the book on this machine.
fn carry_out(
    settings: &Settings,
    what: impl FnOnce(&Plan, &RunOptions, Sink<'_>) -> Result<RunResult>,
) -> Result<bool> {
    let front = &settings.front;
    let plan = load(front)?;
    let (toolbox, findings) =
        setup::gather(&cli::needs(&plan.scenario)?, &Place { tools: front.tools.clone() })?;
    if report_lacks(&findings) {
        return Ok(false);
    }
    let options = settings.run_options(cli::machine(toolbox));
    let result = what(&plan, &options, &mut |event| report(&Report::Event(Box::new(event))))?;
    Ok(result.passed())
}

/// Reads the book, which may have changed since the lab has looked.
fn load(front: &Front) -> Result<Plan> {
    let plan = front.load()?;
    if Runs::of(&plan).is_some_and(|runs| !runs.is_trusted()) {
        let error = Error::new("the book has changed since you agreed to what it runs");
        return Err(error.with_help("read what it runs now, and agree"));
    }
    Ok(plan)
}

fn provide(front: &Front) -> Result<bool> {
    let needs = cli::needs(&load(front)?.scenario)?;
    let place = Place { tools: front.tools.clone() };
    let findings = setup::provide(&needs, &place, &mut |line| report(&Report::Setup(line.to_owned())))?;
    let lacks = report_lacks(&findings);
    if !lacks {
        report(&Report::Provided);
    }
    Ok(!lacks)
}

/// Reports what the machine lacks; true if that is anything.
fn report_lacks(findings: &[Finding]) -> bool {
    let missing = findings.iter().filter(|finding| matches!(finding.state, State::Missing { .. }));
    let names: Vec<String> = missing.map(|finding| finding.need.name().to_owned()).collect();
    if !names.is_empty() {
        report(&Report::Lacks(names.clone()));
    }
    !names.is_empty()
}

fn report(report: &Report) {
    // Plain data with string keys: this cannot fail.
    let line = serde_json::to_string(report).unwrap_or_default();
    // If the lab has ended, nobody reads it, and a signal will stop this process too.
    let _ = writeln!(anstream::stdout().lock(), "{line}");
}
