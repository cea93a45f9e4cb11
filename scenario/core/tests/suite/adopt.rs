//! `adopt`: a change of a file is led back to the page that wrote its lines.

use std::fmt::Write;

use scenario_core::adopt::{Content, Question, Why, adopt};
use scenario_core::diagnostic::PageEdit;
use scenario_core::page_edit;
use scenario_core::source::Span;
use snapbox::data::Inline;
use snapbox::str;

use crate::scenario_test::{ScenarioTest, compare};

/// Compares the pages after a change of `path` from `from` to `to`, and the changes that could not be led back.
#[track_caller]
fn adopts(test: &ScenarioTest, path: &str, change: (&str, &str), expected: Inline) {
    adopts_with(test, path, change, None, expected);
}

/// The same with an answer to each question. The questions are compared too.
#[track_caller]
fn adopts_with(
    test: &ScenarioTest,
    path: &str,
    change: (&str, &str),
    answer: Option<usize>,
    expected: Inline,
) {
    let book = test.book();
    let number = book.scenario.steps.len();
    let files = scenario_core::files::Files::at(&book.scenario, number);
    let changed = files.text(path).expect("a file of the book").replacen(change.0, change.1, 1);
    let read = |name: &str| {
        if name == path { Content::Bytes(changed.clone().into_bytes()) } else { Content::Unknown }
    };
    let mut out = String::new();
    let mut asked = String::new();
    let mut decide = |question: &Question| {
        let _ = writeln!(asked, "{}:{} {:?} {:?}", question.path, question.line, question.new, question.why);
        for choice in &question.choices {
            let at = book.scenario.sources.location(choice.place).to_string();
            let _ = writeln!(asked, "  {:?} {}", choice.side, test.redact(&at));
        }
        Ok(answer)
    };
    let adoption = adopt(&book, number, read, &mut decide);
    if answer.is_some() {
        out.push_str(&asked);
    }
    match adoption {
        Err(error) => {
            let _ = writeln!(out, "error: {}", error.render(scenario_core::excerpt::Style::Plain));
        }
        Ok(adoption) => {
            let before = &book.scenario.sources;
            let after = page_edit::apply(before, &adoption.edits);
            for (before, after) in before.pages.iter().zip(&after.pages) {
                if before.text != after.text {
                    let text = after.text.replace('\r', "␍");
                    let _ = write!(out, "== {}\n{text}", test.redact(&after.path.display().to_string()));
                }
            }
            for undecided in &adoption.undecided {
                let at =
                    undecided.origin.map(|origin| before.location(origin).to_string()).unwrap_or_default();
                let (path, line) = (&undecided.path, undecided.line);
                let _ = writeln!(out, "{path}:{line} {:?} {}", undecided.why, test.redact(&at));
            }
        }
    }
    compare(&test.redact(&out), expected);
}

fn one(page: &str) -> ScenarioTest {
    ScenarioTest::step(page)
}

const PAGE: &str = "# One\n\n```text file=a.txt\none\ntwo\nthree\n```\n\nThe end.\n";

