//! The attributes of one block or comment, taken out one by one; what is unknown is a mistake.

use crate::diagnostic::Diagnostic;
use crate::parse::attributes::Attribute;
use crate::parse::block;
use crate::source::Span;

pub(super) struct Bag<'a> {
    /// What to point at when an attribute is missing.
    pub(super) place: Span,
    attributes: Vec<Attribute>,
    mistaken: Vec<&'static str>,
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
}

impl<'a> Bag<'a> {
    /// The attributes of `owner`, of which only those in `known` may be there.
    pub(super) fn new(
        place: Span,
        owner: &str,
        attributes: Vec<Attribute>,
        known: &[&str],
        diagnostics: &'a mut Vec<Diagnostic>,
    ) -> Bag<'a> {
        for attribute in attributes.iter().filter(|attribute| !known.contains(&attribute.key.as_str())) {
            let key = attribute.key.as_str();
            diagnostics.push(if block::ATTRIBUTES.contains(&key) {
                Diagnostic::new(attribute.key_span, format!("`{key}` does not go with {owner}"))
                    .with_help(format!("known here: {}", list(known)))
            } else {
                Diagnostic::new(attribute.key_span, format!("unknown attribute `{key}`"))
                    .with_help(suggest(key, known))
            });
        }
        Bag { place, attributes, mistaken: Vec::new(), diagnostics }
    }

    pub(super) fn diagnose(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn find(&mut self, name: &str) -> Option<Attribute> {
        let index = self.attributes.iter().position(|attribute| attribute.key == name)?;
        Some(self.attributes.swap_remove(index))
    }

    /// The value of an attribute, and where it stands. No attribute means anything when it is empty.
    pub(super) fn take(&mut self, name: &'static str) -> Option<(String, Span)> {
        let attribute = self.find(name)?;
        let (problem, span) = match attribute.value {
            Some(value) if !value.trim().is_empty() => return Some((value, attribute.value_span)),
            Some(_) => ("is empty", attribute.key_span),
            None => ("has no value", attribute.key_span),
        };
        self.mistaken.push(name);
        self.diagnose(
            Diagnostic::new(span, format!("`{name}` {problem}"))
                .with_help(format!("write `{name}={}`", placeholder(name))),
        );
        None
    }

    /// The place of an attribute that is a bare word.
    pub(super) fn take_word(&mut self, name: &'static str) -> Option<Span> {
        let attribute = self.find(name)?;
        if attribute.value.is_some() {
            self.diagnose(
                Diagnostic::new(attribute.value_span, format!("`{name}` takes no value"))
                    .with_help(format!("write `{name}` alone")),
            );
        }
        Some(attribute.key_span)
    }

    /// The value of an attribute, read by `parse`.
    pub(super) fn take_parsed<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let taken = self.take(name);
        self.parse_taken(name, taken, parse)
    }

    /// The same for a value that was taken before. A message may go on with advice, after a newline.
    pub(super) fn parse_taken<T>(
        &mut self,
        name: &'static str,
        taken: Option<(String, Span)>,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let (text, span) = taken?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(message) => {
                self.mistaken.push(name);
                self.diagnose(match message.split_once('\n') {
                    Some((message, help)) => Diagnostic::new(span, message).with_help(help),
                    None => Diagnostic::new(span, message),
                });
                None
            }
        }
    }

    /// Whether an attribute was there but could not be read, which was said already.
    pub(super) fn had_mistake(&self, name: &str) -> bool {
        self.mistaken.contains(&name)
    }
}

/// An example of a value.
fn placeholder(name: &str) -> &'static str {
    match name {
        "file" => "PATH",
        "background" => "NAME",
        "ready" => "PORT",
        "within" => "30s",
        "expect" => "\"value > 0\"",
        "ignore" | "already-true" => "\"why\"",
        "job" => "NAME",
        "health" => "up",
        "url" => "http://localhost:8000/",
        "status" => "200",
        "header" => "\"name: value\"",
        _ => "\"some text\"",
    }
}

/// The nearest known name, or all of them where none is near.
pub(super) fn suggest(name: &str, known: &[&str]) -> String {
    let near = known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(score, _)| *score > 0.75)
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    match near {
        Some((_, candidate)) => format!("did you mean `{candidate}`?"),
        None => format!("known here: {}", list(known)),
    }
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
