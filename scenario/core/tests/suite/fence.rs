//! Which text is a block, where a block begins and ends, and that none is overlooked.

use scenario_core::excerpt::Style;
use snapbox::str;

use crate::scenario_test::{ScenarioTest, rejects};

#[test]
fn a_block_has_its_lines() {
    let text = "# One\n\n```text file=a\none\n\n  two\n```\n\n~~~text file=b\nthree\n~~~\n";
    ScenarioTest::step(text)
        .outline(str![[r#"
step 1: step-1
3-7 write a
9-11 write b

"#]])
        .files_at(
            1,
            "a",
            str![[r#"
one

  two

"#]],
        );
}

#[test]
fn blocks_in_lists_and_quotes_lose_the_prefix() {
    ScenarioTest::step(
        r#"
1. First:

   ```text file=list
   one
     two

   three
   ```

> Note:
>
> ```text file=quote
> one
>
> two
> ```

- a

  > ```text file=both
  > one
  >   two
  > ```
"#,
    )
    .outline(str![[r#"
step 1: step-1
3-8 write list
12-16 write quote
20-23 write both

"#]])
    .files_at(
        1,
        "list",
        str![[r#"
one
  two

three

"#]],
    )
    .files_at(
        1,
        "quote",
        str![[r#"
one

two

"#]],
    )
    .files_at(
        1,
        "both",
        str![[r#"
one
  two

"#]],
    );
}

#[test]
fn a_place_in_a_list_is_that_of_the_text() {
    rejects(
        "1. Run\n\n   ```console\n   $ make &\n   ```\n\n> ```console\n> $ ls\n> ? x\n> ```\n",
        str![[r#"
error[trailing-ampersand]: `&` is not allowed at the end of a command
 --> src/step-1.md:4:6
  |
4 |    $ make &
  |      ^^^^^^
  |
  = help: remove it, and add `background=NAME`, `ready=` and `within=` to the block

error[invalid-exit-status]: invalid exit status `? x`
 --> src/step-1.md:9:3
  |
9 | > ? x
  |   ^^^
  |
  = help: write a number from 0 to 255, as in `? 1`, directly below the command

"#]],
    );
}

#[test]
fn windows_line_endings_are_read_as_newlines() {
    ScenarioTest::step("```text file=a\r\none\r\n\r\ntwo\r\n```\r\n\r\n```console\r\n$ ls\r\none\r\n```\r\n")
        .outline(str![[r#"
step 1: step-1
1-5 write a
7-10 console
  run "ls"
    "one"

"#]])
        .files_at(
            1,
            "a",
            str![[r#"
one

two

"#]],
        );
    rejects(
        "Windows\r\n\r\n```console\r\n$ make &\r\n```\r\n",
        str![[r#"
error[trailing-ampersand]: `&` is not allowed at the end of a command
 --> src/step-1.md:4:3
  |
4 | $ make &
  |   ^^^^^^
  |
  = help: remove it, and add `background=NAME`, `ready=` and `within=` to the block

"#]],
    );
}

#[test]
fn a_byte_order_mark_does_not_hide_the_first_block() {
    ScenarioTest::step("\u{feff}```text file=a\none\n```\n").outline(str![[r#"
step 1: step-1
1-3 write a

"#]]);
}

#[test]
fn tabs_are_kept() {
    ScenarioTest::step("```make file=Makefile\nall:\n\techo\t1\n```\n").files_at(
        1,
        "Makefile",
        str![[r#"
all:
	echo	1

"#]],
    );
    rejects(
        "```text\tfile=a\twrong=1\nx\n```\n",
        str![[r#"
error[unknown-attribute]: unknown attribute `wrong`
 --> src/step-1.md:1:16
  |
1 | ```text    file=a    wrong=1
  |                      ^^^^^
  |
  = help: expected `file`, `append`, `prepend`, `insert-before`, `insert-after`, `replace`, `replace-to`, `exercise` or `mistake`

"#]],
    );
}

#[test]
fn the_last_line_of_a_page_needs_no_newline() {
    ScenarioTest::step("```text file=a\none\n```").files_at(
        1,
        "a",
        str![[r#"
one

"#]],
    );
}

#[test]
fn a_fence_holds_shorter_and_other_fences() {
    ScenarioTest::step(
        "````markdown file=a.md\n```rust\nfn main() {}\n```\n~~~\n````\n\n~~~markdown file=b.md\n```\n````\n~~~\n",
    )
    .files_at(1, "a.md", str![[r#"
```rust
fn main() {}
```
~~~

"#]])
    .files_at(1, "b.md", str![[r#"
```
````

"#]]);
}

#[test]
fn a_closing_fence_may_be_longer() {
    ScenarioTest::step("```text file=a\none\n`````\n").files_at(
        1,
        "a",
        str![[r#"
one

"#]],
    );
}

#[test]
fn a_closing_fence_carries_nothing() {
    rejects(
        "```console\n$ ls\n```{{execute}}\n\nText.\n",
        str![[r#"
error[fence-inside-block]: fence inside another block
 --> src/step-1.md:3:1
  |
1 | ```console
  | ---------- the block is opened here
2 | $ ls
3 | ```{{execute}}
  | ^^^^^^^^^^^^^^
  |
  = help: remove `{{execute}}`: a closing fence carries nothing, so the block does not end here

"#]],
    );
}

#[test]
fn a_closing_fence_that_carries_something_does_not_swallow_the_next_block() {
    rejects(
        "```console\n$ ls\n```{{execute}}\n\n```text file=a\none\n```\n",
        str![[r#"
error[fence-inside-block]: fence inside another block
 --> src/step-1.md:3:1
  |
1 | ```console
  | ---------- the block is opened here
2 | $ ls
3 | ```{{execute}}
  | ^^^^^^^^^^^^^^
  |
  = help: remove `{{execute}}`: a closing fence carries nothing, so the block does not end here

"#]],
    );
}

#[test]
fn a_forgotten_closing_fence_does_not_swallow_the_next_block() {
    rejects(
        "```console\n$ ls\n\nThen write it:\n\n```text file=a\none\n```\n\n```console\n$ cd a\n```\n",
        str![[r#"
error[fence-inside-block]: fence inside another block
 --> src/step-1.md:6:1
  |
1 | ```console
  | ---------- the block is opened here
...
6 | ```text file=a
  | ^^^^^^^^^^^^^^
  |
  = help: close that block first, with a line that is ``` and nothing else;
          or, if this line belongs to it, open and close that block with ````

"#]],
    );
}

#[test]
fn a_fence_that_is_never_closed_is_an_error() {
    rejects(
        "Text.\n\n~~~~text file=a\none\n~~~\n",
        str![[r#"
error[unclosed-fence]: unclosed fence
 --> src/step-1.md:3:1
  |
3 | ~~~~text file=a
  | ^^^^^^^^^^^^^^^
4 | one
5 | ~~~
  | --- this looks like its end
  |
  = help: write ~~~~ in place of ~~~: a closing fence has the marks of the opening one, and at least as many

"#]],
    );
    rejects(
        "```text file=a",
        str![[r#"
error[unclosed-fence]: unclosed fence
 --> src/step-1.md:1:1
  |
1 | ```text file=a
  | ^^^^^^^^^^^^^^
  |
  = help: close the block with a line that is ``` and nothing else

"#]],
    );
}

#[test]
fn a_fence_that_ends_with_its_list_or_quote_is_an_error() {
    rejects(
        "- ```text file=a\n  one\n\nText.\n",
        str![[r#"
error[unclosed-fence]: unclosed fence
 --> src/step-1.md:1:3
  |
1 | - ```text file=a
  |   ^^^^^^^^^^^^^^
  |
  = help: a block ends with its list item: indent all its lines as far as its opening fence, and close it with a line that is ``` and nothing else

"#]],
    );
    rejects(
        "> ```text file=a\n> one\n\nText.\n",
        str![[r#"
error[unclosed-fence]: unclosed fence
 --> src/step-1.md:1:3
  |
1 | > ```text file=a
  |   ^^^^^^^^^^^^^^
  |
  = help: a block ends with its quote: begin all its lines with `>`, and close it with a line that is ``` and nothing else

"#]],
    );
}

#[test]
fn a_closing_fence_is_not_indented_like_code() {
    rejects(
        "```text file=a\none\n    ```\n",
        str![[r#"
error[unclosed-fence]: unclosed fence
 --> src/step-1.md:1:1
  |
1 | ```text file=a
  | ^^^^^^^^^^^^^^
2 | one
3 |     ```
  | ------- this looks like its end
  |
  = help: a closing fence is indented by three spaces at most, as long as the opening one, and carries nothing

"#]],
    );
}

#[test]
fn a_fence_in_a_comment_or_in_html_is_not_lost_in_silence() {
    rejects(
        "<!--\n```text file=a\none\n```\n-->\n",
        str![[r#"
error[unrecognized-fence]: Markdown does not recognize this fence
 --> src/step-1.md:2:1
  |
2 | ```text file=a
  | ^^^^^^^^^^^^^^
  |
  = help: in an HTML block or comment, or indented by four spaces or more, nothing is a block;
          to show a block without running it, write `ignore="why"` on its opening fence

"#]],
    );
    rejects(
        "<div>\n```text file=a\n```\n</div>\n",
        str![[r#"
error[unrecognized-fence]: Markdown does not recognize this fence
 --> src/step-1.md:2:1
  |
2 | ```text file=a
  | ^^^^^^^^^^^^^^
  |
  = help: in an HTML block or comment, or indented by four spaces or more, nothing is a block;
          to show a block without running it, write `ignore="why"` on its opening fence

"#]],
    );
}

#[test]
fn a_fence_that_is_indented_like_code_is_not_lost_in_silence() {
    rejects(
        "Text.\n\n    ```text file=a\n    one\n    ```\n",
        str![[r#"
error[unrecognized-fence]: Markdown does not recognize this fence
 --> src/step-1.md:3:5
  |
3 |     ```text file=a
  |     ^^^^^^^^^^^^^^
  |
  = help: in an HTML block or comment, or indented by four spaces or more, nothing is a block;
          to show a block without running it, write `ignore="why"` on its opening fence

"#]],
    );
}

#[test]
fn an_indented_fence_is_a_fence() {
    ScenarioTest::step("  ```text file=a\n  one\n    two\n  ```\n").files_at(
        1,
        "a",
        str![[r#"
one
  two

"#]],
    );
}

#[test]
fn a_code_span_is_no_fence() {
    ScenarioTest::step("```a code span``` begins this line.\n\n`````a ```b``` c````` too.\n")
        .diagnostics(str![""]);
}

#[test]
fn a_backtick_in_an_attribute_needs_tildes() {
    rejects(
        "```text file=a replace=\"`x`\"\none\n```\n\nText.\n",
        str![[r#"
error[backtick-in-info-string]: backtick in the info string of a backtick fence
 --> src/step-1.md:1:1
  |
1 | ```text file=a replace="`x`"
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: open and close this block with `~~~`

"#]],
    );
    ScenarioTest::step("~~~text file=a\n`x`\n~~~\n\n~~~text file=a replace=\"`x`\"\ny\n~~~\n").files_at(
        1,
        "a",
        str![[r#"
y

"#]],
    );
}

#[test]
fn a_block_is_run_applied_checked_or_ignored() {
    rejects(
        "```rust\nfn main() {}\n```\n\n```\nplain\n```\n\n```bash\nls\n```\n",
        str![[r#"
error[block-without-effect]: this block is not applied, run or checked
 --> src/step-1.md:1:1
  |
1 | ```rust
  | ^^^^^^^
  |
  = help: add `file=PATH` to write it to a file, or `ignore="why"` to show it only; if another preprocessor
          makes a picture of it, also write `before = ["NAME"]` into `[preprocessor.scenario]` of book.toml

error[block-without-effect]: a block without a language is not applied, run or checked
 --> src/step-1.md:5:1
  |
5 | ```
  | ^^^
  |
  = help: add a language, and `file=PATH` to write the block to a file, or `ignore="why"` to show it only

error[block-without-effect]: this block is not applied, run or checked
 --> src/step-1.md:9:1
  |
9 | ```bash
  | ^^^^^^^
  |
  = help: write commands in a `console` block, each after `$ `; or add `file=PATH` or `ignore="why"`

"#]],
    );
    ScenarioTest::step("```rust ignore=\"shows the shape only\"\nfn main() {}\n```\n").outline(str![[r#"
step 1: step-1
1-3 ignored: shows the shape only

"#]]);
}

#[test]
fn a_reason_to_ignore_is_given() {
    rejects(
        "```rust ignore\nx\n```\n\n```rust ignore=\"\"\nx\n```\n",
        str![[r#"
error[missing-value]: missing value for `ignore`
 --> src/step-1.md:1:9
  |
1 | ```rust ignore
  |         ^^^^^^
  |
  = help: write `ignore="why"`, without spaces around the `=`

error[empty-value]: empty value for `ignore`
 --> src/step-1.md:5:9
  |
5 | ```rust ignore=""
  |         ^^^^^^
  |
  = help: write `ignore="why"`, without spaces around the `=`

"#]],
    );
}

#[test]
fn what_is_ignored_does_nothing_else() {
    rejects(
        "```rust file=a.rs ignore=\"later\"\nx\n```\n",
        str![[r#"
error[misplaced-attribute]: `file` is not allowed on an ignored block
 --> src/step-1.md:1:9
  |
1 | ```rust file=a.rs ignore="later"
  |         ^^^^
  |
  = help: expected `ignore`

"#]],
    );
}

#[test]
fn a_page_that_is_no_step_runs_nothing() {
    let book = ScenarioTest::step("Text.\n").unnumbered(
        "end.md",
        "```console background=x\n$ ls\n```\n\n```rust,ignore\nx\n```\n\n<!-- scenario: check target job=a -->\n",
    );
    book.diagnostics(str![[r#"
error[attribute-outside-step]: `background` has no effect: this page is not a step
 --> src/end.md:1:12
  |
1 | ```console background=x
  |            ^^^^^^^^^^
  |
  = help: only the chapters in the numbered list of SUMMARY.md are steps

error[check-outside-step]: this check never runs: this page is not a step
 --> src/end.md:9:1
  |
9 | <!-- scenario: check target job=a -->
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: only the chapters in the numbered list of SUMMARY.md are steps

"#]]);
}

#[test]
fn text_that_mdbook_would_replace_is_an_error() {
    rejects(
        "```rust file=a.rs\nfn a() {}\n{{#include b.rs:2:3}}\n```\n",
        str![[r#"
error[directive-in-block]: mdBook would replace `{{#include b.rs:2:3}}` in this block, and the runner would not
 --> src/step-1.md:3:1
  |
3 | {{#include b.rs:2:3}}
  | ^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write the text itself: what is shown is what runs

"#]],
    );
}

#[test]
fn an_id_changes_with_its_block_only() {
    let ids = |first: &str| {
        let page = format!("```text file=a\n{first}\n```\n\n```console\n$ ls\n$ ls\n```\n");
        let book = ScenarioTest::new().page("step-1.md", &page).page("b/step-1.md", &page);
        let scenario = book.scenario();
        scenario.steps.iter().flat_map(|s| &s.blocks).map(|b| b.id.clone()).collect::<Vec<_>>()
    };
    let (one, two) = (ids("one"), ids("two"));
    assert_eq!([&one[1], &one[3]], [&two[1], &two[3]], "what follows a changed block keeps its id");
    assert_ne!(one[0], two[0], "a changed block has another id");
    let mut unique = one.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), one.len(), "pages in different folders have different ids: {one:?}");
}

/// Pages that were cut off, and pages with misplaced characters: each is read, and each mistake is shown.
#[test]
fn no_page_is_too_broken_to_be_read() {
    use scenario_core::parse::{Chapter, Page, Parsed, parse};
    use scenario_core::source::{SourceFile, Sources, Span};

    let read = |text: &str| {
        let mut sources = Sources::default();
        let index = sources.add(SourceFile::new("page.md", text));
        let span = Span::new(index, 0..0);
        let chapter = Chapter { title: "Page".into(), path: "page.md".into(), number: vec![1], span };
        let Parsed { scenario, diagnostics, .. } = parse("Book", sources, &[Page { chapter, index }]);
        for mistake in diagnostics.iter().chain(&scenario_core::files::check(&scenario)) {
            assert!(mistake.render(&scenario.sources, Style::Plain).starts_with("error["), "{text}");
        }
        scenario_core::parse::summary(index, &scenario.sources.pages[index]);
    };
    let page = include_str!("../../README.md").replace("````", "");
    let stray = [
        "`", "~", "\"", "\\", "\r\n", "\t", "é", "\u{a0}", "> ", "- ", "<!--", "-->", "=", "\n", "    ",
        "$ ", "\0",
    ];
    let starts: Vec<usize> = page.char_indices().map(|(at, _)| at).collect();
    let mut seed = 1_u32;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as usize % below
    };
    for _ in 0..400 {
        let from = starts[random(starts.len())];
        let mut text: String = page[from..].chars().take(random(800)).collect();
        for _ in 0..random(6) {
            let at: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            text.insert_str(at[random(at.len())], stray[random(stray.len())]);
        }
        read(&text);
    }
}
