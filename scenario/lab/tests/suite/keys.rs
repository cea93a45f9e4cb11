//! The key, and whose lab it is: kept for the next start, by one lab for one workspace.

use std::os::unix::fs::PermissionsExt;

use nix::sys::signal::Signal;

use crate::free_port::{free_port, listens};
use crate::lab_test::{LabTest, until};

#[test]
fn the_key_is_its_owners_alone_and_outside_the_workspace() {
    let test = LabTest::second_book();
    let lab = test.start();
    let key = lab.cookie.split_once('=').expect("a cookie").1;
    let mut holders = Vec::new();
    let mut folders = vec![test.root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read(&path).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(key)) {
                holders.push(path);
            }
        }
    }
    let [holder] = holders.as_slice() else { panic!("the key is in {holders:?}") };
    assert!(holder.starts_with(test.root().join("state")), "{}", holder.display());
    assert_eq!(holder.metadata().expect("the file").permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_key_file_that_others_could_read_is_closed_again() {
    let test = LabTest::second_book();
    drop(test.start());
    let folder = test.root().join("state/lab");
    let file = std::fs::read_dir(folder).expect("the folder").flatten().next().expect("a file").path();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).expect("a mode");
    let _lab = test.start();
    assert_eq!(file.metadata().expect("the file").permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_cookie_and_the_port_outlive_the_server() {
    let test = LabTest::second_book();
    let port = free_port();
    for signal in [Signal::SIGINT, Signal::SIGKILL] {
        let mut lab = test.start_locked(&["--port", &port.to_string()]);
        lab.open_link();
        lab.stop(signal);
        let mut again = test.start_locked(&[]);
        assert_eq!(again.port, port);
        again.cookie.clone_from(&lab.cookie);
        assert_eq!(again.get("/").status, 200);
        again.page();
    }
}

#[test]
fn a_key_that_was_spoiled_is_replaced() {
    let test = LabTest::second_book();
    let mut lab = test.start();
    lab.stop(Signal::SIGTERM);
    let folder = test.root().join("state/lab");
    let file = std::fs::read_dir(folder).expect("the folder").flatten().next().expect("a file").path();
    for text in ["", "{}", "{\"key\": \"\", \"port\": 1}", "no JSON"] {
        std::fs::write(&file, text).expect("the file");
        let mut lab = test.start();
        assert_eq!(
            lab.ask("GET", "/").with("Cookie", &format!("lab_{}=", lab.port)).send().status,
            401,
            "{text}"
        );
        assert_eq!(lab.get("/").status, 200, "{text}");
        lab.stop(Signal::SIGTERM);
    }
}

#[test]
fn a_second_lab_for_the_same_workspace_is_refused_with_what_to_do() {
    let test = LabTest::second_book();
    let lab = test.start();
    let output = test.run(test.command(&["--no-open"]));
    assert_eq!(output.status.code(), Some(2));
    let expected = format!(
        "error: the lab runs already for this workspace, at http://127.0.0.1:{}/\n  help: press Enter in its terminal for a link, or stop it there with Ctrl-C\n",
        lab.port
    );
    assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
    assert_eq!(lab.get("/book/step-1-write.html").status, 200, "the first one goes on");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let test = LabTest::second_book();
    let number = free_port();
    let taken = std::net::TcpListener::bind(("127.0.0.1", number)).expect("a port");
    let port = number.to_string();
    let output = test.run(test.command(&["--no-open", "--port", &port]));
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.starts_with(&format!("error: failed to listen on port {port}: Address already in use")),
        "{said}"
    );
    assert!(said.contains("help: leave `--port` out, and the lab takes one that is free"), "{said}");
    drop(taken);
    until("the port to be given back", || !listens(number));
    let lab = test.start_locked(&["--port", &port]);
    assert_eq!(lab.port, number);
}

#[test]
fn where_the_port_of_last_time_is_taken_another_will_do() {
    let test = LabTest::second_book();
    let port = free_port();
    let mut lab = test.start_locked(&["--port", &port.to_string()]);
    lab.stop(Signal::SIGTERM);
    let _taken = std::net::TcpListener::bind(("127.0.0.1", port)).expect("the port of last time");
    let again = test.start();
    assert_ne!(again.port, port);
    assert_eq!(again.get("/").status, 200);
}
