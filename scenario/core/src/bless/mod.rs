//! Updates pages to what their commands print and their queries find: turns the result of a run into edits of the pages, as
//! data.
//!
//! Only lines that differ are replaced, and always as a whole. Each edit is tried first: the page is parsed with it, and an
//! edit that would be read as something else is left out and reported.

mod lines;
mod readable;
mod varying;
mod why;

use std::path::Path;

use crate::check::{ResultRow, rewrite_shown};
use crate::diagnostic::PageEdit;
use crate::event::{ItemResult, Output, Remark, RunResult, Verdict};
use crate::failure::{Failure, Mismatch, Reason};
use crate::fence;
use crate::model::{Block, BlockKind, CheckKind, CommandLine, Expect, Step};
use crate::plan::Plan;
use crate::source::{SourceFile, Sources, Span};
use crate::transcript::{Row, printed_elision, rewrite};

use lines::Lines;
use readable::Reader;
use varying::Varying;

pub use why::Why;

/// What a run has found to change in the pages.
#[derive(Debug, Default)]
pub struct Blessing {
    /// The edits, in the order of the book; each replaces whole lines.
    pub edits: Vec<PageEdit>,
    /// What differs and is left as it is.
    pub left: Vec<Left>,
}

/// An output or a result that differs from the page but cannot be written to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The command, or the block of the query.
    pub span: Span,
    /// Why it cannot be written.
    pub why: Why,
}

/// What to change after a run of [`bless`](crate::runner::bless). `folders` are those whose paths depend on the machine, such
/// as the workspace.
pub fn blessing(plan: &Plan, result: &RunResult, folders: &[&Path]) -> Blessing {
    let mut blessing = Blessing::default();
    for step in &plan.scenario.steps {
        let items: Vec<&ItemResult> = result.items.iter().filter(|item| item.step == step.number).collect();
        let differs = |item: &&ItemResult| matches!(item.verdict, Verdict::Passed(Remark::Differs(_)));
        if !items.iter().any(differs) {
            continue;
        }
        let reader = Reader::new(&plan.scenario.sources, step.page);
        for index in 0..step.blocks.len() {
            blessing.block(&plan.scenario.sources, (step, index), &items, &reader, folders);
        }
    }
    blessing
}

impl Blessing {
    fn block(
        &mut self,
        sources: &Sources,
        (step, index): (&Step, usize),
        items: &[&ItemResult],
        reader: &Reader<'_>,
        folders: &[&Path],
    ) {
        let (block, page) = (&step.blocks[index], &sources.pages[step.page]);
        let item_of = |id: &str| items.iter().find(|item| item.id == id).copied();
        let found = |id: &str| item_of(id).and_then(differing);
        let failed = block.kind.commands().iter().any(|command| {
            item_of(&command.id).is_some_and(|item| !matches!(item.verdict, Verdict::Passed(_)))
        });
        let mut add = |span: Span, edits: std::result::Result<Vec<PageEdit>, Why>| match edits {
            Ok(edits) => self.edits.extend(edits),
            Err(why) => self.left.push(Left { span, why }),
        };
        match &block.kind {
            BlockKind::Commands(commands) => {
                let mut fences: Vec<PageEdit> = Vec::new();
                for (ordinal, command) in commands.commands.iter().enumerate() {
                    let Some((_, Some(output))) = found(&command.id) else { continue };
                    let ran = item_of(&command.id).map(|item| (item.began, item.elapsed));
                    let varying = ran.map(|(began, elapsed)| Varying { folders, began, elapsed });
                    let edits = match (failed, varying) {
                        (false, Some(varying)) => output_edits(page, block, command, output, &varying)
                            .and_then(|(edits, longer)| {
                                let all = [edits.clone(), longer.clone()].concat();
                                reader.shows_output(&all, (index, ordinal), command, output)?;
                                let more =
                                    |edits: &[PageEdit]| edits.first().map_or(0, |edit| edit.text.len());
                                if more(&longer) > more(&fences) {
                                    fences = longer;
                                }
                                Ok(edits)
                            }),
                        _ => Err(Why::BlockFailed),
                    };
                    add(command.span, edits);
                }
                self.edits.extend(fences);
            }
            BlockKind::Query(check) => {
                if let Some((Failure { reason: Reason::Check(Mismatch::Result { found, .. }), .. }, _)) =
                    found(&check.id)
                    && let CheckKind::Promql { expect: Expect::Shown(shown), .. } = &check.kind
                {
                    let edits = if found.count > found.first.len() {
                        Err(Why::TooManySamples { count: found.count })
                    } else {
                        let rows = rewrite_shown(shown, &found.first).unwrap_or_default();
                        let edits = Lines::of_result(page, block).result_edits(&rows);
                        no_elision(&rows)
                            .and_then(|()| reader.shows_result(&edits, index, found))
                            .map(|()| edits)
                    };
                    add(check.span, edits);
                }
            }
            BlockKind::Edit(_) | BlockKind::Background(_) | BlockKind::Ignored(_) => {}
        }
    }
}

/// What was found of an action that differs from its page.
fn differing(item: &ItemResult) -> Option<(&Failure, Option<&Output>)> {
    match &item.verdict {
        Verdict::Passed(Remark::Differs(failure)) => Some((failure, item.output.as_ref())),
        _ => None,
    }
}

/// Checks that no new sample has the name of an elision in a label.
fn no_elision(rows: &[ResultRow]) -> std::result::Result<(), Why> {
    let found = rows.iter().find_map(|row| match row {
        ResultRow::New(text) => printed_elision(text, "").map(|name| (text, name)),
        ResultRow::Kept(_) | ResultRow::Value(..) => None,
    });
    found.map_or(Ok(()), |(text, name)| Err(Why::Elision { line: text.clone(), name }))
}

/// The edits of the lines of an output, and those of the fences that must be longer then.
fn output_edits(
    page: &SourceFile,
    block: &Block,
    command: &CommandLine,
    output: &Output,
    varying: &Varying<'_>,
) -> std::result::Result<(Vec<PageEdit>, Vec<PageEdit>), Why> {
    if output.stdout.omitted + output.stderr.omitted > 0 {
        return Err(Why::TooLong);
    }
    let mut rows =
        rewrite(&command.output, &output.stdout.text, &output.stderr.text).map_err(|_| Why::NothingAlike)?;
    readable::each_line(&command.output, &rows)?;
    for row in &mut rows {
        if let Row::New { text, old } = row {
            let old = old.and_then(|old| command.output.get(old)).map(|old| old.text.as_str());
            *text = varying.elide(text, old);
        }
    }
    let new = rows.iter().filter_map(|row| match row {
        Row::New { text, .. } => Some(text.as_str()),
        Row::Kept(_) => None,
    });
    let longer = fence::lengthen(page, block, new);
    Ok((Lines::of_output(page, command).output_edits(&rows), longer))
}
