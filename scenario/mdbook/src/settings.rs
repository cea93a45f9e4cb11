//! What the book has for the preprocessor beside its pages: the settings of `book.toml`, the times of the chapters, and
//! its pictures.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use mdbook_preprocessor::PreprocessorContext;
use scenario_core::error::{Error, Result};
use scenario_core::model::Check;

/// How long the commands of each chapter take; see `scenario-pictures`.
const TIMES: &str = "times.json";

/// A picture below a query.
pub(crate) struct Picture {
    pub(crate) url: String,
    /// Width and height in pixels, where it is not drawn in any size.
    pub(crate) size: Option<(u32, u32)>,
}

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

    /// The picture of a check on a page; `None` if its file does not exist yet.
    pub(crate) fn picture(&self, page: &Path, check: &Check) -> Option<Picture> {
        let depth = self.relative(page).components().count().saturating_sub(1);
        let url = |file: &str| "../".repeat(depth) + file;
        if let Some(plot) = &check.plot {
            let file = format!("plots/{}.svg", plot.name);
            return self.folder.join(&file).is_file().then(|| Picture { url: url(&file), size: None });
        }
        let file = format!("screenshots/{}.png", check.screenshot.as_ref()?.name);
        let size = png_size(&self.folder.join(&file))?;
        Some(Picture { url: url(&file), size: Some(size) })
    }

    fn relative<'a>(&self, page: &'a Path) -> &'a Path {
        page.strip_prefix(&self.src).unwrap_or(page)
    }
}

/// Width and height of a PNG, which are at a fixed place near its beginning.
fn png_size(path: &Path) -> Option<(u32, u32)> {
    let mut head = [0; 24];
    File::open(path).ok()?.read_exact(&mut head).ok()?;
    let number = |at: usize| Some(u32::from_be_bytes(head.get(at..at + 4)?.try_into().ok()?));
    Some((number(16)?, number(20)?))
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
