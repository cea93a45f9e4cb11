//! The container engine by its command line: what there is, what it prints, and its removal.
//!
//! The book's own commands start containers; this module only inspects and removes them. Everything that a run starts has
//! our labels. A shim that precedes the engine on PATH adds them, so that the text of a command stays as on the page.

use std::ffi::OsString;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::disk;
use crate::error::{Error, PathContext, Result};
use crate::parse::SWARM_NETWORK;
use crate::process::{self, Command, Finished};

/// The label for the owner: the path of a workspace.
pub const OWNER_LABEL: &str = "scenario.owner";
/// The label for the record by which something can be found and ended: the path of a state folder. Another
/// user, or a run with a state folder of its own, leaves it alone.
pub const STATE_LABEL: &str = "scenario.state";
/// The label that says which run started a container.
pub const SESSION_LABEL: &str = "scenario.session";
/// The label that says which client asked for a container: the session and the client's pid.
pub const CREATION_LABEL: &str = "scenario.creation";

/// How long a removal that somebody else has begun may take.
const REMOVED_WITHIN: Duration = Duration::from_secs(60);
/// How long to wait before an engine is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(100);

/// The name of the note in the state folder by which a command says that it has to do with a swarm.
pub(crate) const SWARM_NOTE: &str = "swarm";

/// The template by which engines are asked for the owner's label. Containers without any label have no map of labels.
const LABEL_OF_OWNER: &str = "{{with .Config.Labels}}{{index . \"scenario.owner\"}}{{end}}";

/// A container engine: docker, or podman under its own name.
#[derive(Debug, Clone)]
pub struct Engine {
    program: PathBuf,
    env: Vec<(OsString, Option<OsString>)>,
}

/// A container as the engine has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Whether its process runs.
    pub running: bool,
    /// The exit status of a container that does not run.
    pub exit_status: i32,
    /// The workspace that owns it; empty without our label.
    pub owner: String,
    /// The id of the image it was started from.
    pub image: String,
    /// Its main process on this machine; 0 where none runs.
    pub pid: i32,
}

impl Engine {
    /// The engine behind a program.
    pub fn new(program: &Path, env: Vec<(OsString, Option<OsString>)>) -> Engine {
        Engine { program: program.to_owned(), env }
    }

    /// The program.
    pub fn program(&self) -> &Path {
        &self.program
    }

    pub(crate) fn call(&self, words: &[&str]) -> Result<Finished> {
        let argv =
            std::iter::once(self.program.clone().into_os_string()).chain(words.iter().map(OsString::from));
        Command::new(argv).envs(&self.env).deadline(Duration::from_secs(60)).run()
    }

