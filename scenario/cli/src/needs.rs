//! What a book needs of a machine, read off its commands and checks.

use scenario_core::model::{CheckKind, Effect, Scenario};
use scenario_setup::Need;

/// Everything that the commands and checks of a scenario use.
pub(super) fn of(scenario: &Scenario) -> Vec<Need> {
    let mut needs = vec![Need::Platform];
    let mut need = |condition: bool, what: Need| {
        if condition && !needs.contains(&what) {
            needs.push(what);
        }
    };
    for step in &scenario.steps {
        for check in step.all_checks() {
            need(!matches!(check.kind, CheckKind::Http { .. }), Need::Prometheus);
        }
        for block in &step.blocks {
            for command in block.kind.commands() {
                let names = |program: &str| {
                    command.text.split(|c: char| !c.is_alphanumeric() && c != '-').any(|word| word == program)
                };
                need(names("cargo"), Need::Linker);
                need(command.text.contains("crt-static"), Need::StaticLibc);
                need(names("curl"), Need::Curl);
                need(
                    command.effect != Effect::None || names("docker") || names("podman"),
                    Need::ContainerEngine,
                );
                need(command.text.starts_with("prometheus "), Need::Prometheus);
            }
        }
    }
    needs
}
