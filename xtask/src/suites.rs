//! The suites that `soak` runs, and what each needs to be built.

use std::path::PathBuf;

use crate::project_root;
use crate::results::Report;

/// Tests that are run together.
#[derive(Debug, Clone)]
pub(crate) struct Suite {
    pub(crate) name: &'static str,
    /// What is built before the cores are kept busy.
    pub(crate) build: Vec<String>,
    pub(crate) run: String,
    /// The report that the run writes, where it is not libtest that prints the results.
    pub(crate) report: Option<Report>,
    /// Where the output of runs that failed is kept.
    pub(crate) logs: PathBuf,
}

/// The suites that are tests of one package.
const PACKAGES: [(&str, &str); 8] = [
    ("core", "scenario-core"),
    ("setup", "scenario-setup"),
    ("cli", "scenario-cli"),
    ("mdbook", "mdbook-scenario"),
    ("katacoda", "scenario-katacoda"),
    ("lab", "scenario-lab"),
    ("fuzz", "scenario-fuzz"),
    ("xtask", "xtask"),
];
/// The suite of the service.
const APP: &str = "app";
/// The suite of the lab's page.
const BROWSER: &str = "browser";

/// What became of the tests of the lab's page, all together.
const BROWSER_REPORT: Report = Report::Tap("target/lab/tests.tap");

/// The names of all suites.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    PACKAGES.iter().map(|(name, _)| *name).chain([APP, BROWSER])
}

/// The suite of that name.
pub(crate) fn suite(name: &str) -> Suite {
    if name == BROWSER {
        let npm = "npm --prefix scenario/lab/web";
        let build = [format!("{npm} ci"), "cargo build -p scenario-lab".into(), "cargo xtask page".into()];
        return Suite {
            build: build.into(),
            report: Some(BROWSER_REPORT),
            ..new(BROWSER, format!("{npm} test"))
        };
    }
    match PACKAGES.iter().find(|(known, _)| *known == name) {
        Some((name, package)) => of_cargo(name, &format!("-p {package}")),
        None => of_cargo(APP, "--manifest-path app/Cargo.toml"),
    }
}

/// The tests of one package.
pub(crate) fn of_cargo(name: &'static str, which: &str) -> Suite {
    let run = format!("cargo test {which} --no-fail-fast");
    Suite { build: vec![format!("{run} --no-run")], ..new(name, run) }
}

fn new(name: &'static str, run: String) -> Suite {
    Suite { name, build: vec![], run, report: None, logs: project_root().join("target/soak").join(name) }
}
