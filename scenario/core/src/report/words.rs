//! Sentences: what a person is told of events, results and failures. The only place where they are made.

use std::time::Duration;

use crate::event::{ItemResult, Missing, Note, Progress, Remark, Skip, Verdict};
use crate::failure::{
    Asked, COMMAND_SECONDS, Captured, Cause, Found, Mismatch, NoAnswer, Outcome, Reason, Samples, Start,
};
use crate::model::{Health, Ready};
use crate::report::diff;
use crate::report::explained::{Explained, file_differs};
use crate::source::{Sources, Span};

/// How many lines of a failed command's output a message shows.
const OUTPUT_LINES_MAX: usize = 40;
/// How many lines of a body or a log a message shows.
const DETAIL_LINES_MAX: usize = 20;
/// How many samples a message shows.
const SAMPLES_SHOWN_MAX: usize = 5;

/// What sentences need to know besides the data.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// The pages that places are in.
    pub sources: &'a Sources,
    /// The words before `step N` in a command to run, quoted for a shell, such as `cargo xtask`.
    pub front: &'a str,
}

impl Words<'_> {
    /// A failed action in words; nothing if it has not failed.
    pub fn explain(&self, item: &ItemResult) -> Explained {
        let Verdict::Failed(failure) = &item.verdict else { return Explained::default() };
        let mut explained = match &failure.reason {
            Reason::Check(mismatch) => check_failed(mismatch),
            Reason::File { difference } => file_differs(difference, self.front, item.step),
            reason => Explained {
                message: self.message(reason),
                detail: detail(item, reason),
                help: self.help(item, reason),
                ..Explained::default()
            },
        };
        match &failure.reason {
            Reason::Status { expected, found, .. } => {
                explained.expected = format!("exit status {expected}");
                explained.found = exit_status(*found);
            }
            Reason::ContainerEnded { .. } => {
                "a container that keeps running".clone_into(&mut explained.expected);
            }
            Reason::PassesBefore { found: it } => explained.found = found(it),
            Reason::FailsBefore { outcome: it, .. } => {
                let Explained { expected, found, detail, .. } = match &**it {
                    Outcome::Fails(mismatch) => check_failed(mismatch),
                    other => Explained { found: outcome(other), ..Explained::default() },
                };
                explained = Explained { expected, found, detail, ..explained };
            }
            _ => {}
        }
        if let Some(log) = failure.log.as_deref().filter(|_| explained.detail.is_empty()) {
            explained.detail = last_lines(log, DETAIL_LINES_MAX);
        }
        explained
    }

    fn message(&self, reason: &Reason) -> String {
        match reason {
            Reason::Status { cause: Some(cause), .. } => {
                format!("the command failed because of what the page has at {}", self.at(cause.origin))
            }
            Reason::Status { .. } => "the command ended with another status than the page shows".to_owned(),
            Reason::Output { .. } => "the command printed something else than the page shows".to_owned(),
            Reason::OutputTooLong { bytes_max } => {
                format!("the command printed more than the {bytes_max} bytes that are compared")
            }
            Reason::TimedOut { after } => {
                format!("the command did not end within {} s and was stopped", after.as_secs())
            }
            Reason::LeftRunning => {
                "the command ended but left a process running, which was stopped".to_owned()
            }
            Reason::PortTaken { port, container } => {
                format!("port {port} is taken by the container `{container}` of this book")
            }
            Reason::NoContainer { name } => format!("there is no container `{name}` after this command"),
            Reason::NoImage { tag } => format!("there is no image `{tag}` after this command"),
            Reason::ForeignImage { tag } => format!("the image `{tag}` was not built in this run"),
            Reason::ContainerEnded { name, status } => {
                format!("the container `{name}` ended with status {status}")
            }
            Reason::BackgroundEnded => "the background process ended before it was ready".to_owned(),
            Reason::NotReady { ready, within } => not_ready(ready, *within),
            Reason::Check(_) | Reason::File { .. } => "the check failed".to_owned(),
            Reason::Stale { url } => format!("the check could not be judged: {}", stale(url)),
            Reason::Unreachable { what, why, .. } => {
                format!("the check could not run: {}", unreachable(what, why))
            }
            Reason::PassesBefore { .. } => {
                "this check passes before its step, so it proves nothing".to_owned()
            }
            Reason::FailsBefore { claim, .. } => {
                format!("this check should pass before its step (`{claim}`), but does not")
            }
            Reason::Result { .. } => {
                "the files of the last step are not equal to the folder they should be equal to".to_owned()
            }
        }
    }

    fn help(&self, item: &ItemResult, reason: &Reason) -> String {
        match reason {
            Reason::Status { cause: Some(Cause { text, origin }), .. } => {
                format!("`{text}` comes from {}; the command is at {}", self.at(*origin), self.at(item.span))
            }
            Reason::Output { diff } => {
                let mut sentences = diff::explanations(diff);
                sentences.push("lines with `-` are on the page, lines with `+` were printed");
                sentences.join("\n")
            }
            Reason::TimedOut { .. } => format!(
                "a command that keeps running has a block of its own, with `background=NAME`; \
                 where this machine is slower than that, set {COMMAND_SECONDS}"
            ),
            Reason::LeftRunning => {
                "what keeps running has a block of its own, with `background=NAME`".to_owned()
            }
            Reason::PortTaken { container, .. } => {
                let stop = crate::shell::quoted(["docker", "kill", container]);
                format!("stop it before this command, as with `{stop}`")
            }
            Reason::ForeignImage { .. } => {
                "a chapter builds what it runs; an image left from elsewhere proves nothing".to_owned()
            }
            Reason::PassesBefore { .. } => {
                "check for what only this step brings about, or say `already-true=\"why\"`".to_owned()
            }
            Reason::Result { .. } => {
                "bring the page and the folder together: readers end up with what the page says".to_owned()
            }
            Reason::Unreachable { start: Some(start), .. } => self.starter(start),
            _ => String::new(),
        }
    }

    fn starter(&self, start: &Start) -> String {
        let (front, step) = (self.front, start.step);
        match &start.made {
            Some((name, by)) => {
                format!("step {by} starts `{name}` there; `{front} step {step}` does it for you")
            }
            None => format!("`{front} step {step}` starts what this step needs"),
        }
    }

    /// What there is to say of an action that passed; may be nothing.
    pub fn remark(&self, remark: &Remark) -> String {
        match remark {
            Remark::Done => String::new(),
            Remark::DoneAlready => "done already".to_owned(),
            Remark::RunsAlready => "runs already".to_owned(),
            Remark::StartedByHand { pid } => format!("runs already, started by hand (process {pid})"),
            Remark::Found(it) => found(it),
        }
    }

    /// Why an action was not tried.
    pub fn skip(&self, skip: Skip) -> String {
        match skip {
            Skip::EarlierAction => "an earlier action of the step failed".to_owned(),
            Skip::EarlierStep => "an earlier step failed".to_owned(),
            Skip::Unchanged => "unchanged since it last succeeded".to_owned(),
            Skip::MadeByHand => "what it makes is there, made by hand".to_owned(),
            Skip::NotLastStep { step } => format!("step {step} is not the last step"),
        }
    }

    /// How far a long action is.
    pub fn progress(&self, progress: &Progress) -> String {
        match progress {
            Progress::Line(line) => line.clone(),
            Progress::Waiting(ready) => format!("waiting for {}", awaited(ready)),
            Progress::Asked(it) => outcome(it),
        }
    }

    /// Something that a reader should know.
    pub fn note(&self, note: &Note) -> String {
        match note {
            Note::BringingBack { step, missing } => {
                let why = if missing.is_empty() {
                    "what it was made from has changed".to_owned()
                } else {
                    let names = missing.iter().map(|missing| match missing {
                        Missing::Process(name) => format!("`{name}` is"),
                        Missing::Container(name) => format!("container `{name}` is"),
                    });
                    format!("{} not running", names.collect::<Vec<_>>().join(", "))
                };
                format!("bringing back what step {step} started: {why}")
            }
            Note::RunningAgain => "a check failed: running the step's commands".to_owned(),
            Note::NothingLeft => "nothing of the book runs, and its files are gone".to_owned(),
            Note::Forgotten { cause } => format!(
                "failed to read `.scenario/memory.json` in the workspace: {cause}; a file that differs from the \
                 book is kept as yours, and every command runs again"
            ),
            Note::Past { step, container, of } => format!(
                "step {step} is past: the container `{container}` of step {of} runs; \
                 `{} step {step}` brings the world back",
                self.front
            ),
        }
    }

    /// Where a failed action went wrong.
    pub(super) fn place(item: &ItemResult) -> Span {
        match &item.verdict {
            Verdict::Failed(failure) => failure.span.unwrap_or(item.span),
            _ => item.span,
        }
    }

    /// `path:line:column` of a place in the book.
    pub(super) fn at(&self, span: Span) -> String {
        self.sources.location(span).to_string()
    }
}

