//! Runs the command of a check in the workspace, and compares how it ended and what it printed.
//!
//! It does not know how a change of the workspace by the command is detected.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::check::text;
use crate::check::unchanged::Before;
use crate::error::Result;
use crate::failure::{Asked, Captured, Found, Mismatch, NoAnswer, Outcome, TextOf};
use crate::process::{Command, OUTPUT_BYTES_MAX, Tree};
use crate::transcript::Printed;

/// Where the files of a book are, and what its commands get.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// The workspace.
    pub root: PathBuf,
    /// The environment of commands: variables to set or, with `None`, to remove.
    pub env: Vec<(OsString, Option<OsString>)>,
    /// The names of the book's folders that tools fill.
    pub caches: Vec<String>,
    /// The tree that the run has recorded for the commands of its checks, so that they end with it. Without it, each command
    /// has a tree of its own.
    pub tree: Option<Tree>,
    /// Whether nothing but the check's command can change the workspace, so that what changed was changed by it.
    pub is_alone: bool,
}

/// What a command must do.
#[derive(Debug)]
pub(super) struct Expected<'a> {
    pub(super) status: i32,
    pub(super) contains: Option<&'a str>,
    pub(super) matches: Option<&'a str>,
}

pub(super) fn evaluate(place: &Place, command: &str, expected: &Expected<'_>) -> Result<Outcome> {
    if !place.root.is_dir() {
        let why = NoAnswer::NoWorkspace { path: place.root.display().to_string() };
        return Ok(Outcome::Unreachable { what: Asked::Command(command.to_owned()), why });
    }
    // By bash, as the commands of the pages.
    let before = place.is_alone.then(|| Before::of(&place.root, &place.caches));
    let command_line = Command::new(["bash", "-c", command]).dir(&place.root).envs(&place.env);
    let tree = place.tree.as_ref().map_or_else(Tree::new, Tree::again);
    let finished = command_line.in_tree(tree).run()?;
    if let Some(path) = before.and_then(|before| before.changed()) {
        return Ok(Outcome::Failed(Mismatch::Writes { path }));
    }
    if let Some(after) = finished.timed_out {
        let why = NoAnswer::TimedOut { seconds: after.as_secs() };
        return Ok(Outcome::Unreachable { what: Asked::Command(command.to_owned()), why });
    }
    let looks_into_it = expected.contains.is_some() || expected.matches.is_some();
    if finished.truncated && finished.status == expected.status && looks_into_it {
        let why = NoAnswer::TooLong { bytes_max: OUTPUT_BYTES_MAX as u64 };
        return Ok(Outcome::Unreachable { what: Asked::Command(command.to_owned()), why });
    }
    let printed = Printed::both(&finished.stdout, &finished.stderr).text;
    let (found, status) = (finished.status, expected.status);
    if found != status {
        let output = Captured::new(&printed);
        return Ok(Outcome::Failed(Mismatch::CommandStatus { expected: status, found, output }));
    }
    Ok(match text::mismatch(TextOf::Output, &printed, expected.contains, expected.matches) {
        None => Outcome::Passed(Found::Ended { status }),
        Some(mismatch) => Outcome::Failed(mismatch),
    })
}
