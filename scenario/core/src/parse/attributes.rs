//! The attributes of one block or comment, taken one by one. Unknown ones are reported.

use crate::diagnostic::Diagnostic;
use crate::parse::attribute::Attribute;
use crate::parse::vocabulary;
use crate::problem::{self, NAME_MAX, Owner, Problem};
use crate::source::Span;

pub(super) struct Attributes<'a> {
    /// What to point at when an attribute is missing.
    pub(super) place: Span,
    owner: Owner,
    attributes: Vec<Attribute>,
    mistaken: Vec<&'static str>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl<'a> Attributes<'a> {
    /// The attributes of `owner`; any that it may not have is reported.
    pub(super) fn new(
        place: Span,
        owner: Owner,
        attributes: Vec<Attribute>,
        diagnostics: &'a mut Vec<Diagnostic>,
    ) -> Attributes<'a> {
        let known = vocabulary::known(owner);
        let is_known = |attribute: &Attribute| known.contains(&attribute.key.as_str());
        let mut rest = attributes.iter().enumerate().peekable();
        while let Some((index, attribute)) = rest.next() {
            if is_known(attribute) {
                continue;
            }
            let key = attribute.key.clone();
            if vocabulary::OF_BLOCKS.contains(&key.as_str()) {
                let problem = Problem::MisplacedAttribute { key, owner, known };
                diagnostics.push(Diagnostic::new(attribute.key_span, problem));
                continue;
            }
            // Words right behind an unquoted value are probably the rest of it.
            let before = index.checked_sub(1).and_then(|before| attributes.get(before));
            let is_typo = problem::near(&key, known).is_some();
            let value = before.filter(|before| attribute.value.is_none() && !is_typo && before.is_bare());
            let Some((before, value)) = value.and_then(|before| Some((before, before.value.clone()?))) else {
                diagnostics
                    .push(Diagnostic::new(attribute.key_span, Problem::UnknownAttribute { key, known }));
                continue;
            };
            let (mut value, mut span) = (value, Span { end: attribute.key_span.end, ..before.value_span });
            value += &format!(" {key}");
            while let Some((_, more)) = rest.next_if(|(_, next)| next.value.is_none() && !is_known(next)) {
                value += &format!(" {}", more.key);
                span.end = more.key_span.end;
            }
            diagnostics
                .push(Diagnostic::new(span, Problem::UnquotedValue { key: before.key.clone(), value }));
        }
        Attributes { place, owner, attributes, mistaken: Vec::new(), diagnostics }
    }

    /// Adds a mistake at a place.
    pub(super) fn report(&mut self, span: Span, problem: Problem) {
        self.diagnostics.push(Diagnostic::new(span, problem));
    }

    /// All mistakes so far, to add some.
    pub(super) fn diagnostics(&mut self) -> &mut Vec<Diagnostic> {
        self.diagnostics
    }

    fn find(&mut self, name: &str) -> Option<Attribute> {
        let index = self.attributes.iter().position(|attribute| attribute.key == name)?;
        Some(self.attributes.swap_remove(index))
    }

    /// The value of an attribute, and where it is. No attribute means anything when it is empty.
    pub(super) fn take(&mut self, name: &'static str) -> Option<(String, Span)> {
        let attribute = self.find(name)?;
        let key = attribute.key;
        let problem = match attribute.value {
            Some(value) if !value.trim().is_empty() => return Some((value, attribute.value_span)),
            Some(_) => Problem::EmptyValue { key },
            None => Problem::MissingValue { key },
        };
        self.mistaken.push(name);
        self.report(attribute.key_span, problem);
        None
    }

    /// The same for a name that the author chooses, such as that of a process.
    pub(super) fn take_name(&mut self, attribute: &'static str) -> Option<(String, Span)> {
        let (name, span) = self.take(attribute)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !name.chars().all(plain) || name.len() > NAME_MAX {
            self.report(span, Problem::InvalidName { name: name.clone(), attribute });
        }
        Some((name, span))
    }

    /// The value of an attribute that must be there.
    pub(super) fn require(&mut self, key: &'static str) -> Option<(String, Span)> {
        let value = self.take(key);
        if value.is_none() && !self.had_mistake(key) {
            self.report(self.place, Problem::MissingAttribute { key, owner: self.owner });
        }
        value
    }

    /// Where the name of an attribute is that was not taken yet.
    pub(super) fn key_span(&self, name: &str) -> Option<Span> {
        self.attributes.iter().find(|attribute| attribute.key == name).map(|attribute| attribute.key_span)
    }

    /// The place of an attribute that is a bare word.
    pub(super) fn take_word(&mut self, name: &'static str) -> Option<Span> {
        let attribute = self.find(name)?;
        if attribute.value.is_some() {
            self.report(attribute.value_span, Problem::UnexpectedValue { key: attribute.key });
        }
        Some(attribute.key_span)
    }

    /// The value of an attribute, read by `parse`.
    pub(super) fn take_parsed<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Option<T> {
        let taken = self.take(name);
        self.parse_taken(name, taken, parse)
    }

    /// The same for a value that was taken before.
    pub(super) fn parse_taken<T>(
        &mut self,
        name: &'static str,
        taken: Option<(String, Span)>,
        parse: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Option<T> {
        let (text, span) = taken?;
        parse(&text)
            .map_err(|problem| {
                self.mistaken.push(name);
                self.report(span, problem);
            })
            .ok()
    }

    /// Whether an attribute was there but could not be read, which was reported already.
    pub(super) fn had_mistake(&self, name: &str) -> bool {
        self.mistaken.contains(&name)
    }
}
