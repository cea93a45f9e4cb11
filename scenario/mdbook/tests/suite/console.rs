//! Transcripts and queries.

use snapbox::{assert_data_eq, str};

use crate::book_test::BookTest;

#[test]
fn prompts_commands_and_output_are_distinguished() {
    let page =
        "```console\n$ for i in 1 2; do\n>   echo $i\n> done\n1\n\n2\n$ cat < missing\n? 1\n...\n```\n";
    assert_data_eq!(
        BookTest::new().step(page).first(),
        str![[r#"
<figure class="scenario-block" data-kind="console" data-block="step-1:cb8fd715:1">
  <figcaption data-text="Terminal"></figcaption>
  <pre><code class="nohighlight"><span>$ </span><kbd>for i in 1 2; do</kbd>
<span>> </span><kbd>  echo $i</kbd>
<span>> </span><kbd>done</kbd>
<samp>1
⏎
2
</samp><span>$ </span><kbd>cat &lt; missing</kbd>
<i>exit status 1</i>
<samp>...
</samp></code></pre>
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
  <figcaption data-text="Terminal · keeps running as “prometheus”; ready when “http://localhost:9090/-/ready” responds (within 30 s)"></figcaption>
  <pre><code class="nohighlight"><span>$ </span><kbd>prometheus</kbd>
</code></pre>
  </figure>

<figure class="scenario-block" data-kind="console" data-block="step-1:f41c857e:1">
  <figcaption data-text="Terminal · keeps running as “app”; ready when the output contains “listening <on>” (within 500 ms)"></figcaption>
  <pre><code class="nohighlight"><span>$ </span><kbd>app</kbd>
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
  <figcaption data-text="Terminal · then wait until port 8000 accepts connections (at most 2 min)"></figcaption>
  <pre><code class="nohighlight"><span>$ </span><kbd>docker run -d --name=app app:v1</kbd>
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
  <figcaption data-text="Prometheus query · expected: at least one result"></figcaption>
  <pre><code class="nohighlight">up
</code></pre>
  </figure>

<figure class="scenario-block" data-kind="promql" data-block="step-1:eb25edc5:1">
  <figcaption data-text="Prometheus query · expected: a value > 0.5 and ≤ 2, and exactly 3 results (within 15 s)"></figcaption>
  <pre><code class="nohighlight">sum(rate(x{a="&lt;b>"}[1m]))
</code></pre>
  </figure>

<figure class="scenario-block" data-kind="promql" data-block="step-1:9d54be1e:1">
  <figcaption data-text="Prometheus query · expected: no results"></figcaption>
  <pre><code class="nohighlight">absent
</code></pre>
  </figure>

<section class="scenario-checks" aria-label="What this step checks">
  <p data-text="What this step checks"></p>
  <ul>
  <li data-check="step-1:e6f747e8:1" data-text="“up” returns at least one result."></li>
  <li data-check="step-1:eb25edc5:1" data-text="“sum(rate(x{a=&quot;<b>&quot;}[1m]))” returns a value > 0.5 and ≤ 2, and exactly 3 results (within 15 s)."></li>
  <li data-check="step-1:9d54be1e:1" data-text="“absent” returns no results."></li>
  </ul>
  <p class="scenario-checks-command" data-text="To run these checks: “scenario check 1”"></p>
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

#[test]
fn a_block_that_is_repeated_says_so() {
    let page = "```console read-only within=30s\n$ cat state\ndone\n```\n";
    assert_data_eq!(
        BookTest::new().step(page).first(),
        str![[r#"
<figure class="scenario-block" data-kind="console" data-block="step-1:11c4993b:1">
  <figcaption data-text="Terminal · repeat until the output is this (at most 30 s)"></figcaption>
  <pre><code class="nohighlight"><span>$ </span><kbd>cat state</kbd>
<samp>done
</samp></code></pre>
  </figure>
"#]]
    );
}

#[test]
fn a_block_that_stops_a_process_says_so() {
    let start = "```console background=web ready=8000 within=2m\n$ web\n```\n";
    let page = format!("{start}\n```console stop=web\n^C\n$ ls\n```\n\n{start}");
    assert_data_eq!(
        BookTest::new().step(&page).first(),
        str![[r#"
<figure class="scenario-block" data-kind="console" data-block="step-1:ad444fb1:1">
  <figcaption data-text="Terminal · keeps running as “web”; ready when port 8000 accepts connections (within 2 min)"></figcaption>
  <pre><code class="nohighlight"><span>$ </span><kbd>web</kbd>
</code></pre>
  </figure>

<figure class="scenario-block" data-kind="console" data-block="step-1:a77c493b:1">
  <figcaption data-text="Terminal · stops “web”"></figcaption>
  <pre><code class="nohighlight"><i>^C</i>
<span>$ </span><kbd>ls</kbd>
</code></pre>
  </figure>

<figure class="scenario-block" data-kind="console" data-block="step-1:ad444fb1:2">
  <figcaption data-text="Terminal · keeps running as “web”; ready when port 8000 accepts connections (within 2 min)"></figcaption>
  <pre><code class="nohighlight"><span>$ </span><kbd>web</kbd>
</code></pre>
  </figure>
"#]]
    );
}

#[test]
fn the_files_that_commands_write_are_said() {
    let page = "```console writes=\"a, b<c\" ready=8000 within=2s\n$ tool\n```\n\n```console writes=a\n$ tool\n```\n";
    assert_data_eq!(
        BookTest::new().step(page).first(),
        str![[r#"
<figure class="scenario-block" data-kind="console" data-block="step-1:208ae5a9:1">
  <figcaption data-text="Terminal · writes “a” and “b<c”; then wait until port 8000 accepts connections (at most 2 s)"></figcaption>
  <pre><code class="nohighlight"><span>$ </span><kbd>tool</kbd>
</code></pre>
  </figure>

<figure class="scenario-block" data-kind="console" data-block="step-1:2a29cbcd:1">
  <figcaption data-text="Terminal · writes “a”"></figcaption>
  <pre><code class="nohighlight"><span>$ </span><kbd>tool</kbd>
</code></pre>
  </figure>
"#]]
    );
}
