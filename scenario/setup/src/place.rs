//! The tools folder: where what we provide is put, and where work in progress is.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use scenario_core::error::{PathContext, Result};
use scenario_core::process::started_at;

/// Where what we provide is put.
#[derive(Debug, Clone)]
pub struct Place {
    /// The tools folder; created on demand, and safe to delete.
    pub tools: PathBuf,
}

impl Place {
    /// The folder whose programs go ahead of the system's.
    pub fn bin(&self) -> PathBuf {
        self.tools.join("bin")
    }

    /// Whether a file is in [`Place::bin`], by whatever path.
    pub(crate) fn has_in_bin(&self, file: &Path) -> bool {
        let real = |folder: &Path| folder.canonicalize().ok();
        file.parent().is_some_and(|folder| real(folder).is_some_and(|it| Some(it) == real(&self.bin())))
    }

    pub(crate) fn absolute(&self) -> Place {
        Place { tools: std::path::absolute(&self.tools).unwrap_or_else(|_| self.tools.clone()) }
    }

    /// A file in the tools folder, which is made for it.
    pub(crate) fn file(&self, name: &str) -> Result<PathBuf> {
        create_folder(&self.tools)?;
        Ok(self.tools.join(name))
    }

    /// A new folder that goes away with its guard. It is beside what is provided, so that a finished thing
    /// can be moved into place in one step.
    pub(crate) fn scratch(&self, name: &str) -> Result<Scratch> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let all = self.tools.join("tmp");
        remove_left_behind(&all);
        let folder = all.join(format!("{name}-{}-{count}", std::process::id()));
        create_folder(&folder)?;
        Ok(Scratch(folder))
    }
}

/// Removes the scratch folders of processes that were killed; an unfinished build is hundreds of megabytes.
fn remove_left_behind(folders: &Path) {
    let Ok(entries) = std::fs::read_dir(folders) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let pid = name.rsplit('-').nth(1).and_then(|pid| pid.parse().ok());
        if pid.is_some_and(|pid| started_at(pid).is_none()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// A folder that goes away with this guard.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn create_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).on_path("create the folder", folder)
}
