//! What a chapter needs that not every machine has, as the page shows it.

use snapbox::{assert_data_eq, str};

use crate::book_test::BookTest;

#[test]
fn a_page_shows_what_it_needs_and_how_to_see_whether_it_is_there() {
    let page = "# One\n\n<!-- scenario: needs what=\"a <big> moon\" command=\"test -e /moon && ls -d '*_*'\" -->\n\
                Text.\n\n```console\n$ one\n```\n";
    assert_data_eq!(
        BookTest::new().step(page).first(),
        str![[r##"
# One

<details class="scenario-needs"><summary>This chapter needs a &lt;big> moon. Where that is missing, the chapter is skipped, and the next ones do without it.</summary>This command succeeds where it is there: <code>test -e /moon &amp;&amp; ls -d '*_*'</code></details>

Text.

<figure class="scenario-block" data-kind="console" data-block="step-1:c9cef09c:1">
  <figcaption data-text="Terminal"></figcaption>
  <pre><code class="nohighlight"><span>$ </span><kbd>one</kbd>
</code></pre>
  </figure>
"##]]
    );
}
