//! What a look at a machine depends on, gathered once: variables, PATH, user, system, distribution.
//!
//! A test makes a `Host` with a PATH of its own instead of changing its own process's environment. This
//! module decides nothing about what a tutorial needs.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use scenario_core::process::Command;

/// Where daemons are that a plain user's PATH leaves out.
const SYSTEM_FOLDERS: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// The machine that is looked at.
#[derive(Debug, Clone)]
pub struct Host {
    /// Variables set (or with `None` removed) on top of this process's environment.
    pub overrides: Vec<(OsString, Option<OsString>)>,
    /// The operating system, as `std::env::consts::OS` names it.
    pub os: String,
    /// The processor, as `std::env::consts::ARCH` names it.
    pub arch: String,
    /// The kernel's release; WSL says its name there.
    pub kernel: String,
    /// The text of `/etc/os-release`, or nothing.
    pub os_release: String,
    /// Whether we may install packages and start daemons.
    pub root: bool,
    /// Whether process 1 is systemd, and services are its business.
    pub systemd: bool,
    /// Where apt keeps its package lists.
    pub apt_lists: PathBuf,
}

/// Which package manager a machine's distribution has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Debian,
    Fedora,
    Arch,
    Suse,
    Alpine,
    Other,
}

impl Host {
    /// The machine and the environment this process runs in.
    pub fn current() -> Host {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        Host {
            overrides: Vec::new(),
            os: std::env::consts::OS.to_owned(),
            arch: std::env::consts::ARCH.to_owned(),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            os_release: read("/etc/os-release"),
            root: nix::unistd::Uid::effective().is_root(),
            systemd: Path::new("/run/systemd/system").is_dir(),
            apt_lists: PathBuf::from("/var/lib/apt/lists"),
        }
    }

    /// The same machine with a variable set.
    #[must_use]
    pub fn with_var(mut self, name: &str, value: impl Into<OsString>) -> Host {
        self.overrides.push((name.into(), Some(value.into())));
        self
    }

    /// The same machine without a variable.
    #[must_use]
    pub fn without_var(mut self, name: &str) -> Host {
        self.overrides.push((name.into(), None));
        self
    }

    /// A variable's value; an empty one counts as not set.
    pub(crate) fn var(&self, name: &str) -> Option<OsString> {
        let set = self.overrides.iter().rev().find(|(known, _)| known == name);
        let value = match set {
            Some((_, value)) => value.clone(),
            None => std::env::var_os(name),
        };
        value.filter(|value| !value.is_empty())
    }

    /// A program on PATH.
    pub(crate) fn find(&self, program: &str) -> Option<PathBuf> {
        self.find_but(program, |_| false)
    }

