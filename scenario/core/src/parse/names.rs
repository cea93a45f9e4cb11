//! Names that authors give to pictures. Each is the name of a file.

use crate::diagnostic::Diagnostic;
use crate::problem::Problem;
use crate::source::Span;

/// Each name that an earlier one has too.
pub(super) fn duplicates<'a>(
    names: impl Iterator<Item = (&'a str, Span)>,
    problem: fn(String) -> Problem,
) -> Vec<Diagnostic> {
    let names: Vec<(&str, Span)> = names.collect();
    let mistakes = names.iter().enumerate().filter_map(|(index, (name, span))| {
        let (_, first) = names[..index].iter().find(|(other, _)| other == name)?;
        Some(Diagnostic::new(*span, problem((*name).to_owned())).with_label(*first, "the first is here"))
    });
    mistakes.collect()
}
