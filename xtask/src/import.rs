//! `cargo xtask import`: a scenario of Katacoda or Killercoda as a book. That is a program of its own, which `step` must not
//! wait for. What becomes of the scenario is not known here.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use scenario_core::error::{Error, Result};

use crate::{flags, project_root};

impl flags::Import {
    /// Lets cargo take the place of this program, and the other one that of cargo.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let mut cargo = Command::new("cargo");
        // By its manifest, and not in its folder: what the user names stays where it is.
        cargo.args(["run", "--quiet", "--package", "scenario-katacoda", "--manifest-path"]);
        cargo.arg(project_root().join("Cargo.toml")).arg("--").args(self.words());
        let cause = cargo.exec();
        Err(Error::new(format!("failed to run `cargo`: {cause}")))
    }

    /// The arguments of `scenario-katacoda`.
    fn words(&self) -> Vec<OsString> {
        let mut words: Vec<OsString> = vec!["import".into(), self.folder.clone().into()];
        words.extend(self.out.iter().flat_map(|out| ["--out".into(), out.clone().into()]));
        words.extend(["--front".into(), "cargo xtask".into()]);
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_program_is_told_all() {
        let told = |out: Option<&str>| {
            let import = flags::Import { folder: "tea".into(), out: out.map(Into::into) };
            let words: Vec<String> =
                import.words().into_iter().map(|word| word.into_string().unwrap()).collect();
            words.join(" ")
        };
        assert_eq!(told(None), "import tea --front cargo xtask");
        assert_eq!(told(Some("book")), "import tea --out book --front cargo xtask");
    }
}
