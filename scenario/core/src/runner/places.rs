//! The lines of the book that a program complains about, as cargo, rustc, Python and Node name them.
//!
//! Only lines of the book's files count, and only if they are unchanged.

use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use crate::failure::Place;
use crate::files::Files;

/// How many places of one text are taken.
const PLACES_MAX: usize = 20;
/// What may be before a path without being part of it.
const OPENING: [char; 6] = ['(', '[', '{', '<', ',', '='];

/// A line of a file, as a line of output names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention<'a> {
    /// Where it is in that line, in bytes: the path with its numbers.
    pub range: Range<usize>,
    /// The path as it is written.
    pub path: &'a str,
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1, if it is named.
    pub column: Option<usize>,
}

/// The files that a program may name, and from where.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// The files of the book.
    pub files: &'a Files,
    /// The workspace.
    pub root: &'a Path,
    /// The directory of the terminal.
    pub dir: &'a Path,
}

/// The places that a text names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Places {
    /// The one that the program ended for, as far as its form says so.
    pub cause: Option<Place>,
    /// All of them, each once, the cause first.
    pub all: Vec<Place>,
}

/// A form in which programs name a line of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `--> path:line:column`, below an error; as rustc does.
    Error,
    /// The same below a warning.
    Warning,
    /// `File "path", line N`, as Python does. The last one is nearest to the error.
    Frame,
    /// `panicked at path:line:column`, as Rust does.
    Panic,
    /// `at f (path:line:column)`, as Node does. The first one is nearest to the error.
    Stack,
    /// `path:line` at the beginning of a line, as many programs do.
    Start,
}

impl Named<'_> {
    /// The places that a text names.
    pub fn find(&self, printed: &str) -> Places {
        let mut found: Vec<(Form, Place)> = Vec::new();
        let mut is_error = true;
        for line in printed.lines() {
            if line.contains("error: ") || line.contains("error[") {
                is_error = true;
            } else if line.contains("warning: ") {
                is_error = false;
            }
            if let Some((form, mention)) = named(line, is_error)
                && let Some(place) = self.place(mention.path, mention.line)
                && found.len() < PLACES_MAX
            {
                found.push((form, place));
            }
        }
        let first = |form| found.iter().find(|(known, _)| *known == form);
        let last = |form| found.iter().rfind(|(known, _)| *known == form);
        let cause = first(Form::Error).or(last(Form::Frame)).or(first(Form::Panic)).or(first(Form::Stack));
        let cause = cause.map(|(_, place)| place.clone());
        let mut all: Vec<Place> = Vec::new();
        for place in cause.clone().into_iter().chain(found.into_iter().map(|(_, place)| place)) {
            if !all.iter().any(|known| (&known.file, known.line) == (&place.file, place.line)) {
                all.push(place);
            }
        }
        Places { cause, all }
    }

    /// The place in the book of a line of a file.
    pub fn place(&self, path: &str, line: usize) -> Option<Place> {
        let file = self.candidates(path).into_iter().find(|file| self.files.lines(file).is_some())?;
        let origin = self.files.origin(&file, line)?;
        let known = self.files.lines(&file)?.get(line.checked_sub(1)?)?;
        let on_disk = std::fs::read_to_string(self.root.join(&file)).ok()?;
        let is_there = on_disk.lines().nth(line - 1) == Some(known.text.as_str());
        is_there.then_some(Place { file, line, origin })
    }

    /// The files of the workspace that a program may mean, the likeliest first: from its own directory, from the
    /// workspace, or a file of the book that is the only one with such a path.
    pub fn candidates(&self, path: &str) -> Vec<String> {
        let tail = format!("/{}", path.trim_start_matches("./"));
        let mut similar = self.files.paths().filter(|name| name.ends_with(&tail));
        let only = similar.next().filter(|_| similar.next().is_none()).map(str::to_owned);
        let bases = [self.dir, self.root].into_iter();
        bases.filter_map(|base| self.below_root(&base.join(path))).chain(only).collect()
    }

    /// A path below the workspace, without `.` and `..`.
    fn below_root(&self, path: &Path) -> Option<String> {
        let mut plain = PathBuf::new();
        for part in path.components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => drop(plain.pop()),
                part => plain.push(part),
            }
        }
        plain.strip_prefix(self.root).ok()?.to_str().map(str::to_owned)
    }
}

/// All lines of files that a line of output names, in order.
pub fn mentions(line: &str) -> Vec<Mention<'_>> {
    let mut found: Vec<Mention<'_>> = named(line, true).map(|(_, mention)| mention).into_iter().collect();
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`');
    for word in line.split(ends) {
        let word = word.trim_start_matches(OPENING);
        let at = word.as_ptr() as usize - line.as_ptr() as usize;
        let Some(mention) = path_and_line(word, at) else { continue };
        let overlaps = |other: &Mention<'_>| {
            mention.range.start < other.range.end && other.range.start < mention.range.end
        };
        if found.len() < PLACES_MAX && !found.iter().any(overlaps) {
            found.push(mention);
        }
    }
    found.sort_by_key(|mention| mention.range.start);
    found
}

/// The line of a file that a line of output names, and how.
fn named(line: &str, is_error: bool) -> Option<(Form, Mention<'_>)> {
    // Where the rest of the line begins.
    let after = |rest: &str| line.len() - rest.len();
    if let Some((_, place)) = line.split_once("--> ") {
        let form = if is_error { Form::Error } else { Form::Warning };
        return path_and_line(place, after(place)).map(|mention| (form, mention));
    }
    if let Some((_, rest)) = line.split_once("File \"") {
        let (path, number) = rest.split_once("\", line ")?;
        let digits = leading_digits(number);
        let range = after(rest)..after(number) + digits.len();
        return Some((Form::Frame, Mention { range, path, line: digits.parse().ok()?, column: None }));
    }
    if let Some((_, place)) = line.split_once(" panicked at ") {
        return path_and_line(place, after(place)).map(|mention| (Form::Panic, mention));
    }
    if let Some(place) = line.trim_start().strip_prefix("at ") {
        let place = place.rsplit_once('(').map_or(place, |(_, place)| place);
        return path_and_line(place, after(place)).map(|mention| (Form::Stack, mention));
    }
    path_and_line(line, 0).map(|mention| (Form::Start, mention))
}

/// `path:line` or `path:line:column` at the beginning of a text, which is at a place of its line.
fn path_and_line(text: &str, at: usize) -> Option<Mention<'_>> {
    let start = if text.starts_with("file://") { "file://".len() } else { 0 };
    let (path, rest) = text[start..].split_once(':')?;
    let digits = leading_digits(rest);
    let is_path = !path.is_empty() && !path.contains(char::is_whitespace);
    let line = digits.parse().ok().filter(|_| is_path)?;
    let column = rest[digits.len()..].strip_prefix(':').map(leading_digits).unwrap_or_default();
    let number = column.parse().ok();
    let colon = number.map_or(0, |_: usize| 1);
    let end = start + path.len() + 1 + digits.len() + colon + column.len();
    Some(Mention { range: at + start..at + end, path, line, column: number })
}

/// The digits at the beginning of a text.
fn leading_digits(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    &text[..end]
}
