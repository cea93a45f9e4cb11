//! The sentences about events, results and failures. Data becomes prose in this folder and nowhere else.

use std::time::Duration;

use crate::event::{ItemResult, Missing, Note, Progress, Remark, Skip, Verdict};
use crate::failure::{Difference, EditFault, FileDifference, Outcome, PortHolder, Reason};
use crate::model::{Ready, Scenario};
use crate::process::Exit;
use crate::report::checks::{
    DETAIL_LINES_MAX, check_failed, clocks_differ, found, outcome, stale, unreachable,
};
use crate::report::diff;
use crate::report::door::Door;
use crate::report::explained::{Explained, file_differs};
use crate::report::kept_states::{begins_earlier, damaged, not_kept};
use crate::source::Span;
use crate::transcript::Printed;

/// How many lines of the output of a failed command a message shows.
const OUTPUT_LINES_MAX: usize = 40;

/// What sentences need to know besides the data.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// The book: its pages, and what its steps are called.
    pub scenario: &'a Scenario,
    /// What a reader uses to have a step played.
    pub door: Door<'a>,
}

impl Words<'_> {
    /// A failed action in words; nothing if it has not failed.
    pub fn explain(&self, item: &ItemResult) -> Explained {
        let Verdict::Failed(failure) = &item.verdict else { return Explained::default() };
        let mut explained = match &failure.reason {
            Reason::Check(mismatch) => check_failed(mismatch),
            Reason::File { difference } => file_differs(difference, &self.door.of(&self.label(item.step))),
            reason => Explained {
                message: self.message(reason),
                detail: detail(item, reason),
                help: self.help(item, reason, failure.log.as_deref() == Some("")),
                ..Explained::default()
            },
        };
        if let Some(within) = failure.repeated {
            explained.message.push_str(&format!(", also after {} s of repeating it", within.as_secs_f32()));
        }
        match &failure.reason {
            Reason::Status { expected, found, .. } => {
                explained.expected = format!("exit status {expected}");
                explained.found = exit_status(*found);
            }
            Reason::LeftRunning { processes } => {
                explained.found = processes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            }
            Reason::FileChanged { path, difference, .. } => {
                let Explained { expected, found, .. } =
                    file_differs(difference, &self.door.of(&self.label(item.step)));
                let message = format!("`{}` has changed `{path}`, which the page writes", item.title);
                explained = Explained { message, expected, found, ..explained };
            }
            Reason::Edit { fault: EditFault::NotFound { marker, .. }, .. } => {
                explained.expected = format!("one place with `{marker}`");
                "none".clone_into(&mut explained.found);
            }
            Reason::Edit { fault: EditFault::Ambiguous { marker, count, .. }, .. } => {
                explained.expected = format!("one place with `{marker}`");
                explained.found = format!("{count} places");
            }
            Reason::BackgroundEnded { exit: Some(exit), .. } => {
                explained.found = match exit {
                    Exit::Status(status) => exit_status(*status),
                    Exit::Signal(_) => format!("ended by {exit}"),
                };
            }
            Reason::NotReady { status: Some(status), .. } => {
                "a status from 200 to 299".clone_into(&mut explained.expected);
                explained.found = format!("status {status}");
            }
            Reason::ContainerEnded { .. } => {
                "a container that keeps running".clone_into(&mut explained.expected);
            }
            Reason::OtherHint { shown, .. } => {
                let hint = shown.as_ref();
                explained.found = hint.map_or("no hint".to_owned(), |hint| format!("the hint `{hint}`"));
            }
            Reason::PassesBefore { found: it } => explained.found = found(it),
            Reason::FailsBefore { outcome: it, .. } => {
                let Explained { expected, found, detail, .. } = match &**it {
                    Outcome::Failed(mismatch) => check_failed(mismatch),
                    other => Explained { found: outcome(other), ..Explained::default() },
                };
                explained = Explained { expected, found, detail, ..explained };
            }
            _ => {}
        }
        explained.hint = failure.hint.clone().unwrap_or_default();
        explained.help = self.with_places(explained.help, failure);
        if let Some(log) = failure.log.as_deref().filter(|_| explained.detail.is_empty()) {
            explained.detail = last_lines(&Printed::new(log).text, DETAIL_LINES_MAX);
        }
        explained
    }

    fn message(&self, reason: &Reason) -> String {
        match reason {
            Reason::Status { cause: Some(cause), .. } => {
                format!("the command failed because of what the page has at {}", self.at(cause.origin))
            }
            Reason::Status { expected: 0, .. } => "the command failed".to_owned(),
            Reason::Status { found: 0, .. } => "the command succeeded, but fails on the page".to_owned(),
            Reason::Status { .. } => {
                "the command failed with another exit status than on the page".to_owned()
            }
            Reason::Output { .. } => "the output differs from what the page shows".to_owned(),
            Reason::CommandPrinted { line } => {
                format!("the command printed `{line}`, which would be run as the next command")
            }
            Reason::OutputTooLong { bytes_max } => {
                format!("the command printed more than the {bytes_max} bytes that are compared")
            }
            Reason::TimedOut { after } => {
                format!("the command did not end within {} s and was stopped", after.as_secs())
            }
            Reason::TerminalEnded { name, exit } => {
                format!("the command ended the shell of its terminal `{name}` ({exit})")
            }
            Reason::LeftRunning { .. } => {
                "the command ended but left a process running, which was stopped".to_owned()
            }
            Reason::FileChanged { path, .. } => {
                format!("a command has changed `{path}`, which the page writes")
            }
            Reason::Edit { path, fault, .. } => match fault {
                EditFault::Missing => format!("there is no `{path}`, which a command should have written"),
                EditFault::NotText => format!("`{path}`, as a command has left it, is not text in UTF-8"),
                fault => fault.problem(path).map(|problem| problem.to_string()).unwrap_or_default(),
            },
            Reason::PortTaken { port, holder } => match holder {
                PortHolder::Container(name) => {
                    format!("port {port} is taken by the container `{name}` of this book")
                }
                PortHolder::Background(name) => {
                    format!("port {port} is taken by the background process `{name}` of this book")
                }
            },
            Reason::NoContainer { name } => format!("there is no container `{name}` after this command"),
            Reason::NoImage { tag } => format!("there is no image `{tag}` after this command"),
            Reason::ForeignImage { tag } => format!("the image `{tag}` was not built in this run"),
            Reason::ContainerEnded { name, status } => {
                format!("the container `{name}` ended with status {status}")
            }
            Reason::BackgroundEnded { name, was_ready: false, .. } => {
                format!("the background process `{name}` ended before it was ready")
            }
            Reason::BackgroundEnded { name, was_ready: true, .. } => {
                format!("the background process `{name}` has ended since it was ready")
            }
            Reason::NotReady { ready, within, status } => not_ready(ready, *within, *status),
            Reason::Check(_) | Reason::File { .. } => "the check failed".to_owned(),
            Reason::Stale { url, interval } => {
                format!("the check has no current data: {}", stale(url, *interval))
            }
            Reason::ClocksDiffer { ahead_seconds, .. } => clocks_differ(*ahead_seconds),
            Reason::Unreachable { what, why, .. } => {
                format!("the check could not run: {}", unreachable(what, why))
            }
            Reason::PassesBefore { .. } => {
                "this check passes before its step, so it proves nothing".to_owned()
            }
            Reason::FailsBefore { claim, .. } => {
                format!("this check should pass before its step (`{claim}`), but does not")
            }
            Reason::HintBefore { shown } => {
                format!(
                    "before anything is done, this is the first check that fails, and its hint is `{shown}`"
                )
            }
            Reason::MistakePasses => "no check of the exercise fails after this mistake".to_owned(),
            Reason::OtherHint { check, .. } => {
                format!("after this mistake another check fails first: {check}")
            }
            Reason::Result { .. } => "the files of the last step differ from the expected result".to_owned(),
        }
    }

    /// The remark about an action that passed; may be empty.
    pub fn remark(&self, remark: &Remark) -> String {
        match remark {
            Remark::Done => String::new(),
            Remark::DoneAlready => "already done".to_owned(),
            Remark::RunsAlready => "already running".to_owned(),
            Remark::StartedByHand { pid } => format!("already running, started by hand (process {pid})"),
            Remark::Found(it) => found(it),
            Remark::Noticed { check } => format!("noticed by: {check}"),
            Remark::Differs(_) => "differs from what the page shows".to_owned(),
        }
    }

    /// Why an action was not tried.
    pub fn skip(&self, skip: Skip) -> String {
        match skip {
            Skip::EarlierAction => "an earlier action of the step failed".to_owned(),
            Skip::EarlierStep => "an earlier step failed".to_owned(),
            Skip::Needs { step } => {
                let needs = self.scenario.step(step).and_then(|step| step.needs.as_ref());
                let what = needs.map(|needs| format!(": {}", needs.what)).unwrap_or_default();
                format!("this machine lacks what the chapter needs{what}")
            }
            Skip::BeforeFirst { step } => format!("this run begins with step {}", self.label(step)),
            Skip::Unchanged => "unchanged since it last succeeded".to_owned(),
            Skip::MadeByHand => "made by hand already".to_owned(),
            Skip::WrittenByCommand => "written by a command, so only its step knows its text".to_owned(),
            Skip::NotLastStep { step } => format!("step {} is not the last step", self.label(step)),
        }
    }

    /// How far a long action is.
    pub fn progress(&self, progress: &Progress) -> String {
        match progress {
            Progress::Line(line) => line.clone(),
            Progress::Waiting(ready) => format!("waiting for {}", awaited(ready)),
            Progress::Repeating => "not what the page shows yet".to_owned(),
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
                    let each = missing.iter().map(|missing| match missing {
                        Missing::Process(name) => format!("`{name}` is not running"),
                        Missing::Container(name) => format!("container `{name}` is not running"),
                        Missing::Image(name) => format!("there is no image `{name}`"),
                    });
                    each.collect::<Vec<_>>().join(", ")
                };
                format!("running the commands of step {}: {why}", self.label(*step))
            }
            Note::Ended { names } => {
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                format!("ended {}", names.join(", "))
            }
            Note::BeginsAfter { step } => {
                format!(
                    "starting from the end of step {}, as an earlier `verify` has kept it",
                    self.label(*step)
                )
            }
            Note::BeginsEarlier { first, asked, why } => {
                begins_earlier(&self.label(*first), &self.label(asked - 1), asked - first, why)
            }
            Note::Playing { steps } => {
                let numbers: Vec<String> = steps.iter().map(|step| self.label(*step)).collect();
                match numbers.split_last() {
                    Some((last, [])) => format!("playing step {last}"),
                    Some((last, before)) => format!("playing steps {} and {last}", before.join(", ")),
                    None => "playing nothing".to_owned(),
                }
            }
            Note::ByHand { step } => {
                let step = self.label(*step);
                format!("step {step} and those before it are done by hand: the files are the book's")
            }
            Note::PutBack { path, count: 1 } => format!("`{path}` was missing and was put back"),
            Note::PutBack { path, count } => {
                format!("{count} files were missing and were put back, such as `{path}`")
            }
            Note::KeptMore { count, folder } => {
                format!("kept {count} more of your files in `{}`", crate::book::shown(folder).display())
            }
            Note::NotKept { step, why } => format!(
                "the end of step {} is not kept: {}; what comes back to it plays all steps before it again \
                 (`caches` in book.toml names folders that tools fill)",
                self.label(*step),
                not_kept(why)
            ),
            Note::Damaged { step, path, missing } => {
                let label = self.label(*step);
                format!("{}, so step {label} is played again", damaged(&label, path, *missing))
            }
            Note::NotPutBack { step, why } => format!(
                "the files are not brought back to the end of step {}: {}; what follows is played on the files as they are",
                self.label(*step),
                not_kept(why)
            ),
            Note::RunningAgain => "a check failed: running the step's commands".to_owned(),
            Note::NothingLeft => "nothing of the book is running, and its files were removed".to_owned(),
            Note::LeftOut { path, cause } => format!(
                "failed to read `{path}` in the workspace: {cause}; steps are played again where that is needed, and \
                 what is in their way is kept as yours"
            ),
            Note::Forgotten { cause } => format!(
                "failed to read `.scenario/memory.json` in the workspace: {cause}; a file that differs from the \
                 book is kept as yours, and every command runs again"
            ),
            Note::Exercises { count, took } => {
                let exercises = if *count == 1 { "exercise" } else { "exercises" };
                format!("{count} {exercises} proved in {:.1} s", took.as_secs_f32())
            }
            Note::Past { step, container, of } => {
                let (step, of) = (self.label(*step), self.label(*of));
                let door = self.door.of(&step);
                format!(
                    "this machine is past step {step}: the container `{container}` of step {of} is running; \
                     {door} goes back"
                )
            }
        }
    }

    /// What a step is called.
    pub(super) fn label(&self, step: usize) -> String {
        self.scenario.label(step)
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
        self.scenario.sources.location(span).to_string()
    }
}

