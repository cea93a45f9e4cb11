//! Oddities of the format, two at a time: the book passes, and what it cannot express is reported.

use serde_json::json;

use crate::import::{actions, has_all, import, page};
use crate::scenario_test::{Folder, index};

#[test]
fn a_directive_of_mdbook_in_what_runs_is_shown_only_in_each_of_its_blocks() {
    let (page, report, plan) = page(
        "{{#include a}} `cat {{#include b}}`{{execute}}\n\n```\ncat {{#title x}}\n```{{execute}}\n\n\
         <pre class=file data-filename=t.txt data-target=replace>{{#include /etc/passwd}}</pre>\n\n`ls`{{execute}}\n",
    );
    assert_eq!(actions(&plan, "command"), ["ls"]);
    assert_eq!(actions(&plan, "kind"), ["ignored", "ignored", "ignored", "command"]);
    has_all(
        &page,
        &["\\{{#include a}}", "\\{{#include b}}", "\\{{#title x}}", "\n\\{{#include /etc/passwd}}\n"],
    );
    let lines =
        [1, 3, 7].map(|line| format!("- step1.md:{line}: not possible in a book: mdBook would replace"));
    has_all(&report, &lines.each_ref().map(String::as_str));
}

#[test]
fn a_page_may_have_any_number_of_blocks_that_a_book_cannot_have() {
    let text: String =
        (0..300).map(|number| format!("`cat {{{{#include {number}}}}}`{{{{execute}}}}\n\n")).collect();
    let (_, report, plan) = page(&text);
    assert_eq!(actions(&plan, "kind"), vec!["ignored"; 300]);
    assert_eq!(report.matches(": not possible in a book: mdBook would replace").count(), 300);
}

#[test]
fn a_page_that_is_left_out_is_named_in_its_place() {
    let folder = Folder::new();
    folder.write("tea/large.md", "x".repeat((256 << 10) + 1));
    let steps = json!([{ "title": "One", "text": "large.md" }, { "title": "Two", "text": "gone_<b>.md" }]);
    folder.write("tea/index.json", index(json!({ "steps": steps })));
    let (page, report, _) = import(&folder);
    assert_eq!(page, "# One\n\n\\`large.md\\` is larger than 256 KiB; left out\n");
    let second = std::fs::read_to_string(folder.path("book/src/step-2.md")).unwrap();
    assert_eq!(second, "# Two\n\n\\`gone\\_\\<b>.md\\` cannot be read; left out\n");
    has_all(
        &report,
        &["`large.md` is larger than 256 KiB; left out", "`gone_<b>.md` cannot be read; left out"],
    );
}

#[test]
fn a_key_that_is_there_twice_is_reported_and_its_last_value_counts() {
    let folder = Folder::new();
    let text = "{\"title\": \"Pot\", \"title\": \"Cup\", \"backend\": {\"imageid\": \"x\"}, \"details\": {\n  \
        \"steps\": [{\"title\": \"One\", \"text\": \"a.md\",\n    \"text\": \"b.md\"}]}}";
    folder
        .write("tea/a.md", "`a`{{execute}}\n")
        .write("tea/b.md", "`b`{{execute}}\n")
        .write("tea/index.json", text);
    let (_, report, plan) = import(&folder);
    assert_eq!(actions(&plan, "command"), ["b"]);
    let expected = "- index.json:1: key `title` again: the value before it is left out\n\
        - index.json:3: key `text` again: the value before it is left out\n";
    assert!(report.ends_with(expected), "{report}");
    let said = folder.say("tea");
    let expected = "error[duplicate-key]: key `text` again\n --> tea/index.json:3:5\n  |\n3 |     \"text\": \"b.md\"}]}}\n  |     ^^^^^^\n  |\n  \
        = help: remove one of them; only the last has an effect\n";
    assert!(said.contains(expected), "{said}");
    assert_eq!(folder.inspect("tea")[0]["errors"], json!([]));
}

#[test]
fn an_invalid_index_json_is_refused_at_its_place() {
    let folder = Folder::new();
    for (text, expected) in [
        (
            "{\"title\": 1\n \"details\": {\"steps\": []}}",
            "index.json:2:2: invalid JSON: expected `,` or `}`",
        ),
        ("{'details': {'steps': []}}", "index.json:1:2: invalid JSON: expected a key in quotes"),
        ("# tea\n{\"details\": {\"steps\": []}}", "index.json:1:1: invalid JSON: expected a value"),
    ] {
        folder.write("tea/index.json", text);
        let output = folder.run(&["import", "tea", "--out", "book"]);
        let help = "  help: correct the file; a comma before a closing bracket is accepted\n";
        assert_eq!(String::from_utf8_lossy(&output.stderr), format!("error: {expected}\n{help}"));
        assert_eq!(folder.inspect("tea")[0]["errors"], json!(["invalid_json: index.json"]));
    }
}

#[test]
fn words_behind_the_language_of_a_block_are_no_command_and_are_reported() {
    let (page, report, plan) = page(
        "```echo cup\nls\n```{{execute}}\n\n```bash{1}\nid\n```{{execute}}\n\n```rust,ignore\nfn tea() {}\n```{{copy}}\n",
    );
    assert_eq!(actions(&plan, "command"), ["ls", "id"]);
    has_all(&page, &["```rust ignore=\"to copy\"\nfn tea() {}\n"]);
    let expected = "\n- step1.md:1: `echo cup` on the first line of a block is not part of its code\n";
    assert!(report.ends_with(expected), "{report}");
}

#[test]
fn the_first_host_is_this_machine_however_its_number_is_written() {
    let (page, _, plan) = page("`a`{{execute HOST01}}\n\n`b`{{execute HOST1}}\n\n`c`{{execute HOST02}}\n");
    assert_eq!(actions(&plan, "command"), ["a", "b"]);
    has_all(&page, &["```console\n$ a\n", "```console\n$ b\n", "```bash ignore=\"on host02\"\nc\n"]);
}

#[test]
fn lines_of_a_file_that_end_otherwise_are_reported() {
    let folder = Folder::new();
    folder.write("tea/a.md", "`ls`{{execute}}\r\n").write("tea/assets/cup.sh", "ls\r\n");
    let assets = json!({ "host01": [{ "file": "cup.sh", "target": "~/" }] });
    folder.write(
        "tea/index.json",
        index(json!({ "steps": [{ "title": "One", "text": "a.md" }], "assets": assets })),
    );
    let (_, report, _) = import(&folder);
    let expected = ": `assets/cup.sh` has lines that end with CR LF: they end with LF in the book\n";
    assert!(report.ends_with(expected) && report.matches("\n- ").count() == 1, "{report}");
}

#[test]
fn a_command_runs_even_if_a_block_below_changes_a_file_with_an_impossible_name() {
    let block = "<pre class=file data-filename='C:\\cup.txt' data-target=insert data-marker=a>b</pre>";
    let (_, report, plan) = page(&format!("`git clone cup`{{{{execute}}}}\n\n{block}\n"));
    assert_eq!(actions(&plan, "command"), ["git clone cup"]);
    assert!(
        report.contains("- step1.md:3: `C:\\cup.txt` cannot be changed, nothing before makes the file"),
        "{report}"
    );
}
