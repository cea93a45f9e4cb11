//! The folder for what outlives a run, such as the record of what runs and what a user has agreed to.
//!
//! What is in it is for the modules that write it.

use std::path::PathBuf;

/// The state folder: `SCENARIO_STATE`, else the user's folder for such things.
pub fn state_dir() -> PathBuf {
    let var = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    var("SCENARIO_STATE")
        .or_else(|| var("XDG_STATE_HOME").map(|dir| dir.join("scenario")))
        .or_else(|| var("HOME").map(|dir| dir.join(".local/state/scenario")))
        .unwrap_or_else(|| std::env::temp_dir().join("scenario-state"))
}
