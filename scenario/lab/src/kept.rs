//! Files of the learner's that a job or a button has replaced, and how they are put back, as long as nobody has changed
//! what has taken their places.
//!
//! Known are those since the lab was started; the files themselves stay in `.scenario/kept`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::files::{WorkspaceFiles, etag};
use crate::limits::KEPT_MAX;
use crate::refusal::{Answer, Refusal};

/// By the path of each file.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    files: BTreeMap<String, KeptFile>,
}

#[derive(Debug, Clone)]
struct KeptFile {
    /// Where its copy is, relative to the workspace.
    copy: String,
    /// What has taken its place; `None` if nothing has.
    now: Option<String>,
}

impl Kept {
    /// Takes the files that a job has replaced, each with its copy, in place of those that are known. Of two copies of a
    /// file the first is what the learner had.
    pub(crate) fn take(
        &mut self,
        replaced: Vec<(String, PathBuf)>,
        workspace: &Path,
        files: &WorkspaceFiles,
    ) {
        self.files.clear();
        for (path, copy) in replaced.into_iter().rev() {
            self.insert(&path, &copy, workspace, files);
        }
    }

    /// A file was replaced, and what the learner had is `copy`.
    pub(crate) fn insert(&mut self, path: &str, copy: &Path, workspace: &Path, files: &WorkspaceFiles) {
        let Some(copy) = copy.strip_prefix(workspace).ok().and_then(Path::to_str) else { return };
        // A folder may be kept too.
        if files.bytes(copy).is_some() && (self.files.len() < KEPT_MAX || self.files.contains_key(path)) {
            let now = files.bytes(path).map(|bytes| etag(&bytes));
            self.files.insert(path.to_owned(), KeptFile { copy: copy.to_owned(), now });
        }
    }

    /// The paths of all.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.files.keys().cloned().collect()
    }

    /// Puts a file back, and forgets it; true if there was none in its place. This blocks.
    ///
    /// # Errors
    ///
    /// None is kept of this path, what is in its place was changed, or it cannot be written.
    pub(crate) fn put_back(&mut self, files: &WorkspaceFiles, path: &str) -> Answer<bool> {
        let _alone = files.alone();
        let kept = self.files.get(path).ok_or_else(|| {
            Refusal::conflict(format!("`{path}` was not replaced since the lab was started"))
        })?;
        let copy = &kept.copy;
        if files.bytes(path).map(|bytes| etag(&bytes)) != kept.now {
            return Err(Refusal::conflict(format!("`{path}` has changed since yours was kept"))
                .help(format!("yours is still there, as `{copy}`")));
        }
        let bytes =
            files.bytes(copy).ok_or_else(|| Refusal::conflict(format!("`{copy}` is not there any more")))?;
        files
            .write_own(path, &bytes)
            .map_err(|cause| Refusal::conflict(format!("`{path}` was not put back: {cause}")))?;
        let is_new = kept.now.is_none();
        self.files.remove(path);
        Ok(is_new)
    }
}
