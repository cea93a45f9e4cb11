//! Steps on top of each other: what is played on the way to a step, and what is left out.

use snapbox::str;

use crate::playground::Playground;
use crate::scenario_test::ScenarioTest;

/// A first step with a process that is ready at once and works a while, and a look at what comes of it.
fn slow() -> Playground {
    ScenarioTest::new()
        .page(
            "step-1.md",
            "# One\n\n```console background=worker ready=log:started within=5s\n$ echo started; sleep 0.4; echo done > state; sleep 600\n```\n\n\
             ```console read-only within=20s\n$ echo look >> looks; cat state\ndone\n```\n",
        )
        .page("step-2.md", "# Two\n\n```console\n$ true\n```\n")
        .playground()
}

#[test]
fn a_read_only_block_with_within_is_repeated_until_it_prints_what_the_page_shows() {
    let playground = slow();
    playground.run(&["step", "1"]).status(0).says("✓ echo look >> looks; cat state");
    assert!(playground.read("looks").lines().count() > 1, "it was repeated");
    playground.run(&["verify", "--replace"]).status(0);
}

#[test]
fn on_the_way_to_a_later_step_read_only_blocks_are_left_out() {
    let playground = slow();
    playground.run(&["step", "2"]).status(0).does_not_say("cat state");
    assert!(!playground.path("looks").exists());
}

#[test]
fn a_repetition_has_a_bound_that_is_named() {
    let page = "```console read-only within=1s\n$ echo a\nb\n```\n";
    let playground = ScenarioTest::step(page).playground();
    playground.run(&["step", "1"]).status(1).out(str![[r#"
Step 1  step-1
  ✗ echo a

error: the output differs from what the page shows, also after 1 s of repeating it
 --> src/step-1.md:3:1
  |
3 | b
  | ^
    - b
    + a
  help:     lines with `-` are on the page, lines with `+` were printed
  again:    `scenario step 1`

step 1: 0 passed, 1 failed, 0 skipped in [TIME] s
the files in `workspace` and what runs are as far as this step came; nothing was undone

"#]]);
}

/// A server in Python that answers with a text, on a port.
fn server(port: u16, text: &str) -> String {
    format!(
        "import http.server\n\nMESSAGE = b\"{text}\"\n\n\nclass Handler(http.server.BaseHTTPRequestHandler):\n    \
         def do_GET(self):\n        self.send_response(200)\n        self.end_headers()\n        \
         self.wfile.write(MESSAGE)\n\n\nhttp.server.HTTPServer((\"127.0.0.1\", {port}), Handler).serve_forever()\n"
    )
}

/// Two steps: a server, and the server with another answer, started by a block with these attributes.
fn restarted(port: u16, attributes: &str) -> Playground {
    let look = |text: &str| format!("```console\n$ curl -s localhost:{port}/\n{text}\n```\n");
    let start = |attributes: &str| {
        format!("```console {attributes} ready={port} within=10s\n$ python3 server.py\n```\n")
    };
    let edit = "```python file=server.py replace=one\ntwo\n```\n";
    ScenarioTest::new()
        .page(
            "step-1.md",
            &format!(
                "# One\n\n```python file=server.py\n{}```\n\n{}\n{}",
                server(port, "one"),
                start("background=web"),
                look("one")
            ),
        )
        .page("step-2.md", &format!("# Two\n\n{edit}\n{}\n{}", start(attributes), look("two")))
        .playground()
}

#[test]
fn a_process_is_started_anew_under_its_name() {
    let port = crate::free_port::free_port();
    let playground = restarted(port, "background=web");
    for words in
        [&["step", "1"][..], &["step", "2"], &["step", "1"], &["step", "2"], &["verify", "--replace"]]
    {
        playground.run(words).status(0);
    }
    playground.run(&["step", "2"]).status(0).says("✓ python3 server.py");
    playground.run(&["step", "2"]).status(0).says("unchanged since it last succeeded");
}

#[test]
fn a_process_is_stopped_for_another_one_on_its_port() {
    let port = crate::free_port::free_port();
    let playground = restarted(port, "stop=web background=web2");
    for words in
        [&["step", "1"][..], &["step", "2"], &["step", "1"], &["step", "2"], &["verify", "--replace"]]
    {
        playground.run(words).status(0);
    }
    playground.run(&["step", "2"]).status(0).says("✓ python3 server.py");
}

#[test]
fn a_port_that_an_earlier_process_of_the_book_has_is_reported_with_the_way_out() {
    let port = crate::free_port::free_port();
    let playground = restarted(port, "background=web2");
    playground.run(&["step", "1"]).status(0);
    let told = playground.run(&["step", "2"]);
    told.status(1).says(&format!("port {port} is taken by the background process `web` of this book"));
    told.says("end it with `stop=web` on this block, or use another port here");
}
