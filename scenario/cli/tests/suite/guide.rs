//! The guide for authors, `scenario/guide`: all that its pages show is true of this program.

use std::path::Path;
use std::process::Command;

use crate::playground::Playground;
use crate::scenario_test::ScenarioTest;

/// A place to follow the guide in, with this program on PATH, and the one that reads scenarios.
fn place() -> Playground {
    // It is beside this one, and cargo makes no programs of other packages for a test.
    let cargo =
        Command::new(env!("CARGO")).args(["build", "--quiet", "--package", "scenario-katacoda"]).status();
    assert!(cargo.is_ok_and(|status| status.success()), "scenario-katacoda");
    let programs = Path::new(env!("CARGO_BIN_EXE_scenario")).parent().expect("a folder").display();
    let path = std::env::var("PATH").unwrap_or_default();
    ScenarioTest::step("# One\n\n```text file=a\n```\n")
        .playground()
        .env("PATH", &format!("{programs}:{path}"))
}

fn in_guide<'a>(words: &[&'a str]) -> Vec<&'a str> {
    [&["--book", concat!(env!("CARGO_MANIFEST_DIR"), "/../guide"), "--workspace", "ws"][..], words].concat()
}

#[test]
fn the_guide_holds_from_nothing() {
    // As in CI, where the commands of a page print what they print for a reader.
    let playground = place().env("CI", "true").env("GITHUB_ACTIONS", "true");
    playground.run(&in_guide(&["verify"])).status(0);
}

#[test]
fn the_guide_proves_what_its_prose_names_or_gives_a_source() {
    place().run(&in_guide(&["plan", "--claims"])).status(0);
}

#[test]
fn the_guide_can_be_followed_in_any_order() {
    let playground = place();
    for step in ["7", "1", "3", "2", "5", "4", "6", "7"] {
        playground.run(&in_guide(&["step", step])).status(0);
        playground.run(&in_guide(&["check", step])).status(0);
    }
}
