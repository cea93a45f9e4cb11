//! `cargo xtask soak`, on a small package of tests of its own: no world is needed.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::world::{alive, root, until, within};

/// One test that passes, and one that fails in every second run.
const EVEN_ODD: &str = r#"
#[test]
fn always() {}

#[test]
fn every_second_time() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("runs");
    let runs = std::fs::read_to_string(&file).unwrap_or_default() + "x";
    std::fs::write(&file, &runs).unwrap();
    assert!(runs.len() % 2 == 1, "run {}", runs.len());
}
"#;

/// A test that does not end, and whose process is written down.
const ENDLESS: &str = r#"
#[test]
fn endless() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("pid");
    std::fs::write(&file, std::process::id().to_string()).unwrap();
    loop {
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}
"#;

fn package(tests: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let manifest = "[package]\nname = \"soaked\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";
    std::fs::create_dir(dir.path().join("src")).expect("a folder");
    std::fs::write(dir.path().join("Cargo.toml"), manifest).expect("a file");
    std::fs::write(dir.path().join("src/lib.rs"), tests).expect("a file");
    dir
}

fn soak(package: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("soak").arg("--manifest-path").arg(package.join("Cargo.toml")).args(words);
    // What is built here is not for the target folder that a caller may have set.
    command.env("CARGO_TARGET_DIR", package.join("target")).stdin(Stdio::null()).current_dir(root());
    command
}

/// Replaces the seconds that a run took.
fn without_seconds(text: &str) -> String {
    let mut kept = String::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let timed = words.windows(2).position(|pair| pair[1] == "s" && pair[0].parse::<u32>().is_ok());
        let words = timed.map_or(words.clone(), |at| [&words[..at], &words[at + 2..]].concat());
        kept += &(words.join(" ") + "\n");
    }
    kept
}

#[test]
fn what_fails_is_counted_and_its_output_kept() {
    let package = package(EVEN_ODD);
    let output = soak(package.path(), &["--times", "4"]).output().expect("xtask can be started");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let cores = std::thread::available_parallelism().expect("cores");
    let (_, said) = text.split_once("== ").and_then(|(_, rest)| rest.split_once("\n== ")).unwrap_or_default();
    let expected = format!(
        "{cores} threads keep the cores busy\n\
         package 1/4 passed\n\
         package 2/4 failed every_second_time\n\
         package 3/4 passed\n\
         package 4/4 failed every_second_time\n\
         \n\
         suite runs failed\n\
         package 4 2\n\
         failed 2 of 4 times: package: every_second_time; see {}/2.log\n",
        package.path().join("soak").display()
    );
    assert_eq!(without_seconds(said), expected, "{text}");
    assert_eq!(output.status.code(), Some(1));
    let log = |round: usize| package.path().join(format!("soak/{round}.log"));
    assert!(std::fs::read_to_string(log(4)).expect("a log").contains("run 4"));
    assert!(!log(1).exists(), "the output of a run that passed is not kept");
}

/// A soak of the endless test, once that runs; and the process of the test.
fn endless(package: &Path) -> (Child, u32) {
    let mut soak = soak(package, &[]);
    let soak = soak.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("xtask can be started");
    let mut pid = None;
    until("the test", || {
        pid = std::fs::read_to_string(package.join("pid")).ok().and_then(|text| text.parse().ok());
        pid.is_some()
    });
    (soak, pid.expect("a process"))
}

#[test]
fn ctrl_c_ends_a_soak_and_its_tests() {
    let package = package(ENDLESS);
    let (soak, test) = endless(package.path());
    let process = procfs::process::Process::new(soak.id().cast_signed()).expect("/proc");
    until("busy cores", || process.stat().is_ok_and(|stat| stat.utime > procfs::ticks_per_second()));
    kill(Pid::from_raw(soak.id().cast_signed()), Signal::SIGINT).expect("it runs");
    let output = soak.wait_with_output().expect("an end");
    assert_eq!(output.status.code(), Some(130));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.ends_with("\nsuite     runs  failed\npackage      0       0\n"), "{text}");
    within(Duration::from_secs(5), "the end of the test", || !alive(test));
}
