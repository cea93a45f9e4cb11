//! The edit of a file block, made on the file as the learner has it.

use std::path::{Path, PathBuf};

use scenario_core::edit::{self, Line};
use scenario_core::files::Files;
use scenario_core::model::{Block, BlockKind, FileEdit, Verb};
use scenario_core::workspace::Workspace;
use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::answer::{Applied, Outcome};
use crate::book::RenderedBook;
use crate::files::{WorkspaceFiles, etag};
use crate::kept::Kept;
use crate::refusal::{Answer, Refusal};

/// What is to be done with the file of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// The edit, as the runner would make it.
    Apply,
    /// The file as the book has it after the block.
    Restore,
}

/// Changes the file of a block; what it was before is with the answer. This blocks.
///
/// # Errors
///
/// The block does not write a file, or its edit does not fit the file as it is.
pub(crate) fn change(
    files: &WorkspaceFiles,
    workspace: &Path,
    book: &RenderedBook,
    id: &str,
    change: Change,
) -> Answer<(Applied, Option<Vec<u8>>)> {
    let (_, block) = book.block(id).ok_or_else(|| Refusal::unknown("block"))?;
    let BlockKind::Edit(edit) = &block.kind else { return Err(Refusal::unknown("file block")) };
    let path = &edit.path;
    // Of two requests for the same file, the second finds what the first has written.
    let _alone = files.alone();
    let bytes = files.bytes_if_file(path)?;
    let can_restore = || text_after(book, id, path).is_some();
    if change == Change::Apply && bytes.as_ref().is_some_and(|bytes| std::str::from_utf8(bytes).is_err()) {
        return Err(Refusal::conflict(format!("`{path}` is not text in UTF-8"))
            .help(match can_restore() {
                true => "restore the file to this step: yours is kept beside it",
                false => "move it away, then use the blocks above",
            })
            .with("restore", can_restore()));
    }
    let before = bytes.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let books = || {
        text_after(book, id, path).ok_or_else(|| {
            Refusal::conflict(format!("`{path}` is written by a command, so the page does not have its text"))
                .help("use the blocks above first, or reset the step")
        })
    };
    let is_there =
        before.as_ref().is_some_and(|text| Files::has_reached(&book.plan_of(id).scenario, id, text));
    let (after, is_learners) = match (change, &before) {
        (Change::Apply, Some(text)) if is_there || holds(text, edit, block) => {
            let applied = Applied {
                outcome: Outcome::Already,
                path: path.clone(),
                etag: etag(text.as_bytes()),
                changed: place(text, block),
                kept: None,
            };
            return Ok((applied, bytes));
        }
        (Change::Apply, Some(text)) if !matches!(edit.verb, Verb::Write) => {
            let files = Files::before(&book.plan_of(id).scenario, id).unwrap_or_default();
            let is_commands = files.is_written(path) && !Workspace::open(workspace)?.is_learners(path);
            let is_books = is_commands || files.is(path, text);
            (applied(book, text, edit, block)?, !is_books)
        }
        (Change::Apply, None) if !matches!(edit.verb, Verb::Write) => {
            let error = format!("`{path}` is not there yet, and this block changes it");
            return Err(Refusal::conflict(error)
                .help(match can_restore() {
                    true => "use the blocks above first, or restore the file to this step",
                    false => "use the blocks above first",
                })
                .with("restore", can_restore()));
        }
        _ => (books()?, false),
    };
    let kept = if is_learners {
        // The learner's own text with the block put in: nothing of it is lost, and it stays theirs.
        files.write_own(path, after.as_bytes()).map_err(|cause| Refusal::conflict(cause.to_string()))?;
        None
    } else {
        put(workspace, path, &after)?.1
    };
    let changed = changed(before.as_deref().unwrap_or_default(), &after);
    let etag = etag(after.as_bytes());
    Ok((Applied { outcome: Outcome::Applied, path: path.clone(), etag, changed, kept }, bytes))
}

/// Writes a file as the book has it; true if there was none. Another one of the learner's is kept, and can be put back.
/// This blocks.
///
/// # Errors
///
/// Something else is there, or it cannot be written.
pub(crate) fn take(
    files: &WorkspaceFiles,
    kept: &mut Kept,
    workspace: &Path,
    path: &str,
    text: &str,
) -> Answer<(Applied, bool)> {
    let _alone = files.alone();
    let before = files.bytes_if_file(path)?;
    let (copy, shown) = put(workspace, path, text)?;
    if let Some(copy) = copy {
        kept.insert(path, &copy, workspace, files);
    }
    let mine = before.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    let (etag, changed) = (etag(text.as_bytes()), changed(&mine, text));
    let applied = Applied { outcome: Outcome::Applied, path: path.to_owned(), etag, changed, kept: shown };
    Ok((applied, before.is_none()))
}

/// Has the runner write a file: where it has kept another one of the learner's, and the same for a person.
fn put(root: &Path, path: &str, text: &str) -> Answer<(Option<PathBuf>, Option<String>)> {
    let mut workspace = Workspace::open(root)?;
    let kept = workspace.put(path, text)?;
    workspace.save()?;
    let shown =
        kept.as_ref().map(|kept| kept.strip_prefix(workspace.root()).unwrap_or(kept).display().to_string());
    Ok((kept, shown))
}

/// The text of a file just after a block; `None` if a command has written it.
fn text_after(book: &RenderedBook, id: &str, path: &str) -> Option<String> {
    Files::after(&book.plan_of(id).scenario, id)?.text(path)
}

fn holds(text: &str, edit: &FileEdit, block: &Block) -> bool {
    edit::holds(&Line::of(text, block.span), &edit.verb, &Line::of_block(block))
}

/// The learner's text after an edit.
fn applied(book: &RenderedBook, text: &str, edit: &FileEdit, block: &Block) -> Answer<String> {
    match edit::apply_to_text(&edit.path, text, &edit.verb, Line::of_block(block)) {
        Ok(text) => Ok(text),
        Err(diagnostic) => {
            let at = book.plan.scenario.sources.location(diagnostic.primary).to_string();
            let mut refusal = Refusal::conflict(format!("{at}: {}", diagnostic.message()))
                .with("restore", text_after(book, &block.id, &edit.path).is_some());
            if let Some(help) = diagnostic.help.first().map(|help| help.text.clone()) {
                refusal = refusal.help(help);
            }
            Err(refusal)
        }
    }
}

/// The lines of `after` that `before` does not have.
fn changed(before: &str, after: &str) -> Vec<(usize, usize)> {
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let operations = capture_diff_slices(Algorithm::Myers, &before, &after);
    let new =
        operations.iter().filter(|operation| matches!(operation.tag(), DiffTag::Insert | DiffTag::Replace));
    new.map(|operation| (operation.new_range().start + 1, operation.new_range().end)).collect()
}

/// The lines of a file that are the text of a block, if it is there in one piece.
fn place(text: &str, block: &Block) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let own: Vec<&str> = block.text.lines().collect();
    let at = (!own.is_empty()).then(|| lines.windows(own.len()).position(|window| window == own)).flatten();
    at.map(|at| (at + 1, at + own.len())).into_iter().collect()
}
