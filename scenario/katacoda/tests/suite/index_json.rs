//! index.json, and what it names.

use serde_json::{Value, json};

use crate::scenario_test::{Folder, counts, index, page};

/// What `inspect` prints for a scenario with this index.json and a page `a.md`.
fn scenario(index: &str) -> Value {
    let folder = Folder::new();
    folder.write("tea/index.json", index).write("tea/a.md", "# A\n");
    folder.inspect(".").remove(0)
}

#[test]
fn trailing_commas_are_tolerated_and_a_missing_one_is_an_error() {
    let tolerant = "{\"title\": \"Tea\",\r\n\"details\": {\"steps\": [{\"text\": \"a.md\",},],}, \"backend\": {\"imageid\": \"x\"}}";
    let found = scenario(tolerant);
    assert_eq!(
        (&found["json"], &found["steps"], &found["errors"]),
        (&json!("tolerant"), &json!(1), &json!([]))
    );
    assert_eq!(scenario(&tolerant.replace(",}", "}").replace(",]", "]"))["json"], "strict");
    let found = scenario("{\"title\": \"Tea\" \"details\": {\"steps\": []}}");
    assert_eq!((&found["json"], &found["errors"]), (&json!("invalid"), &json!(["invalid_json: index.json"])));
}

#[test]
fn unknown_keys_do_no_harm_and_those_of_details_are_reported() {
    let found = scenario(
        r#"{"details": {"steps": [{"tile": "x", "text": "a.md"}], "NOT_WORKING": {},
            "intro": {"credit": "x", "text": "a.md"}, "assets": {"h": [{"chmodls ": "x"}]}},
            "showdashboards": true, "backend": {"imageid": "x"}}"#,
    );
    assert_eq!(found["errors"], json!(["unknown_details_key: NOT_WORKING"]));
    assert_eq!((&found["title"], &found["intro"], &found["steps"]), (&Value::Null, &json!(true), &json!(1)));
}

#[test]
fn titles_parts_steps_and_image_may_be_absent() {
    let found = scenario(
        r#"{"type": "challenge@0.8", "environment": {"hideintro": true}, "details": {"steps": []}}"#,
    );
    assert_eq!(
        (&found["intro"], &found["finish"], &found["steps"]),
        (&json!(false), &json!(false), &json!(0))
    );
    assert_eq!((&found["pages"], &found["errors"]), (&json!([]), &json!(["no_imageid"])));
}

#[test]
fn both_vocabularies_are_counted() {
    let folder = Folder::new();
    for script in ["a.sh", "b.sh"] {
        folder.write(&format!("tea/{script}"), "");
    }
    folder.write("tea/a.md", "# A\n");
    let katacoda =
        json!({ "text": "a.md", "courseData": "a.sh", "code": "b.sh", "verify": "a.sh", "hint": "a.sh" });
    let killercoda = json!({ "text": "a.md", "background": "a.sh", "foreground": "b.sh", "answer": "a.md" });
    folder.write("tea/index.json", index(json!({ "intro": katacoda, "steps": [killercoda] })));
    let expected = json!({ "answer": 1, "background": 2, "foreground": 2, "hint": 1, "verify": 1 });
    assert_eq!(folder.inspect(".")[0]["counts"], expected);
}

