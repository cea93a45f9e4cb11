//! Lines of a page that are replaced: where they are, with the marks of the lists and quotes around them.

use crate::check::ResultRow;
use crate::diagnostic::PageEdit;
use crate::model::{Block, CommandLine};
use crate::parse::{ResultLine, result_line};
use crate::source::{SourceFile, Span};
use crate::transcript::Row;

/// Consecutive lines of a page, and what is before and after the text of a new one.
pub(super) struct Lines<'a> {
    page: &'a SourceFile,
    /// A place in each line.
    places: Vec<Span>,
    prefix: &'a str,
}

impl<'a> Lines<'a> {
    /// The output of a command. A new line has what is before the `$ ` of the command.
    pub(super) fn of_output(page: &'a SourceFile, command: &CommandLine) -> Lines<'a> {
        let start = page.line_range(page.line_number(command.span.start)).start;
        let prefix = &page.text[start..command.span.start - "$ ".len()];
        Lines { page, places: command.output.iter().map(|line| line.span).collect(), prefix }
    }

    /// The result of a query. A new line has what is before the `#` of the first.
    pub(super) fn of_result(page: &'a SourceFile, block: &Block) -> Lines<'a> {
        let rows = block.text.lines().zip(&block.lines);
        let places: Vec<Span> = rows
            .filter(|(text, _)| !matches!(result_line(text), ResultLine::Other))
            .map(|(_, span)| *span)
            .collect();
        let prefix = places.first().map_or("", |first| {
            let start = page.line_range(page.line_number(first.start)).start;
            let hash = page.text[first.start..first.end].find('#').unwrap_or(0);
            &page.text[start..first.start + hash]
        });
        Lines { page, places, prefix }
    }

    /// The edits that leave `rows`.
    pub(super) fn output_edits(&self, rows: &[Row]) -> Vec<PageEdit> {
        let mut edits = Edits { lines: self, made: Vec::new(), next: 0, new: Vec::new() };
        for row in rows {
            match row {
                Row::Kept(index) => edits.keep(*index),
                Row::New { text, .. } => edits.new.push(self.whole(text)),
            }
        }
        edits.end()
    }

    /// The same for the rows of a result; new samples go behind the last one that was shown.
    pub(super) fn result_edits(&self, rows: &[ResultRow]) -> Vec<PageEdit> {
        let mut edits = Edits { lines: self, made: Vec::new(), next: 0, new: Vec::new() };
        let is_sample = |place: &Span| match result_line(&self.page.text[place.start..place.end]) {
            ResultLine::Sample(sample) => sample != "none",
            _ => false,
        };
        let samples: Vec<usize> =
            (0..self.places.len()).filter(|index| is_sample(&self.places[*index])).collect();
        let is_more = |index: usize| {
            let place = self.places[index];
            matches!(result_line(&self.page.text[place.start..place.end]), ResultLine::More)
        };
        let end = samples.last().map_or(0, |last| last + 1);
        let mut rows = rows.iter().peekable();
        let mut is_none = false;
        for index in 0..=self.places.len() {
            if index == end {
                for row in rows.by_ref() {
                    if let ResultRow::New(text) = row {
                        is_none = text == "none";
                        edits.new.push(self.whole(&format!("# => {text}")));
                    }
                }
            }
            if index == self.places.len() {
                break;
            }
            let is_this = |row: &&ResultRow| matches!(row, ResultRow::Kept(of) | ResultRow::Value(of, _) if samples.get(*of) == Some(&index));
            match rows.next_if(is_this) {
                Some(ResultRow::Value(_, value)) => edits.new.push(self.with_value(index, value)),
                Some(_) => edits.keep(index),
                // A result that shows `none` has no other line.
                None if is_more(index) && !is_none => edits.keep(index),
                None => {}
            }
        }
        edits.end()
    }

    /// A new line.
    fn whole(&self, text: &str) -> String {
        let prefix = if text.is_empty() { self.prefix.trim_end() } else { self.prefix };
        format!("{prefix}{text}{}", self.end_of_line())
    }

    /// A line of a result with another value.
    fn with_value(&self, index: usize, value: &str) -> String {
        let range = self.page.line_range(self.page.line_number(self.places[index].start));
        let line = &self.page.text[range];
        // A label may have any character in its value.
        let labels = line.rfind('}').map_or(0, |at| at + 1);
        let end = line[labels..].find('±').map_or(line.len(), |at| labels + at);
        let end = line[..end].trim_end().len();
        let mut before = line[..end].char_indices().rev();
        let start = before.find(|(_, c)| c.is_whitespace() || matches!(c, '}' | '>'));
        let start = start.map_or(0, |(at, c)| at + c.len_utf8());
        format!("{}{value}{}{}", &line[..start], &line[end..], self.end_of_line())
    }

    /// How lines end there.
    fn end_of_line(&self) -> &str {
        let line = self.places.first().map_or(1, |place| self.page.line_number(place.start));
        let end = self.page.line_range(line).end;
        if self.page.text[end..].starts_with('\r') { "\r\n" } else { "\n" }
    }

    /// Where a line begins, or where the text after the last one does.
    fn start(&self, index: usize) -> usize {
        let line = |place: &Span| self.page.line_number(place.start);
        match (self.places.get(index), self.places.last()) {
            (Some(place), _) => self.page.line_range(line(place)).start,
            (None, Some(last)) if line(last) < self.page.line_count() => {
                self.page.line_range(line(last) + 1).start
            }
            _ => self.page.text.len(),
        }
    }
}

/// Edits in the making.
struct Edits<'a> {
    lines: &'a Lines<'a>,
    made: Vec<PageEdit>,
    /// The first line that is neither kept nor replaced yet.
    next: usize,
    /// New lines, to be inserted before the next one that is kept.
    new: Vec<String>,
}

impl Edits<'_> {
    fn keep(&mut self, index: usize) {
        if index > self.next || !self.new.is_empty() {
            let range = self.lines.start(self.next)..self.lines.start(index);
            let page = self.lines.places[0].page;
            let text = std::mem::take(&mut self.new).concat();
            self.made.push(PageEdit { span: Span::new(page, range), text });
        }
        self.next = index + 1;
    }

    fn end(mut self) -> Vec<PageEdit> {
        let count = self.lines.places.len();
        if count > 0 {
            self.keep(count);
        }
        self.made
    }
}
