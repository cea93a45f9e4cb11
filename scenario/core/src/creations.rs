//! The containers that a run has asked its engine to create.
//!
//! An engine goes on with a creation whose client was killed, and lists the container only when it is made. So a run
//! that ends looks not only for what the engine lists but also for what it still owes. The programs of
//! [`Engine::write_shims`] write the file `N` when a client with the pid `N` starts, and the client writes the id of its
//! container to `N.id` when the engine has answered (`--cidfile`). The container carries `SESSION.N` in
//! [`CREATION_LABEL`].

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::container::{CREATION_LABEL, Engine, SESSION_LABEL, comes_true};
use crate::error::Result;

/// The creations of one session.
#[derive(Debug)]
pub(crate) struct Creations<'a> {
    session: &'a str,
    folder: PathBuf,
}

impl<'a> Creations<'a> {
    /// Those of a session that has its record in `state`.
    pub(crate) fn of(session: &'a str, state: &Path) -> Creations<'a> {
        Creations { session, folder: state.join("creations").join(session) }
    }

    /// The sessions that have a list of creations in `state`: those that run, and those that were killed.
    pub(crate) fn sessions(state: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(state.join("creations")).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }

    /// Where they are written down.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Removes the containers of the session, once its processes have ended. Waits up to `patience` for what the engine
    /// was asked to create and does not list yet; a second signal ends the wait. Returns whether all of it was found.
    ///
    /// # Errors
    ///
    /// The engine does not answer, or does not remove a container.
    pub(crate) fn remove_containers(&self, engine: &Engine, patience: Duration) -> Result<bool> {
        let mut owed = self.unanswered();
        let is_found = comes_true(patience, || {
            let mut missing = Vec::new();
            for number in &owed {
                let label = format!("{CREATION_LABEL}={}.{number}", self.session);
                if engine.labelled_containers(&label)?.is_empty() {
                    missing.push(number.clone());
                }
            }
            owed = missing;
            engine.remove_labelled_containers(&format!("{SESSION_LABEL}={}", self.session))?;
            Ok(owed.is_empty())
        })?;
        if is_found {
            self.forget();
        }
        Ok(is_found)
    }

    /// Removes what is written down.
    pub(crate) fn forget(&self) {
        // Where it cannot be removed, it is a small folder that nobody reads again.
        let _ = std::fs::remove_dir_all(&self.folder);
    }

    /// Forgets all clients, once they have ended by themselves: then they have the engine's answer.
    pub(crate) fn clear(&self) {
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let _ = std::fs::remove_file(entry.path());
        }
    }

    /// The clients that were ended before the engine had answered.
    fn unanswered(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let answered = |name: &String| {
            let id = self.folder.join(format!("{name}.id"));
            id.metadata().is_ok_and(|metadata| metadata.len() > 0)
        };
        names.filter(|name| !name.ends_with(".id") && !answered(name)).collect()
    }
}