/// What a message shows of what was printed, or of what differs.
fn detail(item: &ItemResult, reason: &Reason) -> String {
    match reason {
        Reason::Output { diff } => diff::rows(diff).join("\n"),
        Reason::Status { .. } | Reason::TimedOut { .. } | Reason::TerminalEnded { .. } => {
            let Some(output) = &item.output else { return String::new() };
            // A failure explains itself on standard error.
            let silent = output.stderr.text.trim().is_empty();
            let stream = if silent { &output.stdout } else { &output.stderr };
            last_lines(&Printed::new(&stream.text).text, OUTPUT_LINES_MAX)
        }
        Reason::Result { differences } => differences.iter().map(differs).collect::<Vec<_>>().join("\n"),
        _ => String::new(),
    }
}

fn differs(FileDifference { path, written, difference }: &FileDifference) -> String {
    match difference {
        Difference::Line { number, expected, found } => {
            let shown = |line: &Option<String>| {
                line.as_ref().map_or_else(|| "(no such line)".to_owned(), |line| format!("`{line}`"))
            };
            format!("`{path}` line {number} is {}, but the book has {}", shown(expected), shown(found))
        }
        Difference::LineEnds => format!("`{path}` differs from the book in its line ends"),
        Difference::Unexpected => format!("`{written}` is written by the book but `{path}` does not exist"),
        Difference::Missing => format!("no page of the book writes `{path}`"),
    }
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

fn exit_status(status: i32) -> String {
    match status {
        // What a shell reports for a command that was ended by a signal.
        129..=192 => format!("exit status {status}: ended by {}", Exit::Signal(status - 128)),
        status => format!("exit status {status}"),
    }
}

fn not_ready(ready: &Ready, within: Duration, status: Option<u16>) -> String {
    let within = within.as_secs_f32();
    if let Some(status) = status {
        return format!("not ready: {} still answers {status} after {within} s", awaited(ready));
    }
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
        Ready::Wait => "its end".to_owned(),
    }
}
