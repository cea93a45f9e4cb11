//! Background processes and ports: who holds one, who is ready, and who has ended since.

use std::io::{Read, Write};
use std::net::TcpListener;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use snapbox::str;

use crate::free_port::{free_port, listens};
use crate::playground::{Playground, skipped, until};
use crate::scenario_test::{ScenarioTest, compare};

/// A process that is ready, and ends a moment later.
fn short_lived() -> Playground {
    ScenarioTest::step(
        "# One\n\n```console background=web ready=log:\"up\" within=10s\n$ sh -c 'echo $$ >pid; echo up; sleep 0.3; echo boom >&2; exit 7'\n```\n\n\
         ```console\n$ while kill -0 $(cat pid) 2>/dev/null; do sleep 0.02; done\n```\n",
    )
    .playground()
}

#[test]
fn a_background_process_that_has_ended_since_it_was_ready_fails_the_step() {
    for words in [["step", "1"].as_slice(), &["verify"]] {
        let ran = short_lived().run(words).stdout.clone();
        let expected =
            "error: the background process `web` has ended since it was ready\n --> src/step-1.md:4:3\n";
        assert!(ran.contains(expected), "{ran}");
        assert!(ran.contains("  found:    exit status 7\n    up\n    boom\n"), "{ran}");
    }
}

#[test]
fn a_background_process_that_is_killed_is_named_with_its_signal() {
    let page = "# One\n\n```console background=web ready=log:\"up\" within=10s\n$ sh -c 'echo $$ >pid; echo up; sleep 0.3; kill -KILL $$'\n```\n\n```console\n$ while kill -0 $(cat pid) 2>/dev/null; do sleep 0.02; done\n```\n";
    ScenarioTest::step(page)
        .playground()
        .run(&["step", "1"])
        .status(1)
        .says("  found:    ended by signal 9 (KILL)\n");
}

#[test]
fn a_port_that_is_given_back_within_a_moment_is_waited_for() {
    let port = free_port();
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("a free port");
    let page = format!(
        "# One\n\n```console background=web ready={port} within=1s\n$ sh -c 'touch started; sleep 7623'\n```\n"
    );
    let playground = ScenarioTest::step(&page).playground();
    let giver = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(300));
        drop(listener);
    });
    // Nobody listens then, so it is not ready; but it was started.
    playground.run(&["step", "1"]).status(1).says("not ready: no answer from port");
    giver.join().expect("a thread");
    assert!(playground.path("started").exists());
}

#[test]
fn a_port_that_another_program_has_is_found_before_a_command_runs() {
    let port = free_port();
    let _listener = TcpListener::bind(("127.0.0.1", port)).expect("a free port");
    let page = format!("# One\n\n```console ready={port} within=5s\n$ touch started\n```\n");
    // A later block that is to listen there makes no difference.
    let later = format!("# Two\n\n```console background=web ready={port} within=5s\n$ sleep 7626\n```\n");
    let playground = ScenarioTest::step(&page).page("step-2.md", &later).playground();
    let ran = playground.run(&["step", "1"]);
    ran.status(2);
    let expected = format!("error: src/step-1.md:4:3: port {port} is taken by `");
    assert!(ran.stderr.starts_with(&expected), "{}", ran.stderr);
    assert!(!playground.path("started").exists(), "the command has run");
}

#[test]
fn a_server_that_listens_on_ipv6_alone_is_ready() {
    let Ok(listener) = TcpListener::bind(("::1", 0)) else {
        return skipped("there is no IPv6 loopback");
    };
    let port = listener.local_addr().expect("an address").port();
    assert!(scenario_core::ports::accepts(port));
    drop(listener);
    assert!(!scenario_core::ports::accepts(port));
}

