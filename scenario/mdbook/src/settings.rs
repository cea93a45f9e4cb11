//! What the book has for the preprocessor beside its pages: the settings of `book.toml`, the times of the chapters, and
//! the pictures of its plots.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mdbook_preprocessor::PreprocessorContext;
use scenario_core::error::{Error, Result};

/// How long the commands of each chapter take; see `scenario-pictures`.
const TIMES: &str = "times.json";

/// What is read of the book's folder.
pub(crate) struct Settings {
    /// The command that checks a step, `{step}` standing for its number.
    pub(crate) check_command: String,
    /// The command that brings the reader to the end of a step, where `book.toml` names one.
    pub(crate) step_command: Option<String>,
    /// The seconds that the commands of a page take.
    times: BTreeMap<String, u64>,
    /// The folder of the pages.
    folder: PathBuf,
    /// The same, as the paths of the pages begin with it.
    src: PathBuf,
}

impl Settings {
    pub(crate) fn read(context: &PreprocessorContext) -> Result<Settings> {
        let src = context.config.book.src.clone();
        Ok(Settings {
            check_command: command(context, "check-command")?
                .unwrap_or_else(|| "scenario check {step}".to_owned()),
            step_command: command(context, "step-command")?,
            times: times(&context.root.join(TIMES))?,
            folder: context.root.join(&src),
            src,
        })
    }

    /// The seconds that the commands of a page take, where that is known.
    pub(crate) fn seconds(&self, page: &Path) -> Option<u64> {
        self.times.get(&*self.relative(page).to_string_lossy()).copied()
    }

    /// The URL of the picture of a plot on a page; none as long as there is no picture.
    pub(crate) fn picture(&self, page: &Path, plot: &str) -> Option<String> {
        let file = format!("plots/{plot}.svg");
        let depth = self.relative(page).components().count().saturating_sub(1);
        self.folder.join(&file).is_file().then(|| "../".repeat(depth) + &file)
    }

    fn relative<'a>(&self, page: &'a Path) -> &'a Path {
        page.strip_prefix(&self.src).unwrap_or(page)
    }
}

fn command(context: &PreprocessorContext, name: &str) -> Result<Option<String>> {
    let key = format!("preprocessor.scenario.{name}");
    let given = context.config.get(&key);
    given.map_err(|error| Error::new(format!("failed to read `{key}` of `book.toml`: {error:#}")))
}

fn times(path: &Path) -> Result<BTreeMap<String, u64>> {
    let Ok(text) = std::fs::read_to_string(path) else { return Ok(BTreeMap::new()) };
    serde_json::from_str(&text).map_err(|error| Error::new(format!("failed to read `{TIMES}`: {error}")))
}
