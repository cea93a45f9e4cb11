//! What book.toml says: the title, the folder of the pages, and our own preprocessor's table. Each mistake has its place.
//!
//! It reads no files and does not check whether any exist. Tables and keys that only mdBook uses are ignored.

use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{Error, Result};
use crate::excerpt::excerpt;
use crate::model::{AfterSave, Unwritten};
use crate::problem;
use crate::source::{SourceFile, Sources, Span};

#[derive(Deserialize, Default)]
pub(crate) struct Config {
    #[serde(default)]
    pub(crate) book: BookTable,
    #[serde(default)]
    preprocessor: PreprocessorTable,
}

#[derive(Deserialize, Default)]
pub(crate) struct BookTable {
    pub(crate) title: Option<String>,
    pub(crate) src: Option<PathBuf>,
}

#[derive(Deserialize, Default)]
struct PreprocessorTable {
    #[serde(default)]
    scenario: ScenarioTable,
}

/// What our own preprocessor's table says to the runner.
#[derive(Deserialize, Default)]
pub(crate) struct ScenarioTable {
    #[serde(default)]
    result: Results,
    #[serde(default)]
    pub(crate) needs: Vec<String>,
    #[serde(default)]
    pub(crate) imported: bool,
    #[serde(default, rename = "after-save")]
    pub(crate) after_save: Vec<AfterSave>,
    #[serde(flatten)]
    pub(crate) unwritten: Unwritten,
}

/// One path, or a list of them.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a path, or a list of paths")]
enum Results {
    One(PathBuf),
    Several(Vec<PathBuf>),
}

impl Default for Results {
    fn default() -> Results {
        Results::Several(Vec::new())
    }
}

/// All keys of our table: ours, and those that mdBook reads.
const KEYS: [&str; 15] = [
    "result",
    "seeds",
    "caches",
    "extras",
    "needs",
    "imported",
    "after-save",
    "check-command",
    "step-command",
    "command",
    "before",
    "after",
    "renderer",
    "renderers",
    "optional",
];

impl Config {
    /// Reads the text of a book.toml; `path` is for messages.
    ///
    /// # Errors
    ///
    /// It is not valid TOML, or something in our table is wrong.
    pub(crate) fn read(path: &Path, text: String) -> Result<Config> {
        let config: Config = toml::from_str(&text).map_err(|cause| {
            let message = format!("failed to read `{}`: {}", path.display(), cause.to_string().trim_end());
            Error::new(message).with_source(cause)
        })?;
        let mistake = Places::of(&text).mistake();
        mistake.map_or(Ok(config), |Mistake { range, what, help }| {
            let mut sources = Sources::default();
            let span = Span::new(sources.add(SourceFile::new(path, text)), range);
            let error = Error::usage(format!("{what}\n{}", excerpt(&sources, span)));
            Err(error.with_help(help))
        })
    }

    /// The paths of `result`, as they are written.
    pub(crate) fn results(&self) -> &[PathBuf] {
        match &self.preprocessor.scenario.result {
            Results::One(path) => std::slice::from_ref(path),
            Results::Several(paths) => paths,
        }
    }

    /// Our own table.
    pub(crate) fn table(self) -> ScenarioTable {
        self.preprocessor.scenario
    }
}

/// Something that cannot be right, and what to do.
struct Mistake {
    range: Range<usize>,
    what: String,
    help: String,
}

/// Where our table has its keys, and its paths of `result`.
#[derive(Default)]
struct Places {
    keys: Vec<(String, Range<usize>)>,
    results: Vec<(PathBuf, Range<usize>)>,
    /// What is in the lists of files and folders that no page writes.
    unwritten: Vec<(PathBuf, Range<usize>)>,
    /// The folders whose files are looked at after they were saved.
    saved: Vec<(PathBuf, Range<usize>)>,
}

