//! A run in progress, and what it is given: the plan, the machine, a receiver of events.
//!
//! What it does is in the other modules: each adds methods of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::check::{Place, Prober};
use crate::container::{Engine, Labels};
use crate::error::{Error, Result};
use crate::event::{Note, Remark, Verdict};
use crate::failure::COMMAND_SECONDS;
use crate::model::{Block, BlockKind, Effect, Ready, Scenario};
use crate::plan::{Plan, PlannedStep};
use crate::process::{self, Child};
use crate::runner::block::{Conditions, Stop};
use crate::runner::environment::{Machine, environment};
use crate::runner::looks::Looks;
use crate::runner::record::{Recorder, Sink};
use crate::runner::terminals::Terminals;
use crate::session::Session;
use crate::snapshot::LeftOut;
use crate::source::Span;
use crate::workspace::Workspace;
use crate::world::World;

/// How long one command may take: a cold build on a slow machine is the longest.
const COMMAND_DEADLINE: Duration = Duration::from_secs(15 * 60);

/// How a run is done.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Where the learner's files are.
    pub workspace: PathBuf,
    /// What the machine provides.
    pub machine: Machine,
    /// The command that started this run, for a message to another run that finds the lock taken.
    pub command: String,
    /// A program that understands `__watchdog`.
    pub exe: PathBuf,
    /// The words before `step N` in messages that say what to run, such as `cargo xtask`, quoted for a shell.
    pub front: String,
}

/// The verdict on an action that was carried out. An error that ends the run is returned.
pub(super) fn verdict(done: Result<Remark, Stop>) -> Result<Verdict> {
    match done {
        Ok(remark) => Ok(Verdict::Passed(remark)),
        Err(Stop::Failed(failure)) => Ok(Verdict::Failed(failure)),
        Err(Stop::Error(error)) => Err(error),
    }
}

/// A run that is under way: what it needs, and the record of what it has found so far.
pub(super) struct Run<'a> {
    pub(super) plan: &'a Plan,
    pub(super) options: &'a RunOptions,
    pub(super) workspace: Workspace,
    pub(super) session: &'a mut Session,
    pub(super) env: Vec<(OsString, Option<OsString>)>,
    pub(super) terminals: Terminals,
    pub(super) prober: Prober,
    pub(super) record: Recorder<'a>,
    pub(super) mode: Mode,
    /// Whether differences from what a page shows are only reported, so that the page can be updated.
    pub(super) blesses: bool,
    /// Whether the end of each step that is played is kept.
    pub(super) keeps: bool,
    /// Whether seeds are left out, so that tools choose the newest dependencies.
    pub(super) latest: bool,
    /// The workspace, as labels name it.
    pub(super) owner: String,
    /// The background processes that this run has started, by name.
    pub(super) children: BTreeMap<String, Child>,
    /// How long one command may take.
    pub(super) command_deadline: Duration,
    /// The files of the book at the last look.
    pub(super) looks: Looks,
}

/// The two ways to carry out a step's actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Converge: what is there already is taken as it is.
    Step,
    /// Prove: every command as written.
    Verify,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        options: &'a RunOptions,
        session: &'a mut Session,
        mode: Mode,
        sink: Sink<'a>,
    ) -> Result<Run<'a>> {
        let command_deadline = command_deadline()?;
        let workspace = Workspace::open(&options.workspace)?;
        let mut record = Recorder::new(sink);
        if let Some(cause) = &workspace.unreadable {
            record.note(Note::Forgotten { cause: cause.clone() });
        }
        process::adopt_orphans();
        let owner = workspace.root().display().to_string();
        session.record.owner = Some(owner.clone());
        session.save()?;
        let shims = workspace.state_path("bin/docker")?.with_file_name("");
        if let Some(engine) = &options.machine.engine {
            let labels = Labels { owner: &owner, state: &session.state(), session: &session.id };
            engine.write_shims(&shims, &labels, Some(&session.creations()))?;
        }
        let env = environment(&workspace, &options.machine, shims)?;
        let terminals = Terminals::new(&workspace, env.clone())?;
        let place = Place {
            root: workspace.root().to_owned(),
            env: env.clone(),
            caches: plan.scenario.unwritten.caches.clone(),
            tree: Some(session.checks.clone()),
            is_alone: false,
        };
        let prober =
            Prober { prometheus: prometheus_address(&plan.scenario, 0, None), place, looks_only: false };
        let mut run = Run {
            plan,
            options,
            workspace,
            session,
            env,
            terminals,
            prober,
            record,
            mode,
            blesses: false,
            keeps: true,
            latest: false,
            owner,
            children: BTreeMap::new(),
            command_deadline,
            looks: Looks::new(plan),
        };
        run.repair_kept_states()?;
        Ok(run)
    }

    /// Prepares to ask a check of a step.
    pub(super) fn aim(&mut self, step: &PlannedStep, id: &str) {
        let scenario = &self.plan.scenario;
        self.prober.prometheus = prometheus_address(scenario, step.number, Some(id));
        // Changes by a process, a container or a learner could not be told from those by the command.
        self.prober.place.is_alone =
            self.mode == Mode::Verify && !World::has_started_something(scenario, step.number);
    }

    /// Leaves out what cannot be read of the kept states, and reports it once.
    fn repair_kept_states(&mut self) -> Result<()> {
        if let Some(LeftOut { path, cause }) = self.snapshots()?.repair(self.workspace.memory.at)? {
            self.record.note(Note::LeftOut { path, cause });
        }
        if self.workspace.unreadable.is_none() && self.has_lost_its_memory()? {
            self.record.note(Note::Forgotten { cause: "no step is in it".to_owned() });
        }
        Ok(())
    }

    /// `path:line:column` of a place in the book.
    pub(super) fn at(&self, span: Span) -> String {
        self.plan.scenario.sources.location(span).to_string()
    }

    pub(super) fn engine(&self) -> Result<&Engine> {
        let missing = || Error::new("this step needs a container engine, and none was prepared");
        self.options.machine.engine.as_ref().ok_or_else(missing)
    }

    /// What a command meets here, and where to report it.
    pub(super) fn parts(&mut self) -> (Conditions<'_>, &mut Recorder<'a>) {
        let conditions = Conditions {
            sources: &self.plan.scenario.sources,
            engine: self.options.machine.engine.as_ref(),
            owner: &self.owner,
            backgrounds: &self.session.record.backgrounds,
            proves: self.mode == Mode::Verify,
        };
        (conditions, &mut self.record)
    }
}