/// What a message shows of what was printed, or of what differs.
fn detail(item: &ItemResult, reason: &Reason) -> String {
    match reason {
        Reason::Output { diff } => diff::rows(diff).join("\n"),
        Reason::Status { .. } | Reason::TimedOut { .. } => {
            let Some(output) = &item.output else { return String::new() };
            // A failure explains itself on standard error.
            let silent = output.stderr.text.trim().is_empty();
            let stream = if silent { &output.stdout } else { &output.stderr };
            last_lines(&anstream::adapter::strip_str(&stream.text).to_string(), OUTPUT_LINES_MAX)
        }
        Reason::Result { differences } => differences.join("\n"),
        _ => String::new(),
    }
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

fn exit_status(status: i32) -> String {
    match status {
        // What a shell says of a command that was ended by a signal.
        129..=192 => format!("exit status {status} (ended by signal {})", status - 128),
        status => format!("exit status {status}"),
    }
}

fn not_ready(ready: &Ready, within: Duration) -> String {
    let within = within.as_secs_f32();
    match ready {
        Ready::Log(text) => format!("not ready: `{text}` not in its log within {within} s"),
        ready => format!("not ready: no answer from {} within {within} s", awaited(ready)),
    }
}

fn awaited(ready: &Ready) -> String {
    match ready {
        Ready::Port(port) => format!("port {port}"),
        Ready::Url(url) => format!("`{url}`"),
        Ready::Log(text) => format!("`{text}` in its log"),
    }
}

fn stale(url: &str) -> String {
    format!("no scrape of {url} since the last command")
}

fn unreachable(what: &Asked, why: &NoAnswer) -> String {
    let why = match why {
        NoAnswer::NothingListens => "nothing listens there".to_owned(),
        NoAnswer::TimedOut { seconds } => format!("no answer within {seconds} s"),
        NoAnswer::Body { error, bytes_max } => format!("{error} (bodies are read up to {bytes_max} bytes)"),
        NoAnswer::NotPrometheus { url, error } => {
            format!("`{url}` does not answer as Prometheus does: {error}")
        }
        NoAnswer::Other(error) => error.clone(),
    };
    match what {
        Asked::Url(url) => format!("no answer from `{url}`: {why}"),
        Asked::Prometheus(address) => format!("no answer from Prometheus at `{address}`: {why}"),
    }
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Holds(it) => found(it),
        Outcome::Fails(mismatch) => check_failed(mismatch).found,
        Outcome::Stale { url } => stale(url),
        Outcome::Unreachable { what, why } => unreachable(what, why),
    }
}

