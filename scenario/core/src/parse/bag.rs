//! The attributes of one block or comment, taken out one by one; what is unknown is a mistake.

use crate::diagnostic::Diagnostic;
use crate::parse::attributes::Attribute;
use crate::source::Span;

pub(super) struct Bag<'a> {
    /// What to point at when an attribute is missing.
    pub(super) place: Span,
    attributes: Vec<Attribute>,
    mistaken: Vec<&'static str>,
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
}

impl<'a> Bag<'a> {
    /// The attributes, of which only those in `known` may be there.
    pub(super) fn new(
        place: Span,
        attributes: Vec<Attribute>,
        known: &[&str],
        diagnostics: &'a mut Vec<Diagnostic>,
    ) -> Bag<'a> {
        for attribute in attributes.iter().filter(|attribute| !known.contains(&attribute.key.as_str())) {
            diagnostics.push(
                Diagnostic::new(attribute.key_span, format!("unknown attribute `{}`", attribute.key))
                    .with_help(suggest(&attribute.key, known)),
            );
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

    /// The value of an attribute, and where it stands.
    pub(super) fn take(&mut self, name: &str) -> Option<(String, Span)> {
        let attribute = self.find(name)?;
        if attribute.value.is_none() {
            self.diagnose(
                Diagnostic::new(attribute.key_span, format!("`{name}` has no value"))
                    .with_help(format!("write `{name}=…`")),
            );
        }
        attribute.value.map(|value| (value, attribute.value_span))
    }

    /// The place of an attribute that is a bare word.
    pub(super) fn take_word(&mut self, name: &str) -> Option<Span> {
        let attribute = self.find(name)?;
        if attribute.value.is_some() {
            self.diagnose(Diagnostic::new(attribute.value_span, format!("`{name}` takes no value")));
        }
        Some(attribute.key_span)
    }

    /// The value of an attribute, read by `parse`.
    pub(super) fn take_parsed<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let (text, span) = self.take(name)?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(message) => {
                self.mistaken.push(name);
                self.diagnose(Diagnostic::new(span, message));
                None
            }
        }
    }

    /// Whether an attribute was there but could not be read, which was said already.
    pub(super) fn had_mistake(&self, name: &str) -> bool {
        self.mistaken.contains(&name)
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
        None => format!("known here: {}", known.join(", ")),
    }
}
