//! Blocks that do not end where their author meant: the message, and the page after the offered edit.

use scenario_core::page_edit;
use snapbox::str;

use crate::scenario_test::{ScenarioTest, rejects};

/// Checks that a page has no mistakes after the offered edit.
#[track_caller]
fn is_mended(page: &str, mended: &str) {
    let book = ScenarioTest::step(page).book();
    let [mistake] = book.diagnostics.as_slice() else { panic!("{:?}", book.diagnostics) };
    let edits: Vec<_> = mistake.help.iter().filter_map(|help| help.edit.clone()).collect();
    let edited = page_edit::apply(&book.scenario.sources, &edits);
    assert_eq!(edited.pages[mistake.primary.page].text, mended);
    ScenarioTest::step(mended).diagnostics(str![""]);
}

#[test]
fn a_closing_fence_outside_its_list_item_is_named() {
    let page = "1. Run:\n\n   ```console\n   $ ls\n```\n\nThen:\n\n```console\n$ pwd\n```\n";
    rejects(
        page,
        str![[r#"
error[unclosed-fence]: unclosed fence
 --> src/step-1.md:3:4
  |
3 |    ```console
  |    ^^^^^^^^^^
4 |    $ ls
5 | ```
  | --- this line is outside the list item of the block
  |
  = help: indent the closing fence as far as the opening one; as it is, it ends the list item and opens another block

"#]],
    );
    is_mended(page, &page.replace("\n```\n\nThen", "\n   ```\n\nThen"));
    let nested = "- a\n  - b\n\n    ```console\n    $ ls\n  ```\n\nText.\n";
    is_mended(nested, &nested.replace("\n  ```\n", "\n    ```\n"));
    let with_tab = "1.\tRun:\n\n\t```console\n\t$ ls\n\n```\n";
    is_mended(with_tab, &with_tab.replace("\n```\n", "\n\t```\n"));
}

#[test]
fn a_closing_fence_outside_its_quote_is_named() {
    let page = "> Run:\n>\n> ```console\n> $ ls\n```\n\nThen:\n\n```console\n$ pwd\n```\n";
    rejects(
        page,
        str![[r#"
error[unclosed-fence]: unclosed fence
 --> src/step-1.md:3:3
  |
3 | > ```console
  |   ^^^^^^^^^^
4 | > $ ls
5 | ```
  | --- this line is outside the quote of the block
  |
  = help: begin the line of the closing fence with `>`, as that of the opening one; as it is, it ends the quote and opens another block

"#]],
    );
    is_mended(page, &page.replace("\n```\n\nThen", "\n> ```\n\nThen"));
    let in_list = "- > ```console\n  > $ ls\n  ```\n";
    is_mended(in_list, "- > ```console\n  > $ ls\n  > ```\n");
}

#[test]
fn lines_outside_the_list_item_or_quote_of_their_block_are_named() {
    rejects(
        "1. Run:\n\n   ```console\n$ ls\n   ```\n\nText.\n",
        str![[r#"
error[unclosed-fence]: unclosed fence
 --> src/step-1.md:3:4
  |
3 |    ```console
  |    ^^^^^^^^^^
4 | $ ls
  | ---- this line is outside the list item of the block
  |
  = help: a block ends with its list item: indent all its lines as far as its opening fence, and close it with a line that is ``` and nothing else

"#]],
    );
    rejects(
        "> ```console\n$ ls\n```\n\nText.\n",
        str![[r#"
error[unclosed-fence]: unclosed fence
 --> src/step-1.md:1:3
  |
1 | > ```console
  |   ^^^^^^^^^^
2 | $ ls
  | ---- this line is outside the quote of the block
  |
  = help: a block ends with its quote: begin all its lines with `>`, and close it with a line that is ``` and nothing else

"#]],
    );
    // The fence below may be correct, so it is not reported.
    rejects(
        "- Run:\n\n  ```console\n  $ ls\n\nText.\n\n```console\n$ pwd\n```\n",
        str![[r#"
error[unclosed-fence]: unclosed fence
 --> src/step-1.md:3:3
  |
3 |   ```console
  |   ^^^^^^^^^^
  |
  = help: a block ends with its list item: indent all its lines as far as its opening fence, and close it with a line that is ``` and nothing else

"#]],
    );
}

#[test]
fn other_marks_than_those_of_the_opening_fence_are_named() {
    let page = "~~~console\n$ ls\n```\n\nThen:\n\n```console\n$ pwd\n```\n";
    rejects(
        page,
        str![[r#"
error[unclosed-fence]: unclosed fence
 --> src/step-1.md:1:1
  |
1 | ~~~console
  | ^^^^^^^^^^
2 | $ ls
3 | ```
  | --- this looks like its end
  |
  = help: write ~~~ in place of ```: a closing fence has the marks of the opening one, and at least as many

"#]],
    );
    is_mended(page, &page.replace("\n```\n\nThen", "\n~~~\n\nThen"));
    let page = "```console\n$ ls\n~~~\n\nThen:\n\n```console\n$ pwd\n```\n";
    rejects(
        page,
        str![[r#"
error[unclosed-fence]: unclosed fence
 --> src/step-1.md:1:1
  |
1 | ```console
  | ^^^^^^^^^^
2 | $ ls
3 | ~~~
  | --- this looks like its end
  |
  = help: write ``` in place of ~~~: a closing fence has the marks of the opening one, and at least as many

"#]],
    );
    is_mended(page, &page.replace("~~~", "```"));
    for (opening, closing) in [("````", "```"), ("```", "``"), ("~~~", "~~")] {
        let page = |closing| format!("{opening}console\n$ ls\n{closing}\n\nText.\n");
        is_mended(&page(closing), &page(opening));
    }
    let indented = "```console\n$ ls\n     ```\n";
    is_mended(indented, "```console\n$ ls\n```\n");
}

#[test]
fn a_pair_of_other_marks_is_text_of_its_block() {
    // It is not known which of them was meant to end the block.
    rejects(
        "````text file=a.md\n```\none\n```\n",
        str![[r#"
error[unclosed-fence]: unclosed fence
 --> src/step-1.md:1:1
  |
1 | ````text file=a.md
  | ^^^^^^^^^^^^^^^^^^
  |
  = help: close the block with a line that is ```` and nothing else

"#]],
    );
    ScenarioTest::step("````text file=a.md\n```\none\n````\n").diagnostics(str![""]);
}

#[test]
fn a_text_behind_a_closing_fence_is_named() {
    let page = "```console\n$ ls\n``` {.shell}\n\nThen:\n\n```console\n$ pwd\n```\n";
    rejects(
        page,
        str![[r#"
error[fence-inside-block]: fence inside another block
 --> src/step-1.md:3:1
  |
1 | ```console
  | ---------- the block is opened here
2 | $ ls
3 | ``` {.shell}
  | ^^^^^^^^^^^^
  |
  = help: remove `{.shell}`: a closing fence carries nothing, so the block does not end here

"#]],
    );
    is_mended(page, &page.replace(" {.shell}", ""));
    let page = "```console\n$ ls\n```console\n\nText.\n";
    is_mended(page, &page.replace("ls\n```console", "ls\n```"));
    let page = "```console\n$ ls\n```{{execute}}\n\nText.\n";
    is_mended(page, &page.replace("{{execute}}", ""));
}
