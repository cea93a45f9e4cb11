//! Programs that complain about a line of a file of the book: pages get the place in the book as data.

use serde_json::json;

use crate::lab_test::{LabTest, until};

/// A shell script of two blocks whose third line fails, in a folder; what starts it does so from there.
const PAGE: &str = "# One

```sh file=tool/run.sh
echo begins
echo goes on
```

> And then:
>
> ```sh file=tool/run.sh append
> echo \"$0:3: wrong\"; exit 1
> ```

```console
$ cd tool
$ sh run.sh
begins
goes on
done
```

```console background=tool ready=log:done within=10s
$ sh run.sh
```
";

/// The place of the failing line.
fn place(block: &str) -> serde_json::Value {
    json!({
        "file": "tool/run.sh", "line": 3, "origin": "book/src/step-1.md:11:3", "page": "step-1.html", "block": block, "row": 1,
    })
}

#[test]
fn a_command_of_a_block_that_names_a_line_of_the_book_leads_to_the_page() {
    let test = LabTest::book(&[PAGE]);
    let lab = test.start();
    let (mut page, mut view) = (lab.page(), lab.view("1"));
    view.until_prompt();
    for index in [0, 1] {
        lab.post(&format!("/api/blocks/{}/apply", lab.block(1, index)), "{}").is(200);
    }
    let id = lab.block(1, 2);
    lab.post(&format!("/api/blocks/{id}/run"), "{}").is(202);
    let text = page.wait_for_block(&id, "failed");
    assert_eq!(
        text,
        "`sh run.sh`: the command failed; expected exit status 0; found exit status 1; \
         terminal `T1` is in `tool`, and not in the workspace itself"
    );
    let state = &lab.page().hello()["steps"][0]["blocks"][2]["state"].clone();
    assert_eq!(state["places"], json!([place(&lab.block(1, 1))]), "{state}");
}

#[test]
fn a_job_has_a_line_for_each_place_that_a_program_has_named() {
    let test = LabTest::book(&[PAGE]);
    let lab = test.start();
    let mut page = lab.page();
    lab.post("/api/steps/1/solve", "{}").is(202);
    let job = page.wait_for_job();
    assert_eq!(job["state"], "failed");
    let lines = job["lines"].as_array().expect("lines");
    let named: Vec<_> = lines.iter().filter(|line| !line["place"].is_null()).collect();
    assert_eq!(named.len(), 1, "{job}");
    assert_eq!(named[0]["place"], place(&lab.block(1, 1)));
    assert_eq!(named[0]["text"], "`tool/run.sh:3` comes from book/src/step-1.md:11:3");
    let says =
        lines.iter().filter(|line| line["text"].as_str().is_some_and(|text| text.contains("comes from")));
    assert_eq!(says.count(), 1, "{job}");
}

#[test]
fn a_background_process_that_names_a_line_of_the_book_leads_to_the_page() {
    let test = LabTest::book(&[&PAGE.replace("$ sh run.sh", "$ cd tool; sh run.sh")]);
    let lab = test.start();
    let mut page = lab.page();
    for index in [0, 1] {
        lab.post(&format!("/api/blocks/{}/apply", lab.block(1, index)), "{}").is(200);
    }
    let id = lab.block(1, 3);
    lab.post(&format!("/api/blocks/{id}/run"), "{}").is(202);
    page.wait_for_job();
    until("the state of the block", || {
        let state = &lab.page().hello()["steps"][0]["blocks"][3]["state"].clone();
        state["now"] == "failed" && state["places"] == json!([place(&lab.block(1, 1))])
    });
}
