//! A server: the one that is named by its variable, or on PATH, or in the tools folder. What is missing is provided there:
//! the release that we pinned, checked by its SHA-256, or else the distribution's package, unpacked but not installed.
//!
//! Its companion is the one beside it, or on PATH, or in the tools folder. Each of the two is provided on its own: one that
//! is there stays in use. What is remembered of the tools folder is in `record`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use scenario_core::error::{Error, Result};

use crate::ask::{attempt, explain};
use crate::catalog::Server;
use crate::finding::{Look, OnProgress, Remedy, RemedyKind, Unmet};
use crate::host::{Family, Host};
use crate::place::Place;
use crate::record::{self, Recorded};
use crate::release::Release;
use crate::wrapper::InstalledServer;
use crate::{debian, release, wrapper};

const VERSION_TIME_MAX: Duration = Duration::from_secs(20);

/// The companion of a server.
#[derive(Debug)]
pub(crate) struct InstalledCompanion {
    pub(crate) name: &'static str,
    pub(crate) program: PathBuf,
    pub(crate) version: String,
}

pub(crate) fn look_for_server(
    host: &Host,
    place: &Place,
    server: &'static Server,
) -> Result<Look<InstalledServer>> {
    let Server { title, variable, .. } = server;
    let installed =
        |program, version| InstalledServer { server, program, version, assets: None, mount: None };
    let given = host.var(variable).map(PathBuf::from);
    if let Some(given) = given.filter(|given| !wrapper::is_ours(given)) {
        let given = std::path::absolute(&given).unwrap_or(given);
        return Ok(version(host, &given, server.command())?
            .map(|version| installed(given.clone(), version))
            .map_err(|why| Unmet {
                found: format!("{variable} is `{}`, which does not run: {why}", given.display()),
                remedy: None,
                help: format!("set {variable} to the program of {title}, or unset it"),
            })
            .into());
    }
    let mut found = format!("no `{}` on PATH or in the tools folder", server.command());
    if let Some(program) = server.names.iter().find_map(|name| host.find_but(name, wrapper::is_ours)) {
        match version(host, &program, server.command())? {
            Ok(version) => return Ok(Look::Present(installed(program, version))),
            Err(why) => found = format!("`{}` on PATH does not run: {why}", program.display()),
        }
    }
    match record::recorded(place, server)? {
        Recorded::Server(installed) => match wrapper::mounting(host, &installed)? {
            Ok(mount) => return Ok(Look::Present(InstalledServer { mount, ..installed })),
            Err(why) => found = format!("`{}` does not start: {why}", installed.program.display()),
        },
        Recorded::Changed(why) => found = why,
        Recorded::Nothing => {}
    }
    let has_package = host.family() == Family::Debian && wrapper::can_mount(host, server)?.is_ok();
    let remedy = remedy(place, server, has_package, RemedyKind::Server(server));
    Ok(Look::Missing(Unmet { found, remedy: Some(remedy), help: by_hand(host, server) }))
}

/// What provides a server and its companion.
fn remedy(place: &Place, server: &Server, has_package: bool, kind: RemedyKind) -> Remedy {
    let (pin, package) = (&server.pin, &server.package);
    let (fallback, or_size) = match has_package {
        true => (", or else this system's package", format!(", or {}", package.size)),
        false => ("", String::new()),
    };
    Remedy {
        what: format!("download {} {}{fallback} into `{}`", server.title, pin.version, place.tools.display()),
        size: format!("{}{or_size}", pin.size),
        kind,
    }
}

pub(crate) fn look_for_companion(
    host: &Host,
    place: &Place,
    server: &'static Server,
) -> Result<Look<InstalledCompanion>> {
    let name = server.companion;
    let installed = match look_for_server(host, place, server)? {
        Look::Present(installed) => Some(installed),
        Look::Missing(_) => None,
    };
    let beside = installed.as_ref().map(|installed| format!("beside `{}`, ", installed.program.display()));
    let mut found = format!("no `{name}` {}on PATH or in the tools folder", beside.unwrap_or_default());
    for program in companions(host, place, server, installed.as_ref()) {
        match version(host, &program, name)? {
            Ok(version) => return Ok(Look::Present(InstalledCompanion { name, program, version })),
            Err(why) => found = format!("`{}` does not run: {why}", program.display()),
        }
    }
    let remedy = remedy(place, server, host.family() == Family::Debian, RemedyKind::Companion(server));
    Ok(Look::Missing(Unmet { found, remedy: Some(remedy), help: by_hand(host, server) }))
}

