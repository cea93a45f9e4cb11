//! What is found out about a machine, and what is done about it.
//!
//! A test whose name says `fake` puts scripts in the place of programs that cannot be had in that state
//! here (a daemon that is down, a podman that cannot run). Those in `real` use this machine's own.

mod engine;
mod page;
mod program;
mod real;
mod server;

use std::path::PathBuf;
use std::process::Command;

use scenario_setup::{
    Finding, Host, Need, Place, State, gather_on, lacking, provide_on, survey_on, toolbox_on,
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
        let host = [
            "SCENARIO_ENGINE",
            "SCENARIO_PROMETHEUS",
            "SCENARIO_ALERTMANAGER",
            "SCENARIO_RELEASES",
            "SCENARIO_BROWSER",
            "DOCKER_HOST",
        ]
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
this machine lacks something that is needed
  system   this is macos on aarch64
      by hand:    use Linux on x86_64 or aarch64; WSL 2 and a virtual machine are fine";
    assert_eq!(error.to_string(), expected);
    assert_eq!(error.help(), Some("do what `by hand` says, then run the same command again"));
}

#[test]
fn no_linker_is_reported_with_what_installs_it() {
    let expected = "  C linker   no `cc` on PATH; Rust links with it
      with --yes: apt-get install gcc libc6-dev (at most 55 MB)
      by hand:    apt-get install gcc libc6-dev";
    assert_eq!(Machine::new().program("apt-get", "").lacks(Need::Linker), expected);
}

#[test]
fn a_fake_linker_that_cannot_link_statically_is_reported_in_its_own_words() {
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
fn no_curl_is_reported_by_hand_where_we_may_not_install() {
    let machine = Machine::new().program("apt-get", "").host(|host| host.root = false);
    let expected = "  curl   no `curl` on PATH\n      by hand:    sudo apt-get install curl ca-certificates";
    assert_eq!(machine.lacks(Need::Curl), expected);
}

#[test]
fn what_cargo_run_sets_and_what_undoes_the_build_is_removed() {
    let machine = Machine::new()
        .var("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS", "-x")
        .var("CARGO_PKG_NAME", "scenario-core");
    let toolbox = toolbox_on(&machine.host, &[], &machine.place()).unwrap();
    let removed = |name: &str| toolbox.env.contains(&(name.into(), None));
    for name in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_TARGET_DIR",
        "CARGO_BUILD_TARGET",
        "CARGO_MANIFEST_DIR",
        "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
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
    assert_eq!(first, "this machine lacks 3 of the 3 things that are needed");
    assert_eq!(error.help(), Some("run the same command again with `--yes` to have this done"));
}

#[test]
fn a_toolbox_of_what_is_there_comes_with_what_is_missing() {
    let server = r#"case $* in --version) echo "prometheus, version 3.13.2 (branch: HEAD)";; esac"#;
    let machine = Machine::new().program("prometheus", server);
    let needs = [Need::Prometheus, Need::Curl];
    let (toolbox, findings) = gather_on(&machine.host, &needs, &machine.place()).unwrap();
    assert_eq!(toolbox.path, [machine.place().bin()]);
    assert!(machine.place().bin().join("prometheus").is_file(), "what is there can be used");
    let needs: Vec<Need> = findings.iter().map(|finding| finding.need.clone()).collect();
    assert_eq!(needs, [Need::Curl, Need::Prometheus]);
    let first = lacking(&findings).unwrap().to_string().lines().next().unwrap().to_owned();
    assert_eq!(first, "this machine lacks 1 of the 2 things that are needed");
}
