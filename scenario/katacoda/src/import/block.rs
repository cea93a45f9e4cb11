//! The pieces of a page of a book: text, and blocks in the format of books.
//!
//! A block that a book cannot express stays in the page with the reason. This module does not decide which: `page` and
//! `book` do.

use std::fmt::Write;

use crate::export::back::Ours;

/// A piece of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text of a page of another format.
    Text(String),
    /// Text that export has written, unchanged.
    Verbatim(String),
    /// A block, by its number.
    Block(usize),
    /// A hidden check.
    Check(String),
}

/// A difference from the original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note {
    /// The original page.
    pub(super) page: String,
    /// The line there; 0 for the whole page.
    pub(super) line: usize,
    /// What is different.
    pub(super) text: String,
}

/// A block, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// The line of the original page; 0 if there is none.
    pub(super) line: usize,
    /// Its indentation, as in a list.
    pub(super) indent: usize,
    /// The language to show it in.
    pub(super) language: String,
    /// Its text as it was.
    pub(super) text: String,
    /// What it does.
    pub(super) does: Does,
    /// Why it does nothing.
    pub(super) ignore: Option<String>,
}

/// What a block does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Does {
    /// Nothing; the reason is in `ignore`.
    Nothing,
    /// Runs commands.
    Run(Run),
    /// Changes a file.
    File {
        /// Its path in the workspace.
        path: String,
        /// What happens, as an attribute.
        verb: String,
        /// The text of the block.
        text: String,
    },
    /// What it did in the book that it was exported from.
    AsBefore {
        /// What is behind its fence.
        info: String,
        /// Its text.
        text: String,
    },
}

/// A command with its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// What is typed.
    pub(super) text: String,
    /// Whether the runner follows what it does to containers.
    pub(super) is_followed: bool,
}

/// Commands in a terminal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Run {
    /// The commands.
    pub(super) commands: Vec<Command>,
    /// The terminal, if it is not the first.
    pub(super) terminal: Option<String>,
    /// The process that ends before.
    pub(super) stop: Option<String>,
    /// The files of the pages that the commands may change.
    pub(super) writes: Vec<String>,
    /// The port at which the container of the last command answers.
    pub(super) ready: Option<u16>,
    /// The attributes of the last command, if that goes on in the background.
    pub(super) background: Option<String>,
}

impl Run {
    /// The blocks, with their fences: a command in the background has one of its own.
    fn render(&self) -> String {
        let (plain, last) = match &self.background {
            None => (self.commands.as_slice(), None),
            Some(background) => match self.commands.split_last() {
                Some((last, plain)) => (plain, Some((last, background))),
                None => (self.commands.as_slice(), None),
            },
        };
        let terminal = self.terminal.as_ref().map(|name| format!(" terminal={name}")).unwrap_or_default();
        let mut stop = self.stop.as_ref().map(|name| format!(" stop={name}")).unwrap_or_default();
        let mut out = String::new();
        if !plain.is_empty() {
            let mut info = format!("console{terminal}{}", std::mem::take(&mut stop));
            if !self.writes.is_empty() {
                let _ = write!(info, " writes={}", quoted(&self.writes.join(",")));
            }
            if let Some(port) = self.ready.filter(|_| self.background.is_none()) {
                let _ = write!(info, " ready={port} within=60s");
            }
            out.push_str(&fenced(&(info + untracked(plain)), &transcript(plain)));
        }
        if let Some((last, background)) = last {
            let last = std::slice::from_ref(last);
            let info = format!("console{terminal}{stop} {background}{}", untracked(last));
            let gap = if out.is_empty() { "" } else { "\n" };
            let _ = write!(out, "{gap}{}", fenced(&info, &transcript(last)));
        }
        out
    }
}

/// The attribute for commands that start containers in a way that the runner does not follow.
fn untracked(commands: &[Command]) -> &'static str {
    if commands.iter().all(|command| command.is_followed) { "" } else { " untracked" }
}

