//! Leads what was changed in a file back to the blocks of the pages that wrote its lines.
//!
//! Pure: files are read, pages written and questions asked by the caller. A result is proved before it is offered: the book
//! with the edits makes the changed files.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::book::Book;
use crate::diagnostic::PageEdit;
use crate::edit::Line;
use crate::error;
use crate::files::Files;
use crate::model::{Block, BlockKind, Scenario};
use crate::source::{PageIndex, Sources, Span};

/// The edits of the pages, and what could not be led back.
#[derive(Debug, Clone, Default)]
pub struct Adoption {
    /// What changes in the pages, in their order.
    pub edits: Vec<PageEdit>,
    /// What does not, in the order of the files.
    pub undecided: Vec<Undecided>,
}

/// A change of a file that no page takes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecided {
    /// The file, relative to the workspace.
    pub path: String,
    /// The line of it, counted from 1.
    pub line: usize,
    /// The place of the book that has the line.
    pub origin: Option<Span>,
    /// Why it is not clear what the page would have to say.
    pub why: Why,
}

/// Why a change is not led back to a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The lines come from several blocks, and there is another number of them now.
    SeveralBlocks,
    /// A block wrote a part of the line, and another part has changed.
    PartOfLine,
    /// No block has the whole line before or after a new one.
    NoLineBeside,
    /// Only the ends of lines have changed, or the end of the last one is gone.
    LineEnds,
    /// Nothing of the block would be left.
    WholeBlock,
    /// With the change, a later block would make something else of the file.
    LaterEdit,
    /// The changed pages would have this mistake: a later block looks for a line that is another one now, or a page cannot
    /// contain the line.
    Mistake(String),
    /// The pages have changed, too, since the file was written.
    PageChanged,
    /// The file is a symbolic link.
    Link,
    /// The file is gone.
    Missing,
    /// The file is not UTF-8.
    NotText,
}

impl Why {
    /// The reason in words, and what the author can do.
    pub fn text(&self) -> String {
        let text = match self {
            Why::Mistake(message) => {
                return format!("the pages would have a mistake then: {message}; change the blocks by hand");
            }
            Why::PageChanged => {
                "its pages have changed, too, since the file was written; `step` keeps your file and writes theirs"
            }
            Why::Link => "it is a symbolic link",
            Why::SeveralBlocks => {
                "the lines come from several blocks, and there is another number of them now; change the blocks by hand"
            }
            Why::PartOfLine => {
                "a block replaces a part of this line, and another part has changed; change the blocks by hand"
            }
            Why::NoLineBeside => {
                "no block has the whole line before or after the new one; change the blocks by hand"
            }
            Why::LineEnds => {
                "a page does not say how lines end: each ends with a newline, the last one too; change the file"
            }
            Why::WholeBlock => "all lines of the block are gone; remove the block from the page by hand",
            Why::LaterEdit => "a later block would make another file of it; change the blocks by hand",
            Why::Missing => "the file is gone; remove its blocks from the pages by hand",
            Why::NotText => "the file is not UTF-8, so a page cannot contain it",
        };
        text.to_owned()
    }
}

/// What is in the place of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A file with this content.
    Bytes(Vec<u8>),
    /// Something that is left as it is.
    Left(Why),
    /// Nobody has looked: the file stays as it is.
    Unknown,
}