/// The name by which Prometheus is recognized: that of a background process or container, or of its program or image.
const PROMETHEUS: &str = "prometheus";

/// Where the book's Prometheus answers a check of a step, without a slash at the end: at `ready` of the Prometheus that
/// the pages start last before the check and have not stopped, else at the usual port. A path in `ready` is below its path
/// prefix. A check that is not a block, or none, is after all blocks.
pub fn prometheus_address(scenario: &Scenario, number: usize, check: Option<&str>) -> String {
    let blocks: Vec<(usize, &Block)> =
        scenario.steps.iter().flat_map(|step| step.blocks.iter().map(|block| (step.number, block))).collect();
    let is_it =
        |block: &Block| matches!(&block.kind, BlockKind::Query(query) if Some(query.id.as_str()) == check);
    let here = blocks.iter().position(|(step, block)| *step > number || (*step == number && is_it(block)));
    let (before, after) = blocks.split_at(here.unwrap_or(blocks.len()));
    // One that was stopped answers no more.
    let mut stopped = BTreeSet::new();
    let running = before.iter().rev().filter_map(|(_, block)| {
        let name = block.kind.background().map(|background| background.name.as_str());
        let runs = name.is_none_or(|name| !stopped.contains(name));
        stopped.extend(block.stops.iter().map(|(name, _)| name.as_str()));
        runs.then_some(*block)
    });
    let mut nearest = running.chain(after.iter().map(|(_, block)| *block));
    let ready = nearest.by_ref().filter(|block| starts_prometheus(block)).find_map(|block| {
        match &block.kind.ready()?.probe {
            Ready::Port(port) => Some(format!("http://127.0.0.1:{port}")),
            Ready::Url(url) => Some(without_page(url).to_owned()),
            Ready::Log(_) | Ready::Wait => None,
        }
    });
    ready.unwrap_or_else(|| "http://127.0.0.1:9090".to_owned())
}

fn starts_prometheus(block: &Block) -> bool {
    let last_part = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    match &block.kind {
        BlockKind::Background(background) => {
            let mut words = background.command.text.split_whitespace();
            let program = words.find(|word| !word.contains('=')).map(last_part);
            background.name == PROMETHEUS || program.as_deref() == Some(PROMETHEUS)
        }
        BlockKind::Commands(block) => block.commands.iter().any(|command| match &command.effect {
            Effect::Run { name, image } => {
                let image = last_part(image);
                name == PROMETHEUS || image.split([':', '@']).next() == Some(PROMETHEUS)
            }
            _ => false,
        }),
        _ => false,
    }
}

/// The address of Prometheus in the URL of one of its pages, such as `/-/ready`, `/api/v1/status/config` or `/graph`.
fn without_page(url: &str) -> &str {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let host_end = url["http://".len()..].find('/').map_or(url.len(), |at| at + "http://".len());
    let path = &url[host_end..];
    let page = ["/-/", "/api/v1/", "/classic/"].into_iter().filter_map(|page| path.find(page)).min();
    &url[..host_end + page.or_else(|| path.rfind('/')).unwrap_or(0)]
}

/// How long a command may take on this machine.
///
/// # Errors
///
/// `SCENARIO_COMMAND_SECONDS` is not a number of seconds.
pub fn command_deadline() -> Result<Duration> {
    let Some(given) = std::env::var_os(COMMAND_SECONDS) else { return Ok(COMMAND_DEADLINE) };
    let seconds = given.to_str().and_then(|text| text.parse().ok()).filter(|seconds| *seconds > 0);
    seconds.map(Duration::from_secs).ok_or_else(|| {
        Error::usage(format!("invalid {COMMAND_SECONDS} `{}`", given.display()))
            .with_help("set it to a number of seconds, such as `1800`, or unset it")
    })
}
