//! Splits the text of a page into its constructs, each with its place: fences, `<pre>`, comments, code spans, and braces.
//!
//! The format is that of the public examples of both platforms, katacoda/scenario-examples and killercoda/scenario-examples,
//! with the deviations that authors make. The construct that starts first wins, and nothing inside it is scanned again. The
//! time is linear in the length of a page. This module does not know which file an edit changes, or what a command does.

mod action;
mod backticks;
mod braces;
mod construct;
mod fence;
mod pre;

pub use action::{Action, Terminal, Verb, meant};
pub use braces::Braces;
pub use construct::{Construct, End, Fence, Kind, Span};
pub use pre::{Attribute, Pre, Target};

use backticks::Backticks;

/// The constructs of a page, in order. They do not overlap.
pub fn scan(text: &str) -> Vec<Construct> {
    // The first line begins after a byte order mark.
    let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut scanner = Scanner {
        text,
        at,
        first: at,
        end: at,
        constructs: Vec::new(),
        backticks: Backticks::default(),
        ahead: [0, 0],
    };
    scanner.run();
    scanner.constructs
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// Where the first line begins.
    first: usize,
    /// Where the last construct ends.
    end: usize,
    constructs: Vec<Construct>,
    backticks: Backticks,
    /// The next of `` `~< `` and of `\{`, cached because most bytes of a page are none of these.
    ahead: [usize; 2],
}

impl Scanner<'_> {
    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        while self.at < bytes.len() {
            match bytes[self.at] {
                // An escaped character begins nothing. A line break is not escaped.
                b'\\' => self.at += if bytes.get(self.at + 1) == Some(&b'\n') { 1 } else { 2 },
                b'`' | b'~' if self.fence() => {}
                b'`' => self.span(),
                b'~' => self.at += 1,
                b'<' => self.html(),
                b'{' => self.orphan(),
                _ => self.at = self.next(),
            }
        }
    }

    /// Where the next character is that may begin something.
    fn next(&mut self) -> usize {
        let rest = &self.text.as_bytes()[self.at..];
        let place = |found: Option<usize>| self.at + found.unwrap_or(rest.len());
        if self.ahead[0] <= self.at {
            self.ahead[0] = place(memchr::memchr3(b'`', b'~', b'<', rest));
        }
        if self.ahead[1] <= self.at {
            self.ahead[1] = place(memchr::memchr2(b'\\', b'{', rest));
        }
        self.ahead[0].min(self.ahead[1])
    }

    /// Adds what was found, and goes on behind it.
    fn add(&mut self, end: usize, kind: Kind) {
        self.constructs.push(Construct { span: self.at..end, kind });
        self.at = end;
        self.end = end;
    }

    /// At a mark of a fence: takes the fence that its line begins. Text behind the end of a construct is not the beginning
    /// of its line.
    fn fence(&mut self) -> bool {
        let before = &self.text.as_bytes()[..self.at];
        let marks = before[self.end..].iter().rev().take_while(|byte| fence::may_precede(**byte)).count();
        let start = self.at - marks;
        if start != self.first && before[..start].last() != Some(&b'\n') {
            return false;
        }
        let Some(opening) = fence::Opening::at(self.text, start) else { return false };
        self.at = start;
        if let Some(braces) = opening.stray(self.text) {
            let braces = braces.clone();
            self.add(opening.line_end, Kind::Stray(braces));
            return true;
        }
        let (fence, end) = fence::read(self.text, opening);
        self.add(end, Kind::Fence(fence));
        true
    }

    /// At a backtick: a code span, or backticks that nothing closes.
    fn span(&mut self) {
        let (ticks, closing) = self.backticks.at(self.text, self.at);
        let start = self.at + ticks;
        let Some(closing) = closing else {
            self.add(start, Kind::LoneBackticks);
            return;
        };
        let end = closing + ticks;
        let braces = Braces::at(self.text, end);
        let end = braces.as_ref().map_or(end, |braces| braces.span.end);
        self.add(end, Kind::Span(Span { code: start..closing, ticks, braces }));
    }

    /// At `<`: a comment, or a `<pre>`.
    fn html(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        if rest.starts_with(b"<!--") {
            let close = memchr::memmem::find(&rest[4..], b"-->").map(|length| self.at + 4 + length + 3);
            self.add(close.unwrap_or(self.text.len()), Kind::Comment { is_closed: close.is_some() });
        } else if let Some((pre, end)) = pre::at(self.text, self.at) {
            self.add(end, Kind::Pre(pre));
        } else {
            self.at += 1;
        }
    }

    /// At `{`: braces with an action that belong to no code.
    fn orphan(&mut self) {
        match Braces::at(self.text, self.at) {
            Some(braces) if Action::of(braces.words(self.text)).is_known() => {
                self.add(braces.span.end, Kind::Orphan(braces));
            }
            Some(braces) => self.at = braces.span.end,
            None => self.at += 1,
        }
    }
}
