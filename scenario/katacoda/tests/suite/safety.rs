//! An import of a stranger's files does not write elsewhere, does not read elsewhere, and is bounded.

use std::fs;
use std::process::Output;

use scenario_core::book::Book;
use scenario_core::plan::{Action, Plan};
use serde_json::json;

use crate::scenario_test::{Folder, index};

fn error(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn report(folder: &Folder) -> String {
    let output = folder.run(&["import", "tea", "--out", "book"]);
    assert!(output.status.success(), "{output:?}");
    fs::read_to_string(folder.path("book/import.md")).unwrap()
}

#[test]
fn a_place_that_is_not_free_is_refused_and_stays_as_it_is() {
    let folder = Folder::new();
    folder.scenario("tea", &["`ls`{{execute}}\n"]).write("theirs/keep.txt", "theirs").write("file", "theirs");
    fs::create_dir(folder.path("elsewhere")).unwrap();
    folder.link("elsewhere", "link").link("nowhere", "dangling").link("../elsewhere", "theirs/src");
    for (out, why) in [
        ("theirs", "is a folder that is not empty"),
        ("file", "is a file"),
        ("link", "is a symbolic link"),
        ("dangling", "is a symbolic link"),
    ] {
        let said = error(&folder.run(&["import", "tea", "--out", out]));
        let help = "  help: name a folder that does not exist or is empty; nothing was written\n";
        assert_eq!(said, format!("error: `{out}` {why}\n{help}"));
    }
    assert_eq!(fs::read_dir(folder.path("elsewhere")).unwrap().count(), 0);
    assert!(!folder.path("nowhere").exists());
    assert_eq!(fs::read_to_string(folder.path("file")).unwrap(), "theirs");
    assert_eq!(fs::read_dir(folder.path("theirs")).unwrap().count(), 2);
}

#[test]
fn an_empty_folder_is_filled_and_nothing_is_left_beside_it() {
    let folder = Folder::new();
    folder.scenario("tea", &["`ls`{{execute}}\n"]);
    fs::create_dir(folder.path("book")).unwrap();
    report(&folder);
    let mut names: Vec<_> =
        fs::read_dir(folder.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["book", "tea"]);
    assert!(fs::read_to_string(folder.path("book/book.toml")).unwrap().ends_with("imported = true\n"));
}

#[test]
fn paths_that_leave_the_workspace_are_not_written_and_are_reported() {
    let folder = Folder::new();
    let names = ["../../out", "/etc/cron.d/tea", "a/../../out", ".scenario/state", "~/../out", "a/..", "..."];
    let blocks = names.map(|name| format!("<pre class=file data-filename=\"{name}\">\nx\n</pre>\n\n"));
    folder.write("tea/a.md", blocks.concat()).write("tea/s.sh", "true\n").write("s.sh", "true\n");
    let steps = json!([{ "title": "One", "text": "a.md", "background": "s.sh", "verify": "....//s.sh" }]);
    let assets = json!({ "host01": [{ "file": "cup.txt", "target": "/opt/../etc" }, { "file": "cup.txt", "target": "~/../../out" }] });
    folder.write("tea/assets/cup.txt", "cup\n");
    folder.write("tea/index.json", index(json!({ "steps": steps, "assets": assets })));
    let report = report(&folder);
    let plan = Plan::new(Book::load(&folder.path("book")).unwrap().into_scenario().unwrap());
    let edits = plan.steps.iter().flat_map(|step| &step.actions).filter_map(|action| match &action.action {
        Action::Edit(planned) => Some(planned.edit.path.as_str()),
        _ => None,
    });
    let edits: Vec<&str> = edits.collect();
    let leaves = |path: &&str| {
        path.starts_with('/') || path.starts_with(".scenario") || path.split('/').any(|part| part == "..")
    };
    assert_eq!(edits.iter().find(|path| leaves(path)), None, "{edits:?}");
    assert!(edits.contains(&"setup/s.sh"), "{edits:?}");
    for expected in ["outside the workspace", "/etc/cron.d/tea", "asset `cup.txt` belongs to "] {
        assert!(report.contains(expected), "{expected}\n{report}");
    }
}

#[test]
fn links_out_of_the_source_are_not_followed() {
    let folder = Folder::new();
    folder.write("secret.txt", "sesame\n").write("secrets/a.txt", "sesame\n").write("tea/a.md", "Tea\n");
    folder.write("tea/assets/cup.txt", "cup\n");
    folder.link("../secret.txt", "tea/b.md").link("../../secret.txt", "tea/assets/a.txt");
    folder.link("../../secrets", "tea/assets/more").link("../secret.txt", "tea/s.sh");
    let steps = json!([{ "title": "One", "text": "a.md", "background": "s.sh" }, { "title": "Two", "text": "b.md" },
        { "title": "Three", "text": "../secret.txt" }]);
    let file = |file: &str| json!({ "file": file, "target": "~/" });
    let assets = json!({ "host01": [file("*"), file("**"), file("a.txt"), file("more/a.txt"), file("../../secret.txt")] });
    folder.write("tea/index.json", index(json!({ "steps": steps, "assets": assets })));
    let report = report(&folder);
    for name in ["b.md", "s.sh", "../secret.txt", "assets/a.txt", "assets/more/a.txt"] {
        assert!(report.contains(&format!("`{name}` cannot be read; left out")), "{name}\n{report}");
    }
    for entry in fs::read_dir(folder.path("book/src")).unwrap().flatten() {
        let text = fs::read_to_string(entry.path()).unwrap();
        assert!(!text.contains("sesame"), "{}", entry.path().display());
    }
}

#[test]
fn sizes_are_bounded_and_the_bound_is_named() {
    let folder = Folder::new();
    let page = "x".repeat(200 << 10);
    folder.write("tea/a.md", &page).write("tea/large.md", "x".repeat((256 << 10) + 1));
    let step = |page: &str| json!({ "title": "One", "text": page });
    let steps = |count: usize| {
        std::iter::once(step("large.md")).chain((1..count).map(|_| step("a.md"))).collect::<Vec<_>>()
    };
    folder.write("tea/index.json", index(json!({ "steps": steps(400) })));
    let said = report(&folder);
    assert!(said.contains("`large.md` is larger than 256 KiB; left out"), "{said}");
    assert!(said.contains("`a.md` does not fit into a book of 64 MiB; left out"), "{said}");
    let size: u64 = fs::read_dir(folder.path("book/src"))
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    assert!(size < 65 << 20, "{size}");
    folder.write("tea/index.json", index(json!({ "steps": steps(1001) })));
    let said = error(&folder.run(&["import", "tea", "--out", "second"]));
    assert!(said.starts_with("error: the scenario has more than 1000 steps\n"), "{said}");
    assert!(!folder.path("second").exists());
}

#[test]
fn the_message_says_what_comes_next() {
    let folder = Folder::new();
    folder.scenario("tea", &["`ls`{{execute}}\n\nThen:{{execute}}\n"]);
    let output = folder.run(&["import", "tea", "--out", "my book", "--front", "cargo xtask"]);
    let said = String::from_utf8(output.stdout).unwrap();
    let flags = "--book 'my book' --workspace 'my book/workspace'";
    let expected = format!(
        "\nwrote a book with 1 step into `my book`; 1 difference is listed above and in its `import.md`\n\n\
         It is somebody else's code, and nothing of it runs before you agree.\n  \
         read all that it runs:    cargo xtask {flags} plan\n  \
         open it in the lab:       cargo xtask {flags} serve\n  \
         or run it, once read:     cargo xtask {flags} step 1 --trust\n"
    );
    assert!(said.ends_with(&expected), "{said}");
}

#[test]
fn without_a_place_the_book_goes_to_the_users_own() {
    let folder = Folder::new();
    folder.scenario("tea", &["`ls`{{execute}}\n"]);
    for name in ["tea", "tea-2"] {
        let mut command = folder.program();
        let output =
            command.args(["import", "tea"]).env("XDG_DATA_HOME", folder.path("data")).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let place = folder.path("data/scenario/books").join(name);
        assert!(said.contains(&format!("into `{}`;", place.display())), "{said}");
        assert!(place.join("src/step-1.md").is_file());
    }
}
