//! Node.js and npm, found on PATH, never provided.

use std::path::Path;
use std::time::Duration;

use scenario_core::error::Result;

use crate::ask::ask;
use crate::finding::{Look, Unmet};
use crate::host::Host;

/// The oldest Node.js that is tested.
const MAJOR_MIN: u32 = 20;
/// npm is itself a script for Node.js, and slow to start on a cold disk.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(20);

const HELP: &str =
    "install Node.js 20 or newer, with npm: from this system's packages, or https://nodejs.org";

pub(crate) fn look_for_node(host: &Host) -> Result<Look<String>> {
    let missing = |found: String| Unmet { found, remedy: None, help: HELP.to_owned() };
    let (node, npm) = match (host.find("node"), host.find("npm")) {
        (Some(node), Some(npm)) => (node, npm),
        (None, None) => return Ok(Look::Missing(missing("no `node` and no `npm` on PATH".to_owned()))),
        (None, Some(_)) => return Ok(Look::Missing(missing("no `node` on PATH; `npm` is there".to_owned()))),
        (Some(_), None) => return Ok(Look::Missing(missing("no `npm` on PATH; `node` is there".to_owned()))),
    };
    let node_version = match version(host, &node)? {
        Ok(version) => version,
        Err(why) => return Ok(Look::Missing(missing(why))),
    };
    let major = node_version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < MAJOR_MIN) {
        let found = format!("`{}` is {node_version}, expected {MAJOR_MIN} or newer", node.display());
        return Ok(Look::Missing(missing(found)));
    }
    Ok(version(host, &npm)?.map(|npm| format!("node {node_version}, npm {npm}")).map_err(missing).into())
}

/// The version that a program gives for itself, without the `v` before it.
fn version(host: &Host, program: &Path) -> Result<std::result::Result<String, String>> {
    let answer = ask(&host.command(program, ["--version"]).deadline(ANSWER_TIME_MAX))?;
    let version = |text: String| text.trim().trim_start_matches('v').to_owned();
    Ok(answer.map(version).map_err(|why| format!("`{} --version`: {why}", program.display())))
}
