//! Which backticks close which: those of the same number, in the same paragraph.
//!
//! A paragraph ends at an empty line or at a fence. Backticks with only an action behind them open no fence, so they can
//! close earlier ones. Each run of backticks is visited once, so the time is linear also with many lone backticks.

use super::fence;

/// The runs of backticks of the paragraph that was read last.
#[derive(Debug, Default)]
pub(super) struct Backticks {
    /// Where that paragraph ends.
    end: usize,
    /// Start, length, and the start of the next run of that length.
    runs: Vec<(usize, usize, Option<usize>)>,
}

impl Backticks {
    /// The run of backticks that begins at a byte: its length, and the start of the run that closes it.
    pub(super) fn at(&mut self, text: &str, at: usize) -> (usize, Option<usize>) {
        if at >= self.end {
            self.look(text, at);
        }
        match self.runs.binary_search_by_key(&at, |(start, _, _)| *start) {
            Ok(index) => (self.runs[index].1, self.runs[index].2),
            // The first backtick was escaped: what remains is a run of its own.
            Err(_) => {
                let length = length(text.as_bytes(), at);
                let later = &self.runs[self.runs.partition_point(|(start, _, _)| *start <= at)..];
                let same = later.iter().take(ESCAPED_LOOK_MAX).find(|(_, other, _)| *other == length);
                (length, same.map(|(start, _, _)| *start))
            }
        }
    }

    fn look(&mut self, text: &str, at: usize) {
        self.end = paragraph_end(text, at);
        self.runs.clear();
        let bytes = &text.as_bytes()[..self.end];
        let mut from = at;
        while let Some(found) = memchr::memchr(b'`', &bytes[from..]) {
            let length = length(bytes, from + found);
            self.runs.push((from + found, length, None));
            from += found + length;
        }
        // The next run of each length. There are few lengths, because a run takes as many bytes as its length.
        let mut next: Vec<(usize, usize)> = Vec::new();
        for (start, length, closing) in self.runs.iter_mut().rev() {
            match next.iter_mut().find(|(other, _)| other == length) {
                Some((_, later)) => *closing = Some(std::mem::replace(later, *start)),
                None => next.push((*length, *start)),
            }
        }
    }
}

/// The most runs to search for the end of one behind an escaped backtick.
const ESCAPED_LOOK_MAX: usize = 100;

fn length(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().take_while(|byte| **byte == b'`').count()
}

/// Where the paragraph of a byte ends.
fn paragraph_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut from = at;
    while let Some(newline) = memchr::memchr(b'\n', &bytes[from..]) {
        let line = from + newline + 1;
        let is_empty = text[line..].bytes().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
        let opening = || fence::Opening::at(text, line);
        if matches!(is_empty, None | Some(b'\n')) || opening().is_some_and(|it| !it.is_action_only()) {
            return line;
        }
        from = line;
    }
    text.len()
}
