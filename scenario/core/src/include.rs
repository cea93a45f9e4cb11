//! What `{{#include FILE}}` brings to a page: prose may come so, blocks and checks may not, as the runner would
//! not see them.
//!
//! mdBook carries the directive out; here the files are only looked into.

use std::path::Path;

use crate::diagnostic::Diagnostic;
use crate::parse;
use crate::problem::Problem;
use crate::source::{PageIndex, SourceFile, Span};

/// How deep mdBook follows includes of included files.
const DEPTH_MAX: usize = 10;

/// The directives of a step's page, in the folder `folder`, that bring blocks or checks.
pub fn check(page: PageIndex, source: &SourceFile, folder: &Path) -> Vec<Diagnostic> {
    let text = &source.text;
    let directives = parse::directives(text).into_iter();
    let bringing = directives.filter(|one| one.included.is_some_and(|file| brings_blocks(file, folder, 0)));
    let problem = |directive: &parse::Directive<'_>| Problem::IncludedBlocks {
        directive: text[directive.range.clone()].to_owned(),
    };
    bringing.map(|one| Diagnostic::new(Span::new(page, one.range.clone()), problem(&one))).collect()
}

/// Whether a file brings blocks, or includes one that does. One that cannot be read brings nothing: mdBook leaves
/// its directive as it is.
fn brings_blocks(file: &str, folder: &Path, depth: usize) -> bool {
    let path = folder.join(file.split(':').next().unwrap_or(file));
    let Ok(text) = std::fs::read_to_string(&path) else { return false };
    let folder = path.parent().unwrap_or(folder);
    let mut includes = parse::directives(&text).into_iter().filter_map(|one| one.included);
    parse::has_blocks(&text)
        || depth < DEPTH_MAX && includes.any(|file| brings_blocks(file, folder, depth + 1))
}
