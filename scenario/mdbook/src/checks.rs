//! The list at the end of a step of what is checked there, and the command that looks; and the one that checks a solution
//! of an exercise.

use std::collections::BTreeSet;

use scenario_core::plan::PlannedStep;

use crate::html::{DataText, Escaped, code, without_blank_lines};
use crate::words;

/// The command that checks a step; `command` is that of any step.
pub(crate) fn command(step: &PlannedStep, command: &str) -> String {
    command.replace("{step}", &step.label)
}

/// How to check a solution of an exercise, as one line of HTML; `command` checks its step.
pub(crate) fn exercise(name: &str, command: &str) -> String {
    let command = code(&format!("{command} --exercise {name}"));
    let section = format!(
        "<section class=\"scenario-checks scenario-exercise\" data-exercise=\"{name}\" aria-label=\"Exercise {name}\">\
         <p class=\"scenario-exercise-command\"{}></p></section>",
        DataText(&format!("To check your solution: {command}"))
    );
    without_blank_lines(&section, true)
}

/// The list as one line of HTML; nothing for a step that checks nothing. A check that is not in `ids` is not one that
/// the runner has, and gets no id; without `ids` all are.
pub(crate) fn list(step: &PlannedStep, command: &str, ids: Option<&BTreeSet<String>>) -> Option<String> {
    let items: String = step
        .checks()
        .map(|(action, check)| {
            let runs = ids.is_none_or(|ids| ids.contains(&action.id));
            let id = if runs { format!(" data-check=\"{}\"", Escaped(&action.id)) } else { String::new() };
            format!("<li{id}{}></li>", DataText(&format!("{}.", words::check(check))))
        })
        .collect();
    let command = self::command(step, command);
    (!items.is_empty()).then(|| {
        let title = "What this step checks";
        let command = format!("To run these checks: {}", code(&command));
        let list = format!(
            "<section class=\"scenario-checks\" aria-label=\"{title}\"><p{}></p><ul>{items}</ul>\
             <p class=\"scenario-checks-command\"{}></p></section>",
            DataText(title),
            DataText(&command)
        );
        without_blank_lines(&list, true)
    })
}
