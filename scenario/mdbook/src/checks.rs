//! The list at the end of a step of what is checked there, and the command that looks.

use std::collections::BTreeSet;

use scenario_core::plan::PlannedStep;

use crate::html::{Escaped, code};
use crate::words;

/// The list as one line of HTML; nothing for a step that checks nothing. A check that is not in `ids` is not one that
/// the runner has, and gets no id; without `ids` all are.
pub(crate) fn list(step: &PlannedStep, command: &str, ids: Option<&BTreeSet<String>>) -> Option<String> {
    let items: String = step
        .checks()
        .map(|(action, check)| {
            let runs = ids.is_none_or(|ids| ids.contains(&action.id));
            let id = if runs { format!(" data-check=\"{}\"", Escaped(&action.id)) } else { String::new() };
            format!("<li{id}>{}.</li>", words::check(check))
        })
        .collect();
    let command = command.replace("{step}", &step.label);
    (!items.is_empty()).then(|| {
        format!(
            "<section class=\"scenario-checks\" aria-label=\"What this step checks\">\
             <p>What this step checks</p><ul>{items}</ul>\
             <p class=\"scenario-checks-command\">To run these checks: {}</p></section>",
            code(&command)
        )
    })
}