    fn lines(&self, words: &[&str]) -> Result<Vec<String>> {
        let finished = self.call(words)?;
        if !finished.success() {
            let asked = words.join(" ");
            return Err(Error::new(format!(
                "`{} {asked}` failed: {}",
                self.program.display(),
                finished.last_lines(3)
            )));
        }
        Ok(finished.stdout.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
    }

    /// The container with a name, or `None`.
    pub fn container(&self, name: &str) -> Result<Option<Container>> {
        let format = format!(
            "{{{{.State.Running}}}}|{{{{.State.ExitCode}}}}|{{{{.Image}}}}|{{{{.State.Pid}}}}|{LABEL_OF_OWNER}"
        );
        let finished = self.call(&["inspect", "--type=container", "--format", &format, name])?;
        if !finished.success() {
            let absent = finished.stderr.to_lowercase().contains("no such");
            return if absent { Ok(None) } else { Err(Error::new(finished.last_lines(3))) };
        }
        let fields: Vec<&str> = finished.stdout.trim().splitn(5, '|').collect();
        let [running, status, image, pid, owner] = fields[..] else {
            return Err(Error::new(format!(
                "unexpected output of `{} inspect` for container `{name}`",
                self.program.display()
            )));
        };
        Ok(Some(Container {
            running: running == "true",
            exit_status: status.parse().unwrap_or(-1),
            owner: owner.trim_start_matches("<no value>").to_owned(),
            image: bare_id(image),
            pid: pid.parse().unwrap_or(0),
        }))
    }

    /// When a container was started, if its engine reports that in a known format.
    pub fn started_at(&self, name: &str) -> Option<jiff::Timestamp> {
        let words = ["inspect", "--type=container", "--format", "{{json .State.StartedAt}}", name];
        let finished = self.call(&words).ok().filter(Finished::success)?;
        finished.stdout.trim().trim_matches('"').parse().ok()
    }

    /// The id and the owner of the image with a name, or `None`.
    pub fn image(&self, tag: &str) -> Result<Option<(String, String)>> {
        let format = format!("{{{{.Id}}}}|{LABEL_OF_OWNER}");
        let finished = self.call(&["image", "inspect", "--format", &format, tag])?;
        let found = finished.stdout.trim().split_once('|');
        Ok(found.map(|(id, owner)| (bare_id(id), owner.trim_start_matches("<no value>").to_owned())))
    }

    /// Starts a container that has ended.
    ///
    /// # Errors
    ///
    /// The engine refuses.
    pub fn start(&self, name: &str) -> Result<()> {
        self.lines(&["start", name]).map(drop)
    }

    /// The last lines that a container has printed.
    pub fn logs(&self, name: &str) -> String {
        match self.call(&["logs", "--tail", "20", name]) {
            Ok(finished) => format!("{}{}", finished.stdout, finished.stderr).trim().to_owned(),
            Err(error) => error.to_string(),
        }
    }

    /// Removes a container, running or not. One that does not exist is fine, and one that somebody else is removing is
    /// waited for.
    ///
    /// # Errors
    ///
    /// The engine refuses, or the container is still being removed after 60 s or at a second signal.
    pub fn remove(&self, name: &str) -> Result<()> {
        let mut refused = String::new();
        let is_gone = comes_true(REMOVED_WITHIN, || {
            let finished = self.call(&["rm", "-f", name])?;
            let says = |words: &str| finished.stderr.to_lowercase().contains(words);
            refused = finished.last_lines(3);
            if finished.success() || says("no such") {
                Ok(true)
            } else if says("already in progress") {
                Ok(false)
            } else {
                Err(Error::new(refused.clone()))
            }
        })?;
        if is_gone { Ok(()) } else { Err(Error::new(refused)) }
    }

    /// Containers with a label (`name` or `name=value`): their ids and names.
    pub fn labelled_containers(&self, label: &str) -> Result<Vec<(String, String)>> {
        let filter = format!("label={label}");
        let lines = self.lines(&["ps", "-a", "--filter", &filter, "--format", "{{.ID}} {{.Names}}"])?;
        Ok(lines
            .iter()
            .filter_map(|line| line.split_once(' '))
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .collect())
    }

    /// Removes all containers with a label; returns their names.
    pub fn remove_labelled_containers(&self, label: &str) -> Result<Vec<String>> {
        let found = self.labelled_containers(label)?;
        for (id, _) in &found {
            self.remove(id)?;
        }
        Ok(found.into_iter().map(|(_, name)| name).collect())
    }

    /// Removes all images with a label; returns how many.
    pub fn remove_labelled_images(&self, label: &str) -> Result<usize> {
        let filter = format!("label={label}");
        let mut ids = self.lines(&["images", "-a", "-q", "--filter", &filter])?;
        ids.sort();
        ids.dedup();
        let mut removed = 0;
        for id in &ids {
            // An image that another one is based on is removed with it.
            removed += usize::from(self.call(&["rmi", "-f", id])?.success());
        }
        Ok(removed)
    }

    /// Removes images with a label that have lost their name to a newer one.
    pub fn prune(&self, label: &str) -> Result<()> {
        let filter = format!("label={label}");
        self.call(&["image", "prune", "-f", "--filter", &filter]).map(drop)
    }

    /// Writes programs named `docker` and `podman` into `folder` that add our labels to what they start.
    ///
    /// An image does not get the session's label: that would make each build a new image. With `creations`, each
    /// container that is asked for is written down in that folder.
    pub fn write_shims(&self, folder: &Path, labels: &Labels<'_>, creations: Option<&Path>) -> Result<()> {
        std::fs::create_dir_all(folder).on_path("create", folder)?;
        let program = shell_words::quote(&self.program.to_string_lossy()).into_owned();
        let label =
            |name: &str, value: &str| format!("--label {}", shell_words::quote(&format!("{name}={value}")));
        let owner = [label(OWNER_LABEL, labels.owner), label(STATE_LABEL, labels.state)].join(" ");
        let mut session = label(SESSION_LABEL, labels.session);
        let mut note = String::new();
        if let Some(creations) = creations {
            std::fs::create_dir_all(creations).on_path("create", creations)?;
            let creations = shell_words::quote(&creations.to_string_lossy()).into_owned();
            let _ = write!(session, " {}\".$$\"", label(CREATION_LABEL, labels.session));
            // The client of a run that has ended has no folder to write to.
            note = format!(
                "id={creations}/$$; if true 2>/dev/null >\"$id\"; then rm -f \"$id.id\"; set -- --cidfile \"$id.id\" \"$@\"; fi; "
            );
        }
        let swarm = swarm_words(&program, labels);
        let text = format!(
            "#!/bin/sh\n\
             # Written by the runner: labels what a command of the book starts, so that it can be found again.\n\
             {swarm}\
             case \"$1\" in container|image|buildx) group=$1; shift ;; *) group= ;; esac\n\
             case \"$1\" in\n\
             run|create) word=$1; shift; {note}exec {program} $group \"$word\" {owner} {session} \"$@\" ;;\n\
             build) shift; exec {program} $group build {owner} \"$@\" ;;\n\
             esac\n\
             exec {program} $group \"$@\"\n"
        );
        for name in ["docker", "podman"] {
            let path = folder.join(name);
            disk::replace_program(&path, text.as_bytes()).on_path("write", &path)?;
        }
        Ok(())
    }
}

/// What the labels of the things that a run starts say.
#[derive(Debug, Clone, Copy)]
pub struct Labels<'a> {
    /// For [`OWNER_LABEL`]: the workspace.
    pub owner: &'a str,
    /// For [`STATE_LABEL`]: the state folder.
    pub state: &'a str,
    /// For [`SESSION_LABEL`]: the run.
    pub session: &'a str,
}

