//! Where the files of a book's plots and screenshots are.

use std::path::{Path, PathBuf};

/// The folders of a book.
#[derive(Debug)]
pub(crate) struct Folder {
    /// That of `book.toml`.
    pub(crate) book: PathBuf,
    /// That of the pages.
    pub(crate) src: PathBuf,
}

impl Folder {
    /// The folder of the plots.
    pub(crate) fn plots(&self) -> PathBuf {
        self.src.join("plots")
    }

    /// The data of a plot.
    pub(crate) fn data(&self, name: &str) -> PathBuf {
        self.plots().join(format!("{name}.json"))
    }

    /// The picture of a plot.
    pub(crate) fn picture(&self, name: &str) -> PathBuf {
        self.plots().join(format!("{name}.svg"))
    }

    /// The folder of the screenshots.
    pub(crate) fn screenshots(&self) -> PathBuf {
        self.src.join("screenshots")
    }

    /// The picture of a screenshot.
    pub(crate) fn screenshot(&self, name: &str) -> PathBuf {
        self.screenshots().join(format!("{name}.png"))
    }

    /// How long the commands of each chapter take.
    pub(crate) fn times(&self) -> PathBuf {
        self.book.join("times.json")
    }

    /// The path of a page from the folder of the pages, as SUMMARY.md has it.
    pub(crate) fn page(&self, path: &Path) -> String {
        let src = scenario_core::book::shown(&self.src);
        path.strip_prefix(src).unwrap_or(path).display().to_string()
    }
}
