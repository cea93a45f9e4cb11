//! Packages of Debian and Ubuntu: install them as root, or only fetch them into the tools folder.
//!
//! The package lists are brought up to date when there are none, and once more when a package cannot be
//! had with the lists there are. Integrity is apt's: it checks every package against its signed index.

use std::cell::Cell;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use scenario_core::error::{Error, PathContext, Result};
use scenario_core::process::Finished;

use crate::ask::explain;
use crate::finding::OnProgress;
use crate::host::{Family, Host};
use crate::place::Place;

const UPDATE_TIME_MAX: Duration = Duration::from_secs(180);
const INSTALL_TIME_MAX: Duration = Duration::from_secs(900);
const UNPACK_TIME_MAX: Duration = Duration::from_secs(120);

/// For a mirror that does not answer apt would wait two minutes per try.
const TIME_LIMITS: [&str; 6] =
    ["-o", "Acquire::http::Timeout=15", "-o", "Acquire::https::Timeout=15", "-o", "DPkg::Lock::Timeout=60"];

/// The machine's apt.
pub(crate) struct Apt<'a> {
    host: &'a Host,
    apt_get: PathBuf,
    /// Where package lists are kept for a user who may not write the system's.
    private: PathBuf,
    updated: Cell<bool>,
}

impl<'a> Apt<'a> {
    /// The machine's apt, where its distribution has one.
    pub(crate) fn of(host: &'a Host, place: &Place) -> Option<Apt<'a>> {
        let apt_get = host.find("apt-get").filter(|_| host.family() == Family::Debian)?;
        Some(Apt { host, apt_get, private: place.tools.join("apt"), updated: Cell::new(false) })
    }

    /// Whether packages can be installed here without asking anybody for a password.
    pub(crate) fn can_install(host: &Host) -> bool {
        host.root && host.family() == Family::Debian && host.find("apt-get").is_some()
    }

    /// Installs packages into the system.
    pub(crate) fn install(&self, packages: &[&str], progress: OnProgress<'_>) -> Result<()> {
        let names = packages.join(" ");
        if !self.has_lists() && !self.updated.get() {
            self.update(progress)?;
        }
        progress(&format!("apt-get install {names}"));
        let mut finished = self.run_install(packages)?;
        if !finished.success() && !self.updated.get() {
            self.update(progress)?;
            finished = self.run_install(packages)?;
        }
        if finished.success() {
            return Ok(());
        }
        Err(Error::new(format!("failed to install `{names}` with apt-get: {}", explain(&finished))))
    }

    /// Fetches packages into `folder` without installing them. Needs no root.
    pub(crate) fn download(&self, packages: &[&str], folder: &Path, progress: OnProgress<'_>) -> Result<()> {
        if !self.has_lists() && !self.updated.get() {
            self.update(progress)?;
        }
        progress(&format!("apt-get download {}", packages.join(" ")));
        let mut finished = self.run_download(packages, folder)?;
        if !finished.success() && !self.updated.get() {
            self.update(progress)?;
            finished = self.run_download(packages, folder)?;
        }
        if finished.success() { Ok(()) } else { Err(Error::new(explain(&finished))) }
    }

    /// Unpacks every package in `folder` into `root`, and removes the packages.
    pub(crate) fn unpack(&self, folder: &Path, root: &Path) -> Result<()> {
        let dpkg = self.host.find("dpkg").ok_or_else(|| Error::new("no `dpkg` on PATH"))?;
        let entries = std::fs::read_dir(folder).on_path("read", folder)?;
        for deb in
            entries.flatten().map(|entry| entry.path()).filter(|p| p.extension() == Some("deb".as_ref()))
        {
            let args = ["-x".into(), deb.clone().into_os_string(), root.into()];
            let finished = self.host.command(&dpkg, args).deadline(UNPACK_TIME_MAX).run()?;
            if !finished.success() {
                return Err(Error::new(format!("`dpkg -x {}`: {}", deb.display(), explain(&finished))));
            }
            std::fs::remove_file(&deb).on_path("remove", &deb)?;
        }
        Ok(())
    }

    /// Removes the private lists, which are not needed after a download.
    pub(crate) fn forget_private_lists(&self) {
        let _ = std::fs::remove_dir_all(&self.private);
    }

    fn has_lists(&self) -> bool {
        let Ok(entries) = std::fs::read_dir(&self.host.apt_lists) else { return false };
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().contains("_Packages"))
    }

    /// Brings the lists up to date. `update` fails if one of several mirrors is gone, although the lists of the
    /// others have come: so a failure is only reported, and the next command decides.
    fn update(&self, progress: OnProgress<'_>) -> Result<()> {
        progress("apt-get update (package lists, about 15 MB)");
        self.updated.set(true);
        let folders = ["state/lists/partial", "cache/archives/partial"];
        for folder in folders.iter().filter(|_| !self.host.root) {
            let folder = self.private.join(folder);
            std::fs::create_dir_all(&folder).on_path("create", &folder)?;
        }
        let args = self.args(["update"]);
        let finished = self.host.command(&self.apt_get, args).deadline(UPDATE_TIME_MAX).run()?;
        if !finished.success() {
            progress(&format!("apt-get update: {}", explain(&finished)));
        }
        Ok(())
    }

    fn run_install(&self, packages: &[&str]) -> Result<Finished> {
        let args = self.args(["-y", "--no-install-recommends", "install"].iter().chain(packages));
        let command = self.host.command(&self.apt_get, args).deadline(INSTALL_TIME_MAX);
        command.env("DEBIAN_FRONTEND", Some("noninteractive".into())).run()
    }

    fn run_download(&self, packages: &[&str], folder: &Path) -> Result<Finished> {
        let args = self.args(["download"].iter().chain(packages));
        self.host.command(&self.apt_get, args).dir(folder).deadline(INSTALL_TIME_MAX).run()
    }

    /// Arguments with time limits before them and, for a user without root who had to fetch lists, where those are.
    fn args(&self, rest: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<OsString> {
        let mut args: Vec<OsString> = vec!["-q".into()];
        args.extend(TIME_LIMITS.iter().map(OsString::from));
        if !self.host.root && self.updated.get() {
            let private = |name: &str, folder: &str| {
                let mut value = OsString::from(format!("Dir::{name}="));
                value.push(self.private.join(folder));
                value
            };
            args.extend(["-o".into(), private("State", "state"), "-o".into(), private("Cache", "cache")]);
            args.extend(["-o".into(), "Dir::State::status=/var/lib/dpkg/status".into()]);
        }
        args.extend(rest.into_iter().map(|arg| OsString::from(arg.as_ref())));
        args
    }
}
