//! The command line: the same commands for any book (`scenario`) and for this repository's (`cargo xtask`).
//!
//! Thin: it reads flags, prepares the machine, calls the runner and decides the exit status.

mod adopt;
mod bless;
mod flags;
mod github;
mod machine;
mod mutate;
mod needs;
mod new;
mod output;
mod pages;
mod reports;
mod run;
mod screenshots;
mod show;
mod trust;
mod watch;

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use scenario_core::book::shown;
use scenario_core::error::Result;
use scenario_core::event::{Event, EventKind, RunResult};
use scenario_core::plan::Plan;
use scenario_core::process;
use scenario_core::report::visible;
use scenario_core::runner::{self, Machine, RunOptions, Verify};
use scenario_core::session::{self, Session};

pub use flags::{BookCommand, Front, Trust};
pub use machine::{cache_dir, machine, toolbox, tools_dir, without_node};
use machine::{engine_if_there, machine_if_there, verify_workspace};
pub use needs::needs;
pub use new::new_book;
use output::complain;
use reports::Reports;
use run::{options, run_options, run_reported, words};
pub use scenario_core::shell::quoted;
use screenshots::Screenshots;

/// Everything passed.
const PASSED: u8 = 0;
/// A check or a command of the book failed.
const FAILED: u8 = 1;
/// The run could not go on.
const COULD_NOT: u8 = 2;
/// The user pressed Ctrl-C, or sent a signal.
const INTERRUPTED: u8 = 130;

