//! Carries changes of a file back to the blocks of the pages that wrote its lines.
//!
//! Pure: the caller reads files, writes pages and asks questions. A result is verified before it is offered: the book
//! with the edits produces the changed files.

mod blocks;
mod choice;
mod why;

use std::collections::{BTreeMap, BTreeSet};

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::book::Book;
use crate::diagnostic::PageEdit;
use crate::edit::Line;
use crate::error;
use crate::files::Files;
use crate::source::Span;

use blocks::Blocks;
use choice::Made;

pub use choice::{Choice, Question, Side};
pub use why::Why;

/// How many combinations of choices are tried. In a file with more of them, some cannot be chosen.
const COMBINATIONS_MAX: usize = 64;

/// The edits of the pages, and the changes that no page takes over.
#[derive(Debug, Clone, Default)]
pub struct Adoption {
    /// What changes in the pages, in their order.
    pub edits: Vec<PageEdit>,
    /// The changes that no page takes over, in the order of the files.
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
    /// Why it is unclear what the page would have to say.
    pub why: Why,
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

/// Carries the files that differ from the book's at the end of a step back to the pages. `read` reads a file. Where several
/// blocks could take over a change, `decide` chooses one; it returns `None` to leave the file as it is.
///
/// # Errors
///
/// The book has mistakes.
pub fn adopt(
    book: &Book,
    number: usize,
    read: impl Fn(&str) -> Content,
    decide: &mut dyn FnMut(&Question) -> error::Result<Option<usize>>,
) -> error::Result<Adoption> {
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
        let makes = |edits: &[PageEdit]| {
            let made = book.with(edits).into_scenario().map(|scenario| Files::at(&scenario, number));
            let lines = made.as_ref().ok().and_then(|made| made.lines(path));
            lines.is_some_and(|lines| lines.iter().map(|line| line.text.as_str()).eq(theirs.iter().copied()))
        };
        match adopt_file(path, (ours, &theirs), &blocks, &makes, decide)? {
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
    // A file that the changed pages would not produce is left out; then the others are tried again.
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
    /// Its lines, which the edited pages must produce.
    lines: Vec<String>,
}

/// The edits that take over all changes of one file. If one change is unclear, none is taken over: half of a change, such as
/// a line that has moved, would be worse than none. In that case no question is asked either.
fn adopt_file(
    path: &str,
    (ours, theirs): (&[Line], &[&str]),
    blocks: &Blocks<'_>,
    makes: &dyn Fn(&[PageEdit]) -> bool,
    decide: &mut dyn FnMut(&Question) -> error::Result<Option<usize>>,
) -> error::Result<Result<Vec<PageEdit>, Vec<Undecided>>> {
    let texts: Vec<&str> = ours.iter().map(|line| line.text.as_str()).collect();
    let ops = capture_diff_slices(Algorithm::Patience, &texts, theirs);
    let gone = ops.iter().filter(|op| matches!(op, DiffOp::Delete { .. })).flat_map(DiffOp::old_range);
    let emptied = blocks.emptied(gone.map(|line| &ours[line]));
    let (mut edits, mut questions, mut left) = (Vec::new(), Vec::new(), Vec::new());
    for op in ops {
        let (old, new) = (op.old_range(), op.new_range());
        let made = match op {
            DiffOp::Equal { .. } => continue,
            DiffOp::Insert { .. } => blocks.insert(ours, old.start, &theirs[new.clone()]),
            DiffOp::Delete { .. } => blocks.delete(&ours[old.clone()], &emptied).map(Made::Edits),
            DiffOp::Replace { .. } => blocks.replace(&ours[old.clone()], &theirs[new.clone()]),
        };
        let origin = ours.get(old.start).map(|line| line.origin);
        let undecided = |why| Undecided { path: path.to_owned(), line: new.start + 1, origin, why };
        match made {
            Ok(Made::Edits(made)) => edits.extend(made),
            Ok(Made::Asked(why, choices)) => {
                let (path, line) = (path.to_owned(), new.start + 1);
                let lines = theirs[new.clone()].iter().map(|line| (*line).to_owned()).collect();
                questions
                    .push((Question { path, line, new: lines, why: why.clone(), choices }, undecided(why)));
            }
            Err(why) => left.push(undecided(why)),
        }
    }
    if left.is_empty() {
        let fits = |answer: Vec<&PageEdit>| {
            let all: Vec<PageEdit> = edits.iter().chain(answer).cloned().collect();
            makes(&[all.clone(), blocks.longer_fences(&all)].concat())
        };
        let fitting = fitting(&questions, &fits);
        let answers = answers(&questions, fitting, decide)?;
        let chosen = questions
            .iter()
            .zip(&answers)
            .flat_map(|((question, _), answer)| &question.choices[*answer].edits);
        edits.extend(chosen.cloned());
        left.extend(questions.iter().skip(answers.len()).map(|(_, undecided)| undecided.clone()));
    } else {
        left.extend(questions.into_iter().map(|(_, undecided)| undecided));
    }
    if !left.is_empty() {
        return Ok(Err(left));
    }
    edits.extend(blocks.longer_fences(&edits));
    Ok(Ok(edits))
}

/// The answers to the questions, up to the first that has none. For lines between two blocks nothing is asked if only one
/// choice fits. If no combination of answers fits, the first choices are returned: verifying them says why.
fn answers(
    questions: &[(Question, Undecided)],
    mut fitting: Vec<Vec<usize>>,
    decide: &mut dyn FnMut(&Question) -> error::Result<Option<usize>>,
) -> error::Result<Vec<usize>> {
    if fitting.is_empty() {
        return Ok(vec![0; questions.len()]);
    }
    let mut answers = Vec::new();
    for (at, (question, _)) in questions.iter().enumerate() {
        let choices: BTreeSet<usize> = fitting.iter().map(|answers| answers[at]).collect();
        let answer = match choices.first() {
            Some(only) if choices.len() == 1 && question.why == Why::BetweenBlocks => Some(*only),
            _ => {
                let offered = choices.iter().map(|choice| question.choices[*choice].clone()).collect();
                let answer = decide(&Question { choices: offered, ..question.clone() })?;
                answer.and_then(|answer| choices.into_iter().nth(answer))
            }
        };
        let Some(answer) = answer else { break };
        fitting.retain(|answers| answers[at] == answer);
        answers.push(answer);
    }
    Ok(answers)
}

/// The combinations of choices, one for each question, for which the pages produce the file.
fn fitting<'a>(
    questions: &'a [(Question, Undecided)],
    makes: &dyn Fn(Vec<&'a PageEdit>) -> bool,
) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = vec![Vec::new()];
    for (question, _) in questions {
        let with = |answers: &Vec<usize>| {
            let answers = answers.clone();
            (0..question.choices.len()).map(move |choice| [answers.as_slice(), &[choice]].concat())
        };
        all = all.iter().flat_map(with).take(COMBINATIONS_MAX).collect();
    }
    let edits = |answers: &Vec<usize>| {
        let chosen = questions.iter().zip(answers);
        chosen.flat_map(|((question, _), answer)| &question.choices[*answer].edits).collect()
    };
    all.retain(|answers| makes(edits(answers)));
    all
}

fn first_difference<'a>(mut made: impl Iterator<Item = &'a str>, wanted: &[String]) -> Option<usize> {
    let differs = (0..wanted.len()).find(|line| made.next() != Some(&wanted[*line]));
    differs.or_else(|| made.next().map(|_| wanted.len()))
}
