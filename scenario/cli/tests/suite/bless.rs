//! `bless`: what commands print and queries find is written into the pages, and nothing else of them changes.

use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use snapbox::str;

use crate::free_port::free_port;
use crate::playground::{Playground, until};
use crate::scenario_test::{ScenarioTest, compare};

impl Playground {
    fn page(&self, name: &str) -> String {
        std::fs::read_to_string(self.root().join("src").join(name)).expect("a page")
    }

    /// Writes what differs; after that the book passes in both ways, and there is nothing more to write.
    #[track_caller]
    fn is_blessed(&self) {
        self.run(&["bless", "--yes"]).status(0).says("wrote `src/step-1.md`");
        let blessed = self.page("step-1.md");
        self.run(&["step", "1"]).status(0);
        self.run(&["bless", "--yes"]).status(0).says("the pages show what is printed; nothing to write");
        assert_eq!(self.page("step-1.md"), blessed);
        self.run(&["verify", "--replace"]).status(0);
    }
}

#[test]
fn lines_that_differ_are_written_and_those_that_match_stay() {
    let playground = ScenarioTest::step(
        "# One\n\n- A list:\n\n  ```console\n  $ printf 'a\\n\\nc\\n'\n  a\n  b\n  ```\n\n\
         > A quote:\n>\n> ~~~console\n> $ printf 'built in 0.3s\\n1\\n2\\nend\\n'\n> compiled in [DURATION]\n> ...\n> END\n> ~~~\n\n\
         ```console\n$ echo out; echo warning >&2\nx\n$ echo \\\n> one two three; false\n? 1\nzero [..] three\n\n$ true\n```\n",
    )
    .playground();
    playground.is_blessed();
    compare(
        &playground.page("step-1.md"),
        str![[r#"
# One

- A list:

  ```console
  $ printf 'a\n\nc\n'
  a

  c
  ```

> A quote:
>
> ~~~console
> $ printf 'built in 0.3s\n1\n2\nend\n'
> built in [DURATION]
> ...
> end
> ~~~

```console
$ echo out; echo warning >&2
out
$ echo \
> one two three; false
? 1
one [..] three

$ true
```

"#]],
    );
}

#[test]
fn a_page_keeps_its_line_ends_its_mark_and_all_that_is_not_output() {
    let page = "\u{feff}# One  \r\n\r\n1.\tItem\r\n\r\n    ```console\r\n    $ printf 'b\\nc\\n'\r\n    a\r\n    ```\r\n\r\n\
                ```console\r\n$ echo same \t\r\nsame  \r\n```\r\nno newline";
    let playground = ScenarioTest::step(page).playground();
    playground.is_blessed();
    assert_eq!(playground.page("step-1.md"), page.replace("    a\r\n", "    b\r\n    c\r\n"));
}

#[test]
fn without_a_terminal_the_difference_is_shown_and_nothing_changes() {
    let page = "# One\n\nbefore\n\n```console\n$ echo b\na\n```\n";
    let playground = ScenarioTest::step(page).playground();
    playground.run(&["bless", "1"]).status(1).out(str![[r#"
Step 1  step-1
  ✓ echo b  differs from what the page shows
bless 1: 1 passed, 0 failed, 0 skipped in [TIME] s
--- src/step-1.md
+++ src/step-1.md
@@ -4,5 +4,5 @@
 
 ```console
 $ echo b
-a
+b
 ```
nothing was written: there is no terminal to ask at; `--yes` writes the pages

"#]]);
    assert_eq!(playground.page("step-1.md"), page);
    playground.run(&["step", "1"]).status(1);
}

/// Runs `bless` on a terminal, with an answer.
fn answered(answer: &str) -> (Option<i32>, String) {
    let playground = ScenarioTest::step("# One\n\n```console\n$ echo b\na\n```\n").playground();
    let mut command = Command::new("script");
    playground.prepare(&mut command);
    let line = format!("{} bless", env!("CARGO_BIN_EXE_scenario"));
    command.args(["-qec", &line, "/dev/null"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("script, of util-linux");
    std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), answer.as_bytes())
        .expect("an answer");
    let output = child.wait_with_output().expect("script");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("write these pages? [y/N] "), "{text}");
    (output.status.code(), playground.page("step-1.md"))
}

#[test]
fn on_a_terminal_it_asks() {
    assert_eq!(answered("y\n"), (Some(0), "# One\n\n```console\n$ echo b\nb\n```\n".to_owned()));
    assert_eq!(answered("n\n"), (Some(1), "# One\n\n```console\n$ echo b\na\n```\n".to_owned()));
}

#[test]
fn a_ctrl_c_at_the_question_writes_nothing() {
    let page = "# One\n\n```console\n$ echo b\na\n```\n";
    let playground = ScenarioTest::step(page).playground();
    let mut command = Command::new("script");
    playground.prepare(&mut command);
    let line = format!("exec {} bless", env!("CARGO_BIN_EXE_scenario"));
    let said = playground.root().join(".said");
    command.args(["-qefc", &line, "/dev/null"]).stdin(Stdio::piped());
    command.stdout(std::fs::File::create(&said).expect("a file"));
    let mut child = command.spawn().expect("script, of util-linux");
    // Held until it has ended: the end of the input is an answer, too, and may come before the signal.
    let input = child.stdin.take();
    let is_asked = || std::fs::read_to_string(&said).is_ok_and(|said| said.contains("[y/N] "));
    until("the question", is_asked);
    let all = playground.processes();
    let is_bless =
        |words: &str| words.starts_with(env!("CARGO_BIN_EXE_scenario")) && words.ends_with("bless");
    let bless = all.iter().find(|(_, words)| is_bless(words)).expect("bless runs");
    kill(Pid::from_raw(bless.0), Signal::SIGINT).expect("bless runs");
    assert_eq!(child.wait().expect("script").code(), Some(130));
    drop(input);
    assert_eq!(playground.page("step-1.md"), page);
}

#[test]
fn nothing_of_a_block_is_written_in_which_a_command_fails() {
    let page =
        "# One\n\n```console\n$ echo b\na\n```\n\n```console\n$ echo c\na\n$ false\n$ echo d\na\n```\n";
    let playground = ScenarioTest::step(page).playground();
    let told = playground.run(&["bless", "--yes"]);
    told.status(1).says("src/step-1.md:9:3: left as it is: another action of its block failed");
    told.says("wrote `src/step-1.md`");
    assert_eq!(playground.page("step-1.md"), page.replacen("\na\n", "\nb\n", 1));
}

#[test]
fn an_exit_status_is_proposed_where_the_output_differs_too() {
    let page = "# One\n\n```console\n$ echo b; (exit 3)\na\n```\n";
    let playground = ScenarioTest::step(page).playground();
    let told = playground.run(&["bless", "--yes"]);
    told.status(1).says(
        "if the command is meant to end so, write `? 3` on the line below it, and below that what it prints",
    );
    assert_eq!(playground.page("step-1.md"), page);
    std::fs::write(playground.root().join("src/step-1.md"), page.replace("\na\n", "\n? 3\na\n"))
        .expect("a page");
    playground.is_blessed();
    assert_eq!(playground.page("step-1.md"), page.replace("\na\n", "\n? 3\nb\n"));
}

#[test]
fn what_cannot_be_read_back_as_output_is_left_and_named() {
    let page = "# One\n\n```console\n$ echo '$ touch a'\nx\n$ echo '> a'\nx\n$ echo '? 3'\nx\n$ echo ...\nx\n$ echo 'at [TIME]'\nx\n\
                $ printf '{{#%s a}}' include\nx\n$ seq 20000\nx\n...\n$ seq 3\n...\nbuilt\n...\n$ printf 'a\\n? 7'\nx\n```\n";
    let playground = ScenarioTest::step(page).playground();
    let told = playground.run(&["bless", "--yes"]);
    told.status(1);
    compare(
        told.stdout.split_once(" skipped in [TIME] s\n").expect("a run").1,
        str![[r#"
src/step-1.md:4:3: left as it is: the line `$ touch a` would be read as a command; write `[..] touch a`
src/step-1.md:6:3: left as it is: the line `> a` would be read as the next line of the command; write `[..] a`
src/step-1.md:8:3: left as it is: the line `? 3` would be read as an exit status; write `?[..]`
src/step-1.md:10:3: left as it is: the line `...` would be read as any number of lines; write `[..]..`
src/step-1.md:12:3: left as it is: `[TIME]` in the line `at [TIME]` would be read as an elision, and a page cannot say that it is not one; print it in another form, or write the line by hand
src/step-1.md:14:3: left as it is: the page would have a mistake: mdBook would replace `{{#include a}}` in this block, and the runner would not
src/step-1.md:16:3: left as it is: more than 65536 bytes were printed; shorten the output, as with `| head`
src/step-1.md:19:3: left as it is: no printed line is like those that the page shows between `...`; write the lines to show
src/step-1.md:23:3: left as it is: the line `? 7` would be read as an exit status; write `?[..]`

"#]],
    );
    assert_eq!(playground.page("step-1.md"), page);
}

#[test]
fn a_page_that_has_changed_meanwhile_is_left_alone() {
    let page = "# One\n\n```console\n$ echo more >> ../src/step-1.md; echo b\na\n```\n";
    let playground = ScenarioTest::step(page).playground();
    playground.run(&["bless", "--yes"]).status(2).err(str![[r#"
error: `src/step-1.md` has changed since it was read; no page was written
  help: run the command again

"#]]);
    assert_eq!(playground.page("step-1.md"), format!("{page}more\n"));
}

#[test]
fn a_chapter_is_blessed_on_the_state_of_those_before_it() {
    let playground = ScenarioTest::new()
        .page("step-1.md", "# One\n\n```console\n$ echo one > state\n$ echo b\n...\n```\n")
        .page("step-2.md", "# Two\n\n```console\n$ cat state\nx\n$ echo two > state\n```\n")
        .page("step-3.md", "# Three\n\n```console\n$ cat state\nx\n```\n")
        .playground();
    playground.run(&["bless", "2", "--yes"]).status(0).does_not_say("step-3");
    assert!(playground.page("step-2.md").contains("$ cat state\none\n"));
    std::fs::write(playground.path("mine"), "mine").expect("a file");
    let told = playground.run(&["bless", "3", "--yes"]);
    told.status(0).says("wrote `src/step-3.md`");
    assert!(playground.page("step-3.md").contains("$ cat state\ntwo\n"));
    assert_eq!(playground.read("mine"), "mine");
    playground.run(&["step", "3"]).status(0);
    playground.run(&["verify", "--replace"]).status(0);
    let told = playground.run(&["bless", "4"]);
    assert!(told.status(2).stderr.contains("there is no step 4"));
}

/// A stand-in for Prometheus that finds three samples, or none for the query `none`.
const STUB: &str = "import http.server, json, sys

SAMPLES = [('200', '31'), ('500', '2'), ('503', '1e+21')]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        samples = [] if 'query=none' in self.path else SAMPLES
        result = [{'metric': {'job': 'app', 'code': c}, 'value': [0, v]} for c, v in samples]
        data = {'resultType': 'vector', 'result': result, 'activeTargets': []}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({'status': 'success', 'data': data}).encode())


http.server.HTTPServer((\"127.0.0.1\", int(sys.argv[1])), Handler).serve_forever()
";

/// The beginning of a page that starts a program in place of Prometheus.
fn with_stub(stub: &str) -> String {
    let port = free_port();
    format!(
        "# One\n\n```python file=stub.py\n{stub}```\n\n\
         ```console background=prometheus ready={port} within=10s\n$ python3 stub.py {port}\n```\n\n"
    )
}

#[test]
fn the_result_of_a_query_is_written_too() {
    let start = with_stub(STUB);
    let page = "- Ask:\n\n  ```promql\n  codes\n  # => {job=\"app\", code=\"200\"}   28 ±5%\n  # => {code=\"404\", [..]} 1\n  \
                # => {code=\"500\", [..]} [..]\n  ```\n\n\
                ```promql\ncodes\n# => {code=\"200\", [..]} 1\n# ...\n```\n\n\
                ```promql\nnone\n# => {code=\"200\"} 1\n# ...\n```\n\n\
                ```promql\ncodes\n\n# => none\n\n```\n";
    let playground = ScenarioTest::step(&format!("{start}{page}")).playground().with_fake_prometheus();
    playground.is_blessed();
    let blessed = playground.page("step-1.md");
    compare(
        blessed.strip_prefix(&start).expect("the same start"),
        str![[r#"
- Ask:

  ```promql
  codes
  # => {job="app", code="200"}   31 ±5%
  # => {code="500", [..]} [..]
  # => {code="503", job="app"} 1e+21
  ```

```promql
codes
# => {code="200", [..]} 31
# ...
```

```promql
none
# => none
```

```promql
codes

# => {code="200", job="app"} 31
# => {code="500", job="app"} 2
# => {code="503", job="app"} 1e+21

```

"#]],
    );
}

/// The answer is written after the source of Prometheus 3.
#[test]
fn names_in_a_fake_answer_that_need_quotes_are_written_so_and_read_again() {
    let stub =
        STUB.replace("'job': 'app', 'code': c", "'__name__': 'http.count', 'job': 'a\\tb', 'http.status': c");
    let start = with_stub(&stub);
    let page = "```promql\n{\"http.count\"}\n# => {\"http.status\"=\"500\", [..]} 3\n# => {\"http.count\", \"http.status\"=\"404\", job=\"app\"} 3\n```\n";
    let playground = ScenarioTest::step(&format!("{start}{page}")).playground().with_fake_prometheus();
    playground.is_blessed();
    let blessed = playground.page("step-1.md");
    compare(
        blessed.strip_prefix(&start).expect("the same start"),
        str![[r#"
```promql
{"http.count"}
# => {"http.status"="500", [..]} 2
# => {"http.count", "http.status"="200", job="a\tb"} 31
# => {"http.count", "http.status"="503", job="a\tb"} 1e+21
```

"#]],
    );
}

#[test]
fn a_page_that_is_a_link_stays_one() {
    let playground = ScenarioTest::step("# One\n\n```console\n$ echo b\na\n```\n").playground();
    let (page, real) = (playground.root().join("src/step-1.md"), playground.root().join("real.md"));
    std::fs::rename(&page, &real).expect("a page");
    std::os::unix::fs::symlink("../real.md", &page).expect("a link");
    playground.is_blessed();
    assert!(page.is_symlink());
    assert_eq!(std::fs::read_to_string(real).expect("a page"), "# One\n\n```console\n$ echo b\nb\n```\n");
}

#[test]
fn what_varies_is_elided() {
    let page = "# One\n\n```console\n$ pwd; echo \"$PWD/a is here\"; echo \"$HOME/.cargo\"\nx\n$ date '+%F %T'; date +%H:%M; date '+%a %d %b %Y'\nx\n\
                $ echo \"took 0.7s, seed 7\"\ntook 0.3s, seed 8\n$ echo \"[main 9f8e7d6] Add\"\n[main 1a2b3c4] Add\n\
                $ echo \"25:00 to 26:00\"\nx\n```\n";
    let playground = ScenarioTest::step(page).playground();
    playground.is_blessed();
    compare(
        &playground.page("step-1.md"),
        str![[r##"
# One

```console
$ pwd; echo "$PWD/a is here"; echo "$HOME/.cargo"
[PATH]
[PATH]/a is here
[PATH]/.cargo
$ date '+%F %T'; date +%H:%M; date '+%a %d %b %Y'
[DATE] [TIME]
[TIME]
[DATE]
$ echo "took 0.7s, seed 7"
took [DURATION], seed 7
$ echo "[main 9f8e7d6] Add"
[main [HASH]] Add
$ echo "25:00 to 26:00"
25:00 to 26:00
```

"##]],
    );
}

#[test]
fn a_fence_is_as_long_as_its_block_needs() {
    let playground = ScenarioTest::step(
        "# One\n\n```console\n$ printf '```\\na\\n```\\n'\nx\n$ printf '`````sh\\n'\nx\n```\n\n\
         - A list:\n\n  ~~~console\n  $ printf '  ~~~ a\\n'\n  x\n  ~~~\n\n> ```console\n> $ printf '```'\n> x\n> ```\n",
    )
    .playground();
    playground.is_blessed();
    compare(
        &playground.page("step-1.md"),
        str![[r#"
# One

``````console
$ printf '```\na\n```\n'
```
a
```
$ printf '`````sh\n'
`````sh
``````

- A list:

  ~~~~console
  $ printf '  ~~~ a\n'
    ~~~ a
  ~~~~

> ````console
> $ printf '```'
> ```
> ````

"#]],
    );
}
