//! What a command has done to the files of the book. Those that its block declares by `writes` stay as it left them; a
//! change of any other file is a failure.
//!
//! Files that no block names are not looked at.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::compare;
use crate::error::Result;
use crate::event::{Phase, Verdict};
use crate::failure::{Difference, Failure, Reason};
use crate::files::Files;
use crate::plan::{Action, PlannedCommand};
use crate::runner::run::Run;
use crate::workspace::Workspace;

/// The failure of a command that has changed files of the book. It is about the first of them, and says where the changed
/// files are kept.
fn file_changed(
    planned: &PlannedCommand,
    changed: Vec<(String, Difference)>,
    kept: Vec<(String, PathBuf)>,
) -> Option<Box<Failure>> {
    let (path, difference) = changed.first().cloned()?;
    let kept = kept.into_iter().find(|(kept, _)| *kept == path).map(|(_, kept)| kept);
    let declared = planned.writes.iter().map(|file| file.path.clone());
    let writes = declared.chain(changed.into_iter().map(|(path, _)| path)).collect();
    let read_only = planned.read_only;
    Some(Failure::new(Reason::FileChanged { path, difference, kept, writes, read_only }))
}

/// The files of the book before a command, in a workspace whose files are the learner's.
#[derive(Debug)]
pub struct FilesBefore {
    contents: BTreeMap<String, Vec<u8>>,
}

impl FilesBefore {
    /// Reads those of `files` that exist and that the command's block does not declare by `writes`.
    pub fn read(workspace: &Workspace, files: &Files, planned: &PlannedCommand) -> FilesBefore {
        let is_written = |path: &str| planned.writes.iter().any(|file| file.path == path);
        let others = files.paths().filter(|path| !is_written(path));
        let contents = others.filter_map(|path| Some((path.to_owned(), workspace.read(path)?)));
        FilesBefore { contents: contents.collect() }
    }

    /// After the command: restores each file that it has changed, and keeps the changed one. Returns the failure, as a run
    /// reports it. A file that something else has changed meanwhile, such as a run, is left alone; `is_by_others` says
    /// which.
    ///
    /// # Errors
    ///
    /// A file cannot be kept or written.
    pub fn put_back(
        &self,
        workspace: &Workspace,
        planned: &PlannedCommand,
        is_by_others: &dyn Fn(&str) -> bool,
    ) -> Result<Option<Box<Failure>>> {
        let (mut changed, mut kept) = (Vec::new(), Vec::new());
        for (path, before) in &self.contents {
            let Some(difference) = compare::differs(workspace.root(), path, before) else { continue };
            let is_there = workspace.read(path).is_some();
            if is_by_others(path) || (is_there && !workspace.is_learners(path)) {
                continue;
            }
            kept.extend(workspace.keep_learners(path)?.map(|place| (path.clone(), place)));
            // Something else in its place, such as a folder, may prevent that.
            let _ = workspace.restore(path, before);
            changed.push((path.clone(), difference));
        }
        Ok(file_changed(planned, changed, kept))
    }
}

impl Run<'_> {
    /// Before a command: records the files of later blocks, because what the command makes of them is not the learner's. Files
    /// of the learner's that the command is going to write are kept.
    pub(super) fn before_command(&mut self, action: &Action, files: &Files) -> Result<()> {
        let root = self.workspace.root();
        self.looks.later(files).iter().for_each(|path| self.looks.note(root, path));
        let Action::Command(planned) = action else { return Ok(()) };
        for file in planned.writes.iter().filter(|file| files.text(&file.path).is_none()) {
            if let Some(kept) = self.workspace.keep_learners(&file.path)? {
                self.record.kept(file.path.clone(), kept);
            }
        }
        Ok(())
    }

    /// Records what a command has done to the files of the book. A change that its block does not declare is a failure, unless
    /// the command has failed anyway: the next edit would undo the change, and a reader would not know why. The file is
    /// restored then.
    pub(super) fn after_command(
        &mut self,
        planned: &PlannedCommand,
        files: &mut Files,
        verdict: Verdict,
    ) -> Result<Verdict> {
        self.acknowledge_later_files(files);
        for file in &planned.writes {
            // A path that is a folder elsewhere was reported when the book was loaded.
            let _ = files.write(file);
            files.learn(&file.path, self.workspace.read(&file.path));
            self.workspace.acknowledge(&file.path);
        }
        let changed = self.changed(files);
        if changed.is_empty() {
            return Ok(verdict);
        }
        if matches!(verdict, Verdict::Failed(_)) {
            changed.iter().for_each(|(path, _)| self.workspace.acknowledge(path));
            return Ok(verdict);
        }
        // Something else in its place, such as a folder, may prevent that.
        let kept = self.workspace.sync(files).map_or_else(|_| Vec::new(), |synced| synced.kept);
        self.workspace.save()?;
        self.record.phase(Phase::After);
        Ok(file_changed(planned, changed, kept).map_or(verdict, Verdict::Failed))
    }

    /// The files that are not as the book has them.
    fn changed(&mut self, files: &Files) -> Vec<(String, Difference)> {
        let root = self.workspace.root();
        let mut changed = Vec::new();
        for path in files.paths() {
            if self.looks.is_same(root, path) {
                continue;
            }
            // Before the content: a change after that is seen at the next look.
            self.looks.note(root, path);
            let is_link = root.join(path).is_symlink();
            let differs = || compare::differs(root, path, &files.bytes(path).unwrap_or_default());
            if let Some(difference) = if is_link { Some(Difference::Missing) } else { differs() } {
                self.looks.forget(path);
                changed.push((path.to_owned(), difference));
            }
        }
        changed
    }

    /// Takes note of what a command has made of files that only later blocks write.
    pub(super) fn acknowledge_later_files(&mut self, files: &Files) {
        let root = self.workspace.root().to_owned();
        for path in self.looks.later(files) {
            if self.looks.has_changed(&root, &path) {
                self.workspace.acknowledge(&path);
            }
        }
    }
}
