//! The Prometheus server: found where the reader has it, or put into the tools folder.
//!
//! In order: `SCENARIO_PROMETHEUS`, PATH, the tools folder; and to provide it, the pinned release, then the
//! distribution's package, unpacked but not installed. A server in the tools folder is accepted by its checksum.

use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use scenario_core::error::{Context, Error, PathContext, Result};
use serde::{Deserialize, Serialize};

use crate::ask::{attempt, explain};
use crate::finding::{Look, OnProgress, Remedy, RemedyKind, Unmet};
use crate::host::{Family, Host};
use crate::place::Place;
use crate::release::{Release, sha256};
use crate::wrapper::PrometheusServer;
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

pub(crate) fn look_for_prometheus(host: &Host, place: &Place) -> Result<Look<PrometheusServer>> {
    let given = host.var("SCENARIO_PROMETHEUS").map(PathBuf::from);
    if let Some(given) = given.filter(|given| !wrapper::is_ours(given)) {
        let given = std::path::absolute(&given).unwrap_or(given);
        return Ok(version(host, &given)?
            .map(|version| server(given.clone(), version))
            .map_err(|why| Unmet {
                found: format!("SCENARIO_PROMETHEUS is `{}`, which does not run: {why}", given.display()),
                remedy: None,
                help: "set SCENARIO_PROMETHEUS to a Prometheus server, or unset it".to_owned(),
            })
            .into());
    }
    let mut found = "no `prometheus` on PATH or in the tools folder".to_owned();
    if let Some(program) = host.find_but("prometheus", wrapper::is_ours) {
        match version(host, &program)? {
            Ok(version) => return Ok(Look::Present(server(program, version))),
            Err(why) => found = format!("`{}` on PATH does not run: {why}", program.display()),
        }
    }
    match recorded(place)? {
        Recorded::Server(server) => return Ok(Look::Present(server)),
        Recorded::Changed(why) => found = why,
        Recorded::Nothing => {}
    }
    let fallback = if host.family() == Family::Debian { ", or else this system's package" } else { "" };
    let debian = if fallback.is_empty() { "" } else { ", or 23 MB" };
    let remedy = Remedy {
        what: format!("download Prometheus {}{fallback} into `{}`", release::VERSION, place.tools.display()),
        size: format!("{}{debian}", release::SIZE),
        kind: RemedyKind::Prometheus,
    };
    Ok(Look::Missing(Unmet { found, remedy: Some(remedy), help: by_hand(host) }))
}

/// Puts a server into the tools folder from the first source that has one.
///
/// A source that cannot be reached is passed over, and named if none is left. One that delivers something other than what was pinned ends the search: to try the next would hide it.
pub(crate) fn provide(host: &Host, place: &Place, progress: OnProgress<'_>) -> Result<()> {
    let platform = host.platform().map_err(Error::new)?;
    let release = Release::pinned(host, platform)?;
    let folder = place.tools.join("prometheus");
    let from_release = release::fetch(host, place, &release, &folder, progress)?;
    let why_no_release = match from_release {
        Ok(program) => return keep(host, place, &program, None),
        Err(why) => why,
    };
    progress(&format!("release {}: {why_no_release}", release.version));
    match debian::fetch(host, place, &folder, progress)? {
        Ok((program, assets)) => keep(host, place, &program, assets.as_deref()),
        Err(why_no_package) => {
            let tried = [
                ("SCENARIO_PROMETHEUS".to_owned(), "not set"),
                ("prometheus on PATH".to_owned(), "not found"),
                (format!("release {}", release.version), why_no_release.as_str()),
                ("apt-get download".to_owned(), why_no_package.as_str()),
            ];
            let tried = tried.map(|(source, why)| {
                format!("\n  tried  {source:21} {}", why.replace('\n', &format!("\n{:31}", "")))
            });
            let message = format!("no Prometheus server could be provided for {platform}{}", tried.concat());
            Err(Error::new(message).with_help(by_hand(host)))
        }
    }
}

fn by_hand(host: &Host) -> String {
    let elsewhere = "unpack a release of https://prometheus.io/download/ and set SCENARIO_PROMETHEUS to its \
                     `prometheus`";
    match host.family() {
        Family::Debian => format!("{}apt-get install prometheus, or {elsewhere}", host.sudo()),
        _ => elsewhere.to_owned(),
    }
}

fn server(program: PathBuf, version: String) -> PrometheusServer {
    PrometheusServer { program, version, assets: None }
}

/// The version a server gives for itself, `3.13.2` or `2.42.0+ds`.
fn version(host: &Host, program: &Path) -> Result<std::result::Result<String, String>> {
    if !program.is_file() {
        return Ok(Err("no such file".to_owned()));
    }
    let answer = attempt(&host.command(program, ["--version"]).deadline(VERSION_TIME_MAX))?;
    Ok(answer.and_then(|finished| {
        // Older servers say it on standard error.
        let said = format!("{}{}", finished.stdout, finished.stderr);
        let rest = said.split_once("prometheus, version ").map(|(_, rest)| rest);
        match rest.and_then(|rest| rest.split_whitespace().next()) {
            Some(version) if finished.success() => Ok(version.to_owned()),
            _ => Err(format!("`--version` says: {}", explain(&finished))),
        }
    }))
}

/// Tries the new server out and records it.
fn keep(host: &Host, place: &Place, program: &Path, assets: Option<&Path>) -> Result<()> {
    let version = version(host, program)?
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
    write_record(place, &record)
}

enum Recorded {
    Server(PrometheusServer),
    Changed(String),
    Nothing,
}

fn recorded(place: &Place) -> Result<Recorded> {
    let text = std::fs::read_to_string(record_file(place)).unwrap_or_default();
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
        write_record(place, &record)?;
    }
    Ok(Recorded::Server(PrometheusServer {
        program: record.program,
        version: record.version,
        assets: record.assets,
    }))
}

fn record_file(place: &Place) -> PathBuf {
    place.tools.join("prometheus").join("record.json")
}

fn write_record(place: &Place, record: &KnownServer) -> Result<()> {
    let file = record_file(place);
    let text = serde_json::to_string_pretty(record).context(|| "write a record".to_owned())?;
    std::fs::write(&file, text).on_path("write", &file)
}

fn stamp(program: &Path) -> Result<(u64, u128)> {
    let meta = std::fs::metadata(program).on_path("read", program)?;
    let modified = meta.modified().on_path("read the time of", program)?;
    Ok((meta.len(), modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos()))
}
