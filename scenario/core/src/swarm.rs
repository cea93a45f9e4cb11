//! What pages make of a swarm: its services and networks, and the swarm itself where a page has begun it. Found by labels, and
//! ended.
//!
//! Only what carries our labels is touched: the shims of [`Engine::write_shims`] put them on services, on networks and, once a
//! swarm has begun, on its node. They write a note first, so that an engine is not asked for a swarm in a book that has none.
//! What a swarm starts is not kept track of from step to step.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::container::{Engine, STATE_LABEL, SWARM_NOTE, comes_true};
use crate::error::{Error, Result};
use crate::process;

/// How long the containers of a service that was removed, and then its networks, may take to end. An engine kills containers
/// after 10 s, and on a busy machine is slow to say so.
const TASKS_END_WITHIN: Duration = Duration::from_secs(60);
/// How long the swarm's own endpoint in its bridge may take to end.
const BRIDGE_ENDS_WITHIN: Duration = Duration::from_secs(3);

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

    /// The services and networks, and the swarm if it is ours, in words.
    ///
    /// # Errors
    ///
    /// The engine does not answer.
    pub(crate) fn live(&self) -> Result<Vec<String>> {
        let services = self.services()?.into_iter().map(|(_, name)| format!("service `{name}`"));
        let networks = self.networks()?.into_iter().map(|(_, name)| format!("network `{name}`"));
        Ok(services.chain(networks).chain(self.is_ours()?.then(|| "swarm".to_owned())).collect())
    }

    /// Removes the services, waits for the end of their containers, leaves the swarm if it is ours, and removes the networks.
    /// Returns what was ended, in words.
    ///
    /// # Errors
    ///
    /// The engine does not answer, or does not remove something.
    pub(crate) fn end(&self) -> Result<Vec<String>> {
        let mut ended = Vec::new();
        for (id, name) in self.services()? {
            self.succeed(&["service", "rm", &id])?;
            self.wait_for_tasks(&id, &name)?;
            ended.push(format!("service `{name}`"));
        }
        let networks = self.networks()?;
        let is_ours = self.is_ours()?;
        if is_ours {
            self.succeed(&["swarm", "leave", "--force"])?;
            self.remove_bridge()?;
            ended.push("swarm".to_owned());
        }
        self.remove_networks()?;
        ended.extend(networks.into_iter().map(|(_, name)| format!("network `{name}`")));
        // Then there is nothing left that another session could find.
        if is_ours || self.label.0 == STATE_LABEL {
            let _ = std::fs::remove_file(&self.note);
        }
        Ok(ended)
    }

    /// The ids and names of the services. An engine that is in no swarm, or does not lead one, has none.
    fn services(&self) -> Result<Vec<(String, String)>> {
        self.labelled("service")
    }

    /// The ids and names of the networks: first those that are made by a configuration of ours, which keep that in use.
    fn networks(&self) -> Result<Vec<(String, String)>> {
        let labelled = self.labelled("network")?;
        if labelled.is_empty() {
            return Ok(labelled);
        }
        let all = self.engine.call(&["network", "ls", "-q", "--filter", "scope=swarm"])?;
        let mut words = vec!["network", "inspect", "--format", "{{.ConfigFrom.Network}} {{.ID}} {{.Name}}"];
        words.extend(all.stdout.lines());
        let inspected = self.engine.call(&words)?;
        let made = inspected.stdout.lines().filter_map(|line| {
            let (from, network) = line.split_once(' ')?;
            let (id, name) = network.split_once(' ')?;
            let is_ours = labelled.iter().any(|(_, name)| name == from);
            is_ours.then(|| (id.to_owned(), name.to_owned()))
        });
        Ok(made.chain(labelled.iter().cloned()).collect())
    }

    /// What of a kind has the label: ids and names.
    fn labelled(&self, kind: &str) -> Result<Vec<(String, String)>> {
        if !self.note.exists() {
            return Ok(Vec::new());
        }
        let filter = format!("label={}={}", self.label.0, self.label.1);
        let found = self.engine.call(&[kind, "ls", "--filter", &filter, "--format", "{{.ID}} {{.Name}}"])?;
        let lines = if found.success() { found.stdout } else { String::new() };
        let pairs = lines.lines().filter_map(|line| line.split_once(' '));
        Ok(pairs.map(|(id, name)| (id.to_owned(), name.to_owned())).collect())
    }

    fn is_ours(&self) -> Result<bool> {
        if !self.note.exists() {
            return Ok(false);
        }
        let format = format!("{{{{index .Spec.Labels \"{}\"}}}}", self.label.0);
        let found = self.engine.call(&["node", "inspect", "self", "--format", &format])?;
        Ok(found.success() && found.stdout.trim() == self.label.1)
    }

    /// An image cannot be removed as long as one of the containers runs.
    fn wait_for_tasks(&self, id: &str, name: &str) -> Result<()> {
        let label = format!("com.docker.swarm.service.id={id}");
        let have_ended = comes_true(TASKS_END_WITHIN, || {
            Ok(!self.has_tasks(name)? && self.engine.labelled_containers(&label)?.is_empty())
        })?;
        if have_ended || process::interrupts() >= 2 {
            return Ok(());
        }
        let seconds = TASKS_END_WITHIN.as_secs();
        let message = format!("the containers of service `{name}` have not ended within {seconds} s");
        Err(Error::new(message).with_help("the engine ends them when it can; run the same command again"))
    }

    /// Whether the node knows of tasks: one may still make its container. Their names are `SERVICE.SLOT.ID`.
    fn has_tasks(&self, service: &str) -> Result<bool> {
        let name = format!("name={service}.");
        let found = self.engine.call(&["node", "ps", "-q", "--filter", &name, "self"])?;
        Ok(found.success() && !found.stdout.trim().is_empty())
    }

    /// Removes the network that came with the swarm. What the swarm has had there ends a moment after the swarm; where something
    /// else uses it, it stays.
    fn remove_bridge(&self) -> Result<()> {
        let is_free = || {
            let removed = self.engine.call(&["network", "rm", "docker_gwbridge"])?;
            Ok(!removed.stderr.contains("active endpoints"))
        };
        comes_true(BRIDGE_ENDS_WITHIN, is_free).map(drop)
    }

    /// A network is in use as long as a task has not ended, and the configuration of a network as long as that is there.
    fn remove_networks(&self) -> Result<()> {
        let mut refused = String::new();
        let are_gone = comes_true(TASKS_END_WITHIN, || {
            let mut all = true;
            for (id, _) in self.networks()? {
                let removed = self.engine.call(&["network", "rm", &id])?;
                if !removed.success() {
                    all = false;
                    refused = removed.last_lines(3);
                }
            }
            Ok(all)
        })?;
        if are_gone { Ok(()) } else { Err(Error::new(refused)) }
    }

    fn succeed(&self, words: &[&str]) -> Result<()> {
        let finished = self.engine.call(words)?;
        match finished.success() {
            true => Ok(()),
            false => Err(Error::new(finished.last_lines(3))),
        }
    }
}
