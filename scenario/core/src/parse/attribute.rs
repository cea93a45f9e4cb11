//! The one lexer of attributes: words and `key=value` pairs, from the raw text of a line or a comment. What
//! the names mean is not known here.
//!
//! CommonMark unescapes info strings and leaves comments alone, so the text is taken from the source, where
//! both look alike. The escapes are `\"` and `\\` within quotes, and no others; entities are not decoded.

use std::collections::HashMap;
use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::problem::Problem;
use crate::source::{PageIndex, SourceFile, Span};

/// A word, or a `key=value` pair.
#[derive(Debug, Clone)]
pub(super) struct Attribute {
    pub(super) key: String,
    pub(super) key_span: Span,
    /// The value without its quotes and escapes; `None` for a bare word.
    pub(super) value: Option<String>,
    /// The value as it is written, quotes included; the key's span for a bare word.
    pub(super) value_span: Span,
    /// Whether a part of the value is quoted.
    quoted: bool,
}

impl Attribute {
    /// Whether it has a value without quotes.
    pub(super) fn is_bare(&self) -> bool {
        self.value.is_some() && !self.quoted
    }
}

/// All attributes in `range` of `page`, or what is wrong with the first that cannot be read.
pub(super) fn lex(
    page: PageIndex,
    source: &SourceFile,
    range: Range<usize>,
) -> Result<Vec<Attribute>, Diagnostic> {
    let mut lexer = Lexer { page, text: &source.text, at: range.start, end: range.end };
    let mut attributes: Vec<Attribute> = Vec::new();
    let mut seen = HashMap::new();
    while let Some(attribute) = lexer.attribute()? {
        if let Some(first) = seen.insert(attribute.key.clone(), attribute.key_span) {
            let problem = Problem::DuplicateAttribute { key: attribute.key };
            return Err(Diagnostic::new(attribute.key_span, problem).with_label(first, "first given here"));
        }
        attributes.push(attribute);
    }
    Ok(attributes)
}

/// What people and their programs write in place of `"`.
const QUOTES: [char; 8] = ['\'', '‘', '’', '“', '”', '„', '«', '»'];

struct Lexer<'a> {
    page: PageIndex,
    text: &'a str,
    at: usize,
    end: usize,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..self.end].chars().next()
    }

    fn span_from(&self, start: usize) -> Span {
        Span::new(self.page, start..self.at)
    }

    fn attribute(&mut self) -> Result<Option<Attribute>, Diagnostic> {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += self.peek().map_or(0, char::len_utf8);
        }
        let start = self.at;
        while let Some(next) = self.peek().filter(|c| !c.is_whitespace() && *c != '=') {
            if next == '"' {
                let span = Span::new(self.page, self.at..self.at + 1);
                return Err(Diagnostic::new(span, Problem::UnexpectedQuote));
            }
            self.at += next.len_utf8();
        }
        let key_span = self.span_from(start);
        let key = self.text[start..self.at].to_owned();
        if self.peek() != Some('=') {
            let attribute =
                Attribute { key: key.clone(), key_span, value: None, value_span: key_span, quoted: false };
            return Ok((!key.is_empty()).then_some(attribute));
        }
        if key.is_empty() {
            let place = Span::new(self.page, start..start + 1);
            return Err(Diagnostic::new(place, Problem::MissingAttributeName));
        }
        self.at += 1;
        let start = self.at;
        if self.peek().is_none_or(char::is_whitespace) {
            return Err(Diagnostic::new(self.span_from(key_span.start), Problem::MissingValue { key }));
        }
        let value = self.value()?;
        let quoted = self.text[start..self.at].ends_with('"');
        Ok(Some(Attribute { key, key_span, value: Some(value), value_span: self.span_from(start), quoted }))
    }

    /// Bare characters, or a quoted string, or bare characters and then a quoted string (`log:"some text"`).
    fn value(&mut self) -> Result<String, Diagnostic> {
        let mut value = String::new();
        if let Some(found) = self.peek().filter(|c| QUOTES.contains(c)) {
            let span = Span::new(self.page, self.at..self.at + found.len_utf8());
            return Err(Diagnostic::new(span, Problem::InvalidQuote { found }));
        }
        while let Some(next) = self.peek().filter(|c| !c.is_whitespace()) {
            if next == '"' {
                self.quoted(&mut value)?;
                if let Some(next) = self.peek().filter(|c| !c.is_whitespace()) {
                    let span = Span::new(self.page, self.at..self.at + next.len_utf8());
                    return Err(Diagnostic::new(span, Problem::TextAfterQuote));
                }
                return Ok(value);
            }
            value.push(next);
            self.at += next.len_utf8();
        }
        Ok(value)
    }

    fn quoted(&mut self, value: &mut String) -> Result<(), Diagnostic> {
        let start = self.at;
        self.at += 1;
        while let Some(next) = self.peek() {
            let begin = self.at;
            self.at += next.len_utf8();
            match next {
                '"' => return Ok(()),
                '\\' => match self.peek() {
                    Some(escaped @ ('"' | '\\')) => {
                        value.push(escaped);
                        self.at += 1;
                    }
                    _ => {
                        self.at += self.peek().map_or(0, char::len_utf8);
                        let span = Span::new(self.page, begin..self.at);
                        let sequence = self.text[begin..self.at].trim_end().to_owned();
                        return Err(Diagnostic::new(span, Problem::InvalidEscape { sequence }));
                    }
                },
                other => value.push(other),
            }
        }
        Err(Diagnostic::new(self.span_from(start), Problem::UnterminatedQuote))
    }
}
