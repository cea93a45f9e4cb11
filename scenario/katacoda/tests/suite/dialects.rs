//! Spellings that only a few scenarios have: encodings, values of another type, quotations, lists.

use scenario_core::book::Book;
use scenario_core::files::Files;
use serde_json::json;

use crate::scenario_test::{Folder, index};

/// The page of the first step, and the report.
fn import(folder: &Folder) -> (String, String) {
    let output = folder.run(&["import", "tea", "--out", "book"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |path: &str| std::fs::read_to_string(folder.path(path)).unwrap();
    (read("book/src/step-1.md"), read("book/import.md"))
}

fn page(text: &str) -> (String, String) {
    let folder = Folder::new();
    folder.scenario("tea", &[text]);
    import(&folder)
}

/// A text in UTF-16 with a byte order mark.
fn utf_16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect()
}

#[test]
fn utf_16_is_read_and_what_is_no_text_in_index_json_is_reported() {
    let folder = Folder::new();
    let details = json!({ "steps": [{ "title": "Thé", "text": "a.md" }] });
    folder.write("tea/index.json", utf_16(&index(details.clone())));
    folder.write("tea/a.md", utf_16("Чай: `ls`{{execute}}\r\n"));
    let found = folder.inspect(".").remove(0);
    assert_eq!((&found["counts"]["run"], &found["json"]), (&json!(1), &json!("strict")));
    let (page, report) = import(&folder);
    assert_eq!(page, "# Thé\n\nЧай: `ls`\n\n```console\n$ ls\n```\n");
    assert!(report.ends_with("Everything is as it was.\n"), "{report}");

    let folder = Folder::new();
    let latin_1: Vec<u8> = index(details).chars().map(|c| u8::try_from(c).unwrap()).collect();
    folder.write("tea/index.json", latin_1).write("tea/a.md", "# A\n");
    assert!(folder.say(".").contains("error[not-utf8]: text that is not UTF-8\n --> tea/index.json:"));
    assert!(import(&folder).1.contains("- index.json:1: not text in UTF-8: other bytes became `\u{fffd}`\n"));
    // The character itself is text.
    folder.write("tea/index.json", index(json!({ "steps": [{ "title": "\u{fffd}", "text": "a.md" }] })));
    assert!(!folder.say(".").contains("not-utf8"));
}

#[test]
fn values_of_another_type_are_reported() {
    let folder = Folder::new();
    folder.write("tea/a.md", "# A\n");
    let steps = json!([{ "title": 1, "text": "a.md", "verify": ["a.sh"] }, "a.md", { "text": null }]);
    let assets = json!({ "host01": ["a.sh", { "file": 1 }], "host02": {} });
    let details = json!({ "steps": steps, "intro": "a.md", "finish": null, "assets": assets });
    let text = index(details);
    folder.write("tea/index.json", &text);
    let wrong = [
        "wrong type of `intro`: expected an object, found a string",
        "wrong type of `title`: expected a string, found a number",
        "wrong type of `verify`: expected a string, found an array",
        "wrong type of `steps`: expected an object, found a string",
        "wrong type of `host01`: expected an object, found a string",
        "wrong type of `file`: expected a string, found a number",
        "wrong type of `host02`: expected an array, found an object",
    ];
    let (said, (_, report)) = (folder.say("."), import(&folder));
    for wrong in wrong {
        assert!(said.contains(&format!("error[wrong-type]: {wrong}\n")), "{wrong}\n{said}");
        assert!(report.contains(&format!(": {wrong}; left out\n")), "{wrong}\n{report}");
    }
    assert_eq!(said.matches("wrong-type").count(), wrong.len(), "{said}");
    let line = text.lines().position(|line| line.trim() == "\"a.md\",").unwrap() + 1;
    assert!(report.contains(&format!("- index.json:{line}: `Step 2` has no page\n")), "{report}");
    assert!(report.contains(": `Step 3` has no page\n"), "{report}");

    folder.write("tea/index.json", index(json!({ "steps": { "text": "a.md" }, "assets": [] })));
    let said = folder.say(".");
    assert!(said.contains("wrong type of `steps`: expected an array, found an object"), "{said}");
    assert!(said.contains("wrong type of `assets`: expected an object, found an array"), "{said}");
}

#[test]
fn the_marks_of_a_quotation_are_not_part_of_its_commands() {
    let (page, _) = page(
        "> Run\n>\n> ```bash\n> ls\n>\n>   pwd > a\n> ```{{execute}}\n\n> > ~~~\n>> date\n> > ~~~{{copy}}\n",
    );
    assert!(page.contains("```console\n$ ls\n$ pwd > a\n```\n"), "{page}");
    assert!(page.contains("```text ignore=\"to copy\"\ndate\n```\n"), "{page}");
}

#[test]
fn text_below_a_block_in_a_list_stays_text_and_numbers_stay() {
    let (page, _) = page(
        "1. Run\n\n    ```bash\n    ls\n    ```{{execute}}\n\n    and then `pwd`{{execute}}.\n\n2. ```\n   id\n   ```{{execute}}\n   End\n",
    );
    let expected = "# Step\n\n1. Run\n\n```console\n$ ls\n```\n\n\nand then `pwd`.\n\n```console\n$ pwd\n```\n\n2.\n\n```console\n$ id\n```\n\nEnd\n";
    assert_eq!(page, expected);
}

#[test]
fn a_quiz_may_have_inline_code() {
    let (page, _) =
        page(">>Q1: What does `ls` do?<<\n(*) It lists `files`\n( ) It runs `cd`\n\nRun `id`{{execute}}.\n");
    let part = |summary: &str, text: &str| {
        format!("<details><summary>{summary}</summary>\n\n{text}\n\n</details>\n\n")
    };
    let parts = [part("It lists `files`", "Right."), part("It runs `cd`", "Wrong.")];
    let expected = format!("# Step\n\n**Q1: What does `ls` do?**\n\n{}", parts.concat());
    assert!(page.starts_with(&expected), "{page}");
    assert!(page.ends_with("Run `id`.\n\n```console\n$ id\n```\n"), "{page}");
}

#[test]
fn placeholders_without_a_counterpart_are_reported_with_their_line() {
    let (_, report) = page(
        "[[HOST_SUBDOMAIN]]-80-[[KATACODA_HOST]] [[HOST_IP]] {{TRAFFIC_HOST1_81}}\n`if [[ -f a ]]`\n[[HOST2_IP]] [[X]]\n{{TRAFFIC_SELECTOR}}\n",
    );
    let notes: Vec<&str> = report.lines().filter(|line| line.starts_with("- ")).collect();
    let note = |line: u8, name: &str| {
        format!("- step1.md:{line}: placeholder `{name}` has no counterpart here: it stays as text")
    };
    assert_eq!(notes, [note(3, "[[HOST2_IP]]"), note(4, "{{TRAFFIC_SELECTOR}}")]);
}

#[test]
fn a_marker_may_be_several_lines() {
    let folder = Folder::new();
    let text = "<pre class=file data-filename=a.txt data-target=replace>\none\ntwo, three\nfour\n</pre>\n\n\
        <pre class=file data-filename=a.txt data-target=insert data-marker=\"three\nfo\">2, 3, 4: fo</pre>\n";
    folder.scenario("tea", &[text]);
    let (page, report) = import(&folder);
    let expected =
        "```text file=\"a.txt\" replace=\"two, three\" replace-to=\"four\"\ntwo, 2, 3, 4: four\n```\n";
    assert!(page.contains(expected), "{page}");
    assert!(report.ends_with("Everything is as it was.\n"), "{report}");
    let scenario = Book::load(&folder.path("book")).unwrap().into_scenario().unwrap();
    assert_eq!(Files::at(&scenario, 1).text("a.txt").unwrap(), "one\ntwo, 2, 3, 4: four\n");
}
