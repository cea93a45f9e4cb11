//! A child process whose output is read line by line while it runs.
//!
//! What the lines mean is not known here; see `results`.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use scenario_core::error::{Error, Result};
use scenario_core::process;

/// How often a wait looks for an interruption.
const TICK: Duration = Duration::from_millis(50);
/// How long the output of a child that has exited may stay open: a process that it left behind may hold it.
const DRAIN_MAX: Duration = Duration::from_secs(1);

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By itself.
    Exited(ExitStatus),
    /// It was ended after this time.
    TimedOut(Duration),
}

impl Ending {
    pub(crate) fn success(self) -> bool {
        matches!(self, Ending::Exited(status) if status.success())
    }
}

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // "exit status: 101", or "signal: 9 (SIGKILL)".
            Ending::Exited(status) => status.fmt(f),
            Ending::TimedOut(bound) => write!(f, "no end within {} s", bound.as_secs()),
        }
    }
}

/// Runs a command to its end, or to `bound`, or until Ctrl-C; `on_line` gets each line of
/// standard output and standard error as it comes, without its end.
pub(crate) fn run(command: &mut Command, bound: Duration, on_line: &mut dyn FnMut(&str)) -> Result<Ending> {
    let name = command.get_program().display().to_string();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child =
        command.spawn().map_err(|cause| Error::new(format!("failed to run `{name}`: {cause}")))?;
    let (sender, lines) = mpsc::channel();
    read_lines(child.stdout.take(), sender.clone());
    read_lines(child.stderr.take(), sender);
    let group = child.id().cast_signed();
    let end = Instant::now() + bound;
    let mut exited: Option<(ExitStatus, Instant)> = None;
    loop {
        let open = match lines.recv_timeout(TICK) {
            Ok(line) => {
                on_line(&line);
                continue;
            }
            Err(RecvTimeoutError::Timeout) => true,
            Err(RecvTimeoutError::Disconnected) => false,
        };
        exited = exited.or(status(&mut child, &name, !open)?.map(|status| (status, Instant::now())));
        if let Some((status, since)) = exited
            && (!open || since.elapsed() > DRAIN_MAX)
        {
            return Ok(Ending::Exited(status));
        }
        if let Err(interrupted) = process::check_interrupt() {
            end_group(group, child);
            return Err(interrupted);
        }
        if exited.is_none() && Instant::now() > end {
            end_group(group, child);
            return Ok(Ending::TimedOut(bound));
        }
    }
}

/// The exit status, if the child has exited. With closed output it is about to.
fn status(child: &mut Child, name: &str, closed: bool) -> Result<Option<ExitStatus>> {
    if closed {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.try_wait().map_err(|cause| Error::new(format!("failed to wait for `{name}`: {cause}")))
}

/// Ends a child with what it has started, and waits for the child.
fn end_group(group: i32, mut child: Child) {
    // The thread reaps the child, so that the group counts as ended.
    let reaper = std::thread::spawn(move || child.wait());
    process::Tree::of(group).end();
    let _ = reaper.join();
}

fn read_lines<R: Read + Send + 'static>(stream: Option<R>, sender: Sender<String>) {
    std::thread::spawn(move || {
        let Some(stream) = stream else { return };
        let mut stream = BufReader::new(stream);
        let mut bytes = Vec::new();
        while stream.read_until(b'\n', &mut bytes).is_ok_and(|count| count > 0) {
            let line = String::from_utf8_lossy(&bytes);
            if sender.send(line.trim_end_matches('\n').to_owned()).is_err() {
                return;
            }
            bytes.clear();
        }
    });
}
