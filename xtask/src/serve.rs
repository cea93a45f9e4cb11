//! `cargo xtask serve` and `cargo xtask page`: starts the lab, which is a program of its own and much heavier than
//! this one. What the lab shows and how its page is made is not known here.

use std::ffi::OsString;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

use scenario_cli::{self as cli, Front};
use scenario_core::error::{Error, Result};
use scenario_setup::Need;

use crate::{flags, project_root};

impl flags::Serve {
    pub(crate) fn run(self, front: &Front) -> Result<ExitCode> {
        // A missing Node.js is reported before minutes of compiling.
        if !has_page(&project_root()) {
            require_node(front, self.yes)?;
        }
        Err(become_lab(&self.words(front)))
    }

    /// The arguments of the lab.
    fn words(&self, front: &Front) -> Vec<OsString> {
        let mut words: Vec<OsString> = Vec::new();
        if !self.choose {
            words.extend(["--book".into(), front.book.clone().into()]);
            words.extend(["--workspace".into(), front.workspace.clone().into()]);
        }
        words.extend(["--tools".into(), front.tools.clone().into()]);
        words.extend(["--front".into(), front.name.clone().into()]);
        words.extend(self.yes.then(|| "--yes".into()));
        words.extend(self.no_open.then(|| "--no-open".into()));
        words.extend(self.port.iter().flat_map(|port| ["--port".into(), port.to_string().into()]));
        words
    }
}

impl flags::Page {
    pub(crate) fn run(self, front: &Front) -> Result<ExitCode> {
        require_node(front, false)?;
        Err(become_lab(&["page".into()]))
    }
}

/// Fails where the page cannot be built.
fn require_node(front: &Front, yes: bool) -> Result<()> {
    cli::toolbox(front, &[Need::Node], yes).map(drop).map_err(cli::without_node)
}

/// Whether the lab has a page without building one.
fn has_page(root: &Path) -> bool {
    let named = std::env::var_os("SCENARIO_PAGE").is_some_and(|folder| !folder.is_empty());
    named || root.join("target/lab/page/index.html").is_file()
}

/// Lets cargo take the place of this program, and the lab that of cargo: so each signal and the exit status are
/// the lab's own. It comes back only if that cannot be done.
fn become_lab(words: &[OsString]) -> Error {
    let root = project_root();
    let mut cargo = Command::new("cargo");
    cargo.arg("run");
    if root.join("target/debug/scenario-lab").is_file() {
        cargo.arg("--quiet");
    } else {
        let _ = writeln!(anstream::stderr(), "compiling the lab: the first time this takes some minutes");
    }
    // By its manifest, and not in its folder: what the reader and the variables name stays where it is.
    cargo.arg("--manifest-path").arg(root.join("Cargo.toml"));
    cargo.args(["--package", "scenario-lab", "--"]).args(words);
    let cause = cargo.exec();
    Error::new(format!("failed to run `cargo`: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lab_is_started_with_every_folder() {
        let front = Front {
            name: "cargo xtask".into(),
            flags: Vec::new(),
            book: "/r/book".into(),
            workspace: "/r/workspace".into(),
            tools: "/r/target/tools".into(),
        };
        let told = |serve: flags::Serve| {
            let words: Vec<String> =
                serve.words(&front).into_iter().map(|word| word.into_string().unwrap()).collect();
            words.join(" ")
        };
        let base = "--book /r/book --workspace /r/workspace --tools /r/target/tools --front cargo xtask";
        assert_eq!(told(flags::Serve { yes: false, choose: false, no_open: false, port: None }), base);
        let all = flags::Serve { yes: true, choose: false, no_open: true, port: Some(4000) };
        assert_eq!(told(all), format!("{base} --yes --no-open --port 4000"));
        let choose = flags::Serve { yes: false, choose: true, no_open: false, port: None };
        assert_eq!(told(choose), "--tools /r/target/tools --front cargo xtask");
    }

    #[test]
    fn a_page_that_was_built_here_needs_no_node() {
        let root = tempfile::tempdir().unwrap();
        let page = root.path().join("target/lab/page");
        std::fs::create_dir_all(&page).unwrap();
        if std::env::var_os("SCENARIO_PAGE").is_none() {
            assert!(!has_page(root.path()));
        }
        std::fs::write(page.join("index.html"), "").unwrap();
        assert!(has_page(root.path()));
    }
}