#[test]
fn a_changed_line() {
    adopts(
        &one(PAGE),
        "a.txt",
        ("two", "2"),
        str![[r#"
== src/step-1.md
# One

```text file=a.txt
one
2
three
```

The end.

"#]],
    );
}

#[test]
fn more_lines_and_fewer() {
    adopts(
        &one(PAGE),
        "a.txt",
        ("two\n", "two\n\nand\n"),
        str![[r#"
== src/step-1.md
# One

```text file=a.txt
one
two

and
three
```

The end.

"#]],
    );
    adopts(
        &one(PAGE),
        "a.txt",
        ("two\nthree\n", "2 to 3\n"),
        str![[r#"
== src/step-1.md
# One

```text file=a.txt
one
2 to 3
```

The end.

"#]],
    );
    adopts(
        &one(PAGE),
        "a.txt",
        ("two\n", ""),
        str![[r#"
== src/step-1.md
# One

```text file=a.txt
one
three
```

The end.

"#]],
    );
    adopts(
        &one(PAGE),
        "a.txt",
        ("one", "zero\none"),
        str![[r#"
== src/step-1.md
# One

```text file=a.txt
zero
one
two
three
```

The end.

"#]],
    );
    adopts(
        &one(PAGE),
        "a.txt",
        ("three\n", "three\nfour\n"),
        str![[r#"
== src/step-1.md
# One

```text file=a.txt
one
two
three
four
```

The end.

"#]],
    );
}

#[test]
fn what_is_the_same_changes_nothing() {
    adopts(&one(PAGE), "a.txt", ("two", "two"), str![[r#""#]]);
}

#[test]
fn in_a_list_and_a_quote() {
    let list = "# One\n\n- Write:\n\n  ```text file=a.txt\n  one\n\n  three\n  ```\n\n- More.\n";
    adopts(
        &one(list),
        "a.txt",
        ("\n\n", "\ntwo\n"),
        str![[r#"
== src/step-1.md
# One

- Write:

  ```text file=a.txt
  one
  two
  three
  ```

- More.

"#]],
    );
    adopts(
        &one(list),
        "a.txt",
        ("one", "one\n\n  indented"),
        str![[r#"
== src/step-1.md
# One

- Write:

  ```text file=a.txt
  one

    indented

  three
  ```

- More.

"#]],
    );
    let quote = "# One\n\n> - ```text file=a.txt\n>   one\n>\n>   three\n>   ```\n";
    adopts(
        &one(quote),
        "a.txt",
        ("\n\n", "\ntwo\n"),
        str![[r#"
== src/step-1.md
# One

> - ```text file=a.txt
>   one
>   two
>   three
>   ```

"#]],
    );
    adopts(
        &one(quote),
        "a.txt",
        ("three", "three\nfour"),
        str![[r#"
== src/step-1.md
# One

> - ```text file=a.txt
>   one
>
>   three
>   four
>   ```

"#]],
    );
}

#[test]
fn line_ends_of_the_page_stay() {
    let page = PAGE.replace('\n', "\r\n");
    adopts(
        &one(&page),
        "a.txt",
        ("two", "2\nand"),
        str![[r#"
== src/step-1.md
# One␍
␍
```text file=a.txt␍
one␍
2␍
and␍
three␍
```␍
␍
The end.␍

"#]],
    );
}

/// Two blocks of two steps, the second between the lines of the first.
fn two_blocks() -> ScenarioTest {
    ScenarioTest::new()
        .page("one.md", "# One\n\n```text file=a.txt\none\nthree\n```\n")
        .page("two.md", "# Two\n\n```text file=a.txt insert-after=one\ntwo\n```\n")
}

#[test]
fn each_block_gets_its_lines() {
    adopts(
        &two_blocks(),
        "a.txt",
        ("one\ntwo\nthree", "one!\n2\n3"),
        str![[r#"
== src/one.md
# One

```text file=a.txt
one!
3
```
== src/two.md
# Two

```text file=a.txt insert-after=one
2
```

"#]],
    );
}

#[test]
fn which_of_two_blocks_gets_a_line_between_them_is_a_question() {
    adopts(
        &two_blocks(),
        "a.txt",
        ("two\n", "two\nand\n"),
        str![[r#"
a.txt:3 BetweenBlocks src/one.md:5:1

"#]],
    );
    adopts_with(
        &two_blocks(),
        "a.txt",
        ("two\n", "two\nand\n"),
        Some(0),
        str![[r#"
a.txt:3 ["and"] BetweenBlocks
  Below src/two.md:4:1
  Above src/one.md:5:1
== src/two.md
# Two

```text file=a.txt insert-after=one
two
and
```

"#]],
    );
    adopts_with(
        &two_blocks(),
        "a.txt",
        ("two\n", "two\nand\n"),
        Some(1),
        str![[r#"
a.txt:3 ["and"] BetweenBlocks
  Below src/two.md:4:1
  Above src/one.md:5:1
== src/one.md
# One

```text file=a.txt
one
and
three
```

"#]],
    );
    adopts_with(
        &two_blocks(),
        "a.txt",
        ("two\n", "two\nand\n"),
        Some(2),
        str![[r#"
a.txt:3 ["and"] BetweenBlocks
  Below src/two.md:4:1
  Above src/one.md:5:1
a.txt:3 BetweenBlocks src/one.md:5:1

"#]],
    );
    // Below `one`, the line would come after `two`, so there is only one place for it.
    adopts_with(
        &two_blocks(),
        "a.txt",
        ("one\n", "one\nand\n"),
        Some(0),
        str![[r#"
== src/two.md
# Two

```text file=a.txt insert-after=one
and
two
```

"#]],
    );
}

#[test]
fn which_of_several_blocks_gets_lines_in_place_of_theirs_is_a_question() {
    let blocks = || {
        ScenarioTest::new()
            .page("one.md", "# One\n\n```text file=a.txt\none\ntwo\n```\n")
            .page("two.md", "# Two\n\n```text file=a.txt append\nthree\nfour\n```\n")
    };
    adopts(
        &blocks(),
        "a.txt",
        ("two\nthree\n", "2\nto\n3\n"),
        str![[r#"
a.txt:2 SeveralBlocks src/one.md:5:1

"#]],
    );
    adopts_with(
        &blocks(),
        "a.txt",
        ("two\nthree\n", "2\nto\n3\n"),
        Some(0),
        str![[r#"
a.txt:2 ["2", "to", "3"] SeveralBlocks
  Instead src/one.md:5:1
  Instead src/two.md:4:1
== src/one.md
# One

```text file=a.txt
one
2
to
3
```
== src/two.md
# Two

```text file=a.txt append
four
```

"#]],
    );
    adopts_with(
        &blocks(),
        "a.txt",
        ("two\nthree\n", "2\nto\n3\n"),
        Some(1),
        str![[r#"
a.txt:2 ["2", "to", "3"] SeveralBlocks
  Instead src/one.md:5:1
  Instead src/two.md:4:1
== src/one.md
# One

```text file=a.txt
one
```
== src/two.md
# Two

```text file=a.txt append
2
to
3
four
```

"#]],
    );
    let three = ScenarioTest::new()
        .page("one.md", "# One\n\n```text file=a.txt\none\nthree\n```\n")
        .page("two.md", "# Two\n\n```text file=a.txt insert-after=one\ntwo\n```\n")
        .page("three.md", "# Three\n\n```text file=a.txt append\nfour\n```\n");
    // `adopt` does not ask about a file that it cannot take over.
    adopts_with(
        &three,
        "a.txt",
        ("two\nthree\n", "three\nand\n"),
        Some(0),
        str![[r#"
a.txt:2 WholeBlock src/two.md:4:1
a.txt:3 BetweenBlocks src/three.md:4:1

"#]],
    );
}

#[test]
fn a_fence_is_as_long_as_its_block_needs() {
    adopts(
        &one(PAGE),
        "a.txt",
        ("two", "```sh\n```"),
        str![[r#"
== src/step-1.md
# One

````text file=a.txt
one
```sh
```
three
````

The end.

"#]],
    );
    adopts(
        &one("# One\n\n> - ~~~text file=a.txt\n>   one\n>   ~~~\n"),
        "a.txt",
        ("one", "~~~~ x"),
        str![[r#"
== src/step-1.md
# One

> - ~~~~~text file=a.txt
>   ~~~~ x
>   ~~~~~

"#]],
    );
}

#[test]
fn a_marker_that_is_gone_is_an_error() {
    adopts(
        &two_blocks(),
        "a.txt",
        ("one\n", "ONE\n"),
        str![[r#"
a.txt:1 Mistake("marker not found in `a.txt`") 

"#]],
    );
}

#[test]
fn what_is_not_clear_is_left_to_the_author() {
    adopts(
        &two_blocks(),
        "a.txt",
        ("two\nthree\n", "2 to 3\n"),
        str![[r#"
a.txt:2 SeveralBlocks src/two.md:4:1

"#]],
    );
    adopts(
        &two_blocks(),
        "a.txt",
        ("two\n", ""),
        str![[r#"
a.txt:2 WholeBlock src/two.md:4:1

"#]],
    );
}

#[test]
fn a_part_of_a_line() {
    let part = || {
        ScenarioTest::new()
            .page("one.md", "# One\n\n```text file=a.txt\ncall(one, two);\n```\n")
            .page("two.md", "# Two\n\n```text file=a.txt replace=one\n1\n```\n")
    };
    adopts(
        &part(),
        "a.txt",
        ("1", "11"),
        str![[r#"
== src/two.md
# Two

```text file=a.txt replace=one
11
```

"#]],
    );
    adopts(
        &part(),
        "a.txt",
        ("two", "2"),
        str![[r#"
a.txt:1 PartOfLine src/two.md:4:1

"#]],
    );
    adopts(
        &part(),
        "a.txt",
        ("call(1, two);", ""),
        str![[r#"
a.txt:1 PartOfLine src/two.md:4:1

"#]],
    );
}

#[test]
fn what_a_page_cannot_contain_is_an_error() {
    adopts(
        &one(PAGE),
        "a.txt",
        ("two", "```\ntwo"),
        str![[r#"
== src/step-1.md
# One

````text file=a.txt
one
```
two
three
````

The end.

"#]],
    );
}

#[test]
fn a_part_of_a_line_that_is_in_it_twice() {
    let part = ScenarioTest::new()
        .page("one.md", "# One\n\n```text file=a.txt\nx = 1; y = 2\n```\n")
        .page("two.md", "# Two\n\n```text file=a.txt replace=2\n1\n```\n");
    adopts(
        &part,
        "a.txt",
        ("y = 1", "y = 11"),
        str![[r#"
== src/two.md
# Two

```text file=a.txt replace=2
11
```

"#]],
    );
}

#[test]
fn only_the_ends_of_lines() {
    adopts(
        &one(PAGE),
        "a.txt",
        ("three\n", "three"),
        str![[r#"
a.txt:1 LineEnds 

"#]],
    );
    adopts(
        &one(PAGE),
        "a.txt",
        ("one\n", "one\r\n"),
        str![[r#"
a.txt:1 LineEnds 

"#]],
    );
}

#[test]
fn of_a_file_with_a_change_that_is_not_clear_nothing_is_taken() {
    adopts(
        &two_blocks(),
        "a.txt",
        ("two\nthree\n", "three\nfour\n"),
        str![[r#"
a.txt:2 WholeBlock src/two.md:4:1

"#]],
    );
}

/// A file that cannot be taken over does not prevent the others.
#[test]
fn each_file_is_by_itself() {
    let book = ScenarioTest::new()
        .page(
            "one.md",
            "# One\n\n```text file=a\none\ntwo\n```\n\n```text file=b\nb\n```\n\n```text file=c\nc\n```\n",
        )
        .page("two.md", "# Two\n\n```text file=a replace=two\nONE\n```\n");
    let book = book.book();
    let read = |name: &str| match name {
        "b" => Content::Left(Why::Missing),
        // The page has the replacement, and what it replaces.
        "a" => Content::Bytes(b"ONE\ntwo\n".to_vec()),
        _ => Content::Bytes(b"C\n".to_vec()),
    };
    let adoption = adopt(&book, 2, read, &mut |_| Ok(None)).expect("what can be taken over");
    let left: Vec<(&str, Why)> =
        adoption.undecided.iter().map(|undecided| (undecided.path.as_str(), undecided.why.clone())).collect();
    assert_eq!(left, [("b", Why::Missing)]);
    assert!(adoption.edits.iter().any(|edit| edit.text == "C\n"), "{:?}", adoption.edits);
}

#[test]
fn a_page_is_written_as_it_was_read_or_not_at_all() {
    let test = one(PAGE).file("src/step-1.md", &format!("\u{feff}{PAGE}"));
    let sources = test.book().scenario.sources;
    let page = sources.pages.iter().position(|page| page.path.ends_with("step-1.md")).expect("the page");
    let start = PAGE.find("two").expect("a line");
    let edit = PageEdit { span: Span::new(page, start..start + 3), text: "2".to_owned() };
    let path = test.dir().join("src/step-1.md");
    page_edit::write(&sources, std::slice::from_ref(&edit)).expect("the page is as it was");
    let written = std::fs::read_to_string(&path).expect("the page");
    assert_eq!(written, format!("\u{feff}{}", PAGE.replace("two", "2")));
    let error = page_edit::write(&sources, &[edit]).expect_err("the page is another one now");
    compare(
        &test.redact(&error.to_string()),
        str!["`src/step-1.md` has changed since it was read; no page was written"],
    );
    assert_eq!(std::fs::read_to_string(&path).expect("the page"), written);
}
