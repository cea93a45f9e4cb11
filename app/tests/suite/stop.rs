//! The program itself: how it starts, and how it stops.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::client::{finish, get, send};

/// The program under test. It is killed when a test fails, so that none is left behind.
struct Program {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Program {
    fn start(settings: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_app"))
            .env_clear()
            .env("LISTEN", "127.0.0.1:0")
            .env("METRICS_LISTEN", "127.0.0.1:0")
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        Self { child, stdout }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("it prints text");
        line.trim_end().to_owned()
    }

    /// The address of one of its two ports: the public one, then the one for its numbers.
    fn address(&mut self) -> SocketAddr {
        let line = self.line();
        let address = line.strip_prefix("listening on ").expect("it listens");
        address.parse().expect("an address")
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status();
        assert!(status.expect("kill is there").success());
    }

    fn exit_code(&mut self) -> Option<i32> {
        self.child.wait().expect("it is our child").code()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both fail where the program has ended already, and that is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn sigterm_and_sigint_stop_it() {
    for name in ["TERM", "INT"] {
        let mut program = Program::start(&[]);
        let (public, private) = (program.address(), program.address());
        assert_eq!(get(public, "/metrics").status, 404);
        assert_eq!(get(private, "/metrics").status, 200);
        program.signal(name);
        assert_eq!(program.line(), "stopped", "after SIG{name}");
        assert_eq!(program.exit_code(), Some(0), "after SIG{name}");
    }
}

#[test]
fn a_request_under_way_is_finished() {
    // The first answer of this seed takes 0.36 s when it is slow: long enough for the signal.
    let mut program = Program::start(&[("SEED", "45"), ("SLOW_RATE", "1"), ("FAIL_RATE", "0")]);
    let (address, _) = (program.address(), program.address());
    let stream = send(address, "GET", "/probe");
    // Connections are accepted in order: once this one has its answer, the first is under way.
    assert_eq!(get(address, "/nowhere").status, 404);
    program.signal("TERM");
    assert_eq!(finish(stream).body, "OK\n");
    assert_eq!(program.exit_code(), Some(0));
}

#[test]
fn a_request_that_takes_longer_than_the_limit_does_not_hold_it_up() {
    let slow = [("SEED", "45"), ("SLOW_RATE", "1"), ("FAIL_RATE", "0"), ("DRAIN_SECONDS", "0.01")];
    let mut program = Program::start(&slow);
    let (address, _) = (program.address(), program.address());
    let _stream = send(address, "GET", "/probe");
    assert_eq!(get(address, "/nowhere").status, 404);
    program.signal("TERM");
    assert_eq!(program.line(), "requests were still under way");
    assert_eq!(program.line(), "stopped");
    assert_eq!(program.exit_code(), Some(0));
}

#[test]
fn a_setting_that_cannot_be_used_is_an_error() {
    let settings =
        [("FAIL_RATE", "often"), ("FAIL_RATE", "2"), ("SEED", "-1"), ("SLOTS", "0"), ("DRAIN_SECONDS", "-1")];
    for setting in settings {
        let mut program = Program::start(&[setting]);
        assert_eq!(program.line(), "", "it does not listen with {setting:?}");
        assert_eq!(program.exit_code(), Some(1), "with {setting:?}");
    }
}

#[test]
fn a_setting_that_is_not_utf_8_is_an_error() {
    let status = Command::new(env!("CARGO_BIN_EXE_app"))
        .env_clear()
        .env("LISTEN", "127.0.0.1:0")
        .env("FAIL_RATE", OsStr::from_bytes(b"0.1\xff"))
        .stderr(Stdio::null())
        .status();
    assert_eq!(status.expect("the program starts").code(), Some(1));
}
