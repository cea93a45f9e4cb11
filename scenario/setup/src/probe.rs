//! The run probe: builds and runs a tiny image once, because `docker info` succeeds on engines that cannot run a
//! container.
//!
//! A success is kept in the tools folder until the engine or its daemon changes. A failure is not kept, so that an
//! engine that was repaired is found at once. Whatever the probe makes is labelled `scenario=probe`.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use scenario_core::error::{PathContext, Result};
use scenario_core::process::{Command, started_at};

use crate::ask::ask;
use crate::client::{InstalledEngine, engine_env};
use crate::elf;
use crate::host::Host;
use crate::place::Place;

const BUILD_TIME_MAX: Duration = Duration::from_secs(60);
const RUN_TIME_MAX: Duration = Duration::from_secs(60);
const CLEAN_TIME_MAX: Duration = Duration::from_secs(30);
const IMAGE: &str = "scenario-probe";
const DOCKERFILE: &str = "FROM scratch\nLABEL scenario=probe\nCOPY probe /probe\nENTRYPOINT [\"/probe\"]\n";

/// Whether `engine` runs containers; if not, its own last lines.
pub(crate) fn verdict(
    host: &Host,
    place: &Place,
    engine: &InstalledEngine,
    key: &str,
) -> Result<std::result::Result<(), String>> {
    let file = place.tools.join("engine-verdict");
    let key = format!("{key} {}\n", engine.program.display());
    if std::fs::read_to_string(&file).is_ok_and(|known| known == key) {
        return Ok(Ok(()));
    }
    let outcome = run_probe(host, place, engine)?;
    if outcome.is_ok() {
        std::fs::write(&file, key).on_path("write", &file)?;
    }
    Ok(outcome)
}

fn run_probe(
    host: &Host,
    place: &Place,
    engine: &InstalledEngine,
) -> Result<std::result::Result<(), String>> {
    let Some(program) = elf::exit_zero(&host.arch) else {
        return Ok(Err(format!("no probe for the processor `{}`", host.arch)));
    };
    let folder = place.scratch("probe")?;
    write(&folder.path().join("Dockerfile"), DOCKERFILE.as_bytes())?;
    write(&folder.path().join("probe"), &program)?;
    let env = engine_env(engine);
    let call = |args: &[&str]| host.command(&engine.program, args).envs(&env).dir(folder.path());

    remove_left_behind(&call)?;
    let pid = std::process::id();
    let (image, name) = (format!("{IMAGE}:{pid}"), format!("{IMAGE}-{pid}"));
    let build = ["build", "--label", "scenario=probe", "-t", &image, "."];
    // `--pull=never`: an image that a builder put elsewhere must not be looked for in a registry.
    let run =
        ["run", "--rm", "--pull=never", "--net=host", "--label", "scenario=probe", "--name", &name, &image];
    let name_of = engine.kind.name();
    let mut outcome =
        ask(&call(&build).deadline(BUILD_TIME_MAX)).map(|built| failure(built, name_of, "build"));
    if let Ok(Ok(())) = outcome {
        outcome = ask(&call(&run).deadline(RUN_TIME_MAX)).map(|ran| failure(ran, name_of, "run"));
    }
    clean(&call(&["rm", "-f", &name]));
    clean(&call(&["rmi", "-f", &image]));
    outcome
}

/// Names the command in what it failed with.
fn failure(
    answer: std::result::Result<String, String>,
    engine: &str,
    verb: &str,
) -> std::result::Result<(), String> {
    answer.map(drop).map_err(|why| format!("`{engine} {verb}`: {why}"))
}

/// Runs `command` to its end even after an interruption: it removes what the probe has made.
fn clean(command: &Command) {
    let Ok(mut child) = command.start(Path::new("/dev/null")) else { return };
    let end = Instant::now() + CLEAN_TIME_MAX;
    while child.try_wait().is_none() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Removes images of probes that were interrupted. An image's tag is the process that made it, and that of
/// a living process is left alone: it may be at work in another checkout.
fn remove_left_behind(call: &dyn Fn(&[&str]) -> Command) -> Result<()> {
    let images = ["images", "--filter", "label=scenario=probe", "--format", "{{.Repository}}:{{.Tag}}"];
    let listed = ask(&call(&images).deadline(CLEAN_TIME_MAX))?.unwrap_or_default();
    for image in listed.lines() {
        let pid =
            image.rsplit_once(':').and_then(|(name, pid)| name.ends_with(IMAGE).then(|| pid.parse().ok())?);
        if pid.is_some_and(|pid| started_at(pid).is_none()) {
            clean(&call(&["rmi", "-f", image]));
        }
    }
    // A build that was interrupted may have left an image without a name.
    clean(&call(&["image", "prune", "-f", "--filter", "label=scenario=probe"]));
    Ok(())
}

fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    let written = std::fs::write(file, bytes)
        .and_then(|()| std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)));
    written.on_path("write", file)
}
