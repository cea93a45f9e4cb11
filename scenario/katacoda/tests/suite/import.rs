//! From a scenario to a book: each construct becomes its block, the parser accepts the book, and nothing is lost.

use std::path::Path;

use scenario_core::book::Book;
use scenario_core::files::Files;
use scenario_core::plan::Plan;
use serde_json::{Value, json};

use crate::scenario_test::{Folder, index};

/// The page of the first step, the lines of the report, and the plan.
pub(crate) fn import(folder: &Folder) -> (String, String, Value) {
    let output = folder.run(&["import", "tea", "--out", "book"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |path: &str| std::fs::read_to_string(folder.path(path)).unwrap_or_default();
    let book = Book::load(&folder.path("book")).unwrap();
    let plan = Plan::new(book.into_scenario().unwrap());
    (read("book/src/step-1.md"), read("book/import.md"), serde_json::to_value(&plan).unwrap())
}

pub(crate) fn page(text: &str) -> (String, String, Value) {
    let folder = Folder::new();
    folder.scenario("tea", &[text]);
    import(&folder)
}

/// Asserts that a text contains each of the parts.
#[track_caller]
pub(crate) fn has_all(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

/// The values of a key of all actions.
pub(crate) fn actions(plan: &Value, key: &str) -> Vec<String> {
    let steps = plan["steps"].as_array().unwrap().iter().flat_map(|step| step["actions"].as_array().unwrap());
    steps.filter_map(|action| action[key].as_str()).map(str::to_owned).collect()
}

#[test]
fn runs_become_blocks_behind_their_paragraph_in_order() {
    let (page, report, plan) = page(
        "Run `ls`{{execute}} and\nthen `pwd`{{execute T2}}. Привет!\n\nMore.\n\n```bash\ndate\nid\n```{{exec}}\nEnd `a`{{copy}}\n",
    );
    let expected = "# Step\n\nRun `ls` and\nthen `pwd`. Привет!\n\n```console\n$ ls\n```\n\n```console terminal=T2\n$ pwd\n```\n\nMore.\n\n\
        ```console terminal=T2\n$ date\n$ id\n```\n\nEnd `a`\n\n```text ignore=\"to copy\"\na\n```\n";
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
    has_all(
        &page,
        &[
            "```python file=\"a.py\"\nx = 1\n# here\ny = <b>\n```\n",
            "```python file=\"a.py\" replace=\"# here\"\nz = 2\n\n```\n",
            "```python file=\"a.py\" append\nend\n```\n",
            "```text file=\"b.txt\"\nb\n```\n",
            "ignore=\"changes /etc/hosts, which is outside the workspace\"\n127.0.0.1 tea\n",
            "```text ignore=\"shown only\"\nonly shown\n```\n",
        ],
    );
}

#[test]
fn an_interrupt_ends_what_was_run_last_in_its_terminal() {
    let (page, report, plan) = page(
        "`python3 -m http.server 8000`{{execute}}\n\nSee [it](https://[[HOST_SUBDOMAIN]]-8000-[[KATACODA_HOST]].environments.katacoda.com/).\n\n\
         `curl localhost:8000`{{execute T2}}\n\n`ls`{{execute T1 interrupt}}\n\n\
         ```\nA=1\n./loop\n```{{execute}}\n\n`cd app`{{execute interrupt}}\n\n`pwd`{{execute interrupt}}\n\n`tail -f log`{{execute T3}}\n",
    );
    has_all(
        &page,
        &[
            "```console background=t1-1 ready=8000 within=60s\n$ python3 -m http.server 8000\n",
            "```console stop=t1-1\n$ ls\n",
            "[it](http://localhost:8000/)",
            "```console\n$ A=1\n```\n\n```console background=t1-4 ready=wait within=60s\n$ ./loop\n```\n",
            "```console stop=t1-4\n$ cd app\n",
            "```console\n$ pwd\n",
            "```console terminal=T3 background=t3-7 ready=wait within=5s\n$ tail -f log\n",
        ],
    );
    assert!(
        report.contains("step1.md:16: `interrupt` does nothing: `cd app` has ended by itself"),
        "{report}"
    );
    assert!(
        report
            .contains("step1.md:18: `tail -f log` is assumed to keep running, because no interrupt ends it"),
        "{report}"
    );
    assert_eq!(actions(&plan, "kind").iter().filter(|kind| *kind == "background").count(), 3);
}

#[test]
fn what_a_page_leaves_running_goes_on_in_the_background() {
    let (page, _, plan) = page("```\n./a &\n./b > log 2>&1 &\nls\n```{{execute}}\n");
    let expected = "```console background=t1-1 ready=wait within=60s\n$ ./a\n```\n\n\
        ```console background=t1-2 ready=wait within=60s\n$ ./b > log 2>&1\n```\n\n```console\n$ ls\n```\n";
    assert!(page.contains(expected), "{page}");
    assert_eq!(actions(&plan, "command"), ["./a", "./b > log 2>&1", "ls"]);
}

#[test]
fn commands_change_containers_as_they_did() {
    let (page, report, plan) = page(
        "`docker build -t app .`{{execute}}\n\n`docker run -d --name=app app`{{execute}}\n\n\
         `docker run -d --name=web nginx; docker-compose up -d`{{execute}}\n\n`docker kill app`{{execute}}\n\n\
         `docker run -d --name=b -p 81:80 app`{{execute}}\n\n`curl localhost:81/a`{{execute}}\n",
    );
    has_all(
        &page,
        &[
            "```console\n$ docker build -t app .\n",
            "```console\n$ docker run -d --name=app app\n",
            "```console untracked\n$ docker run -d --name=web nginx; docker-compose up -d\n",
            "```console\n$ docker kill app\n",
            "```console ready=81 within=60s\n$ docker run -d --name=b -p 81:80 app\n",
        ],
    );
    assert_eq!(actions(&plan, "command").len(), 6);
    assert!(report.ends_with("Everything is as it was.\n"), "{report}");
}

#[test]
fn a_file_of_a_command_can_be_changed_and_one_of_a_page_by_commands() {
    let (page, report, _) = page(
        "<pre class=file data-filename=x.py data-target=insert data-marker=a>b</pre>\n\n`git clone tea`{{execute}}\n\n\
         <pre class=file data-filename=tea/a.py data-target=insert data-marker=\"x = 1\">x = 2</pre>\n\n\
         <pre class=file data-filename=new.txt>one</pre>\n\n`sed -i s/one/two/ new.txt`{{execute}}\n\n`cat new.txt`{{execute}}\n",
    );
    has_all(
        &page,
        &[
            "ignore=\"nothing before makes the file\"\nb\n",
            "```console writes=\"tea/a.py\"\n$ git clone tea\n",
            "```python file=\"tea/a.py\" replace=\"x = 1\"\nx = 2\n",
            "```text file=\"new.txt\"\none\n",
            "```console writes=\"new.txt\"\n$ sed -i s/one/two/ new.txt\n",
            "```console\n$ cat new.txt\n",
        ],
    );
    assert!(
        report.contains("step1.md:1: `x.py` cannot be changed, nothing before makes the file"),
        "{report}"
    );
}

#[test]
fn the_files_are_those_that_a_person_gets_by_hand() {
    let folder = Folder::new();
    let before = "<pre class=\"file\" data-filename=\"./tea/tea.py\" data-target=\"replace\">\nfrom pot import Pot\n\npot = Pot()\n\nif pot:\n    pot.pour()\n</pre>\n";
    let page = "<pre class=\"file\" data-filename=\"./tea/leaves.py\" data-target=\"replace\">\nLEAVES = [\n    \"green\"\n]\n</pre>\n\n\
        Текст\n<pre class=\"file\" data-filename=\"./tea/leaves.py\" data-target=\"append\">\n\ndef leaves(cup=None):\n    return LEAVES\n\n</pre>\n\n\
        <pre class=\"file\" data-filename=\"./tea/tea.py\" data-target=\"insert\" data-marker=\"from pot import Pot\">\nfrom pot import Pot\n\nfrom leaves import leaves\n</pre>\n\n\
        <pre class=\"file\" data-filename=\"./tea/tea.py\" data-target=\"insert\" data-marker=\"if pot:\">\nif pot:\n    leaves(pot)\n</pre>\n\n\
        <pre class=\"file\" data-filename=\"./tea/tea.py\" data-target=\"insert\" data-marker=\"if pot:\">\n\ndef cup():\n    return pot &lt; 1\n\nif pot:\n</pre>\n";
    folder.scenario("tea", &[before, page]);
    import(&folder);
    let scenario = Book::load(&folder.path("book")).unwrap().into_scenario().unwrap();
    let files = Files::at(&scenario, 2);
    assert_eq!(
        files.text("tea/tea.py").unwrap(),
        "from pot import Pot\n\nfrom leaves import leaves\n\n\npot = Pot()\n\n\ndef cup():\n    return pot < 1\n\nif pot:\n\n    leaves(pot)\n\n    pot.pour()\n"
    );
    assert_eq!(
        files.text("tea/leaves.py").unwrap(),
        "LEAVES = [\n    \"green\"\n]\n\ndef leaves(cup=None):\n    return LEAVES\n\n"
    );
}

#[test]
fn pictures_are_taken_over_and_only_from_the_folder() {
    let folder = Folder::new();
    folder.write("secret.png", "no").write("tea/assets/cup.png", "cup").write("tea/one/a.md", "![c](/user/tea/assets/cup.png)\n<img src=\"../assets/cup.png\">\n`![c](x.png)`\n![s](../../secret.png)\n");
    folder.write("tea/index.json", index(json!({ "steps": [{ "title": "One", "text": "one/a.md" }] })));
    let (page, report, _) = import(&folder);
    assert_eq!(
        page,
        "# One\n\n![c](images/1-cup.png)\n<img src=\"images/1-cup.png\">\n`![c](x.png)`\n![s](../../secret.png)\n"
    );
    assert_eq!(std::fs::read_to_string(folder.path("book/src/images/1-cup.png")).unwrap(), "cup");
    assert!(
        report.contains("one/a.md:4: picture `../../secret.png` is outside the folder; left out"),
        "{report}"
    );
}

#[test]
fn what_cannot_be_expressed_stays_visible_and_is_reported_with_its_line() {
    let (page, report, plan) = page(
        "`ls`{{exeute}}\n\nThen:{{execute}}\n\n`^C`{{execute ctrl-seq}}\n\n`id`{{execute HOST2}}\n\n```{{exec}}\nls\n```\n\n\
         `ssh`{{execute node02}}\n\n`i`{{execute no-newline}}\n",
    );
    has_all(
        &page,
        &[
            "`ls`{{exeute}}",
            "Then:{{execute}}",
            "ignore=\"keys to press\"\n^C",
            "ignore=\"on host02\"\nid",
            "ignore=\"on node02\"\nssh",
            "ignore=\"typed without Return\"\ni",
        ],
    );
    has_all(
        &report,
        &[
            "step1.md:1: unknown action `exeute`",
            "step1.md:3: action `execute`",
            "step1.md:5: keys",
            "step1.md:7: runs on host02",
            "step1.md:9: action `exec`",
            "step1.md:13: runs on node02",
            "step1.md:15: typed without Return",
        ],
    );
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
    has_all(
        &page,
        &[
            "<summary>Hint</summary>",
            "<summary>Green</summary>\n\nRight.",
            "<summary>Blue</summary>\n\nWrong.",
            "The answer",
            "background=set-up-",
        ],
    );
    assert!(
        report.contains(
            "asset `cup.txt` belongs to /opt/cup.txt on host01, outside the workspace: it is shown only"
        ),
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

#[test]
fn a_language_that_is_an_attribute_becomes_plain_text_on_any_number_of_blocks() {
    let (page, report, _) = page(&"```append\ncup\n```\n\n".repeat(300));
    assert_eq!(page.matches("```text ignore=\"shown only\"\ncup\n```\n").count(), 300, "{page}");
    assert!(report.ends_with("Everything is as it was.\n"), "{report}");
}

#[test]
fn what_only_looks_like_a_directive_or_a_tag_is_text() {
    let folder = Folder::new();
    let comment = "<!-- scenario: check command=\"touch cup\" -->";
    folder
        .write("tea/a.md", format!("`a`{{{{exe {comment}}}}}\n\nAn open <pre tag.\n\n`ls`{{{{execute}}}}\n"));
    let title = format!("Tea\0 {comment}");
    folder.write("tea/index.json", index(json!({ "steps": [{ "title": title, "text": "a.md" }] })));
    let (page, _, plan) = import(&folder);
    let shown = comment.replace('<', "&lt;");
    assert!(
        page.starts_with(&format!(
            "# Tea\u{fffd} {shown}\n\n`a`{{{{exe {shown}}}}}\n\nAn open &lt;pre tag.\n"
        )),
        "{page}"
    );
    assert_eq!(
        (actions(&plan, "kind"), actions(&plan, "command")),
        (vec!["command".into()], vec!["ls".into()])
    );
}

#[test]
fn a_mode_is_only_a_mode() {
    let folder = Folder::new();
    folder.write("tea/a.md", "Tea\n").write("tea/assets/cup", "cup\n");
    let asset = json!({ "file": "cup", "target": "~/", "chmod": "+x cup; touch pot" });
    let details = json!({ "steps": [{ "title": "One", "text": "a.md" }], "assets": { "host01": [asset] } });
    folder.write("tea/index.json", index(details));
    let (_, report, plan) = import(&folder);
    assert_eq!(actions(&plan, "command"), Vec::<String>::new());
    assert!(report.contains(": asset `cup`: invalid mode `+x cup; touch pot`; left out"), "{report}");
}

#[test]
fn a_book_has_a_numbered_chapter_and_a_scenario_pages() {
    let folder = Folder::new();
    folder.write("tea/a.md", "Tea\n");
    folder.write("tea/index.json", index(json!({ "intro": { "text": "a.md" }, "steps": [] })));
    let (_, _, plan) = import(&folder);
    assert_eq!(plan["steps"][0]["title"], "Introduction");
    folder.write("none/index.json", index(json!({ "steps": [] })));
    let output = folder.run(&["import", "none", "--out", "other"]);
    assert_eq!(
        (output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()),
        (Some(2), "error: the scenario has no pages\n  help: add a step to index.json\n")
    );
}
