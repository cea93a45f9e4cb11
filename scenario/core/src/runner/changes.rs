//! What a command has done to the files of the book: those that its block says it writes are as it left them, any other
//! is a failure.
//!
//! Files that no block names are not looked at here.

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

/// The failure of a command that has changed files of the book, and where what it made of them is kept; the first file
/// stands for all.
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

/// The files of the book in a workspace whose files are the learner's, as they are before a command.
#[derive(Debug)]
pub struct FilesBefore {
    contents: BTreeMap<String, Vec<u8>>,
}

impl FilesBefore {
    /// Reads those of `files` that are there and that the command's block does not say it writes.
    pub fn read(workspace: &Workspace, files: &Files, planned: &PlannedCommand) -> FilesBefore {
        let is_written = |path: &str| planned.writes.iter().any(|file| file.path == path);
        let others = files.paths().filter(|path| !is_written(path));
        let contents = others.filter_map(|path| Some((path.to_owned(), workspace.read(path)?)));
        FilesBefore { contents: contents.collect() }
    }

    /// After the command: each file that it has changed is as before again, and what the command made of it is kept.
    /// Returns the failure, as a run reports it. A file that somebody else has changed meanwhile is left alone:
    /// `is_by_others` says which, and what a run has written was not written by the command.
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
            // What stands in the place of a file, such as a folder, may keep it from being written.
            let _ = workspace.restore(path, before);
            changed.push((path.clone(), difference));
        }
        Ok(file_changed(planned, changed, kept))
    }
}

impl Run<'_> {
    /// Looks at the files of later blocks, before a command runs: what it makes of them is not the learner's. What is
    /// there of files that it writes, and the learner has made, is kept.
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

    /// Takes note of what a command has done to the files of the book. One that it changed without its block saying so
    /// is a failure, unless the command has failed anyway: the next edit would undo the change, and a reader would not
    /// know why. The file is as before then.
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
        // What stands in the place of a file, such as a folder, may keep it from being written.
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