/// The companion of a server that is there.
pub(crate) fn companion(host: &Host, place: &Place, installed: &InstalledServer) -> Option<PathBuf> {
    companions(host, place, installed.server, Some(installed)).next()
}

/// The programs that may be the companion of a server: beside it, beside what its link leads to, on PATH, and in the
/// tools folder.
fn companions(
    host: &Host,
    place: &Place,
    server: &Server,
    installed: Option<&InstalledServer>,
) -> impl Iterator<Item = PathBuf> + use<> {
    let name = server.companion;
    let linked = installed.and_then(|installed| installed.program.canonicalize().ok());
    let own = installed.map(|installed| installed.program.clone());
    let provided = record::program(place, server);
    let beside = |program: Option<PathBuf>| program.map(|program| program.with_file_name(name));
    let on_path = host.find_but(name, |file| place.has_in_bin(file));
    let all = [beside(own), beside(linked), on_path, beside(provided)];
    all.into_iter().flatten().filter(|file| file.is_file())
}

/// Puts a server and its companion into the tools folder from the first source that has them. With `to_run` false only the
/// companion is wanted.
///
/// A source that cannot be reached is passed over, and named if none is left. One that delivers something other than what
/// was pinned ends the search: to try the next would hide it.
pub(crate) fn provide(
    host: &Host,
    place: &Place,
    server: &'static Server,
    to_run: bool,
    progress: OnProgress<'_>,
) -> Result<()> {
    let platform = host.platform().map_err(Error::new)?;
    let release = Release::pinned(host, server, platform)?;
    let folder = place.tools.join(server.command());
    let from_release = release::fetch(host, place, &release, &folder, progress)?;
    let why_no_release = match from_release {
        Ok(program) => return keep(host, place, server, (&program, None)),
        Err(why) => why,
    };
    progress(&format!("release {}: {why_no_release}", release.version));
    let runs = if to_run { wrapper::can_mount(host, server)?.map(|_| ()) } else { Ok(()) };
    let from_package = match runs {
        Ok(()) => debian::fetch(host, place, server, &folder, progress)?,
        Err(why) => Err(why),
    };
    match from_package {
        Ok((program, assets)) => keep(host, place, server, (&program, assets.as_deref())),
        Err(why_no_package) => {
            let tried = [
                (server.variable.to_owned(), "not set"),
                (format!("{} on PATH", server.command()), "not found"),
                (format!("release {}", release.version), why_no_release.as_str()),
                ("apt-get download".to_owned(), why_no_package.as_str()),
            ];
            let tried = tried.map(|(source, why)| {
                format!("\n  tried  {source:21} {}", why.replace('\n', &format!("\n{:31}", "")))
            });
            let message = format!("no {} could be provided for {platform}{}", server.title, tried.concat());
            Err(Error::new(message).with_help(by_hand(host, server)))
        }
    }
}

fn by_hand(host: &Host, server: &Server) -> String {
    let elsewhere = format!(
        "unpack a release of https://prometheus.io/download/ and set {} to its `{}`",
        server.variable,
        server.command()
    );
    match host.family() {
        Family::Debian => format!("{}apt-get install {}, or {elsewhere}", host.sudo(), server.package.name),
        _ => elsewhere,
    }
}

/// The version that a program gives for itself, `3.13.2` or `2.42.0+ds`, after the name that it should have.
fn version(host: &Host, program: &Path, name: &str) -> Result<std::result::Result<String, String>> {
    if !program.is_file() {
        return Ok(Err("no such file".to_owned()));
    }
    let answer = attempt(&host.command(program, ["--version"]).deadline(VERSION_TIME_MAX))?;
    Ok(answer.and_then(|finished| {
        // Older ones say it on standard error.
        let said = format!("{}{}", finished.stdout, finished.stderr);
        let rest = said.split_once(&format!("{name}, version ")).map(|(_, rest)| rest);
        match rest.and_then(|rest| rest.split_whitespace().next()) {
            Some(version) if finished.success() => Ok(version.to_owned()),
            _ => Err(format!("`--version` says: {}", explain(&finished))),
        }
    }))
}

/// Tries the new server out and records it.
fn keep(
    host: &Host,
    place: &Place,
    server: &'static Server,
    (program, assets): (&Path, Option<&Path>),
) -> Result<()> {
    let version = version(host, program, server.command())?
        .map_err(|why| Error::new(format!("the new `{}` does not run: {why}", program.display())))?;
    record::keep(place, server, version, (program, assets))
}
