//! The pieces of a page of ours: text, and blocks as the book format has them.
//!
//! Where a block cannot do in a book what it did, it stays in the page with the reason. Which can is for `page` and `book`.

use std::fmt::Write;

use crate::export::back::Ours;

/// A piece of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text as it is.
    Text(String),
    /// A block, by its number.
    Block(usize),
    /// A hidden check.
    Check(String),
}

/// A block, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// The line of the original page; 0 if there is none.
    pub(super) line: usize,
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
    Run {
        /// The commands with `$ ` and `> `.
        console: String,
        /// The attributes, with a space before each.
        attributes: String,
    },
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

impl Block {
    /// A block that is only shown.
    pub(super) fn shown(line: usize, language: &str, text: &str, why: &str) -> Block {
        let language = if is_word(language) { language } else { "text" };
        Block {
            line,
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
        Block { line, language, text: ours.text, does, ignore: None }
    }

    /// The block in a page, fences included.
    pub(super) fn render(&self) -> String {
        let (info, text) = match (&self.does, &self.ignore) {
            (_, Some(why)) => (format!("{} ignore={}", self.language, quoted(why)), &self.text),
            (Does::Run { console, attributes }, None) => (format!("console{attributes}"), console),
            (Does::File { path, verb, text }, None) => {
                (format!("{} file={}{verb}", self.language, quoted(path)), text)
            }
            (Does::AsBefore { info, text }, None) => (info.clone(), text),
            (Does::Nothing, None) => (format!("{} ignore=\"shown only\"", self.language), &self.text),
        };
        let text = text.strip_suffix('\n').unwrap_or(text);
        // Backticks in the attributes need a fence of tildes.
        let mark = if info.contains('`') { '~' } else { '`' };
        let longest =
            text.lines().map(|line| line.trim_start().chars().take_while(|c| *c == mark).count()).max();
        let fence = mark.to_string().repeat(3.max(longest.unwrap_or(0) + 1));
        let newline = if text.is_empty() { "" } else { "\n" };
        let mut out = String::new();
        let _ = write!(out, "{fence}{info}\n{text}{newline}{fence}\n");
        out
    }
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
}
