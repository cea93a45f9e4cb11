//! The command line itself: what it takes, what it tells to type, and where it cannot write.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Stdio};

use snapbox::str;

use crate::playground::Playground;
use crate::scenario_test::ScenarioTest;

fn one() -> Playground {
    ScenarioTest::step("# One\n\n```text file=a.txt\na\n```\n\n```console\n$ touch ran; false\n```\n")
        .playground()
}

/// The command between backticks after a word on standard output.
fn told(playground: &Playground, workspace: &OsStr, after: &str) -> String {
    let mut command = playground.command(&["--workspace"]);
    let output = command.arg(workspace).args(["step", "1"]).output().expect("scenario can be started");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text, whatever the folder is called");
    let rest = text.split_once(after).unwrap_or_else(|| panic!("no `{after}` in {text}")).1;
    let (_, rest) = rest.split_once('`').expect("a command in backticks");
    rest.rsplit_once("`\n\nstep 1:").expect("the end of the command").0.to_owned()
}

#[test]
fn a_command_that_is_suggested_can_be_pasted_whatever_the_folder_is_called() {
    let playground = one();
    let names: [&[u8]; 5] = [b"my ws", b"$HOME `id`", b"it's \"ws\"", b"caf\xe9", b"line\nend \x1b[2J"];
    for name in names {
        let workspace = playground.root().join(OsStr::from_bytes(name));
        let again = told(&playground, workspace.as_os_str(), "again:");
        std::fs::remove_file(workspace.join("ran")).expect("the command has run");
        let mut command = Command::new("bash");
        playground.prepare(&mut command);
        let program = env!("CARGO_BIN_EXE_scenario");
        let line = format!("{program} {}", again.strip_prefix("scenario ").expect("the program"));
        command.args(["-c", &line]).stdout(Stdio::null());
        assert_eq!(command.status().expect("bash").code(), Some(1), "{line}");
        assert!(workspace.join("ran").is_file(), "{line}");
    }
}

#[test]
fn a_plan_that_cannot_be_written_is_an_error() {
    let playground = one();
    for words in [&["plan", "--json"][..], &["plan"], &["steps"], &["steps", "--json"]] {
        let full = std::fs::File::create("/dev/full").expect("/dev/full");
        let output = playground.command(words).stdout(full).output().expect("scenario can be started");
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        let complaint = String::from_utf8_lossy(&output.stderr);
        let expected = "error: failed to write to standard output: No space left on device (os error 28)\n";
        assert_eq!(complaint, expected, "{words:?}");
    }
}

#[test]
fn a_reader_that_stops_reading_is_no_error() {
    let playground = one();
    let mut command = Command::new("bash");
    playground.prepare(&mut command);
    let line = format!("set -o pipefail; {} plan --json | true", env!("CARGO_BIN_EXE_scenario"));
    let output = command.args(["-c", &line]).output().expect("bash");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn a_bound_for_commands_is_a_number_of_seconds() {
    for bound in ["abc", "", "0", "-1", "1.5"] {
        let playground = one().env("SCENARIO_COMMAND_SECONDS", bound);
        let ran = playground.run(&["step", "1"]);
        let error = format!(
            "error: invalid SCENARIO_COMMAND_SECONDS `{bound}`\n  \
             help: set it to a number of seconds, such as `1800`, or unset it\n"
        );
        ran.status(2).out(str![""]);
        assert_eq!(ran.stderr, error);
        assert!(!playground.path("a.txt").exists(), "nothing was done");
    }
}

#[test]
fn nothing_that_a_book_says_moves_the_cursor() {
    let playground = ScenarioTest::new()
        .page("one.md", "# One\n\n```console\n$ printf '\u{1b}[2J\u{202e}'; false\n```\n")
        .playground();
    for words in [&["plan"][..], &["step", "1"], &["verify"]] {
        let ran = playground.run(words);
        let seen = format!("{}{}", ran.stdout, ran.stderr);
        assert!(seen.contains("printf '\\u{1b}[2J\\u{202e}'"), "{seen}");
        let excerpt = |line: &str| line.starts_with("4 |");
        let rest: String = seen.lines().filter(|line| !excerpt(line)).collect();
        assert!(!rest.contains(['\u{1b}', '\u{202e}']), "{rest:?}");
    }
}
