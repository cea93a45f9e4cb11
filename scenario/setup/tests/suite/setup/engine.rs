//! Engines in trouble, each told on its message, and what is done about them. All of them are fakes.

use scenario_setup::{EngineKind, Need, toolbox_on};

use super::{Machine, detail};

/// A client whose daemon is asleep.
const DOWN: &str = r#"case $1 in version)
echo '28.2.2|'; echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?' >&2; exit 1;;
esac"#;

#[test]
fn no_engine_is_reported_with_debians_remedy() {
    let expected = "  container engine   no `docker` and no `podman` on PATH
      with --yes: apt-get install docker.io and start dockerd (about 65 MB)
      by hand:    apt-get install docker.io";
    assert_eq!(Machine::new().program("apt-get", "").lacks(Need::ContainerEngine), expected);
}

#[test]
fn no_engine_elsewhere_is_reported_by_hand_only() {
    let machine = Machine::new().host(|host| host.os_release = "ID=nixos".into());
    let expected = "  container engine   no `docker` and no `podman` on PATH
      by hand:    install Docker Engine (https://docs.docker.com/engine/install/) or podman";
    assert_eq!(machine.lacks(Need::ContainerEngine), expected);
}

#[test]
fn a_fake_docker_without_dockerd_wants_the_package() {
    let machine = Machine::new().program("docker", DOWN).program("apt-get", "");
    let expected = "  container engine   docker 28.2.2 is installed, but its daemon does not run
      with --yes: apt-get install docker.io and start dockerd (about 65 MB)
      by hand:    apt-get install docker.io";
    assert_eq!(machine.lacks(Need::ContainerEngine), expected);
}

#[test]
fn a_fake_docker_with_a_sleeping_dockerd_wants_it_started() {
    let machine = Machine::new().program("docker", DOWN).program("dockerd", "").program("apt-get", "");
    let expected = "  container engine   docker 28.2.2 is installed, but its daemon does not run
      with --yes: start dockerd (nothing to fetch)
      by hand:    dockerd &";
    assert_eq!(machine.lacks(Need::ContainerEngine), expected);
    let machine = machine.host(|host| {
        host.root = false;
        host.systemd = true;
    });
    let expected = "  container engine   docker 28.2.2 is installed, but its daemon does not run
      by hand:    sudo systemctl start docker";
    assert_eq!(machine.lacks(Need::ContainerEngine), expected);
}

#[test]
fn a_fake_docker_elsewhere_is_not_ours_to_start() {
    let machine = Machine::new().program("docker", DOWN).program("dockerd", "");
    let expected = "  container engine   docker 28.2.2 is installed, but its daemon does not run
      by hand:    start the daemon at DOCKER_HOST=`tcp://far:2375`, or unset DOCKER_HOST";
    assert_eq!(machine.var("DOCKER_HOST", "tcp://far:2375").lacks(Need::ContainerEngine), expected);
}

#[test]
fn a_fake_docker_whose_socket_is_not_ours_wants_the_group() {
    let denied = "echo '28.2.2|'; echo 'permission denied while trying to connect to the Docker daemon socket at \
                  unix:///var/run/docker.sock: dial unix: connect: permission denied' >&2; exit 1";
    let machine = Machine::new().program("docker", denied).host(|host| host.root = false);
    let expected = "  container engine   docker 28.2.2 is installed, but this user may not access its daemon
      by hand:    sudo usermod -aG docker $USER, then log out and in again";
    assert_eq!(machine.lacks(Need::ContainerEngine), expected);
}

#[test]
fn a_fake_docker_that_answers_and_cannot_run_is_reported_in_its_own_words() {
    let docker = r#"case $1 in version) echo '28.2.2|20.10.24|6.1';; buildx) exit 1;;
run) echo 'docker: Error response from daemon: failed to create task' >&2; exit 125;; esac"#;
    let machine = Machine::new().program("docker", docker);
    let expected = "  container engine   docker 20.10.24 answers, but cannot run a container:
                     `docker run`: docker: Error response from daemon: failed to create task
      by hand:    make sure that `docker run` works, or choose another engine: SCENARIO_ENGINE=podman";
    assert_eq!(machine.lacks(Need::ContainerEngine), expected);
    let log = machine.log();
    let pid = std::process::id();
    assert!(log.contains(&format!("docker rm -f scenario-probe-{pid}")), "{log}");
    assert!(log.contains(&format!("docker rmi -f scenario-probe:{pid}")), "{log}");
    // A bad verdict is not kept: the engine may have been mended.
    machine.lacks(Need::ContainerEngine);
    assert_eq!(machine.log().matches("docker build --label").count(), 2);
}

