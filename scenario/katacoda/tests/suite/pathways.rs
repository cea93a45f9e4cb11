//! Pathways and translations: what `inspect` says of them, and the books that `import` writes.

use std::collections::BTreeMap;
use std::path::Path;

use scenario_core::book::Book;
use scenario_core::plan::Plan;
use serde_json::json;

use scenario_core::excerpt::Style;
use scenario_katacoda::folder::Folder as Opened;
use scenario_katacoda::{pathway, report};

use crate::generated::Numbers;
use crate::scenario_test::Folder;

/// Two scenarios in the folder of a pathway, and one beside it.
fn teas() -> Folder {
    let folder = Folder::new();
    folder
        .scenario("teas/green", &["`echo green`{{execute}}\n"])
        .scenario("teas/black", &["`echo black`{{exec}}\n"]);
    folder.scenario("cup", &["`echo cup`{{execute}}\n"]);
    folder
}

fn read(folder: &Folder, path: &str) -> String {
    std::fs::read_to_string(folder.path(path)).unwrap()
}

/// The commands of a book.
fn commands(book: &Path) -> Vec<String> {
    let plan = Plan::new(Book::load(book).unwrap().into_scenario().unwrap());
    let plan = serde_json::to_value(&plan).unwrap();
    let steps = plan["steps"].as_array().unwrap().iter().flat_map(|step| step["actions"].as_array().unwrap());
    steps.filter_map(|action| action["command"].as_str()).map(str::to_owned).collect()
}

/// All files below a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut all, mut open) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(inner) = open.pop() {
        for entry in std::fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                all.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    all
}

