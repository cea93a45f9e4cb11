//! The sentences about kept states that cannot be used, and states that are not kept.
//!
//! All other sentences are in `words`.

use crate::event::NoState;
use crate::snapshot::{BYTES_MAX, Damage, ENTRIES_MAX, NotKept};

/// A proof begins with the step `label`, and `count` steps up to `last` are proved before the first that was asked for.
pub(super) fn begins_earlier(label: &str, last: &str, count: usize, why: &NoState) -> String {
    let why = match why {
        NoState::NotProved => format!("step {label} has not passed `verify` yet"),
        NoState::Changed => format!("step {label} or one before it has changed since it passed `verify`"),
        NoState::NotKept => format!("the end of step {label} is not kept"),
        NoState::Damaged(Damage { path, missing }) => damaged(label, path, *missing),
    };
    match count {
        1 => format!("{why}, so step {label} is proved first"),
        2 => format!("{why}, so steps {label} and {last} are proved first"),
        _ => format!("{why}, so steps {label} to {last} are proved first"),
    }
}

/// What is kept of a file at the end of a step is not what was kept.
pub(super) fn damaged(label: &str, path: &str, missing: bool) -> String {
    let what = if missing { "is missing" } else { "is damaged" };
    format!("the end of step {label} cannot be put back: what is kept of `{path}` {what}")
}

pub(super) fn not_kept(why: &NotKept) -> String {
    match why {
        NotKept::Entries => format!("the workspace has more than {ENTRIES_MAX} files and folders"),
        NotKept::Bytes => format!("the files of the workspace have more than {} MB", BYTES_MAX >> 20),
        NotKept::Name(name) => format!("the name of `{name}` is not UTF-8"),
        NotKept::Unreadable(path) => format!("`{path}` cannot be read"),
    }
}
