//! Exercises as a page shows them: the solution like other blocks, no mistake, and how to check a solution.

use snapbox::{assert_data_eq, str};

use crate::book_test::BookTest;

const PAGE: &str = "# One\n\n```text file=a\none\ntwo\n```\n\nWrite `three`.\n\n\
    <!-- scenario: check file=a contains=three exercise=count -->\n\
    <!-- scenario: check file=a contains=two exercise=count mistake=\"Keep `two`.\" -->\n\n\
    <details><summary>A solution</summary>\n\n```text file=a append exercise=count\nthree\n```\n\n</details>\n\n\
    ~~~text file=a replace=two exercise=count mistake=\"Keep `two`.\"\nthree\n~~~\n\nAfter it.\n";

#[test]
fn a_solution_is_shown_and_mistakes_are_not() {
    assert_data_eq!(
        BookTest::new().step(PAGE).first(),
        str![[r##"
# One

<figure class="scenario-block" data-kind="edit" data-block="step-1:6ba70e3c:1">
  <figcaption data-text="“a” · new file"></figcaption>
  <pre><code class="language-text noplayground"><span>one
two
</span></code></pre>
  </figure>

Write `three`.

<section class="scenario-checks scenario-exercise" data-exercise="count" aria-label="Exercise count">
  <p class="scenario-exercise-command" data-text="To check your solution: “scenario check 1 --exercise count”"></p>
  </section>



<details><summary>A solution</summary>

<figure class="scenario-block" data-kind="edit" data-block="step-1:44222c77:1">
  <figcaption data-text="“a” · append to the end"></figcaption>
  <pre><code class="language-text noplayground"><span class="scenario-lines"><span class="scenario-around" data-text="one
two
"></span><ins class="scenario-own">three
</ins></span></code></pre>
  </figure>

</details>



After it.
"##]]
    );
}

#[test]
fn the_checks_of_the_step_are_listed_before_the_heading_of_its_exercises() {
    let page = "# One\n\n```text file=a\none\n```\n\n<!-- scenario: check file=a contains=one -->\n\n\
                ## Your turn\n\nWrite `two`.\n\n<!-- scenario: check file=a contains=two exercise=count -->\n\n\
                ```text file=a append exercise=count\ntwo\n```\n";
    assert_data_eq!(
        BookTest::new().step(page).first(),
        str![[r##"
# One

<figure class="scenario-block" data-kind="edit" data-block="step-1:7bba2df9:1">
  <figcaption data-text="“a” · new file"></figcaption>
  <pre><code class="language-text noplayground"><span>one
</span></code></pre>
  </figure>



<section class="scenario-checks" aria-label="What this step checks">
  <p data-text="What this step checks"></p>
  <ul>
  <li data-check="step-1:7f8d7883:1" data-text="“a” contains “one”."></li>
  </ul>
  <p class="scenario-checks-command" data-text="To run these checks: “scenario check 1”"></p>
  </section>

## Your turn

Write `two`.

<section class="scenario-checks scenario-exercise" data-exercise="count" aria-label="Exercise count">
  <p class="scenario-exercise-command" data-text="To check your solution: “scenario check 1 --exercise count”"></p>
  </section>

<figure class="scenario-block" data-kind="edit" data-block="step-1:1b261fd9:1">
  <figcaption data-text="“a” · append to the end"></figcaption>
  <pre><code class="language-text noplayground"><span class="scenario-lines"><span class="scenario-around" data-text="one
"></span><ins class="scenario-own">two
</ins></span></code></pre>
  </figure>
"##]]
    );
}

#[test]
fn the_next_chapter_has_the_files_of_the_chapter_alone() {
    let next = "# Two\n\n```text file=a append\nfour\n```\n";
    assert_data_eq!(
        BookTest::new().step(PAGE).step(next).last(),
        str![[r##"
# Two

<figure class="scenario-block" data-kind="edit" data-block="step-2:a628e11d:1">
  <figcaption data-text="“a” · append to the end"></figcaption>
  <pre><code class="language-text noplayground"><span class="scenario-lines"><span class="scenario-around" data-text="one
two
"></span><ins class="scenario-own">four
</ins></span></code></pre>
  </figure>
"##]]
    );
}
