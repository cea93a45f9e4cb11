//! A terminal's screen in another width: wrapped lines are laid out anew, and nothing of them is cut.
//!
//! A program that has the whole screen draws it again itself, so its screen is only cut or extended.

use vt100::capture::basic_formatted_rows;

use super::history::History;
use super::size::Size;

/// The screen as it would be if all of its lines, with those above it, had been printed in this size.
pub(super) fn reflowed(screen: &vt100::Screen, history: &mut History, size: Size) -> vt100::Screen {
    if !screen.alternate_screen() {
        return lines_reflowed(screen, history, size);
    }
    // The lines are below the program's screen, and come back when it ends.
    let mut below = scratch(screen);
    below.process(b"\x1b[?47l");
    let mut new = scratch(&lines_reflowed(below.screen(), history, size));
    let mut programs = screen.clone();
    let (rows, cols) = size.non_zero();
    programs.set_size(rows, cols);
    new.process(b"\x1b[?1049h");
    new.process(programs.state_formatted().as_bytes());
    new.screen().clone()
}

/// Without a program that has the whole screen.
fn lines_reflowed(screen: &vt100::Screen, history: &mut History, size: Size) -> vt100::Screen {
    let (row, col) = screen.cursor_position();
    let (rows, cols) = screen.size();
    let below = usize::from(rows.get() - 1 - row);
    // What is before the cursor, without the empty rows below it.
    let mut before = scratch(screen);
    before.process(b"\x1b[m\x1b[J");
    let (mut all, mut visible) = (history.with(before.screen()), before.screen().contents_formatted_basic());
    for text in [&mut all, &mut visible] {
        text.truncate(text.len() - below);
    }
    let mut new = printed(&all, size);
    // Cells to which nothing was written are no part of a line, and the cursor may be among them.
    let last = all.rsplit('\n').next().unwrap_or_default();
    let written = printed(last, Size { rows: rows.get(), cols: cols.get() }).screen().cursor_position().1;
    if col > written {
        new.process(format!("\x1b[{}C", col - written).as_bytes());
    }
    // What was above the screen stays there, but for the rows that have been added to it.
    let taken = basic_formatted_rows(&visible, size.cols).count().saturating_sub(1);
    let room = taken + usize::from(size.rows.saturating_sub(rows.get()));
    let above = usize::from(new.screen().cursor_position().0).saturating_sub(room);
    if above > 0 {
        new.process(format!("\x1b[{above}S\x1b[{above}A").as_bytes());
    }
    let after = screen.contents_between(row, col, rows.get() - 1, cols.get());
    print_after(&mut new, after.trim_end_matches('\n'), size);
    new.process(screen.input_mode_formatted().as_bytes());
    new.process(screen.attributes_formatted().as_bytes());
    new.process(if screen.hide_cursor() { b"\x1b[?25l" } else { b"\x1b[?25h" });
    *history = std::mem::take(new.callbacks_mut());
    new.screen().clone()
}

/// A screen on which these lines were printed, with their colours, and what has left it.
fn printed(lines: &str, size: Size) -> vt100::Parser<History> {
    let (rows, cols) = size.non_zero();
    let mut parser = vt100::Parser::new_with_callbacks(rows, cols, 0, History::default());
    parser.process(lines.replace('\n', "\r\n").as_bytes());
    parser.process(b"\x1b[m");
    parser
}

/// Prints what comes after the cursor, and leaves the cursor where it is. Its colours are lost: a shell or a program that
/// has the cursor in the middle of a text prints that again when the size changes.
fn print_after(parser: &mut vt100::Parser<History>, text: &str, size: Size) {
    if text.is_empty() {
        return;
    }
    let col = usize::from(parser.screen().cursor_position().1);
    let from_margin = " ".repeat(col) + text;
    let down = basic_formatted_rows(&from_margin, size.cols).count().saturating_sub(1);
    parser.process(text.replace('\n', "\r\n").as_bytes());
    if down > 0 {
        parser.process(format!("\x1b[{down}A").as_bytes());
    }
    parser.process(format!("\x1b[{}G", col + 1).as_bytes());
}

