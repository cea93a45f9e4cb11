//! The command line: the same commands for any book (`scenario`) and for this repository's (`cargo xtask`).
//!
//! Thin: it reads flags, prepares the machine, calls the runner and decides the exit status.

mod needs;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Subcommand;

use crate::book::{Book, shown};
use crate::container::Engine;
use crate::error::{Context, Result};
use crate::event::{Event, RunResult};
use crate::model::{BlockKind, Scenario};
use crate::report::{self, Terminal};
use crate::runner::{self, Machine, RunOptions, Verify};
use crate::session::{self, Session};
use crate::setup::{self, Need, Place, State, Toolbox};
use crate::{plan, process};

/// Everything passed.
const PASSED: u8 = 0;
/// A check or a command of the book failed.
const FAILED: u8 = 1;
/// The run could not go on.
const COULD_NOT: u8 = 2;
/// Somebody pressed Ctrl-C, or sent a signal.
const INTERRUPTED: u8 = 130;

/// Where a front door finds its book, and what it is called.
#[derive(Debug, Clone)]
pub struct Front {
    /// The words before a command, as in `cargo xtask step 3`.
    pub name: String,
    /// The folder with `book.toml`.
    pub book: PathBuf,
    /// The learner's directory.
    pub workspace: PathBuf,
    /// Where tools are put that the machine lacks.
    pub tools: PathBuf,
}

/// The commands that every front door has.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Bring this machine to the end of chapter N: files, image, container, Prometheus
    Step {
        /// The chapter
        number: usize,
        /// Provide what this machine lacks
        #[arg(long)]
        yes: bool,
    },
    /// Check what you have built by hand against chapter N; changes nothing
    Check {
        /// The chapter
        number: usize,
    },
    /// Prove the book: every chapter from nothing, in a folder of its own
    Verify {
        /// Prove chapters 1 to N only
        #[arg(long, value_name = "N")]
        step: Option<usize>,
        /// Write the result as JSON
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
        /// Write the result as JUnit XML
        #[arg(long, value_name = "FILE")]
        junit: Option<PathBuf>,
        /// Compile everything anew
        #[arg(long)]
        cold: bool,
        /// Take the newest dependencies instead of the locked ones
        #[arg(long)]
        latest: bool,
        /// End what runs on this machine for the book, instead of refusing to run beside it
        #[arg(long)]
        replace: bool,
        /// Provide what this machine lacks
        #[arg(long)]
        yes: bool,
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
        number: Option<usize>,
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
    /// End everything that was started, and remove its containers and images
    Down,
}

/// Runs a whole program: signals, the watchdog's door, errors and exit status.
pub fn main(run: impl FnOnce() -> Result<ExitCode>) -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    if crate::watchdog::run_if_asked(&args) {
        return ExitCode::from(PASSED);
    }
    match process::handle_signals().and_then(|()| run()) {
        Ok(code) => code,
        Err(error) => {
            let interrupted = error.is_interrupted();
            let mut err = anstream::stderr().lock();
            let _ = if interrupted {
                writeln!(err, "\ninterrupted: what this run had started was removed; files stay as they are")
            } else {
                writeln!(err, "error: {error}")
            };
            for line in error.help().iter().flat_map(|help| help.lines()) {
                let _ = writeln!(err, "  help: {line}");
            }
            ExitCode::from(if interrupted { INTERRUPTED } else { COULD_NOT })
        }
    }
}

/// Runs one command.
///
/// # Errors
///
/// What could not be done; a failed check is an exit status.
pub fn run(command: &Command, front: &Front) -> Result<ExitCode> {
    let passed = match command {
        Command::Step { number, yes } => step(front, *number, *yes)?,
        Command::Check { number } => check(front, *number)?,
        Command::Verify { step, json, junit, cold, latest, replace, yes } => {
            let what = Verify { step: *step, cold: *cold, latest: *latest, replace: *replace };
            verify(front, what, json.as_deref(), junit.as_deref(), *yes)?
        }
        Command::Steps { json } => steps(front, *json)?,
        Command::Plan { number, json } => show_plan(front, *number, *json)?,
        Command::Setup { yes } => return show_setup(front, *yes),
        Command::Down => down(front)?,
    };
    Ok(ExitCode::from(if passed { PASSED } else { FAILED }))
}

