//! What a terminal shows, kept by the server: a page that connects anew gets the same screen again.
//!
//! The shell says where its prompt is and how each command ended by the marks of OSC 133, which `shell` asks it
//! for; they are read off the output here.

use vt100::capture::RowContents;

use super::history::History;
use super::reflow::reflowed;
use super::size::Size;

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

/// What the parser tells of the output.
#[derive(Debug, Default)]
struct Told {
    /// The marks of one stretch of it.
    marks: Vec<Mark>,
    /// What those of the shell end with: any program can print a mark.
    sign: Vec<u8>,
    /// The lines that have left the screen.
    history: History,
}

/// The end of a mark of the shell that has this secret.
pub(super) fn sign(secret: &str) -> String {
    format!("aid={secret}")
}

impl vt100::Callbacks for Told {
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
        self.marks.extend(mark);
    }

    fn on_scroll(&mut self, row: RowContents<'_>, is_full_screen: bool) {
        self.history.on_scroll(row, is_full_screen);
    }
}

/// A screen, and the lines above it.
pub(super) struct Screen {
    parser: vt100::Parser<Told>,
    erasing: Erasing,
}

impl Screen {
    /// An empty screen, of a shell with a secret.
    pub(super) fn new(size: Size, secret: &str) -> Screen {
        let (rows, cols) = size.non_zero();
        let told = Told { sign: sign(secret).into_bytes(), ..Told::default() };
        Screen { parser: vt100::Parser::new_with_callbacks(rows, cols, 0, told), erasing: Erasing::default() }
    }

    /// Takes in output; returns the marks in it.
    pub(super) fn take_in(&mut self, bytes: &[u8]) -> Vec<Mark> {
        let mut rest = bytes;
        while let Some(end) = self.erasing.end_in(rest) {
            let (erased, after) = rest.split_at(end);
            self.parser.process(erased);
            if !self.is_full_screen() {
                self.parser.callbacks_mut().history.forget();
            }
            rest = after;
        }
        self.parser.process(rest);
        std::mem::take(&mut self.parser.callbacks_mut().marks)
    }

    /// Changes the size. Lines are laid out anew in another width; in more rows, those from above come back.
    pub(super) fn resize(&mut self, size: Size) {
        let (rows, cols) = size.non_zero();
        let (rows_before, cols_before) = self.parser.screen().size();
        if cols == cols_before && rows <= rows_before {
            self.parser.set_size(rows, cols);
        } else {
            // The parser stays: it may be in the middle of a sequence.
            let (screen, told) = self.parser.screen_and_callbacks_mut();
            *screen = reflowed(screen, &mut told.history, size);
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
        let lines = self.parser.callbacks().history.with(screen);
        // The visible part is written twice: here, so that the other lines come to lie above it, and in the state.
        format!("{}\x1b[m{}", lines.replace('\n', "\r\n"), screen.state_formatted())
    }
}

/// Finds where a program erases what is above the screen, which the parser does not tell: `CSI 3 J`, and `ESC c`, which
/// erases all.
#[derive(Debug, Default)]
struct Erasing {
    /// How much of a sequence was there at the end of the last output.
    begun: &'static [u8],
}

impl Erasing {
    /// Where the next such sequence ends in the output.
    fn end_in(&mut self, output: &[u8]) -> Option<usize> {
        for (at, byte) in output.iter().enumerate() {
            self.begun = match (self.begun, byte) {
                (_, 0x1b) => b"\x1b",
                (b"\x1b", b'[') => b"\x1b[",
                (b"\x1b[", b'3') => b"\x1b[3",
                (b"\x1b[3", b'J') | (b"\x1b", b'c') => {
                    self.begun = b"";
                    return Some(at + 1);
                }
                _ => b"",
            };
        }
        None
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

    /// What was above the screen and is on it.
    fn all_text(screen: &Screen) -> String {
        screen.parser.callbacks().history.with(screen.parser.screen())
    }

    #[track_caller]
    fn look_the_same(output: &str) {
        let (ours, theirs) = twins(output);
        assert_eq!(all_text(&ours), all_text(&theirs));
        let (ours, theirs) = (ours.parser.screen(), theirs.parser.screen());
        assert_eq!(ours.contents_formatted(), theirs.contents_formatted());
        assert_eq!(ours.cursor_position(), theirs.cursor_position());
        assert_eq!(ours.bracketed_paste(), theirs.bracketed_paste());
        assert_eq!(ours.alternate_screen(), theirs.alternate_screen());
    }

    #[test]
    fn a_snapshot_shows_the_same_screen() {
        look_the_same("");
        look_the_same("one\r\n\x1b[31mtwo\x1b[m\r\n$ ");
        look_the_same("\x1b[?2004h$ echo Привет 日本");
        look_the_same("a line that is longer than the screen is wide\r\n$ ");
    }

    #[test]
    fn a_snapshot_keeps_what_is_above_the_screen() {
        let output: String = (1..=40).map(|n| format!("line {n}\r\n")).collect();
        look_the_same(&output);
        let (_, theirs) = twins(&output);
        assert!(all_text(&theirs).starts_with("line 1\nline 2\n"));
    }

    #[test]
    fn what_a_program_has_erased_above_the_screen_is_gone() {
        let lines: String = (1..=40).map(|n| format!("line {n}\r\n")).collect();
        for (erase, is_gone) in [("\x1b[3J", true), ("\x1bc", true), ("\x1b[2J", false), ("\x1b[3K", false)] {
            // In one piece with what comes after it, and in two.
            for at in 0..erase.len() {
                let mut screen = Screen::new(SIZE, "x");
                screen.take_in(format!("{lines}\x1b[H\x1b[2J{}", &erase[..at]).as_bytes());
                screen.take_in(format!("{}{lines}", &erase[at..]).as_bytes());
                assert_eq!(all_text(&screen).matches("line 1\n").count() == 1, is_gone, "{erase:?} {at}");
            }
        }
        // A program that has the whole screen has nothing above it.
        let mut screen = Screen::new(SIZE, "x");
        screen.take_in(format!("{lines}\x1b[?1049h\x1b[3J\x1b[?1049l").as_bytes());
        assert!(all_text(&screen).starts_with("line 1\n"));
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
