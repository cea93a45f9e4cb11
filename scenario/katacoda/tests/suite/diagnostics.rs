//! What `inspect` prints for a person: the table, and each mistake with its place.

use serde_json::json;
use snapbox::{assert_data_eq, str};

use crate::scenario_test::{Folder, index};

#[test]
fn a_table_lists_the_scenarios_and_status_1_says_that_something_is_wrong() {
    let folder = Folder::new();
    folder.scenario("green", &["`ls`{{execute}} `a`{{copy}}\n"]).scenario("oolong", &["`ls`{{exeute}}\n"]);
    assert_eq!(folder.run(&["inspect", "green"]).status.code(), Some(0));
    assert_eq!(folder.run(&["inspect", "."]).status.code(), Some(1));
    assert_eq!(folder.run(&["inspect", "--json", "."]).status.code(), Some(0));
    assert_data_eq!(
        folder.say("."),
        str![[r#"
steps   runs  copies  opens  files  problems  scenario
    1      1       1      0      0         0  green: Tea
    1      0       0      0      0         1  oolong: Tea

error[unknown-action]: unknown action `exeute`
 --> oolong/step1.md:1:5
  |
1 | `ls`{{exeute}}
  |     ^^^^^^^^^^
  |
  = help: did you mean `execute`?


2 scenarios, 1 problem

"#]]
    );
}

#[test]
fn mistakes_of_a_page_are_shown_at_their_places() {
    let folder = Folder::new();
    folder.scenario(
        "tea",
        &[
            "Run `ls`{{exeute}} or `ls`{{execute interupt}} or ` `{{execute}}.\n\nThen:{{execute}}\n",
            "```{{exec}}\nls\n```\n<pre class=file data-target=append>x</pre>\n<pre class=”file”>x</pre>\n",
            "<pre class=file data-filename=a data-target=replace>\none\n</pre>\n<pre class=file data-filename=a data-target=insert data-marker=two>\nthree\n</pre>\n<pre class=file data-filename=a data-target=inset>x</pre>\n<pre class=file data-filename=a data-target=insert>x</pre>\n",
            "<pre class=file data-filename=a>\nx\n",
            "<!-- not closed\n",
            "```bash\nls\n",
        ],
    );
    assert_data_eq!(
        folder.say("."),
        str![[r##"
steps   runs  copies  opens  files  problems  scenario
    6      2       0      0      6        13  tea: Tea

error[unknown-action]: unknown action `exeute`
 --> tea/step1.md:1:9
  |
1 | Run `ls`{{exeute}} or `ls`{{execute interupt}} or ` `{{execute}}.
  |         ^^^^^^^^^^
  |
  = help: did you mean `execute`?

error[misspelt-word]: unknown word `interupt` in an action
 --> tea/step1.md:1:27
  |
1 | Run `ls`{{exeute}} or `ls`{{execute interupt}} or ` `{{execute}}.
  |                           ^^^^^^^^^^^^^^^^^^^^
  |
  = help: did you mean `interrupt`?

error[empty-command]: action without a command
 --> tea/step1.md:1:54
  |
1 | Run `ls`{{exeute}} or `ls`{{execute interupt}} or ` `{{execute}}.
  |                                                      ^^^^^^^^^^^
  |
  = help: write the command between the backticks, or remove the action

error[orphan-action]: action `execute` without code before it
 --> tea/step1.md:3:6
  |
3 | Then:{{execute}}
  |      ^^^^^^^^^^^
  |
  = help: put it directly behind the backticks of the code

error[action-on-opening-fence]: action `exec` on the first line of a code block
 --> tea/step2.md:1:4
  |
1 | ```{{exec}}
  |    ^^^^^^^^
  |
  = help: put it behind the fence that closes the block

error[no-filename]: block for a file without `data-filename`
 --> tea/step2.md:4:1
  |
4 | <pre class=file data-target=append>x</pre>
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: name the file, as in `data-filename="app.py"`

error[curly-quotes]: curly quotes in a tag
 --> tea/step2.md:5:1
  |
5 | <pre class=”file”>x</pre>
  | ^^^^^^^^^^^^^^^^^^
  |
  = help: write straight quotes; these are part of the value

error[marker-not-found]: marker `two` not found in `a`
 --> tea/step3.md:4:64
  |
4 | <pre class=file data-filename=a data-target=insert data-marker=two>
  |                                                                ^^^
  |
  = help: the marker must be in the file as the blocks before have left it

error[unknown-target]: unknown `data-target` `inset`
 --> tea/step3.md:7:45
  |
7 | <pre class=file data-filename=a data-target=inset>x</pre>
  |                                             ^^^^^
  |
  = help: expected `replace`, `append`, `prepend`, `insert` or `clipboard`

error[no-marker]: `data-target="insert"` without `data-marker`
 --> tea/step3.md:8:1
  |
8 | <pre class=file data-filename=a data-target=insert>x</pre>
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: name the text that the block replaces, as in `data-marker="# here"`

error[unclosed-pre]: `<pre>` is not closed
 --> tea/step4.md:1:1
  |
1 | <pre class=file data-filename=a>
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: close it with `</pre>`

error[unclosed-comment]: comment is not closed
 --> tea/step5.md:1:1
  |
1 | <!-- not closed
  | ^^^^
  |
  = help: close it with `-->`

error[unclosed-fence]: code block is not closed
 --> tea/step6.md:1:1
  |
1 | ```bash
  | ^^^^^^^
  |
  = help: close it with a line of as many characters as it begins with


1 scenario, 13 problems

"##]]
    );
}

#[test]
fn mistakes_of_index_json_are_shown_at_their_places() {
    let folder = Folder::new();
    folder.write("a/index.json", "{\n  \"title\": \"A\"\n  \"details\": {\"steps\": []}\n}\n");
    folder.write("b/page.md", "\n").write("b/beside.txt", "");
    let assets =
        json!({ "host01": [{ "file": "gone.txt", "target": "/" }, { "file": "beside.txt", "target": "/" }] });
    let steps = json!([{ "text": "gone.md", "verify": "gone.sh" }, { "text": "page.md" }]);
    folder.write("b/index.json", index(json!({ "steps": steps, "assets": assets, "stpes": [] })));
    assert_data_eq!(
        folder.say("."),
        str![[r#"
steps   runs  copies  opens  files  problems  scenario
    0      0       0      0      0         1  a: (no title)

error[invalid-json]: invalid JSON: expected `,` or `}`
 --> a/index.json:3:3
  |
3 |   "details": {"steps": []}
  |   ^
  |
  = help: correct the file; a comma before a closing bracket is accepted

    2      0       0      0      0         6  b: Tea

error[unknown-details-key]: unknown key `stpes` in `details`
  --> b/index.json:27:5
   |
27 |     "stpes": []
   |     ^^^^^^^
   |
   = help: expected `steps`, `intro`, `finish`, `assets`

error[missing-page]: page `gone.md` not found
  --> b/index.json:20:17
   |
20 |         "text": "gone.md",
   |                 ^^^^^^^^^
   |
   = help: add the file, or correct its name

error[missing-verify]: verify file `gone.sh` not found
  --> b/index.json:21:19
   |
21 |         "verify": "gone.sh"
   |                   ^^^^^^^^^
   |
   = help: add the file, or correct its name

error[empty-page]: page `page.md` is empty
  --> b/index.json:24:17
   |
24 |         "text": "page.md"
   |                 ^^^^^^^^^
   |
   = help: write the page, or take it out of index.json

error[asset-not-found]: asset `gone.txt` not found in `assets`
 --> b/index.json:9:19
  |
9 |           "file": "gone.txt",
  |                   ^^^^^^^^^^
  |
  = help: add the file to the folder `assets`, or correct its name

error[asset-beside-assets]: asset `beside.txt` is beside the folder `assets`, not in it
  --> b/index.json:13:19
   |
13 |           "file": "beside.txt",
   |                   ^^^^^^^^^^^^
   |
   = help: move the file into the folder `assets`


2 scenarios, 7 problems

"#]]
    );
}
