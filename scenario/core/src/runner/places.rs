//! The lines of the book that a program complains about, as cargo, rustc, Python and Node name them.
//!
//! A line counts only where it is one of a file of the book, and the file still has it as the book does.

use std::path::{Component, Path, PathBuf};

use crate::failure::Place;
use crate::files::Files;

/// How many places of one text are taken.
const PLACES_MAX: usize = 20;

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
            if let Some((form, path, number)) = named(line, is_error)
                && let Some(place) = self.place(path, number)
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
    fn place(&self, path: &str, line: usize) -> Option<Place> {
        let file = self.file(path)?;
        let origin = self.files.origin(&file, line)?;
        let known = self.files.lines(&file)?.get(line.checked_sub(1)?)?;
        let on_disk = std::fs::read_to_string(self.root.join(&file)).ok()?;
        let is_there = on_disk.lines().nth(line - 1) == Some(known.text.as_str());
        is_there.then_some(Place { file, line, origin })
    }

    /// The file of the book that a program means: from its own directory, from the workspace, or from a folder in
    /// between if only one file has such a path.
    fn file(&self, path: &str) -> Option<String> {
        let is_known = |file: &String| self.files.lines(file).is_some();
        let mut bases = [self.dir, self.root].into_iter();
        if let Some(file) = bases.find_map(|base| self.below_root(&base.join(path)).filter(is_known)) {
            return Some(file);
        }
        let tail = format!("/{}", path.trim_start_matches("./"));
        let mut similar = self.files.paths().filter(|name| name.ends_with(&tail));
        similar.next().filter(|_| similar.next().is_none()).map(str::to_owned)
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

/// The file and the line that a line of output names, and how.
fn named(line: &str, is_error: bool) -> Option<(Form, &str, usize)> {
    if let Some((_, place)) = line.split_once("--> ") {
        let form = if is_error { Form::Error } else { Form::Warning };
        return path_and_line(place).map(|(path, line)| (form, path, line));
    }
    if let Some((_, rest)) = line.split_once("File \"") {
        let (path, rest) = rest.split_once("\", line ")?;
        return Some((Form::Frame, path, leading_number(rest)?));
    }
    if let Some((_, place)) = line.split_once(" panicked at ") {
        return path_and_line(place).map(|(path, line)| (Form::Panic, path, line));
    }
    if let Some(place) = line.trim_start().strip_prefix("at ") {
        let place = place.rsplit_once('(').map_or(place, |(_, place)| place);
        return path_and_line(place).map(|(path, line)| (Form::Stack, path, line));
    }
    path_and_line(line).map(|(path, line)| (Form::Start, path, line))
}

/// `path:line` at the beginning of a text.
fn path_and_line(text: &str) -> Option<(&str, usize)> {
    let text = text.strip_prefix("file://").unwrap_or(text);
    let (path, rest) = text.split_once(':')?;
    let is_path = !path.is_empty() && !path.contains(char::is_whitespace);
    leading_number(rest).filter(|_| is_path).map(|line| (path, line))
}

/// The number at the beginning of a text.
fn leading_number(text: &str) -> Option<usize> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}
