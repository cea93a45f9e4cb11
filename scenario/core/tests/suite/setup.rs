//! What is found out about a machine, and what is done about it.
//!
//! A test whose name says `fake` puts scripts in the place of programs that cannot be had in that state
//! here (a daemon that is down, a podman that cannot run). The others use this machine's own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use scenario_core::setup::{
    EngineKind, Finding, Host, Need, Place, State, lacking, provide_on, survey_on, toolbox_on,
};

/// A machine whose PATH is one folder of fake programs and links to real ones.
struct Machine {
    folder: tempfile::TempDir,
    host: Host,
}

impl Machine {
    /// Debian, root, no systemd, package lists present, and a few of the system's own small programs.
    fn new() -> Machine {
        let folder = tempfile::tempdir().unwrap();
        let (bin, lists) = (folder.path().join("path"), folder.path().join("lists"));
        std::fs::create_dir(&bin).unwrap();
        std::fs::create_dir(&lists).unwrap();
        std::fs::write(lists.join("debian_Packages"), "").unwrap();
        let host = Host {
            os: "linux".into(),
            arch: "x86_64".into(),
            kernel: "6.1.0".into(),
            os_release: "ID=debian\n".into(),
            root: true,
            systemd: false,
            apt_lists: lists,
            ..Host::current()
        };
        let host = host.with_var("PATH", bin.as_os_str()).with_var("LOG", folder.path().join("log"));
        let host = ["SCENARIO_ENGINE", "SCENARIO_PROMETHEUS", "SCENARIO_RELEASES", "DOCKER_HOST"]
            .into_iter()
            .fold(host, |host, name| host.without_var(name));
        let machine = Machine { folder, host };
        ["sh", "cat", "touch", "sleep", "rm", "mkdir", "chmod", "cp"].into_iter().fold(machine, Machine::real)
    }

    /// A fake program. It is written by another process, as a file that is open for writing in a process
    /// that forks cannot be executed.
    fn program(self, name: &str, script: &str) -> Machine {
        let text = self.folder.path().join("script");
        std::fs::write(&text, format!("#!/bin/sh\necho \"{name} $*\" >> \"$LOG\"\n{script}\n")).unwrap();
        let installed = Command::new("install").arg("-m755").arg(&text).arg(self.bin().join(name)).status();
        assert!(installed.unwrap().success());
        self
    }

    /// A link to this machine's own program.
    fn real(self, name: &str) -> Machine {
        let output = Command::new("sh").args(["-c", &format!("command -v {name}")]).output().unwrap();
        let path = String::from_utf8(output.stdout).unwrap();
        std::os::unix::fs::symlink(path.trim(), self.bin().join(name)).unwrap();
        self
    }

    fn host(mut self, change: impl FnOnce(&mut Host)) -> Machine {
        change(&mut self.host);
        self
    }

    fn var(mut self, name: &str, value: impl Into<std::ffi::OsString>) -> Machine {
        self.host = self.host.with_var(name, value);
        self
    }

    fn bin(&self) -> PathBuf {
        self.folder.path().join("path")
    }

    fn place(&self) -> Place {
        Place { tools: self.folder.path().join("tools") }
    }

    /// The fake programs that ran, with their arguments.
    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn survey(&self, need: Need) -> Finding {
        let mut findings = survey_on(&self.host, &[need], &self.place());
        assert_eq!(findings.len(), 1);
        findings.remove(0)
    }

    /// The lines of the error for one missing need, without its first.
    #[track_caller]
    fn lacks(&self, need: Need) -> String {
        let error = lacking(&[self.survey(need)]).expect("something is missing");
        let text = error.to_string().replace(&self.folder.path().display().to_string(), "[TMP]");
        text.split_once('\n').unwrap().1.to_owned()
    }

    fn provide(&self, need: Need) -> (Result<Vec<Finding>, scenario_core::error::Error>, Vec<String>) {
        let mut told = Vec::new();
        let result = provide_on(&self.host, &[need], &self.place(), &mut |line| told.push(line.to_owned()));
        (result, told)
    }
}

