//! Whether a page says after an edit what it is meant to say.

use crate::check::rewrite_shown;
use crate::diagnostic::{Diagnostic, PageEdit};
use crate::event::Output;
use crate::failure::Samples;
use crate::model::{Block, BlockKind, CheckKind, CommandLine, Expect, OutputLine, Step};
use crate::page_edit;
use crate::parse::{self, Chapter, Page, Parsed};
use crate::source::{PageIndex, SourceFile, Sources, Span};
use crate::transcript::{Row, compare_streams, printed_elision};

use super::why::Why;

/// A page, parsed alone.
pub(super) struct Reader<'a> {
    sources: &'a Sources,
    page: PageIndex,
    step: Option<Step>,
    mistakes: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(sources: &'a Sources, page: PageIndex) -> Reader<'a> {
        let (step, mistakes) = parsed(&sources.pages[page].text);
        Reader { sources, page, step, mistakes: mistakes.len() }
    }

    /// Whether the page shows an output after some edits, and is the same otherwise; `at` is the number of the block and
    /// of the command in it.
    pub(super) fn shows_output(
        &self,
        edits: &[PageEdit],
        at: (usize, usize),
        command: &CommandLine,
        Output { stdout, stderr }: &Output,
    ) -> Result<(), Why> {
        let block = self.read(edits, at.0)?;
        let old = self.step.as_ref().and_then(|step| step.blocks.get(at.0));
        let commands = block.kind.commands();
        let is_same =
            |(one, other): (&CommandLine, &CommandLine)| one.text == other.text && one.status == other.status;
        let old = old.map_or(&[][..], |old| old.kind.commands());
        let are_same = old.len() == commands.len() && old.iter().zip(commands).all(is_same);
        let shows = commands.get(at.1).is_some_and(|found| {
            let is_shown = compare_streams(&found.output, &stdout.text, &stderr.text).is_none();
            found.text == command.text && (found.output.is_empty() || is_shown)
        });
        if are_same && shows { Ok(()) } else { Err(Why::Misread) }
    }

    /// The same for the result of a query.
    pub(super) fn shows_result(&self, edits: &[PageEdit], at: usize, found: &Samples) -> Result<(), Why> {
        match self.read(edits, at)?.kind {
            BlockKind::Query(check) => match &check.kind {
                CheckKind::Promql { expect: Expect::Shown(shown), .. }
                    if rewrite_shown(shown, &found.first).is_none() =>
                {
                    Ok(())
                }
                _ => Err(Why::Misread),
            },
            _ => Err(Why::Misread),
        }
    }

    /// A block after some edits, if they have changed nothing else.
    fn read(&self, edits: &[PageEdit], at: usize) -> Result<Block, Why> {
        let (step, mistakes) = parsed(&page_edit::apply(self.sources, edits).pages[self.page].text);
        if mistakes.len() > self.mistakes {
            let message = mistakes.last().map(Diagnostic::message).unwrap_or_default();
            return Err(Why::Mistake(message));
        }
        let (Some(old), Some(mut new)) = (&self.step, step) else { return Err(Why::Misread) };
        let is_same = |index: usize| index == at || old.blocks[index].text == new.blocks[index].text;
        let count = old.blocks.len();
        if new.blocks.len() != count || new.checks.len() != old.checks.len() || !(0..count).all(is_same) {
            return Err(Why::Misread);
        }
        Ok(new.blocks.swap_remove(at))
    }
}

/// A page as the only step of a book, and its mistakes; what depends on other pages is one of them.
fn parsed(text: &str) -> (Option<Step>, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let index = sources.add(SourceFile::new("page.md", text));
    let span = Span::new(index, 0..0);
    let chapter = Chapter { title: String::new(), path: "page.md".to_owned(), number: vec![1], span };
    let Parsed { scenario, diagnostics: mistakes, .. } =
        parse::parse("", sources, &[Page { chapter, index }]);
    (scenario.steps.into_iter().next(), mistakes)
}

/// Checks that no new line of an output has a special meaning in a transcript.
pub(super) fn each_line(shown: &[OutputLine], rows: &[Row]) -> Result<(), Why> {
    let dots = "[..]";
    for (index, row) in rows.iter().enumerate() {
        let Row::New { text: line, old } = row else { continue };
        let old = old.and_then(|old| shown.get(old)).map_or("", |old| &old.text);
        if let Some(name) = printed_elision(line, old) {
            return Err(Why::Elision { line: line.clone(), name });
        }
        let read_as = |what, instead: String| Err(Why::ReadAs { line: line.clone(), what, instead });
        let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        let status = line.strip_prefix('?');
        let is_status = |rest: &str| {
            digits(rest.trim()) && rest.starts_with(' ')
                || index == 0 && (rest.starts_with(' ') || digits(rest))
        };
        if line == "$" || line.starts_with("$ ") {
            return read_as("a command", format!("{dots}{}", &line[1..]));
        }
        if index == 0 && (line == ">" || line.starts_with("> ")) {
            return read_as("the next line of the command", format!("{dots}{}", &line[1..]));
        }
        if let Some(rest) = status.filter(|rest| is_status(rest)) {
            return read_as(
                "an exit status",
                format!("?{dots}{}", rest.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit())),
            );
        }
        if line.trim() == "..." {
            return read_as("any number of lines", format!("{dots}.."));
        }
    }
    Ok(())
}
