//! A mistake in a page as data: what is wrong, where, and what to do about it.
//!
//! How it is drawn is the work of `excerpt`.

use std::fmt::Write;

use crate::excerpt::{self, Highlight, Style};
use crate::problem::{Code, Edit, Problem};
use crate::source::{Location, Sources, Span};

/// How many mistakes are shown of one line.
const LINE_MAX: usize = 4;
/// How many mistakes are shown of one page.
const PAGE_MAX: usize = 20;

/// One mistake in a page. Nothing runs while there is one.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// What is wrong.
    pub problem: Problem,
    /// How bad it is.
    pub severity: Severity,
    /// The text that is wrong.
    pub primary: Span,
    /// Other places that explain it, such as the first of two that must be one.
    pub labels: Vec<Label>,
    /// What to do about it.
    pub help: Vec<Help>,
}

/// How bad a mistake is. Warnings do not exist: a block, check or attribute without effect is an error, so that no page is
/// published with a check that never runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Nothing runs until the page is corrected.
    Error,
}

/// A place that explains a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is there, as in "first defined here".
    pub text: &'static str,
}

/// One piece of advice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Help {
    /// What to do; several lines are possible.
    pub text: String,
    /// The edit of the page that carries it out, if one is known.
    pub edit: Option<PageEdit>,
}

/// A text to put in the place of a span; an empty span is an insertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageEdit {
    /// What is replaced.
    pub span: Span,
    /// The new text.
    pub text: String,
}

impl Diagnostic {
    /// A mistake at a place, with the advice that goes with it.
    pub fn new(primary: Span, problem: Problem) -> Diagnostic {
        let advice = problem.advice();
        let edit = advice.edit.map(|edit| match edit {
            Edit::Replace(text) => PageEdit { span: primary, text },
            Edit::Append(text) => PageEdit { span: Span { start: primary.end, ..primary }, text },
        });
        let help = vec![Help { text: advice.text, edit }];
        Diagnostic { problem, severity: Severity::Error, primary, labels: vec![], help }
    }

    /// The same mistake with another place that explains it.
    #[must_use]
    pub fn with_label(mut self, span: Span, text: &'static str) -> Diagnostic {
        self.labels.push(Label { span, text });
        self
    }

    /// The same mistake, whose advice is an edit of another place.
    #[must_use]
    pub fn with_edit(mut self, edit: PageEdit) -> Diagnostic {
        if let Some(help) = self.help.first_mut() {
            help.edit = Some(edit);
        }
        self
    }

    /// The stable name of what is wrong.
    pub fn code(&self) -> Code {
        self.problem.code()
    }

    /// What is wrong, in lower case.
    pub fn message(&self) -> String {
        self.problem.to_string()
    }

    /// The message with the lines it is about, the wrong part underlined, and the advice.
    pub fn render(&self, sources: &Sources, style: Style) -> String {
        let labels = self.labels.iter().map(|label| Highlight { span: label.span, text: label.text });
        let marks: Vec<Highlight<'_>> =
            std::iter::once(Highlight { span: self.primary, text: "" }).chain(labels).collect();
        let help: Vec<&str> = self.help.iter().map(|help| help.text.as_str()).collect();
        excerpt::error(sources, self.code().name(), &self.message(), &marks, &help, style)
    }
}

/// All mistakes of a book, and the pages that they are in.
#[derive(Debug, Clone)]
pub struct Mistakes {
    /// The mistakes, in the order of the pages; at least one.
    pub diagnostics: Vec<Diagnostic>,
    /// The pages.
    pub sources: Sources,
}

impl Mistakes {
    /// Where a mistake is.
    pub fn location(&self, diagnostic: &Diagnostic) -> Location<'_> {
        self.sources.location(diagnostic.primary)
    }

    fn line(&self, diagnostic: &Diagnostic) -> usize {
        self.sources.pages[diagnostic.primary.page].line_number(diagnostic.primary.start)
    }

    /// The mistakes below each other: a few of each line and each page, and how many more there are.
    pub fn render(&self, style: Style) -> String {
        let mut out = String::new();
        for page in self.diagnostics.chunk_by(|a, b| a.primary.page == b.primary.page) {
            let (mut shown, mut hidden) = (0, 0);
            for line in page.chunk_by(|a, b| self.line(a) == self.line(b)) {
                let room = LINE_MAX.min(PAGE_MAX - shown).min(line.len());
                for diagnostic in &line[..room] {
                    out.push_str(&diagnostic.render(&self.sources, style));
                    out.push_str("\n\n");
                }
                shown += room;
                match line.len() - room {
                    0 => {}
                    more if room == 0 => hidden += more,
                    more => {
                        let at = self.location(&line[0]);
                        let _ =
                            writeln!(out, "… and {more} more in line {} of {}\n", at.line, at.path.display());
                    }
                }
            }
            if hidden > 0 {
                let path = self.location(&page[0]).path.display();
                let _ = writeln!(out, "… and {hidden} more in {path}\n");
            }
        }
        out.truncate(out.trim_end().len());
        out
    }
}
