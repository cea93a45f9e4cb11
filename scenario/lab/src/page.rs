//! The page: built from `scenario/lab/web` by npm where it has changed, and served from the folder it was built into.
//!
//! A page that was built elsewhere, in `target/lab/page` or where `SCENARIO_PAGE` says, needs no Node.js here.

use std::path::{Path, PathBuf};
use std::time::Duration;

use scenario_cli as cli;
use scenario_core::error::{Error, Result};
use scenario_core::process::Command;
use scenario_setup::{self as setup, Need, Place, lacking};

use crate::digest::digest;

/// How long npm may take to fetch the page's libraries, and how long to build it.
const FETCH_TIME_MAX: Duration = Duration::from_secs(600);
const BUILD_TIME_MAX: Duration = Duration::from_secs(120);
/// Names, in the built page, the sources it was built from.
const BUILT_FROM: &str = "built-from";

/// A page that is ready to be served.
#[derive(Debug, Clone)]
pub struct BuiltPage {
    dir: PathBuf,
    /// Changes when the page does.
    pub(crate) build: String,
}

impl BuiltPage {
    /// The page, built first if it has changed, into `into` or else `target/lab/page`; `say` gets a line before each
    /// part that takes time.
    ///
    /// # Errors
    ///
    /// Node.js is missing and no page is there, or npm fails; the message has the end of its output.
    pub fn ready(into: Option<&Path>, say: &mut dyn FnMut(&str)) -> Result<BuiltPage> {
        let named = std::env::var_os("SCENARIO_PAGE").filter(|name| !name.is_empty()).map(PathBuf::from);
        if let Some(dir) = named {
            if !dir.join("index.html").is_file() {
                let message =
                    format!("SCENARIO_PAGE names `{}`, and there is no `index.html` in it", dir.display());
                return Err(
                    Error::new(message).with_help("`cargo xtask page` builds one into `target/lab/page`")
                );
            }
            return Ok(BuiltPage::at(dir));
        }
        let (web, dir) = (web(), into.map_or_else(|| target().join("lab/page"), Path::to_owned));
        let sources = sources(&web)?;
        if std::fs::read_to_string(dir.join(BUILT_FROM)).is_ok_and(|from| from == sources) {
            return Ok(BuiltPage::at(dir));
        }
        build(&web, &dir, say)?;
        std::fs::write(dir.join(BUILT_FROM), sources)
            .map_err(|cause| Error::new(format!("failed to write into `{}`: {cause}", dir.display())))?;
        Ok(BuiltPage::at(dir))
    }

    fn at(dir: PathBuf) -> BuiltPage {
        let script = std::fs::read(dir.join("page.js")).unwrap_or_default();
        BuiltPage { build: digest(&script)[..16].to_owned(), dir }
    }

    /// Where it is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

/// The folder of this package in the repository that cargo runs a program for, which may be `cargo xtask` or the lab:
/// one that was compiled in another clone may be run in this one.
fn package() -> PathBuf {
    let given = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let sibling = given.parent().map(|root| root.join("scenario/lab")).unwrap_or_default();
    let found = [given, sibling].into_iter().find(|folder| folder.join("web/package.json").is_file());
    found.unwrap_or(env!("CARGO_MANIFEST_DIR").into())
}

/// The folder of the page's sources, in this package.
fn web() -> PathBuf {
    package().join("web")
}

fn target() -> PathBuf {
    root().join("target")
}

/// The repository that this package is in.
pub(crate) fn root() -> PathBuf {
    package().ancestors().nth(2).unwrap_or(Path::new(".")).to_owned()
}

/// Names the page's sources: all files but those that git ignores, and the script that it takes from elsewhere.
fn sources(web: &Path) -> Result<String> {
    let mut texts = Vec::new();
    let mut folders = vec![web.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|cause| {
            Error::new(format!("failed to read the page's sources in `{}`: {cause}", folder.display()))
                .with_help("run the lab where it was built, or name a built page in SCENARIO_PAGE")
        })?;
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                let is_source = !matches!(name.as_str(), "node_modules" | "dist" | "tests");
                folders.extend(is_source.then_some(path));
            } else if let Ok(bytes) = std::fs::read(&path) {
                texts.push(format!("{}\0{}", path.display(), digest(&bytes)));
            }
        }
    }
    // The page uses what the preprocessor puts into the pages of books.
    texts.extend(std::fs::read(web.join("../../mdbook/src/scenario.js")).ok().map(|bytes| digest(&bytes)));
    texts.sort();
    Ok(digest(texts.join("\n").as_bytes()))
}

fn build(web: &Path, dir: &Path, say: &mut dyn FnMut(&str)) -> Result<()> {
    let place = Place { tools: target().join("tools") };
    if let Some(error) = lacking(&setup::survey(&[Need::Node], &place)) {
        return Err(cli::without_node(error));
    }
    if !has_libraries(web) {
        say("fetching the libraries of the page: npm ci (about 13 MB)");
        npm(web, &["ci", "--omit=dev", "--no-audit", "--no-fund"], FETCH_TIME_MAX)?;
    }
    say("building the page: npm run build");
    let dir = dir.to_string_lossy().into_owned();
    npm(web, &["run", "--silent", "build", "--", &dir], BUILD_TIME_MAX)
}

/// Whether npm has fetched what the lock file names, and not before the file was changed.
fn has_libraries(web: &Path) -> bool {
    let changed =
        |name: &str| std::fs::metadata(web.join(name)).and_then(|metadata| metadata.modified()).ok();
    // npm's own list of what it has put there.
    match (changed("package-lock.json"), changed("node_modules/.package-lock.json")) {
        (Some(lock), Some(fetched)) => fetched >= lock,
        _ => false,
    }
}

fn npm(web: &Path, words: &[&str], deadline: Duration) -> Result<()> {
    let command = Command::new(["npm"].iter().chain(words).copied()).dir(web).deadline(deadline);
    let finished = command.run()?;
    if finished.success() {
        return Ok(());
    }
    let what = format!("`npm {}` in `{}`", words.join(" "), web.display());
    Err(match finished.timed_out {
        Some(bound) => Error::new(format!("{what} took more than {} s", bound.as_secs())),
        None => {
            Error::new(format!("{what} failed with status {}:\n{}", finished.status, finished.last_lines(15)))
        }
    }
    .with_help("run it by hand to see all of its output"))
}
