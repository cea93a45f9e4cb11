//! Programs that complain about a line of a file of the book: the message names the page and the line beside it.

use std::process::{Command, Stdio};

use snapbox::str;

use crate::playground::{Playground, skipped};
use crate::scenario_test::ScenarioTest;

/// Says that a test cannot run where a program is not installed.
fn has(program: &str) -> bool {
    let mut found = Command::new(program);
    let found = found.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let found = found.is_ok_and(|status| status.success());
    if !found {
        skipped(&format!("there is no `{program}`"));
    }
    found
}

#[test]
fn a_traceback_of_python_names_the_pages_of_its_lines() {
    let one =
        "# One\n\n```python file=web/app.py\nimport util\n\n\ndef main():\n    util.run()\n\n\nmain()\n```\n";
    let two = "# Two\n\n```python file=web/util.py\n\"\"\"Helps.\"\"\"\n\n\ndef run():\n    raise ValueError(\"no such thing\")\n```\n\n\
               ```console\n$ cd web\n$ python3 app.py\nstarted\n```\n";
    let playground = Playground::steps(&[one, two]);
    playground.run(&["step", "2"]).status(1).out(str![[r#"
  note playing steps 1 and 2
Step 1  step-1
  ✓ write `web/app.py`
Step 2  step-2
  ✓ write `web/util.py`
  ✓ cd web
  ✗ python3 app.py

error: the command failed because of what the page has at src/step-2.md:8:1
 --> src/step-2.md:8:1
  |
8 |     raise ValueError("no such thing")
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  expected: exit status 0
  found:    exit status 1
    Traceback (most recent call last):
      File "workspace/web/app.py", line 8, in <module>
        main()
      File "workspace/web/app.py", line 5, in main
        util.run()
      File "workspace/web/util.py", line 5, in run
        raise ValueError("no such thing")
    ValueError: no such thing
  help:     `web/util.py:5` comes from src/step-2.md:8:1; the command is at src/step-2.md:13:3
            `web/app.py:8` comes from src/step-1.md:11:1
            `web/app.py:5` comes from src/step-1.md:8:1
            terminal `T1` is in `web`, and not in the workspace itself
  again:    `scenario step 2`

step 2: 3 passed, 1 failed, 0 skipped in [TIME] s
the files in `workspace` and what runs are as far as this step came; nothing was undone

"#]]);
}

#[test]
fn an_error_of_rustc_names_the_page_of_its_line_and_a_warning_comes_after_it() {
    if !has("rustc") {
        return;
    }
    let page = "# One\n\n```rust file=main.rs\nfn main() {\n    let unused = 1;\n    wrong();\n}\n```\n\n```console\n$ rustc --emit=metadata main.rs\n```\n";
    let playground = ScenarioTest::step(page).playground();
    let told = playground.run(&["step", "1"]);
    told.status(1).says("error: the command failed because of what the page has at src/step-1.md:6:1\n");
    told.says("`main.rs:3` comes from src/step-1.md:6:1; the command is at src/step-1.md:11:3");
}

#[test]
fn a_stack_of_node_names_the_pages_of_its_lines() {
    if !has("node") {
        return;
    }
    let page = "# One\n\n```js file=app.js\nfunction run() {\n  throw new Error(\"no such thing\");\n}\n\nrun();\n```\n\n```console\n$ node app.js\n```\n";
    let playground = ScenarioTest::step(page).playground();
    let told = playground.run(&["step", "1"]);
    told.status(1).says("error: the command failed because of what the page has at src/step-1.md:5:1\n");
    told.says("`app.js:5` comes from src/step-1.md:8:1\n");
}

#[test]
fn the_log_of_a_background_process_names_the_pages_of_its_lines() {
    let page = "# One\n\n```python file=app.py\nraise ValueError(\"no such thing\")\n```\n\n```console background=app ready=log:ready within=20s\n$ python3 app.py\n```\n";
    let playground = ScenarioTest::step(page).playground();
    let told = playground.run(&["step", "1"]);
    told.status(1)
        .says("the background process `app` ended before it was ready")
        .says("`app.py:1` comes from src/step-1.md:4:1\n");
}
