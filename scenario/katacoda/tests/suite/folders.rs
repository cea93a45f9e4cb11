//! `inspect` reads files below the given folder only, and none that is too large.

use std::path::Path;

use scenario_katacoda::folder::Folder as Opened;
use scenario_katacoda::inspect::inspect;
use serde_json::json;

use crate::scenario_test::{Folder, index};

#[test]
fn links_out_of_the_folder_are_not_followed() {
    let folder = Folder::new();
    folder.write("secret.md", "`ls`{{execute}}\n").scenario("given/tea", &["# A\n"]);
    folder.link("../../secret.md", "given/tea/link.md");
    folder.link("../../given", "given/tea/loop");
    let steps = json!([{ "text": "link.md" }, { "text": "../../secret.md" }, { "text": "/step1.md" }]);
    folder.write("given/tea/index.json", index(json!({ "steps": steps })));
    let found = folder.inspect("given");
    assert_eq!(found.len(), 1, "the link to a folder is not looked through");
    assert_eq!(found[0]["counts"], json!({}));
    assert_eq!(found[0]["errors"], json!(["outside_folder: link.md", "outside_folder: ../../secret.md"]));
    // The folder above contains both the link and its target.
    assert_eq!(folder.inspect(".")[0]["counts"], json!({ "run": 2, "run_inline": 2 }));
}

#[test]
fn at_most_ten_thousand_pages_are_looked_at_and_the_first_other_is_named() {
    let folder = Folder::new();
    let steps: Vec<_> = (0..10_002).map(|_| json!({ "title": "Step", "text": "a.md" })).collect();
    folder.write("tea/a.md", "`ls`{{execute}}\n").write("tea/index.json", index(json!({ "steps": steps })));
    let found = folder.inspect(".").remove(0);
    assert_eq!((&found["steps"], &found["counts"]["run"]), (&json!(10_002), &json!(10_000)));
    assert_eq!(found["errors"], json!(["too_much: a.md"]));
}

#[test]
fn at_most_a_thousand_patterns_are_looked_for_and_the_first_other_is_named() {
    let folder = Folder::new();
    let assets: Vec<_> = (0..1002).map(|n| json!({ "file": format!("c*{n}"), "target": "~/" })).collect();
    folder.scenario("tea", &["<pre class=file data-filename=a>b</pre>\n"]).write("tea/assets/cup", "cup");
    let steps = json!([{ "title": "One", "text": "step1.md" }]);
    folder.write("tea/index.json", index(json!({ "steps": steps, "assets": { "host01": assets } })));
    let found = folder.inspect(".").remove(0);
    let errors = found["errors"].as_array().unwrap();
    assert_eq!((&found["counts"]["assets_glob"], errors.len()), (&json!(1002), 1001));
    assert_eq!(errors[1000], "too_much: c*1000");
    assert!(folder.run(&["import", "tea", "--out", "book"]).status.success());
    let report = std::fs::read_to_string(folder.path("book/import.md")).unwrap();
    let expected = "asset `c*1000`: more than 1000 patterns of assets; left out";
    assert!(report.contains(expected), "{report}");
}

#[test]
fn a_page_that_is_too_large_is_named() {
    let folder = Folder::new();
    folder.scenario("tea", &["# A\n"]).write("tea/step1.md", vec![b'x'; (4 << 20) + 1]);
    assert_eq!(folder.inspect(".")[0]["errors"], json!(["too_large: step1.md"]));
}

#[test]
fn several_folders_and_a_scenario_itself_may_be_given() {
    let folder = Folder::new();
    folder.scenario("a/tea", &["# A\n"]).scenario("b", &["# B\n"]);
    let output = folder.run(&["inspect", "--json", "a", "b"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let paths: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["path"].clone())
        .collect();
    assert_eq!(paths, ["tea", "."]);
}

#[test]
fn text_that_is_not_utf_8_is_counted_and_reported() {
    let folder = Folder::new();
    folder.scenario("tea", &["# A\n"]).write("tea/step1.md", b"caf\xe9 `ls`{{execute}}\n");
    assert_eq!(folder.inspect(".")[0]["counts"]["run"], 1);
    assert!(folder.say(".").contains("error[not-utf8]: text that is not UTF-8"), "{}", folder.say("."));
}

#[test]
fn a_folder_without_scenarios_is_an_error() {
    let folder = Folder::new();
    let opened = Opened::open(&folder.path("")).unwrap();
    assert!(inspect(&opened, Path::new(""), Path::new(".")).is_none());
    for (arguments, expected) in [
        (
            ["inspect", "."],
            "error: no scenario found: no folder has an index.json with `details` and `steps`\n  help: give the folder of a scenario, or one above it\n",
        ),
        (["inspect", "gone"], "error: failed to read `gone`: No such file or directory (os error 2)\n"),
    ] {
        let output = folder.run(&arguments);
        assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
        assert_eq!(output.status.code(), Some(2));
    }
}
