//! What pages make of a swarm: its services, and the swarm itself where a page has begun it. Found by labels, and ended.
//!
//! Only what carries our labels is touched: the shims of [`Engine::write_shims`] put them on services and, once a swarm has
//! begun, on its node. They write a note first, so that an engine is not asked for a swarm in a book that has none. What
//! a swarm starts is not kept track of from step to step.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::container::{Engine, SWARM_NOTE};
use crate::error::{Error, Result};
use crate::process;

/// How long the containers of a service that was removed may take to end. An engine kills them after 10 s.
const TASKS_END_WITHIN: Duration = Duration::from_secs(20);
/// How long to wait between two looks at them.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// The swarm as far as it carries a label.
#[derive(Debug)]
pub(crate) struct Swarm<'a> {
    engine: &'a Engine,
    note: PathBuf,
    label: (&'a str, &'a str),
}

impl<'a> Swarm<'a> {
    /// What carries a label with a value; `state` is the state folder.
    pub(crate) fn of(engine: &'a Engine, state: &Path, label: (&'a str, &'a str)) -> Swarm<'a> {
        Swarm { engine, note: state.join(SWARM_NOTE), label }
    }

    /// The services, and the swarm if it is ours, in words.
    ///
    /// # Errors
    ///
    /// The engine does not answer.
    pub(crate) fn live(&self) -> Result<Vec<String>> {
        let services = self.services()?.into_iter().map(|(_, name)| format!("service `{name}`"));
        Ok(services.chain(self.is_ours()?.then(|| "swarm".to_owned())).collect())
    }

    /// Removes the services, waits for the end of their containers, and leaves the swarm if it is ours. Returns what was
    /// ended, in words.
    ///
    /// # Errors
    ///
    /// The engine does not answer, or does not remove something.
    pub(crate) fn end(&self) -> Result<Vec<String>> {
        let mut ended = Vec::new();
        for (id, name) in self.services()? {
            self.succeed(&["service", "rm", &id])?;
            self.wait_for_tasks(&id)?;
            ended.push(format!("service `{name}`"));
        }
        if self.is_ours()? {
            self.succeed(&["swarm", "leave", "--force"])?;
            // It came with the swarm. Where something else uses it, it stays.
            self.engine.call(&["network", "rm", "docker_gwbridge"])?;
            // Without a swarm there is nothing that another session could find.
            let _ = std::fs::remove_file(&self.note);
            ended.push("swarm".to_owned());
        }
        Ok(ended)
    }

    /// The ids and names of the services. An engine that is in no swarm, or does not lead one, has none.
    fn services(&self) -> Result<Vec<(String, String)>> {
        if !self.note.exists() {
            return Ok(Vec::new());
        }
        let filter = format!("label={}={}", self.label.0, self.label.1);
        let found =
            self.engine.call(&["service", "ls", "--filter", &filter, "--format", "{{.ID}} {{.Name}}"])?;
        let lines = if found.success() { found.stdout } else { String::new() };
        Ok(lines
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(id, name)| (id.to_owned(), name.to_owned()))
            .collect())
    }

    fn is_ours(&self) -> Result<bool> {
        if !self.note.exists() {
            return Ok(false);
        }
        let format = format!("{{{{index .Spec.Labels \"{}\"}}}}", self.label.0);
        let found = self.engine.call(&["node", "inspect", "self", "--format", &format])?;
        Ok(found.success() && found.stdout.trim() == self.label.1)
    }

    /// An image cannot be removed as long as one of them runs.
    fn wait_for_tasks(&self, service: &str) -> Result<()> {
        let label = format!("com.docker.swarm.service.id={service}");
        let end = Instant::now() + TASKS_END_WITHIN;
        while !self.engine.labelled_containers(&label)?.is_empty() {
            if Instant::now() >= end || process::interrupts() >= 2 {
                return Ok(());
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        Ok(())
    }

    fn succeed(&self, words: &[&str]) -> Result<()> {
        let finished = self.engine.call(words)?;
        match finished.success() {
            true => Ok(()),
            false => Err(Error::new(finished.last_lines(3))),
        }
    }
}