    /// The first program on PATH that is not to be passed over: our own tools may already be on the caller's
    /// PATH, and a substitute for a program must not be taken for it.
    pub(crate) fn find_but(&self, program: &str, pass_over: impl Fn(&Path) -> bool) -> Option<PathBuf> {
        let path = self.var("PATH")?;
        std::env::split_paths(&path)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(program))
            .find(|file| is_executable(file) && !pass_over(file))
    }

    /// A daemon, on PATH or in a system folder. The system folders are left alone where a test gave PATH.
    pub(crate) fn find_daemon(&self, program: &str) -> Option<PathBuf> {
        let given = self.overrides.iter().any(|(name, _)| name == "PATH");
        self.find(program).or_else(|| {
            let folders = SYSTEM_FOLDERS.iter().filter(|_| !given);
            folders.map(|folder| Path::new(folder).join(program)).find(|file| is_executable(file))
        })
    }

    /// A program in a folder that has a folder for each version, such as `/usr/lib/postgresql/15/bin/postgres`. Such
    /// folders are left alone where a test gave PATH.
    pub(crate) fn find_versioned(&self, folder: &str, program: &str) -> Option<PathBuf> {
        if self.overrides.iter().any(|(name, _)| name == "PATH") {
            return None;
        }
        let versions = std::fs::read_dir(folder).ok()?.flatten();
        versions.map(|version| version.path().join("bin").join(program)).find(|file| is_executable(file))
    }

    /// PATH for a daemon, which calls programs that a plain user's PATH leaves out.
    pub(crate) fn path_with_system_folders(&self) -> OsString {
        let path = self.var("PATH").unwrap_or_default();
        let folders = SYSTEM_FOLDERS.iter().map(PathBuf::from);
        std::env::join_paths(std::env::split_paths(&path).chain(folders)).unwrap_or(path)
    }

    /// A child process in this machine's environment.
    pub(crate) fn command(
        &self,
        program: &Path,
        args: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Command {
        let mut argv = vec![program.as_os_str().to_owned()];
        argv.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        Command::new(argv).envs(&self.overrides)
    }

    /// The distribution's family, by `ID` and `ID_LIKE` of os-release.
    pub(crate) fn family(&self) -> Family {
        let known = self.distributions().find_map(|name| match name {
            "debian" | "ubuntu" => Some(Family::Debian),
            "fedora" | "rhel" | "centos" => Some(Family::Fedora),
            "arch" => Some(Family::Arch),
            "suse" | "opensuse" => Some(Family::Suse),
            "alpine" => Some(Family::Alpine),
            _ => None,
        });
        known.unwrap_or(Family::Other)
    }

    /// Whether it is Ubuntu or made from it: some of its packages are only links to snaps.
    pub(crate) fn is_ubuntu(&self) -> bool {
        self.distributions().any(|name| name == "ubuntu")
    }

    /// What os-release calls the distribution, and what it says that it is like.
    fn distributions(&self) -> impl Iterator<Item = &str> {
        let values = ["ID=", "ID_LIKE="]
            .into_iter()
            .filter_map(|key| self.os_release.lines().find_map(|line| line.strip_prefix(key)));
        values.flat_map(|value| value.trim_matches('"').split_whitespace())
    }

    /// `sudo ` in a command for the reader's hand, unless the reader is root.
    pub(crate) fn sudo(&self) -> &'static str {
        if self.root { "" } else { "sudo " }
    }

    /// `linux-amd64`, as Prometheus names its archives, or why this machine is not supported.
    pub(crate) fn platform(&self) -> Result<&'static str, String> {
        let wsl1 = self.kernel.contains("Microsoft") && !self.kernel.contains("WSL2");
        if wsl1 {
            return Err("this is WSL 1, which runs no containers".to_owned());
        }
        match (self.os.as_str(), self.arch.as_str()) {
            ("linux", "x86_64") => Ok("linux-amd64"),
            ("linux", "aarch64") => Ok("linux-arm64"),
            (os, arch) => Err(format!("this is {os} on {arch}")),
        }
    }
}

fn is_executable(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_os_release(text: &str) -> Host {
        Host { os_release: text.to_owned(), ..Host::current() }
    }

    #[test]
    fn family_is_read_from_id_and_id_like() {
        assert_eq!(with_os_release("NAME=x\nID=debian\n").family(), Family::Debian);
        assert_eq!(with_os_release("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n").family(), Family::Debian);
        assert_eq!(with_os_release("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"").family(), Family::Fedora);
        assert_eq!(with_os_release("").family(), Family::Other);
        assert!(with_os_release("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n").is_ubuntu());
        assert!(!with_os_release("ID=debian\n").is_ubuntu());
    }

    #[test]
    fn wsl_2_is_supported_and_wsl_1_is_not() {
        let with_kernel = |kernel: &str| {
            let kernel = kernel.to_owned();
            Host { kernel, os: "linux".into(), arch: "x86_64".into(), ..Host::current() }.platform()
        };
        assert_eq!(with_kernel("5.15.167.4-microsoft-standard-WSL2"), Ok("linux-amd64"));
        assert!(with_kernel("4.4.0-19041-Microsoft").is_err());
    }

    #[test]
    fn other_systems_are_named() {
        let host = Host { os: "macos".into(), arch: "aarch64".into(), ..Host::current() };
        assert_eq!(host.platform(), Err("this is macos on aarch64".to_owned()));
    }

    #[test]
    fn an_override_hides_a_variable_and_relative_folders_are_not_searched() {
        let host = Host::current().with_var("PATH", ".:/nowhere");
        assert_eq!(host.find("sh"), None);
        assert_eq!(host.without_var("PATH").var("PATH"), None);
    }
}
