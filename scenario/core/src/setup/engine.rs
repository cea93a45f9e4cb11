//! The container engine: docker, else podman, by its command line, believed only once it ran a container.
//!
//! What can be wrong is told apart, as each has its own cure: absent, daemon not running, not permitted,
//! and there but unable to run anything. Nothing here installs or starts; see [`daemon`](super::daemon).

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::apt::Apt;
use super::host::{Family, Host};
use super::{Action, Look, Missing, Place, Remedy, ask, attempt, explain, probe};
use crate::error::Result;

const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
/// A field that only docker's server has: a podman that answers to the name `docker` fails on it.
const DOCKER_FORMAT: &str = "{{.Client.Version}}|{{.Server.Version}}|{{.Server.KernelVersion}}";

/// A container engine that ran our probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine {
    /// Its command line.
    pub program: PathBuf,
    /// Which one it is.
    pub kind: EngineKind,
    /// The version of what runs the containers: docker's daemon, or podman itself.
    pub version: String,
}

/// The engines we speak to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    /// `docker`, a client with a daemon.
    Docker,
    /// `podman`, without one.
    Podman,
}

impl EngineKind {
    /// The name of its program.
    pub fn name(self) -> &'static str {
        match self {
            EngineKind::Docker => "docker",
            EngineKind::Podman => "podman",
        }
    }
}

/// Why an engine cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Trouble {
    Absent,
    /// The client is there, and nothing answers it.
    Down {
        client: String,
    },
    /// The daemon's socket is not for this user.
    NotPermitted {
        client: String,
    },
    /// It answers, and cannot run a container.
    RunsFail {
        version: String,
        last: String,
    },
    /// It says something we do not know.
    Odd {
        last: String,
    },
}

/// Finds an engine that works: the one `SCENARIO_ENGINE` names, or docker, or podman.
pub(crate) fn look_for_engine(host: &Host, place: &Place) -> Result<Look<Engine>> {
    let kinds = match host.var("SCENARIO_ENGINE").as_ref().map(|name| name.to_string_lossy()) {
        None => vec![EngineKind::Docker, EngineKind::Podman],
        Some(name) if name == "docker" => vec![EngineKind::Docker],
        Some(name) if name == "podman" => vec![EngineKind::Podman],
        Some(name) => {
            let found = format!("SCENARIO_ENGINE is `{name}`, which is not an engine we know");
            let help = "set SCENARIO_ENGINE to `docker` or `podman`, or unset it".to_owned();
            return Ok(Err(Missing { found, remedy: None, help }));
        }
    };
    let mut troubles = Vec::new();
    for kind in &kinds {
        match look_for(host, place, *kind)? {
            Ok(engine) => return Ok(Ok(engine)),
            Err(trouble) => troubles.push((*kind, trouble)),
        }
    }
    Ok(Err(missing(host, &kinds, troubles)))
}

/// Whether `docker`'s daemon answers; what it says otherwise.
pub(crate) fn daemon_answers(host: &Host) -> Result<std::result::Result<(), String>> {
    let Some(program) = host.find("docker") else { return Ok(Err("no `docker` on PATH".to_owned())) };
    let command = host.command(&program, ["version", "--format", "{{.Server.Version}}"]);
    Ok(ask(&command.deadline(ANSWER_TIME_MAX))?.map(drop))
}

/// What a child that builds or runs with this engine needs in its environment.
///
/// Without buildx the command line of docker 23 and later warns on every build, and fails where the
/// reader's own environment asks for BuildKit.
pub(crate) fn engine_env(host: &Host, engine: &Engine) -> Result<Vec<(OsString, Option<OsString>)>> {
    if engine.kind == EngineKind::Podman {
        return Ok(Vec::new());
    }
    let command = host.command(&engine.program, ["buildx", "version"]);
    let has_buildx = ask(&command.deadline(ANSWER_TIME_MAX))?.is_ok();
    Ok(if has_buildx { Vec::new() } else { vec![("DOCKER_BUILDKIT".into(), Some("0".into()))] })
}

