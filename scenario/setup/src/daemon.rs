//! Installs docker and starts its daemon, as root and with consent.
//!
//! A `dockerd` that we start is left running: like an installed package it belongs to the machine, not to
//! a tutorial's world, so `down` does not end it.

use std::path::Path;
use std::time::{Duration, Instant};

use scenario_core::error::{Error, Result};
use scenario_core::process::{last_lines, pause, started_at};

use crate::apt::Apt;
use crate::ask::explain;
use crate::engine::daemon_answers;
use crate::finding::OnProgress;
use crate::host::Host;
use crate::place::Place;

const START_TIME_MAX: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(200);
/// Starts `$0` with its output in `$1` and prints its process id. As the shell's child in the background it
/// leads no group, so `setsid` need not fork, and the id is the daemon's own.
const DETACH: &str = r#"if command -v setsid >/dev/null; then
  setsid "$0" >>"$1" 2>&1 &
else
  "$0" >>"$1" 2>&1 &
fi
echo $!"#;

/// Makes sure that docker's daemon is installed and answers.
pub(crate) fn provide(host: &Host, place: &Place, progress: OnProgress<'_>) -> Result<()> {
    if host.find_daemon("dockerd").is_none() {
        let apt = Apt::of(host, place).ok_or_else(|| Error::new("no `apt-get` to install docker.io with"))?;
        apt.install(&["docker.io"], progress)?;
    }
    if daemon_answers(host)?.is_ok() {
        return Ok(());
    }
    if host.systemd { start_service(host, progress) } else { start_daemon(host, place, progress) }
}

fn start_service(host: &Host, progress: OnProgress<'_>) -> Result<()> {
    progress("systemctl start docker");
    let systemctl = host.find("systemctl").ok_or_else(|| Error::new("no `systemctl` on PATH"))?;
    let finished = host.command(&systemctl, ["start", "docker"]).deadline(Duration::from_secs(90)).run()?;
    if !finished.success() {
        return Err(Error::new(format!("`systemctl start docker`: {}", explain(&finished)))
            .with_help("`journalctl -u docker` shows the daemon's messages"));
    }
    wait(host, || None)
}

/// Starts `dockerd` in a session of its own, so that neither Ctrl-C nor a closed terminal reaches it.
fn start_daemon(host: &Host, place: &Place, progress: OnProgress<'_>) -> Result<()> {
    let dockerd = host
        .find_daemon("dockerd")
        .ok_or_else(|| Error::new("no `dockerd`, though docker.io is installed"))?;
    let log = place.file("dockerd.log")?;
    progress(&format!("start dockerd (its log: `{}`)", log.display()));
    let shell = host.find("sh").ok_or_else(|| Error::new("no `sh` on PATH"))?;
    let args = [Path::new("-c"), Path::new(DETACH), &dockerd, &log];
    let command = host.command(&shell, args).env("PATH", Some(host.path_with_system_folders()));
    let started = command.dir(Path::new("/")).run()?;
    let pid: i32 = (started.stdout.trim().parse())
        .map_err(|_| Error::new(format!("failed to start dockerd: {}", explain(&started))))?;
    wait(host, || {
        let tail = last_lines(&std::fs::read_to_string(&log).unwrap_or_default(), 5);
        // Another daemon, which the package has started, is about to answer.
        let other = tail.contains("pid file found") || tail.contains("is still running");
        let gone = started_at(pid).is_none() && !other;
        gone.then(|| Error::new(format!("`dockerd` ended while it started:\n{tail}")))
    })
    .map_err(|error| {
        if error.is_interrupted() {
            return error;
        }
        error.with_help(format!("`{}` has the daemon's messages", log.display()))
    })
}

/// Waits until the daemon answers, or `failed` says why it never will.
fn wait(host: &Host, failed: impl Fn() -> Option<Error>) -> Result<()> {
    let end = Instant::now() + START_TIME_MAX;
    loop {
        let Err(last) = daemon_answers(host)? else { return Ok(()) };
        if let Some(error) = failed() {
            return Err(error);
        }
        if Instant::now() > end {
            let seconds = START_TIME_MAX.as_secs();
            return Err(Error::new(format!("dockerd did not answer within {seconds} s: {last}")));
        }
        pause(POLL)?;
    }
}