fn found(found: &Found) -> String {
    match found {
        Found::Answer { status } => format!("status {status}"),
        Found::Target { url, health } => format!("{url} is {health}"),
        Found::Samples(it) => samples(it),
    }
}

fn check_failed(mismatch: &Mismatch) -> Explained {
    let health = |job: &str, health: Health| format!("job `{job}`: health {}", health.name());
    let first_lines = |body: &Captured| -> String {
        body.text.lines().take(DETAIL_LINES_MAX).collect::<Vec<_>>().join("\n")
    };
    let (expected, found, detail) = match mismatch {
        Mismatch::HttpStatus { expected, found, body } => {
            (format!("status {expected}"), format!("status {found}"), first_lines(body))
        }
        Mismatch::Header { name, expected, found } => {
            let found = found.as_ref();
            let found = found.map_or_else(|| format!("no header `{name}`"), |it| format!("`{name}: {it}`"));
            (format!("`{name}: {expected}`"), found, String::new())
        }
        Mismatch::BodyContains { expected, found } => (
            format!("a body that contains `{expected}`"),
            "a body that does not".to_owned(),
            first_lines(found),
        ),
        Mismatch::BodyMatches { expected, found } => (
            format!("a body that matches `{expected}`"),
            "a body that does not".to_owned(),
            first_lines(found),
        ),
        Mismatch::NoTarget { job, expected, jobs } => {
            let listed = if jobs.is_empty() {
                "no target at all".to_owned()
            } else {
                format!("only jobs {}", jobs.join(", "))
            };
            (health(job, *expected), format!("Prometheus lists {listed}"), String::new())
        }
        Mismatch::Health { job, expected, url, found, error } => {
            let cause =
                if error.is_empty() { String::new() } else { format!("; its last scrape says: {error}") };
            (health(job, *expected), format!("{url} has health {found}{cause}"), String::new())
        }
        Mismatch::ScrapeError { expected, found } => {
            (format!("a scrape error with `{expected}`"), format!("`{found}`"), String::new())
        }
        Mismatch::Samples { expected, found } => (expected.to_string(), samples(found), String::new()),
        Mismatch::NotSamples => {
            ("an instant vector or a scalar".to_owned(), "a result of another type".to_owned(), String::new())
        }
        Mismatch::Refused { error } => {
            ("an answer".to_owned(), format!("Prometheus says: {error}"), String::new())
        }
    };
    Explained { message: "the check failed".to_owned(), expected, found, detail, help: String::new() }
}

fn samples(samples: &Samples) -> String {
    if samples.count == 0 {
        return "the query found nothing".to_owned();
    }
    let shown = samples.first.iter().take(SAMPLES_SHOWN_MAX);
    let mut shown: Vec<String> = shown
        .map(|sample| format!("{} {}", labels(&sample.labels), sample.value).trim().to_owned())
        .collect();
    if samples.count > shown.len() {
        shown.push(format!("and {} more samples", samples.count - shown.len()));
    }
    shown.join("; ")
}

fn labels(metric: &std::collections::BTreeMap<String, String>) -> String {
    let name = metric.get("__name__").map_or("", String::as_str);
    let pairs: Vec<String> = metric
        .iter()
        .filter(|(key, _)| !matches!(key.as_str(), "__name__" | "instance" | "job"))
        .map(|(key, value)| format!("{key}=\"{value}\""))
        .collect();
    if pairs.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", pairs.join(",")) }
}
