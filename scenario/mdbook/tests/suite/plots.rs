//! The pictures of plots and screenshots, and the line at the head of a chapter.

use serde_json::json;
use snapbox::{assert_data_eq, str};

use crate::book_test::BookTest;

const PAGE: &str = "# One\n\n```promql plot=load range=1m curve=\"last > 0\" alt=\"It climbs, \\\"fast\\\" & <far>.\"\nup\n```\n";

#[test]
fn the_picture_of_a_plot_is_below_its_query() {
    let shown = BookTest::new().file("plots/load.svg", "<svg/>").step(PAGE).first();
    assert_data_eq!(
        shown,
        str![[r##"
# One

<figure class="scenario-block" data-kind="promql" data-block="step-1:085c76c1:1">
  <figcaption data-text="Prometheus query · expected: at least one result"></figcaption>
  <pre><code class="nohighlight">up
</code></pre><img class="scenario-plot" src="plots/load.svg" alt="It climbs, &quot;fast&quot; &amp; &lt;far>.">
  </figure>

<section class="scenario-checks" aria-label="What this step checks">
  <p data-text="What this step checks"></p>
  <ul>
  <li data-check="step-1:085c76c1:1" data-text="“up” returns at least one result."></li>
  </ul>
  <p class="scenario-checks-command" data-text="To run these checks: “scenario check 1”"></p>
  </section>

"##]]
    );
    let shown = BookTest::new().file("plots/load.svg", "<svg/>").item("more/one", json!([1]), PAGE).first();
    assert!(shown.contains(" src=\"../plots/load.svg\" "), "{shown}");
}

#[test]
fn a_screenshot_is_below_its_query_and_leads_to_its_file() {
    let page = "# One\n\n```promql screenshot=down url=http://localhost:9090/graph?g0.expr=up&g0.tab=0 alt=\"It is \\\"DOWN\\\".\"\nup\n```\n";
    // As far as it is read: the head of a PNG, which is text here by chance.
    let head = "\0PNG\r\n..\0\0\0\rIHDR\0\0\0\u{20}\0\0\0\u{10}";
    let shown = BookTest::new().file("screenshots/down.png", head).step(page).first();
    assert_data_eq!(
        shown,
        str![[r##"
# One

<figure class="scenario-block" data-kind="promql" data-block="step-1:f6f40b00:1">
  <figcaption data-text="Prometheus query · expected: at least one result"></figcaption>
  <pre><code class="nohighlight">up
</code></pre><a class="scenario-screenshot" href="screenshots/down.png"><img src="screenshots/down.png" alt="It is &quot;DOWN&quot;." width="32" height="16" loading="lazy"></a>
  <p class="scenario-source" data-text="Screenshot of “http://localhost:9090/graph”"></p>
  </figure>

<section class="scenario-checks" aria-label="What this step checks">
  <p data-text="What this step checks"></p>
  <ul>
  <li data-check="step-1:f6f40b00:1" data-text="“up” returns at least one result."></li>
  </ul>
  <p class="scenario-checks-command" data-text="To run these checks: “scenario check 1”"></p>
  </section>

"##]]
    );
    let shown = BookTest::new().step(page).first();
    assert!(!shown.contains("<img"), "{shown}");
}

#[test]
fn a_plot_without_a_picture_is_a_query() {
    let shown = BookTest::new().step(PAGE).first();
    assert!(!shown.contains("<img"), "{shown}");
}

#[test]
fn a_chapter_says_how_to_begin_and_how_long_it_takes() {
    let times = r#"{"step-1.md": 20, "step-3.md": 90}"#;
    let book = BookTest::new()
        .setting("step-command", "cargo xtask step {step}")
        .file("../times.json", times)
        .step("# One\n\nText.\n")
        .step("# Two\n\nText.\n")
        .step("Three without a title.\n");
    let chapters = book.run().unwrap().chapters;
    assert_data_eq!(
        chapters.join("---\n"),
        str![[r##"
# One

<p class="scenario-head">The commands take about 20 seconds.</p>

Text.---
# Two

<p class="scenario-head">Start here: <code>cargo xtask step 1</code>.</p>

Text.---
<p class="scenario-head">Start here: <code>cargo xtask step 2</code>. The commands take about a minute and a half.</p>

Three without a title.
"##]]
    );
}

#[test]
fn times_that_cannot_be_read_are_an_error() {
    let error = BookTest::new().file("../times.json", "{\"a.md\": \"soon\"}").step(PAGE).run().err();
    assert_data_eq!(
        error.unwrap_or_default(),
        str![[
            r#"failed to read `times.json`: invalid type: string "soon", expected u64 at line 1 column 15"#
        ]]
    );
}
