//! What a book needs of a machine: what its commands and checks use, and what its `book.toml` adds.
//!
//! Whether a machine has it is found out by `scenario-setup`.

use std::collections::BTreeSet;

use scenario_core::error::{Error, Result};
use scenario_core::model::{CheckKind, CommandLine, Effect, Scenario};
use scenario_setup::Need;

/// What brings a program that a command may run.
const PROGRAMS: [(&str, Need); 10] = [
    ("alertmanager", Need::Alertmanager),
    ("amtool", Need::Amtool),
    ("cargo", Need::Linker),
    ("curl", Need::Curl),
    ("docker", Need::ContainerEngine),
    ("docker-compose", Need::ContainerEngine),
    ("podman", Need::ContainerEngine),
    ("podman-compose", Need::ContainerEngine),
    ("prometheus", Need::Prometheus),
    ("promtool", Need::Promtool),
];

/// The names that `needs` in `[preprocessor.scenario]` of `book.toml` may list beside those of programs.
const NAMES: [(&str, Need); 8] = [
    ("linker", Need::Linker),
    ("static-libc", Need::StaticLibc),
    ("curl", Need::Curl),
    ("container-engine", Need::ContainerEngine),
    ("prometheus", Need::Prometheus),
    ("promtool", Need::Promtool),
    ("alertmanager", Need::Alertmanager),
    ("amtool", Need::Amtool),
];

/// What the commands and checks of a scenario use, and what its book says that they need.
///
/// # Errors
///
/// The book lists something that is not the name of a program.
pub fn needs(scenario: &Scenario) -> Result<Vec<Need>> {
    needs_up_to(scenario, scenario.steps.len())
}

/// As [`needs`], of the steps up to `last` alone.
///
/// # Errors
///
/// As those of [`needs`].
pub(crate) fn needs_up_to(scenario: &Scenario, last: usize) -> Result<Vec<Need>> {
    let mut needs = BTreeSet::from([Need::Platform]);
    for name in &scenario.needs {
        needs.insert(by_name(name)?);
    }
    for step in scenario.steps.iter().take(last) {
        step.every_check().for_each(|check| needs.extend(of_check(&check.kind)));
        for command in step.every_block().flat_map(|block| block.kind.commands()) {
            needs.extend(of_command(command));
        }
    }
    Ok(needs.into_iter().collect())
}

fn of_check(kind: &CheckKind) -> Vec<Need> {
    match kind {
        CheckKind::Target { .. } | CheckKind::Promql { .. } => vec![Need::Prometheus],
        CheckKind::Command { programs, .. } => of_programs(programs).collect(),
        CheckKind::Http { .. } | CheckKind::File { .. } => Vec::new(),
    }
}

fn of_command(command: &CommandLine) -> impl Iterator<Item = Need> + '_ {
    let changes_containers = (command.effect != Effect::None).then_some(Need::ContainerEngine);
    of_programs(&command.programs).chain(changes_containers)
}

fn of_programs(programs: &BTreeSet<String>) -> impl Iterator<Item = Need> + '_ {
    PROGRAMS.iter().filter(|(program, _)| programs.contains(*program)).map(|(_, need)| need.clone())
}

/// What a name in `needs` means: a need of its own, or the program of that name.
fn by_name(name: &str) -> Result<Need> {
    let engines = PROGRAMS.iter().filter(|(_, need)| *need == Need::ContainerEngine);
    if let Some((_, need)) = NAMES.iter().chain(engines).find(|(known, _)| *known == name) {
        return Ok(need.clone());
    }
    let is_program = |c: char| c.is_ascii_alphanumeric() || "+-._".contains(c);
    if name.is_empty() || !name.chars().all(is_program) {
        let names: Vec<String> = NAMES.iter().map(|(name, _)| format!("`{name}`")).collect();
        return Err(Error::usage(format!("invalid need `{name}`")).with_help(format!(
            "`needs` in `[preprocessor.scenario]` of book.toml lists names of programs, such as `git`, and {}",
            names.join(", ")
        )));
    }
    Ok(Need::Program(name.to_owned()))
}
