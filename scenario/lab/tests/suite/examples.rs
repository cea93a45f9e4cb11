//! The lab opens the books in `scenario/examples/`. What their buttons do is what they do in every book.

use scenario_core::book::Book;

use crate::lab_test::LabTest;

/// Opens a book, and looks at every page of a step.
fn opens(name: &str) {
    let test = LabTest::example(name);
    let lab = test.start();
    let scenario =
        Book::load(&test.root().join("book")).expect("a book").into_scenario().expect("no mistakes");
    assert_eq!(scenario.steps.len(), 3);
    for step in &scenario.steps {
        let page = scenario.sources.pages[step.page].path.file_stem().expect("a page").to_string_lossy();
        let html = lab.get(&format!("/book/{page}.html")).is(200).text();
        assert!(!step.blocks.is_empty() && !step.checks.is_empty());
        for block in &step.blocks {
            assert!(html.contains(&format!("data-block=\"{}\"", block.id)), "{page}: {}\n{html}", block.id);
        }
        assert_eq!(html.matches("data-block=").count(), step.blocks.len(), "{page}");
        assert_eq!(html.matches("data-check=").count(), step.all_checks().count(), "{page}");
    }
}

#[test]
fn the_book_about_flask_opens() {
    opens("flask");
}

#[test]
fn the_book_about_git_opens() {
    opens("git");
}

#[test]
fn the_book_about_postgres_opens() {
    opens("postgres");
}
