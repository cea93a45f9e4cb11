//! From a book to a scenario and back: the plan and the files are the same, and the script of a step passes after the step.
//!
//! `plans` says what is compared. Prose and exercises are not compared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use scenario_core::files::Files;
use scenario_core::model::Scenario;
use scenario_katacoda::scan::{Kind, scan};

use crate::plans::{load, plan};
use crate::scenario_test::Folder;

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Exports a book twice, and imports the first export.
fn round_trip(folder: &Folder, book: &Path) -> Scenario {
    let book = book.to_str().unwrap();
    for out in ["out", "again"] {
        let output = folder.run(&["export", "killercoda", book, "--out", out]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(files(&folder.path("out")), files(&folder.path("again")));
    let problems = folder.say("out");
    assert!(problems.ends_with("1 scenario, 0 problems\n"), "{problems}");
    let output = folder.run(&["import", "out", "--out", "back"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    load(&folder.path("back"))
}

/// The files below a folder.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(below, text)| (path.join(below), text)));
        } else {
            found.insert(PathBuf::from(path.file_name().unwrap()), std::fs::read(&path).unwrap());
        }
    }
    found
        .into_iter()
        .map(|(path, text)| (path.strip_prefix(folder).unwrap_or(&path).to_owned(), text))
        .collect()
}

fn comes_back(book: &Path, has_seeds: bool) {
    let folder = Folder::new();
    let mut back = plan(round_trip(&folder, book));
    // The import adds a chapter for the files that tools write.
    if has_seeds {
        assert_eq!(back.remove(0).0, "Set-up");
    }
    let before = plan(load(book));
    assert_eq!(before.len(), back.len());
    for ((title, actions), (back_title, back_actions)) in before.iter().zip(&back) {
        assert_eq!(
            (title, actions.len()),
            (back_title, back_actions.len()),
            "{actions:#?}\n{back_actions:#?}"
        );
        for (action, back) in actions.iter().zip(back_actions) {
            assert_eq!(action, back, "{title}");
        }
    }
}

#[test]
fn the_book_comes_back_as_the_same_plan() {
    comes_back(&root().join("book"), true);
}

#[test]
fn the_guide_comes_back_as_the_same_plan() {
    comes_back(&root().join("scenario/guide"), false);
}

#[test]
fn the_examples_come_back_as_the_same_plan() {
    for name in ["git", "flask", "postgres"] {
        comes_back(&root().join("scenario/examples").join(name), false);
    }
}

/// A book with one page.
fn book(folder: &Folder, page: &str) -> PathBuf {
    folder
        .write("book/book.toml", "[book]\ntitle = \"Tea\"\n")
        .write("book/src/SUMMARY.md", "# Summary\n\n- [One](one.md)\n")
        .write("book/src/one.md", page);
    folder.path("book")
}

/// The commands on the pages of a scenario, in order.
fn commands(page: &str) -> Vec<String> {
    let constructs = scan(page);
    let commands = constructs.iter().filter_map(|construct| match &construct.kind {
        Kind::Fence(fence) => {
            let is_run = fence.braces.as_ref().is_some_and(|braces| braces.words(page).starts_with("exec"));
            // In a list, the lines of a command are indented.
            let body = &page[fence.body.clone()];
            let blanks = body.len() - body.trim_start_matches(' ').len();
            is_run
                .then(|| body.split_inclusive('\n').map(|line| line.get(blanks..).unwrap_or(line)).collect())
        }
        _ => None,
    });
    commands.collect()
}

/// A bash with the home folder `home` and the program of the scenario in `out`.
fn bash(folder: &Folder, arguments: &[&str]) -> Command {
    let home = folder.path("home");
    std::fs::create_dir_all(&home).unwrap();
    let program = folder.path("out/assets/book");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&program, executable).unwrap();
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", program.parent().unwrap().display());
    let mut command = Command::new("bash");
    command.args(arguments).current_dir(&home).env("HOME", &home).env("PATH", path).env_remove("GIT_DIR");
    command
}

/// Runs the commands of a page as if they were typed.
fn play(folder: &Folder, page: &str) {
    let page = std::fs::read_to_string(folder.path("out").join(page)).unwrap();
    let typed = commands(&page).concat();
    bash(folder, &["-e"]).write_stdin(typed).assert().success();
}

