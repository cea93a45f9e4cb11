//! The blocks that edit files, and how they change when lines of a file are added, removed or replaced.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use crate::diagnostic::PageEdit;
use crate::edit::Line;
use crate::fence;
use crate::model::{Block, BlockKind, Scenario};
use crate::source::{PageIndex, Sources, Span};

use super::choice::{Choice, Made, Side};
use super::why::Why;

/// The runs of consecutive lines of one block.
fn runs(places: &[(usize, usize)]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (index, (block, at)) in places.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if places[index - 1] == (*block, at.wrapping_sub(1)) => run.end = index + 1,
            _ => runs.push(index..index + 1),
        }
    }
    runs
}

/// The blocks that edit files, to find the one that a line comes from.
pub(super) struct Blocks<'a> {
    sources: &'a Sources,
    blocks: Vec<&'a Block>,
    /// The block of each of their lines, and which line of it that is, by the place of the line.
    lines: HashMap<(PageIndex, usize), (usize, usize)>,
}

impl<'a> Blocks<'a> {
    pub(super) fn of(scenario: &'a Scenario, number: usize) -> Blocks<'a> {
        let steps = scenario.steps.iter().take(number);
        let blocks: Vec<&Block> = steps
            .flat_map(|step| &step.blocks)
            .filter(|block| matches!(block.kind, BlockKind::Edit(_)))
            .collect();
        let mut lines = HashMap::new();
        for (index, block) in blocks.iter().enumerate() {
            lines.extend(
                block.lines.iter().zip(0..).map(|(span, line)| ((span.page, span.start), (index, line))),
            );
        }
        Blocks { sources: &scenario.sources, blocks, lines }
    }

    /// The block that a line comes from, and which line of it that is.
    fn find(&self, line: &Line) -> Option<(usize, usize)> {
        self.lines.get(&(line.origin.page, line.origin.start)).copied()
    }

    /// The same, but only if the block has the whole line: an edit may replace a part of one.
    fn find_whole(&self, line: &Line) -> Option<(usize, usize)> {
        let (block, at) = self.find(line)?;
        (self.blocks[block].text.lines().nth(at) == Some(&line.text)).then_some((block, at))
    }

    /// The blocks that would have no line left without these.
    pub(super) fn emptied<'l>(&self, gone: impl Iterator<Item = &'l Line>) -> BTreeSet<usize> {
        let mut left: HashMap<usize, usize> = HashMap::new();
        for (block, _) in gone.filter_map(|line| self.find(line)) {
            *left.entry(block).or_insert(self.blocks[block].lines.len()) -= 1;
        }
        left.into_iter().filter(|(_, lines)| *lines == 0).map(|(block, _)| block).collect()
    }

    pub(super) fn delete(&self, gone: &[Line], emptied: &BTreeSet<usize>) -> Result<Vec<PageEdit>, Why> {
        let delete = |line: &Line| {
            let (block, _) = self.find_whole(line).ok_or(Why::PartOfLine)?;
            if emptied.contains(&block) {
                return Err(Why::WholeBlock);
            }
            Ok(PageEdit { span: self.whole_line(line.origin).0, text: String::new() })
        };
        gone.iter().map(delete).collect()
    }

    /// Inserts lines before line `at`: into the block that the lines around come from. Between two blocks, that is a question.
    pub(super) fn insert(&self, ours: &[Line], at: usize, new: &[&str]) -> Result<Made, Why> {
        let found = |line: Option<usize>| {
            let line = &ours[line.filter(|line| *line < ours.len())?];
            self.find_whole(line).map(|(block, _)| (block, line))
        };
        let choice = |(block, line): (usize, &Line), side| {
            let (span, end) = self.whole_line(line.origin);
            let text: String = new.iter().map(|new| self.page_line(block, None, new) + end).collect();
            let at = if side == Side::Below { span.end } else { span.start };
            let edit = PageEdit { span: Span { start: at, end: at, ..span }, text };
            Choice { place: line.origin, side, edits: vec![edit] }
        };
        match (found(at.checked_sub(1)), found(Some(at))) {
            (Some(before), Some(after)) if before.0 != after.0 => Ok(Made::Asked(
                Why::BetweenBlocks,
                vec![choice(before, Side::Below), choice(after, Side::Above)],
            )),
            (Some(before), _) => Ok(Made::Edits(choice(before, Side::Below).edits)),
            (None, Some(after)) => Ok(Made::Edits(choice(after, Side::Above).edits)),
            (None, None) => Err(Why::NoLineBeside),
        }
    }

