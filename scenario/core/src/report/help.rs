//! The sentences that say what to do next about a failure. What is wrong is in `words`.

use std::path::Path;

use crate::event::ItemResult;
use crate::failure::{
    Asked, COMMAND_SECONDS, EditFault, Elsewhere, Failure, NoAnswer, Place, PortHolder, Reason, Starter,
};
use crate::model::Ready;
use crate::report::{Door, Words, diff};

/// What a shell reports for a program that is not there.
const COMMAND_NOT_FOUND: i32 = 127;
/// How many lines of the book are shown that a program has named.
const PLACES_SHOWN_MAX: usize = 5;

impl Words<'_> {
    /// Whether the page shows output of a command.
    fn shows_output(&self, item: &ItemResult) -> bool {
        let blocks = self.scenario.step(item.step).into_iter().flat_map(|step| &step.blocks);
        let mut commands = blocks.flat_map(|block| block.kind.commands());
        commands.any(|command| command.id == item.id && !command.output.is_empty())
    }

    /// What to do next about a failure; may be empty.
    pub(super) fn help(&self, item: &ItemResult, reason: &Reason, has_empty_log: bool) -> String {
        match reason {
            Reason::Status { cause: Some(Place { file, line, origin }), .. } => {
                format!("`{file}:{line}` comes from {}; the command is at {}", self.at(*origin), self.at(item.span))
            }
            Reason::Status { found: COMMAND_NOT_FOUND, .. } => {
                "install the program if this machine lacks it; `needs` in book.toml lists the programs that a book needs"
                    .to_owned()
            }
            // The rest is for authors: who has buttons reads the page.
            Reason::Status { .. } if matches!(self.door, Door::Button(_)) => String::new(),
            Reason::Status { found: 0, expected, .. } => {
                format!("if the command is meant to succeed, remove the line `? {expected}` below it")
            }
            Reason::Status { prints_as_shown, found, .. } if *prints_as_shown || self.shows_output(item) => {
                let and = if *prints_as_shown { "" } else { ", and below that what it prints" };
                format!("if the command is meant to end so, write `? {found}` on the line below it{and}")
            }
            Reason::Output { diff } => {
                let explanations = diff::explanations(diff).into_iter().map(str::to_owned);
                let signs = "lines with `-` are on the page, lines with `+` were printed".to_owned();
                let sentences = diff::misspelled(diff).into_iter().chain(explanations).chain([signs]);
                sentences.collect::<Vec<_>>().join("\n")
            }
            Reason::CommandPrinted { line } => {
                let rest = line.strip_prefix("$ ").unwrap_or_default();
                format!(
                    "if it is output, write `[..] {rest}`; if it is a command, put it in a block of its own"
                )
            }
            Reason::TimedOut { .. } => format!(
                "a command that keeps running has a block of its own, with `background=NAME`, `ready=` and `within=`; \
                 where this machine is slower than that, set {COMMAND_SECONDS}"
            ),
            Reason::TerminalEnded { .. } => {
                "`exit`, `exec`, and what fails after `set -e` close a reader's terminal too: put it in a subshell, \
                 as `(exit 3)`; the next command has the terminal as it was before this one"
                    .to_owned()
            }
            Reason::LeftRunning { .. } => {
                "what keeps running has a block of its own, with `background=NAME`, `ready=` and `within=`"
                    .to_owned()
            }
            Reason::FileChanged { path, kept, writes, read_only, .. } => {
                file_changed(path, kept.as_deref(), writes, *read_only)
            }
            Reason::Edit { path, fault, by } => {
                let advice = match (fault.problem(path), fault) {
                    (Some(problem), _) => problem.advice().text,
                    (None, EditFault::Missing) => {
                        format!("make it by a command, or write it whole, in a block with `file={path}` and nothing else")
                    }
                    (None, _) => format!("change it by a command, or write it whole, in a block with `file={path}`"),
                };
                format!("{advice}\n`writes` at {} says that a command writes it", self.at(*by))
            }
            Reason::PortTaken { holder: PortHolder::Container(container), .. } => {
                let stop = crate::shell::quoted(["docker", "kill", container]);
                format!("stop it before this command, as with `{stop}`")
            }
            Reason::PortTaken { holder: PortHolder::Background(name), .. } => {
                format!("end it with `stop={name}` on this block, or use another port here")
            }
            Reason::NotReady { ready: Ready::Log(_), .. } if has_empty_log => {
                "its log is empty; many programs hold back what they print while their output is a file: \
                 switch that off (`python3 -u`, `stdbuf -oL`), or use `ready=PORT`"
                    .to_owned()
            }
            Reason::ForeignImage { .. } => {
                "build the image in a chapter: one that was left from an earlier run proves nothing"
                    .to_owned()
            }
            Reason::PassesBefore { .. } => {
                "check for what only this step brings about, or say `already-true=\"why\"`".to_owned()
            }
            Reason::HintBefore { .. } => {
                "put a check before it that fails until the exercise is begun, without `mistake`".to_owned()
            }
            Reason::MistakePasses => {
                "let the check with this hint ask for what the mistake gets wrong".to_owned()
            }
            Reason::OtherHint { .. } => {
                "the hint of the first check that fails is shown: move the check with this hint above that one, or let \
                 that one ask for less"
                    .to_owned()
            }
            Reason::Result { .. } => {
                "change the page or the folder until they agree: readers end up with what the page says"
                    .to_owned()
            }
            Reason::ClocksDiffer { url, .. } => format!(
                "the time of the last scrape of {url} shows it, so what is new cannot be told from what is old; \
                 let both clocks be set from the network, or restart the virtual machine that Prometheus runs in"
            ),
            Reason::Unreachable { why: NoAnswer::NotPrometheus { .. }, what, .. } => {
                let Asked::Prometheus(asked) = what else { return String::new() };
                format!(
                    "the address is that of `ready` of `background=prometheus`, else port 9090; if Prometheus answers \
                     below a path, name it there, as in `ready={asked}/prometheus/-/ready`"
                )
            }
            Reason::Unreachable { start: Some(start), .. } => self.starter(start),
            _ => String::new(),
        }
    }

    /// The advice, where the book has the lines that a program has named, and where the command's terminal is.
    pub(super) fn with_places(&self, advice: String, failure: &Failure) -> String {
        let cause = match &failure.reason {
            Reason::Status { cause, .. } => cause.as_ref(),
            _ => None,
        };
        let others: Vec<&Place> = failure.places.iter().filter(|place| Some(*place) != cause).collect();
        let lines = others.iter().take(PLACES_SHOWN_MAX);
        let lines = lines
            .map(|place| format!("`{}:{}` comes from {}", place.file, place.line, self.at(place.origin)));
        let more = others.len().saturating_sub(PLACES_SHOWN_MAX);
        let more = (more > 0).then(|| format!("… and {more} more lines of the book"));
        let advice = (!advice.is_empty()).then_some(advice);
        let elsewhere = failure.elsewhere.as_ref().map(|Elsewhere { terminal, dir }| {
            format!("terminal `{terminal}` is in `{}`, and not in the workspace itself", dir.display())
        });
        advice.into_iter().chain(lines).chain(more).chain(elsewhere).collect::<Vec<_>>().join("\n")
    }

    fn starter(&self, start: &Starter) -> String {
        let door = self.door.of(&self.label(start.step));
        match &start.made {
            Some((name, by)) => {
                let by = self.label(*by);
                format!("step {by} starts `{name}` there; {door} runs it for you")
            }
            None => format!("{door} starts what this step needs"),
        }
    }
}

/// What to do about a command that has changed a file of the pages.
fn file_changed(path: &str, kept: Option<&Path>, writes: &[String], read_only: bool) -> String {
    let no_look = if read_only { " in place of `read-only`" } else { "" };
    let restored = match kept.map(crate::book::shown) {
        Some(kept) => format!("was restored, and the changed version is kept in `{}`", kept.display()),
        None => "was restored".to_owned(),
    };
    format!(
        "if the command is meant to change it, write `writes=\"{}\"`{no_look} on its block; or show the change as an edit, \
         in a block with `file={path}`\nthe file {restored}",
        writes.join(", ")
    )
}