#[test]
fn each_edit_does_the_same_on_the_other_side() {
    let folder = Folder::new();
    let page = "# One\n\n```text file=\"a b/c.txt\"\none $HOME\ntwo `x` \\\nthree \"3\" 'q'\n```\n\n\
        ```text file=\"a b/c.txt\" append\nEND\n  four\n```\n\n```text file=\"a b/c.txt\" prepend\nzero\n```\n\n\
        ```text file=\"a b/c.txt\" insert-before=two\nbefore & <two>\n```\n\n\
        ```text file=\"a b/c.txt\" insert-after=\"four\"\nlast\n```\n\n\
        ```text file=\"a b/c.txt\" replace=\"'q'\"\nQ*?[a]\n```\n\n\
        - In a list:\n\n  ```text file=\"a b/c.txt\" replace=\"wo \" replace-to=\"three\"\n  W\n\n  X\n  ```\n\n\
        ````text file=both\n```\nls\n```{{exec}}\n~~~\nls\n~~~{{exec}}\n</pre>\n````\n\n```make file=Makefile\nall:\n\techo \u{e9}\n```\n\n```text file=empty\n```\n\n```text file=Makefile insert-after=\"all:\"\n\tdate\n```\n\n\
        ```text file=Makefile append\n\tend\n```\n";
    let book = book(&folder, page);
    let scenario = round_trip(&folder, &book);
    assert_eq!(plan(scenario), plan(load(&book)));
    play(&folder, "one.md");
    let expected = Files::at(&load(&book), 1);
    let paths: Vec<&str> = expected.paths().collect();
    assert_eq!(paths, ["Makefile", "a b/c.txt", "both", "empty"]);
    for path in paths {
        let found = std::fs::read_to_string(folder.path("home").join(path)).unwrap();
        assert_eq!(found, expected.text(path).unwrap(), "{path}");
    }
    // Without checks, the script compares the files of the page.
    bash(&folder, &["../out/verify/step-1.sh"]).assert().success();
    std::fs::write(folder.path("home/empty"), "x").unwrap();
    bash(&folder, &["../out/verify/step-1.sh"]).assert().failure();
}

#[test]
fn a_command_that_cannot_be_typed_does_the_same_in_base64() {
    let folder = Folder::new();
    let page =
        "# One\n\n````console\n$ cat > both <<'END'\n> ```{{exec}}\n> ~~~{{exec}}\n> \ta tab\n> END\n````\n";
    let book = book(&folder, page);
    assert_eq!(plan(round_trip(&folder, &book)), plan(load(&book)));
    play(&folder, "one.md");
    let both = std::fs::read_to_string(folder.path("home/both")).unwrap();
    assert_eq!(both, "```{{exec}}\n~~~{{exec}}\n\ta tab\n");
}

#[test]
fn a_script_asks_what_check_asks() {
    let folder = Folder::new();
    let queries =
        ["above", "sum(rate(a[30s]))", "increase(b[2m])", "job:c:rate1m", "job:d:rate5m", "increase(e[5m])"];
    let block = |query: &&str| format!("```promql\n{query}\n```\n\n");
    let below: String = queries[1..].iter().map(block).collect();
    let page = format!("# One\n\n{}```console\n$ ls\n```\n\n{below}", block(&queries[0]));
    round_trip(&folder, &book(&folder, &page));
    let script = std::fs::read_to_string(folder.path("out/verify/step-1.sh")).unwrap();
    let asked: Vec<&str> =
        queries.into_iter().filter(|query| script.contains(&format!("`{query}`"))).collect();
    assert_eq!(asked, ["job:d:rate5m", "increase(e[5m])"]);
    let report = std::fs::read_to_string(folder.path("out/export.md")).unwrap();
    let expected = "book/src/one.md: `verify` asks 2 of 6 checks; the others hold only for a moment\n";
    assert!(report.contains(expected), "{report}");
}

#[test]
fn the_scripts_of_the_book_about_git_fail_before_their_step_and_pass_after_it() {
    let folder = Folder::new();
    round_trip(&folder, &root().join("scenario/examples/git"));
    let verdicts = folder.path("verdicts");
    // All steps share one terminal: the second step begins in the folder to which the first one has changed.
    let mut typed = String::new();
    for (number, page) in
        ["step-1-repository.md", "step-2-branch.md", "step-3-conflict.md"].iter().enumerate()
    {
        let page = std::fs::read_to_string(folder.path("out").join(page)).unwrap();
        let script = folder.path(&format!("out/verify/step-{}.sh", number + 1));
        let ask = format!("bash '{}'; echo $? >> '{}'\n", script.display(), verdicts.display());
        typed.push_str(&format!("{ask}{}{ask}", commands(&page).concat()));
    }
    bash(&folder, &[]).write_stdin(typed).assert().success();
    assert_eq!(std::fs::read_to_string(&verdicts).unwrap(), "1\n0\n1\n0\n1\n0\n");
}

