//! The C linker and the static libc, which Rust needs without saying so, and `curl`.
//!
//! That a linker is there is not enough: it has to link a program of one line, once dynamically and once
//! statically, as `cargo rustc -- -C target-feature=+crt-static` will.

use std::time::Duration;

use scenario_core::error::{PathContext, Result};

use crate::apt::Apt;
use crate::ask::{ask, first_line};
use crate::finding::{Look, Remedy, RemedyKind, Unmet};
use crate::host::{Family, Host};
use crate::place::Place;

const LINK_TIME_MAX: Duration = Duration::from_secs(20);
const VERSION_TIME_MAX: Duration = Duration::from_secs(10);

pub(crate) fn look_for_linker(host: &Host, place: &Place) -> Result<Look<String>> {
    let fedora = "dnf install gcc";
    link(host, place, &[], ("gcc libc6-dev", fedora)).map(|linked| linked.map(|cc| format!("{cc} links")))
}

pub(crate) fn look_for_static_libc(host: &Host, place: &Place) -> Result<Look<String>> {
    let fedora = "dnf install gcc glibc-static";
    let linked = link(host, place, &["-static"], ("gcc libc6-dev", fedora))?;
    Ok(linked.map(|cc| format!("{cc} links statically")))
}

pub(crate) fn look_for_curl(host: &Host) -> Result<Look<String>> {
    let missing = |found: String| Unmet {
        found,
        remedy: Apt::can_install(host).then(|| Remedy {
            what: "apt-get install curl ca-certificates".to_owned(),
            size: "at most 10 MB".to_owned(),
            kind: RemedyKind::Install(&["curl", "ca-certificates"]),
        }),
        help: by_hand(host, "curl ca-certificates", "dnf install curl", "curl"),
    };
    let Some(curl) = host.find("curl") else {
        return Ok(Look::Missing(missing("no `curl` on PATH".to_owned())));
    };
    let answer = ask(&host.command(&curl, ["--version"]).deadline(VERSION_TIME_MAX))?;
    Ok(match answer {
        Ok(text) => Look::Present(format!("curl {}", text.split_whitespace().nth(1).unwrap_or_default())),
        Err(why) => Look::Missing(missing(format!("`{} --version`: {why}", curl.display()))),
    })
}

/// Links a program of one line with `cc`, and says which `cc` that was.
fn link(
    host: &Host,
    place: &Place,
    flags: &[&str],
    (debian, fedora): (&'static str, &str),
) -> Result<Look<String>> {
    let missing = |found: String| Unmet {
        found,
        remedy: Apt::can_install(host).then(|| Remedy {
            what: format!("apt-get install {debian}"),
            size: "at most 55 MB".to_owned(),
            kind: RemedyKind::Install(&["gcc", "libc6-dev"]),
        }),
        help: by_hand(host, debian, fedora, "a C compiler with its static libc (gcc, libc.a)"),
    };
    let Some(cc) = host.find("cc") else {
        return Ok(Look::Missing(missing("no `cc` on PATH; Rust links with it".to_owned())));
    };
    let folder = place.scratch("link")?;
    let (source, program) = (folder.path().join("main.c"), folder.path().join("main"));
    std::fs::write(&source, "int main(void) { return 0; }\n").on_path("write", &source)?;
    let mut args: Vec<std::ffi::OsString> = flags.iter().map(Into::into).collect();
    args.extend([source.into(), "-o".into(), program.into()]);
    let Err(why) = ask(&host.command(&cc, args).deadline(LINK_TIME_MAX))? else {
        return Ok(Look::Present(cc.display().to_string()));
    };
    let what = if flags.is_empty() { "cannot link a program" } else { "cannot link a static program" };
    Ok(Look::Missing(missing(format!("`{}` {what}: {}", cc.display(), first_line(&why)))))
}

/// What to type on this distribution.
fn by_hand(host: &Host, debian: &str, fedora: &str, elsewhere: &str) -> String {
    let sudo = host.sudo();
    match host.family() {
        Family::Debian => format!("{sudo}apt-get install {debian}"),
        Family::Fedora => format!("{sudo}{fedora}"),
        _ => format!("install {elsewhere} with this system's package manager"),
    }
}
