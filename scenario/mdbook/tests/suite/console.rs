//! Transcripts and queries.

use snapbox::{assert_data_eq, str};

use crate::book_test::BookTest;

#[test]
fn prompts_commands_and_output_are_told_apart() {
    let page =
        "```console\n$ for i in 1 2; do\n>   echo $i\n> done\n1\n\n2\n$ cat < missing\n? 1\n...\n```\n";
    assert_data_eq!(
        BookTest::new().step(page).first(),
        str![[r#"
<figure class="scenario-block" data-kind="console" data-block="step-1:cb8fd715:1">
  <figcaption><span class="scenario-caption">Terminal</span></figcaption>
  <pre><code class="nohighlight"><span class="scenario-prompt">$ </span><kbd class="scenario-own">for i in 1 2; do</kbd>⏎
<span class="scenario-prompt">&gt; </span><kbd class="scenario-own">  echo $i</kbd>⏎
<span class="scenario-prompt">&gt; </span><kbd class="scenario-own">done</kbd>⏎
<samp>1</samp>⏎
<samp></samp>⏎
<samp>2</samp>⏎
<span class="scenario-prompt">$ </span><kbd class="scenario-own">cat &lt; missing</kbd>⏎
<span class="scenario-status">exit status 1</span>⏎
<samp>...</samp>⏎
</code></pre>
  </figure>
"#]]
    );
}

#[test]
fn a_background_block_says_what_keeps_running_and_when_it_is_ready() {
    let page = "```console background=prometheus ready=http://localhost:9090/-/ready within=30s\n$ prometheus\n```\n\n```console background=app ready=log:\"listening <on>\" within=500ms\n$ app\n```\n";
    assert_data_eq!(
        BookTest::new().step(page).first(),
        str![[r#"
<figure class="scenario-block" data-kind="console" data-block="step-1:77924b3a:1">
  <figcaption><span class="scenario-caption">Terminal <span>keeps running as <code class="nohighlight">prometheus</code>; ready when <code class="nohighlight">http://localhost:9090/-/ready</code> answers (within 30 s)</span></span></figcaption>
  <pre><code class="nohighlight"><span class="scenario-prompt">$ </span><kbd class="scenario-own">prometheus</kbd>⏎
</code></pre>
  </figure>

<figure class="scenario-block" data-kind="console" data-block="step-1:f41c857e:1">
  <figcaption><span class="scenario-caption">Terminal <span>keeps running as <code class="nohighlight">app</code>; ready when it has printed <code class="nohighlight">listening &lt;on&gt;</code> (within 500 ms)</span></span></figcaption>
  <pre><code class="nohighlight"><span class="scenario-prompt">$ </span><kbd class="scenario-own">app</kbd>⏎
</code></pre>
  </figure>
"#]]
    );
}

#[test]
fn a_readiness_probe_is_said() {
    let page = "```console ready=8000 within=2m\n$ docker run -d --name=app app:v1\n```\n";
    assert_data_eq!(
        BookTest::new().step(page).first(),
        str![[r#"
<figure class="scenario-block" data-kind="console" data-block="step-1:ae849d8e:1">
  <figcaption><span class="scenario-caption">Terminal <span>then port 8000 must answer (within 2 min)</span></span></figcaption>
  <pre><code class="nohighlight"><span class="scenario-prompt">$ </span><kbd class="scenario-own">docker run -d --name=app app:v1</kbd>⏎
</code></pre>
  </figure>
"#]]
    );
}

#[test]
fn a_query_says_what_it_should_find() {
    let page = "```promql\nup\n```\n\n```promql within=15s expect=\"value > 0.5 and value <= 2 and count == 3\"\nsum(rate(x{a=\"<b>\"}[1m]))\n```\n\n```promql expect=none\nabsent\n```\n";
    assert_data_eq!(
        BookTest::new().step(page).first(),
        str![[r#"
<figure class="scenario-block" data-kind="promql" data-block="step-1:e6f747e8:1">
  <figcaption><span class="scenario-caption">Ask Prometheus <span>expected: any result</span></span></figcaption>
  <pre><code class="nohighlight"><span class="scenario-own">up⏎
</span></code></pre>
  </figure>

<figure class="scenario-block" data-kind="promql" data-block="step-1:eb25edc5:1">
  <figcaption><span class="scenario-caption">Ask Prometheus <span>expected: a value &gt; 0.5 and ≤ 2, and a number of results = 3, within 15 s</span></span></figcaption>
  <pre><code class="nohighlight"><span class="scenario-own">sum(rate(x{a=&quot;&lt;b&gt;&quot;}[1m]))⏎
</span></code></pre>
  </figure>

<figure class="scenario-block" data-kind="promql" data-block="step-1:9d54be1e:1">
  <figcaption><span class="scenario-caption">Ask Prometheus <span>expected: no result</span></span></figcaption>
  <pre><code class="nohighlight"><span class="scenario-own">absent⏎
</span></code></pre>
  </figure>

<section class="scenario-checks" aria-label="What this step checks">
  <p class="scenario-checks-title">What this step checks</p>
  <ul>
  <li data-check="step-1:e6f747e8:1"><code class="nohighlight">up</code> finds any result.</li>
  <li data-check="step-1:eb25edc5:1"><code class="nohighlight">sum(rate(x{a=&quot;&lt;b&gt;&quot;}[1m]))</code> finds a value &gt; 0.5 and ≤ 2, and a number of results = 3, within 15 s.</li>
  <li data-check="step-1:9d54be1e:1"><code class="nohighlight">absent</code> finds no result.</li>
  </ul>
  <p class="scenario-checks-command">To see whether it all holds: <code class="nohighlight">scenario check 1</code></p>
  </section>

"#]]
    );
}

#[test]
fn an_ignored_block_stays_markdown_without_our_attributes() {
    let page = "~~~text ignore=\"only a sketch\"\na -> b\n~~~\n";
    assert_data_eq!(
        BookTest::new().step(page).first(),
        str![[r#"
~~~text
a -> b
~~~
"#]]
    );
}
