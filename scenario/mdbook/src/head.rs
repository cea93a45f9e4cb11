//! The line at the head of a chapter: how to begin with it, and how long its commands take; and what not every machine has
//! that it needs.

use scenario_core::model::Needs;

use crate::html::{Escaped, without_blank_lines};
use crate::words;

/// The line as HTML; nothing where nothing is known. `begin` is the command that brings the reader to the chapter's
/// beginning.
pub(crate) fn line(begin: Option<&str>, seconds: Option<u64>) -> Option<String> {
    let begin = begin.map(|command| format!("Start here: <code>{}</code>.", Escaped(command)));
    let takes = seconds.map(|seconds| format!("The commands take {}.", words::about(seconds)));
    let parts: Vec<String> = begin.into_iter().chain(takes).collect();
    let line = format!("<p class=\"scenario-head\">{}</p>", parts.join(" "));
    (!parts.is_empty()).then(|| without_blank_lines(&line, true))
}

/// What a chapter needs, and how to see whether a machine has it, as HTML.
pub(crate) fn needs(needs: &Needs) -> String {
    let (what, command) = (Escaped(&needs.what), Escaped(&needs.command));
    let line = format!(
        "<details class=\"scenario-needs\"><summary>This chapter needs {what}. Where that is missing, the chapter is \
         skipped, and the next ones do without it.</summary>This command succeeds where it is there: \
         <code>{command}</code></details>"
    );
    without_blank_lines(&line, true)
}

/// Where the line belongs on a page: behind its title, or at the very beginning.
pub(crate) fn place(page: &str) -> usize {
    let start = page.len() - page.trim_start().len();
    match page[start..].starts_with("# ") {
        true => page[start..].find('\n').map_or(page.len(), |at| start + at),
        false => 0,
    }
}
