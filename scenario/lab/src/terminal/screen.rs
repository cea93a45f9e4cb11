//! What a terminal shows, kept by the server: a page that connects anew gets the same screen again.
//!
//! The shell says where its prompt is and how each command ended by the marks of OSC 133, which `shell` asks it
//! for; they are read off the output here.

use vt100::capture::BasicFormattedCaptureRange;

use super::reflow::reflowed;
use super::size::{Size, scrollback_rows};

/// What a shell reports about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// It reads a command.
    Prompt,
    /// It runs one.
    Running,
    /// That one has ended with a status.
    Ended(i32),
}

/// The marks of one stretch of output.
#[derive(Debug, Default)]
struct Marks {
    found: Vec<Mark>,
    /// What those of the shell end with: any program can print a mark.
    sign: Vec<u8>,
}

/// The end of a mark of the shell that has this secret.
pub(super) fn sign(secret: &str) -> String {
    format!("aid={secret}")
}

impl vt100::Callbacks for Marks {
    fn unhandled_osc(&mut self, _: &mut vt100::Screen, params: &[&[u8]]) {
        let Some((_, params)) = params.split_last().filter(|(last, _)| **last == self.sign) else { return };
        let mark = match params {
            [b"133", b"B"] => Some(Mark::Prompt),
            [b"133", b"C"] => Some(Mark::Running),
            [b"133", b"D", status] => {
                std::str::from_utf8(status).ok().and_then(|status| status.parse().ok()).map(Mark::Ended)
            }
            _ => None,
        };
        self.found.extend(mark);
    }
}

/// A screen with its scrollback.
pub(super) struct Screen {
    parser: vt100::Parser<Marks>,
}

impl Screen {
    /// An empty screen, of a shell with a secret.
    pub(super) fn new(size: Size, secret: &str) -> Screen {
        let (rows, cols) = size.non_zero();
        let marks = Marks { found: Vec::new(), sign: sign(secret).into_bytes() };
        let above = scrollback_rows(size.cols);
        Screen { parser: vt100::Parser::new_with_callbacks(rows, cols, above, marks) }
    }

    /// Takes in output; returns the marks in it.
    pub(super) fn take_in(&mut self, bytes: &[u8]) -> Vec<Mark> {
        self.parser.process(bytes);
        std::mem::take(&mut self.parser.callbacks_mut().found)
    }

    /// Changes the size. Lines are laid out anew in another width.
    pub(super) fn resize(&mut self, size: Size) {
        let (rows, cols) = size.non_zero();
        if self.parser.screen().size().1 == cols {
            self.parser.set_size(rows, cols);
        } else {
            // The parser stays: it may be in the middle of a sequence.
            *self.parser.screen_mut() = reflowed(self.parser.screen(), size);
        }
    }

    /// Whether a program has the whole screen for itself, as an editor does.
    pub(super) fn is_full_screen(&self) -> bool {
        self.parser.screen().alternate_screen()
    }

    /// The output that makes an empty terminal of the same size look and behave like this one.
    pub(super) fn snapshot(&self) -> String {
        let screen = self.parser.screen();
        if screen.alternate_screen() {
            return format!("\x1b[?1049h{}", screen.state_formatted());
        }
        let mut lines = String::new();
        let range = BasicFormattedCaptureRange::Full(&mut Default::default());
        // Writing into a string cannot fail.
        let _ = screen.write_contents_formatted_basic(&mut lines, range);
        // The visible part is written twice: here, so that the scrollback comes to lie above it, and in the state.
        format!("{}\x1b[m{}", lines.replace('\n', "\r\n"), screen.state_formatted())
    }
}

impl std::fmt::Debug for Screen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Screen").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { rows: 5, cols: 20 };

    /// A screen, and the one that a page has which is sent its snapshot.
    fn twins(output: &str) -> (Screen, Screen) {
        let (mut ours, mut theirs) = (Screen::new(SIZE, "x"), Screen::new(SIZE, "x"));
        ours.take_in(output.as_bytes());
        theirs.take_in(ours.snapshot().as_bytes());
        (ours, theirs)
    }

    #[track_caller]
    fn look_the_same(output: &str) {
        let (ours, theirs) = twins(output);
        let (ours, theirs) = (ours.parser.screen(), theirs.parser.screen());
        assert_eq!(ours.contents_formatted(), theirs.contents_formatted());
        assert_eq!(ours.cursor_position(), theirs.cursor_position());
        assert_eq!(ours.bracketed_paste(), theirs.bracketed_paste());
        assert_eq!(ours.alternate_screen(), theirs.alternate_screen());
        assert_eq!(ours.scrollback_len(), theirs.scrollback_len());
    }

    #[test]
    fn a_snapshot_shows_the_same_screen() {
        look_the_same("");
        look_the_same("one\r\n\x1b[31mtwo\x1b[m\r\n$ ");
        look_the_same("\x1b[?2004h$ echo Привет 日本");
        look_the_same("a line that is longer than the screen is wide\r\n$ ");
    }

    #[test]
    fn a_snapshot_keeps_the_scrollback() {
        let output: String = (1..=40).map(|n| format!("line {n}\r\n")).collect();
        look_the_same(&output);
        let (_, mut theirs) = twins(&output);
        theirs.parser.screen_mut().set_scrollback(36);
        assert!(theirs.parser.screen().contents().starts_with("line 1\n"));
    }

    #[test]
    fn a_snapshot_keeps_a_full_screen_program() {
        look_the_same("before\r\n\x1b[?1049h\x1b[H\x1b[2J-- editor --\x1b[3;4H");
    }

    #[test]
    fn marks_are_read_off_the_output_even_when_it_comes_in_pieces() {
        let mut screen = Screen::new(SIZE, "x");
        assert_eq!(screen.take_in(b"\x1b]133;D;0;aid=x\x1b\\$ \x1b]133;"), [Mark::Ended(0)]);
        let taken = screen.take_in(b"B;aid=x\x1b\\false\r\n\x1b]133;C;aid=x\x1b\\");
        assert_eq!(taken, [Mark::Prompt, Mark::Running]);
        assert_eq!(screen.take_in(b"\x1b]133;D;130;aid=x\x07"), [Mark::Ended(130)]);
        assert_eq!(screen.take_in(b"\x1b]133;D;x;aid=x\x07\x1b]0;title\x07"), []);
    }

    #[test]
    fn a_mark_without_the_secret_of_the_shell_is_none() {
        let mut screen = Screen::new(SIZE, "x");
        for mark in ["D;0", "B", "C", "D;0;aid=", "D;0;aid=y", "B;x", "B;aid=x;aid=y", "D;0;aid=xx"] {
            assert_eq!(screen.take_in(format!("\x1b]133;{mark}\x1b\\").as_bytes()), [], "{mark}");
        }
    }
}
