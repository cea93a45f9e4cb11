//! Whole scenarios of Katacoda and Killercoda on disk: no panic, and the parser accepts the book. After an export and
//! another import, the plan is the same.
//!
//! This target does not look into the book: the tests of `scenario-katacoda` do.

use std::cell::OnceCell;
use std::fs;
use std::path::Path;

use scenario_core::book::Book;
use scenario_core::excerpt::Style;
use scenario_core::plan::Plan;
use scenario_katacoda::folder::Folder;
use scenario_katacoda::{export, import as importer, inspect, report};
use serde_json::Value;
use tempfile::TempDir;

use crate::{BETWEEN_PARTS, text};

/// The index.json for an input without a valid one.
const INDEX: &str = r#"{"title": "Tea", "details": {
  "intro": {"text": "page.md", "background": "page.md"},
  "steps": [{"title": "One", "text": "page.md", "verify": "page.md"}, {"text": "page.md", "foreground": "page.md"}],
  "assets": {"host01": [{"file": "*", "target": "~/", "chmod": "+x"}]}}, "backend": {"imageid": "ubuntu"}}"#;

/// One of this many inputs is exported too. An export takes the longest.
const EXPORTED_EACH: usize = 8;

thread_local! {
    static DIR: OnceCell<TempDir> = const { OnceCell::new() };
}

/// The input is a page, and after a line `%%%` an index.json.
pub fn import(input: &[u8]) {
    DIR.with(|dir| {
        let dir = dir.get_or_init(|| TempDir::new().expect("a folder for temporary files"));
        import_in(dir.path(), input);
    });
}

fn import_in(dir: &Path, input: &[u8]) {
    let (scenario, book) = (dir.join("scenario"), dir.join("book"));
    let (exported, back) = (dir.join("exported"), dir.join("back"));
    for folder in [&scenario, &book, &exported, &back] {
        // The folders do not exist before the first input.
        let _ = fs::remove_dir_all(folder);
    }
    let is_exported = input.len().is_multiple_of(EXPORTED_EACH);
    let input = text(input);
    let (page, index) = input.split_once(BETWEEN_PARTS).unwrap_or((&input, ""));
    let is_index =
        scenario_katacoda::index::read(index).is_ok_and(|index| index.is_some_and(|it| it.has_pages()));
    fs::create_dir_all(scenario.join("assets")).expect("a folder");
    for (name, text) in [
        ("index.json", if is_index && index.contains(".md") { index } else { INDEX }),
        ("page.md", page),
        ("intro.md", page),
        ("step1.md", page),
        ("assets/tea.yaml", page),
    ] {
        fs::write(scenario.join(name), text).expect("a file");
    }
    let folder = Folder::open(&scenario).expect("the folder");
    let inspection = inspect::inspect(&folder, Path::new(""), Path::new(".")).expect("a scenario");
    report::json(&mut Vec::new(), &inspection).expect("no reader goes away");
    assert!(!report::text(&inspection, Style::Plain).is_empty());
    importer::import(&folder, &book).expect("a book");
    let read = Book::load(&book).expect("a book");
    assert!(read.diagnostics.is_empty(), "{:?}", read.diagnostics[0]);
    if is_exported {
        export::export(&book, &exported).expect("a scenario");
        let exported = Folder::open(&exported).expect("the folder");
        importer::import(&exported, &back).expect("a book");
        let back = Book::load(&back).expect("a book");
        assert!(back.diagnostics.is_empty(), "{:?}", back.diagnostics[0]);
        let (before, after) = (plan(read), plan(back));
        assert_eq!(before.iter().zip(&after).find(|(before, after)| before != after), None, "another plan");
        assert_eq!(before.len(), after.len(), "another plan");
    }
}

/// The title of each step and what it does, without the places and the blocks that do nothing.
fn plan(book: Book) -> Vec<Value> {
    const PLACES: [&str; 8] = ["id", "block", "path", "line", "column", "key", "reads", "changes"];
    let plan = Plan::new(book.into_scenario().expect("no mistakes"));
    let mut all = Vec::new();
    for step in &plan.steps {
        all.push(Value::from(step.title.as_str()));
        for action in &step.actions {
            let mut said = serde_json::to_value(action).expect("JSON");
            PLACES.iter().for_each(|key| drop(said.as_object_mut().and_then(|object| object.remove(*key))));
            all.extend((said["kind"] != "ignored").then_some(said));
        }
    }
    all
}
