//! The stages of `ci`: the commands of each, what they need, and what may run at the same time.
//!
//! The machine has two cores or more and many stages mostly wait, so two run at once. What only computes is started by `nice`,
//! and takes no time from what runs beside it.

use crate::results::Report;

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
    /// A report that the last command writes.
    pub(crate) report: Option<Report>,
}

pub(crate) const fn stage(name: &'static str, commands: &'static [&'static str]) -> Stage {
    Stage { name, commands, needs: &[], world: false, report: None }
}

impl Stage {
    pub(crate) const fn needs(self, needs: &'static [&'static str]) -> Stage {
        Stage { needs, ..self }
    }

    pub(crate) const fn world(self) -> Stage {
        Stage { world: true, ..self }
    }

    const fn report(self, report: Report) -> Stage {
        Stage { report: Some(report), ..self }
    }
}

/// The stages, in the order in which they begin where nothing holds one back. Those with the world are first whenever it is
/// free: they can only go on one after the other, and are the longest chain. The others begin with the chain of the lab's
/// page. Cargo lets one process at a time compile into a target folder, so what is short to compile and long to run is first.
pub(crate) const STAGES: [Stage; 14] = [
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
    stage("page", &["npm --prefix scenario/lab/web ci", "npm --prefix scenario/lab/web run check"]),
    // The lab as the tests have it: built by itself it has other features, and much would be compiled again for the tests.
    stage("lab", &["nice -n 19 cargo test --workspace --exclude xtask --no-run --quiet", "cargo xtask page"])
        .needs(&["page"]),
    // The suite of the lab's page in two parts: most of it has a small book of its own.
    stage("lab in a browser", &["npm --prefix scenario/lab/web run test:small"])
        .needs(&["lab"])
        .report(Report::Tap("target/lab/small.tap")),
    stage("tests", &["cargo test --workspace --exclude xtask --no-fail-fast -- --include-ignored"]),
    // It mostly waits. Its books have ports and state folders of their own.
    stage("examples", &["cargo test --workspace --exclude xtask --test examples"]),
    stage("book in a browser", &["npm --prefix scenario/lab/web run test:world"])
        .needs(&["lab"])
        .world()
        .report(Report::Tap("target/lab/world.tap")),
    stage("tests of the app", &["cargo test --manifest-path app/Cargo.toml"]),
    stage(
        "lints of the app",
        &[
            "nice -n 19 cargo clippy --manifest-path app/Cargo.toml --all-targets --quiet -- -D warnings",
            "nice -n 19 cargo clippy --manifest-path receiver/Cargo.toml --target-dir app/target --quiet -- -D warnings",
        ],
    ),
    stage(
        "lints",
        &[
            "nice -n 19 cargo clippy --workspace --all-targets --quiet -- -D warnings",
            "nice -n 19 cargo clippy --workspace --test examples --quiet -- -D warnings",
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
    .world()
    .report(Report::Verify("target/verify.json")),
];

#[cfg(test)]
mod tests {
    /// The two parts of the suite of the lab's page are all of it, and what plays the real book is in the one that has the
    /// world.
    #[test]
    fn each_test_file_of_the_page_is_in_one_part() {
        let web = crate::project_root().join("scenario/lab/web");
        let package = std::fs::read_to_string(web.join("package.json")).unwrap();
        let part = |name: &str| package.lines().find(|line| line.contains(&format!("\"{name}\":"))).unwrap();
        let (small, world) = (part("test:small"), part("test:world"));
        for entry in std::fs::read_dir(web.join("tests")).unwrap().flatten() {
            let name = entry.file_name().into_string().unwrap();
            if !name.ends_with(".test.mjs") {
                continue;
            }
            let plays = std::fs::read_to_string(entry.path()).unwrap().contains("Lab.start(");
            let has = |part: &str| part.contains(&format!("tests/{name}"));
            assert_eq!((has(small), has(world)), (!plays, plays), "{name}");
        }
    }
}