#[test]
fn a_fake_podman_that_cannot_raise_a_limit_is_reported_with_its_cure() {
    let podman = r#"case $1 in version) echo 4.3.1;;
run) echo 'Error: crun: setrlimit `RLIMIT_NOFILE`: Operation not permitted: OCI permission denied' >&2; exit 126;; esac"#;
    let expected = "  container engine   podman 4.3.1 answers, but cannot run a container:
                     `podman run`: Error: crun: setrlimit `RLIMIT_NOFILE`: Operation not permitted: OCI permission denied
      by hand:    make sure that `podman run` works (rlimit and cgroup errors: `default_ulimits = []` and `runtime = \"runc\"` in containers.conf), or install docker";
    let text = Machine::new().program("podman", podman).lacks(Need::ContainerEngine);
    assert_eq!(text, expected.replace("and                     `runtime", "and `runtime"));
}

#[test]
fn a_fake_docker_with_strange_words_is_quoted() {
    let machine = Machine::new().program("docker", "echo 'client version 1.24 is too old' >&2; exit 1");
    let text = machine.lacks(Need::ContainerEngine);
    assert!(
        text.contains("`docker version` fails:\n                     client version 1.24 is too old"),
        "{text}"
    );
}

#[test]
fn an_unknown_engine_is_refused_by_name() {
    let text = Machine::new().var("SCENARIO_ENGINE", "lxc").lacks(Need::ContainerEngine);
    assert!(text.contains("SCENARIO_ENGINE is `lxc`, expected `docker` or `podman`"), "{text}");
}

#[test]
fn a_good_verdict_is_kept_so_that_a_fake_docker_runs_nothing_again() {
    let docker = "case $1 in version) echo '28.2.2|20.10.24|6.1';; buildx) exit 1;; esac";
    let machine = Machine::new().program("docker", docker);
    assert_eq!(detail(&machine.survey(Need::ContainerEngine)), "docker 20.10.24 (ran a container)");
    let before = machine.log().lines().count();
    machine.survey(Need::ContainerEngine);
    let log = machine.log();
    // Both are asked at once.
    let mut after: Vec<&str> = log.lines().skip(before).collect();
    after.sort_unstable();
    assert_eq!(after.len(), 2, "{after:?}");
    assert!(
        after[0].starts_with("docker buildx version") && after[1].starts_with("docker version"),
        "{after:?}"
    );
}

#[test]
fn a_fake_docker_without_buildx_gets_the_old_builder_and_podman_gets_a_link() {
    let docker = "case $1 in version) echo '28.2.2|20.10.24|6.1';; buildx) exit 1;; esac";
    let podman = "case $1 in version) echo 4.3.1;; esac";
    let machine = Machine::new().program("docker", docker).program("podman", podman);
    let toolbox = toolbox_on(&machine.host, &[Need::ContainerEngine], &machine.place()).unwrap();
    assert_eq!(toolbox.engine.unwrap().kind, EngineKind::Docker);
    assert!(toolbox.env.contains(&("DOCKER_BUILDKIT".into(), Some("0".into()))));

    let machine = machine.var("SCENARIO_ENGINE", "podman");
    let toolbox = toolbox_on(&machine.host, &[Need::ContainerEngine], &machine.place()).unwrap();
    let engine = toolbox.engine.unwrap();
    assert_eq!((engine.kind, engine.version.as_str()), (EngineKind::Podman, "4.3.1"));
    assert!(toolbox.env.iter().all(|(name, _)| name != "DOCKER_BUILDKIT"));
    let link = machine.place().bin().join("docker");
    assert_eq!(std::fs::read_link(&link).unwrap(), machine.bin().join("podman"));

    // Back to docker: the link would hide it.
    let machine = machine.var("SCENARIO_ENGINE", "docker");
    toolbox_on(&machine.host, &[Need::ContainerEngine], &machine.place()).unwrap();
    assert!(!link.is_symlink());
}

