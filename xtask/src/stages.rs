//! The stages of `ci`: the commands of each, what they need, and what may run at the same time.
//!
//! The machine has two cores or more and many stages mostly wait, so two run at once.

/// Something that proves a part of a change.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    /// The commands. No word of them has a space.
    pub(crate) commands: &'static [&'static str],
    /// The stages that must have passed before.
    pub(crate) needs: &'static [&'static str],
    /// Whether it uses the ports and container names of the book. Only one such stage runs at a time.
    pub(crate) world: bool,
    /// A report in TAP that the last command writes.
    pub(crate) tap: Option<&'static str>,
}

pub(crate) const fn stage(name: &'static str, commands: &'static [&'static str]) -> Stage {
    Stage { name, commands, needs: &[], world: false, tap: None }
}

impl Stage {
    pub(crate) const fn needs(self, needs: &'static [&'static str]) -> Stage {
        Stage { needs, ..self }
    }

    pub(crate) const fn world(self) -> Stage {
        Stage { world: true, ..self }
    }

    const fn tap(self, tap: &'static str) -> Stage {
        Stage { tap: Some(tap), ..self }
    }
}

/// Where the tests of the lab's page write what they found.
pub(crate) const BROWSER_TAP: &str = "target/lab/tests.tap";

/// The stages, in the order in which they begin where nothing holds one back. Cargo lets one process at a time
/// compile into a target folder, so what is short to compile and long to run is first.
pub(crate) const STAGES: [Stage; 13] = [
    stage(
        "format",
        &[
            "cargo fmt --all --check",
            "cargo fmt --manifest-path app/Cargo.toml --check",
            "cargo fmt --manifest-path receiver/Cargo.toml --check",
        ],
    ),
    // Its tests share one world, so a second thread would only wait.
    stage("tests of xtask", &["cargo test -p xtask -- --include-ignored --test-threads=1"]).world(),
    stage("tests", &["cargo test --workspace --exclude xtask --no-fail-fast -- --include-ignored"]),
    // It mostly waits. Its books have ports and state folders of their own.
    stage("examples", &["cargo test -p scenario-cli --test examples"]),
    stage("page", &["npm --prefix scenario/lab/web ci", "npm --prefix scenario/lab/web run check"]),
    stage("lab", &["cargo build --quiet -p scenario-lab", "cargo xtask page"]).needs(&["page"]),
    stage("lab in a browser", &["npm --prefix scenario/lab/web test"])
        .needs(&["lab"])
        .world()
        .tap(BROWSER_TAP),
    stage("tests of the app", &["cargo test --manifest-path app/Cargo.toml"]),
    stage(
        "lints of the app",
        &[
            "cargo clippy --manifest-path app/Cargo.toml --all-targets --quiet -- -D warnings",
            "cargo clippy --manifest-path receiver/Cargo.toml --target-dir app/target --quiet -- -D warnings",
        ],
    ),
    stage(
        "lints",
        &[
            "cargo clippy --workspace --all-targets --quiet -- -D warnings",
            "cargo clippy -p scenario-cli --test examples --quiet -- -D warnings",
        ],
    ),
    stage("book", &["cargo xtask build", "cargo xtask plan --claims"]),
    stage("pictures", &["cargo xtask pictures --check"]),
    stage(
        "every chapter",
        // The tests of the examples mutate the book about git. A chapter of our own takes up to half an hour, since
        // Prometheus needs seconds for each change.
        &["cargo xtask verify --json target/verify.json --junit target/verify.xml"],
    )
    .world(),
];
