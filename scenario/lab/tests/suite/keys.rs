//! The keys, and whose lab it is: one lab for one workspace, to which open pages come back when it is started again.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use nix::sys::signal::Signal;

use crate::free_port::{free_port, listens};
use crate::lab_test::{Lab, LabTest, until};

/// All files below a folder that hold a text.
fn holders(root: &Path, text: &str) -> Vec<PathBuf> {
    let (mut holders, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read(&path).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(text)) {
                holders.push(path);
            }
        }
    }
    holders
}

/// The file with what is kept of the keys.
fn key_file(test: &LabTest) -> PathBuf {
    let folder = std::fs::read_dir(test.root().join("state/lab")).expect("the folder");
    folder.flatten().next().expect("a file").path()
}

#[test]
fn no_file_has_the_keys_and_that_with_their_digests_is_its_owners_alone() {
    let test = LabTest::second_book();
    let mut lab = test.start();
    let key = lab.cookie.split_once('=').expect("a cookie").1.to_owned();
    let check = |secrets: [&str; 2]| {
        for secret in secrets {
            assert_eq!(holders(&test.root(), secret), Vec::<PathBuf>::new());
        }
        assert_eq!(key_file(&test).metadata().expect("the file").permissions().mode() & 0o777, 0o600);
    };
    let secret = lab.secret.clone();
    check([&key, &secret]);
    lab.stop(Signal::SIGTERM);
    check([&key, &secret]);
}

#[test]
fn a_key_file_that_others_could_read_is_closed_again() {
    let test = LabTest::second_book();
    drop(test.start());
    let file = key_file(&test);
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).expect("a mode");
    let _lab = test.start();
    assert_eq!(file.metadata().expect("the file").permissions().mode() & 0o777, 0o600);
}

/// Starts the lab again, and asks as a page that was open before.
fn come_back(test: &LabTest, lab: &Lab, words: &[&str]) -> (Lab, u16) {
    let mut again = test.start_locked(words);
    again.cookie = lab.cookie.replace(&lab.port.to_string(), &again.port.to_string());
    again.secret.clone_from(&lab.secret);
    let status = again.get("/api/files").status;
    (again, status)
}

#[test]
fn an_open_page_comes_back_to_a_lab_that_is_started_again() {
    let test = LabTest::second_book();
    let port = free_port().to_string();
    for signal in [Signal::SIGINT, Signal::SIGKILL] {
        let mut lab = test.start_locked(&["--port", &port]);
        lab.open_link();
        lab.stop(signal);
        let (mut again, status) = come_back(&test, &lab, &[]);
        assert_eq!((again.port, status), (lab.port, 200), "{signal}");
        again.page();
        // Once more: it has come back by the keys of the first start.
        again.stop(signal);
        let (mut third, status) = come_back(&test, &lab, &[]);
        assert_eq!(status, 200, "{signal}");
        third.stop(Signal::SIGTERM);
    }
}

#[test]
fn the_keys_are_new_at_each_start() {
    let test = LabTest::second_book();
    // At another port nobody comes back, and another test may take that of the first.
    let port = free_port().to_string();
    let mut first = test.start_locked(&["--port", &port]);
    first.open_link();
    first.stop(Signal::SIGTERM);
    let mut second = test.start_locked(&["--port", &port]);
    second.open_link();
    assert_ne!(first.cookie, second.cookie);
    assert_ne!(first.secret, second.secret);
    // A page that was open, in a browser that a new link has let in meanwhile.
    second.secret.clone_from(&first.secret);
    assert_eq!(second.get("/api/files").status, 200);
}

#[test]
fn after_ten_minutes_or_at_another_port_nobody_comes_back() {
    let test = LabTest::second_book();
    let mut lab = test.start();
    lab.stop(Signal::SIGTERM);
    let long_ago = SystemTime::now() - Duration::from_secs(601);
    let file = std::fs::File::options().write(true).open(key_file(&test)).expect("the file");
    file.set_modified(long_ago).expect("a time");
    let (mut again, status) = come_back(&test, &lab, &[]);
    assert_eq!(status, 401);
    again.open_link();
    again.stop(Signal::SIGTERM);
    let port = free_port().to_string();
    assert_eq!(come_back(&test, &again, &["--port", &port]).1, 401);
}

#[test]
fn a_lab_that_is_refused_leaves_nothing_behind() {
    let test = LabTest::second_book();
    let lab = test.start();
    let mut page = lab.page();
    lab.post("/api/steps/2/solve", "{}").is(202);
    assert_eq!(page.wait_for_job()["state"], "passed");
    // Another workspace, of the same person.
    let state = test.root().join("state");
    let other = LabTest::second_book().env("SCENARIO_STATE", state.to_str().expect("a path"));
    std::fs::remove_dir(other.path("")).expect("the empty workspace");
    let everything = || {
        let mut found = [holders(&other.root(), ""), holders(&state.join("lab"), "")].concat();
        found.sort();
        found
    };
    let before = everything();
    let output = other.run(other.command(&["--no-open"]));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("another workspace is active"), "{said}");
    assert_eq!(everything(), before);
    assert!(!other.path("").exists());
}

#[test]
fn a_key_that_was_spoiled_is_replaced() {
    let test = LabTest::second_book();
    let mut lab = test.start();
    lab.stop(Signal::SIGTERM);
    let file = key_file(&test);
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
