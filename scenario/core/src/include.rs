//! What `{{#include FILE}}` brings to a page: prose may come so, blocks and checks may not, as the runner would
//! not see them.
//!
//! mdBook carries the directive out; here the files are only looked into.

use std::path::Path;

use crate::diagnostic::Diagnostic;
use crate::parse::{self, Page};
use crate::problem::Problem;
use crate::source::{SourceFile, Span};

/// How deep mdBook follows includes of included files.
const DEPTH_MAX: usize = 10;

/// The directives of a page that bring blocks or checks. `src` is the folder that the path of the chapter starts from.
pub fn check(page: &Page, source: &SourceFile, src: &Path) -> Vec<Diagnostic> {
    let text = &source.text;
    let directives = parse::directives(text);
    if directives.is_empty() {
        return Vec::new();
    }
    let path = src.join(&page.chapter.path);
    let folder = path.parent().unwrap_or(src);
    // A page outside the numbered list may include code, but not blocks or checks that only steps run.
    let is_refused = if page.chapter.is_step() { parse::has_blocks } else { parse::has_parts_of_a_step };
    let bringing = directives
        .into_iter()
        .filter(|one| one.included.is_some_and(|file| brings(is_refused, file, folder, 0)));
    let problem = |directive: &parse::Directive<'_>| Problem::IncludedBlocks {
        directive: text[directive.range.clone()].to_owned(),
    };
    bringing.map(|one| Diagnostic::new(Span::new(page.index, one.range.clone()), problem(&one))).collect()
}

/// Whether the text of a file is refused, or includes one that is. A file that cannot be read brings nothing: mdBook
/// leaves its directive as it is.
fn brings(is_refused: fn(&str) -> bool, file: &str, folder: &Path, depth: usize) -> bool {
    let path = folder.join(file.split(':').next().unwrap_or(file));
    let Ok(text) = std::fs::read_to_string(&path) else { return false };
    let folder = path.parent().unwrap_or(folder);
    let mut includes = parse::directives(&text).into_iter().filter_map(|one| one.included);
    is_refused(&text) || depth < DEPTH_MAX && includes.any(|file| brings(is_refused, file, folder, depth + 1))
}
