//! What must be true before and after one command of the plan, whether the runner or a lab's terminal runs it.
//!
//! Nothing here takes a lock or records anything. The only change is that an old container of ours is removed before
//! a command starts one of the same name.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::check;
use crate::container::Engine;
use crate::error::{Error, Result};
use crate::failure::{Elsewhere, Failure, PortHolder, Reason};
use crate::files::Files;
use crate::model::{CommandLine, Effect, OutputLine, Readiness, Ready};
use crate::plan::PlannedCommand;
use crate::ports;
use crate::process::{self, Finished, OUTPUT_BYTES_MAX};
use crate::runner::places::{Named, Places};
use crate::session::Background;
use crate::shell::quoted;
use crate::source::{Sources, Span};
use crate::transcript::{self, Printed};

/// How often a readiness probe looks.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// How long to wait before a command is repeated that does not print what the page shows yet.
pub(super) const REPEAT_AFTER: Duration = Duration::from_millis(200);
/// How long a port may take to become free.
const PORT_FREE_WITHIN: Duration = Duration::from_secs(1);

/// Why an action did not come to its end.
#[derive(Debug)]
pub enum Stop {
    /// It failed: the page does not say what happens.
    Failed(Box<Failure>),
    /// The run cannot go on.
    Error(Error),
}

impl From<Box<Failure>> for Stop {
    fn from(failure: Box<Failure>) -> Stop {
        Stop::Failed(failure)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Error(error)
    }
}

/// What is to be done with a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// It is to be run.
    Run,
    /// There is nothing to do: what it would stop or remove is not there.
    DoneAlready,
}

/// What a command depends on: which containers are ours, and what may be accepted as it is.
#[derive(Debug, Clone, Copy)]
pub struct Conditions<'a> {
    /// The pages, for places in messages.
    pub sources: &'a Sources,
    /// The container engine, where there is one.
    pub engine: Option<&'a Engine>,
    /// The workspace that containers and images must belong to.
    pub owner: &'a str,
    /// The background processes that run, by name.
    pub backgrounds: &'a BTreeMap<String, Background>,
    /// Whether the book is proved. In that case nothing that exists already is accepted.
    pub proves: bool,
}

