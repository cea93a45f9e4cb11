//! `cargo xtask ci`: what CI runs. A stage that fails does not hold up those that do not need it.

use std::io::Write;
use std::process::{Command, ExitCode};
use std::time::Instant;

use scenario_cli::{self as cli, Front};
use scenario_core::error::Result;
use scenario_setup::{Need, Toolbox};

use crate::schedule::{self, Ended, StageOutcome};
use crate::stages::STAGES;
use crate::{flags, project_root};

/// What the stages need beside what the book does.
const NEEDS: [Need; 3] = [Need::Mdbook, Need::Node, Need::Browser];
/// The other browser that the lab's page is tried in.
const OTHER_BROWSER: &str = "firefox";
/// The books in `scenario/examples/`, which the stage of that name runs.
const EXAMPLES: [&str; 3] = ["flask", "git", "postgres"];
/// How many of the slowest tests are listed.
const SLOWEST: usize = 10;

impl flags::Ci {
    pub(crate) fn run(self, front: &Front) -> Result<ExitCode> {
        let start = Instant::now();
        // Its stages would wait for the ports, and fail.
        cli::require_nothing_live(front, "ci")?;
        let toolbox = toolbox(front, self.yes)?;
        // Once more: only now there is surely an engine, which removes what a killed run has left.
        cli::require_nothing_live(front, "ci")?;
        let command = |line: &str| command(line, &toolbox);
        let mut out = anstream::stdout();
        let ended = schedule::carry_out(&STAGES, &command, &mut out)?;
        let _ = write!(out, "{}", summary(&ended, start.elapsed().as_secs_f32()));
        let passed = ended.iter().all(|ended| matches!(ended.outcome, StageOutcome::Passed));
        Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// All that the tests of this repository need of a machine.
pub(crate) fn toolbox(front: &Front, yes: bool) -> Result<Toolbox> {
    let mut needs = cli::needs(&front.load()?.scenario)?;
    for name in EXAMPLES {
        let book = project_root().join("scenario/examples").join(name);
        needs.extend(cli::needs(&Front { book, ..front.clone() }.load()?.scenario)?);
    }
    needs.extend(NEEDS);
    needs.push(Need::Program(OTHER_BROWSER.to_owned()));
    cli::toolbox(front, &needs, yes)
}

/// One command of a stage. Only npm gets the tools: cargo keeps what the caller has set for our own builds.
pub(crate) fn command(line: &str, toolbox: &Toolbox) -> Command {
    // `cargo xtask` is here already, and cargo would wait while another stage compiles.
    let own = line.strip_prefix("cargo xtask ");
    let mut words = own.unwrap_or(line).split(' ');
    let program = match own {
        Some(_) => project_root().join("target/debug/xtask"),
        None => words.next().unwrap_or_default().into(),
    };
    let is_cargo = line.split(' ').any(|word| word == "cargo");
    let mut command = Command::new(program);
    command.args(words).current_dir(project_root());
    for (name, value) in toolbox.envs().into_iter().filter(|_| !is_cargo) {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    // A test that cannot run here must say so by failing: CI has everything.
    command.env("SCENARIO_NO_SKIP", "1");
    // The browser's tests start this program; which browser, the toolbox says.
    command.env("SCENARIO_LAB", project_root().join("target/debug/scenario-lab"));
    command
}

/// The last lines: what became of each stage, which tests took longest, and which failed, with why.
fn summary(ended: &[Ended], seconds: f32) -> String {
    let width = ended.iter().map(|ended| ended.stage.name.len()).max().unwrap_or_default();
    let mut text = format!("\n{:width$}  result   seconds\n", "stage");
    for Ended { stage, outcome, elapsed, .. } in ended {
        let (result, why) = match outcome {
            StageOutcome::Passed => ("passed", String::new()),
            StageOutcome::Failed(command) => ("failed", format!("  again: {command}")),
            StageOutcome::Skipped(other) => {
                ("skipped", format!("  it needs `{other}`, which has not passed"))
            }
        };
        text += &format!("{:width$}  {result:<7}  {:>7.0}{why}\n", stage.name, elapsed.as_secs_f32());
    }
    let mut tests: Vec<_> =
        ended.iter().flat_map(|ended| ended.tests.iter().map(|test| (ended.stage.name, test))).collect();
    tests.sort_by_key(|(_, test)| std::cmp::Reverse(test.elapsed));
    if !tests.is_empty() {
        text += &format!("\n{:width$}  seconds  the {SLOWEST} slowest tests\n", "stage");
    }
    for (stage, test) in tests.iter().take(SLOWEST) {
        text += &format!("{stage:width$}  {:>7.1}  {}\n", test.elapsed.as_secs_f32(), test.name);
    }
    let failed: Vec<_> = tests.iter().filter(|(_, test)| test.failed).collect();
    if !failed.is_empty() {
        text += &format!("\n{:width$}  failed test\n", "stage");
    }
    for (stage, test) in failed {
        text += &format!("{stage:width$}  {}\n", test.name);
        test.why.iter().for_each(|line| text += &format!("{:width$}    {line}\n", ""));
    }
    let bad = ended.iter().filter(|ended| !matches!(ended.outcome, StageOutcome::Passed)).count();
    let verdict =
        if bad == 0 { "all passed".to_owned() } else { format!("{bad} of {} did not pass", ended.len()) };
    text + &format!("\n== ci: {verdict} in {seconds:.0} s\n")
}
