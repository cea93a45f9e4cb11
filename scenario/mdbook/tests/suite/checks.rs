//! The list at the end of a step.

use snapbox::{assert_data_eq, str};

use crate::book_test::BookTest;

const PAGE: &str = "# One

<!-- scenario: check target job=app health=down error=\"404 <Not Found>\" within=30s -->

Text.

```promql expect=\"value > 1\"
sum(
  x
)
```

<!-- scenario: check http url=http://localhost:8000/metrics status=200 header=\"content-type: text/plain\" contains=\"a{b=\\\"c\\\"}\" matches=\"x+\" -->
";

#[test]
fn all_checks_are_listed_at_the_end_and_their_comments_are_gone() {
    assert_data_eq!(
        BookTest::new().step(PAGE).first(),
        str![[r##"
# One



Text.

<figure class="scenario-block" data-kind="promql" data-block="step-1:27dec7ea:1">
  <figcaption data-text="Prometheus query · expected: a value > 1"></figcaption>
  <pre><code class="nohighlight">sum(
  x
)
</code></pre>
  </figure>

<section class="scenario-checks" aria-label="What this step checks">
  <p data-text="What this step checks"></p>
  <ul>
  <li data-check="step-1:27dec7ea:1" data-text="“sum( x )” returns a value > 1."></li>
  <li data-check="step-1:2dc97394:1" data-text="The target of job “app” is down, and the error of its last scrape contains “404 <Not Found>” (within 30 s)."></li>
  <li data-check="step-1:07d8d37f:1" data-text="“GET http://localhost:8000/metrics” returns status 200, the header “content-type: text/plain”, a body that contains “a{b=&quot;c&quot;}” and a body that matches “x+”."></li>
  </ul>
  <p class="scenario-checks-command" data-text="To run these checks: “scenario check 1”"></p>
  </section>

"##]]
    );
}

#[test]
fn the_command_that_checks_can_be_set() {
    let shown = BookTest::new().setting("check-command", "cargo xtask check {step}").step(PAGE).first();
    assert!(shown.contains("“cargo xtask check 1”"), "{shown}");
}

#[test]
fn a_check_command_that_is_no_text_is_an_error() {
    let error = BookTest::new().setting("check-command", 3).step(PAGE).run().err();
    assert_data_eq!(
        error.unwrap_or_default(),
        str![[r#"
failed to read `preprocessor.scenario.check-command` of `book.toml`: Failed to deserialize `preprocessor.scenario.check-command`: invalid type: integer `3`, expected a string

"#]]
    );
}

#[test]
fn a_step_without_checks_has_no_list() {
    let shown = BookTest::new().step("```console\n$ true\n```\n").first();
    assert!(!shown.contains("What this step checks"), "{shown}");
}

#[test]
fn checks_of_commands_and_files_are_sentences() {
    let page = "# One

<!-- scenario: check command=\"test -s <db>\" -->
<!-- scenario: check command=\"git log\" status=1 contains=a matches=\"^b\" within=2s -->
<!-- scenario: check file=a.txt absent -->
<!-- scenario: check file=a.txt contains=one matches=\"t.o\" -->
";
    assert_data_eq!(
        BookTest::new().step(page).first(),
        str![[r##"
# One

<section class="scenario-checks" aria-label="What this step checks">
  <p data-text="What this step checks"></p>
  <ul>
  <li data-check="step-1:a57688c4:1" data-text="“test -s <db>” ends with status 0."></li>
  <li data-check="step-1:30b6c359:1" data-text="“git log” ends with status 1, prints “a” and prints what matches “^b” (within 2 s)."></li>
  <li data-check="step-1:4adeca6d:1" data-text="“a.txt” does not exist."></li>
  <li data-check="step-1:6e22d77e:1" data-text="“a.txt” contains “one” and matches “t.o”."></li>
  </ul>
  <p class="scenario-checks-command" data-text="To run these checks: “scenario check 1”"></p>
  </section>

"##]]
    );
}

#[test]
fn the_result_of_a_query_is_a_table() {
    let page = "# One

```promql
up
# => up{job=\"<app>\"} 1
# => {instance=\"a\", [..]} 0.5 ±10%
# ...
```

```promql
up > 1
# => none
```
";
    assert_data_eq!(
        BookTest::new().step(page).first(),
        str![[r##"
# One

<figure class="scenario-block" data-kind="promql" data-block="step-1:5caf5bc1:1">
  <figcaption data-text="Prometheus query · expected: the result that is shown"></figcaption>
  <pre><code class="nohighlight">up
</code></pre><table class="scenario-result"><thead><tr><th>name</th><th>job</th><th>instance</th><th>other labels</th><th>value</th></tr></thead><tbody><tr><td>up</td><td>&lt;app></td><td></td><td></td><td>1</td></tr><tr><td></td><td></td><td>a</td><td>…</td><td>0.5 ±10%</td></tr><tr><td colspan="5">…</td></tr></tbody></table>
  </figure>

<figure class="scenario-block" data-kind="promql" data-block="step-1:f1da9c96:1">
  <figcaption data-text="Prometheus query · expected: the result that is shown"></figcaption>
  <pre><code class="nohighlight">up > 1
</code></pre><table class="scenario-result"><tbody><tr><td>no results</td></tr></tbody></table>
  </figure>

<section class="scenario-checks" aria-label="What this step checks">
  <p data-text="What this step checks"></p>
  <ul>
  <li data-check="step-1:5caf5bc1:1" data-text="“up” returns the result that is shown."></li>
  <li data-check="step-1:f1da9c96:1" data-text="“up > 1” returns the result that is shown."></li>
  </ul>
  <p class="scenario-checks-command" data-text="To run these checks: “scenario check 1”"></p>
  </section>

"##]]
    );
}
