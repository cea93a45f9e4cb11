//! The container engine: docker, else podman, by its command line, accepted once it has run a container.
//!
//! The ways in which one can fail are in [`trouble`](super::trouble). Nothing here installs or starts;
//! see [`daemon`](super::daemon).

use std::path::PathBuf;
use std::time::Duration;

use scenario_core::error::Result;

use crate::ask::{ask, attempt, explain};
use crate::client::{EngineKind, InstalledEngine};
use crate::finding::{Look, Unmet};
use crate::host::Host;
use crate::place::Place;
use crate::trouble::{Trouble, classify};
use crate::{probe, trouble};

const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
/// A field that only docker's server has: a podman that answers to the name `docker` fails on it.
const DOCKER_FORMAT: &str = "{{.Client.Version}}|{{.Server.Version}}|{{.Server.KernelVersion}}";

/// Finds an engine that works: the one `SCENARIO_ENGINE` names, or docker, or podman.
pub(crate) fn look_for_engine(host: &Host, place: &Place) -> Result<Look<InstalledEngine>> {
    let kinds = match host.var("SCENARIO_ENGINE").as_ref().map(|name| name.to_string_lossy()) {
        None => vec![EngineKind::Docker, EngineKind::Podman],
        Some(name) if name == "docker" => vec![EngineKind::Docker],
        Some(name) if name == "podman" => vec![EngineKind::Podman],
        Some(name) => {
            let found = format!("SCENARIO_ENGINE is `{name}`, expected `docker` or `podman`");
            let help = "set SCENARIO_ENGINE to `docker` or `podman`, or unset it".to_owned();
            return Ok(Look::Missing(Unmet { found, remedy: None, help }));
        }
    };
    let mut troubles = Vec::new();
    for kind in &kinds {
        match look_for(host, place, *kind)? {
            Ok(engine) => return Ok(Look::Present(engine)),
            Err(trouble) => troubles.push((*kind, trouble)),
        }
    }
    Ok(Look::Missing(trouble::missing(host, &kinds, troubles)))
}

/// Whether `docker`'s daemon answers; what it says otherwise.
pub(crate) fn daemon_answers(host: &Host) -> Result<std::result::Result<(), String>> {
    let Some(program) = host.find("docker") else { return Ok(Err("no `docker` on PATH".to_owned())) };
    let command = host.command(&program, ["version", "--format", "{{.Server.Version}}"]);
    Ok(ask(&command.deadline(ANSWER_TIME_MAX))?.map(drop))
}

fn look_for(host: &Host, place: &Place, kind: EngineKind) -> Result<Result<InstalledEngine, Trouble>> {
    let Some(program) = host.find_but(kind.name(), |file| place.has_in_bin(file)) else {
        return Ok(Err(Trouble::Absent));
    };
    let answer = match kind {
        EngineKind::Docker => ask_docker(host, program)?,
        EngineKind::Podman => ask_podman(host, program)?,
    };
    let (engine, key) = match answer {
        Ok(answer) => answer,
        Err(trouble) => return Ok(Err(trouble)),
    };
    Ok(match probe::verdict(host, place, &engine, &key)? {
        Ok(()) => Ok(engine),
        Err(last) => Err(Trouble::RunsFail { version: engine.version, last }),
    })
}

/// An engine that answers, and a key that changes whenever its run probe must be made again.
type EngineAnswer = Result<(InstalledEngine, String), Trouble>;

fn ask_docker(host: &Host, program: PathBuf) -> Result<EngineAnswer> {
    let version = host.command(&program, ["version", "--format", DOCKER_FORMAT]).deadline(ANSWER_TIME_MAX);
    let buildx = host.command(&program, ["buildx", "version"]).deadline(ANSWER_TIME_MAX);
    // Each command of ours waits for both, and a client needs about 30 ms.
    let (answered, buildx) = at_once(|| attempt(&version), || ask(&buildx));
    let has_buildx = buildx?.is_ok();
    let finished = match answered? {
        Ok(finished) => finished,
        Err(last) => return Ok(Err(Trouble::Odd { last })),
    };
    let line = finished.stdout.lines().next().unwrap_or_default().to_owned();
    let mut fields = line.split('|');
    let client = fields.next().unwrap_or_default().to_owned();
    if finished.success() {
        let version = fields.next().unwrap_or_default().to_owned();
        let key = format!("docker {line} {}", daemon_start(host));
        return Ok(Ok((InstalledEngine { program, kind: EngineKind::Docker, version, has_buildx }, key)));
    }
    if finished.timed_out.is_some() {
        return Ok(Err(Trouble::Odd { last: explain(&finished) }));
    }
    let trouble = classify(&finished.stderr, client, explain(&finished));
    if matches!(trouble, Trouble::Odd { .. }) {
        let version = ask(&host.command(&program, ["--version"]).deadline(ANSWER_TIME_MAX))?;
        if version.is_ok_and(|version| version.starts_with("podman")) {
            return ask_podman(host, program);
        }
    }
    Ok(Err(trouble))
}

/// Does two things at once.
fn at_once<A, B: Send>(one: impl FnOnce() -> A, other: impl FnOnce() -> B + Send) -> (A, B) {
    std::thread::scope(|scope| {
        let other = scope.spawn(other);
        let one = one();
        (one, other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

fn ask_podman(host: &Host, program: PathBuf) -> Result<EngineAnswer> {
    let command = host.command(&program, ["version", "--format", "{{.Client.Version}}"]);
    let version = match ask(&command.deadline(ANSWER_TIME_MAX))? {
        Ok(version) => version.trim().to_owned(),
        Err(last) => return Ok(Err(Trouble::Odd { last })),
    };
    let conf = host.var("CONTAINERS_CONF").unwrap_or_default();
    let user = nix::unistd::Uid::effective();
    let key = format!("podman {version} {user} {} {}", boot(), conf.to_string_lossy());
    Ok(Ok((InstalledEngine { program, kind: EngineKind::Podman, version, has_buildx: false }, key)))
}

/// When the daemon began: its socket is made anew at each start. Elsewhere than on the default socket only
/// the versions show, which is why a probe's verdict is about the engine and never about one container.
fn daemon_start(host: &Host) -> String {
    let named = |name| host.var(name).unwrap_or_default().to_string_lossy().into_owned();
    let made = std::fs::metadata("/var/run/docker.sock").and_then(|meta| meta.modified());
    let socket = made.map(|time| format!("{time:?}")).unwrap_or_default();
    format!("{} {socket} {} {}", boot(), named("DOCKER_HOST"), named("DOCKER_CONTEXT"))
}

fn boot() -> String {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    id.trim().to_owned()
}
