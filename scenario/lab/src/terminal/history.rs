//! The lines that have left a terminal's screen from above, as the text that prints them again.
//!
//! The parser's own scrollback is off, because it needs 32 bytes for each cell, and text needs one for most. The text does not
//! depend on a width: `reflow` wraps it.

use std::num::NonZeroU16;

use vt100::capture::{BasicFormattedCaptureRange, BasicFormattedCaptureState, RowContents};

use crate::limits::HISTORY_BYTES_MAX;

/// What is above a screen.
#[derive(Debug, Default)]
pub(super) struct History {
    text: String,
    /// Whether the next row begins a line, and in which colours.
    state: BasicFormattedCaptureState,
}

impl History {
    /// Takes a row that leaves the screen. The oldest lines are dropped if there are too many.
    pub(super) fn take(&mut self, row: &RowContents<'_>) {
        // Writing into a string cannot fail.
        let _ = row.write_formatted_basic(&mut self.text, &mut self.state);
        if self.text.len() > HISTORY_BYTES_MAX {
            self.drop_oldest();
        }
    }

    /// Forgets all.
    pub(super) fn forget(&mut self) {
        *self = History::default();
    }

    /// The lines, and after them those on the screen.
    pub(super) fn with(&self, screen: &vt100::Screen) -> String {
        let mut text = self.text.clone();
        let range = BasicFormattedCaptureRange::Full(&mut self.state.clone());
        // Writing into a string cannot fail.
        let _ = screen.write_contents_formatted_basic(&mut text, range);
        text
    }

    /// Drops an eighth, up to the end of a line. One line that is longer than all of it goes as a whole.
    fn drop_oldest(&mut self) {
        let least = self.text.len() - HISTORY_BYTES_MAX / 8 * 7;
        let end_of_line = self.text.as_bytes()[least..].iter().position(|byte| *byte == b'\n');
        let end = end_of_line.map_or(self.text.len(), |at| least + at + 1);
        let pen = pen_after(&self.text[..end]);
        self.text.replace_range(..end, &pen);
    }
}

impl vt100::Callbacks for History {
    fn on_scroll(&mut self, row: RowContents<'_>, is_full_screen: bool) {
        // A program that has the whole screen prints no lines.
        if !is_full_screen {
            self.take(&row);
        }
    }
}

/// The sequence that sets the colours in which a text ends.
fn pen_after(text: &str) -> String {
    const NONE: &str = "\x1b[m";
    if !text.contains('\x1b') {
        return String::new();
    }
    let mut parser = vt100::Parser::new(NonZeroU16::MIN, NonZeroU16::MIN, 0);
    parser.process(text.as_bytes());
    let pen = parser.screen().attributes_formatted();
    if pen == NONE { String::new() } else { pen }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(output: &str) -> vt100::Parser<History> {
        let size = |number| NonZeroU16::new(number).expect("a size");
        let mut parser = vt100::Parser::new_with_callbacks(size(5), size(20), 0, History::default());
        parser.process(output.as_bytes());
        parser
    }

    fn all_text(parser: &vt100::Parser<History>) -> String {
        parser.callbacks().with(parser.screen())
    }

    #[test]
    fn a_line_that_was_wrapped_is_one() {
        let parser = printed("a line that is longer than the screen\r\n1\r\n2\r\n3\r\n4");
        assert_eq!(parser.screen().contents(), "r than the screen\n1\n2\n3\n4");
        assert_eq!(all_text(&parser), "a line that is longer than the screen\n1\n2\n3\n4");
    }

    #[test]
    fn the_oldest_lines_are_dropped_and_the_others_keep_their_colours() {
        let lines = |from: usize| (from..40_000).map(|n| format!("\n{n}")).collect::<String>();
        let parser = printed(&format!("first\x1b[1;31m{}", lines(0).replace('\n', "\r\n")));
        let text = all_text(&parser);
        assert!(text.len() < HISTORY_BYTES_MAX + 100, "{}", text.len());
        assert!(text.len() > HISTORY_BYTES_MAX / 4 * 3, "{}", text.len());
        let (pen, rest) = text.split_at("\x1b[m\x1b[31;1m".len());
        assert_eq!(pen, "\x1b[m\x1b[31;1m");
        let first = rest.lines().next().and_then(|line| line.parse().ok()).expect("a number");
        assert_eq!(rest, &lines(first)[1..]);
    }

    #[test]
    fn a_line_without_an_end_does_not_grow_for_ever() {
        let parser = printed(&"x".repeat(3 * HISTORY_BYTES_MAX));
        assert!(all_text(&parser).len() < HISTORY_BYTES_MAX + 100);
    }
}