fn step(front: &Front, number: usize, yes: bool) -> Result<bool> {
    let scenario = Book::load(&front.book)?.into_scenario()?;
    let name = format!("step {number}");
    runner::existing(&scenario, number)?;
    let options = options(front, &scenario, &name, &front.workspace, yes)?;
    let again = |step: usize| format!("{} step {step}", front.name);
    let result = told(&scenario, &name, again, |sink| runner::step(&scenario, number, &options, sink))?;
    let place = shown(&options.workspace);
    let mut out = anstream::stdout().lock();
    if result.passed() {
        let _ =
            writeln!(out, "your files are in `{}`; `{} down` ends what runs", place.display(), front.name);
    } else {
        let _ = writeln!(
            out,
            "the files in `{}` and what runs are as far as this step came; nothing was undone",
            place.display()
        );
    }
    Ok(result.passed())
}

fn check(front: &Front, number: usize) -> Result<bool> {
    let scenario = Book::load(&front.book)?.into_scenario()?;
    let engine = engine_if_there(front);
    let machine = Machine { engine, ..Machine::default() };
    let options = run_options(front, &format!("check {number}"), &front.workspace, machine)?;
    let again = |step: usize| format!("{} check {step}", front.name);
    told(&scenario, &format!("check {number}"), again, |sink| {
        runner::check(&scenario, number, &options, sink)
    })
    .map(|result| result.passed())
}

fn verify(front: &Front, what: Verify, json: Option<&Path>, junit: Option<&Path>, yes: bool) -> Result<bool> {
    let scenario = Book::load(&front.book)?.into_scenario()?;
    let workspace = verify_workspace(&scenario);
    let options = options(front, &scenario, "verify", &workspace, yes)?;
    let again = |step: usize| format!("{} verify --step {step}", front.name);
    let result = told(&scenario, "verify", again, |sink| runner::verify(&scenario, what, &options, sink))?;
    let _ = writeln!(anstream::stdout().lock(), "{}", census(&scenario));
    for (path, text) in [(json, report::json(&scenario, &result)), (junit, report::junit(&scenario, &result))]
    {
        if let Some(path) = path {
            std::fs::write(path, text).context(|| format!("write `{}`", path.display()))?;
        }
    }
    Ok(result.passed())
}

/// Runs something with a reporter on standard output, and sums it up.
fn told(
    scenario: &Scenario,
    name: &str,
    again: impl Fn(usize) -> String,
    run: impl FnOnce(&mut dyn FnMut(Event)) -> Result<RunResult>,
) -> Result<RunResult> {
    let start = Instant::now();
    let mut terminal = Terminal::new(scenario, anstream::stdout(), again);
    let result = run(&mut |event| terminal.event(&event));
    if let Ok(result) = &result {
        terminal.summary(name, result, start.elapsed());
    }
    result
}

fn steps(front: &Front, json: bool) -> Result<bool> {
    let scenario = Book::load(&front.book)?.into_scenario()?;
    let page = |index: usize| scenario.sources.pages[index].path.display().to_string();
    let mut out = anstream::stdout().lock();
    if json {
        let steps: Vec<serde_json::Value> = scenario
            .steps
            .iter()
            .map(|step| serde_json::json!({"number": step.number, "title": step.title, "page": page(step.page)}))
            .collect();
        let _ = writeln!(out, "{}", serde_json::Value::from(steps));
    } else {
        for step in &scenario.steps {
            let _ = writeln!(out, "{}  {}  ({})", step.number, step.title, page(step.page));
        }
    }
    Ok(true)
}

fn show_plan(front: &Front, number: Option<usize>, json: bool) -> Result<bool> {
    let scenario = Book::load(&front.book)?.into_scenario()?;
    if let Some(number) = number {
        runner::existing(&scenario, number)?;
    }
    let mut out = anstream::stdout().lock();
    if json {
        let view = plan::view(&scenario, number);
        let text = serde_json::to_string_pretty(&view).context(|| "write the plan".to_owned())?;
        let _ = writeln!(out, "{text}");
        return Ok(true);
    }
    for step in scenario.steps.iter().filter(|step| number.is_none_or(|number| number == step.number)) {
        let _ = writeln!(out, "Step {}  {}", step.number, step.title);
        for action in plan::actions(step) {
            let at = scenario.sources.location(action.span());
            let _ = writeln!(out, "  {:<10} {}  ({at})", action.kind(), action.title());
        }
    }
    let _ = writeln!(out, "{}", census(&scenario));
    Ok(true)
}

/// What became of every fenced code block of the steps. None can be left out: that is a mistake in the book.
fn census(scenario: &Scenario) -> String {
    let (mut edits, mut consoles, mut queries, mut ignored) = (0, 0, 0, 0);
    for block in scenario.steps.iter().flat_map(|step| &step.blocks) {
        match block.kind {
            BlockKind::Edit(_) => edits += 1,
            BlockKind::Console(_) => consoles += 1,
            BlockKind::Promql(_) => queries += 1,
            BlockKind::Ignored(_) => ignored += 1,
        }
    }
    let hidden: usize = scenario.steps.iter().map(|step| step.checks.len()).sum();
    format!(
        "census: {} blocks: {edits} file edits, {consoles} of commands, {queries} queries, {ignored} ignored with a reason, 0 unaccounted; {hidden} hidden checks",
        edits + consoles + queries + ignored
    )
}

