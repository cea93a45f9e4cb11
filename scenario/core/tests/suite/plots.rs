//! The attributes of a plot. What `verify` does with them is tested with the program.

use std::time::Duration;

use scenario_core::model::{CurveBound, Measure, Op};
use snapbox::str;

use crate::scenario_test::{ScenarioTest, rejects};

#[test]
fn a_plot_has_a_range_a_curve_and_an_alternative_text() {
    let page = "```promql within=15s plot=load range=2m step=500ms unit=\"requests per second\" \
                curve=\"highest >= 1e3 and last<0.5 and count == 1\" alt=\"It climbs, and stops.\"\nup\n```\n";
    let scenario = ScenarioTest::step(page).scenario();
    let plot = scenario.steps[0].all_checks().find_map(|check| check.plot.clone()).expect("a plot");
    assert_eq!((&*plot.name, &*plot.alt), ("load", "It climbs, and stops."));
    assert_eq!((plot.range, plot.step), (Duration::from_secs(120), Duration::from_millis(500)));
    assert_eq!(plot.unit.as_deref(), Some("requests per second"));
    let bound = |of, op, number| CurveBound { of, op, number };
    let bounds = [
        bound(Measure::Highest, Op::GreaterEqual, 1e3),
        bound(Measure::Last, Op::Less, 0.5),
        bound(Measure::Count, Op::Equal, 1.0),
    ];
    assert_eq!(plot.curve, bounds);
    let page = "```promql plot=a range=10m curve=\"last > 0\" alt=\"A line.\"\nup\n```\n";
    let scenario = ScenarioTest::step(page).scenario();
    let plot = scenario.steps[0].all_checks().find_map(|check| check.plot.clone()).expect("a plot");
    assert_eq!((plot.step, plot.unit.as_deref()), (Duration::from_secs(1), None));
}

