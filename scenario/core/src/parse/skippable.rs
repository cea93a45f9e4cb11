//! What chapters take from an earlier one that a machine may skip. They run without it then, so they must not need it.

use std::collections::HashMap;

use crate::diagnostic::Diagnostic;
use crate::model::{BlockKind, Step, Verb};
use crate::problem::{Dependency, Problem};
use crate::source::Span;

/// The chapter that something was last changed by, and where.
type Origins<'a> = HashMap<(Dependency, &'a str), (&'a Step, Span)>;

/// Reports each edit of a file that a skippable chapter has written or changed, and each `stop` of a process that it has
/// started. A block with the whole file does not depend on the earlier text.
pub(super) fn dependencies(steps: &[Step]) -> Vec<Diagnostic> {
    let mut origins = Origins::new();
    let mut found = Vec::new();
    for step in steps {
        for block in &step.blocks {
            if let Some((name, span)) = &block.stops {
                found.extend(mistake(&origins, step, (Dependency::Process, name), *span));
                origins.remove(&(Dependency::Process, name.as_str()));
            }
            if let BlockKind::Edit(edit) = &block.kind {
                let file = (Dependency::File, edit.path.as_str());
                if !matches!(edit.verb, Verb::Write) {
                    found.extend(mistake(&origins, step, file, edit.path_span));
                }
                change(&mut origins, step, file, edit.path_span);
            }
            for file in block.kind.writes() {
                change(&mut origins, step, (Dependency::File, &file.path), file.span);
            }
            if let Some(background) = block.kind.background() {
                change(&mut origins, step, (Dependency::Process, &background.name), block.fence);
            }
        }
    }
    found
}

fn change<'a>(origins: &mut Origins<'a>, step: &'a Step, what: (Dependency, &'a str), span: Span) {
    match step.needs {
        Some(_) => origins.insert(what, (step, span)),
        None => origins.remove(&what),
    };
}

fn mistake(
    origins: &Origins<'_>,
    step: &Step,
    (what, name): (Dependency, &str),
    span: Span,
) -> Option<Diagnostic> {
    let (origin, first) = origins.get(&(what, name)).filter(|(origin, _)| origin.number != step.number)?;
    let chapter = origin.label.clone();
    let problem = Problem::DependsOnSkippable { what, name: name.to_owned(), chapter };
    let label = match what {
        Dependency::File => "it is written here",
        Dependency::Process => "it is started here",
    };
    Some(Diagnostic::new(span, problem).with_label(*first, label))
}
