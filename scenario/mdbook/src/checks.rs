//! The list at the end of a step of what is checked there, and the command that looks.

use scenario_core::model::Step;

use crate::html::{Escaped, code};
use crate::words;

/// The list as one line of HTML; nothing for a step that checks nothing.
pub(crate) fn list(step: &Step, command: &str) -> Option<String> {
    let items: String = step
        .all_checks()
        .map(|check| format!("<li data-check=\"{}\">{}.</li>", Escaped(&check.id), words::check(check)))
        .collect();
    let command = command.replace("{step}", &step.number.to_string());
    let title = "scenario-checks-title";
    (!items.is_empty()).then(|| {
        format!(
            "<section class=\"scenario-checks\" aria-label=\"What this step checks\">\
             <p class=\"{title}\">What this step checks</p><ul>{items}</ul>\
             <p class=\"scenario-checks-command\">To see whether it all holds: {}</p></section>",
            code(&command)
        )
    })
}