/// Leads the files back that differ from the book's at the end of a step. `read` looks at a file.
///
/// # Errors
///
/// The book has mistakes.
pub fn adopt(book: &Book, number: usize, read: impl Fn(&str) -> Content) -> error::Result<Adoption> {
    let scenario = &book.scenario;
    let (files, blocks) = (Files::at(scenario, number), Blocks::of(scenario, number));
    let mut undecided = Vec::new();
    let mut changed: BTreeMap<&str, AdoptedFile> = BTreeMap::new();
    for path in files.paths() {
        let mut is_left =
            |why| undecided.push(Undecided { path: path.to_owned(), line: 1, origin: None, why });
        let bytes = match read(path) {
            Content::Bytes(bytes) if files.bytes(path).as_ref() == Some(&bytes) => continue,
            Content::Bytes(bytes) => bytes,
            Content::Left(why) => {
                is_left(why);
                continue;
            }
            Content::Unknown => continue,
        };
        let Ok(text) = String::from_utf8(bytes) else {
            is_left(Why::NotText);
            continue;
        };
        let theirs: Vec<&str> = text.lines().collect();
        if theirs.iter().flat_map(|line| [line, "\n"]).collect::<String>() != text {
            is_left(Why::LineEnds);
            continue;
        }
        let ours = files.lines(path).unwrap_or_default();
        match adopt_file(path, ours, &theirs, &blocks) {
            Ok(edits) => {
                let lines = theirs.into_iter().map(str::to_owned).collect();
                changed.insert(path, AdoptedFile { edits, lines });
            }
            Err(left) => undecided.extend(left),
        }
    }
    changed.retain(|path, file| {
        let mistakes = book.with(&file.edits).diagnostics;
        let Some(mistake) = mistakes.first() else { return true };
        let why = Why::Mistake(mistake.message());
        undecided.push(Undecided { path: (*path).to_owned(), line: 1, origin: None, why });
        false
    });
    // One after the other, the files are left out that the changed pages would not make so.
    loop {
        let mut edits: Vec<PageEdit> = changed.values().flat_map(|file| file.edits.iter().cloned()).collect();
        edits.sort_by_key(|edit| (edit.span.page, edit.span.start));
        let made = Files::at(&book.with(&edits).into_scenario()?, number);
        let differs = changed.iter().find_map(|(path, file)| {
            let lines = made.lines(path).unwrap_or_default().iter().map(|line| line.text.as_str());
            first_difference(lines, &file.lines).map(|line| (*path, line))
        });
        let Some((path, line)) = differs else {
            undecided.sort_by(|one, other| (&one.path, one.line).cmp(&(&other.path, other.line)));
            return Ok(Adoption { edits, undecided });
        };
        changed.remove(path);
        let origin = files.lines(path).and_then(|lines| lines.get(line)).map(|line| line.origin);
        undecided.push(Undecided { path: path.to_owned(), line: line + 1, origin, why: Why::LaterEdit });
    }
}

/// What becomes of one file.
struct AdoptedFile {
    edits: Vec<PageEdit>,
    /// Its lines, which the pages must make then.
    lines: Vec<String>,
}

/// The edits that take over all changes of one file. Where one is not clear, none is: half of a change, such as a line that
/// has moved, would be worse than none.
fn adopt_file(
    path: &str,
    ours: &[Line],
    theirs: &[&str],
    blocks: &Blocks<'_>,
) -> Result<Vec<PageEdit>, Vec<Undecided>> {
    let texts: Vec<&str> = ours.iter().map(|line| line.text.as_str()).collect();
    let ops = capture_diff_slices(Algorithm::Patience, &texts, theirs);
    let gone = ops.iter().filter(|op| matches!(op, DiffOp::Delete { .. })).flat_map(DiffOp::old_range);
    let emptied = blocks.emptied(gone.map(|line| &ours[line]));
    let (mut edits, mut left) = (Vec::new(), Vec::new());
    for op in ops {
        let (old, new) = (op.old_range(), op.new_range());
        let made = match op {
            DiffOp::Equal { .. } => Ok(Vec::new()),
            DiffOp::Insert { .. } => blocks.insert(ours, old.start, &theirs[new.clone()]),
            DiffOp::Delete { .. } => blocks.delete(&ours[old.clone()], &emptied),
            DiffOp::Replace { .. } => blocks.replace(&ours[old.clone()], &theirs[new.clone()]),
        };
        match made {
            Ok(made) => edits.extend(made),
            Err(why) => {
                let origin = ours.get(old.start).map(|line| line.origin);
                left.push(Undecided { path: path.to_owned(), line: new.start + 1, origin, why });
            }
        }
    }
    if left.is_empty() { Ok(edits) } else { Err(left) }
}

