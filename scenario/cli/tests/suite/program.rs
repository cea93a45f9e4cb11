//! Runs the program `scenario` on a book of the builder, with the machine's own state and tools.

use std::path::Path;
use std::process::{Command, Output};

use snapbox::data::Inline;

use crate::scenario_test::{ScenarioTest, compare};

impl ScenarioTest {
    /// A copy of a book among core's fixtures.
    pub(crate) fn fixture(name: &str) -> ScenarioTest {
        let test = ScenarioTest::new();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/tests/fixtures").join(name), test.dir());
        test
    }

    /// Runs `scenario` with these words (no quotes) in the book's folder, with a workspace below it.
    #[track_caller]
    pub(crate) fn run(&self, args: &str) -> Run<'_> {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("scenario"));
        let command = command.current_dir(self.dir()).args(args.split_whitespace()).env("NO_COLOR", "1");
        command.env_remove("GITHUB_ACTIONS");
        Run { test: self, output: command.output().expect("`scenario` can be started") }
    }
}

/// What a run of `scenario` said.
pub(crate) struct Run<'a> {
    test: &'a ScenarioTest,
    output: Output,
}

impl Run<'_> {
    /// Compares the exit status; both streams are shown if it is another.
    #[track_caller]
    pub(crate) fn code(self, expected: i32) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&self.output.stdout), text(&self.output.stderr));
        assert_eq!(self.output.status.code(), Some(expected), "stdout:\n{out}\nstderr:\n{err}");
        self
    }

    /// Compares standard output.
    #[track_caller]
    pub(crate) fn stdout(self, expected: Inline) -> Self {
        compare(&self.test.redact(&String::from_utf8_lossy(&self.output.stdout)), expected);
        self
    }

    /// Compares standard error.
    #[track_caller]
    pub(crate) fn stderr(self, expected: Inline) -> Self {
        compare(&self.test.redact(&String::from_utf8_lossy(&self.output.stderr)), expected);
        self
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a fixture") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
