//! What must hold before and after the commands of a block: the same as in the runner.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::free_port::free_port;
use crate::lab_test::{Lab, LabTest, until};
use crate::sockets::text;

/// Runs a block of the first step, and returns what is said of it once it is in a state.
#[track_caller]
fn run(lab: &Lab, index: usize, now: &str) -> String {
    let mut page = lab.page();
    let id = lab.block(1, index);
    lab.post(&format!("/api/blocks/{id}/run"), "{}").is(202);
    page.wait_for_block(&id, now)
}

#[test]
fn a_block_with_a_port_has_passed_once_that_answers() {
    let (port, silent) = (free_port(), free_port());
    let test = LabTest::book(&[&format!(
        "# One\n\n```console ready=http://127.0.0.1:{port}/ within=20s\n$ touch serve\n```\n\n\
         ```console ready=http://127.0.0.1:{silent}/ within=1s\n$ true\n```\n"
    )]);
    let lab = test.start();
    let serve = test.path("serve");
    // What a container would do, by another program: the command itself must leave nothing running.
    let server = std::thread::spawn(move || {
        until("the command", || serve.exists());
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("a port");
        let (mut request, _) = listener.accept().expect("a request");
        let _ = request.read(&mut [0; 1000]);
        request.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").expect("an answer");
    });
    assert_eq!(run(&lab, 0, "passed"), "done");
    server.join().expect("the server");
    let said = run(&lab, 1, "failed");
    assert_eq!(said, format!("`true`: not ready: no answer from `http://127.0.0.1:{silent}/` within 1 s"));
}

#[test]
fn a_block_whose_port_another_program_has_fails_before_it_runs() {
    let stranger = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = stranger.local_addr().expect("an address").port();
    let test =
        LabTest::book(&[&format!("# One\n\n```console ready={port} within=20s\n$ touch ran.txt\n```\n")]);
    let lab = test.start();
    let said = run(&lab, 0, "failed");
    let own = std::fs::read_to_string("/proc/self/cmdline").expect("the words of this test");
    let holder =
        format!("`{}` (process {})", own.trim_end_matches('\0').replace('\0', " "), std::process::id());
    assert_eq!(
        said,
        format!(
            "book/src/step-1.md:4:3: port {port} is taken by {holder}; stop that program, then try again"
        )
    );
    assert!(!test.path("ran.txt").exists());
}

#[test]
fn a_background_block_has_not_passed_where_another_program_has_its_port() {
    let stranger = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = stranger.local_addr().expect("an address").port();
    let by_hand = free_port();
    let serve = |name: &str, port: u16| {
        format!(
            "```console background={name} ready={port} within=20s\n$ python3 -m http.server {port} --bind 127.0.0.1\n```\n\n"
        )
    };
    let test = LabTest::book(&[&format!("# One\n\n{}{}", serve("one", port), serve("two", by_hand))]);
    let lab = test.start();
    let (mut page, mut view) = (lab.page(), lab.view("1"));
    view.until_prompt();
    view.enter(&format!("python3 -m http.server {by_hand} --bind 127.0.0.1"));
    let said = page.wait_for_block(&lab.block(1, 1), "passed");
    assert_eq!(said, format!("port {by_hand} answers, started by hand"));
    // Both were looked at by then.
    let shown = lab.page().hello()["steps"][0]["blocks"][0].clone();
    assert!(shown["state"].is_null(), "{shown}");
}

#[test]
fn a_process_that_a_command_leaves_fails_the_block_and_is_ended() {
    let test = LabTest::book(&[
        "# One\n\n```console\n$ setsid -f sleep 1003; echo started\nstarted\n```\n\n```console\n$ echo next\nnext\n```\n",
    ]);
    let lab = test.start();
    let said = run(&lab, 0, "failed");
    let pid =
        said.split_once("(process ").and_then(|(_, rest)| rest.split_once(')')).map_or("", |(pid, _)| pid);
    assert_eq!(
        said.replace(pid, "PID"),
        "`setsid -f sleep 1003; echo started`: the command ended but left a process running, which was stopped; found \
         `sleep 1003` (process PID); what keeps running has a block of its own, with `background=NAME`, `ready=` and \
         `within=`"
    );
    assert_eq!(test.process("sleep 1003"), None);
    assert_eq!(run(&lab, 1, "passed"), "done");
}

#[test]
fn a_command_that_takes_too_long_is_stopped_and_the_bound_is_named() {
    let test =
        LabTest::book(&["# One\n\n```console\n$ sleep 1004\n```\n"]).env("SCENARIO_COMMAND_SECONDS", "1");
    let lab = test.start();
    assert_eq!(
        run(&lab, 0, "failed"),
        "`sleep 1004`: the command did not end within 1 s and was stopped; a command that keeps running has a block of \
         its own, with `background=NAME`, `ready=` and `within=`; where this machine is slower than that, set \
         SCENARIO_COMMAND_SECONDS"
    );
    assert_eq!(test.process("sleep 1004"), None);
}

#[test]
fn a_ctrl_c_stops_the_block_and_all_that_its_command_has_started() {
    let test = LabTest::book(&["# One\n\n```console\n$ setsid sleep 1005\n$ touch never.txt\n```\n"]);
    let lab = test.start();
    let (mut page, mut view) = (lab.page(), lab.view("1"));
    view.until_prompt();
    let id = lab.block(1, 0);
    lab.post(&format!("/api/blocks/{id}/run"), "{}").is(202);
    until("the command", || test.process("sleep 1005").is_some());
    // Ctrl-Z stops nothing: the command would go on without a result.
    view.type_in("\x1a\x03");
    assert_eq!(page.wait_for_block(&id, "stopped"), "stopped by Ctrl-C; the commands after it were not run");
    assert_eq!(test.process("sleep 1005"), None);
    assert!(!test.path("never.txt").exists());
    let state = text(&lab.page().hello()["steps"][0]["blocks"][0]["state"]["terminal"]);
    assert_eq!(state, "1");
}