#[test]
fn a_fake_docker_that_is_podman_in_disguise_is_podman() {
    let disguise = r#"case $* in --version) echo 'podman version 4.3.1';; *Client.Version*KernelVersion*)
echo "Error: can't evaluate field KernelVersion" >&2; exit 125;; version*) echo 4.3.1;; esac"#;
    let machine = Machine::new().program("docker", disguise);
    let toolbox = toolbox_on(&machine.host, &[Need::ContainerEngine], &machine.place()).unwrap();
    assert_eq!(toolbox.engine.unwrap().kind, EngineKind::Podman);
    assert!(!machine.place().bin().join("docker").exists(), "the word `docker` leads there already");
}

/// A docker that is up once the file `up` is there.
const SWITCHED: &str = r#"case $1 in version) if [ -e "$LOG.up" ]; then echo '28.2.2|20.10.24|6.1'; else
echo '28.2.2|'; echo 'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?' >&2; exit 1
fi;; buildx) exit 1;; esac"#;

#[test]
fn a_fake_engine_is_installed_started_and_probed() {
    let apt_get = r#"case "$*" in *update*) touch "$LOG.lists";;
*install*) [ -e "$LOG.lists" ] || exit 100
for name in docker dockerd; do cp "${0%/*}/later-$name" "${0%/*}/$name"; chmod 755 "${0%/*}/$name"; done;; esac"#;
    let machine = Machine::new()
        .program("apt-get", apt_get)
        .program("later-docker", SWITCHED)
        .program("later-dockerd", r#"echo starting; sleep 0.5; touch "$LOG.up""#);
    std::fs::remove_file(machine.host.apt_lists.join("debian_Packages")).unwrap();
    let (findings, told) = machine.provide(Need::ContainerEngine);
    assert_eq!(detail(&findings.unwrap()[0]), "docker 20.10.24 (ran a container)");
    assert_eq!(told[0], "container engine is missing (no `docker` and no `podman` on PATH)");
    assert_eq!(told[1], "apt-get install docker.io and start dockerd (about 65 MB)");
    assert_eq!(told[2], "apt-get update (package lists, about 15 MB)");
    let log = std::fs::read_to_string(machine.place().tools.join("dockerd.log")).unwrap();
    assert_eq!(log, "starting\n");
    assert_eq!(machine.log().matches("update").count(), 1);
}

#[test]
fn a_fake_apt_get_with_old_lists_is_updated_once_and_its_last_words_are_reported() {
    let apt_get =
        "case \"$*\" in *install*) echo 'E: Unable to locate package docker.io' >&2; exit 100;; esac";
    let machine = Machine::new().program("apt-get", apt_get);
    let error = machine.provide(Need::ContainerEngine).0.unwrap_err();
    let expected = "failed to install `docker.io` with apt-get: E: Unable to locate package docker.io";
    assert_eq!(error.to_string(), expected);
    assert_eq!(machine.log().matches(" update").count(), 1);
    assert_eq!(machine.log().matches(" install docker.io").count(), 2);
}

#[test]
fn a_fake_dockerd_that_dies_is_reported_with_the_end_of_its_log() {
    let machine = Machine::new()
        .program("docker", SWITCHED)
        .program("dockerd", "echo 'failed to start daemon: no space left on device' >&2; exit 1");
    let (result, _) = machine.provide(Need::ContainerEngine);
    let error = result.unwrap_err();
    assert!(error.to_string().contains("failed to start daemon: no space left on device"), "{error}");
    assert!(error.help().unwrap().contains("dockerd.log"));
}

#[test]
fn a_fake_systemd_is_asked_to_start_docker() {
    let machine = Machine::new()
        .program("docker", SWITCHED)
        .program("dockerd", "exit 1")
        .program("systemctl", r#"touch "$LOG.up""#)
        .host(|host| host.systemd = true);
    let (findings, told) = machine.provide(Need::ContainerEngine);
    assert_eq!(detail(&findings.unwrap()[0]), "docker 20.10.24 (ran a container)");
    assert_eq!(told[1], "systemctl start docker (nothing to fetch)");
    assert!(machine.log().contains("systemctl start docker"));
}
