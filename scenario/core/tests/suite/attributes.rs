//! The attributes on a fence: how they are written, and that each has an effect.

use snapbox::str;

use crate::scenario_test::{ScenarioTest, rejects};

#[test]
fn quotes_and_backslashes_are_escaped() {
    ScenarioTest::step(
        r#"
```rust file=a.rs
let path = "C:\\new";
let entity = "&lt;";
```

```rust file=a.rs replace="\"C:\\\\new\""
"/new"
```

```rust file=a.rs replace="&lt;"
<
```
"#,
    )
    .files_at(
        1,
        "a.rs",
        str![[r#"
let path = "/new";
let entity = "<";

"#]],
    );
}

#[test]
fn no_other_escape_is_known() {
    rejects(
        "```text file=a replace=\"a\\tb\"\nx\n```\n",
        str![[r#"
error[invalid-escape]: invalid escape sequence `\t`
 --> src/step-1.md:1:26
  |
1 | ```text file=a replace="a\tb"
  |                          ^^
  |
  = help: in a quoted value `\"` is a quote and `\\` a backslash; there are no other escapes

"#]],
    );
}

#[test]
fn a_quote_is_closed_on_its_line() {
    rejects(
        "```text file=a replace=\"one\nx\n```\n",
        str![[r#"
error[unterminated-quote]: unterminated quoted value
 --> src/step-1.md:1:24
  |
1 | ```text file=a replace="one
  |                        ^^^^
  |
  = help: end the value with `"` on the same line; inside it, a quote is written `\"`,
          and `-->` ends a comment, even in a value

"#]],
    );
}

#[test]
fn nothing_follows_a_closing_quote() {
    rejects(
        "```text file=a replace=\"one\"two\nx\n```\n",
        str![[r#"
error[text-after-quote]: unexpected text after a closing quote
 --> src/step-1.md:1:29
  |
1 | ```text file=a replace="one"two
  |                             ^
  |
  = help: in a quoted value `\"` is a quote and `\\` a backslash; there are no other escapes

"#]],
    );
}

#[test]
fn single_quotes_are_no_quotes() {
    rejects(
        "```text file=a replace='one two'\nx\n```\n",
        str![[r#"
error[invalid-quote]: invalid quote `'`
 --> src/step-1.md:1:24
  |
1 | ```text file=a replace='one two'
  |                        ^
  |
  = help: quote the value with `"`

"#]],
    );
}

#[test]
fn no_space_is_allowed_around_the_equals_sign() {
    rejects(
        "```text file = a\nx\n```\n\n```text file= a\nx\n```\n",
        str![[r#"
error[missing-attribute-name]: missing attribute name before `=`
 --> src/step-1.md:1:14
  |
1 | ```text file = a
  |              ^
  |
  = help: an attribute is written `key=value`, without spaces around the `=`

error[missing-value]: missing value for `file`
 --> src/step-1.md:5:9
  |
5 | ```text file= a
  |         ^^^^^
  |
  = help: write `file=PATH`, without spaces around the `=`

"#]],
    );
}

#[test]
fn a_quote_does_not_begin_a_name() {
    rejects(
        "```text file=a \"one two\"\nx\n```\n",
        str![[r#"
error[unexpected-quote]: expected an attribute name, found a quote
 --> src/step-1.md:1:16
  |
1 | ```text file=a "one two"
  |                ^
  |
  = help: a value with spaces is written `key="some text"`; a quote inside it is `\"`

"#]],
    );
}

#[test]
fn columns_count_characters() {
    rejects(
        "Grüße.\n\n```text file=\"größe/ü.txt\" übrig=1\nx\n```\n",
        str![[r#"
error[unknown-attribute]: unknown attribute `übrig`
 --> src/step-1.md:3:28
  |
3 | ```text file="größe/ü.txt" übrig=1
  |                            ^^^^^
  |
  = help: expected `file`, `append`, `prepend`, `insert-before`, `insert-after`, `replace`, `replace-to`, `exercise` or `mistake`

"#]],
    );
}

#[test]
fn an_unknown_attribute_is_an_error_with_the_nearest_name() {
    rejects(
        "```text file=a insert_after=\"x\"\nx\n```\n\n```rust fil=a\nx\n```\n",
        str![[r#"
error[unknown-attribute]: unknown attribute `insert_after`
 --> src/step-1.md:1:16
  |
1 | ```text file=a insert_after="x"
  |                ^^^^^^^^^^^^
  |
  = help: did you mean `insert-after`?

error[unknown-attribute]: unknown attribute `fil`
 --> src/step-1.md:5:9
  |
5 | ```rust fil=a
  |         ^^^
  |
  = help: did you mean `file`?

"#]],
    );
    rejects(
        "```console color=red\n$ ls\n```\n",
        str![[r#"
error[unknown-attribute]: unknown attribute `color`
 --> src/step-1.md:1:12
  |
1 | ```console color=red
  |            ^^^^^
  |
  = help: expected `background`, `ready`, `within`, `read-only`, `writes`, `stop`, `terminal`, `untracked`, `exercise`, `mistake`, `file` or `ignore`

"#]],
    );
}

#[test]
fn an_attribute_occurs_once() {
    rejects(
        "```text file=a file=b\nx\n```\n",
        str![[r#"
error[duplicate-attribute]: duplicate attribute `file`
 --> src/step-1.md:1:16
  |
1 | ```text file=a file=b
  |         ----   ^^^^
  |         |
  |         first given here
  |
  = help: remove one of them

"#]],
    );
}

#[test]
fn an_attribute_belongs_to_its_kind_of_block() {
    rejects(
        "```promql background=x\nup\n```\n\n```text file=a within=3s\nx\n```\n",
        str![[r#"
error[misplaced-attribute]: `background` is not allowed on a `promql` block
 --> src/step-1.md:1:11
  |
1 | ```promql background=x
  |           ^^^^^^^^^^
  |
  = help: expected `within`, `expect`, `already-true`, `plot`, `range`, `step`, `curve`, `unit`, `alt`, `screenshot`, `url`, `exercise`, `file` or `ignore`

error[misplaced-attribute]: `within` is not allowed on a file edit
 --> src/step-1.md:5:16
  |
5 | ```text file=a within=3s
  |                ^^^^^^
  |
  = help: expected `file`, `append`, `prepend`, `insert-before`, `insert-after`, `replace`, `replace-to`, `exercise` or `mistake`

"#]],
    );
    rejects(
        "```console expect=\"value > 1\"\n$ ls\n```\n",
        str![[r#"
error[misplaced-attribute]: `expect` is not allowed on a `console` block
 --> src/step-1.md:1:12
  |
1 | ```console expect="value > 1"
  |            ^^^^^^
  |
  = help: expected `background`, `ready`, `within`, `read-only`, `writes`, `stop`, `terminal`, `untracked`, `exercise`, `mistake`, `file` or `ignore`

"#]],
    );
}

#[test]
fn an_attribute_has_a_value_or_is_a_word() {
    rejects(
        "```text file\nx\n```\n\n```text file=a append=\"x\"\nx\n```\n\n```text file=a replace\nx\n```\n",
        str![[r#"
error[missing-value]: missing value for `file`
 --> src/step-1.md:1:9
  |
1 | ```text file
  |         ^^^^
  |
  = help: write `file=PATH`, without spaces around the `=`

error[unexpected-value]: `append` takes no value
 --> src/step-1.md:5:23
  |
5 | ```text file=a append="x"
  |                       ^^^
  |
  = help: write `append` alone

error[missing-value]: missing value for `replace`
 --> src/step-1.md:9:16
  |
9 | ```text file=a replace
  |                ^^^^^^^
  |
  = help: write `replace="some text"`, without spaces around the `=`

"#]],
    );
    rejects(
        "```console background ready=80 within=\n$ ls\n```\n",
        str![[r#"
error[missing-value]: missing value for `within`
 --> src/step-1.md:1:32
  |
1 | ```console background ready=80 within=
  |                                ^^^^^^^
  |
  = help: write `within=30s`, without spaces around the `=`

"#]],
    );
}

#[test]
fn a_mistake_with_one_block_says_nothing_of_the_next() {
    rejects(
        "```text file=a file=a\none\n```\n\n```text file=a append\ntwo\n```\n",
        str![[r#"
error[duplicate-attribute]: duplicate attribute `file`
 --> src/step-1.md:1:16
  |
1 | ```text file=a file=a
  |         ----   ^^^^
  |         |
  |         first given here
  |
  = help: remove one of them

"#]],
    );
}

#[test]
fn the_language_comes_first() {
    rejects(
        "```append file=a\nx\n```\n",
        str![[r#"
error[missing-language]: expected a language, found attribute `append`
 --> src/step-1.md:1:4
  |
1 | ```append file=a
  |    ^^^^^^
  |
  = help: write the language first: `text append`

"#]],
    );
    ScenarioTest::step("```file=a\nx\n```\n").files_at(
        1,
        "a",
        str![[r#"
x

"#]],
    );
}

#[test]
fn attributes_are_set_apart_by_spaces() {
    rejects(
        "```rust,ignore\nx\n```\n\n```rust,file=a\nx\n```\n\n```{.rust}\nx\n```\n",
        str![[r#"
error[invalid-language]: invalid language `rust,ignore`
 --> src/step-1.md:1:4
  |
1 | ```rust,ignore
  |    ^^^^^^^^^^^
  |
  = help: write the reason as an attribute: `rust ignore="why"`

error[invalid-language]: invalid language `rust,file=a`
 --> src/step-1.md:5:4
  |
5 | ```rust,file=a
  |    ^^^^^^^^^^^
  |
  = help: write the language, one space, then the attributes: `rust file=PATH`

error[invalid-language]: invalid language `{.rust}`
 --> src/step-1.md:9:4
  |
9 | ```{.rust}
  |    ^^^^^^^
  |
  = help: write the language, one space, then the attributes: `text file=PATH`

"#]],
    );
}
