//! A scenario that is imported, exported and imported again does the same as after the first import.
//!
//! `generated` makes the pages. `plans` says what is compared.

use std::path::Path;

use scenario_katacoda::folder::Folder as Scenario;
use scenario_katacoda::{export, import};
use serde_json::{Value, json};

use crate::generated::{Numbers, page};
use crate::plans::{load, plan};
use crate::scenario_test::{Folder, index};

/// The number of scenarios in a plain `cargo test`.
const SCENARIOS: u64 = 100;

/// Writes a scenario of up to four pages with scripts and assets.
fn write(folder: &Folder, numbers: &mut Numbers) {
    let mut part = |name: &str, roles: &[&str]| {
        let mut part = json!({ "title": format!("The {name}"), "text": format!("{name}.md") });
        folder.write(&format!("tea/{name}.md"), page(numbers));
        for role in roles {
            if numbers.below(4) > 0 {
                continue;
            }
            let text =
                ["echo done\n", "cat <<END\n```\nEND\nsleep 1 &\n", "", "`ls`{{exec}}\n"][numbers.below(4)];
            folder.write(&format!("tea/{name}.{role}"), text);
            part[role] = json!(format!("{name}.{role}"));
        }
        part
    };
    let intro = part("intro", &["background", "foreground"]);
    let steps: Vec<Value> = ["one", "two"]
        .iter()
        .map(|name| part(name, &["background", "foreground", "verify", "hint", "answer"]))
        .collect();
    let mut details = json!({ "steps": steps });
    if numbers.below(2) == 0 {
        details["intro"] = intro;
    }
    if numbers.below(4) == 0 {
        folder.write("tea/assets/run.sh", "echo tea\n");
        let asset = |target: &str| json!({ "file": "run.sh", "target": target, "chmod": "+x" });
        details["assets"] = json!({ "host01": [asset("~/"), asset("/opt")] });
    }
    folder.write("tea/index.json", index(details));
}

/// Imports a scenario, and returns what the book does.
fn imported(scenario: &Path, book: &Path) -> Vec<(String, Vec<String>)> {
    import::import(&Scenario::open(scenario).unwrap(), book).unwrap();
    plan(load(book))
}

#[test]
fn an_imported_scenario_that_is_exported_and_imported_again_has_the_same_plan() {
    let number = |variable: &str| std::env::var(variable).ok().map(|value| value.parse().expect("a number"));
    let first = number("SCENARIO_FUZZ_SEED");
    let end = first.map_or(number("SCENARIO_FUZZ_INPUTS").unwrap_or(SCENARIOS), |first| first + 1);
    for seed in first.unwrap_or(0)..end {
        let folder = Folder::new();
        write(&folder, &mut Numbers(seed));
        let before = imported(&folder.path("tea"), &folder.path("book"));
        export::export(&folder.path("book"), &folder.path("out")).unwrap();
        let after = imported(&folder.path("out"), &folder.path("back"));
        assert_eq!(before, after, "seed {seed}");
    }
}

#[test]
fn a_file_name_that_looks_like_attributes_is_a_file_name_after_an_export() {
    let folder = Folder::new();
    let name = "tea/x background=clock ready=80 \"q\".txt";
    let page = format!(
        "`git clone tea`{{{{execute}}}}\n\n<pre class=file data-filename='{name}' data-target=insert data-marker=cup>pot</pre>\n"
    );
    folder.scenario("tea", &[&page]);
    let before = imported(&folder.path("tea"), &folder.path("book"));
    assert!(before[0].1.iter().any(|action| action.contains("background=clock")), "{before:?}");
    export::export(&folder.path("book"), &folder.path("out")).unwrap();
    assert_eq!(before, imported(&folder.path("out"), &folder.path("back")));
}