/// What the program prints, and how it fails.
#[track_caller]
fn refused(folder: &Folder, arguments: &[&str]) -> String {
    let output = folder.run(arguments);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_pathway_becomes_a_book_for_each_scenario_and_a_page_in_its_order() {
    let folder = teas();
    let courses = json!([
        { "course_id": "black", "title": "Black [tea]", "description": "Five minutes" },
        { "course_id": "green" },
        { "pathway_id": "author", "course_id": "cup", "title": "The cup" },
        { "external_link": "https://prometheus.io/docs/", "title": "More" },
        { "course_id": "black", "title": "Again" }
    ]);
    let pathway = json!({ "title": "Teas", "description": "All *teas*", "courses": courses });
    folder.write("teas-pathway.json", pathway.to_string());
    let output = folder.run(&["import", "teas-pathway.json", "--out", "books"]);
    let said = String::from_utf8(output.stdout).unwrap();
    let expected =
        "\nwrote 3 books into `books`; `README.md` there has them in order; everything is as it was\n";
    assert!(said.starts_with(expected), "{said}");
    assert!(
        said.contains("scenario --book books/1-black --workspace books/1-black/workspace plan\n"),
        "{said}"
    );
    let expected = "# Teas\n\nAll \\*teas\\*\n\n\
        - [Black \\[tea\\]](1-black/src/SUMMARY.md): Five minutes\n\
        - [Tea](2-green/src/SUMMARY.md)\n\
        - [The cup](3-cup/src/SUMMARY.md)\n\
        - [More](<https://prometheus.io/docs/>)\n\
        - [Again](1-black/src/SUMMARY.md)\n";
    assert_eq!(read(&folder, "books/README.md"), expected);
    for (book, command) in [("1-black", "echo black"), ("2-green", "echo green"), ("3-cup", "echo cup")] {
        assert_eq!(commands(&folder.path("books").join(book)), [command]);
    }
    assert!(folder.run(&["import", "teas-pathway.json", "--out", "again"]).status.success());
    assert_eq!(files(&folder.path("books")), files(&folder.path("again")), "twice the same bytes");
    assert!(folder.run(&["import", "teas/green", "--out", "alone"]).status.success());
    assert_eq!(files(&folder.path("alone")), files(&folder.path("books/2-green")), "as if imported alone");
}

#[test]
fn a_structure_may_name_courses_and_scenarios_of_other_folders() {
    let folder = teas();
    folder.scenario("pots/clay", &["# A\n"]).scenario("pots/tin", &["# B\n"]);
    let items = json!([{ "path": "black" }, { "path": "../cup", "title": "New title" }]);
    folder.write("teas/structure.json", json!({ "title": "Teas", "items": items }).to_string());
    let items = json!([{ "path": "teas", "description": "Both" }, { "path": "pots", "title": "Pots" }]);
    folder.write("structure.json", json!({ "items": items }).to_string());

    let output = folder.run(&["import", "structure.json", "--out", "books"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let page = read(&folder, "books/README.md");
    let (_, list) = page.split_once("\n\n").unwrap();
    let expected = "- **Teas**: Both\n\
        \u{20} - [Tea](1-black/src/SUMMARY.md)\n\
        \u{20} - [New title](2-cup/src/SUMMARY.md)\n\
        - **Pots**\n\
        \u{20} - [Tea](3-clay/src/SUMMARY.md)\n\
        \u{20} - [Tea](4-tin/src/SUMMARY.md)\n";
    assert_eq!(list, expected);
    let expected = "pathway structure.json: (no title)\n\
        \u{20}      pathway teas/structure.json\n\
        \u{20}   1    teas/black\n\
        \u{20}   2    cup\n\
        \u{20}      pathway pots\n\
        \u{20}   3    pots/clay\n\
        \u{20}   4    pots/tin\n";
    let said = folder.say(".");
    assert!(said.contains(expected), "{said}");
    // The folder of a course itself may be given; its files then end there.
    let output = folder.run(&["import", "teas", "--out", "some"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with("structure.json:1:36: `../cup` leads out of the given folder\n"), "{said}");
    assert!(folder.run(&["import", "teas", "--within", ".", "--out", "all"]).status.success());
    assert!(folder.path("all/2-cup/book.toml").exists());
}

#[test]
fn what_a_pathway_names_wrongly_is_reported_at_its_place_and_stays_in_the_page() {
    let folder = teas();
    let text = r#"{ "title": "Teas",
  "courses": [
    { "course_id": "white", "title": "White" },
    { "id": "teas" },
    { "course_id": "../../secret" },
    { "title": "Nothing" },
    7,
    { "course_id": "green" }
  ], "scenarios": 1 }"#;
    folder.write("teas-pathway.json", text);
    let expected = "teas-pathway.json:3:20: scenario `teas/white` not found\n\
        teas-pathway.json:4:13: pathway `teas-pathway.json` names itself\n\
        teas-pathway.json:5:20: `teas/../../secret` leads out of the given folder\n\
        teas-pathway.json:6:5: item without a scenario\n\
        teas-pathway.json:7:5: wrong type of `courses`: expected an object, found a number\n\
        teas-pathway.json:9:19: wrong type of `scenarios`: expected an array, found a number\n";
    let output = folder.run(&["import", "teas-pathway.json", "--out", "books"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with(expected), "{said}");
    assert!(
        read(&folder, "books/import.md")
            .contains("- teas-pathway.json:3:20: scenario `teas/white` not found\n")
    );
    let expected = "# Teas\n\n\
        - White (not found: see [import.md](import.md))\n\
        - teas-pathway.json, as above\n\
        - teas/../../secret (not found: see [import.md](import.md))\n\
        - Nothing (not found: see [import.md](import.md))\n\
        - [Tea](1-green/src/SUMMARY.md)\n";
    assert_eq!(read(&folder, "books/README.md"), expected);
    let said = folder.say(".");
    let expected = "error[missing-scenario]: scenario `teas/white` not found\n --> teas-pathway.json:3:20\n  |\n\
        3 |     { \"course_id\": \"white\", \"title\": \"White\" },\n  |                    ^^^^^^^\n  |\n  \
        = help: add the folder with its index.json, or correct its name\n";
    assert!(said.contains(expected), "{said}");
    assert!(said.ends_with("\n3 scenarios, 1 pathway, 6 problems\n"), "{said}");
}

#[test]
fn two_pathways_that_name_each_other_are_a_cycle() {
    let folder = teas();
    folder.write("a-pathway.json", r#"{"courses": [{"id": "b"}, {"id": "cup"}]}"#);
    folder.write("b-pathway.json", r#"{"courses": [{"id": "a"}, {"id": "cup"}]}"#);
    let output = folder.run(&["import", "a-pathway.json", "--out", "books"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with("b-pathway.json:1:21: pathway `a-pathway.json` names itself\n"), "{said}");
    let expected = "# a\n\n- **b**\n  - a-pathway.json, as above\n  - [Tea](1-cup/src/SUMMARY.md)\n- [Tea](1-cup/src/SUMMARY.md)\n";
    assert_eq!(read(&folder, "books/README.md"), expected);
}

#[test]
fn a_scenario_that_cannot_be_converted_is_left_out_with_its_reason() {
    let folder = teas();
    folder.write("teas/black/index.json", "{\"details\": {\"steps\": [");
    folder.write("teas-pathway.json", r#"{"courses": [{"course_id": "black"}, {"course_id": "green"}]}"#);
    let output = folder.run(&["import", "teas-pathway.json", "--out", "books"]);
    let said = String::from_utf8(output.stdout).unwrap();
    let expected =
        "teas-pathway.json:1:14: `teas/black` is left out: index.json:1:24: invalid JSON: expected a value";
    assert!(said.starts_with(expected), "{said}");
    let expected = "- black (left out: see [import.md](import.md))\n- [Tea](1-green/src/SUMMARY.md)\n";
    assert!(read(&folder, "books/README.md").ends_with(expected));
    assert!(folder.path("books/1-green/book.toml").exists());
}

#[test]
fn what_is_no_pathway_is_refused_and_nothing_is_written() {
    let folder = teas();
    folder.write("teas-pathway.json", r#"{"courses": [{"course_id": "white"}]}"#);
    folder.write("cup/other.json", "{}").write("bad-pathway.json", "{\"courses\": [,]}");
    for (path, expected) in [
        (
            "teas-pathway.json",
            "error: the pathway has no scenario that can be imported; nothing was written\n  \
             help: teas-pathway.json:1:28: scenario `teas/white` not found\n",
        ),
        (
            "bad-pathway.json",
            "error: the pathway has no scenario that can be imported; nothing was written\n  \
             help: bad-pathway.json:1:14: invalid JSON: expected a value\n",
        ),
        (
            "cup/other.json",
            "error: the file is not a pathway: no list `courses`, `scenarios` or `items` in it\n  \
             help: name the folder of a scenario, or a NAME-pathway.json or structure.json\n",
        ),
    ] {
        assert_eq!(refused(&folder, &["import", path, "--out", "books"]), expected);
        assert!(!folder.path("books").exists());
    }
    let said = refused(&folder, &["import", "teas", "--out", "books"]);
    assert!(
        said.contains("help: import one of its pathways: `") && said.contains("teas-pathway.json`"),
        "{said}"
    );
    // Another program's file of that name is none.
    folder.write("cup/structure.json", "{\"a\": 1}");
    assert!(!folder.say(".").contains("cup/structure.json"));
}

#[test]
fn at_most_a_thousand_items_of_a_pathway_are_read() {
    let folder = teas();
    let courses = vec![json!({ "id": "cup" }); 1002];
    folder.write("a-pathway.json", json!({ "courses": courses }).to_string());
    let output = folder.run(&["import", "a-pathway.json", "--out", "books"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("item was skipped: at most 1000 items of a pathway are read\n"), "{said}");
    assert_eq!(read(&folder, "books/README.md").matches("\n- ").count(), 1000);
}

#[test]
fn a_link_of_a_pathway_out_of_its_folder_is_not_followed() {
    let folder = teas();
    folder
        .link("../cup", "teas/link")
        .write("teas/structure.json", r#"{"items": [{"path": "link"}, {"path": "green"}]}"#);
    let output = folder.run(&["import", "teas", "--out", "books"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with("structure.json:1:21: `link` leads out of the given folder\n"), "{said}");
    assert!(!folder.path("books/2-cup").exists() && folder.path("books/1-green").exists());
}

#[test]
fn a_translation_is_a_book_with_its_language() {
    let folder = teas();
    folder
        .scenario("cup_es", &["`echo taza`{{execute}}\n"])
        .scenario("cup-pt-br", &["# A\n"])
        .scenario("pot_fr", &["# B\n"]);
    for (from, language, note) in [
        (
            "cup",
            None,
            "- index.json:1: `cup-pt-br` is its translation in `pt-BR`: import it as a book of its own\n\
             - index.json:1: `cup_es` is its translation in `es`: import it as a book of its own\n",
        ),
        ("cup_es", Some("es"), "- index.json:1: translation of `cup`: `language` in book.toml is `es`\n"),
        (
            "cup-pt-br",
            Some("pt-BR"),
            "- index.json:1: translation of `cup`: `language` in book.toml is `pt-BR`\n",
        ),
        ("pot_fr", None, "Everything is as it was.\n"),
    ] {
        let book = format!("{from}-book");
        assert!(folder.run(&["import", from, "--out", &book]).status.success());
        let config = read(&folder, &format!("{book}/book.toml"));
        let expected = language.map(|language| format!("title = \"Tea\"\nlanguage = \"{language}\"\n"));
        assert_eq!(config.contains("language = "), expected.is_some());
        assert!(config.contains(&expected.unwrap_or_default()), "{config}");
        let report = read(&folder, &format!("{book}/import.md"));
        assert!(report.ends_with(note), "{report}");
    }
    let found = folder.inspect(".");
    let said: Vec<String> = found
        .iter()
        .map(|it| format!("{} {} {}", it["path"], it["language"], it["translation_of"]))
        .collect();
    let expected = [
        r#""cup" null null"#,
        r#""cup-pt-br" "pt-BR" "cup""#,
        r#""cup_es" "es" "cup""#,
        r#""pot_fr" null null"#,
        r#""teas/black" null null"#,
        r#""teas/green" null null"#,
    ];
    assert_eq!(said, expected);
    assert!(folder.say(".").contains("cup_es: Tea (es, a translation of `cup`)\n"), "{}", folder.say("."));
}

#[test]
fn any_text_is_read_as_a_pathway_or_refused_and_each_problem_has_a_place() {
    const PARTS: [&str; 16] = [
        "\"", "{", "}", "[", "]", ",", ":", "null", "\"id\"", "\"path\"", "..", "/", "\\ud800", "\u{feff}",
        "é", "\0",
    ];
    let folder = teas();
    let whole = r#"{"title":"T","courses":[{"course_id":"green","title":"G"},{"id":"teas"},{"pathway_id":"x","course_id":"cup"},
        {"external_link":"a"}],"items":[{"path":"cup"},{"path":"."},{"path":"../cup"},{"path":"teas"}]}"#;
    let opened = Opened::open(&folder.path("")).unwrap();
    let mut read = 0;
    for seed in 0..500 {
        let mut numbers = Numbers(seed);
        let mut text = whole.to_owned();
        for _ in 0..numbers.below(4) {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let at = places[numbers.below(places.len())];
            let end = places[numbers.below(places.len())].clamp(at, (at + 8).min(text.len()));
            let end = if text.is_char_boundary(end) { end } else { at };
            text.replace_range(at..end, PARTS[numbers.below(PARTS.len())]);
        }
        folder.write("teas-pathway.json", &text).write("structure.json", &text);
        for path in ["teas-pathway.json", "structure.json"] {
            let Some((found, problems)) = pathway::read(&opened, Path::new(path), Path::new(".")) else {
                continue;
            };
            read += 1;
            let said = report::pathway(&found, &problems, Style::Plain);
            assert_eq!(said.matches("error[").count(), problems.list.len(), "{text}\n{said}");
        }
    }
    assert!(read > 500, "{read}");
}
