//! The second book, `tests/fixtures/second-book`: as much of the format as a machine without containers and
//! Prometheus can run.

use scenario_core::files::Files;
use snapbox::str;

use crate::scenario_test::ScenarioTest;

#[test]
fn it_says_what_it_is_to_say() {
    ScenarioTest::fixture("second-book").outline(str![[r#"
step 1: Write notes
5-9 write notes/shopping.txt
13-15 insert-after notes/shopping.txt
19-26 console
  run "cat notes/shopping.txt"
    "bread"
    "..."
    "apples"
  run "grep -c cheese notes/shopping.txt"
    "1"
30-34 console
  run "grep -c caviar notes/shopping.txt", status 1
    "0"
38-44 console
  run "printf '%s has %s lines\\n' notes/shopping.txt \\\n    \"$(grep -c '' notes/shopping.txt)\""
    "notes/shopping.txt has [..] lines"
  run "date"
48-56 write clock.sh
58-60 background clock
  ready Log("tick 2") within 10s
  run "sh clock.sh"
step 2: Serve them
5-9 write notes/index.html
13-15 background server
  ready Url("http://127.0.0.1:18765/") within 20s
  run "python3 -m http.server 18765 --bind 127.0.0.1 --directory notes"
19 check Http { url: "http://127.0.0.1:18765/shopping.txt", status: Some(200), header: Some(("content-type", "text/plain")), contains: Some("cheese"), matches: None } within 5s
20 check Http { url: "http://127.0.0.1:18765/", status: None, header: None, contains: None, matches: Some("<title>[A-Z][a-z]+</title>") } within 5s
step 3: Change them
5-7 replace notes/index.html
9-11 append notes/shopping.txt
15-18 ignored: an example that nobody needs
20 check Http { url: "http://127.0.0.1:18765/", status: None, header: None, contains: Some("<p>Tomorrow:"), matches: None } within 5s
21 check Http { url: "http://127.0.0.1:18765/shopping.txt", status: None, header: None, contains: None, matches: Some("tea\\n$") } within 5s
22 check Http { url: "http://127.0.0.1:18765/shopping.txt", status: Some(200), header: None, contains: None, matches: None } within 5s, already true: the list is served since step 2

"#]]);
}

#[test]
fn its_files_become_what_it_promises() {
    let book = ScenarioTest::fixture("second-book");
    let files = Files::at(&book.scenario(), 3);
    for name in ["shopping.txt", "index.html"] {
        let promised = std::fs::read_to_string(book.dir().join("notes").join(name)).expect("a promised file");
        assert_eq!(files.text(&format!("notes/{name}")), Some(promised));
    }
    assert_eq!(files.paths().count(), 3);
}

#[test]
fn its_steps_are_listed() {
    let book = ScenarioTest::fixture("second-book");
    book.run("steps")
        .code(0)
        .stdout(str![[r#"
1  Write notes  (src/step-1-write.md)
2  Serve them  (src/step-2-serve.md)
3  Change them  (src/step-3-change.md)

"#]])
        .stderr(str![]);
    book.run("steps --json").code(0).stdout(str![[r#"
[{"label":"1","number":1,"page":"src/step-1-write.md","title":"Write notes"},{"label":"2","number":2,"page":"src/step-2-serve.md","title":"Serve them"},{"label":"3","number":3,"page":"src/step-3-change.md","title":"Change them"}]

"#]]);
}

#[test]
fn its_plan_is_shown() {
    ScenarioTest::fixture("second-book").run("plan 3").code(0).stdout(str![[r#"
Step 3  Change them
  edit       edit `notes/index.html` (replace)  (src/step-3-change.md:5:1)
  edit       edit `notes/shopping.txt` (append)  (src/step-3-change.md:9:1)
  ignored    a block that is not run: an example that nobody needs  (src/step-3-change.md:15:1)
  check      `http://127.0.0.1:18765/` contains `<p>Tomorrow:`  (src/step-3-change.md:20:1)
  check      `http://127.0.0.1:18765/shopping.txt` matches `tea\n$`  (src/step-3-change.md:21:1)
  check      `http://127.0.0.1:18765/shopping.txt` answers 200  (src/step-3-change.md:22:1)
census: 12 blocks: 6 file edits, 5 of commands, 0 queries, 1 ignored with a reason, 0 unaccounted; 5 hidden checks

"#]]);
}

#[test]
fn a_book_with_a_mistake_is_not_run() {
    let book =
        ScenarioTest::fixture("second-book").file("src/step-2-serve.md", "```console\n$ ls -la &\n```\n");
    book.run("step 1").code(2).stdout(str![]).stderr(str![[r#"
error: 2 mistakes in the book; nothing was run

error[trailing-ampersand]: `&` is not allowed at the end of a command
 --> src/step-2-serve.md:2:3
  |
2 | $ ls -la &
  |   ^^^^^^^^
  |
  = help: remove it, and add `background=NAME`, `ready=` and `within=` to the block

error[unknown-file]: no earlier block writes `notes/index.html`
 --> src/step-3-change.md:5:14
  |
5 | ```html file=notes/index.html replace="Today"
  |              ^^^^^^^^^^^^^^^^
  |
  = help: first write the whole file, in a block with `file=notes/index.html` and nothing else;
          if a command makes it, add `writes="notes/index.html"` to the block of that command

"#]]);
}
