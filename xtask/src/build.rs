//! `cargo xtask build`: the book as static pages, by a stock mdBook and our preprocessor.

use std::process::{Command, ExitCode};

use scenario_cli::{self as cli, Front};
use scenario_core::error::{Error, Result};
use scenario_setup::Need;

use crate::{flags, project_root};

impl flags::Build {
    pub(crate) fn run(self, front: &Front) -> Result<ExitCode> {
        let toolbox = cli::toolbox(front, &[Need::Mdbook], self.yes)?;
        let root = project_root();
        let mut mdbook = Command::new("mdbook");
        mdbook
            .arg("build")
            .arg(&front.book)
            .arg("--dest-dir")
            .arg(root.join("target/book"))
            .current_dir(&root);
        for (name, value) in toolbox.envs() {
            match value {
                Some(value) => mdbook.env(name, value),
                None => mdbook.env_remove(name),
            };
        }
        let status =
            mdbook.status().map_err(|cause| Error::new(format!("failed to run `mdbook`: {cause}")))?;
        Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
