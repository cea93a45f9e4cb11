//! Reports from time to time what is running, where no terminal shows it. Otherwise a log would not tell a run that waits
//! from one that has stopped.
//!
//! The caller says what is running.

use std::io::Write;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// When the first line is written, and how long after it each further one.
const FIRST: Duration = Duration::from_secs(30);
const EACH: Duration = Duration::from_secs(60);

/// Writes a line while an action takes long.
pub(super) struct StillRunning {
    /// What has begun; nothing once it has ended.
    sender: Option<Sender<Option<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl StillRunning {
    /// One that writes to a stream; without a thread to do so, nothing is written.
    pub(super) fn new(out: impl Write + Send + 'static) -> StillRunning {
        StillRunning::with(FIRST, EACH, out)
    }

    pub(super) fn with(
        first: Duration,
        each: Duration,
        mut out: impl Write + Send + 'static,
    ) -> StillRunning {
        let (sender, receiver) = mpsc::channel::<Option<String>>();
        let thread = std::thread::Builder::new().spawn(move || {
            let mut running: Option<(String, Instant, Instant)> = None;
            loop {
                let received = match &running {
                    None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
                    Some((.., next)) => receiver.recv_timeout(next.saturating_duration_since(Instant::now())),
                };
                match received {
                    Ok(what) => {
                        let now = Instant::now();
                        running = what.map(|what| (what, now, now + first));
                    }
                    Err(RecvTimeoutError::Disconnected) => return,
                    Err(RecvTimeoutError::Timeout) => {
                        if let Some((what, begun, next)) = &mut running {
                            *next += each;
                            let seconds = begun.elapsed().as_secs();
                            // A stream that cannot be written to does not stop a run.
                            let _ = writeln!(out, "  still running after {seconds} s: {what}");
                        }
                    }
                }
            }
        });
        StillRunning { sender: Some(sender), thread: thread.ok() }
    }

    /// Something has begun.
    pub(super) fn begin(&self, what: String) {
        self.send(Some(what));
    }

    /// It has ended.
    pub(super) fn end(&self) {
        self.send(None);
    }

    fn send(&self, what: Option<String>) {
        if let Some(sender) = &self.sender {
            let _ = sender.send(what);
        }
    }
}

impl Drop for StillRunning {
    fn drop(&mut self) {
        drop(self.sender.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, pipe};

    use super::*;

    #[test]
    fn a_line_is_written_at_first_and_then_at_each_interval_while_something_runs() {
        let (reader, writer) = pipe().expect("a pipe");
        let (first, each) = (Duration::from_millis(1200), Duration::from_millis(1000));
        let running = StillRunning::with(first, each, writer);
        let mut lines = BufReader::new(reader).lines().map_while(Result::ok);
        running.begin("short".to_owned());
        running.end();
        let begun = Instant::now();
        running.begin("long (a.md:3:1)".to_owned());
        for at_least in [1, 2] {
            let line = lines.next().expect("a line");
            let seconds = line
                .strip_prefix("  still running after ")
                .and_then(|rest| rest.strip_suffix(" s: long (a.md:3:1)"))
                .and_then(|seconds| seconds.parse::<u64>().ok());
            assert!(seconds.is_some_and(|seconds| seconds >= at_least), "{line}");
        }
        assert!(begun.elapsed() >= first + each, "{:?}", begun.elapsed());
        drop(running);
        assert!(lines.all(|line| line.contains("long")), "what has ended is not named");
    }
}
