//! Text for a terminal: the output of a program, or the text of a page, must not control the terminal.

use std::borrow::Cow;
use std::fmt::Write;

use anstream::adapter::strip_str;

/// How many characters of a line a message shows.
const LINE_CHARS_MAX: usize = 400;

/// A text in which every character that a terminal would act on is shown as an escape, such as `\r` or `\u{1b}`.
///
/// Line ends and tabs stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(escape(text, is_hidden))
}

/// A text in which some characters are shown as escapes.
pub(super) fn escape(text: &str, which: impl Fn(char) -> bool) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        // Writing to a `String` cannot fail.
        let _ = match c {
            c if !which(c) => out.write_char(c),
            '\r' => out.write_str("\\r"),
            '\t' => out.write_str("\\t"),
            c => write!(out, "{}", c.escape_unicode()),
        };
        out
    })
}

/// Control characters, and those that change the direction of what follows.
fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t') || is_direction(c)
}

pub(super) fn is_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The lines of a text, each cut to what a message shows, and visible.
pub(super) fn lines(text: &str) -> impl Iterator<Item = String> {
    text.lines().map(|line| match line.char_indices().nth(LINE_CHARS_MAX) {
        Some((at, _)) => {
            let more = line[at..].chars().count();
            format!("{}… ({more} more characters)", visible(&line[..at]))
        }
        None => visible(line).into_owned(),
    })
}

/// A text on one line.
pub(super) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    visible(&words.join(" ")).into_owned()
}

/// What a program has printed on one line, without its colours.
pub(super) fn plain(text: &str) -> String {
    one_line(&strip_str(text).to_string())
}

/// The beginning of a text that fits a width, on one line.
pub(super) fn cut(text: &str, width: usize) -> String {
    let text = one_line(text);
    match text.char_indices().nth(width) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_shown_as_an_escape() {
        assert_eq!(visible("a\tb\nc é"), "a\tb\nc é");
        assert_eq!(visible("10%\r100%\u{7}"), "10%\\r100%\\u{7}");
        assert_eq!(visible("\u{1b}[2J\u{9b}2J\u{202e}x"), "\\u{1b}[2J\\u{9b}2J\\u{202e}x");
    }

    #[test]
    fn a_long_line_is_cut_and_says_how_much_is_left_out() {
        let text = "x".repeat(1 << 20);
        let cut: Vec<String> = lines(&text).collect();
        assert_eq!(cut, [format!("{}… (1048176 more characters)", "x".repeat(400))]);
    }
}