fn transcript(commands: &[Command]) -> String {
    let mut out = String::new();
    for command in commands {
        for (number, line) in command.text.lines().enumerate() {
            let _ = writeln!(out, "{}{line}", if number == 0 { "$ " } else { "> " });
        }
    }
    out
}

impl Block {
    /// A block that is only shown.
    pub(super) fn shown(line: usize, language: &str, text: &str, why: &str) -> Block {
        let language = if is_word(language) { language } else { "text" };
        Block {
            line,
            indent: 0,
            language: language.to_owned(),
            text: text.to_owned(),
            does: Does::Nothing,
            ignore: Some(why.to_owned()),
        }
    }

    /// A block that export has written, as it was.
    pub(super) fn as_before(line: usize, ours: Ours) -> Block {
        let language = ours.info.split(' ').next().unwrap_or_default().to_owned();
        let does = Does::AsBefore { info: ours.info, text: ours.text.clone() };
        Block { line, indent: 0, language, text: ours.text, does, ignore: None }
    }

    /// A block that runs commands.
    pub(super) fn run(line: usize, text: &str, run: Run) -> Block {
        let (language, text) = ("bash".to_owned(), text.to_owned());
        Block { line, indent: 0, language, text, does: Does::Run(run), ignore: None }
    }

    /// The text of the block in a page, with its fences.
    pub(super) fn render(&self) -> String {
        match (&self.does, &self.ignore) {
            // mdBook would carry out a directive in the reason.
            (_, Some(why)) => {
                let why = quoted(&why.replace("{{", "{ {"));
                fenced(&format!("{} ignore={why}", self.language), &self.text)
            }
            (Does::Run(run), None) => run.render(),
            (Does::File { path, verb, text }, None) => {
                fenced(&format!("{} file={}{verb}", self.language, quoted(path)), text)
            }
            (Does::AsBefore { info, text }, None) => fenced(info, text),
            (Does::Nothing, None) => fenced(&format!("{} ignore=\"shown only\"", self.language), &self.text),
        }
    }
}

/// A text between fences.
fn fenced(info: &str, text: &str) -> String {
    let text = text.strip_suffix('\n').unwrap_or(text);
    // Backticks in the attributes need a fence of tildes.
    let mark = if info.contains('`') { '~' } else { '`' };
    let longest = text.lines().map(|line| line.trim_start().chars().take_while(|c| *c == mark).count()).max();
    let fence = mark.to_string().repeat(3.max(longest.unwrap_or(0) + 1));
    let newline = if text.is_empty() { "" } else { "\n" };
    format!("{fence}{info}\n{text}{newline}{fence}\n")
}

fn is_word(language: &str) -> bool {
    !language.is_empty()
        && language.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-_#".contains(&byte))
}

/// A value of an attribute, on one line.
pub(super) fn quoted(value: &str) -> String {
    let value: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fence_is_longer_than_those_in_the_text_and_of_tildes_for_backticks() {
        let block = Block::shown(1, "md", "```\nls\n```\n", "an \"example\"");
        assert_eq!(block.render(), "````md ignore=\"an \\\"example\\\"\"\n```\nls\n```\n````\n");
        assert_eq!(Block::shown(1, "{.sql}", "", "a `b`").render(), "~~~text ignore=\"a `b`\"\n~~~\n");
    }

    #[test]
    fn a_command_in_the_background_has_a_block_of_its_own_and_containers_that_nobody_follows_a_word() {
        let run = Run {
            commands: vec![
                Command { text: "ls \\\n  -l".to_owned(), is_followed: true },
                Command { text: "docker run nginx | cat".to_owned(), is_followed: false },
            ],
            stop: Some("t1-1".to_owned()),
            background: Some("background=t1-2 ready=80 within=60s".to_owned()),
            ..Run::default()
        };
        let expected = "```console stop=t1-1\n$ ls \\\n>   -l\n```\n\n```console background=t1-2 ready=80 within=60s untracked\n$ docker run nginx | cat\n```\n";
        assert_eq!(run.render(), expected);
    }
}