fn first_difference<'a>(mut made: impl Iterator<Item = &'a str>, wanted: &[String]) -> Option<usize> {
    let differs = (0..wanted.len()).find(|line| made.next() != Some(&wanted[*line]));
    differs.or_else(|| made.next().map(|_| wanted.len()))
}

/// The blocks that edit files, to find the one that a line comes from.
struct Blocks<'a> {
    sources: &'a Sources,
    blocks: Vec<&'a Block>,
    /// The block of each of their lines, and which line of it that is, by the place of the line.
    lines: HashMap<(PageIndex, usize), (usize, usize)>,
}

impl<'a> Blocks<'a> {
    fn of(scenario: &'a Scenario, number: usize) -> Blocks<'a> {
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

    /// The same, if the block has the whole line: an edit may replace a part of one.
    fn find_whole(&self, line: &Line) -> Option<(usize, usize)> {
        let (block, at) = self.find(line)?;
        (self.blocks[block].text.lines().nth(at) == Some(&line.text)).then_some((block, at))
    }

    /// The blocks of which no line is left without these.
    fn emptied<'l>(&self, gone: impl Iterator<Item = &'l Line>) -> BTreeSet<usize> {
        let mut left: HashMap<usize, usize> = HashMap::new();
        for (block, _) in gone.filter_map(|line| self.find(line)) {
            *left.entry(block).or_insert(self.blocks[block].lines.len()) -= 1;
        }
        left.into_iter().filter(|(_, lines)| *lines == 0).map(|(block, _)| block).collect()
    }

    fn delete(&self, gone: &[Line], emptied: &BTreeSet<usize>) -> Result<Vec<PageEdit>, Why> {
        let delete = |line: &Line| {
            let (block, _) = self.find_whole(line).ok_or(Why::PartOfLine)?;
            if emptied.contains(&block) {
                return Err(Why::WholeBlock);
            }
            Ok(PageEdit { span: self.whole_line(line.origin).0, text: String::new() })
        };
        gone.iter().map(delete).collect()
    }

    /// Inserts lines before line `at`: into the block that the lines around come from, or into the later of two.
    fn insert(&self, ours: &[Line], at: usize, new: &[&str]) -> Result<Vec<PageEdit>, Why> {
        let found = |line: Option<usize>| {
            let line = &ours[line.filter(|line| *line < ours.len())?];
            self.find_whole(line).map(|(block, _)| (block, line))
        };
        let (before, after) = (found(at.checked_sub(1)), found(Some(at)));
        let is_after = match (before, after) {
            (Some((before, _)), Some((after, _))) => before >= after,
            (before, _) => before.is_some(),
        };
        let (block, line) = if is_after { before } else { after }.ok_or(Why::NoLineBeside)?;
        let (span, end) = self.whole_line(line.origin);
        let text: String = new.iter().map(|new| self.page_line(block, None, new) + end).collect();
        let at = if is_after { span.end } else { span.start };
        Ok(vec![PageEdit { span: Span { start: at, end: at, ..span }, text }])
    }

    fn replace(&self, old: &[Line], new: &[&str]) -> Result<Vec<PageEdit>, Why> {
        if old.len() == new.len() {
            return old.iter().zip(new).map(|(old, new)| self.replace_line(old, new)).collect();
        }
        let places: Option<Vec<(usize, usize)>> = old.iter().map(|line| self.find_whole(line)).collect();
        let places = places.ok_or(Why::PartOfLine)?;
        let is_one = places.windows(2).all(|two| two[0].0 == two[1].0 && two[0].1 + 1 == two[1].1);
        if !is_one {
            return Err(Why::SeveralBlocks);
        }
        let (first, end) = self.whole_line(old[0].origin);
        let (last, _) = self.whole_line(old[old.len() - 1].origin);
        let text = new.iter().map(|new| self.page_line(places[0].0, None, new) + end).collect();
        Ok(vec![PageEdit { span: Span { end: last.end, ..first }, text }])
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
