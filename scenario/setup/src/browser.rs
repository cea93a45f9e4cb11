//! The browser that the lab's own tests drive: Chromium, or Chrome. A reader's browser is not looked for.

use std::path::{Path, PathBuf};
use std::time::Duration;

use scenario_core::error::Result;

use crate::apt::Apt;
use crate::ask::ask;
use crate::finding::{Look, Remedy, RemedyKind, Unmet};
use crate::host::{Family, Host};

/// The variable that names a browser; the tests get the one that was found by it too.
pub(crate) const VARIABLE: &str = "SCENARIO_BROWSER";
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const ANSWER_TIME_MAX: Duration = Duration::from_secs(20);

/// A browser on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Browser {
    pub(crate) program: PathBuf,
    /// What it says of itself, such as `Chromium 140.0.7339.80`.
    pub(crate) version: String,
}

pub(crate) fn look_for_browser(host: &Host) -> Result<Look<Browser>> {
    if let Some(given) = host.var(VARIABLE).map(PathBuf::from) {
        let given = std::path::absolute(&given).unwrap_or(given);
        return Ok(version(host, &given)?
            .map(|version| Browser { program: given.clone(), version })
            .map_err(|why| Unmet {
                found: format!("{VARIABLE} is `{}`, which does not run: {why}", given.display()),
                remedy: None,
                help: format!("set {VARIABLE} to a Chromium or a Chrome, or unset it"),
            })
            .into());
    }
    let mut found = format!("no `{}` on PATH", NAMES.join("`, `"));
    for program in NAMES.iter().filter_map(|name| host.find(name)) {
        match version(host, &program)? {
            Ok(version) => return Ok(Look::Present(Browser { program, version })),
            Err(why) => found = format!("`{} --version`: {why}", program.display()),
        }
    }
    // Ubuntu's package is a link to a snap, which a container or a machine without snapd cannot install.
    let packaged = Apt::can_install(host) && !host.is_ubuntu();
    let remedy = packaged.then(|| Remedy {
        what: "apt-get install chromium".to_owned(),
        size: "at most 200 MB".to_owned(),
        kind: RemedyKind::Install(&["chromium"]),
    });
    Ok(Look::Missing(Unmet { found, remedy, help: by_hand(host) }))
}

fn version(host: &Host, program: &Path) -> Result<std::result::Result<String, String>> {
    let answer = ask(&host.command(program, ["--version"]).deadline(ANSWER_TIME_MAX))?;
    // A distribution may add something after name and version.
    let words = |text: String| {
        let end = |word: &&str| !word.starts_with(|c: char| c.is_ascii_digit());
        let name: Vec<&str> = text.split_whitespace().take_while(end).collect();
        let number = text.split_whitespace().nth(name.len()).unwrap_or_default();
        format!("{} {number}", name.join(" ")).trim().to_owned()
    };
    Ok(answer.map(words))
}

fn by_hand(host: &Host) -> String {
    let sudo = host.sudo();
    match host.family() {
        Family::Debian if host.is_ubuntu() => format!(
            "install Google Chrome's package (https://www.google.com/chrome), or `{sudo}snap install chromium`"
        ),
        Family::Debian => format!("{sudo}apt-get install chromium"),
        Family::Fedora => format!("{sudo}dnf install chromium"),
        Family::Arch => format!("{sudo}pacman -S chromium"),
        Family::Suse => format!("{sudo}zypper install chromium"),
        Family::Alpine => format!("{sudo}apk add chromium"),
        Family::Other => format!("install Chromium or Chrome, or name one in {VARIABLE}"),
    }
}