#[track_caller]
fn detail(finding: &Finding) -> &str {
    match &finding.state {
        State::Present { detail } => detail,
        State::Missing { found, .. } => panic!("{:?} is missing: {found}", finding.need),
    }
}

const DOWN: &str = r#"case $1 in version)
echo '28.2.2|'; echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?' >&2; exit 1;;
esac"#;

// ---- the system ------------------------------------------------------------------------------------------

#[test]
fn another_system_is_named_and_nothing_else_is_looked_at() {
    let machine = Machine::new().host(|host| {
        host.os = "macos".into();
        host.arch = "aarch64".into();
    });
    let findings = survey_on(&machine.host, &[Need::Curl, Need::Prometheus], &machine.place());
    assert_eq!(findings.len(), 1);
    let error = lacking(&findings).unwrap();
    let expected = "\
this machine lacks 1 of the 1 thing this tutorial needs
  system   this is macos on aarch64
      by hand:    use Linux on x86_64 or aarch64; WSL 2 and a virtual machine are fine";
    assert_eq!(error.to_string(), expected);
    assert_eq!(error.help(), Some("do what stands at `by hand`, then run the same command again"));
}

// ---- linker, libc, curl ----------------------------------------------------------------------------------

#[test]
fn no_linker_is_told_with_what_installs_it() {
    let expected = "  C linker   no `cc` on PATH; Rust links with it
      with --yes: apt-get install gcc libc6-dev (at most 55 MB)
      by hand:    apt-get install gcc libc6-dev";
    assert_eq!(Machine::new().program("apt-get", "").lacks(Need::Linker), expected);
}

#[test]
fn a_fake_linker_that_cannot_link_statically_is_told_in_its_own_words() {
    let cc =
        r#"case "$*" in *-static*) echo "/usr/bin/ld: cannot find -lc" >&2; echo more >&2; exit 1;; esac"#;
    let machine = Machine::new().program("cc", cc).host(|host| {
        host.root = false;
        host.os_release = "ID=fedora".into();
    });
    assert_eq!(detail(&machine.survey(Need::Linker)), format!("{}/cc links", machine.bin().display()));
    let expected =
        "  static libc   `[TMP]/path/cc` cannot link a static program: /usr/bin/ld: cannot find -lc
      by hand:    sudo dnf install gcc glibc-static";
    assert_eq!(machine.lacks(Need::StaticLibc), expected);
}

#[test]
fn a_missing_linker_and_libc_are_installed_by_one_fake_apt_get() {
    let apt_get = r#"case "$*" in *install*) cp "${0%/*}/later" "${0%/*}/cc"; chmod 755 "${0%/*}/cc";; esac"#;
    let machine = Machine::new().program("apt-get", apt_get).program("later", "exit 0");
    let mut told = Vec::new();
    let needs = [Need::StaticLibc, Need::Linker];
    let findings =
        provide_on(&machine.host, &needs, &machine.place(), &mut |line| told.push(line.to_owned()));
    assert!(lacking(&findings.unwrap()).is_none());
    assert_eq!(told.len(), 3, "{told:?}");
    let installs = machine.log().lines().filter(|line| line.contains("install gcc libc6-dev")).count();
    assert_eq!(installs, 1, "{}", machine.log());
}

#[test]
fn no_curl_is_told_by_hand_where_we_may_not_install() {
    let machine = Machine::new().program("apt-get", "").host(|host| host.root = false);
    let expected = "  curl   no `curl` on PATH\n      by hand:    sudo apt-get install curl ca-certificates";
    assert_eq!(machine.lacks(Need::Curl), expected);
}

// ---- the container engine --------------------------------------------------------------------------------

#[test]
fn no_engine_is_told_with_debians_remedy() {
    let expected = "  container engine   no `docker` and no `podman` on PATH
      with --yes: apt-get install docker.io and start dockerd (about 65 MB)
      by hand:    apt-get install docker.io";
    assert_eq!(Machine::new().program("apt-get", "").lacks(Need::ContainerEngine), expected);
}

#[test]
fn no_engine_elsewhere_is_told_by_hand_only() {
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
    let expected =
        "  container engine   docker 28.2.2 is installed, but this user may not speak to its daemon
      by hand:    sudo usermod -aG docker $USER, then log out and in again";
    assert_eq!(machine.lacks(Need::ContainerEngine), expected);
}

