//! What a reader sees of what a command printed: no escape sequences, and of a line that was written over what is left of
//! it, as a progress bar leaves its last state.
//!
//! This is the least of a terminal that lines need. Nothing moves from line to line.

use std::collections::BTreeMap;

use anstyle_parse::{DefaultCharAccumulator, Params, Parser, Perform};

/// How far a sequence can move in a line: a wider line is not what a terminal shows.
const COLUMNS_MAX: usize = 4096;

/// What was printed, as a reader sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Printed {
    /// The text, without escape sequences and without what was overwritten.
    pub text: String,
    /// Lines of it that were written over, by their number from 0: the same without escape sequences, with their
    /// carriage returns and backspaces.
    pub(super) overwritten: BTreeMap<usize, String>,
}

impl Printed {
    /// One text.
    pub fn new(text: &str) -> Printed {
        Printed::default().with(text)
    }

    /// Both streams of a command, each on lines of its own: standard output, then standard error.
    pub fn both(stdout: &str, stderr: &str) -> Printed {
        Printed::new(stdout).with(stderr)
    }

    fn with(mut self, text: &str) -> Printed {
        let mut screen = Screen::default();
        let mut parser = Parser::<DefaultCharAccumulator>::new();
        for byte in text.bytes() {
            parser.advance(&mut screen, byte);
        }
        screen.end_line();
        let second = screen.printed;
        if self.text.is_empty() {
            return second;
        }
        if second.text.is_empty() {
            return self;
        }
        if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        let before = self.text.matches('\n').count();
        self.overwritten.extend(second.overwritten.into_iter().map(|(line, raw)| (before + line, raw)));
        self.text += &second.text;
        self
    }
}

/// The line that is being written.
#[derive(Default)]
struct Line {
    /// What it shows.
    cells: Vec<char>,
    /// Where the next character goes.
    column: usize,
    /// All that was written, escape sequences left out.
    raw: String,
    /// Whether something that was shown is gone.
    is_overwritten: bool,
}

impl Line {
    fn put(&mut self, c: char) {
        self.raw.push(c);
        while self.cells.len() < self.column {
            self.cells.push(' ');
        }
        match self.cells.get_mut(self.column) {
            Some(cell) => {
                self.is_overwritten |= *cell != c;
                *cell = c;
            }
            None => self.cells.push(c),
        }
        self.column += 1;
    }

    fn move_to(&mut self, column: usize) {
        self.column = column.min(COLUMNS_MAX.max(self.cells.len()));
    }

    /// Erases from the column on, up to it, or all.
    fn erase(&mut self, what: u16) {
        let (from, to) = match what {
            0 => (self.column, self.cells.len()),
            1 => (0, self.column + 1),
            _ => (0, self.cells.len()),
        };
        let to = to.min(self.cells.len());
        let Some(cells) = self.cells.get_mut(from..to) else { return };
        self.is_overwritten |= cells.iter().any(|cell| *cell != ' ');
        cells.fill(' ');
        if what != 1 {
            self.cells.truncate(from);
        }
    }
}

#[derive(Default)]
struct Screen {
    printed: Printed,
    line: Line,
    /// How many lines have ended.
    lines: usize,
}

impl Screen {
    fn end_line(&mut self) {
        let Line { cells, raw, is_overwritten, .. } = std::mem::take(&mut self.line);
        if is_overwritten {
            self.printed.overwritten.insert(self.lines, raw.trim_end_matches('\r').to_owned());
        }
        self.printed.text.extend(cells);
    }
}

impl Perform for Screen {
    fn print(&mut self, c: char) {
        self.line.put(c);
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\n' => {
                self.end_line();
                self.printed.text.push('\n');
                self.lines += 1;
            }
            b'\r' => {
                self.line.raw.push('\r');
                self.line.move_to(0);
            }
            0x08 => {
                self.line.raw.push('\u{8}');
                self.line.move_to(self.line.column.saturating_sub(1));
            }
            b'\t' | 0x0b | 0x0c => self.line.put(char::from(byte)),
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], _ignore: bool, action: u8) {
        let first = params.iter().next().and_then(|param| param.first()).copied().unwrap_or(0);
        let (by, column) = (usize::from(first.max(1)), self.line.column);
        match action {
            _ if !intermediates.is_empty() => {}
            b'K' => self.line.erase(first),
            b'C' => self.line.move_to(column + by),
            b'D' => self.line.move_to(column.saturating_sub(by)),
            b'G' => self.line.move_to(by - 1),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(printed: &str) -> String {
        Printed::new(printed).text
    }

    #[test]
    fn both_streams_are_on_lines_of_their_own() {
        let both = |stdout, stderr| Printed::both(stdout, stderr).text;
        assert_eq!(both("a", "b"), "a\nb");
        assert_eq!(both("a\n", "b"), "a\nb");
        assert_eq!(both("", "b"), "b");
        assert_eq!(both("a", ""), "a");
        assert_eq!(both("\u{1b}[1;32mok\u{1b}[0m\n\u{1b}[0m", "\u{1b}]0;title\u{7}b"), "ok\nb");
    }

    #[test]
    fn a_line_that_is_written_over_is_what_is_left_of_it() {
        assert_eq!(text("10%\r20%\r100%\ndone"), "100%\ndone");
        assert_eq!(text("abcdef\rxy\n"), "xycdef\n");
        assert_eq!(text("abcdef\r\u{1b}[Kxy\n"), "xy\n");
        assert_eq!(text("abcdef\u{1b}[2K\rxy\n"), "xy\n");
        assert_eq!(text("abc\u{1b}[1K\rx\n"), "x  \n");
        assert_eq!(text("-\u{8}\\\u{8}|\u{8}ok\n"), "ok\n");
        assert_eq!(text("a\u{1b}[3Cb\u{1b}[2Dc\u{1b}[1Gd\n"), "d  cb\n");
        assert_eq!(text("one\r\ntwo\r\n"), "one\ntwo\n", "these are line ends");
        assert_eq!(text("N\u{8}NA\u{8}A\n"), "NA\n");
        assert_eq!(text("bell\u{7} tab\tend"), "bell tab\tend");
        assert_eq!(text("\r\n\r\n"), "\n\n");
    }

    #[test]
    fn only_lines_that_lost_something_are_kept_as_they_were_printed() {
        let printed = Printed::both("a\r\nab\rb\n", "c\n1\u{1b}[1m0%\r20%");
        assert_eq!(printed.text, "a\nbb\nc\n20%");
        let raw: Vec<(usize, &str)> =
            printed.overwritten.iter().map(|(line, raw)| (*line, raw.as_str())).collect();
        assert_eq!(raw, [(1, "ab\rb"), (3, "10%\r20%")]);
    }

    #[test]
    fn a_sequence_cannot_make_a_line_as_long_as_it_likes() {
        assert!(text("\u{1b}[65535C\u{1b}[65535Cx\n").len() <= COLUMNS_MAX + 2);
    }
}
