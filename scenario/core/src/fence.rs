//! A fence that is long enough for what is written into its block.

use crate::diagnostic::PageEdit;
use crate::model::Block;
use crate::source::{SourceFile, Span};

/// The edits that make the fences of a block longer than what new lines in it begin with; none if they are long enough.
pub(crate) fn lengthen<'t>(
    page: &SourceFile,
    block: &Block,
    lines: impl IntoIterator<Item = &'t str>,
) -> Vec<PageEdit> {
    let fence = &page.text[block.fence.start..block.fence.end];
    let Some(mark) = fence.chars().next() else { return Vec::new() };
    let run = |text: &str| text.len() - text.trim_start_matches(mark).len();
    let (own, longest) = (run(fence), lines.into_iter().map(|line| run(line.trim_start())).max());
    let more = (longest.unwrap_or(0) + 1).saturating_sub(own);
    if more == 0 || own == 0 {
        return Vec::new();
    }
    let text = mark.to_string().repeat(more);
    let at = |at: usize| PageEdit { span: Span::new(block.span.page, at..at), text: text.clone() };
    vec![at(block.fence.start), at(block.span.end)]
}