#[test]
fn a_fake_docker_that_answers_and_cannot_run_is_told_in_its_own_words() {
    let docker = r#"case $1 in version) echo '28.2.2|20.10.24|6.1';; buildx) exit 1;;
run) echo 'docker: Error response from daemon: failed to create task' >&2; exit 125;; esac"#;
    let machine = Machine::new().program("docker", docker);
    let expected = "  container engine   docker 20.10.24 answers, but cannot run a container:
                     `docker run`: docker: Error response from daemon: failed to create task
      by hand:    mend the engine until `docker run` works, or choose another: SCENARIO_ENGINE=podman";
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
fn a_fake_podman_that_cannot_raise_a_limit_is_told_with_its_cure() {
    let podman = r#"case $1 in version) echo 4.3.1;;
run) echo 'Error: crun: setrlimit `RLIMIT_NOFILE`: Operation not permitted: OCI permission denied' >&2; exit 126;; esac"#;
    let expected = "  container engine   podman 4.3.1 answers, but cannot run a container:
                     `podman run`: Error: crun: setrlimit `RLIMIT_NOFILE`: Operation not permitted: OCI permission denied
      by hand:    mend podman until `podman run` works (rlimit and cgroup errors: `default_ulimits = []` and `runtime = \"runc\"` in containers.conf), or install docker";
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
    assert!(text.contains("SCENARIO_ENGINE is `lxc`, which is not an engine we know"), "{text}");
}