#[test]
fn what_is_not_there_is_named_and_a_page_may_be_used_twice() {
    let folder = Folder::new();
    folder.write("tea/a.md", "`ls`{{execute}}\n").write("tea/empty.md", "\n").write("tea/beside.txt", "x");
    let steps = json!([
        { "text": "a.md", "verify": "v.sh", "background": "b.sh", "foreground": "f.sh" },
        { "text": "a.md", "hint": "h.sh", "answer": "n.md" },
        { "text": "gone.md" },
        { "text": "empty.md" },
    ]);
    let assets =
        json!({ "host01": [{ "file": "gone.txt", "target": "/" }, { "file": "beside.txt", "target": "/" }] });
    folder.write("tea/index.json", index(json!({ "steps": steps, "assets": assets })));
    let found = folder.inspect(".").remove(0);
    let mut errors: Vec<&str> =
        found["errors"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    errors.sort_unstable();
    let expected = [
        "asset_beside_assets: beside.txt",
        "asset_not_found: gone.txt",
        "empty_page: empty.md",
        "missing_answer: n.md",
        "missing_background: b.sh",
        "missing_foreground: f.sh",
        "missing_hint: h.sh",
        "missing_page: gone.md",
        "missing_verify: v.sh",
    ];
    assert_eq!(errors, expected);
    assert_eq!((&found["counts"]["run"], &found["odd"]["page_used_twice"]), (&json!(2), &json!(1)));
}

#[test]
fn pages_may_be_in_folders_or_links_and_assets_may_have_stars() {
    let folder = Folder::new();
    folder.write("tea/step1/text.md", "`ls`{{execute}}\n").write("shared/intro.md", "`pwd`{{execute}}\n");
    folder.link("../shared/intro.md", "tea/intro.md");
    for asset in ["run.sh", "app1/x.js", "deep/er/y.txt"] {
        folder.write(&format!("tea/assets/{asset}"), "x");
    }
    let asset = |file: &str| json!({ "file": file, "target": "/opt" });
    let assets = ["*", "**", "app*/*.*", "*.py"].map(asset);
    let assets = json!({ "host01": assets });
    let details =
        json!({ "intro": { "text": "intro.md" }, "steps": [{ "text": "step1/text.md" }], "assets": assets });
    folder.write("tea/index.json", index(details));
    let found = folder.inspect(".").remove(0);
    assert_eq!(found["counts"], json!({ "assets": 4, "assets_glob": 4, "run": 2, "run_inline": 2 }));
    assert_eq!(found["errors"], json!(["asset_not_found: *.py"]));
    assert_eq!(
        found["pages"][1],
        json!({ "role": "step 1", "path": "step1/text.md", "run": 1, "run_inline": 1 })
    );
}

#[test]
fn other_files_named_index_json_are_no_scenarios() {
    let folder = Folder::new();
    folder.scenario("tea", &["# A\n"]).scenario("tea_fr", &["# A\n"]);
    folder.write("notebook/index.json", r#"{"type": "jupyter@0.1", "backend": {"imageid": "python:3.8"}}"#);
    folder.write("data/index.json", "[1, 2").write("tea-pathway.json", "{\"courses\": []}");
    let paths: Vec<Value> = folder.inspect(".").iter().map(|found| found["path"].clone()).collect();
    assert_eq!(paths, ["tea", "tea_fr"]);
}

#[test]
fn ports_are_found_in_links_wherever_they_are() {
    let found = page(
        "https://[[HOST_SUBDOMAIN]]-8080-[[KATACODA_HOST]].environments.katacoda.com http://[[CLIENT_SUBDOMAIN]]-81-[[KATACODA_HOST]] \
         `curl [[HOST2_SUBDOMAIN]]-82-[[KATACODA_DOMAIN]]`{{execute}} [[HOST_SUBDOMAI]]-83-[[KATACODA_HOST]] \
         {{TRAFFIC_HOST2_84}} {{TRAFFIC_SELECTOR}} [[HOST_IP]]:85\n",
    );
    assert_eq!(found["ports"], json!([81, 82, 83, 84, 8080]));
    let expected = json!({ "host_port_links": 5, "run": 1, "run_inline": 1, "traffic_placeholder": 1 });
    assert_eq!(found["counts"], expected);
    // Ports in index.json are tabs, and are not counted.
    let dashboard = json!([{ "name": "App", "href": "https://[[HOST_SUBDOMAIN]]-8081-[[KATACODA_HOST]].environments.katacoda.com" }]);
    let text = json!({
        "details": { "steps": [{ "text": "a.md" }] }, "environment": { "dashboards": dashboard }, "backend": { "imageid": "x" }
    });
    assert_eq!(scenario(&text.to_string())["ports"], json!([]));
}

#[test]
fn questions_of_a_quiz_are_counted() {
    let text = ">>Q1: Enter the exact text<<\r\n=== tea\r\n\r\n>>Q2: Several <<\r\n[*] Right\r\n[ ] Wrong\r\n> quote\r\n";
    assert_eq!(counts(text), json!({ "quiz": 2 }));
    assert_eq!(page(text)["odd"], json!({ "page_crlf": 1 }));
}