/// A copy of a screen that can be written to.
fn scratch(screen: &vt100::Screen) -> vt100::Parser {
    let mut parser = vt100::Parser::default();
    *parser.screen_mut() = screen.clone();
    parser
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: Size = Size { rows: 5, cols: 60 };
    const NARROW: Size = Size { rows: 5, cols: 20 };
    const LONG: &str = "error: the name `handler` is defined more than once";

    /// What is on a screen after it had each of these sizes, with what lies above.
    fn parser_after(output: &str, sizes: &[Size]) -> vt100::Parser<History> {
        let mut parser = printed("", sizes[0]);
        parser.process(output.as_bytes());
        for size in &sizes[1..] {
            let (screen, history) = parser.screen_and_callbacks_mut();
            *screen = reflowed(screen, history, *size);
        }
        parser
    }

    fn after(output: &str, sizes: &[Size]) -> vt100::Screen {
        parser_after(output, sizes).screen().clone()
    }

    fn all_text(output: &str, sizes: &[Size]) -> String {
        let parser = parser_after(output, sizes);
        parser.callbacks().with(parser.screen()).trim_end_matches('\n').to_owned()
    }

    #[test]
    fn a_narrow_window_cuts_no_line() {
        let output = format!("{LONG}\r\n\x1b[31mred\x1b[m\r\n$ ");
        let narrow = after(&output, &[WIDE, NARROW]);
        let rows: Vec<String> = narrow.rows(0, 20).collect();
        assert_eq!(rows, ["error: the name `han", "dler` is defined mor", "e than once", "red", "$ "]);
        let sizes = [WIDE, NARROW, WIDE];
        assert_eq!(all_text(&output, &sizes), format!("{LONG}\n\x1b[31mred\n\x1b[m$ "));
        assert_eq!(after(&output, &sizes).cursor_position(), (2, 2));
    }

    #[test]
    fn lines_above_the_screen_are_not_cut_either() {
        let output: String = (1..=20).map(|n| format!("{n} {LONG}\r\n")).collect();
        let sizes = [WIDE, NARROW, Size { rows: 20, cols: 25 }, WIDE];
        let lines: Vec<String> = (1..=20).map(|n| format!("{n} {LONG}")).collect();
        assert_eq!(all_text(&output, &sizes), lines.join("\n"));
        assert_eq!(after(&output, &sizes).cursor_position().1, 0);
    }

    #[test]
    fn in_more_rows_lines_from_above_come_back() {
        let output: String = (1..=9).map(|n| format!("{n}\r\n")).collect();
        let tall = after(&(output + "$ "), &[WIDE, Size { rows: 8, cols: 60 }]);
        assert_eq!(tall.contents(), "3\n4\n5\n6\n7\n8\n9\n$ ");
        assert_eq!(tall.cursor_position(), (7, 2));
        // With fewer lines than rows, the other rows are empty.
        let tall = after("1\r\n$ ", &[WIDE, Size { rows: 8, cols: 60 }]);
        assert_eq!((tall.contents().as_str(), tall.cursor_position()), ("1\n$ ", (1, 2)));
    }

    #[test]
    fn as_many_lines_are_remembered_however_narrow_a_window_was() {
        let size = Size { rows: 5, cols: 100 };
        let line = "x".repeat(90);
        let output: String = (0..1000).map(|n| format!("{n:04} {line}\r\n")).collect();
        let text = all_text(&output, &[size, NARROW, size]);
        assert!(text.starts_with("0000 "), "{}", &text[..40]);
    }

    #[test]
    fn the_cursor_stays_where_it_is_in_its_line() {
        // A line that is edited: the cursor is left of its end.
        let output = format!("$ {LONG}\x1b[4D");
        let narrow = after(&output, &[WIDE, NARROW]);
        assert_eq!(narrow.cursor_position(), (2, 9));
        assert_eq!(narrow.contents(), format!("$ {LONG}"));
        let wide = after(&output, &[WIDE, NARROW, WIDE]);
        assert_eq!(wide.cursor_position(), (0, 49));
        assert_eq!(wide.contents(), format!("$ {LONG}"));
        // In cells to which nothing was written.
        assert_eq!(after("\x1b[10C", &[WIDE, NARROW]).cursor_position(), (0, 10));
    }

    #[test]
    fn what_was_cleared_stays_above_the_screen() {
        let output = format!("{LONG}\r\n1\r\n2\r\n3\r\n4\r\n5\r\n6\x1b[H\x1b[2J$ ");
        let sizes = [WIDE, NARROW];
        assert_eq!(after(&output, &sizes).contents(), "$ ");
        assert!(all_text(&output, &sizes).starts_with(LONG), "{}", all_text(&output, &sizes));
    }

    #[test]
    fn a_program_that_has_the_screen_gives_it_back() {
        let output = format!("{LONG}\r\n$ less\x1b[?1049h\x1b[2J\x1b[Hthe text");
        let mut wide = scratch(&after(&output, &[WIDE, NARROW, WIDE]));
        assert!(wide.screen().alternate_screen());
        assert_eq!(wide.screen().contents(), "the text");
        wide.process(b"\x1b[?1049l");
        assert_eq!(wide.screen().contents(), format!("{LONG}\n$ less"));
        assert_eq!(wide.screen().cursor_position(), (1, 6));
    }

    #[test]
    fn modes_and_the_pen_are_kept() {
        let new = after("\x1b[?2004h\x1b[?1h\x1b[?25l\x1b[1;34mblue", &[WIDE, NARROW]);
        assert!(new.bracketed_paste() && new.application_cursor() && new.hide_cursor() && new.bold());
        assert_eq!(new.fgcolor(), vt100::Color::Idx(4));
    }
}
