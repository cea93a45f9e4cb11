//! Every code has an explanation with correct examples, and every error names its code.

use scenario_core::error::ErrorKind;
use scenario_core::page_edit;
use scenario_core::problem::{Code, Example};
use snapbox::{Assert, IntoData, file};

use crate::scenario_test::ScenarioTest;

const ERRORS: &str = include_str!("../../ERRORS.md");

/// A book with the files of an example, including pages that SUMMARY.md does not list.
fn book(files: &[(String, String)]) -> ScenarioTest {
    let mut book = ScenarioTest::new();
    for (name, text) in files {
        book = match name.as_str() {
            "SUMMARY.md" => book,
            name if name.starts_with("step-") => book.page(name, text),
            name => book.file(&format!("src/{name}"), text),
        };
    }
    let summary = files.iter().find(|(name, _)| name == "SUMMARY.md");
    summary.map(|(_, text)| text.clone()).into_iter().fold(book, |book, text| book.summary(&text))
}

fn codes(book: &ScenarioTest) -> Vec<&'static str> {
    book.book().diagnostics.iter().map(|mistake| mistake.code().name()).collect()
}

#[test]
fn each_wrong_example_gives_its_code_and_each_right_one_nothing() {
    let mut told = String::new();
    for code in Code::ALL {
        let Example { wrong, right } = Example::of(*code);
        if codes(&book(&wrong)) != [code.name()] {
            told += &format!("wrong {code}: {:?}\n", codes(&book(&wrong)));
        }
        if !codes(&book(&right)).is_empty() {
            told += &format!("right {code}: {:?}\n", codes(&book(&right)));
        }
        assert!(!wrong.is_empty() && !right.is_empty(), "{code} has no example");
    }
    assert_eq!(told, "");
}

#[test]
fn an_edit_that_is_offered_mends_the_page() {
    let mut offered = 0;
    for code in Code::ALL {
        let book = book(&Example::of(*code).wrong).book();
        let [mistake] = book.diagnostics.as_slice() else { panic!("{code}") };
        for edit in mistake.help.iter().filter_map(|help| help.edit.as_ref()) {
            let edited = page_edit::apply(&book.scenario.sources, std::slice::from_ref(edit));
            let text = &edited.pages[edit.span.page].text;
            let mended = codes(&ScenarioTest::step(text));
            assert!(!mended.contains(&code.name()), "{code}: {mended:?} in\n{text}");
            offered += 1;
        }
    }
    assert!(offered > 5, "{offered} edits");
}

#[test]
fn the_sections_of_errors_md_are_the_codes() {
    let sections: Vec<&str> = ERRORS.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(sections, codes);
}

/// The message of each wrong example, in a table.
#[test]
fn the_table_in_the_readme_lists_every_code_with_its_message() {
    let mut table = "| code | message |\n|---|---|\n".to_owned();
    for code in Code::ALL {
        let book = book(&Example::of(*code).wrong);
        let message = book.redact(&book.book().diagnostics[0].message());
        table += &format!("| [`{code}`](ERRORS.md#{code}) | {message} |\n");
    }
    let readme = include_str!("../../README.md");
    let (before, rest) = readme.split_once("| code | message |\n").expect("a table of codes");
    let after = rest.find("\n\n").map_or("", |end| &rest[end + 1..]);
    let expected = format!("{before}{table}{after}");
    Assert::new().action_env("SNAPSHOTS").eq(expected.into_data().raw(), file!["../../README.md"].raw());
}

#[test]
fn the_error_of_a_book_has_its_mistakes_as_data() {
    let error =
        ScenarioTest::step("```text file=a apend\nx\n```\n").book().into_scenario().expect_err("a mistake");
    let ErrorKind::Book(mistakes) = error.kind() else { panic!("{error}") };
    let [mistake] = mistakes.diagnostics.as_slice() else { panic!("{error}") };
    let at = mistakes.location(mistake);
    assert_eq!((mistake.code(), at.line, at.column), (Code::UnknownAttribute, 1, 16));
    assert_eq!(mistake.help[0].edit.as_ref().map(|edit| edit.text.as_str()), Some("append"));
}