#[test]
fn a_good_verdict_is_kept_so_that_a_look_at_a_fake_docker_asks_once() {
    let docker = "case $1 in version) echo '28.2.2|20.10.24|6.1';; buildx) exit 1;; esac";
    let machine = Machine::new().program("docker", docker);
    assert_eq!(detail(&machine.survey(Need::ContainerEngine)), "docker 20.10.24 (ran a container)");
    let before = machine.log().lines().count();
    machine.survey(Need::ContainerEngine);
    let log = machine.log();
    let after: Vec<&str> = log.lines().skip(before).collect();
    assert_eq!(after.len(), 1, "{after:?}");
    assert!(after[0].starts_with("docker version"));
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

// ---- providing the engine --------------------------------------------------------------------------------

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
fn a_fake_apt_get_with_old_lists_is_updated_once_and_its_last_words_are_told() {
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
fn a_fake_dockerd_that_dies_is_told_with_the_end_of_its_log() {
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

// ---- Prometheus and mdBook -------------------------------------------------------------------------------

const SERVER: &str = r#"case $* in --version) echo "prometheus, version 3.13.2 (branch: HEAD)";; esac
printf '%s\n' "$@""#;

#[test]
fn no_prometheus_is_told_with_its_sources_and_sizes() {
    let expected = "  Prometheus   no `prometheus` on PATH or in the tools folder
      with --yes: download Prometheus 3.13.2, or else this system's package into `[TMP]/tools` (100 to 150 MB, or 23 MB)
      by hand:    apt-get install prometheus, or unpack a release of https://prometheus.io/download/ and set \
                    SCENARIO_PROMETHEUS to its `prometheus`";
    let text = Machine::new().lacks(Need::Prometheus);
    assert_eq!(text, expected.replace("set                     SC", "set SC"));
}

#[test]
fn a_prometheus_that_was_named_and_does_not_run_is_not_replaced_by_another() {
    let machine =
        Machine::new().program("prometheus", SERVER).var("SCENARIO_PROMETHEUS", "/nowhere/prometheus");
    let expected =
        "  Prometheus   SCENARIO_PROMETHEUS is `/nowhere/prometheus`, which does not run: no such file
      by hand:    set SCENARIO_PROMETHEUS to a Prometheus server, or unset it";
    assert_eq!(machine.lacks(Need::Prometheus), expected);
}

#[test]
fn the_wrapper_gives_a_fake_server_our_defaults_unless_the_caller_gives_them() {
    let machine = Machine::new().program("prometheus", SERVER);
    toolbox_on(&machine.host, &[Need::Prometheus], &machine.place()).unwrap();
    let run = |args: &[&str]| {
        let mut command = Command::new(machine.place().bin().join("prometheus"));
        command.args(args).env("LOG", "/dev/null").env_remove("SCENARIO_PROMETHEUS_DATA");
        command
    };
    let said = |command: &mut Command| String::from_utf8(command.output().unwrap().stdout).unwrap();
    let data = machine.place().tools.join("prometheus-data/3.13.2");
    let ours = format!("--storage.tsdb.path={}\n--web.listen-address=127.0.0.1:9090\n", data.display());
    assert_eq!(said(&mut run(&["--config.file=a b.yml"])), format!("{ours}--config.file=a b.yml\n"));
    let theirs = ["--storage.tsdb.path=x", "--web.listen-address", ":1"];
    assert_eq!(said(&mut run(&theirs)), "--storage.tsdb.path=x\n--web.listen-address\n:1\n");
    let elsewhere = said(run(&[]).env("SCENARIO_PROMETHEUS_DATA", "/x y"));
    assert!(elsewhere.starts_with("--storage.tsdb.path=/x y/3.13.2\n"), "{elsewhere}");
}

#[test]
fn a_wrapper_on_path_or_in_the_variable_is_not_taken_for_a_server() {
    let machine = Machine::new().program("prometheus", SERVER);
    let server = machine.survey(Need::Prometheus);
    toolbox_on(&machine.host, &[Need::Prometheus], &machine.place()).unwrap();
    let wrapper = machine.place().bin().join("prometheus");
    // Another checkout's tools folder and our own, by a link: both would end in a circle.
    let link = machine.folder.path().join("link");
    std::os::unix::fs::symlink(machine.place().tools, &link).unwrap();
    let path = std::env::join_paths([link.join("bin"), machine.bin()]).unwrap();
    let machine = machine.var("PATH", path).var("SCENARIO_PROMETHEUS", wrapper.as_os_str());
    assert_eq!(detail(&machine.survey(Need::Prometheus)), detail(&server));
}

#[test]
fn what_a_killed_process_left_in_the_tools_folder_is_removed() {
    let machine = Machine::new().program("cc", "");
    let left = machine.place().tools.join("tmp/mdbook-999999999-0");
    std::fs::create_dir_all(&left).unwrap();
    machine.survey(Need::Linker);
    assert!(!left.exists());
}

#[test]
fn every_source_that_was_tried_is_listed_when_none_has_prometheus() {
    let machine = Machine::new()
        .real("curl")
        .var("SCENARIO_RELEASES", "http://127.0.0.1:1")
        .host(|host| host.os_release = "ID=arch".into());
    let error = machine.provide(Need::Prometheus).0.unwrap_err();
    let text = error.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "no Prometheus server could be provided for linux-amd64");
    assert_eq!(lines[1], "  tried  SCENARIO_PROMETHEUS   not set");
    assert_eq!(lines[2], "  tried  prometheus on PATH    not found");
    assert!(lines[3].starts_with("  tried  release 3.13.2        curl: (7) Failed to connect"), "{text}");
    assert_eq!(lines[4], "  tried  apt-get download      this is not Debian or Ubuntu, or has no `apt-get`");
    assert!(error.help().unwrap().contains("set SCENARIO_PROMETHEUS"));
}

#[test]
fn a_download_with_a_wrong_sum_from_a_fake_curl_is_not_replaced_by_the_package() {
    let curl = r#"while [ $# -gt 0 ]; do [ "$1" = --output ] && echo rubbish > "$2"; shift; done"#;
    let machine = Machine::new().program("curl", curl).program("apt-get", "");
    let error = machine.provide(Need::Prometheus).0.unwrap_err();
    assert!(error.to_string().contains("is not what was pinned, and was deleted"), "{error}");
    assert!(!machine.log().contains("apt-get"), "{}", machine.log());
}

#[test]
fn a_plain_users_lists_are_kept_apart_from_the_systems_by_a_fake_apt_get() {
    let machine = Machine::new()
        .program("apt-get", "case \"$*\" in *download*) exit 100;; esac")
        .program("curl", "exit 7")
        .host(|host| host.root = false);
    std::fs::remove_file(machine.host.apt_lists.join("debian_Packages")).unwrap();
    machine.provide(Need::Prometheus).0.unwrap_err();
    let log = machine.log();
    let private = format!("Dir::State={}/apt/state", machine.place().tools.display());
    assert!(
        log.lines().filter(|line| line.starts_with("apt-get")).all(|line| line.contains(&private)),
        "{log}"
    );
    assert_eq!(log.matches(" update").count(), 1, "{log}");
    assert!(!machine.place().tools.join("apt").exists());
}

#[test]
fn a_server_in_the_tools_folder_that_changed_is_not_believed() {
    let machine = Machine::new()
        .program("curl", "exit 7")
        .program("apt-get", "case \"$*\" in *download*) touch prometheus.deb;; esac")
        .program("later", SERVER)
        .program("dpkg", r#"mkdir -p "$3/usr/bin"; cp "${0%/*}/later" "$3/usr/bin/prometheus""#);
    let (findings, _) = machine.provide(Need::Prometheus);
    assert!(detail(&findings.unwrap()[0]).starts_with("3.13.2 ("));
    let server = machine.place().tools.join("prometheus/debian/usr/bin/prometheus");

    // Only its time changed: the sum says that it is the same.
    std::fs::File::options().append(true).open(&server).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    detail(&machine.survey(Need::Prometheus));

    std::fs::write(&server, "something else").unwrap();
    let text = machine.lacks(Need::Prometheus);
    assert!(text.contains("usr/bin/prometheus` is not what was put there: its sum is "), "{text}");
    let (findings, _) = machine.provide(Need::Prometheus);
    detail(&findings.unwrap()[0]);
}

#[test]
fn a_fake_mdbook_of_another_series_is_named() {
    let machine = Machine::new().program("mdbook", "echo mdbook v0.4.52");
    let text = machine.lacks(Need::Mdbook);
    assert!(text.contains("mdBook 0.4.52 is here, and the book needs 0.5.x"), "{text}");
    assert!(text.contains("(about 20 MB, and 2 minutes to compile)"), "{text}");
    let machine = machine.program("mdbook", "echo mdbook v0.5.2");
    assert!(detail(&machine.survey(Need::Mdbook)).starts_with("0.5.2 ("));
}

#[test]
fn a_fake_cargo_installs_mdbook_into_the_tools_folder_without_our_flags() {
    let cargo = r#"[ -z "${RUSTFLAGS+set}${CARGO_TARGET_DIR+set}" ] || exit 9
while [ $# -gt 0 ]; do [ "$1" = --root ] && root=$2; shift; done
mkdir -p "$root/bin"; printf '#!/bin/sh\necho mdbook v0.5.4\n' > "$root/bin/mdbook"; chmod 755 "$root/bin/mdbook""#;
    let machine = Machine::new().program("cargo", cargo).var("RUSTFLAGS", "-x").var("CARGO_TARGET_DIR", "/x");
    let (findings, told) = machine.provide(Need::Mdbook);
    let mdbook = machine.place().bin().join("mdbook");
    assert_eq!(detail(&findings.unwrap()[0]), format!("0.5.4 ({})", mdbook.display()));
    assert_eq!(
        told[2],
        "cargo install mdbook --version 0.5.4 --locked --no-default-features (about 2 minutes)"
    );
}

// ---- the toolbox -----------------------------------------------------------------------------------------

#[test]
fn what_cargo_run_sets_and_what_undoes_the_build_is_removed() {
    let machine = Machine::new().var("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS", "-x");
    let toolbox = toolbox_on(&machine.host, &[], &machine.place()).unwrap();
    let removed = |name: &str| toolbox.env.contains(&(name.into(), None));
    for name in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_TARGET_DIR",
        "CARGO_BUILD_TARGET",
        "CARGO_MANIFEST_DIR",
        "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
        // Set for this test by `cargo test`.
        "CARGO_PKG_NAME",
    ] {
        assert!(removed(name), "{name}: {:?}", toolbox.env);
    }
    assert!(!removed("CARGO_HOME") && !removed("RUSTUP_HOME") && !removed("RUSTUP_TOOLCHAIN"));
    assert_eq!(toolbox.path, [machine.place().bin()]);
    let path = toolbox.envs().pop().unwrap().1.unwrap();
    assert_eq!(std::env::split_paths(&path).next(), Some(machine.place().bin()));
}

#[test]
fn a_toolbox_lists_all_that_is_missing_at_once() {
    let machine = Machine::new().program("apt-get", "");
    let needs = [Need::Linker, Need::Curl, Need::ContainerEngine];
    let error = toolbox_on(&machine.host, &needs, &machine.place()).unwrap_err();
    let first = error.to_string().lines().next().unwrap().to_owned();
    assert_eq!(first, "this machine lacks 3 of the 3 things this tutorial needs");
    assert_eq!(error.help(), Some("run the same command again with `--yes` to have this done"));
}

// ---- the real thing -------------------------------------------------------------------------------------

/// Where something is missing, a test says so; in continuous integration that is a failure.
fn skip(why: &str) {
    eprintln!("skipped: {why}");
    assert!(std::env::var_os("SCENARIO_TEST_ALL").is_none(), "SCENARIO_TEST_ALL forbids to skip: {why}");
}

fn real_host() -> Host {
    Host::current().without_var("SCENARIO_ENGINE").without_var("SCENARIO_PROMETHEUS")
}

#[test]
fn this_machine_is_surveyed_and_the_second_look_is_quick() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place { tools: folder.path().join("tools") };
    let needs = [Need::Linker, Need::StaticLibc, Need::Curl, Need::ContainerEngine];
    let cold = Instant::now();
    let findings = survey_on(&real_host(), &needs, &place);
    eprintln!("cold: {:?}", cold.elapsed());
    if let Some(error) = lacking(&findings) {
        return skip(&error.to_string());
    }
    let warm = Instant::now();
    survey_on(&real_host(), &needs, &place);
    let warm = warm.elapsed();
    eprintln!("warm: {warm:?}; {findings:?}");
    assert!(warm < Duration::from_secs(2), "{warm:?}");
    let left = Command::new("docker").args(["images", "-q", "--filter", "label=scenario=probe"]).output();
    assert_eq!(left.map(|output| output.stdout).unwrap_or_default(), b"");
}

#[test]
#[ignore = "fetches 23 MB with apt-get"]
fn the_distributions_prometheus_is_fetched_unpacked_and_served() {
    if !Path::new("/usr/bin/apt-get").exists() {
        return skip("no apt-get on this machine");
    }
    let folder = tempfile::tempdir().unwrap();
    let place = Place { tools: folder.path().join("tools") };
    // A mirror that refuses stands for a release site that cannot be reached.
    let host = real_host().with_var("SCENARIO_RELEASES", "http://127.0.0.1:1");
    let mut told = Vec::new();
    let cold = Instant::now();
    let findings = provide_on(&host, &[Need::Prometheus], &place, &mut |line| told.push(line.to_owned()));
    eprintln!("provided in {:?}\n{}", cold.elapsed(), told.join("\n"));
    let findings = findings.unwrap();
    assert!(detail(&findings[0]).contains(place.tools.to_str().unwrap()), "{findings:?}");

    // The second run needs no network: it finds neither curl nor apt-get, and tells nothing.
    let offline = host.clone().with_var("PATH", "/nowhere");
    let warm = Instant::now();
    let again = provide_on(&offline, &[Need::Prometheus], &place, &mut |line| panic!("told {line}"));
    eprintln!("again in {:?}", warm.elapsed());
    assert_eq!(detail(&again.unwrap()[0]), detail(&findings[0]));

    toolbox_on(&offline, &[Need::Prometheus], &place).unwrap();
    std::fs::write(folder.path().join("prometheus.yml"), "").unwrap();
    let data = folder.path().join("data");
    let mut server = Command::new(place.bin().join("prometheus"))
        .args(["--config.file=prometheus.yml", "--web.listen-address=127.0.0.1:39190"])
        .env("SCENARIO_PROMETHEUS_DATA", &data)
        .current_dir(folder.path())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let get = |path: &str| {
        let url = format!("http://127.0.0.1:39190{path}");
        let output =
            Command::new("curl").args(["-s", "-w", "%{http_code}", "-o", "/dev/null", &url]).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    let end = Instant::now() + Duration::from_secs(20);
    while get("/-/ready") != "200" && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(100));
    }
    let ready = get("/-/ready");
    let asked = Command::new("curl").args(["-s", "http://127.0.0.1:39190/classic/graph"]).output().unwrap();
    let page = String::from_utf8(asked.stdout).unwrap();
    let linked = page.split(['"', '\'']).filter(|text| text.starts_with("/classic/static/"));
    let mut assets: Vec<(String, String)> =
        linked.map(|path| path.split('?').next().unwrap()).map(|path| (get(path), path.to_owned())).collect();
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(ready, "200");
    eprintln!("{} assets of the page", assets.len());
    assets.retain(|(status, _)| status != "200");
    assert!(assets.is_empty(), "not served: {assets:?}");
    assert!(data.read_dir().unwrap().count() == 1, "the data folder has the version in its name");
}

#[test]
#[ignore = "fetches 37 MB with apt-get"]
fn a_plain_user_without_package_lists_fetches_them_into_the_tools_folder() {
    if !Path::new("/usr/bin/apt-get").exists() {
        return skip("no apt-get on this machine");
    }
    let folder = tempfile::tempdir().unwrap();
    let place = Place { tools: folder.path().join("tools") };
    let mut host = real_host().with_var("SCENARIO_RELEASES", "http://127.0.0.1:1");
    host.root = false;
    host.apt_lists = folder.path().join("none");
    let mut told = Vec::new();
    let findings = provide_on(&host, &[Need::Prometheus], &place, &mut |line| told.push(line.to_owned()));
    detail(&findings.unwrap()[0]);
    assert_eq!(told.iter().filter(|line| line.starts_with("apt-get update")).count(), 1, "{told:?}");
    assert!(!place.tools.join("apt").exists(), "the lists are gone");
}

#[test]
#[ignore = "starts a second dockerd beside this machine's own, and needs root"]
fn a_real_dockerd_is_started_and_probed_and_outlives_its_starter() {
    if !Path::new("/usr/sbin/dockerd").exists() || !nix::unistd::Uid::effective().is_root() {
        return skip("needs dockerd and root");
    }
    let machine = ["containerd", "containerd-shim-runc-v2", "runc", "setsid"]
        .into_iter()
        .fold(Machine::new(), Machine::real);
    let own = machine.folder.path().display().to_string();
    let found = Command::new("sh").args(["-c", "command -v docker"]).output().unwrap();
    let docker = String::from_utf8(found.stdout).unwrap();
    let machine =
        machine.program("docker", &format!("exec {} -H unix://{own}/socket \"$@\"", docker.trim())).program(
            "dockerd",
            &format!(
                "exec /usr/sbin/dockerd -H unix://{own}/socket --pidfile {own}/pid --data-root {own}/data \
                 --exec-root {own}/exec --bridge=none --iptables=false --ip-forward=false --ip-masq=false"
            ),
        );
    let began = Instant::now();
    let (findings, told) = machine.provide(Need::ContainerEngine);
    eprintln!("{:?}: {told:#?}", began.elapsed());
    let log = std::fs::read_to_string(machine.place().tools.join("dockerd.log")).unwrap_or_default();
    let pid = std::fs::read_to_string(machine.folder.path().join("pid")).unwrap_or_else(|_| panic!("{log}"));
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let end = format!(
        "kill {pid}; for i in $(seq 100); do kill -0 {pid} 2>/dev/null || break; sleep 0.1; done
         umount {own}/exec/netns/default; ! kill -0 {pid} 2>/dev/null"
    );
    let ended = Command::new("sh").args(["-c", &end]).status().unwrap();
    assert!(ended.success());
    assert!(detail(&findings.unwrap()[0]).starts_with("docker "));
    let session = stat.rsplit(") ").next().unwrap().split(' ').nth(3).unwrap();
    assert_eq!(session, pid, "it leads a session of its own");
}