#[test]
fn what_a_plot_needs_is_required() {
    rejects(
        "```promql plot=load\nup\n```\n",
        str![[r#"
error[missing-attribute]: missing attribute `range` on a plot
 --> src/step-1.md:1:1
  |
1 | ```promql plot=load
  | ^^^^^^^^^^^^^^^^^^^
  |
  = help: add `range=2m`

error[missing-attribute]: missing attribute `curve` on a plot
 --> src/step-1.md:1:1
  |
1 | ```promql plot=load
  | ^^^^^^^^^^^^^^^^^^^
  |
  = help: add `curve="highest > 0"`

error[missing-attribute]: missing attribute `alt` on a plot
 --> src/step-1.md:1:1
  |
1 | ```promql plot=load
  | ^^^^^^^^^^^^^^^^^^^
  |
  = help: add `alt="some text"`

"#]],
    );
    rejects(
        "```promql plot range=2m curve=\"last > 0\" alt=\"\"\nup\n```\n",
        str![[r#"
error[missing-value]: missing value for `plot`
 --> src/step-1.md:1:11
  |
1 | ```promql plot range=2m curve="last > 0" alt=""
  |           ^^^^
  |
  = help: write `plot=NAME`, without spaces around the `=`

error[empty-value]: empty value for `alt`
 --> src/step-1.md:1:42
  |
1 | ```promql plot range=2m curve="last > 0" alt=""
  |                                          ^^^
  |
  = help: write `alt="some text"`, without spaces around the `=`

"#]],
    );
}

#[test]
fn the_attributes_of_a_plot_are_on_nothing_else() {
    rejects(
        "```promql range=2m alt=\"A line.\"\nup\n```\n",
        str![[r#"
error[attribute-without-plot]: `range` without `plot`
 --> src/step-1.md:1:17
  |
1 | ```promql range=2m alt="A line."
  |                 ^^
  |
  = help: add `plot=NAME`, or remove `range`

error[attribute-without-plot]: `alt` without `plot`
 --> src/step-1.md:1:24
  |
1 | ```promql range=2m alt="A line."
  |                        ^^^^^^^^^
  |
  = help: add `plot=NAME`, or remove `alt`

"#]],
    );
    rejects(
        "```console plot=load\n$ true\n```\n",
        str![[r#"
error[misplaced-attribute]: `plot` is not allowed on a `console` block
 --> src/step-1.md:1:12
  |
1 | ```console plot=load
  |            ^^^^
  |
  = help: expected `background`, `ready`, `within`, `read-only`, `writes`, `stop`, `terminal`, `untracked`, `exercise`, `mistake`, `file` or `ignore`

"#]],
    );
}

#[test]
fn a_plot_has_a_plain_name_of_its_own() {
    rejects(
        "```promql plot=../load range=1m curve=\"last > 0\" alt=\"A line.\"\nup\n```\n",
        str![[r#"
error[invalid-name]: invalid plot name `../load`
 --> src/step-1.md:1:16
  |
1 | ```promql plot=../load range=1m curve="last > 0" alt="A line."
  |                ^^^^^^^
  |
  = help: use letters, digits, `-` and `_`, as in `plot=load`

"#]],
    );
    let plot = "```promql plot=load range=1m curve=\"last > 0\" alt=\"A line.\"\nup\n```\n";
    ScenarioTest::new().page("one.md", plot).page("two.md", plot).diagnostics(str![[r#"
error[duplicate-plot]: duplicate plot `load`
 --> src/two.md:1:16
  |
1 | ```promql plot=load range=1m curve="last > 0" alt="A line."
  |                ^^^^
  |
 ::: src/one.md:1:16
  |
1 | ```promql plot=load range=1m curve="last > 0" alt="A line."
  |                ---- the first is here
  |
  = help: write another name for one of them

"#]]);
}

#[test]
fn a_plot_has_a_step_and_not_too_many() {
    rejects(
        "```promql plot=load range=11m curve=\"last > 0\" alt=\"A line.\"\nup\n```\n",
        str![[r#"
error[steps-out-of-range]: `range` has 660 steps
 --> src/step-1.md:1:27
  |
1 | ```promql plot=load range=11m curve="last > 0" alt="A line."
  |                           ^^^
  |
  = help: a plot has 1 to 600 steps: write another `range` or `step`

"#]],
    );
    rejects(
        "```promql plot=load range=10s step=20s curve=\"last > 0\" alt=\"A line.\"\nup\n```\n",
        str![[r#"
error[steps-out-of-range]: `step` is longer than `range`
 --> src/step-1.md:1:36
  |
1 | ```promql plot=load range=10s step=20s curve="last > 0" alt="A line."
  |                                    ^^^
  |
  = help: a plot has 1 to 600 steps: write another `range` or `step`

"#]],
    );
}

#[test]
fn a_curve_is_compared_in_words_that_are_known() {
    let rejects_curve = |curve: &str, expected| {
        let page = format!("```promql plot=load range=1m curve=\"{curve}\" alt=\"A line.\"\nup\n```\n");
        rejects(&page, expected);
    };
    rejects_curve(
        "value > 1",
        str![[r#"
error[invalid-curve]: expected `highest`, `lowest`, `last` or `count`, found `value`
 --> src/step-1.md:1:36
  |
1 | ```promql plot=load range=1m curve="value > 1" alt="A line."
  |                                    ^^^^^^^^^^^
  |
  = help: write comparisons of `highest`, `lowest`, `last` or `count` with a number, joined by `and`, as in
          `highest > 100 and last < 1` (with `<`, `<=`, `==`, `!=`, `>=`, `>`)

"#]],
    );
    rejects_curve(
        "last = 1",
        str![[r#"
error[invalid-curve]: unknown comparison operator `=`
 --> src/step-1.md:1:36
  |
1 | ```promql plot=load range=1m curve="last = 1" alt="A line."
  |                                    ^^^^^^^^^^
  |
  = help: write comparisons of `highest`, `lowest`, `last` or `count` with a number, joined by `and`, as in
          `highest > 100 and last < 1` (with `<`, `<=`, `==`, `!=`, `>=`, `>`)

"#]],
    );
    rejects_curve(
        "last > inf",
        str![[r#"
error[invalid-curve]: invalid number `inf`
 --> src/step-1.md:1:36
  |
1 | ```promql plot=load range=1m curve="last > inf" alt="A line."
  |                                    ^^^^^^^^^^^^
  |
  = help: write comparisons of `highest`, `lowest`, `last` or `count` with a number, joined by `and`, as in
          `highest > 100 and last < 1` (with `<`, `<=`, `==`, `!=`, `>=`, `>`)

"#]],
    );
    rejects_curve(
        "count > 0.5",
        str![[r#"
error[invalid-curve]: expected a whole number for `count`, found `0.5`
 --> src/step-1.md:1:36
  |
1 | ```promql plot=load range=1m curve="count > 0.5" alt="A line."
  |                                    ^^^^^^^^^^^^^
  |
  = help: write comparisons of `highest`, `lowest`, `last` or `count` with a number, joined by `and`, as in
          `highest > 100 and last < 1` (with `<`, `<=`, `==`, `!=`, `>=`, `>`)

"#]],
    );
    rejects_curve(
        "high",
        str![[r#"
error[invalid-curve]: expected a comparison, found `high`
 --> src/step-1.md:1:36
  |
1 | ```promql plot=load range=1m curve="high" alt="A line."
  |                                    ^^^^^^
  |
  = help: write comparisons of `highest`, `lowest`, `last` or `count` with a number, joined by `and`, as in
          `highest > 100 and last < 1` (with `<`, `<=`, `==`, `!=`, `>=`, `>`)

"#]],
    );
}
