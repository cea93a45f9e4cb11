//! A program that a book lists by its name, and what brings the better known ones on Debian and Ubuntu.
//!
//! That it is there is enough: which version a page needs is not known here.

use std::time::Duration;

use scenario_core::error::Result;

use crate::apt::Apt;
use crate::ask::{ask, first_line};
use crate::finding::{Look, Remedy, RemedyKind, Unmet};
use crate::host::{Family, Host};

const IMPORT_TIME_MAX: Duration = Duration::from_secs(20);

/// The name of a module of Python that Debian has in a package of its own. Python is there without it, and fails to
/// make an environment.
const VENV: &str = "python3-venv";

/// How a program can be had.
struct Known {
    name: &'static str,
    debian: &'static [&'static str],
    fedora: &'static str,
    /// What apt fetches at most, in MB.
    megabytes: u32,
}

const fn known(
    name: &'static str,
    debian: &'static [&'static str],
    fedora: &'static str,
    megabytes: u32,
) -> Known {
    Known { name, debian, fedora, megabytes }
}

const KNOWN: [Known; 12] = [
    known("firefox", &["firefox-esr"], "firefox", 100),
    known("gcc", &["gcc", "libc6-dev"], "gcc", 55),
    known("git", &["git"], "git-core", 40),
    known("jq", &["jq"], "jq", 5),
    known("make", &["make"], "make", 5),
    known("node", &["nodejs"], "nodejs", 40),
    known("npm", &["npm"], "nodejs-npm", 100),
    known("postgres", &["postgresql"], "postgresql-server", 80),
    known("psql", &["postgresql-client"], "postgresql", 20),
    known("python3", &["python3"], "python3", 20),
    known(VENV, &["python3", "python3-venv"], "python3", 30),
    known("sqlite3", &["sqlite3"], "sqlite", 5),
];

/// Where Debian keeps programs outside PATH, in a folder for each version.
const VERSIONED: [(&str, &str); 1] = [("postgres", "/usr/lib/postgresql")];

pub(crate) fn look_for_program(host: &Host, name: &str) -> Result<Look<String>> {
    if name == VENV {
        return look_for_venv(host);
    }
    let versioned = VERSIONED.iter().filter(|(program, _)| *program == name);
    let elsewhere = || versioned.clone().find_map(|(_, folder)| host.find_versioned(folder, name));
    Ok(match host.find(name).or_else(elsewhere) {
        Some(file) => Look::Present(file.display().to_string()),
        None => Look::Missing(missing(host, name, format!("no `{name}` on PATH"))),
    })
}

fn look_for_venv(host: &Host) -> Result<Look<String>> {
    let Some(python) = host.find("python3") else {
        return Ok(Look::Missing(missing(host, VENV, "no `python3` on PATH".to_owned())));
    };
    let imports = host.command(&python, ["-c", "import ensurepip, venv"]).deadline(IMPORT_TIME_MAX);
    Ok(match ask(&imports)? {
        Ok(_) => Look::Present(format!("{} can make environments", python.display())),
        Err(why) => {
            let why = why.lines().last().unwrap_or_default();
            let found = format!("`{}` cannot make environments: {}", python.display(), first_line(why));
            Look::Missing(missing(host, VENV, found))
        }
    })
}

fn missing(host: &Host, name: &str, found: String) -> Unmet {
    let sudo = host.sudo();
    let Some(known) = KNOWN.iter().find(|known| known.name == name) else {
        let help = format!("install `{name}`; if this name is wrong, change `needs` in book.toml");
        return Unmet { found, remedy: None, help };
    };
    let what = format!("apt-get install {}", known.debian.join(" "));
    let help = match host.family() {
        Family::Debian => format!("{sudo}{what}"),
        Family::Fedora => format!("{sudo}dnf install {}", known.fedora),
        _ => format!("install `{name}` with this system's package manager"),
    };
    let remedy = Apt::can_install(host).then(|| Remedy {
        what,
        size: format!("at most {} MB", known.megabytes),
        kind: RemedyKind::Install(known.debian),
    });
    Unmet { found, remedy, help }
}
