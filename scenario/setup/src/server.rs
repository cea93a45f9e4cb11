//! A server of the catalog: found where the reader has it, or put into the tools folder.
//!
//! In order: its variable, PATH, the tools folder; and to provide it, the pinned release, then the distribution's
//! package, unpacked but not installed. A server in the tools folder is accepted by its checksum. Its companion is the
//! one beside it, or else on PATH; it is not provided alone.

use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use scenario_core::error::{Context, Error, PathContext, Result};
use serde::{Deserialize, Serialize};

use crate::ask::{attempt, explain};
use crate::catalog::Server;
use crate::finding::{Look, OnProgress, Remedy, RemedyKind, Unmet};
use crate::host::{Family, Host};
use crate::place::Place;
use crate::release::{Release, sha256};
use crate::wrapper::InstalledServer;
use crate::{debian, release, wrapper};

const VERSION_TIME_MAX: Duration = Duration::from_secs(20);

/// What we remember of the server in the tools folder. Its sum is computed anew only when its size or time
/// differ, as that takes a good part of a second.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KnownServer {
    program: PathBuf,
    version: String,
    assets: Option<PathBuf>,
    sha256: String,
    size: u64,
    modified_ns: u128,
}

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
    let installed = |program, version| InstalledServer { server, program, version, assets: None };
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
    match recorded(place, server)? {
        Recorded::Server(server) => return Ok(Look::Present(server)),
        Recorded::Changed(why) => found = why,
        Recorded::Nothing => {}
    }
    let (pin, package) = (&server.pin, &server.package);
    let (fallback, or_size) = match host.family() {
        Family::Debian => (", or else this system's package", format!(", or {}", package.size)),
        _ => ("", String::new()),
    };
    let remedy = Remedy {
        what: format!("download {title} {}{fallback} into `{}`", pin.version, place.tools.display()),
        size: format!("{}{or_size}", pin.size),
        kind: RemedyKind::Server(server),
    };
    Ok(Look::Missing(Unmet { found, remedy: Some(remedy), help: by_hand(host, server) }))
}

pub(crate) fn look_for_companion(
    host: &Host,
    place: &Place,
    server: &'static Server,
) -> Result<Look<InstalledCompanion>> {
    let Server { title, variable, companion: name, .. } = server;
    let installed = match look_for_server(host, place, server)? {
        Look::Present(installed) => installed,
        Look::Missing(unmet) => {
            let found = format!("it comes with {title}: {}", unmet.found);
            return Ok(Look::Missing(Unmet { found, ..unmet }));
        }
    };
    let found = match companion(host, place, &installed) {
        Some(program) => match version(host, &program, name)? {
            Ok(version) => return Ok(Look::Present(InstalledCompanion { name, program, version })),
            Err(why) => format!("`{}` does not run: {why}", program.display()),
        },
        None => format!("no `{name}` beside `{}` or on PATH", installed.program.display()),
    };
    let help = format!(
        "install `{name}` of {title} {}, or set {variable} to a server that has `{name}` beside it",
        installed.version
    );
    Ok(Look::Missing(Unmet { found, remedy: None, help }))
}

/// The companion beside a server or beside what its link leads to, or else the one on PATH.
pub(crate) fn companion(host: &Host, place: &Place, installed: &InstalledServer) -> Option<PathBuf> {
    let name = installed.server.companion;
    let linked = installed.program.canonicalize().unwrap_or_default();
    let mut beside = [&installed.program, &linked].into_iter().map(|program| program.with_file_name(name));
    beside.find(|file| file.is_file()).or_else(|| host.find_but(name, |file| place.has_in_bin(file)))
}

/// Puts a server into the tools folder from the first source that has one.
///
/// A source that cannot be reached is passed over, and named if none is left. One that delivers something other than what was pinned ends the search: to try the next would hide it.
pub(crate) fn provide(
    host: &Host,
    place: &Place,
    server: &'static Server,
    progress: OnProgress<'_>,
) -> Result<()> {
    let platform = host.platform().map_err(Error::new)?;
    let release = Release::pinned(host, server, platform)?;
    let folder = place.tools.join(server.command());
    let from_release = release::fetch(host, place, &release, &folder, progress)?;
    let why_no_release = match from_release {
        Ok(program) => return keep(host, place, server, &program, None),
        Err(why) => why,
    };
    progress(&format!("release {}: {why_no_release}", release.version));
    match debian::fetch(host, place, server, &folder, progress)? {
        Ok((program, assets)) => keep(host, place, server, &program, assets.as_deref()),
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
    program: &Path,
    assets: Option<&Path>,
) -> Result<()> {
    let version = version(host, program, server.command())?
        .map_err(|why| Error::new(format!("the new `{}` does not run: {why}", program.display())))?;
    let (size, modified_ns) = stamp(program)?;
    let record = KnownServer {
        program: program.to_owned(),
        version,
        assets: assets.map(Path::to_owned),
        sha256: sha256(program)?,
        size,
        modified_ns,
    };
    write_record(place, server, &record)
}

enum Recorded {
    Server(InstalledServer),
    Changed(String),
    Nothing,
}

fn recorded(place: &Place, server: &'static Server) -> Result<Recorded> {
    let text = std::fs::read_to_string(record_file(place, server)).unwrap_or_default();
    let Ok(mut record) = serde_json::from_str::<KnownServer>(&text) else { return Ok(Recorded::Nothing) };
    let Ok(stamp) = stamp(&record.program) else { return Ok(Recorded::Nothing) };
    if stamp != (record.size, record.modified_ns) {
        let sum = sha256(&record.program)?;
        if sum != record.sha256 {
            let program = record.program.display();
            return Ok(Recorded::Changed(format!(
                "`{program}` has changed since it was put there: its SHA-256 is {sum}"
            )));
        }
        (record.size, record.modified_ns) = stamp;
        write_record(place, server, &record)?;
    }
    Ok(Recorded::Server(InstalledServer {
        server,
        program: record.program,
        version: record.version,
        assets: record.assets,
    }))
}

fn record_file(place: &Place, server: &Server) -> PathBuf {
    place.tools.join(server.command()).join("record.json")
}

fn write_record(place: &Place, server: &Server, record: &KnownServer) -> Result<()> {
    let file = record_file(place, server);
    let text = serde_json::to_string_pretty(record).context(|| "write a record".to_owned())?;
    std::fs::write(&file, text).on_path("write", &file)
}

fn stamp(program: &Path) -> Result<(u64, u128)> {
    let meta = std::fs::metadata(program).on_path("read", program)?;
    let modified = meta.modified().on_path("read the time of", program)?;
    Ok((meta.len(), modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos()))
}
