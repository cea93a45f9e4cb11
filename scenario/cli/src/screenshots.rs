//! Takes the screenshots of a book while `verify` runs: each by a browser without a window, as soon as the query of its
//! block has passed, so that the page shows what the query has found.
//!
//! A run never fails because of a screenshot. One that could not be taken is listed with the reason after the run.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use scenario_core::check;
use scenario_core::error::{Error, PathContext, Result};
use scenario_core::event::{ItemResult, Verdict};
use scenario_core::model::{
    SCREENSHOT_HEIGHT_MAX, SCREENSHOT_SCALE, SCREENSHOT_WIDTH, Scenario, Screenshot, Step,
};
use scenario_core::process::{Command, Tree};
use scenario_core::runner::command_deadline;
use scenario_setup::{self as setup, Need, Place};

use crate::flags::Front;
use crate::machine::toolbox;

/// How long the browser may take for one of them; less where commands may take less.
const DEADLINE: Duration = Duration::from_secs(60);
/// How far the clock of the web page goes before it is taken: then its scripts have drawn.
const PAGE_MILLISECONDS: u32 = 10_000;

/// What takes the screenshots of a run.
pub(crate) struct Screenshots<'a> {
    folder: &'a Path,
    /// The browser, or why there is none.
    browser: Result<PathBuf>,
    /// Those that are not taken yet, by the ids of their blocks.
    left: BTreeMap<&'a str, &'a Screenshot>,
    /// The first one for which the browser did not end: it is not started again.
    hung: Option<&'a str>,
    deadline: Duration,
    lines: Vec<String>,
}

/// Why a screenshot was not taken.
enum NotTaken {
    /// The browser did not end within this time.
    Hung(Duration),
    Other(String),
}

impl<'a> Screenshots<'a> {
    /// Looks for the browser, with `yes` provides it, and empties the folder of earlier screenshots.
    ///
    /// # Errors
    ///
    /// The folder cannot be made or emptied, the bound of commands cannot be read, or the user wants to stop.
    pub(crate) fn begin(
        front: &Front,
        scenario: &'a Scenario,
        folder: &'a Path,
        yes: bool,
    ) -> Result<Screenshots<'a>> {
        std::fs::create_dir_all(folder).on_path("create the folder", folder)?;
        let checks = scenario.steps.iter().flat_map(Step::all_checks);
        let left: BTreeMap<&str, &Screenshot> =
            checks.filter_map(|check| Some((&*check.id, check.screenshot.as_deref()?))).collect();
        for screenshot in left.values() {
            let path = picture(folder, &screenshot.name);
            if path.exists() {
                std::fs::remove_file(&path).on_path("remove", &path)?;
            }
        }
        let browser = browser(front, yes);
        if let Err(error) = &browser
            && error.is_interrupted()
        {
            return Err(error.clone());
        }
        let deadline = command_deadline()?.min(DEADLINE);
        Ok(Screenshots { folder, browser, left, hung: None, deadline, lines: Vec::new() })
    }

    /// Takes the screenshot of an action that has ended, if it has one and has passed.
    pub(crate) fn after(&mut self, item: &ItemResult) {
        // The queries of an exercise and those of its chapter have ids of their own, so each is taken once.
        if !matches!(item.verdict, Verdict::Passed(_)) {
            return;
        }
        let Ok(browser) = &self.browser else { return };
        let Some(screenshot) = self.left.remove(&*item.id) else { return };
        let name = &*screenshot.name;
        let why = match self.hung {
            Some(first) => format!("the browser was not started again after `{first}`"),
            None => match take(browser, screenshot, &picture(self.folder, name), self.deadline) {
                Ok(()) => return,
                Err(NotTaken::Other(why)) => why,
                Err(NotTaken::Hung(bound)) => {
                    self.hung = Some(name);
                    format!(
                        "`{}` did not end within {} s and was stopped",
                        browser.display(),
                        bound.as_secs()
                    )
                }
            },
        };
        self.lines.push(format!("no screenshot `{name}`: {why}"));
    }

    /// What a person should know after the run: which were not taken, and why.
    pub(crate) fn lines(self) -> Vec<String> {
        match self.browser {
            Err(error) if !self.left.is_empty() => vec![format!("no screenshots were taken: {error}")],
            _ => self.lines,
        }
    }
}

/// The file of a screenshot.
fn picture(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.png"))
}

/// The browser of this machine. Its variables are those of the lab's tests.
fn browser(front: &Front, yes: bool) -> Result<PathBuf> {
    let place = Place { tools: front.tools.clone() };
    let found =
        if yes { toolbox(front, &[Need::Browser], true)? } else { setup::toolbox(&[Need::Browser], &place)? };
    let browser = found.env.into_iter().find(|(name, _)| name == "SCENARIO_BROWSER");
    let browser = browser.and_then(|(_, value)| value).map(PathBuf::from);
    browser.ok_or_else(|| Error::new("no browser was found"))
}

/// Takes one, or says why it could not.
fn take(
    browser: &Path,
    screenshot: &Screenshot,
    picture: &Path,
    deadline: Duration,
) -> std::result::Result<(), NotTaken> {
    let url = &screenshot.url;
    // A browser would take the picture of its own error page.
    match check::get(url) {
        Ok(answer) if answer.status == 200 => {}
        Ok(answer) => return Err(NotTaken::Other(format!("`{url}` answers {}", answer.status))),
        Err(_) => return Err(NotTaken::Other(format!("`{url}` does not answer"))),
    }
    let mut words: Vec<OsString> = vec![browser.into()];
    let is_root = nix::unistd::geteuid().is_root();
    // As root, it refuses to start with its sandbox.
    words.extend(is_root.then(|| "--no-sandbox".into()));
    let fixed =
        ["--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-dev-shm-usage"];
    words.extend(fixed.map(OsString::from));
    words.push(format!("--force-device-scale-factor={SCREENSHOT_SCALE}").into());
    words.push(format!("--window-size={SCREENSHOT_WIDTH},{SCREENSHOT_HEIGHT_MAX}").into());
    words.push(format!("--virtual-time-budget={PAGE_MILLISECONDS}").into());
    let mut file = OsString::from("--screenshot=");
    file.push(picture);
    words.extend([file, url.into()]);
    let finished = Command::new(words).in_tree(Tree::new()).deadline(deadline).run();
    match finished {
        Ok(finished) if finished.success() && picture.is_file() => Ok(()),
        Ok(finished) => Err(match finished.timed_out {
            Some(bound) => NotTaken::Hung(bound),
            None => {
                let (browser, exit, said) = (browser.display(), finished.exit, finished.last_lines(5));
                NotTaken::Other(format!("`{browser}`: {exit}\n{}", said.trim()).trim_end().to_owned())
            }
        }),
        Err(error) => Err(NotTaken::Other(error.to_string())),
    }
}