impl Places {
    fn of(text: &str) -> Places {
        let root = DeTable::parse(text).ok();
        let table = root.as_ref().and_then(|root| {
            let preprocessor = root.get_ref().get("preprocessor")?.get_ref().as_table()?;
            preprocessor.get("scenario")?.get_ref().as_table()
        });
        let Some(table) = table else { return Places::default() };
        let keys = table.keys().map(|key| (key.get_ref().to_string(), key.span())).collect();
        let paths = |key: &str| -> Vec<(PathBuf, Range<usize>)> {
            let path =
                |one: &Spanned<DeValue<'_>>| Some((PathBuf::from(one.get_ref().as_str()?), one.span()));
            let Some(value) = table.get(key) else { return Vec::new() };
            match value.get_ref() {
                DeValue::Array(all) => all.iter().filter_map(path).collect(),
                _ => path(value).into_iter().collect(),
            }
        };
        let unwritten = ["seeds", "caches", "extras"].into_iter().flat_map(paths).collect();
        let dir = |one: &Spanned<DeValue<'_>>| {
            let dir = one.get_ref().as_table()?.get("dir")?;
            Some((PathBuf::from(dir.get_ref().as_str()?), dir.span()))
        };
        let saved = table.get("after-save").and_then(|all| all.get_ref().as_array());
        let saved = saved.into_iter().flatten().filter_map(dir).collect();
        Places { keys, results: paths("result"), unwritten, saved }
    }

    /// The first mistake.
    fn mistake(&self) -> Option<Mistake> {
        let unknown = self.keys.iter().find(|(key, _)| !KEYS.contains(&key.as_str()));
        if let Some((key, range)) = unknown {
            let help = match problem::near(key, &KEYS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the keys are {}", KEYS.map(|key| format!("`{key}`")).join(", ")),
            };
            let what = format!("unknown key `{key}` in `[preprocessor.scenario]`");
            return Some(Mistake { range: range.clone(), what, help });
        }
        if let Some((path, range)) = self.unwritten.iter().find(|(path, _)| !is_below(path)) {
            let what = format!("invalid path `{}`: it leads out of the workspace", path.display());
            let help = "`seeds`, `caches` and `extras` name what is in the folders of `result`".to_owned();
            return Some(Mistake { range: range.clone(), what, help });
        }
        if let Some((path, range)) = self.saved.iter().find(|(path, _)| !is_below(path)) {
            let what = format!("invalid path `{}`: it leads out of the workspace", path.display());
            let help =
                "`dir` names a folder of the workspace; leave it out for the workspace itself".to_owned();
            return Some(Mistake { range: range.clone(), what, help });
        }
        self.results.iter().enumerate().find_map(|(index, (path, range))| {
            let mistake =
                |what: String, help: &str| Mistake { range: range.clone(), what, help: help.to_owned() };
            let Some(name) = name_of(path) else {
                return Some(mistake(
                    format!("the path `{}` of `result` does not end with a name", path.display()),
                    "each path is compared with the file or folder of its last name in the workspace",
                ));
            };
            self.results[..index].iter().find_map(|(other, _)| {
                let (one, two) = (path.display(), other.display());
                let (real, other_real) = (normal(path), normal(other));
                if real == other_real {
                    return Some(mistake(
                        format!("duplicate path `{one}` in `result`"),
                        "remove one of the two",
                    ));
                }
                if real.starts_with(&other_real) || other_real.starts_with(&real) {
                    let (inner, outer) = if real.starts_with(&other_real) { (one, two) } else { (two, one) };
                    return Some(mistake(
                        format!("`{inner}` in `result` is inside `{outer}`, which is compared as a whole"),
                        "name the folder only, or only what is in it",
                    ));
                }
                (name_of(other) == Some(name)).then(|| {
                    mistake(
                        format!(
                            "`{two}` and `{one}` in `result` would both be compared with `{}` in the workspace",
                            Path::new(name).display()
                        ),
                        "give one of them another name, here and in the pages",
                    )
                })
            })
        })
    }
}

/// The last name of a path; `None` for `.` and `..`.
fn name_of(path: &Path) -> Option<&std::ffi::OsStr> {
    match path.components().next_back() {
        Some(Component::Normal(name)) => Some(name),
        _ => None,
    }
}

/// Whether a path leads to a place below its start.
fn is_below(path: &Path) -> bool {
    path.components().next().is_some() && path.components().all(|part| matches!(part, Component::Normal(_)))
}

/// A path without `.`, and without `..` below a name.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match (part, normal.components().next_back()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                normal.pop();
            }
            (part, _) => normal.push(part),
        }
    }
    normal
}
