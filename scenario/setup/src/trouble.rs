//! The ways in which a container engine can fail, and what to do about each.
//!
//! It is not installed, its daemon does not run, this user may not access it, or it cannot run a container. Only the
//! texts are here: [`engine`](super::engine) finds out which it is, [`daemon`](super::daemon) installs and starts.

use crate::apt::Apt;
use crate::client::EngineKind;
use crate::finding::{Remedy, RemedyKind, Unmet};
use crate::host::{Family, Host};

/// Why an engine cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
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
    /// It fails in a way that is not known here.
    Odd {
        last: String,
    },
}

/// Classifies what docker prints. The text differs between its versions, and is never translated.
pub(crate) fn classify(stderr: &str, client: String, last: String) -> Trouble {
    let says = |words: &str| stderr.contains(words);
    if says("permission denied") {
        return Trouble::NotPermitted { client };
    }
    let down = says("Cannot connect to the Docker daemon")
        || says("failed to connect to the docker API")
        || says("Is the docker daemon running");
    if down { Trouble::Down { client } } else { Trouble::Odd { last } }
}

/// The finding where no engine works: about the first that is there, or about their absence.
pub(crate) fn missing(host: &Host, kinds: &[EngineKind], troubles: Vec<(EngineKind, Trouble)>) -> Unmet {
    let mut present = troubles.into_iter().filter(|(_, trouble)| *trouble != Trouble::Absent);
    let Some((kind, trouble)) = present.next() else { return absent(host, kinds) };
    let mut found = found(kind, &trouble);
    if let Some((kind, trouble)) = present.next() {
        found.push_str(&format!("\nand {}", self::found(kind, &trouble)));
    }
    let (remedy, help) = match kind {
        EngineKind::Docker => remedy_for_docker(host, &trouble),
        // Where docker may be had as well, and is not there yet, it is the way out.
        EngineKind::Podman => {
            (may_be_docker(kinds).then(|| engine_remedy(host)).flatten(), remedy_for_podman())
        }
    };
    Unmet { found, remedy, help }
}

fn may_be_docker(kinds: &[EngineKind]) -> bool {
    kinds.contains(&EngineKind::Docker)
}

fn absent(host: &Host, kinds: &[EngineKind]) -> Unmet {
    let names: Vec<String> = kinds.iter().map(|kind| format!("`{}`", kind.name())).collect();
    let docker = may_be_docker(kinds);
    Unmet {
        found: format!("no {} on PATH", names.join(" and no ")),
        remedy: docker.then(|| engine_remedy(host)).flatten(),
        help: install_by_hand(host, docker),
    }
}

fn found(kind: EngineKind, trouble: &Trouble) -> String {
    let engine = kind.name();
    match trouble {
        Trouble::Absent => format!("no `{engine}` on PATH"),
        Trouble::Down { client } => format!("{engine} {client} is installed, but its daemon does not run"),
        Trouble::NotPermitted { client } => {
            format!("{engine} {client} is installed, but this user may not access its daemon")
        }
        Trouble::RunsFail { version, last } => {
            format!("{engine} {version} answers, but cannot run a container:\n{last}")
        }
        Trouble::Odd { last } => format!("`{engine} version` fails:\n{last}"),
    }
}

/// What is done about a docker in trouble: by us, and by hand.
fn remedy_for_docker(host: &Host, trouble: &Trouble) -> (Option<Remedy>, String) {
    let repair = |what: &str| {
        (
            None,
            format!("make sure that `docker {what}` works, or choose another engine: SCENARIO_ENGINE=podman"),
        )
    };
    match trouble {
        Trouble::Absent => (engine_remedy(host), install_by_hand(host, true)),
        Trouble::Down { .. } => match host.var("DOCKER_HOST") {
            Some(at) => {
                let at = at.to_string_lossy();
                (None, format!("start the daemon at DOCKER_HOST=`{at}`, or unset DOCKER_HOST"))
            }
            None => (engine_remedy(host), start_by_hand(host)),
        },
        Trouble::NotPermitted { .. } => {
            (None, "sudo usermod -aG docker $USER, then log out and in again".to_owned())
        }
        Trouble::RunsFail { .. } => repair("run"),
        Trouble::Odd { .. } => repair("version"),
    }
}

fn remedy_for_podman() -> String {
    "make sure that `podman run` works (rlimit and cgroup errors: `default_ulimits = []` and `runtime = \
     \"runc\"` in containers.conf), or install docker"
        .to_owned()
}

/// What `--yes` does about an absent or sleeping docker, where we may do anything.
fn engine_remedy(host: &Host) -> Option<Remedy> {
    let kind = RemedyKind::Engine;
    if host.root && host.find_daemon("dockerd").is_some() {
        let what = if host.systemd { "systemctl start docker" } else { "start dockerd" };
        return Some(Remedy { what: what.to_owned(), size: "nothing to fetch".to_owned(), kind });
    }
    Apt::can_install(host).then(|| Remedy {
        what: "apt-get install docker.io and start dockerd".to_owned(),
        size: "about 65 MB".to_owned(),
        kind,
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
