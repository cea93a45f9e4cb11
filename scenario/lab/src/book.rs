//! The book: rendered in-process, served with a policy of its own, and rendered anew when a page changes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::{self, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use mdbook_driver::MDBook;
use mdbook_preprocessor::book::Book as MdBook;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use scenario_core::book::{self, shown};
use scenario_core::error::{Error, Result};
use scenario_core::files::Files;
use scenario_core::model::{Block, Step};
use scenario_core::plan::Plan;

use crate::files::written_by;
use crate::lab::{Lab, waiting};
use crate::refusal::{Answer, Refusal};
use crate::scripts::{Scripts, name_files_plainly};

/// A book that was read and rendered.
#[derive(Debug)]
pub(crate) struct Book {
    /// What its steps do, and the book that says so.
    pub(crate) plan: Plan,
    /// The page of each step, as a path below `/book/`.
    pub(crate) pages: Vec<String>,
    /// All paths that its edits name.
    written: BTreeSet<String>,
    /// Where the pages are.
    rendered: PathBuf,
    /// What may run in them.
    pub(crate) scripts: Scripts,
}

impl Book {
    /// Reads and renders the book in `dir`, into a folder that it may empty.
    ///
    /// # Errors
    ///
    /// Mistakes in the pages, or what mdBook cannot do.
    pub(crate) fn render(dir: &Path, into: &Path) -> Result<Book> {
        let scenario = book::Book::load(dir)?.into_scenario()?;
        let failed = |error: &dyn std::fmt::Display| {
            Error::new(format!("failed to render `{}`: {error}", dir.display()))
        };
        // mdBook's own error type says its causes only in this form.
        let mut mdbook = MDBook::load(dir).map_err(|error| failed(&format!("{error:#}")))?;
        let into = std::path::absolute(into).map_err(|error| failed(&error))?;
        let scripts = Scripts::of_template(&mdbook, &into);
        let scripts = scripts.map_err(|error| failed(&format!("{error:#}")))?;
        name_files_plainly(&mut mdbook.config).map_err(|error| failed(&format!("{error:#}")))?;
        mdbook.config.build.build_dir.clone_from(&into);
        // It takes the place of the command that `book.toml` names.
        mdbook.with_preprocessor(Blocks);
        let source = shown(&mdbook.source_dir());
        mdbook.build().map_err(|error| failed(&format!("{error:#}")))?;
        let page = |step: &Step| page_of(&scenario.sources.pages[step.page].path, &source);
        let pages = scenario.steps.iter().map(page).collect();
        let written =
            (1..=scenario.steps.len()).flat_map(|number| written_by(&Files::at(&scenario, number))).collect();
        let plan = Plan::new(scenario);
        Ok(Book { pages, written, rendered: html_dir(&into), scripts, plan })
    }

    /// Whether its pages are in a folder.
    pub(crate) fn is_in(&self, folder: &Path) -> bool {
        self.rendered.starts_with(folder)
    }

    /// Whether an edit of the book names this path.
    pub(crate) fn writes(&self, path: &str) -> bool {
        self.written.contains(path)
    }

    /// The block with an id, and the step it is in.
    pub(crate) fn block(&self, id: &str) -> Option<(&Step, &Block)> {
        let mut all = self
            .plan
            .scenario
            .steps
            .iter()
            .flat_map(|step| step.blocks.iter().map(move |block| (step, block)));
        all.find(|(_, block)| block.id == id)
    }
}

/// Our preprocessor, in-process.
struct Blocks;

impl Preprocessor for Blocks {
    fn name(&self) -> &str {
        "scenario"
    }

    fn run(
        &self,
        context: &PreprocessorContext,
        book: MdBook,
    ) -> mdbook_preprocessor::errors::Result<MdBook> {
        Ok(mdbook_scenario::preprocess(context, book)?)
    }
}

/// With more than one renderer, mdBook gives each a folder.
fn html_dir(into: &Path) -> PathBuf {
    let own = into.join("html");
    if own.join("index.html").is_file() { own } else { into.to_owned() }
}

/// `src/step-1.md` is shown as `step-1.html`, and a `README.md` as the folder's index.
fn page_of(path: &Path, source: &Path) -> String {
    let relative = path.strip_prefix(source).unwrap_or(path);
    let html = match relative.file_stem() {
        Some(stem) if stem.eq_ignore_ascii_case("readme") => relative.with_file_name("index.html"),
        _ => relative.with_extension("html"),
    };
    html.to_string_lossy().into_owned()
}

/// `GET /book/PATH`
pub(crate) async fn page(
    State(lab): State<Arc<Lab>>,
    extract::Path(path): extract::Path<String>,
) -> Answer<Response> {
    let path = if path.is_empty() || path.ends_with('/') { format!("{path}index.html") } else { path };
    let leads_out =
        path.split('/').any(|part| part.is_empty() || part.starts_with('.')) || path.contains('\\');
    let book = lab.book();
    let file = book.rendered.join(&path);
    let bytes = waiting(move || if leads_out { None } else { std::fs::read(file).ok() }).await?;
    let bytes = bytes.ok_or_else(|| Refusal::unknown("page"))?;
    let mut response = (StatusCode::OK, [(header::CONTENT_TYPE, kind_of(&path))], bytes).into_response();
    // An image can contain scripts too.
    if let Ok(policy) = lab.book_policy(&book.scripts).parse() {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

/// The media type of a file of the book or of the page.
pub(crate) fn kind_of(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_readme_is_the_index_of_its_folder() {
        assert_eq!(page_of(Path::new("b/src/x/README.md"), Path::new("b/src")), "x/index.html");
        assert_eq!(page_of(Path::new("b/src/step-1.md"), Path::new("b/src")), "step-1.html");
    }
}
