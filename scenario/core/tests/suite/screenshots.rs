//! The attributes of a screenshot. What `verify` does with them is tested with the program.

use snapbox::str;

use crate::scenario_test::{ScenarioTest, rejects};

const PAGE: &str =
    "```promql screenshot=down url=http://localhost:9090/targets?a=b alt=\"The target is DOWN.\"\nup\n```\n";

#[test]
fn a_screenshot_has_a_url_and_an_alternative_text() {
    let scenario = ScenarioTest::step(PAGE).scenario();
    let check = scenario.steps[0].all_checks().next().expect("a query");
    let screenshot = check.screenshot.as_deref().expect("a screenshot");
    assert_eq!((&*screenshot.name, &*screenshot.alt), ("down", "The target is DOWN."));
    assert_eq!(screenshot.url, "http://localhost:9090/targets?a=b");
    assert_eq!(check.plot, None);
}

#[test]
fn what_a_screenshot_needs_is_required() {
    rejects(
        "```promql screenshot=down\nup\n```\n",
        str![[r#"
error[missing-attribute]: missing attribute `url` on a screenshot
 --> src/step-1.md:1:1
  |
1 | ```promql screenshot=down
  | ^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: add `url=http://localhost:8000/`

error[missing-attribute]: missing attribute `alt` on a screenshot
 --> src/step-1.md:1:1
  |
1 | ```promql screenshot=down
  | ^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: add `alt="some text"`

"#]],
    );
    rejects(
        "```promql screenshot url=http://localhost:9090/ alt=\"\"\nup\n```\n",
        str![[r#"
error[missing-value]: missing value for `screenshot`
 --> src/step-1.md:1:11
  |
1 | ```promql screenshot url=http://localhost:9090/ alt=""
  |           ^^^^^^^^^^
  |
  = help: write `screenshot=NAME`, without spaces around the `=`

error[empty-value]: empty value for `alt`
 --> src/step-1.md:1:49
  |
1 | ```promql screenshot url=http://localhost:9090/ alt=""
  |                                                 ^^^
  |
  = help: write `alt="some text"`, without spaces around the `=`

"#]],
    );
}

#[test]
fn the_attributes_of_a_screenshot_are_on_nothing_else() {
    rejects(
        "```promql url=http://localhost:9090/\nup\n```\n",
        str![[r#"
error[url-without-screenshot]: `url` without `screenshot`
 --> src/step-1.md:1:15
  |
1 | ```promql url=http://localhost:9090/
  |               ^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: add `screenshot=NAME`, or remove `url`

"#]],
    );
    rejects(
        "```console screenshot=down\n$ true\n```\n",
        str![[r#"
error[misplaced-attribute]: `screenshot` is not allowed on a `console` block
 --> src/step-1.md:1:12
  |
1 | ```console screenshot=down
  |            ^^^^^^^^^^
  |
  = help: expected `background`, `ready`, `within`, `read-only`, `writes`, `stop`, `terminal`, `untracked`, `exercise`, `mistake`, `file` or `ignore`

"#]],
    );
    let both = PAGE.replace("promql", "promql plot=load range=1m curve=\"last > 0\"");
    rejects(
        &both,
        str![[r#"
error[conflicting-attributes]: `plot` conflicts with `screenshot`
 --> src/step-1.md:1:47
  |
1 | ```promql plot=load range=1m curve="last > 0" screenshot=down url=http://localhost:9090/targets?a=b alt="The target is DOWN."
  |                                               ^^^^^^^^^^
  |
  = help: write two blocks, one for each

"#]],
    );
    let other = PAGE.replace("alt=", "range=1m alt=");
    rejects(
        &other,
        str![[r#"
error[attribute-without-plot]: `range` without `plot`
 --> src/step-1.md:1:71
  |
1 | ```promql screenshot=down url=http://localhost:9090/targets?a=b range=1m alt="The target is DOWN."
  |                                                                       ^^
  |
  = help: add `plot=NAME`, or remove `range`

"#]],
    );
}

#[test]
fn a_screenshot_has_a_plain_name_of_its_own() {
    rejects(
        &PAGE.replace("=down", "=../down"),
        str![[r#"
error[invalid-name]: invalid screenshot name `../down`
 --> src/step-1.md:1:22
  |
1 | ```promql screenshot=../down url=http://localhost:9090/targets?a=b alt="The target is DOWN."
  |                      ^^^^^^^
  |
  = help: use letters, digits, `-` and `_`, as in `screenshot=load`

"#]],
    );
    ScenarioTest::new().page("one.md", PAGE).page("two.md", PAGE).diagnostics(str![[r#"
error[duplicate-screenshot]: duplicate screenshot `down`
 --> src/two.md:1:22
  |
1 | ```promql screenshot=down url=http://localhost:9090/targets?a=b alt="The target is DOWN."
  |                      ^^^^
  |
 ::: src/one.md:1:22
  |
1 | ```promql screenshot=down url=http://localhost:9090/targets?a=b alt="The target is DOWN."
  |                      ---- the first is here
  |
  = help: write another name for one of them

"#]]);
}

#[test]
fn a_screenshot_is_of_a_page_on_this_machine() {
    rejects(
        &PAGE.replace("localhost:9090", "far:9090"),
        str![[r#"
error[foreign-url]: `http://far:9090/targets?a=b` is not on this machine
 --> src/step-1.md:1:31
  |
1 | ```promql screenshot=down url=http://far:9090/targets?a=b alt="The target is DOWN."
  |                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: name a page that the book starts, as in `http://localhost:9090/targets`

"#]],
    );
    rejects(
        &PAGE.replace("http://localhost:9090/targets?a=b", "localhost:9090"),
        str![[r#"
error[invalid-url]: invalid URL `localhost:9090`
 --> src/step-1.md:1:31
  |
1 | ```promql screenshot=down url=localhost:9090 alt="The target is DOWN."
  |                               ^^^^^^^^^^^^^^
  |
  = help: write it whole, with a port up to 65535, as in `http://localhost:8000/metrics`

"#]],
    );
}

#[test]
fn an_exercise_has_no_screenshot() {
    let page = "Text.\n\n<!-- scenario: check file=a contains=b exercise=copy -->\n\n\
                ```text file=a exercise=copy\nb\n```\n\n";
    rejects(
        &format!("{page}{}", PAGE.replace("promql", "promql exercise=copy")),
        str![[r#"
error[conflicting-attributes]: `exercise` conflicts with `screenshot`
 --> src/step-1.md:9:25
  |
9 | ```promql exercise=copy screenshot=down url=http://localhost:9090/targets?a=b alt="The target is DOWN."
  |                         ^^^^^^^^^^
  |
  = help: remove it: a solution's query is asked only after it

"#]],
    );
}
