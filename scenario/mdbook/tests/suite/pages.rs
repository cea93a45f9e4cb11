//! Pages as wholes: where blocks may stand, which pages are shown, and what is refused.

use pulldown_cmark::{Event, Options, Parser};
use snapbox::{assert_data_eq, str};

use crate::book_test::BookTest;

#[test]
fn blocks_in_lists_and_quotes_stay_there() {
    let page = "- item\n\n  ```console\n  $ one\n  ```\n  after\n- next\n\n> ```console\n> $ two\n> ```\n> quoted\n\n1. > ```text file=a\n   > x\n   >\n   > y\n   > ```\n\nEnd.\n";
    assert_data_eq!(
        BookTest::new().step(page).first(),
        str![[r#"
- item

  <figure class="scenario-block" data-kind="console" data-block="step-1:c9cef09c:1">
  <figcaption data-text="Terminal"></figcaption>
  <pre><code class="nohighlight"><span>$ </span><kbd>one</kbd>⏎
</code></pre>
  </figure>

  after
- next

> <figure class="scenario-block" data-kind="console" data-block="step-1:cd808c1b:1">
  <figcaption data-text="Terminal"></figcaption>
  <pre><code class="nohighlight"><span>$ </span><kbd>two</kbd>⏎
</code></pre>
  </figure>
>
> quoted

1. > <figure class="scenario-block" data-kind="edit" data-block="step-1:f7f7de7a:1">
  <figcaption data-text="“a” · new file"></figcaption>
  <pre><code class="language-text noplayground"><span>x⏎
⏎
y⏎
</span></code></pre>
  </figure>

End.
"#]]
    );
}

/// mdBook's own parser, on what comes out: how many figures are HTML, and whether one is shown as text.
fn figures(page: &str) -> (usize, bool) {
    let shown = BookTest::new().step(page).run().expect("a book").chapters.remove(0);
    let text = shown.split_once("</style>").map_or("", |(_, text)| text);
    let (mut html, mut as_text) = (0, false);
    for event in Parser::new_ext(text, Options::ENABLE_GFM) {
        match event {
            Event::Html(part) | Event::InlineHtml(part) => html += part.matches("<figure").count(),
            Event::Text(part) | Event::Code(part) => {
                as_text |= part.contains("<figure") || part.contains("> **")
            }
            _ => {}
        }
    }
    (html, as_text)
}

#[test]
fn a_figure_is_html_wherever_its_block_is() {
    for (page, count) in [
        ("- one\n\n\t> ```console\n\t> $ ls\n\t> ```\n\t> and then\n\n\t```console\n\t$ ls -a\n\t```\n", 2),
        ("10. <!-- scenario: check target job=a -->\n\n    ```promql\n    up\n    ```\n", 1),
        ("```console\n$ ls\n```\n>\n> **Note** this *matters*.\n", 1),
        ("> ```console\n> $ ls\n> ```\n> >\n> > **Note**\n", 1),
        ("> ```console\n> $ ls\n> ```\n>\n> text\n", 1),
    ] {
        assert_eq!(figures(page), (count, false), "{page}");
    }
}

#[test]
fn text_right_after_a_block_stays_markdown() {
    let page = "before\n```console\n$ one\n```\n*after*\n";
    assert_data_eq!(
        BookTest::new().step(page).first(),
        str![[r#"
before
<figure class="scenario-block" data-kind="console" data-block="step-1:c9cef09c:1">
  <figcaption data-text="Terminal"></figcaption>
  <pre><code class="nohighlight"><span>$ </span><kbd>one</kbd>
</code></pre>
  </figure>

*after*
"#]]
    );
}

#[test]
fn a_page_without_blocks_is_left_alone() {
    let text = "# About\n\n```text\nplain\n```\n";
    assert_eq!(BookTest::new().page("about", text).run().unwrap().chapters, [text]);
}

#[test]
fn a_step_without_figures_needs_no_style_and_no_script() {
    let page = "# One\n\n```text ignore=\"a layout\"\nx\n```\n";
    let shown = BookTest::new().step(page).run().unwrap().chapters.remove(0);
    assert_eq!(shown.trim_end(), "# One\n\n```text\nx\n```");
}

#[test]
fn transcripts_on_other_pages_can_be_copied_too() {
    let text = "# About\n\n```console\n$ mkdir x\n$ cd x\n```\n\n```promql\nup\n```\n\n```console\nno command\n```\n";
    assert_data_eq!(
        BookTest::new().page("about", text).first(),
        str![[r##"
# About

<figure class="scenario-block" data-kind="console">
  <figcaption data-text="Terminal"></figcaption>
  <pre><code class="nohighlight"><span>$ </span><kbd>mkdir x</kbd>
<span>$ </span><kbd>cd x</kbd>
</code></pre>
  </figure>

```promql
up
```

```console
no command
```
"##]]
    );
}

#[test]
fn style_and_script_come_once_and_end_where_they_should() {
    let shown = BookTest::new().step("```console\n$ a\n```\n\n```console\n$ b\n```\n").run().unwrap();
    let page = &shown.chapters[0];
    assert!(page.starts_with("<style>."), "{page}");
    for tag in ["<style>", "</style>", "<script>", "</script>"] {
        assert_eq!(page.matches(tag).count(), 1, "{tag}");
    }
}

#[test]
fn all_mistakes_are_reported_and_nothing_is_shown() {
    let error = BookTest::new()
        .step("```rust file=a.rs\n```\n\n```rust fiel=a.rs\n```\n")
        .step("```rust file=a.rs replace=\"x\"\ny\n```\n")
        .page("about", "```rust file=b.rs\n```\n")
        .run()
        .err();
    assert_data_eq!(
        error.unwrap_or_default(),
        str![[r#"
2 mistakes in the book; nothing was rendered

error[unknown-attribute]: unknown attribute `fiel`
 --> src/step-1.md:4:9
  |
4 | ```rust fiel=a.rs
  |         ^^^^
  |
  = help: did you mean `file`?

error[attribute-outside-step]: `file` has no effect: this page is not a step
 --> src/about.md:1:9
  |
1 | ```rust file=b.rs
  |         ^^^^
  |
  = help: only the chapters in the numbered list of SUMMARY.md are steps
"#]]
    );
}

#[test]
fn a_nested_chapter_is_a_step_too() {
    let nested =
        "# Nested\n\n```toml file=a.toml\na = 1\n```\n\n<!-- scenario: check file=a.toml contains=a -->\n";
    let last = BookTest::new().step("# One\n").nested(nested).last();
    assert_data_eq!(
        last,
        str![[r##"
# Nested

<figure class="scenario-block" data-kind="edit" data-block="nested:c80a9a5b:1">
  <figcaption data-text="“a.toml” · new file"></figcaption>
  <pre><code class="language-toml noplayground"><span>a = 1
</span></code></pre>
  </figure>

<section class="scenario-checks" aria-label="What this step checks">
  <p data-text="What this step checks"></p>
  <ul>
  <li data-check="nested:31e0fcc0:1" data-text="“a.toml” contains “a”."></li>
  </ul>
  <p class="scenario-checks-command" data-text="To run these checks: “scenario check 1.1”"></p>
  </section>

"##]]
    );
}

/// By core's own law, with the entry of SUMMARY.md where there is one.
#[test]
fn a_chapter_is_refused_at_its_entry() {
    let test = BookTest::new().step("# One\n").draft();
    let test = test.file("SUMMARY.md", "- [step-1](step-1.md)\n- [draft]()\n");
    assert_data_eq!(
        test.run().err().unwrap_or_default(),
        str![[r#"
1 mistake in the book; nothing was rendered

error[draft-chapter]: a draft chapter cannot be a step: it has no page
 --> src/SUMMARY.md:2:3
  |
2 | - [draft]()
  |   ^^^^^^^^^
  |
  = help: link it to a page, or remove it until there is one
"#]]
    );
}

#[test]
fn what_mdbook_has_replaced_before_is_refused() {
    let sent = "# One\n\n```console\n$ false\n```\n\n```text file=a\nHELLO\n```\n";
    let test = BookTest::new().step(sent);
    let test = test
        .file("step-1.md", "# One\n\n{{#include part.md}}\n\n```text file=a\n{{ #include x.txt }}\n```\n");
    let test = test.file("part.md", "```console\n$ false\n```\n");
    assert_data_eq!(
        test.run().err().unwrap_or_default(),
        str![[r#"
2 mistakes in the book; nothing was rendered

error[included-blocks]: `{{#include part.md}}` brings blocks or checks that the runner would not see
 --> src/step-1.md:3:1
  |
3 | {{#include part.md}}
  | ^^^^^^^^^^^^^^^^^^^^
  |
  = help: write the blocks and checks on this page; prose alone may be included

error[directive-in-block]: mdBook would replace `{{ #include x.txt }}` in this block, and the runner would not
 --> src/step-1.md:6:1
  |
6 | {{ #include x.txt }}
  | ^^^^^^^^^^^^^^^^^^^^
  |
  = help: write the text itself: what is shown is what runs
"#]]
    );
}

/// By the law for all books: mdBook has put the block on the page already, and it is reported where it comes from.
#[test]
fn what_an_other_page_includes_is_refused_at_the_directive() {
    let test = BookTest::new().page("about", "# About\n\n```text file=a\nx\n```\n");
    let test = test.file("about.md", "# About\n\n{{#include part.md}}\n");
    let test = test.file("part.md", "```text file=a\nx\n```\n");
    assert_data_eq!(
        test.run().err().unwrap_or_default(),
        str![[r#"
1 mistake in the book; nothing was rendered

error[included-blocks]: `{{#include part.md}}` brings blocks or checks that the runner would not see
 --> src/about.md:3:1
  |
3 | {{#include part.md}}
  | ^^^^^^^^^^^^^^^^^^^^
  |
  = help: write the blocks and checks on this page; prose alone may be included
"#]]
    );
}

#[test]
fn a_draft_chapter_is_refused() {
    let error = BookTest::new().step("# One\n").draft().run().err();
    assert_data_eq!(
        error.unwrap_or_default(),
        str![[r#"
1 mistake in the book; nothing was rendered

error[draft-chapter]: a draft chapter cannot be a step: it has no page
 --> src/SUMMARY.md:1:1
  |
1 |
  | ^
  |
  = help: link it to a page, or remove it until there is one
"#]]
    );
}

#[test]
fn another_series_of_mdbook_is_warned_of() {
    let warnings = |version| BookTest::new().mdbook_version(version).step("# One\n").run().unwrap().warnings;
    assert_eq!(warnings("0.5.9"), Vec::<String>::new());
    assert_data_eq!(
        warnings("0.6.0").join("\n"),
        str!["this preprocessor was made for mdBook 0.5.4, and mdBook 0.6.0 has started it"]
    );
}

/// A step with an edit, a command, a query and a hidden check.
const FILE: &str = "# One\n\n```text file=a\none\n```\n\n```console\n$ cat a\n```\n\n```promql\nup\n```\n\n\
                    <!-- scenario: check http url=http://localhost/ status=200 -->\n";

#[test]
fn a_page_that_another_preprocessor_has_changed_keeps_the_ids_of_its_file() {
    let ids = |page: &str| {
        let shown = BookTest::new().file("step-1.md", FILE).step(page).run().unwrap().chapters.remove(0);
        let ids = |name: &str| {
            let mark = format!(" data-{name}=\"");
            let parts = shown.split(&mark).skip(1);
            parts.map(|part| part.split('"').next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        (ids("block"), ids("check"))
    };
    let (blocks, checks) = ids(FILE);
    assert_eq!((blocks.len(), checks.len()), (3, 2));
    let more = FILE.replace("# One\n", "# One\n\nA note.\n\n```text ignore=\"from a template\"\nx\n```\n");
    assert_eq!(ids(&more), (blocks, checks));
}

#[test]
fn a_block_that_another_preprocessor_has_changed_says_so_and_has_no_id() {
    let test = BookTest::new().file("step-1.md", FILE);
    let page = FILE.replace("one\n", "uno\n").replace("$ cat a", "$ cat b").replace("\nup\n", "\nup > 0\n");
    let shown = test.step(&page.replace("status=200", "status=404")).first();
    assert_data_eq!(
        shown,
        str![[r##"
# One

<figure class="scenario-block" data-kind="edit">
  <figcaption data-text="“a” · new file · changed by another preprocessor: the original block is run instead"></figcaption>
  <pre><code class="language-text noplayground"><span>uno
</span></code></pre>
  </figure>

<figure class="scenario-block" data-kind="console">
  <figcaption data-text="Terminal · changed by another preprocessor: the original block is run instead"></figcaption>
  <pre><code class="nohighlight"><span>$ </span><kbd>cat b</kbd>
</code></pre>
  </figure>

<figure class="scenario-block" data-kind="promql">
  <figcaption data-text="Prometheus query · expected: at least one result · changed by another preprocessor: the original block is run instead"></figcaption>
  <pre><code class="nohighlight">up > 0
</code></pre>
  </figure>

<section class="scenario-checks" aria-label="What this step checks">
  <p data-text="What this step checks"></p>
  <ul>
  <li data-text="“up > 0” returns at least one result."></li>
  <li data-text="“GET http://localhost/” returns status 404."></li>
  </ul>
  <p class="scenario-checks-command" data-text="To run these checks: “scenario check 1”"></p>
  </section>

"##]]
    );
}
