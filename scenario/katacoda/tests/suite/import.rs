//! From a scenario to a book: what becomes of each construct, that the parser accepts it, and that nothing is lost.

use std::path::Path;

use scenario_core::book::Book;
use scenario_core::plan::Plan;
use serde_json::{Value, json};

use crate::scenario_test::{Folder, index};

/// The page of the first step, the lines of the report, and the plan.
fn import(folder: &Folder) -> (String, String, Value) {
    let output = folder.run(&["import", "tea", "--out", "book"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |path: &str| std::fs::read_to_string(folder.path(path)).unwrap_or_default();
    let book = Book::load(&folder.path("book")).unwrap();
    let plan = Plan::new(book.into_scenario().unwrap());
    (read("book/src/step-1.md"), read("book/import.md"), serde_json::to_value(&plan).unwrap())
}

fn page(text: &str) -> (String, String, Value) {
    let folder = Folder::new();
    folder.scenario("tea", &[text]);
    import(&folder)
}

/// The values of a key of all actions.
fn actions(plan: &Value, key: &str) -> Vec<String> {
    let steps = plan["steps"].as_array().unwrap().iter().flat_map(|step| step["actions"].as_array().unwrap());
    steps.filter_map(|action| action[key].as_str()).map(str::to_owned).collect()
}

#[test]
fn runs_become_blocks_behind_their_paragraph_in_order() {
    let (page, report, plan) = page(
        "Run `ls`{{execute}} and\nthen `pwd`{{execute T2}}. Привет!\n\nMore.\n\n```bash\ndate\nid\n```{{exec}}\nEnd `a`{{copy}}\n",
    );
    let expected = "# Step\n\nRun `ls` and\nthen `pwd`. Привет!\n\n```console\n$ ls\n```\n\n```console terminal=T2\n$ pwd\n```\n\nMore.\n\n\
        ```console terminal=T2\n$ date\n$ id\n```\n\nEnd `a`\n";
    assert_eq!(page, expected);
    assert_eq!(actions(&plan, "command"), ["ls", "pwd", "date", "id"]);
    assert!(report.ends_with("Everything is as it was.\n"), "{report}");
}

#[test]
fn blocks_for_files_become_edits_with_the_same_result() {
    let (page, _, plan) = page(
        "<pre class=file data-filename=./a.py data-target=replace>\nx = 1\n# here\ny = &lt;b&gt;</pre>\n\n\
         <pre class=file data-filename=a.py data-target=insert data-marker=\"# here\">\nz = 2\n</pre>\n\n\
         <pre class=file data-filename=a.py>\nend</pre>\n<pre class=file data-filename=b.txt data-target=append>b</pre>\n\
         <pre class=file data-filename=/etc/hosts data-target=append>127.0.0.1 tea</pre>\n<pre class=file>only shown</pre>\n",
    );
    assert_eq!(actions(&plan, "kind"), ["edit", "edit", "edit", "edit", "ignored", "ignored"]);
    for expected in [
        "```python file=\"a.py\"\nx = 1\n# here\ny = <b>\n```\n",
        "```python file=\"a.py\" replace=\"# here\"\nz = 2\n\n```\n",
        "```python file=\"a.py\" append\nend\n```\n",
        "```text file=\"b.txt\"\nb\n```\n",
        "ignore=\"changes /etc/hosts, which is outside the workspace\"\n127.0.0.1 tea\n",
        "```text ignore=\"shown only\"\nonly shown\n```\n",
    ] {
        assert!(page.contains(expected), "{expected}\n{page}");
    }
}

#[test]
fn an_interrupt_ends_the_command_that_keeps_running() {
    let (page, _, plan) = page(
        "`python3 -m http.server 8000`{{execute}}\n\nSee [it](https://[[HOST_SUBDOMAIN]]-8000-[[KATACODA_HOST]].environments.katacoda.com/).\n\n`curl localhost:8000`{{execute}}\n\n`ls`{{execute interrupt}}\n",
    );
    assert!(
        page.contains("```console background=t1-1 ready=8000 within=60s\n$ python3 -m http.server 8000\n"),
        "{page}"
    );
    assert!(page.contains("```console stop=t1-1\n$ ls\n"), "{page}");
    assert!(page.contains("[it](http://localhost:8000/)"), "{page}");
    assert!(actions(&plan, "kind").contains(&"background".to_owned()));
}

#[test]
fn what_cannot_be_expressed_stays_visible_and_is_reported_with_its_line() {
    let (page, report, plan) = page(
        "`ls`{{exeute}}\n\nThen:{{execute}}\n\n`^C`{{execute ctrl-seq}}\n\n`id`{{execute HOST2}}\n\n```{{exec}}\nls\n```\n\n\
         `docker run -d nginx`{{execute}}\n",
    );
    for expected in [
        "`ls`{{exeute}}",
        "Then:{{execute}}",
        "ignore=\"keys to press\"\n^C",
        "ignore=\"on host02\"\nid",
        "docker run -d nginx",
    ] {
        assert!(page.contains(expected), "{expected}\n{page}");
    }
    for expected in [
        "step1.md:1: unknown action `exeute`",
        "step1.md:3: action `execute`",
        "step1.md:5: keys",
        "step1.md:7: runs on host 2",
        "step1.md:9: action `exec`",
        "step1.md:13: not possible in a book: ",
    ] {
        assert!(report.contains(expected), "{expected}\n{report}");
    }
    assert_eq!(actions(&plan, "command"), Vec::<String>::new());
}

#[test]
fn scripts_assets_checks_hints_and_quizzes_are_taken_over() {
    let folder = Folder::new();
    folder.write("tea/a.md", ">>Q1: Which?<<\n(*) Green\n( ) Blue\n").write("tea/v.sh", "test -f cup\n");
    folder
        .write("tea/b.sh", "touch cup\n")
        .write("tea/h.sh", "echo hint\n")
        .write("tea/n.md", "The answer\n");
    folder.write("tea/assets/cup.txt", "cup\n");
    let step = json!({ "title": "One", "text": "a.md", "background": "b.sh", "verify": "v.sh", "hint": "h.sh", "answer": "n.md" });
    let assets = json!({ "host01": [{ "file": "cup.txt", "target": "~/", "chmod": "+x" }, { "file": "cup.txt", "target": "/opt" }] });
    folder.write("tea/index.json", index(json!({ "steps": [step], "assets": assets })));
    let (page, report, plan) = import(&folder);
    assert_eq!(actions(&plan, "command"), ["chmod +x 'cup.txt'", "bash 'setup/b.sh'"]);
    assert!(page.contains("<!-- scenario: check command=\"bash 'setup/v.sh'\" -->"), "{page}");
    for expected in ["<summary>Hint</summary>", "<summary>Answer</summary>\n\nGreen", "The answer", "- Blue"]
    {
        assert!(page.contains(expected), "{expected}\n{page}");
    }
    assert!(
        report.contains("asset `cup.txt` belongs to `/opt/cup.txt` on host01, outside the workspace"),
        "{report}"
    );
}

#[test]
fn importing_twice_gives_the_same_bytes_and_never_overwrites() {
    let folder = Folder::new();
    folder.scenario("tea", &["`ls`{{execute}}\n"]);
    import(&folder);
    assert!(folder.run(&["import", "tea", "--out", "second"]).status.success());
    for path in ["book.toml", "import.md", "src/SUMMARY.md", "src/step-1.md"] {
        let read = |book: &str| std::fs::read(folder.path(book).join(path)).unwrap();
        assert_eq!(read("book"), read("second"), "{path}");
    }
    let output = folder.run(&["import", "tea", "--out", "book"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stderr).starts_with("error: `book` is a folder that is not empty\n")
    );
    assert!(!Path::new("step-1.md").exists());
}

#[test]
fn bytes_that_no_page_may_have_and_html_that_goes_on_are_no_mistakes_in_the_book() {
    for text in
        ["a\0b `ls`{{execute}}\n", "a\rb `ls`{{execute}}\n", "<pre \n\n`ls`{{execute}}\n\n```\nx\n```\n"]
    {
        let (_, report, plan) = page(text);
        assert!(
            !report.ends_with("Everything is as it was.\n") || actions(&plan, "command") == ["ls"],
            "{report}"
        );
    }
}
