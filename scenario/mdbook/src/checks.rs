//! The list at the end of a step of what is checked there, and the command that looks.

use scenario_core::model::Step;

use crate::html::{Escaped, code};
use crate::pages::Ids;
use crate::words;

/// The list as one line of HTML; nothing for a step that checks nothing. A check that the file of the page does not
/// have is no check of the runner's, and has no id.
pub(crate) fn list(step: &Step, command: &str, changed: Option<&Ids>) -> Option<String> {
    let items: String = step
        .all_checks()
        .map(|check| {
            let runs = changed.is_none_or(|ids| ids.has(&check.id));
            let id = if runs { format!(" data-check=\"{}\"", Escaped(&check.id)) } else { String::new() };
            format!("<li{id}>{}.</li>", words::check(check))
        })
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