/// Runs a whole program: signals, the watchdog's door, errors and exit status.
pub fn main(run: impl FnOnce() -> Result<ExitCode>) -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    if scenario_core::watchdog::run_if_asked(&args) {
        return ExitCode::from(PASSED);
    }
    match process::handle_signals().and_then(|()| run()) {
        Ok(code) => code,
        Err(error) => {
            let interrupted = error.is_interrupted();
            if interrupted {
                let _ = writeln!(
                    anstream::stderr().lock(),
                    "\ninterrupted: what this run had started was removed; files stay as they are"
                );
            } else {
                complain(&error);
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
pub fn run(command: &BookCommand, front: &Front) -> Result<ExitCode> {
    let passed = match command {
        BookCommand::Step { label, yes, trust } => {
            return reported(front, &format!("step {label}"), *trust, (None, None), |plan, known| {
                step(front, plan, label, *yes, known)
            });
        }
        BookCommand::Check { label, exercise, trust } => {
            let exercise = exercise.as_deref();
            return reported(front, &check_name(label, exercise), *trust, (None, None), |plan, known| {
                check(front, plan, label, exercise, known)
            });
        }
        BookCommand::Watch { label, yes, trust } => {
            watch::watch(front, label.as_deref(), *yes, *trust)?;
            return Ok(ExitCode::from(INTERRUPTED));
        }
        BookCommand::Adopt { label, result, yes, trust } => {
            return reported(front, "adopt", *trust, (None, None), |_, known| {
                adopt(front, label.as_deref(), *result, *yes, known)
            });
        }
        BookCommand::Bless { label, yes, trust } => {
            return reported(front, "bless", *trust, (None, None), |plan, known| {
                bless::bless(front, plan, label.as_deref(), *yes, known)
            });
        }
        BookCommand::Mutate { label, replace, yes, trust } => {
            return reported(front, "mutate", *trust, (None, None), |plan, known| {
                mutate::mutate(front, plan, label.as_deref(), (*replace, *yes), known)
            });
        }
        BookCommand::Verify { from, step, json, junit, screenshots, cold, latest, replace, yes, trust } => {
            let what = Verify { from: None, step: None, cold: *cold, latest: *latest, replace: *replace };
            let range = (from.as_deref(), step.as_deref());
            let name =
                from.as_ref().map_or_else(|| "verify".to_owned(), |from| format!("verify --from {from}"));
            let files = (json.as_deref(), junit.as_deref());
            return reported(front, &name, *trust, files, |plan, known| {
                verify(front, plan, (range, what, screenshots.as_deref()), *yes, known)
            });
        }
        BookCommand::Steps { json } => show::steps(front, *json)?,
        BookCommand::Plan { claims: true, json, .. } => show::claims(front, *json)?,
        BookCommand::Plan { links: true, json, .. } => show::links(front, *json)?,
        BookCommand::Plan { label, json, .. } => show::plan(front, label.as_deref(), *json)?,
        BookCommand::Setup { yes } => return show::setup(front, *yes),
        BookCommand::Explain { code } => show::explain(front, code.as_deref())?,
        BookCommand::Down => down(front)?,
    };
    Ok(ExitCode::from(if passed { PASSED } else { FAILED }))
}

/// Runs something on the book, and reports it however it ends.
fn reported(
    front: &Front,
    command: &str,
    trust: Trust,
    (json, junit): (Option<&Path>, Option<&Path>),
    run: impl FnOnce(&Plan, &mut RunResult) -> Result<bool>,
) -> Result<ExitCode> {
    let reports = Reports::begin(&front.name, command, json, junit)?;
    let plan = front.load();
    let mut known = RunResult::default();
    let ran = match &plan {
        Ok(plan) => trust::require(front, plan, command, trust).and_then(|()| run(plan, &mut known)),
        Err(error) => Err(error.clone()),
    };
    Ok(ExitCode::from(match reports.end(plan.as_ref().ok(), &known, ran)? {
        Some(true) => PASSED,
        Some(false) => FAILED,
        None => COULD_NOT,
    }))
}

fn step(front: &Front, plan: &Plan, label: &str, yes: bool, known: &mut RunResult) -> Result<bool> {
    let name = format!("step {label}");
    let number = runner::require_labelled(plan, label)?.number;
    let options = options(front, (&plan.scenario, number), &name, &front.workspace, yes)?;
    let again = |step: &str| format!("{} step {step}", front.name);
    let words = words(front, plan);
    let result = run_reported(words, &name, again, known, |sink| runner::step(plan, number, &options, sink))?;
    let place = shown(&options.workspace).display().to_string();
    let place = visible(&place);
    let mut out = anstream::stdout().lock();
    if result.passed() {
        let _ = writeln!(out, "your files are in `{place}`; `{} down` ends what runs", front.name);
    } else {
        let _ = writeln!(
            out,
            "the files in `{place}` and what runs are as far as this step came; nothing was undone"
        );
    }
    Ok(result.passed())
}

fn adopt(front: &Front, label: Option<&str>, result: bool, yes: bool, known: &mut RunResult) -> Result<bool> {
    // While the files are read and the pages written, no run may change either.
    let (session, _) = session(front, "adopt")?;
    let adopted = adopt::adopt(front, label, result, yes);
    session.keep()?;
    let adopted = adopted?;
    let Some(label) = adopted.replay else { return Ok(adopted.complete) };
    let plan = front.load()?;
    trust::require(front, &plan, &format!("step {label}"), Trust::default())?;
    Ok(step(front, &plan, &label, false, known)? && adopted.complete)
}

/// The words of a check, as messages have them.
fn check_name(label: &str, exercise: Option<&str>) -> String {
    exercise.map_or_else(|| format!("check {label}"), |name| format!("check {label} --exercise {name}"))
}

fn check(
    front: &Front,
    plan: &Plan,
    label: &str,
    exercise: Option<&str>,
    known: &mut RunResult,
) -> Result<bool> {
    let number = runner::require_labelled(plan, label)?.number;
    // A check whose program is missing says so itself.
    let machine = machine_if_there(front, &plan.scenario, number)?;
    let name = check_name(label, exercise);
    let options = run_options(front, &name, &front.workspace, machine)?;
    let _lock = session::share(&options.command)?;
    let again = |step: &str| format!("{} {}", front.name, check_name(step, exercise));
    let words = words(front, plan);
    run_reported(words, &name, again, known, |sink| match exercise {
        Some(exercise) => runner::check_exercise(plan, number, exercise, &options, sink),
        None => runner::check(plan, number, &options, sink),
    })
    .map(|result| result.passed())
}

fn verify(
    front: &Front,
    plan: &Plan,
    ((from, last), what, folder): ((Option<&str>, Option<&str>), Verify, Option<&Path>),
    yes: bool,
    known: &mut RunResult,
) -> Result<bool> {
    let number = |label: Option<&str>| {
        label.map(|label| runner::require_labelled(plan, label).map(|step| step.number)).transpose()
    };
    let what = Verify { from: number(from)?, step: number(last)?, ..what };
    let workspace = verify_workspace(&plan.scenario);
    let options = options(front, (&plan.scenario, plan.steps.len()), "verify", &workspace, yes)?;
    let begin = |step: &str| from.map_or_else(String::new, |_| format!("--from {step} "));
    let again = |step: &str| format!("{} verify {}--step {step}", front.name, begin(step));
    let words = words(front, plan);
    let mut screenshots =
        folder.map(|folder| Screenshots::begin(front, &plan.scenario, folder, yes)).transpose()?;
    let result = run_reported(words, "verify", again, known, |sink| {
        let mut sink = |event: Event| {
            let ended = match &event.kind {
                EventKind::End(item) => Some(item.clone()),
                _ => None,
            };
            sink(event);
            if let Some((screenshots, item)) = screenshots.as_mut().zip(ended) {
                screenshots.after(&item);
            }
        };
        runner::verify(plan, what, &options, &mut sink)
    })?;
    let mut out = anstream::stdout().lock();
    let _ = writeln!(out, "{}", show::census(plan));
    for line in screenshots.map(Screenshots::lines).unwrap_or_default() {
        let _ = writeln!(out, "{}", visible(&line));
    }
    Ok(result.passed())
}

/// Checks that nothing of a book runs on this machine, for `command`, which starts from nothing.
///
/// # Errors
///
/// Something runs, or another run is under way.
pub fn require_nothing_live(front: &Front, command: &str) -> Result<()> {
    let (session, _) = session(front, command)?;
    let help = format!("`{command}` starts from nothing: stop it with `{} down`", front.name);
    let required = session.require_nothing_live(&help);
    session.keep().and(required)
}

/// A session that starts nothing.
fn session(front: &Front, command: &str) -> Result<(Session, RunOptions)> {
    let engine = engine_if_there(front);
    let options = run_options(front, command, &front.workspace, Machine { engine, ..Machine::default() })?;
    let session = Session::open(&options.command, &options.exe, options.machine.engine.as_ref())?;
    Ok((session, options))
}

fn down(front: &Front) -> Result<bool> {
    let (mut session, options) = session(front, "down")?;
    process::begin_cleaning();
    let removed = session::down(&mut session);
    session.keep()?;
    let removed = removed?;
    let mut out = anstream::stdout().lock();
    for name in &removed.processes {
        let _ = writeln!(out, "ended process `{}`", visible(name));
    }
    for what in &removed.swarm {
        let _ = writeln!(out, "removed {}", visible(what));
    }
    for name in &removed.containers {
        let _ = writeln!(out, "removed container `{name}`");
    }
    if removed.images > 0 {
        let _ = writeln!(out, "removed images: {}", removed.images);
    }
    for name in &removed.others {
        let _ =
            writeln!(out, "left container `{name}` alone: a run with another state folder has started it");
    }
    let unseen = options
        .machine
        .engine
        .is_none()
        .then_some("; no container engine answers, so containers were not looked at");
    let _ = writeln!(out, "nothing of the book is left running{}", unseen.unwrap_or_default());
    Ok(true)
}