fn show_setup(front: &Front, yes: bool) -> Result<ExitCode> {
    let scenario = Book::load(&front.book)?.into_scenario()?;
    let needs = needs::of(&scenario);
    let place = Place { tools: front.tools.clone() };
    let findings =
        if yes { setup::provide(&needs, &place, &mut say)? } else { setup::survey(&needs, &place) };
    let mut out = anstream::stdout().lock();
    for finding in &findings {
        if let State::Present { detail } = &finding.state {
            let _ = writeln!(out, "{:<16} {detail}", finding.need.name());
        }
    }
    match setup::lacking(&findings) {
        Some(error) => Err(error),
        None => Ok(ExitCode::from(PASSED)),
    }
}

fn down(front: &Front) -> Result<bool> {
    let engine = engine_if_there(front);
    let options = run_options(front, "down", &front.workspace, Machine { engine, ..Machine::default() })?;
    let mut session = Session::open(&options.command, &options.exe, options.machine.engine.as_ref())?;
    process::begin_cleaning();
    let removed = session::down(&mut session);
    session.keep()?;
    let removed = removed?;
    let mut out = anstream::stdout().lock();
    for name in &removed.processes {
        let _ = writeln!(out, "ended process `{name}`");
    }
    for name in &removed.containers {
        let _ = writeln!(out, "removed container `{name}`");
    }
    if removed.images > 0 {
        let _ = writeln!(out, "removed images: {}", removed.images);
    }
    let _ = writeln!(out, "nothing of the book is left running");
    Ok(true)
}

/// Prepares the machine for the commands of a book; with `yes`, provides what is missing.
fn options(
    front: &Front,
    scenario: &Scenario,
    words: &str,
    workspace: &Path,
    yes: bool,
) -> Result<RunOptions> {
    let toolbox = toolbox(front, &needs::of(scenario), yes)?;
    run_options(front, words, workspace, Machine::from(toolbox))
}

/// What the front door's book needs of a machine.
///
/// # Errors
///
/// The book cannot be read, or has mistakes.
pub fn needs(front: &Front) -> Result<Vec<Need>> {
    Ok(needs::of(&Book::load(&front.book)?.into_scenario()?))
}

/// What the machine provides; with `yes`, what it lacks is provided first.
///
/// # Errors
///
/// A list of all that is missing, and what would be done about each.
pub fn toolbox(front: &Front, needs: &[Need], yes: bool) -> Result<Toolbox> {
    let place = Place { tools: front.tools.clone() };
    match setup::toolbox(needs, &place) {
        Err(error) if yes && !error.is_interrupted() => {
            setup::provide(needs, &place, &mut say)?;
            setup::toolbox(needs, &place)
        }
        looked => looked,
    }
}

fn run_options(front: &Front, words: &str, workspace: &Path, machine: Machine) -> Result<RunOptions> {
    Ok(RunOptions {
        workspace: workspace.to_owned(),
        machine,
        command: format!("{} {words}", front.name),
        exe: std::env::current_exe().context(|| "find this program".to_owned())?,
        front: front.name.clone(),
    })
}

/// The container engine for commands that only look or clear away: without one there is nothing of its.
fn engine_if_there(front: &Front) -> Option<Engine> {
    let toolbox = setup::toolbox(&[Need::ContainerEngine], &Place { tools: front.tools.clone() }).ok()?;
    Machine::from(toolbox).engine
}

fn say(line: &str) {
    let _ = writeln!(anstream::stderr().lock(), "  {line}");
}

/// A folder of our own outside every repository: below one, cargo would look for that repository's manifest.
fn verify_workspace(scenario: &Scenario) -> PathBuf {
    let words: Vec<String> =
        scenario.title.to_lowercase().split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
    cache_dir().join("verify").join(words.join("-"))
}

/// The folder of the tools: `SCENARIO_TOOLS` if that is set, else `default`.
pub fn tools_dir(default: PathBuf) -> PathBuf {
    var("SCENARIO_TOOLS").unwrap_or(default)
}

/// Our folder among the user's caches.
pub fn cache_dir() -> PathBuf {
    let cache = var("XDG_CACHE_HOME").or_else(|| var("HOME").map(|home| home.join(".cache")));
    cache.unwrap_or_else(std::env::temp_dir).join("scenario")
}

fn var(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
