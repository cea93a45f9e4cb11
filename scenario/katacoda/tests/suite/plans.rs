//! What the steps of a book do, as texts to compare.
//!
//! A step has its title. An edit has path, verb, markers and text. A command has text, terminal, status and output, what it
//! waits for, what it writes, and whether it only looks. A background process and a stop have the name. A check has what it
//! asks, for how long, and why it holds before. Blocks that do nothing are left out.

use std::path::Path;

use scenario_core::book::Book;
use scenario_core::model::Scenario;
use scenario_core::plan::{Action, Plan};

pub(crate) fn load(book: &Path) -> Scenario {
    Book::load(book).unwrap().into_scenario().unwrap()
}

/// What the steps of a book do: the title and the actions of each step, without what depends on the text of its page.
pub(crate) fn plan(scenario: Scenario) -> Vec<(String, Vec<String>)> {
    let plan = Plan::new(scenario);
    let steps = plan.steps.iter().map(|step| {
        let needs = step.needs.iter().map(|needs| format!("needs {} {}", needs.what, needs.command));
        let actions = step.actions.iter().filter_map(|action| said(&action.action));
        (step.title.clone(), needs.chain(actions).collect())
    });
    steps.collect()
}

fn said(action: &Action) -> Option<String> {
    Some(match action {
        Action::Edit(planned) => {
            let markers: Vec<&str> =
                planned.edit.verb.markers().iter().map(|marker| marker.text.as_str()).collect();
            format!("{} {} {markers:?} {:?}", planned.edit.verb.name(), planned.edit.path, planned.block.text)
        }
        Action::Command(planned) => {
            let command = &planned.command;
            let output: Vec<&str> = command.output.iter().map(|line| line.text.as_str()).collect();
            let writes: Vec<&str> = planned.writes.iter().map(|file| file.path.as_str()).collect();
            format!(
                "{} {:?} {} {output:?} {writes:?} {:?} {} {:?}",
                command.terminal,
                command.text,
                command.status,
                planned.ready,
                planned.read_only,
                planned.repeat
            )
        }
        Action::Background(background) => {
            let command = &background.command;
            format!("{} {} {:?} {:?}", background.name, command.terminal, command.text, background.ready)
        }
        Action::Stop { name } => format!("stop {name}"),
        Action::Check(check) => {
            let (plot, screenshot) = (check.plot.is_some(), check.screenshot.is_some());
            format!("{:?} {:?} {:?} {plot} {screenshot}", check.kind, check.within, check.already_true)
        }
        Action::Ignored { .. } => return None,
    })
}