/// The lines of a shim that label services, networks of a swarm, and the swarm itself. `swarm init` takes no labels, so its
/// node is labelled afterwards; until that is done, interrupts are deferred. Other networks may be meant for a later step,
/// and are not labelled. A network with `--config-from` cannot have labels and is found by its configuration.
fn swarm_words(program: &str, labels: &Labels<'_>) -> String {
    let all = [(OWNER_LABEL, labels.owner), (STATE_LABEL, labels.state), (SESSION_LABEL, labels.session)];
    let each = |flag: &str| {
        let words = all.iter().map(|(name, value)| {
            let pair = format!("{name}={value}");
            format!("{flag} {}", shell_words::quote(&pair))
        });
        words.collect::<Vec<_>>().join(" ")
    };
    let note = Path::new(labels.state).join(SWARM_NOTE);
    let note = shell_words::quote(&note.to_string_lossy()).into_owned();
    let of_swarm = SWARM_NETWORK.map(|words| format!("*' {words} '*")).join("|");
    format!(
        "case \"$1 $2\" in\n\
         \"service create\") : 2>/dev/null >{note}; shift 2; exec {program} service create {labels} \"$@\" ;;\n\
         \"network create\") case \" $* \" in *' --config-from'*) ;; {of_swarm})\n\
         : 2>/dev/null >{note}; shift 2; exec {program} network create {labels} \"$@\" ;; esac ;;\n\
         \"swarm init\") : 2>/dev/null >{note}; trap '' HUP INT TERM; {program} \"$@\" || exit\n\
         {program} node update {} \"$({program} info --format '{{{{.Swarm.NodeID}}}}')\" >/dev/null; exit ;;\n\
         esac\n",
        each("--label-add"),
        labels = each("--label"),
    )
}

/// Asks an engine again until something is so: whether it came true in time. A second signal ends the wait.
pub(crate) fn comes_true(within: Duration, mut is_so: impl FnMut() -> Result<bool>) -> Result<bool> {
    let end = Instant::now() + within;
    while !is_so()? {
        if Instant::now() >= end || process::interrupts() >= 2 {
            return Ok(false);
        }
        std::thread::sleep(ASK_AGAIN);
    }
    Ok(true)
}

/// docker prefixes ids with their algorithm, podman does not.
fn bare_id(id: &str) -> String {
    id.trim().trim_start_matches("sha256:").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An engine that answers each call by the next of some shell commands. Bash reads the script: a program that was just
    /// written could not be executed while a test beside this one forks.
    fn scripted_engine(folder: &Path, answers: &[&str]) -> Engine {
        let script = folder.join("script");
        let cases: String =
            answers.iter().enumerate().map(|(n, answer)| format!("{}) {answer} ;;\n", n + 1)).collect();
        let calls = folder.join("calls");
        let text =
            format!("echo >>'{0}'\ncase $(wc -l <'{0}') in\n{cases}*) exit 99 ;;\nesac\n", calls.display());
        std::fs::write(&script, text).unwrap();
        Engine::new(Path::new("bash"), vec![("BASH_ENV".into(), Some(script.into()))])
    }

    #[test]
    fn a_scripted_engine_that_is_removing_a_container_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let busy =
            "echo 'Error response from daemon: removal of container 3a is already in progress' >&2; exit 1";
        let gone = "echo 'Error: No such container: app' >&2; exit 1";
        scripted_engine(dir.path(), &[busy, busy, gone]).remove("app").unwrap();
    }

    #[test]
    fn what_else_a_scripted_engine_says_about_a_removal_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let engine = scripted_engine(dir.path(), &["echo 'permission denied' >&2; exit 1"]);
        assert_eq!(engine.remove("app").unwrap_err().to_string(), "permission denied");
    }
}
