//! The info string of a fence: a language, then attributes.

use crate::diagnostic::Diagnostic;
use crate::parse::attribute::{self, Attribute};
use crate::parse::fence::Fence;
use crate::parse::vocabulary;
use crate::problem::Problem;
use crate::source::{SourceFile, Span};

/// What an opening fence says.
pub(super) struct Info {
    /// The first word; empty where there is none.
    pub(super) language: String,
    /// Its place.
    pub(super) language_span: Span,
    /// All that follows.
    pub(super) attributes: Vec<Attribute>,
}

/// Reads the info string of a fence.
pub(super) fn read(source: &SourceFile, fence: &Fence) -> Result<Info, Diagnostic> {
    let info = &source.text[fence.info.clone()];
    let trimmed = info.trim_start();
    let start = fence.info.end - trimmed.len();
    // `rust,file=a` is a language that went wrong; `file=a,b` is an attribute.
    let name = |word: &str| word.split('=').next().unwrap_or("").contains([',', '{']);
    let language = trimmed.split_whitespace().next().filter(|word| !word.contains('=') || name(word));
    let language = language.unwrap_or("").to_owned();
    let end = start + language.len();
    let attributes = attribute::lex(fence.span.page, source, end..fence.info.end)?;
    Ok(Info { language, language_span: Span::new(fence.span.page, start..end), attributes })
}

impl Info {
    /// What is wrong with the language, if something else is in its place.
    pub(super) fn language_problem(&self) -> Option<Diagnostic> {
        let is_plain = |c: char| c.is_alphanumeric() || "+-_.#".contains(c);
        let language = self.language.clone();
        let problem = if vocabulary::OF_BLOCKS.contains(&language.as_str()) {
            Problem::MissingLanguage { attribute: language }
        } else if language.chars().all(is_plain) {
            return None;
        } else {
            Problem::InvalidLanguage { language }
        };
        Some(Diagnostic::new(self.language_span, problem))
    }
}