impl Conditions<'_> {
    /// Checks whether a command may start: removes an old container of its name, and looks for the holder of its port.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] if a container of the book holds the port. [`Stop::Error`] if something that does not belong
    /// to this workspace is in the way.
    pub fn before(&self, planned: &PlannedCommand) -> Result<Start, Stop> {
        match &planned.command.effect {
            Effect::Stop { names } if !self.proves && !self.any(names, true)? => {
                return Ok(Start::DoneAlready);
            }
            Effect::Remove { names } if !self.proves && !self.any(names, false)? => {
                return Ok(Start::DoneAlready);
            }
            Effect::Run { name, .. } => self.make_way(name, planned.command.span)?,
            _ => {}
        }
        self.port_is_free(planned.port, planned.command.span)?;
        Ok(Start::Run)
    }

    /// Removes our container of this name. A container that is not ours is an error.
    fn make_way(&self, name: &str, span: Span) -> Result<(), Stop> {
        let engine = self.engine()?;
        let Some(container) = engine.container(name)? else { return Ok(()) };
        if container.owner != self.owner {
            let at = self.sources.location(span);
            return Err(Error::new(format!(
                "{at}: a container named `{name}` exists already, and this workspace did not start it"
            ))
            .with_help(format!(
                "if it is not needed, remove it with `{}`, then try again",
                quoted(["docker", "rm", "-f", name])
            ))
            .into());
        }
        if !self.proves {
            engine.remove(name)?;
        }
        Ok(())
    }

    /// Whether one of these containers exists, or runs.
    fn any(&self, names: &[String], running: bool) -> Result<bool> {
        for name in names {
            if self.engine()?.container(name)?.is_some_and(|container| container.running || !running) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn port_is_free(&self, port: Option<u16>, span: Span) -> Result<(), Stop> {
        let Some(holder) = port.map(lasting_holder).transpose()?.flatten() else { return Ok(()) };
        Err(self.port_is_taken(&holder, span))
    }

    /// Reports who holds a port: something of this book fails the action, another program ends the run.
    pub(super) fn port_is_taken(&self, holder: &ports::Holder, span: Span) -> Stop {
        let port = holder.port;
        let ours = match self.container_of(holder) {
            Err(error) => return error.into(),
            Ok(Some(name)) => Some(PortHolder::Container(name)),
            Ok(None) => self.background_of(holder).map(|name| PortHolder::Background(name.to_owned())),
        };
        if let Some(holder) = ours {
            return Failure::new(Reason::PortTaken { port, holder }).into();
        }
        let at = self.sources.location(span);
        let error = Error::port_taken(port, format!("{at}: port {port} is taken by {holder}"));
        error.with_help("stop that program, then try again").into()
    }

    /// The background process of this book that holds a port.
    pub(super) fn background_of(&self, holder: &ports::Holder) -> Option<&str> {
        let pid = holder.process.as_ref()?.pid;
        let has = |background: &Background| background.tree.members().iter().any(|member| member.pid == pid);
        self.backgrounds.iter().find(|(_, background)| has(background)).map(|(name, _)| name.as_str())
    }

    /// The container of this workspace whose process holds a port.
    fn container_of(&self, holder: &ports::Holder) -> Result<Option<String>> {
        let (Some(engine), Some(process)) = (self.engine, &holder.process) else { return Ok(None) };
        let ours = format!("{}={}", crate::container::OWNER_LABEL, self.owner);
        for (id, name) in engine.labelled_containers(&ours)? {
            if engine.container(&id)?.is_some_and(|container| container.pid == process.pid) {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// Looks at what a command has made: `docker run -d` succeeds even if the program ends at once.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] if the container or image that it should have made does not exist; [`Stop::Error`] if the engine does not answer.
    pub fn after(&self, planned: &PlannedCommand) -> Result<(), Stop> {
        match &planned.command.effect {
            Effect::Run { name, image } => {
                let engine = self.engine()?;
                let Some(container) = engine.container(name)? else {
                    return Err(Failure::new(Reason::NoContainer { name: name.clone() }).into());
                };
                if !container.running {
                    return Err(container_ended(engine, name, container.exit_status).into());
                }
                let is_ours =
                    |found: Option<(String, String)>| found.is_some_and(|(_, owner)| owner == self.owner);
                if self.proves && !is_ours(engine.image(image)?) {
                    return Err(Failure::new(Reason::ForeignImage { tag: image.clone() }).into());
                }
            }
            Effect::Build { tag } => {
                if self.engine()?.image(tag)?.is_none() {
                    return Err(Failure::new(Reason::NoImage { tag: tag.clone() }).into());
                }
            }
            Effect::None | Effect::Stop { .. } | Effect::Remove { .. } => {}
        }
        Ok(())
    }

    /// Waits until what a block has started answers, as the page says; `on_wait` gets the probe and the time left.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] if it does not answer in time, or a container of the block has ended.
    pub fn ready(
        &self,
        planned: &PlannedCommand,
        on_wait: &mut dyn FnMut(&Ready, Duration),
    ) -> Result<(), Stop> {
        let Some(readiness) = &planned.ready else { return Ok(()) };
        wait_until_ready(readiness, on_wait, &mut || {
            for name in &planned.containers {
                let engine = self.engine()?;
                if let Some(container) = engine.container(name)?.filter(|container| !container.running) {
                    return Err(container_ended(engine, name, container.exit_status).into());
                }
            }
            Ok(())
        })
    }

    fn engine(&self) -> Result<&Engine> {
        let missing = || Error::new("this command needs a container engine, and none was prepared");
        self.engine.ok_or_else(missing)
    }
}

/// The holder of a port, unless it releases the port within a moment, as a program that was just stopped does.
pub(super) fn lasting_holder(port: u16) -> Result<Option<ports::Holder>> {
    let start = Instant::now();
    loop {
        match ports::holder(port) {
            Some(_) if start.elapsed() < PORT_FREE_WITHIN => process::pause(LOOK_AGAIN)?,
            holder => return Ok(holder),
        }
    }
}

/// Whether a command calls a container engine, as far as its words tell. What it leaves running in its tree is the
/// engine's then.
pub fn names_engine(text: &str) -> bool {
    let separates = |c: char| !(c.is_alphanumeric() || "-_.".contains(c));
    text.split(separates)
        .any(|word| matches!(word, "docker" | "podman" | "docker-compose" | "podman-compose"))
}

/// Compares how a command ended, what it printed and what it left running, with the page. Lines of the book's files that
/// it has named lead to the pages. `files` are those of the book, and `root` is the workspace.
///
/// # Errors
///
/// What differs.
pub fn judge(
    command: &CommandLine,
    finished: &Finished,
    files: &Files,
    root: &Path,
) -> Result<(), Box<Failure>> {
    let Err(mut failure) = verdict_on(command, finished) else { return Ok(()) };
    let dir = finished.dir.as_deref().unwrap_or(root);
    if dir != root && failure.may_pass() {
        let dir = dir.strip_prefix(root).unwrap_or(dir).to_owned();
        failure.elsewhere = Some(Elsewhere { terminal: command.terminal.clone(), dir });
    }
    let printed = Printed::both(&finished.stdout, &finished.stderr).text;
    let Places { cause: found, all } = Named { files, root, dir }.find(&printed);
    failure.places = all;
    if let Reason::Status { cause, .. } = &mut failure.reason
        && let Some(found) = found
    {
        failure.span = Some(found.origin);
        *cause = Some(found);
    }
    Err(failure)
}

fn verdict_on(command: &CommandLine, finished: &Finished) -> Result<(), Box<Failure>> {
    if let Some(after) = finished.timed_out {
        return Err(Failure::new(Reason::TimedOut { after }));
    }
    if finished.ended_terminal {
        return Err(Failure::new(Reason::TerminalEnded {
            name: command.terminal.clone(),
            exit: finished.exit,
        }));
    }
    if finished.truncated && finished.status == command.status && !command.output.is_empty() {
        return Err(Failure::new(Reason::OutputTooLong { bytes_max: OUTPUT_BYTES_MAX }));
    }
    compare(command, finished)?;
    if !finished.left.is_empty() {
        return Err(Failure::new(Reason::LeftRunning { processes: finished.left.clone() }));
    }
    Ok(())
}

/// Compares status and output.
fn compare(command: &CommandLine, finished: &Finished) -> Result<(), Box<Failure>> {
    let (stdout, stderr) = (&finished.stdout, &finished.stderr);
    if finished.status != command.status {
        let (expected, found) = (command.status, finished.status);
        let prints_as_shown = match command.output.is_empty() {
            true => Printed::both(stdout, stderr).text.is_empty(),
            false => transcript::compare_streams(&command.output, stdout, stderr).is_none(),
        };
        return Err(Failure::new(Reason::Status { expected, found, cause: None, prints_as_shown }));
    }
    if command.output.is_empty() {
        return Ok(());
    }
    if let Some(mismatch) = transcript::compare_streams(&command.output, stdout, stderr) {
        let span = command.output[mismatch.line].span;
        return Err(Failure::new(Reason::Output { diff: mismatch.diff }).at(span));
    }
    let printed = Printed::both(stdout, stderr).text;
    let is_printed =
        |below: &&OutputLine| printed.lines().any(|line| line.trim_end() == below.text.trim_end());
    match command.below.as_ref().filter(is_printed) {
        None => Ok(()),
        Some(below) => Err(Failure::new(Reason::CommandPrinted { line: below.text.clone() }).at(below.span)),
    }
}

/// Waits until a probe answers, within its bound; `has_ended` says that there is nothing to wait for.
pub(super) fn wait_until_ready(
    Readiness { probe, within }: &Readiness,
    on_wait: &mut dyn FnMut(&Ready, Duration),
    has_ended: &mut dyn FnMut() -> Result<(), Stop>,
) -> Result<(), Stop> {
    let start = Instant::now();
    loop {
        let answer = ask(probe);
        if answer == Probed::Ready {
            return Ok(());
        }
        has_ended()?;
        let left = within.saturating_sub(start.elapsed());
        if left.is_zero() {
            let status = match answer {
                Probed::Status(status) => Some(status),
                Probed::Ready | Probed::Nothing => None,
            };
            let reason = Reason::NotReady { ready: probe.clone(), within: *within, status };
            return Err(Failure::new(reason).into());
        }
        on_wait(probe, left);
        process::pause(LOOK_AGAIN)?;
    }
}

/// What a readiness probe has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Probed {
    Ready,
    /// An HTTP status that does not mean ready.
    Status(u16),
    Nothing,
}

fn ask(probe: &Ready) -> Probed {
    match probe {
        Ready::Port(port) if ports::accepts(*port) => Probed::Ready,
        Ready::Url(url) => match check::get(url) {
            Ok(response) if (200..300).contains(&response.status) => Probed::Ready,
            Ok(response) => Probed::Status(response.status),
            Err(_) => Probed::Nothing,
        },
        // A background process looks into its log, and for its end, itself.
        Ready::Port(_) | Ready::Log(_) | Ready::Wait => Probed::Nothing,
    }
}

fn container_ended(engine: &Engine, name: &str, status: i32) -> Box<Failure> {
    Failure::new(Reason::ContainerEnded { name: name.to_owned(), status }).with_log(engine.logs(name))
}
