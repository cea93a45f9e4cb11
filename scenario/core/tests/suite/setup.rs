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

// ---- the real thing -------------------------------------------------------------------------------------

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
        eprintln!("skipped: {error}");
        return;
    }
    let warm = Instant::now();
    survey_on(&real_host(), &needs, &place);
    let warm = warm.elapsed();
    eprintln!("warm: {warm:?}; {findings:?}");
    assert!(warm < Duration::from_secs(2), "{warm:?}");
    let left = Command::new("docker").args(["images", "-q", "--filter", "label=scenario=probe"]).output();
    assert_eq!(left.map(|output| output.stdout).unwrap_or_default(), b"");
}
