//! The attributes that there are, and what each kind of block and check may have.
//!
//! What an attribute means is decided where it is used.

use crate::problem::Owner;

/// Every attribute that a block can have; a page that is not a step may have none of them.
pub(super) const OF_BLOCKS: [&str; 28] = [
    "file",
    "append",
    "prepend",
    "insert-before",
    "insert-after",
    "replace",
    "replace-to",
    "background",
    "ready",
    "within",
    "read-only",
    "writes",
    "stop",
    "expect",
    "already-true",
    "plot",
    "range",
    "step",
    "curve",
    "unit",
    "alt",
    "screenshot",
    "url",
    "terminal",
    "untracked",
    "exercise",
    "mistake",
    "ignore",
];

/// Those of them that make a block a file edit.
pub(super) const EDIT: [&str; 7] =
    ["file", "append", "prepend", "insert-before", "insert-after", "replace", "replace-to"];

/// Those that only a block with `plot` may have.
pub(super) const OF_PLOTS: [&str; 5] = ["range", "step", "curve", "unit", "alt"];

/// The languages that make a block more than text.
pub(super) const LANGUAGES: [&str; 2] = ["console", "promql"];

/// The attributes that a kind of block or check may have.
pub(super) fn known(owner: Owner) -> &'static [&'static str] {
    match owner {
        Owner::Ignored => &["ignore"],
        Owner::Edit => &[
            "file",
            "append",
            "prepend",
            "insert-before",
            "insert-after",
            "replace",
            "replace-to",
            "exercise",
            "mistake",
        ],
        Owner::Console => &[
            "background",
            "ready",
            "within",
            "read-only",
            "writes",
            "stop",
            "terminal",
            "untracked",
            "exercise",
            "mistake",
            "file",
            "ignore",
        ],
        Owner::Promql | Owner::Plot | Owner::Screenshot => &[
            "within",
            "expect",
            "already-true",
            "plot",
            "range",
            "step",
            "curve",
            "unit",
            "alt",
            "screenshot",
            "url",
            "exercise",
            "file",
            "ignore",
        ],
        Owner::OtherBlock => &["file", "ignore"],
        Owner::Needs => &["what", "command"],
        Owner::TargetCheck => &["job", "health", "error", "within", "already-true", "exercise", "mistake"],
        Owner::HttpCheck => &[
            "url",
            "status",
            "header",
            "contains",
            "matches",
            "within",
            "already-true",
            "exercise",
            "mistake",
        ],
        Owner::CommandCheck => {
            &["command", "status", "contains", "matches", "within", "already-true", "exercise", "mistake"]
        }
        Owner::FileCheck => {
            &["file", "absent", "contains", "matches", "within", "already-true", "exercise", "mistake"]
        }
    }
}