fn look_for(host: &Host, place: &Place, kind: EngineKind) -> Result<Result<Engine, Trouble>> {
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
type Answer = Result<(Engine, String), Trouble>;

fn ask_docker(host: &Host, program: PathBuf) -> Result<Answer> {
    let command = host.command(&program, ["version", "--format", DOCKER_FORMAT]);
    let finished = match attempt(&command.deadline(ANSWER_TIME_MAX))? {
        Ok(finished) => finished,
        Err(last) => return Ok(Err(Trouble::Odd { last })),
    };
    let line = finished.stdout.lines().next().unwrap_or_default().to_owned();
    let mut fields = line.split('|');
    let client = fields.next().unwrap_or_default().to_owned();
    if finished.success() {
        let version = fields.next().unwrap_or_default().to_owned();
        let key = format!("docker {line} {}", daemon_start(host));
        return Ok(Ok((Engine { program, kind: EngineKind::Docker, version }, key)));
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

fn ask_podman(host: &Host, program: PathBuf) -> Result<Answer> {
    let command = host.command(&program, ["version", "--format", "{{.Client.Version}}"]);
    let version = match ask(&command.deadline(ANSWER_TIME_MAX))? {
        Ok(version) => version.trim().to_owned(),
        Err(last) => return Ok(Err(Trouble::Odd { last })),
    };
    let conf = host.var("CONTAINERS_CONF").unwrap_or_default();
    let user = nix::unistd::Uid::effective();
    let key = format!("podman {version} {user} {} {}", boot(), conf.to_string_lossy());
    Ok(Ok((Engine { program, kind: EngineKind::Podman, version }, key)))
}

/// Sorts docker's own words; they have differed between its versions, and are never translated.
fn classify(stderr: &str, client: String, last: String) -> Trouble {
    let says = |words: &str| stderr.contains(words);
    if says("permission denied") {
        return Trouble::NotPermitted { client };
    }
    let down = says("Cannot connect to the Docker daemon")
        || says("failed to connect to the docker API")
        || says("Is the docker daemon running");
    if down { Trouble::Down { client } } else { Trouble::Odd { last } }
}

/// When the daemon began: its socket is made anew at each start. Elsewhere than on the default socket only
/// the versions tell, which is why a probe's verdict is about the engine and never about one container.
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

/// The finding for engines none of which works: of the first that is there, or of docker's absence.
fn missing(host: &Host, kinds: &[EngineKind], troubles: Vec<(EngineKind, Trouble)>) -> Missing {
    let mut present = troubles.into_iter().filter(|(_, trouble)| *trouble != Trouble::Absent);
    let Some((kind, trouble)) = present.next() else { return absent(host, kinds) };
    let mut missing = match kind {
        EngineKind::Docker => docker_missing(host, trouble),
        EngineKind::Podman => podman_missing(trouble),
    };
    if let Some((kind, trouble)) = present.next() {
        let last = match trouble {
            Trouble::RunsFail { last, .. } | Trouble::Odd { last } => last,
            other => format!("{other:?}"),
        };
        missing.found.push_str(&format!("\nand {} fails too: {last}", kind.name()));
    }
    missing
}

fn absent(host: &Host, kinds: &[EngineKind]) -> Missing {
    let names: Vec<String> = kinds.iter().map(|kind| format!("`{}`", kind.name())).collect();
    let docker = kinds.contains(&EngineKind::Docker);
    Missing {
        found: format!("no {} on PATH", names.join(" and no ")),
        remedy: docker.then(|| engine_remedy(host)).flatten(),
        help: install_by_hand(host, docker),
    }
}

fn docker_missing(host: &Host, trouble: Trouble) -> Missing {
    match trouble {
        Trouble::Absent => absent(host, &[EngineKind::Docker]),
        Trouble::Down { client } => {
            let elsewhere = host.var("DOCKER_HOST");
            let (remedy, help) = match &elsewhere {
                Some(at) => {
                    let at = at.to_string_lossy();
                    (None, format!("start the daemon at DOCKER_HOST=`{at}`, or unset DOCKER_HOST"))
                }
                None => (engine_remedy(host), start_by_hand(host)),
            };
            Missing {
                found: format!("docker {client} is installed, but its daemon does not run"),
                remedy,
                help,
            }
        }
        Trouble::NotPermitted { client } => Missing {
            found: format!("docker {client} is installed, but this user may not speak to its daemon"),
            remedy: None,
            help: "sudo usermod -aG docker $USER, then log out and in again".to_owned(),
        },
        Trouble::RunsFail { version, last } => Missing {
            found: format!("docker {version} answers, but cannot run a container:\n{last}"),
            remedy: None,
            help: "mend the engine until `docker run` works, or choose another: SCENARIO_ENGINE=podman"
                .to_owned(),
        },
        Trouble::Odd { last } => Missing {
            found: format!("`docker version` fails:\n{last}"),
            remedy: None,
            help: "mend the engine until `docker version` works, or choose another: SCENARIO_ENGINE=podman"
                .to_owned(),
        },
    }
}

fn podman_missing(trouble: Trouble) -> Missing {
    let found = match trouble {
        Trouble::RunsFail { version, last } => {
            format!("podman {version} answers, but cannot run a container:\n{last}")
        }
        Trouble::Odd { last } => format!("`podman version` fails:\n{last}"),
        other => format!("podman cannot be used: {other:?}"),
    };
    let help = "mend podman until `podman run` works (rlimit and cgroup errors: `default_ulimits = []` and \
                `runtime = \"runc\"` in containers.conf), or install docker";
    Missing { found, remedy: None, help: help.to_owned() }
}

/// What `--yes` does about an absent or sleeping docker, where we may do anything.
fn engine_remedy(host: &Host) -> Option<Remedy> {
    let action = Action::Engine;
    if host.root && host.find_daemon("dockerd").is_some() {
        let what = if host.systemd { "systemctl start docker" } else { "start dockerd" };
        return Some(Remedy { what: what.to_owned(), size: "nothing to fetch".to_owned(), action });
    }
    Apt::can_install(host).then(|| Remedy {
        what: "apt-get install docker.io and start dockerd".to_owned(),
        size: "about 65 MB".to_owned(),
        action,
    })
}

fn start_by_hand(host: &Host) -> String {
    let sudo = host.sudo();
    if host.find_daemon("dockerd").is_none() {
        return install_by_hand(host, true);
    }
    if host.systemd { format!("{sudo}systemctl start docker") } else { format!("{sudo}dockerd &") }
}

fn install_by_hand(host: &Host, docker: bool) -> String {
    let sudo = host.sudo();
    match (host.family(), docker) {
        (Family::Debian, true) if host.root => "apt-get install docker.io".to_owned(),
        (Family::Debian, true) => {
            "sudo apt-get install docker.io; sudo usermod -aG docker $USER, then log out and in again"
                .to_owned()
        }
        (Family::Debian, false) => format!("{sudo}apt-get install podman"),
        (Family::Fedora, _) => format!("{sudo}dnf install podman"),
        (Family::Arch, true) => format!("{sudo}pacman -S docker; {sudo}systemctl start docker"),
        (Family::Suse, true) => format!("{sudo}zypper install docker; {sudo}systemctl start docker"),
        (Family::Alpine, true) => format!("{sudo}apk add docker; {sudo}rc-service docker start"),
        (_, true) => "install Docker Engine (https://docs.docker.com/engine/install/) or podman".to_owned(),
        (_, false) => "install podman (https://podman.io/docs/installation)".to_owned(),
    }
}

/// Where the book's word `docker` leads: whether a link to this engine is needed for it.
pub(crate) fn needs_docker_link(engine: &Engine) -> bool {
    engine.kind == EngineKind::Podman && engine.program.file_name() != Some(Path::new("docker").as_os_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dockers_words_of_several_versions_are_sorted() {
        let class = |text: &str| classify(text, "28".into(), text.into());
        let down = Trouble::Down { client: "28".into() };
        let not_permitted = Trouble::NotPermitted { client: "28".into() };
        let v20 = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?";
        let v29 = "failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is \
                   correct and if the daemon is running: dial unix /var/run/docker.sock: connect: no such file";
        let denied = "permission denied while trying to connect to the Docker daemon socket at unix:///x";
        assert_eq!(class(v20), down);
        assert_eq!(class(v29), down);
        assert_eq!(class(denied), not_permitted);
        assert!(matches!(class("client version 1.24 is too old"), Trouble::Odd { .. }));
    }
}
