//! README shows exactly what an import writes.

use crate::scenario_test::{Folder, index};
use serde_json::json;

#[test]
fn readme_shows_what_an_import_makes_of_a_page() {
    let readme = include_str!("../../../../README.md");
    let block = |open: &str, close: &str| {
        let section = readme.split("## Old scenarios").nth(1).expect("the section");
        let block = section.split(open).nth(1).and_then(|rest| rest.split(close).next());
        block.expect("the block").to_owned()
    };
    let (before, after) = (block("\n```markdown\n", "```\n"), block("\n````markdown\n", "````\n"));
    let folder = Folder::new();
    let steps = json!({ "steps": [{ "title": "Fill it", "text": "step1.md" }] });
    folder.write("cup/step1.md", before).write("cup/index.json", index(steps));
    assert!(folder.run(&["import", "cup", "--out", "book"]).status.success());
    // The number of empty lines between paragraphs is not visible.
    let one_empty_line = |text: String| text.replace("\n\n\n", "\n\n");
    let page = std::fs::read_to_string(folder.path("book/src/step-1.md")).unwrap();
    assert_eq!(one_empty_line(page), after);
}
