//! The variables of our own environment that a book's commands must not see.

use std::ffi::OsString;

use crate::host::Host;

/// Variables that would change the book's build: flags and folders meant for another one.
const BUILD_VARIABLES: [&str; 7] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_BUILD_DIR",
];

/// What `cargo run` and `cargo test` set for the program that they start, such as this one.
const CARGO_VARIABLES: [&str; 6] = [
    "CARGO",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_CRATE_NAME",
    "CARGO_PRIMARY_PACKAGE",
    "OUT_DIR",
];

/// The variables that the book's commands must not inherit.
pub(crate) fn removed_variables(host: &Host) -> Vec<(OsString, Option<OsString>)> {
    let fixed = BUILD_VARIABLES.iter().chain(&CARGO_VARIABLES).map(|name| (*name).to_owned());
    let inherited = std::env::vars_os().map(|(name, _)| name);
    let set = host.overrides.iter().map(|(name, _)| name.clone());
    let ours = inherited.chain(set).filter_map(|name| name.into_string().ok()).filter(|name| {
        let per_target = name.starts_with("CARGO_TARGET_") && name.ends_with("_RUSTFLAGS");
        per_target || name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_BIN_")
    });
    let mut names: Vec<String> = fixed.chain(ours).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| (name.into(), None)).collect()
}
