//! Under GitHub Actions: annotations on standard output, and the summary of the job.
//!
//! What a book's commands have printed must not be taken for a command to the workflow's runner. So it is told to ignore
//! commands from the first line of a run to the last; only then the annotations follow. Everything goes to standard output
//! meanwhile: nobody knows the order of two streams.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use scenario_core::book::shown;
use scenario_core::error::{PathContext, Result};
use scenario_core::report::{self, Report};

use crate::output::print;

/// The job that this program runs in, while it ignores commands.
pub(crate) struct Github {
    /// The word that makes the workflow's runner read commands again. It is random, so no book can print it.
    token: String,
    /// The root of the repository.
    root: Option<PathBuf>,
    /// The file that takes the summary.
    summary: Option<PathBuf>,
}

impl Github {
    /// Makes the runner of the workflow ignore commands. Returns `None` outside of GitHub Actions.
    pub(crate) fn begin() -> Result<Option<Github>> {
        let var = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        if var("GITHUB_ACTIONS").is_none_or(|value| value != "true") {
            return Ok(None);
        }
        let random = Path::new("/dev/urandom");
        let mut bytes = [0; 16];
        std::fs::File::open(random)
            .and_then(|mut file| file.read_exact(&mut bytes))
            .on_path("read", random)?;
        let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        print(|out| writeln!(out, "::stop-commands::{token}"))?;
        let path = |name| var(name).map(PathBuf::from);
        Ok(Some(Github { token, root: path("GITHUB_WORKSPACE"), summary: path("GITHUB_STEP_SUMMARY") }))
    }

    /// Writes the annotations of a run, and its summary.
    ///
    /// # Errors
    ///
    /// The summary cannot be written.
    pub(crate) fn end(&self, report: &Report<'_>, command: &str) -> Result<()> {
        let annotations = report::annotations(report, &|path| self.in_repository(path));
        print(|out| write!(out, "::{}::\n{annotations}", self.token))?;
        let Some(path) = &self.summary else { return Ok(()) };
        let written = std::fs::metadata(path).map_or(0, |meta| meta.len());
        let left = report::SUMMARY_BYTES_MAX.saturating_sub(usize::try_from(written).unwrap_or(usize::MAX));
        let text = report::summary(report, command, left);
        let file = OpenOptions::new().append(true).create(true).open(path);
        file.and_then(|mut file| file.write_all(text.as_bytes())).on_path("write", &shown(path))
    }

    /// The path of a page from the root of the repository; as it is where the page is elsewhere.
    fn in_repository(&self, path: &Path) -> String {
        let full = |path: &Path| path.canonicalize().ok();
        let below = self.root.as_deref().and_then(full).zip(full(path));
        let below = below.and_then(|(root, path)| path.strip_prefix(root).ok().map(Path::to_owned));
        below.unwrap_or_else(|| path.to_owned()).display().to_string()
    }
}