#[test]
fn a_log_that_stays_empty_is_explained() {
    let page = "# One\n\n```console background=web ready=log:\"up\" within=1s\n$ sleep 7624\n```\n";
    ScenarioTest::step(page).playground().run(&["step", "1"]).status(1).out(str![[r#"
Step 1  step-1
  ✗ sleep 7624

error: not ready: `up` not in its log within 1 s
 --> src/step-1.md:4:3
  |
4 | $ sleep 7624
  |   ^^^^^^^^^^
  help:     its log is empty; many programs hold back what they print while their output is a file: switch that off (`python3 -u`, `stdbuf -oL`), or use `ready=PORT`
  again:    `scenario step 1`

step 1: 0 passed, 1 failed, 0 skipped in [TIME] s
the files in `workspace` and what runs are as far as this step came; nothing was undone

"#]]);
}

#[test]
fn a_log_in_colours_is_shown_without_them() {
    let page = "# One\n\n```console background=web ready=log:\"up\" within=20s\n$ printf '\\033[31mno port\\033[0m\\n'; exit 3\n```\n";
    let told = ScenarioTest::step(page).playground().run(&["step", "1"]);
    told.status(1).says("\n    no port\n").does_not_say("u{1b}");
}

#[test]
fn an_address_that_answers_otherwise_says_so() {
    let port = free_port();
    let page = format!(
        "# One\n\n```console background=web ready=http://127.0.0.1:{port}/healthz within=3s\n$ sh -c 'touch started; sleep 7625'\n```\n"
    );
    let playground = ScenarioTest::step(&page).playground();
    let started = playground.path("started");
    let server = std::thread::spawn(move || {
        crate::playground::until("the start", || started.exists());
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("a free port");
        // Until nobody has asked for a while: the probe goes on until its time is over.
        listener.set_nonblocking(true).expect("a socket");
        let mut last = std::time::Instant::now();
        while last.elapsed() < std::time::Duration::from_secs(4) {
            let Ok((mut stream, _)) = listener.accept() else {
                std::thread::sleep(std::time::Duration::from_millis(5));
                continue;
            };
            last = std::time::Instant::now();
            stream.set_nonblocking(false).expect("a socket");
            let _ = stream.read(&mut [0; 4096]);
            let _ =
                stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    let ran = playground.run(&["step", "1"]);
    ran.status(1).says(&format!("not ready: `http://127.0.0.1:{port}/healthz` still answers 404 after 3 s"));
    ran.says("  expected: a status from 200 to 299\n  found:    status 404\n");
    server.join().expect("a server");
}

const BEFORE: &str = "# One\n\n```console\n$ export COLOUR=red\n```\n";
const SERVES: &str = "# Two\n\n```text file=conf\na\n```\n\n```text file=other\nb\n```\n\n\
    ```console background=server ready=log:ready within=10s\n$ sh -c 'echo ready; sleep 7741' conf\n```\n\n\
    ```console read-only\n$ cat conf\na\n```\n";

/// A step with a process, which has been played; which process it is.
fn serving(page: &str) -> (Playground, i32) {
    let playground = Playground::steps(&[BEFORE, page]);
    playground.run(&["step", "2"]).status(0);
    let pid = server(&playground);
    (playground, pid)
}

fn server(playground: &Playground) -> i32 {
    playground.process("echo ready;").expect("the server runs")
}

fn rewrite(playground: &Playground, page: &str, text: &str) {
    std::fs::write(playground.dir().join("src").join(page), text).expect("a page");
}

/// What it remembers would not be what the page shows.
#[test]
fn a_process_is_started_anew_where_its_step_is_played_again() {
    let later = format!("{SERVES}\n```text file=later\nc\n```\n");
    let (playground, pid) = serving(&later);
    rewrite(&playground, "step-2.md", &later.replace("file=later\nc\n", "file=later\nd\n"));
    playground.run(&["step", "2"]).status(0).says("ended `server`").does_not_say("already running");
    assert_ne!(server(&playground), pid);
}

#[test]
fn a_process_is_started_anew_if_what_it_depends_on_has_changed_or_is_missing() {
    let pages = [
        ("its command", "step-2.md", SERVES.replace("echo ready;", "echo ready; echo steady;")),
        ("when it is ready", "step-2.md", SERVES.replace("within=10s", "within=11s")),
        (
            "a file that it names",
            "step-2.md",
            SERVES.replace("file=conf\na", "file=conf\nz").replace("conf\na\n", "conf\nz\n"),
        ),
        ("a file before it", "step-2.md", SERVES.replace("file=other\nb", "file=other\nz")),
        (
            "a command before it",
            "step-2.md",
            SERVES.replace("```console background", "```console\n$ true\n```\n\n```console background"),
        ),
        ("the step before, and its terminal", "step-1.md", BEFORE.replace("red", "blue")),
    ];
    for (what, name, page) in pages {
        let (playground, pid) = serving(SERVES);
        rewrite(&playground, name, &page);
        playground.run(&["step", "2"]).status(0).does_not_say("already running");
        assert_ne!(server(&playground), pid, "{what}");
    }
    let (playground, pid) = serving(SERVES);
    std::fs::write(playground.path("conf"), "mine\n").expect("a file");
    playground.run(&["step", "2"]).status(0).does_not_say("already running");
    assert_ne!(server(&playground), pid, "a file that the learner has changed");
    let pid = server(&playground);
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("it runs");
    playground.run(&["step", "2"]).status(0).does_not_say("already running");
    assert_ne!(server(&playground), pid, "it was killed");
}

#[test]
fn a_process_is_started_anew_where_files_of_its_step_are_made_again() {
    for made in ["before", "behind"] {
        let make = "```console\n$ date +%N > data\n```\n\n";
        let page = match made {
            "before" => SERVES.replace("```console background", &format!("{make}```console background")),
            _ => format!("{SERVES}\n{make}"),
        };
        let (playground, pid) = serving(&page);
        let data = playground.read("data");
        rewrite(&playground, "step-2.md", &page.replace("$ cat conf", "$ cat  conf"));
        playground.run(&["step", "2"]).status(0).does_not_say("already running");
        assert_ne!((server(&playground), playground.read("data")), (pid, data), "{made}");
        assert_ne!(server(&playground), pid, "{made}");
    }
}

#[test]
fn a_server_that_was_started_by_hand_before_its_file_changed_is_named() {
    let port = free_port();
    let server = format!(
        "```sh file=serve.py\nimport http.server as web\n# here\nweb.HTTPServer((\"127.0.0.1\", {port}), web.SimpleHTTPRequestHandler).serve_forever()\n```\n\n"
    );
    let page = format!(
        "# One\n\n{server}```console background=web ready={port} within=10s\n$ python3 serve.py\n```\n"
    );
    let playground = ScenarioTest::step(&page).playground();
    let text = server.split("```").nth(1).and_then(|text| text.split_once('\n')).expect("a block").1;
    std::fs::create_dir_all(playground.path("")).expect("a folder");
    std::fs::write(playground.path("serve.py"), text).expect("a file");
    let mut by_hand = std::process::Command::new("python3")
        .arg("serve.py")
        .current_dir(playground.path(""))
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("python3");
    until("the server", || listens(port));
    playground.run(&["step", "1"]).status(0).says("made by hand already");
    std::fs::write(playground.dir().join("src/step-1.md"), page.replace("# here", "# there"))
        .expect("a page");
    let kill = format!("(`kill {}`)", by_hand.id());
    let refused = playground.run(&["step", "1"]);
    refused.status(2);
    compare(
        &refused.stderr.replace(&kill, "(`kill [PID]`)"),
        str![[r#"
error: src/step-1.md:10:3: process [PID] was started by hand before `serve.py` changed
  help: stop it (`kill [PID]`), then try again

"#]],
    );
    let _ = by_hand.kill();
    let _ = by_hand.wait();
    playground.run(&["step", "1"]).status(0);
}

#[test]
fn ready_wait_is_over_with_the_time_or_with_a_good_end() {
    let page = |command: &str, within: &str| {
        let first = format!("```console background=a ready=wait within={within}\n$ {command}\n```\n");
        ScenarioTest::step(&format!("{first}\n```console stop=a\n$ test -e made\n```\n")).playground()
    };
    // It goes on, and is ended.
    let playground = page("touch made && sleep 7413", "1s");
    playground.run(&["verify"]).status(0);
    playground.run(&["step", "1"]).status(0);
    assert!(playground.process("7413").is_none());
    // It ends long before the time is over, by itself.
    let playground = page("touch made", "60m");
    playground.run(&["verify"]).status(0);
    playground.run(&["step", "1"]).status(0);
    playground.run(&["step", "1"]).status(0).does_not_say("is not running");
    page("exit 3", "60m")
        .run(&["step", "1"])
        .status(1)
        .says("the background process `a` ended before it was ready");
}

#[test]
fn what_may_end_by_itself_is_not_missing_at_the_end_or_later() {
    let playground = ScenarioTest::new()
        .page("step-1.md", "```console background=a ready=wait within=60m\n$ touch made\n```\n")
        .page("step-2.md", "```console\n$ test -e made\n```\n")
        .playground();
    playground.run(&["step", "2"]).status(0);
    playground.run(&["step", "2"]).status(0).does_not_say("is not running");
    playground.run(&["verify", "--replace"]).status(0);
}