/// Whether the script of a page with a query passes if Prometheus finds this.
fn passes(query: &str, answer: &str) -> bool {
    let folder = Folder::new();
    let book = book(&folder, &format!("# One\n\n```promql\n{query}\n```\n"));
    round_trip(&folder, &book);
    // This takes the place of curl. The script repeats a query for 30 s, and this `sleep` ends the script early.
    folder.write("out/assets/curl", format!("#!/bin/sh\ncat <<'END'\n{answer}\nEND\n"));
    folder.write("out/assets/sleep", "#!/bin/sh\nkill $PPID\n");
    for name in ["curl", "sleep"] {
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder.path("out/assets").join(name), executable).unwrap();
    }
    bash(&folder, &["../out/verify/step-1.sh"]).output().unwrap().status.success()
}

#[test]
fn a_result_on_the_page_is_compared_with_what_is_found() {
    let answer = |samples: &[(&str, &str)]| {
        let each = samples.iter().map(|(labels, value)| {
            format!("{{\"metric\":{{{labels}}},\"value\":[1790000000.123,\"{value}\"]}}")
        });
        let each: Vec<String> = each.collect();
        format!(
            "{{\"status\":\"success\",\"data\":{{\"resultType\":\"vector\",\"result\":[{}]}}}}",
            each.join(",")
        )
    };
    let up = r#""__name__":"up","instance":"localhost:80","job":"a/b""#;
    let other = r#""__name__":"up","instance":"x","job":"\"q\"\u003c""#;
    for (shown, found, expected) in [
        ("", &[(up, "1")][..], true),
        ("", &[], false),
        ("\n# => none", &[], true),
        ("\n# => none", &[(up, "1")], false),
        ("\n# => up{instance=\"localhost:80\", job=\"a/b\"} 1", &[(up, "1")], true),
        ("\n# => up{instance=\"localhost:80\", job=\"a/b\"} 1", &[(up, "0")], false),
        ("\n# => up{instance=\"localhost:80\", job=\"a/b\"} 1", &[(up, "1"), (other, "1")], false),
        ("\n# => up{instance=\"localhost:80\", job=\"a/b\"} 1\n# ...", &[(other, "1"), (up, "1")], true),
        ("\n# => up{instance=\"localhost.80\", job=\"a/b\"} 1", &[(up, "1")], false),
        ("\n# => up{job=\"a/b\"} 1", &[(up, "1")], false),
        ("\n# => {job=\"a/b\", [..]} 1", &[(up, "1")], true),
        ("\n# => {[..]} 2 \u{b1}50%", &[(up, "1")], true),
        ("\n# => {[..]} 2 \u{b1}0.5", &[(up, "1")], false),
        ("\n# => {instance=\"localhost:[PORT]\", [..]} [..]", &[(up, "7e-05")], true),
        ("\n# => {instance=\"localhost:[PORT]\", [..]} 7e-05", &[(up, "7e-05")], true),
        ("\n# => {job=\"\\\"q\\\"<\", [..]} NaN", &[(other, "NaN")], true),
        ("\n# => {[..]} 1 \u{b1}5", &[(up, "NaN")], false),
        ("\n# => 3", &[("", "3")], true),
        ("\n# => 3", &[(up, "3")], false),
    ] {
        assert_eq!(passes(&format!("up{shown}"), &answer(found)), expected, "{shown} {found:?}");
    }
}

#[test]
fn what_is_in_the_folder_is_never_overwritten() {
    let folder = Folder::new();
    book(&folder, "# One\n\n```console\n$ ls\n```\n");
    folder.write("full/a", "mine");
    let output = folder.run(&["export", "killercoda", "book", "--out", "full"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: the folder `full` is not empty\n  help: name a folder that does not exist or is empty; nothing was written\n"
    );
    assert_eq!(files(&folder.path("full")).len(), 1);
}

#[test]
fn a_command_or_a_script_that_was_changed_is_imported_as_it_is() {
    let folder = Folder::new();
    book(
        &folder,
        "# One\n\n```text file=a\nx\n```\n\n```console\n$ ls\n```\n\n<!-- scenario: check file=a contains=x -->\n",
    );
    assert!(folder.run(&["export", "killercoda", "book", "--out", "out"]).status.success());
    for (path, from, to) in [
        ("out/one.md", "cat > ~/a <<'END'", "tee ~/a <<'END'"),
        ("out/one.md", "\nls\n", "\nls -l\n"),
        ("out/verify/step-1.sh", "-e x", "-e y"),
    ] {
        let text = std::fs::read_to_string(folder.path(path)).unwrap();
        assert!(text.contains(from), "{text}");
        folder.write(path, text.replace(from, to));
    }
    assert!(folder.run(&["import", "out", "--out", "back"]).status.success());
    let page = std::fs::read_to_string(folder.path("back/src/step-1.md")).unwrap();
    for expected in
        ["$ tee ~/a <<'END'\n> x\n> END\n", "$ ls -l\n", "check command=\"bash 'setup/verify/step-1.sh'\""]
    {
        assert!(page.contains(expected), "{expected}\n{page}");
    }
}
