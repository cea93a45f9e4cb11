//! One command of a page: run as written, its status and output held against the page.

use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::event::{Output, Phase, Progress, Remark};
use crate::failure::{COMMAND_SECONDS, Captured, Cause, Failure, PortHolder, Reason};
use crate::files::Files;
use crate::model::{BlockKind, CommandLine, Effect, OutputLine, Readiness, Ready};
use crate::plan::PlannedCommand;
use crate::ports;
use crate::process::{self, Command, Finished, Tree};
use crate::runner::play::Part;
use crate::runner::{Done, Mode, Run};
use crate::shell::quoted;
use crate::source::Span;
use crate::transcript;

/// How long one command may take: a cold build on a slow machine is the longest.
const COMMAND_DEADLINE: Duration = Duration::from_secs(15 * 60);
/// How long a port may take to become free.
const PORT_FREE_WITHIN: Duration = Duration::from_secs(1);
/// How often a readiness probe looks.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

impl Run<'_> {
    /// Runs a command and whatever its words need before and after; the last of its block waits until `ready`.
    pub(super) fn command(&mut self, planned: &PlannedCommand, files: &Files, part: Part) -> Result<Done> {
        let command = &planned.command;
        if self.mode == Mode::Step && self.is_done_already(command)? {
            return Ok(Ok(Remark::DoneAlready));
        }
        self.record.phase(Phase::Before);
        if let Err(failure) = self.before(planned)? {
            return Ok(Err(failure));
        }
        self.record.phase(Phase::Run);
        let finished = self.shell(command)?;
        self.record.output(Output {
            stdout: Captured::new(&finished.stdout),
            stderr: Captured::new(&finished.stderr),
        });
        // What is brought back runs with the files of a later step, and may print something else.
        let shown = if part == Part::World { &[][..] } else { &command.output };
        let mut done = self.judge(command, shown, &finished, files);
        if done.is_ok() && !finished.left.is_empty() {
            done = Err(Failure::new(Reason::LeftRunning { processes: finished.left }));
        }
        if done.is_err() {
            return Ok(done);
        }
        self.record.phase(Phase::After);
        done = self.after(command)?;
        if done.is_ok()
            && let Some(ready) = &planned.ready
        {
            done = self.wait_ready(ready, &mut |run| run.container_ended(planned))?;
        }
        Ok(done)
    }

    /// Runs the command to its end, and ends what it has left running.
    fn shell(&mut self, command: &CommandLine) -> Result<Finished> {
        // What a client leaves behind for an engine is the container itself.
        let tree = if names_engine(&command.text) { Tree::of_session() } else { Tree::new() };
        if tree.has_place() {
            self.session.own(&tree);
        }
        let child = Command::shell(&command.text)
            .dir(self.workspace.root())
            .envs(&self.env)
            .deadline(self.command_deadline)
            .in_tree(tree);
        let (session, record) = (&mut *self.session, &mut self.record);
        let mut tree = None;
        let mut own = |started: &Tree| {
            session.own(started);
            tree = Some(started.clone());
        };
        let finished = child.run_with(&mut own, &mut |line| {
            record.progress(Progress::Line(line.to_owned()), None);
        })?;
        if let Some(tree) = tree.filter(|tree| !tree.is_alive()) {
            self.session.disown(&tree);
        }
        Ok(finished)
    }

    /// On a redo, stopping or removing what does not run is done.
    fn is_done_already(&self, command: &CommandLine) -> Result<bool> {
        let (names, stop) = match &command.effect {
            Effect::Stop { names } => (names, true),
            Effect::Remove { names } => (names, false),
            _ => return Ok(false),
        };
        for name in names {
            let container = self.engine()?.container(name)?;
            if container.is_some_and(|container| container.running || !stop) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Makes way for a container that is about to start, and looks who holds its port.
    fn before(&mut self, planned: &PlannedCommand) -> Result<Done> {
        let command = &planned.command;
        let Effect::Run { name, .. } = &command.effect else {
            // What the command starts by other means than an engine will listen there, unless the book has it
            // started elsewhere.
            let port = planned.ready.as_ref().and_then(Readiness::port);
            return self.port_is_free(port.filter(|port| !self.book_starts(*port)), command.span);
        };
        let engine = self.engine()?;
        if let Some(container) = engine.container(name)? {
            if container.owner != self.owner() {
                return Err(Error::new(format!(
                    "{}: a container named `{name}` is there already, and this workspace did not start it",
                    self.at(command.span)
                ))
                .with_help(format!(
                    "if it can go: `{}`; then run the same command again",
                    quoted(["docker", "rm", "-f", name])
                )));
            }
            if self.mode == Mode::Step {
                engine.remove(name)?;
            }
        }
        self.port_is_free(planned.port, command.span)
    }

    /// A port that something of ours holds fails the step; one that another program holds stops the run.
    fn port_is_free(&self, port: Option<u16>, span: Span) -> Result<Done> {
        let holder = port.map(|port| self.lasting_holder(port)).transpose()?.flatten();
        match holder {
            None => Ok(Ok(Remark::Done)),
            Some(holder) => self.port_is_taken(&holder, span).map(Err),
        }
    }

    /// Whether a block of the book starts a container or a background process that is ready at a port.
    fn book_starts(&self, port: u16) -> bool {
        self.scenario.steps.iter().flat_map(|step| &step.blocks).any(|block| match &block.kind {
            BlockKind::Background(background) => background.ready.port() == Some(port),
            BlockKind::Commands(commands) => {
                commands.ready.as_ref().and_then(Readiness::port) == Some(port)
                    && commands.commands.iter().any(|command| matches!(command.effect, Effect::Run { .. }))
            }
            _ => false,
        })
    }

    /// Who holds a port, and does not give it back within a moment: a program that was just asked to end may
    /// still be there.
    pub(super) fn lasting_holder(&self, port: u16) -> Result<Option<ports::Holder>> {
        let start = Instant::now();
        loop {
            match ports::holder(port) {
                Some(_) if start.elapsed() < PORT_FREE_WITHIN => process::pause(LOOK_AGAIN)?,
                holder => return Ok(holder),
            }
        }
    }

    /// Whose the port is: something of ours fails the step, another program stops the run.
    pub(super) fn port_is_taken(&self, holder: &ports::Holder, span: Span) -> Result<Box<Failure>> {
        let port = holder.port;
        if let Some(name) = self.container_of(holder)? {
            return Ok(Failure::new(Reason::PortTaken { port, holder: PortHolder::Container(name) }));
        }
        if let Some(name) = holder.process.as_ref().and_then(|process| self.background_of(process.pid)) {
            let holder = PortHolder::Background(name.to_owned());
            return Ok(Failure::new(Reason::PortTaken { port, holder }));
        }
        Err(Error::port_taken(port, format!("{}: port {port} is taken by {holder}", self.at(span)))
            .with_help("stop that program, then run the same command again"))
    }

    /// The labelled container whose process holds a port.
    fn container_of(&self, holder: &ports::Holder) -> Result<Option<String>> {
        let (Some(engine), Some(process)) = (&self.options.machine.engine, &holder.process) else {
            return Ok(None);
        };
        for (id, name) in engine.labelled_containers(&self.session.label())? {
            if engine.container(&id)?.is_some_and(|container| container.pid == process.pid) {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// What a command started is looked at: `docker run -d` succeeds even if the program ends at once.
    fn after(&self, command: &CommandLine) -> Result<Done> {
        let engine = match &command.effect {
            Effect::None => return Ok(Ok(Remark::Done)),
            _ => self.engine()?,
        };
        match &command.effect {
            Effect::Run { name, image } => {
                let Some(container) = engine.container(name)? else {
                    return Ok(Err(Failure::new(Reason::NoContainer { name: name.clone() })));
                };
                if !container.running {
                    return Ok(Err(ended(engine, name, container.exit_status)));
                }
                if self.mode == Mode::Verify
                    && engine.image(image)?.is_none_or(|(_, owner)| owner != self.owner())
                {
                    return Ok(Err(Failure::new(Reason::ForeignImage { tag: image.clone() })));
                }
            }
            Effect::Build { tag } if engine.image(tag)?.is_none() => {
                return Ok(Err(Failure::new(Reason::NoImage { tag: tag.clone() })));
            }
            _ => {}
        }
        Ok(Ok(Remark::Done))
    }

    /// A container of a block that has ended, while one waits for it.
    fn container_ended(&self, planned: &PlannedCommand) -> Result<Option<Box<Failure>>> {
        for name in &planned.containers {
            let engine = self.engine()?;
            if let Some(container) = engine.container(name)?.filter(|container| !container.running) {
                return Ok(Some(ended(engine, name, container.exit_status)));
            }
        }
        Ok(None)
    }

    /// Compares how a command ended, and what it printed, with the page.
    fn judge(&self, command: &CommandLine, shown: &[OutputLine], finished: &Finished, files: &Files) -> Done {
        if let Some(after) = finished.timed_out {
            return Err(Failure::new(Reason::TimedOut { after }));
        }
        if finished.status != command.status {
            let cause = self.origin_in_output(&format!("{}\n{}", finished.stderr, finished.stdout), files);
            let span = cause.as_ref().map(|cause| cause.origin);
            let (expected, found) = (command.status, finished.status);
            let failure = Failure::new(Reason::Status { expected, found, cause });
            return Err(span.map_or(failure.clone(), |span| failure.at(span)));
        }
        if shown.is_empty() {
            return Ok(Remark::Done);
        }
        if finished.truncated {
            return Err(Failure::new(Reason::OutputTooLong { bytes_max: process::OUTPUT_BYTES_MAX }));
        }
        let printed = transcript::printed(&finished.stdout, &finished.stderr);
        match transcript::compare(shown, &printed) {
            None => Ok(Remark::Done),
            Some(mismatch) => {
                let failure = Failure::new(Reason::Output { diff: mismatch.diff });
                Err(failure.at(shown[mismatch.line].span))
            }
        }
    }

    /// The first `path:line` in what a program printed that is a line of a file of the book, and its page.
    fn origin_in_output(&self, output: &str, files: &Files) -> Option<Cause> {
        output.lines().find_map(|line| {
            let (_, place) = line.split_once("--> ")?;
            let mut parts = place.trim().splitn(3, ':');
            let (path, number) = (parts.next()?, parts.next()?.parse().ok()?);
            files.origin(path, number).map(|origin| Cause { text: format!("{path}:{number}"), origin })
        })
    }

    /// Waits until a probe answers, within its bound; `ended` may say that there is nothing to wait for.
    pub(super) fn wait_ready(
        &mut self,
        Readiness { probe, within }: &Readiness,
        ended: &mut dyn FnMut(&mut Self) -> Result<Option<Box<Failure>>>,
    ) -> Result<Done> {
        let start = Instant::now();
        loop {
            let answer = ask(probe);
            if answer == Answer::Ready {
                return Ok(Ok(Remark::Done));
            }
            if let Some(failure) = ended(self)? {
                return Ok(Err(failure));
            }
            let left = within.saturating_sub(start.elapsed());
            if left.is_zero() {
                let status = match answer {
                    Answer::Status(status) => Some(status),
                    _ => None,
                };
                let (ready, within) = (probe.clone(), *within);
                return Ok(Err(Failure::new(Reason::NotReady { ready, within, status })));
            }
            self.record.progress(Progress::Waiting(probe.clone()), Some(left));
            process::pause(LOOK_AGAIN)?;
        }
    }
}

/// What a readiness probe has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Ready,
    /// An HTTP status that does not stand for ready.
    Status(u16),
    Nothing,
}

fn ask(ready: &Ready) -> Answer {
    match ready {
        Ready::Port(port) if ports::accepts(*port) => Answer::Ready,
        Ready::Url(url) => match crate::check::get(url) {
            Ok(response) if (200..300).contains(&response.status) => Answer::Ready,
            Ok(response) => Answer::Status(response.status),
            Err(_) => Answer::Nothing,
        },
        // A log belongs to a background process, which looks into it itself.
        Ready::Port(_) | Ready::Log(_) => Answer::Nothing,
    }
}

/// Whether a command calls a container engine, as far as its words tell.
fn names_engine(text: &str) -> bool {
    let separates = |c: char| !(c.is_alphanumeric() || "-_.".contains(c));
    text.split(separates)
        .any(|word| matches!(word, "docker" | "podman" | "docker-compose" | "podman-compose"))
}

/// How long a command may take on this machine.
pub(super) fn command_deadline() -> Result<Duration> {
    let Some(given) = std::env::var_os(COMMAND_SECONDS) else { return Ok(COMMAND_DEADLINE) };
    let seconds = given.to_str().and_then(|text| text.parse().ok()).filter(|seconds| *seconds > 0);
    seconds.map(Duration::from_secs).ok_or_else(|| {
        Error::usage(format!("invalid {COMMAND_SECONDS} `{}`", given.display()))
            .with_help("set it to a number of seconds, such as `1800`, or unset it")
    })
}

fn ended(engine: &crate::container::Engine, name: &str, status: i32) -> Box<Failure> {
    Failure::new(Reason::ContainerEnded { name: name.to_owned(), status }).with_log(engine.logs(name))
}
