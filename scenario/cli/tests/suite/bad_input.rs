//! What is said when something is wrong: where, what, and what to do next.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use snapbox::str;

use crate::free_port::free_port;
use crate::playground::{skipped, tools};
use crate::scenario_test::ScenarioTest;
use crate::server::{Answer, ok, serve};

fn two_steps() -> ScenarioTest {
    ScenarioTest::new()
        .page("step-1.md", "# First\n\n```console\n$ true\n```\n")
        .page("step-2.md", "# Second\n\n```console\n$ true\n```\n")
}

#[test]
fn a_step_that_does_not_exist() {
    let playground = two_steps().playground();
    for words in
        [&["step", "9"][..], &["check", "9"], &["verify", "--step", "9"], &["plan", "9"], &["step", "0"]]
    {
        playground.run(words).status(2).err(str![[r#"
error: there is no step [..]
  help: the steps are:
          1  step-1
          2  step-2

"#]]);
    }
    assert!(!playground.path("").exists(), "nothing was made for a step that does not exist");
}

#[test]
fn a_port_that_another_program_holds() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let page = format!("# First\n\n```console background=web ready={port} within=5s\n$ sleep 7101\n```\n");
    let playground = ScenarioTest::step(&page).playground();
    let ran = playground.run(&["step", "1"]);
    let us = std::env::args().next().expect("a name");
    assert!(ran.stderr.contains(&us), "it names this test program, `{us}`: {}", ran.stderr);
    let message = ran.stderr.replace(&port.to_string(), "[PORT]");
    assert!(message.contains("src/step-1.md:4:3: port [PORT] is taken by `"), "{message}");
    assert!(message.contains("(process [PID])"), "{message}");
    assert!(message.contains("help: stop that program, then try again"), "{message}");
    ran.status(2);
    assert!(playground.process("7101").is_none());
}

#[test]
fn a_port_that_a_learners_other_server_holds_is_named_by_its_words() {
    let Ok(python) = Command::new("python3").arg("--version").stdout(Stdio::null()).status() else {
        return skipped("no python3 for a web server");
    };
    assert!(python.success());
    let port = free_port();
    let page = format!(
        "# First\n\n```console background=web ready={port} within=20s\n$ python3 -m http.server {port} --bind 127.0.0.1\n```\n"
    );
    let playground = ScenarioTest::step(&page).playground();
    let mut server = Command::new("python3");
    server.args(["-m", "http.server", &port.to_string(), "--directory", "/"]);
    let mut server =
        server.current_dir("/").stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("python3");
    crate::playground::until("the server", || scenario_core::ports::accepts(port));
    let ran = playground.run(&["step", "1"]);
    let _ = server.kill();
    let _ = server.wait();
    ran.status(2);
    assert!(
        ran.stderr.contains(&format!("-m http.server {port} --directory /` (process [PID])")),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_configuration_that_prometheus_refuses_is_reported_in_its_words() {
    if !tools().join("bin/prometheus").exists() {
        return skipped("no Prometheus in the tools folder");
    }
    let port = free_port();
    let page = format!(
        "# First\n\n```yaml file=prometheus.yml\nscrape_configs:\n  - job_nme: app\n```\n\n\
         ```console background=prometheus ready=http://127.0.0.1:{port}/-/ready within=20s\n\
         $ prometheus --config.file=prometheus.yml --web.listen-address=127.0.0.1:{port}\n```\n"
    );
    let playground = ScenarioTest::step(&page).playground();
    let ran = playground.run(&["step", "1"]);
    ran.status(1);
    ran.says("the background process `prometheus` ended before it was ready").says("field job_nme not found");
    ran.says(" --> src/step-1.md:9:3").says("again:    `scenario step 1`");
}

#[test]
fn a_compiler_error_is_reported_in_its_words_and_with_the_line_of_the_book() {
    let playground = ScenarioTest::new()
        .page(
            "step-1.md",
            r#"
# First

```toml file=app/Cargo.toml
[package]
name = "app"
version = "0.1.0"
edition = "2024"
```

```rust file=app/src/main.rs
fn main() {
    println!("one");
}
```
"#,
        )
        .page(
            "step-2.md",
            r#"
# Second

Here the author has mistyped something:

```rust file=app/src/main.rs insert-after="fn main() {"
    // An honest line.
    let sum: u32 = one + 1;
```

```console
$ cargo build --offline --manifest-path app/Cargo.toml
```
"#,
        )
        .playground();
    let ran = playground.run(&["step", "2"]);
    ran.status(1).says("error: the command failed because of what the page has at src/step-2.md:7:");
    ran.says(" --> src/step-2.md:7:").says("7 |     let sum: u32 = one + 1;\n");
    ran.says("error[E0425]: cannot find value `one` in this scope\n").says(" --> src/main.rs:3:20\n");
    ran.says("help:     `app/src/main.rs:3` comes from src/step-2.md:7:").says("again:    `scenario step 2`");
}

#[test]
fn a_check_that_does_not_hold() {
    let port = serve(|_| Answer("503 Service Unavailable", vec![], "busy\ntry later\n".to_owned()));
    let page = format!(
        "# First\n\nText.\n\n  <!-- scenario: check http url=http://127.0.0.1:{port}/ready status=200 within=1s -->\n"
    );
    let playground = ScenarioTest::step(&page).playground();
    let mut ran = playground.run(&["step", "1"]);
    ran.stdout = ran.stdout.replace(&port.to_string(), "[PORT]");
    ran.status(1).out(str![[r#"
Step 1  step-1
  ✗ `http://127.0.0.1:[PORT]/ready` answers 200

error: the check failed
 --> src/step-1.md:5:3
  |
5 |   <!-- scenario: check http url=http://127.0.0.1:[PORT]/ready status=200 within=1s -->
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  expected: status 200
  found:    status 503
    busy
    try later
  again:    `scenario step 1`

step 1: 0 passed, 1 failed, 0 skipped in [TIME] s
the files in `workspace` and what runs are as far as this step came; nothing was undone

"#]]);
    // `check` shows the same, and ends with its own name.
    let ran = playground.run(&["check", "1"]);
    ran.status(1)
        .says("    try later\n  again:    `scenario check 1`\n\ncheck 1: 0 passed, 1 failed, 0 skipped in ");
}

#[test]
fn a_check_that_nobody_answers_is_distinguished_from_one_that_fails() {
    let port = free_port();
    let page = format!("# First\n\n<!-- scenario: check http url=http://127.0.0.1:{port}/ status=200 -->\n");
    let playground = ScenarioTest::step(&page).playground();
    let mut ran = playground.run(&["check", "1"]);
    ran.stdout = ran.stdout.replace(&port.to_string(), "[PORT]");
    ran.status(1).out(str![[r#"
Step 1  step-1
  ✗ `http://127.0.0.1:[PORT]/` answers 200

error: the check could not run: no answer from its address: nothing listens there
 --> src/step-1.md:3:1
  |
3 | <!-- scenario: check http url=http://127.0.0.1:[PORT]/ status=200 -->
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help:     `scenario step 1` starts what this step needs
  again:    `scenario check 1`

check 1: 0 passed, 1 failed, 0 skipped in [TIME] s

"#]]);
}

#[test]
fn a_step_that_fails_leaves_the_workspace_as_it_was_reached_and_says_so() {
    let playground = ScenarioTest::step(
        r#"
# First

```text file=one.txt
one
```

```console background=clock ready=log:"tick" within=10s
$ sh -c 'echo tick; sleep 7102'
```

```console
$ echo made > made.txt; echo oh dear >&2; false
$ touch never.txt
```

```text file=two.txt
two
```
"#,
    )
    .playground();
    playground.run(&["step", "1"]).status(1).out(str![[r#"
Step 1  step-1
  ✓ write `one.txt`
  ✓ sh -c 'echo tick; sleep 7102'
  ✗ echo made > made.txt; echo oh dear >&2; false

error: the command failed
  --> src/step-1.md:12:3
   |
12 | $ echo made > made.txt; echo oh dear >&2; false
   |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  expected: exit status 0
  found:    exit status 1
    oh dear
  again:    `scenario step 1`

  – 2 actions skipped: an earlier action of the step failed
step 1: 2 passed, 1 failed, 2 skipped in [TIME] s
the files in `workspace` and what runs are as far as this step came; nothing was undone

"#]]);
    assert_eq!(playground.read("one.txt"), "one\n");
    assert_eq!(playground.read("made.txt"), "made\n");
    assert!(!playground.path("never.txt").exists());
    assert!(!playground.path("two.txt").exists(), "what comes after the failure was not written");
    assert!(playground.process("7102").is_some(), "what runs was not ended");
    playground.run(&["down"]).status(0).says("ended process `clock`");
    playground.nothing_is_left_within(1);
}

#[test]
fn a_mistake_in_a_page_stops_everything_before_it_begins() {
    let playground =
        ScenarioTest::step("# First\n\n```console\n$ touch began\n```\n\n```rust flie=a.rs\n```\n")
            .playground();
    for words in [&["step", "1"][..], &["check", "1"], &["verify"], &["plan"], &["steps"]] {
        let ran = playground.run(words);
        ran.status(2);
        assert!(ran.stderr.contains("src/step-1.md:7:9"), "{}", ran.stderr);
    }
    assert!(!playground.path("began").exists());
}

#[test]
fn there_is_no_book() {
    let playground = ScenarioTest::step("# First\n").playground();
    let ran = playground.run(&["steps", "--book", "elsewhere"]);
    ran.status(2).err(str![[r#"
error: no book in `elsewhere`: there is no `book.toml`
  help: name the folder of an mdBook with `--book DIR`

"#]]);
}

#[test]
fn a_link_that_leads_out_of_the_workspace_is_not_followed() {
    let playground = ScenarioTest::step("# First\n\n```text file=notes/a.txt\na\n```\n").playground();
    let outside = playground.root().join("outside");
    std::fs::create_dir_all(&outside).expect("a folder");
    std::fs::create_dir_all(playground.path("")).expect("a folder");
    std::os::unix::fs::symlink(&outside, playground.path("notes")).expect("a link");
    playground.run(&["step", "1"]).status(2).err(str![[r#"
error: `notes/a.txt` leads out of the workspace by a symbolic link
  help: remove the link; nothing was written

"#]]);
    assert!(!outside.join("a.txt").exists());
}

#[test]
fn a_check_that_holds_says_what_it_has_found() {
    let port = serve(|_| ok("hello\n"));
    let page =
        format!("# First\n\n<!-- scenario: check http url=http://127.0.0.1:{port}/ contains=hello -->\n");
    ScenarioTest::step(&page)
        .playground()
        .run(&["check", "1"])
        .status(0)
        .says("contains `hello`  status 200");
}

#[test]
fn a_page_in_another_encoding_is_converted_by_the_command_that_is_named() {
    let playground = ScenarioTest::step("# First\n").playground();
    let text = "\u{feff}# Größe\r\n\r\n```console\r\n$ true\r\n```\r\n";
    let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let page = playground.root().join("src/step-1.md");
    std::fs::write(&page, &utf_16).expect("a page");
    let ran = playground.run(&["plan"]);
    ran.status(2).err(str![[r#"
error: 1 mistake in the book; nothing was run

error[unreadable-page]: failed to read `src/step-1.md`: it is not text in UTF-8: byte 0xff in line 1, column 1 (offset 0)
 --> src/SUMMARY.md:3:3
  |
3 | - [step-1](step-1.md)
  |   ^^^^^^^^^^^^^^^^^^^
  |
  = help: it is text in UTF-16; convert it with `iconv -f UTF-16 -t UTF-8 src/step-1.md > src/step-1.md.utf-8 && mv src/step-1.md.utf-8 src/step-1.md`

"#]]);
    let command = ran.stderr.split('`').find(|part| part.starts_with("iconv")).expect("a command");
    let mut shell = Command::new("sh");
    let converted = shell.args(["-c", command]).current_dir(playground.root()).status();
    assert!(converted.is_ok_and(|status| status.success()), "{command}");
    assert_eq!(std::fs::read_to_string(&page).ok().as_deref(), text.strip_prefix('\u{feff}'));
    playground.run(&["plan"]).status(0);
}

#[test]
fn settings_and_a_summary_that_are_not_utf_8_are_named_with_the_byte() {
    for name in ["book.toml", "src/SUMMARY.md"] {
        let playground = ScenarioTest::step("# First\n").playground();
        let path = playground.root().join(name);
        let mut bytes = std::fs::read(&path).expect("a file");
        bytes.extend(b"\n# Gr\xf6\xdfe\n");
        let line = bytes.split(|byte| *byte == b'\n').count() - 1;
        std::fs::write(&path, bytes).expect("a file");
        let ran = playground.run(&["plan"]);
        ran.status(2);
        let byte = format!(
            "error: failed to read `{name}`: it is not text in UTF-8: byte 0xf6 in line {line}, column 5 (offset "
        );
        let help = "it looks like Latin-1 or Windows-1252; if it is, convert it with `iconv -f WINDOWS-1252";
        assert!(ran.stderr.starts_with(&byte) && ran.stderr.contains(help), "{}", ran.stderr);
    }
}