    pub(super) fn replace(&self, old: &[Line], new: &[&str]) -> Result<Made, Why> {
        if old.len() == new.len() {
            let made: Result<_, _> =
                old.iter().zip(new).map(|(old, new)| self.replace_line(old, new)).collect();
            return made.map(Made::Edits);
        }
        let places: Option<Vec<(usize, usize)>> = old.iter().map(|line| self.find_whole(line)).collect();
        let places = places.ok_or(Why::PartOfLine)?;
        let is_one = places.windows(2).all(|two| two[0].0 == two[1].0 && two[0].1 + 1 == two[1].1);
        if is_one {
            return Ok(Made::Edits(vec![self.replace_lines(old, places[0].0, new)]));
        }
        let mut choices = Vec::new();
        for run in runs(&places) {
            let block = places[run.start].0;
            let mut others = (0..old.len()).filter(|line| !run.contains(line));
            // A block without any line would have to be removed.
            let emptied = self.emptied(others.clone().map(|line| &old[line]));
            if !emptied.is_empty() {
                continue;
            }
            let gone = others
                .by_ref()
                .map(|line| PageEdit { span: self.whole_line(old[line].origin).0, text: String::new() });
            let taken = self.replace_lines(&old[run.clone()], block, new);
            let edits = gone.chain([taken]).collect();
            choices.push(Choice { place: old[run.start].origin, side: Side::Instead, edits });
        }
        if choices.is_empty() {
            Err(Why::SeveralBlocks)
        } else {
            Ok(Made::Asked(Why::SeveralBlocks, choices))
        }
    }

    /// Replaces consecutive lines of a block.
    fn replace_lines(&self, old: &[Line], block: usize, new: &[&str]) -> PageEdit {
        let (first, end) = self.whole_line(old[0].origin);
        let (last, _) = self.whole_line(old[old.len() - 1].origin);
        let text = new.iter().map(|new| self.page_line(block, None, new) + end).collect();
        PageEdit { span: Span { end: last.end, ..first }, text }
    }

    /// The edits of the fences that are too short for the new lines in their blocks.
    pub(super) fn longer_fences(&self, edits: &[PageEdit]) -> Vec<PageEdit> {
        let edited = |block: &Block| -> Vec<PageEdit> {
            let is_in = |edit: &&PageEdit| {
                edit.span.page == block.span.page
                    && (block.span.start..block.span.end).contains(&edit.span.start)
            };
            // In a list or quote, the text of a line begins after its indentation or `>`.
            let marks = |c: char| c == '>' || c.is_whitespace();
            let lines = edits
                .iter()
                .filter(is_in)
                .flat_map(|edit| edit.text.lines().map(|line| line.trim_start_matches(marks)));
            fence::lengthen(&self.sources.pages[block.span.page], block, lines)
        };
        self.blocks.iter().flat_map(|block| edited(block)).collect()
    }

    /// Replaces a line, or the part of it that its block has.
    fn replace_line(&self, old: &Line, new: &str) -> Result<PageEdit, Why> {
        let (block, at) = self.find(old).ok_or(Why::PartOfLine)?;
        let own = self.blocks[block].text.lines().nth(at).unwrap_or_default();
        // The line may have the text of the block in several places.
        let mut parts = old.text.match_indices(own).filter_map(|(at, _)| {
            let (head, tail) = (&old.text[..at], &old.text[at + own.len()..]);
            new.strip_prefix(head)?.strip_suffix(tail)
        });
        let new = parts.next().ok_or(Why::PartOfLine)?;
        if parts.any(|other| other != new) {
            return Err(Why::PartOfLine);
        }
        let (span, end) = self.whole_line(old.origin);
        Ok(PageEdit { span, text: self.page_line(block, Some(old.origin), new) + end })
    }

    /// A line of a block as the page has it: in a list or quote something is before it, as it is at `like`.
    fn page_line(&self, block: usize, like: Option<Span>, text: &str) -> String {
        let before = |place: Span| {
            let page = &self.sources.pages[place.page];
            &page.text[page.line_range(page.line_number(place.start)).start..place.start]
        };
        let of_fence = |c: char| if matches!(c, '>' | '\t') { c } else { ' ' };
        let prefix: String = match like.filter(|like| like.end > like.start) {
            Some(like) => before(like).to_owned(),
            None => before(self.blocks[block].fence).chars().map(of_fence).collect(),
        };
        let line = prefix + text;
        if text.is_empty() { line.trim_end().to_owned() } else { line }
    }

    /// The whole line of the page that a place is in, with its end, and that end.
    fn whole_line(&self, place: Span) -> (Span, &str) {
        let page = &self.sources.pages[place.page];
        let line = page.line_range(page.line_number(place.start));
        let rest = &page.text[line.end..];
        let end = if rest.starts_with('\r') { "\r\n" } else { "\n" };
        let end_of_line = line.end + if rest.is_empty() { 0 } else { end.len() };
        (Span::new(place.page, line.start..end_of_line), end)
    }
}
