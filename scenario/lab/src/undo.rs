//! How the change that a block has made to a file is taken back, as long as nobody has changed the file since.
//!
//! It is kept in memory, for one change of each block; what the runner has moved away stays in `.scenario/kept`.

use std::collections::BTreeMap;

use crate::files::{WorkspaceFiles, etag};
use crate::refusal::{Answer, Refusal};

/// The last change that each block has made.
pub(crate) type Undo = BTreeMap<String, Change>;

/// A file before a block has changed it, and what it was afterwards.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) path: String,
    /// `None` if there was no file.
    pub(crate) before: Option<Vec<u8>>,
    pub(crate) etag: String,
}

/// Puts the file back as it was; true if it is gone with that. This blocks.
///
/// # Errors
///
/// The file has changed since, or cannot be written.
pub(crate) fn undo(files: &WorkspaceFiles, change: &Change) -> Answer<bool> {
    let _alone = files.alone();
    let path = &change.path;
    let is_same = files.bytes(path).is_some_and(|bytes| etag(&bytes) == change.etag);
    if !is_same {
        return Err(Refusal::conflict(format!("`{path}` has changed since this block was applied"))
            .help("undo your own changes in the editor first"));
    }
    let done = match &change.before {
        Some(bytes) => files.write_own(path, bytes),
        None => files.remove_own(path),
    };
    done.map_err(|cause| Refusal::conflict(format!("`{path}` was not put back: {cause}")))?;
    Ok(change.before.is_none())
}
