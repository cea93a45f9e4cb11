//! The environment of a book's commands: the same on every machine, in the runner and in the lab.
//!
//! README of this crate lists it for authors.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use crate::container::Engine;
use crate::error::{Error, Result};
use crate::workspace::Workspace;

/// What the machine provides to the commands of a book.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    /// Folders that come first on PATH.
    pub path: Vec<PathBuf>,
    /// Environment variables to set or, with `None`, to remove.
    pub env: Vec<(OsString, Option<OsString>)>,
    /// The container engine, where the book needs one.
    pub engine: Option<Engine>,
}

/// What is the same everywhere.
const FIXED: [(&str, &str); 6] = [
    ("LANG", "C.UTF-8"),
    ("TZ", "UTC"),
    ("COLUMNS", "80"),
    ("PAGER", "cat"),
    ("GIT_PAGER", "cat"),
    ("MANPAGER", "cat"),
];
/// Variables that change how a shell behaves or what programs print. Some are set by git for its hooks: with them,
/// `git commit` on a page would write into the repository of the hook.
const REMOVED: [&str; 28] = [
    "BASHOPTS",
    "BASH_ENV",
    "BASH_XTRACEFD",
    "CARGO_TERM_COLOR",
    "CDPATH",
    "CI",
    "CLICOLOR_FORCE",
    "ENV",
    "FORCE_COLOR",
    "GITHUB_ACTIONS",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
    "GLOBIGNORE",
    "IFS",
    "LANGUAGE",
    "LESS",
    "LINES",
    "OLDPWD",
    "POSIXLY_CORRECT",
    "PROMPT_COMMAND",
    "PS4",
    "PY_COLORS",
    "SHELLOPTS",
    "TMOUT",
];
/// Prefixes of more such variables: the language, exported shell functions, and the author and committer for git.
const REMOVED_PREFIXES: [&str; 4] = ["LC_", "BASH_FUNC_", "GIT_AUTHOR_", "GIT_COMMITTER_"];
/// Where no proxy is asked.
const THIS_MACHINE: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// The environment of a command of the book: first on PATH are the programs that label what it starts, and tools keep
/// their data in our folder of the workspace.
pub(super) fn environment(
    workspace: &Workspace,
    machine: &Machine,
    shims: PathBuf,
) -> Result<Vec<(OsString, Option<OsString>)>> {
    let data = workspace.data_of_tools()?;
    let state = workspace.state_path("nested")?;
    let mut env = of_machine(machine, machine.engine.iter().map(|_| shims.clone()))?;
    env.push(("SCENARIO_DATA".into(), Some(data.into())));
    // A `scenario` that a page runs is not held up by the run around it.
    env.push(("SCENARIO_STATE".into(), Some(state.into())));
    Ok(env)
}

/// The part of it that depends on no workspace; `first` are the folders that come first on PATH.
pub(super) fn of_machine(
    machine: &Machine,
    first: impl Iterator<Item = PathBuf>,
) -> Result<Vec<(OsString, Option<OsString>)>> {
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let ours = first.chain(machine.path.iter().cloned());
    let path = std::env::join_paths(ours.chain(std::env::split_paths(&rest)))
        .map_err(|cause| Error::new(format!("failed to set PATH: {cause}")))?;
    let mut env = everywhere();
    env.extend(machine.env.iter().cloned());
    env.push(("PATH".into(), Some(path)));
    Ok(env)
}

fn everywhere() -> Vec<(OsString, Option<OsString>)> {
    let inherited = std::env::vars_os().map(|(name, _)| name);
    let mut env: Vec<_> = inherited.filter(|name| is_removed(name)).map(|name| (name, None)).collect();
    env.extend(FIXED.map(|(name, value)| (name.into(), Some(value.into()))));
    for name in ["no_proxy", "NO_PROXY"] {
        let given = std::env::var_os(name).unwrap_or_default();
        let given = given.to_string_lossy();
        let mut hosts: Vec<&str> = given.split(',').map(str::trim).filter(|host| !host.is_empty()).collect();
        hosts.extend(THIS_MACHINE.iter().filter(|host| !given.split(',').any(|one| one.trim() == **host)));
        env.push((name.into(), Some(hosts.join(",").into())));
    }
    env
}

/// Whether a variable is not passed on.
fn is_removed(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    REMOVED.contains(&&*name) || REMOVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}
