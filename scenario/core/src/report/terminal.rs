//! A run for a person at a terminal: a line per action, each failure in full, a summary.
//!
//! While an action takes long, a line at the bottom shows its progress, if standard error is a terminal; otherwise a line
//! says from time to time that it is still running. Colours follow `NO_COLOR`.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};

use crate::event::{Event, EventKind, ItemResult, Note, RunResult, Skip, Verdict};
use crate::excerpt::excerpt;
use crate::model::{Block, Scenario};
use crate::report::still_running::StillRunning;
use crate::report::text::{cut, plain, visible};
use crate::report::{Words, text};

const GREEN: Style = AnsiColor::Green.on_default();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();
/// How long something takes before its time is worth a word.
const WORTH_TELLING: Duration = Duration::from_millis(500);
/// How often the progress line changes at most.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);
/// The width that titles and progress are cut to.
const WIDTH: usize = 110;

/// Writes events as they come.
pub struct TerminalReport<'a> {
    words: Words<'a>,
    out: Box<dyn Write + 'a>,
    /// The command to run again after a failure, given the step.
    rerun: Box<dyn Fn(&str) -> String + 'a>,
    live: bool,
    /// Where no line at the bottom shows what is running.
    still_running: Option<StillRunning>,
    progress_at: Option<Instant>,
    begun: Instant,
    now: String,
    /// The exercise that everything belongs to, and its step.
    exercise: Option<String>,
    /// Actions that were skipped one after the other for one reason: its title, the reason, how many.
    skipped: Option<(String, Skip, usize)>,
}

impl<'a> TerminalReport<'a> {
    /// A reporter on a stream, which decides about colours.
    pub fn new(
        words: Words<'a>,
        out: impl Write + 'a,
        rerun: impl Fn(&str) -> String + 'a,
    ) -> TerminalReport<'a> {
        let live = std::io::stderr().is_terminal();
        TerminalReport {
            words,
            out: Box::new(out),
            rerun: Box::new(rerun),
            live,
            still_running: (!live).then(|| StillRunning::new(std::io::stderr())),
            progress_at: None,
            begun: Instant::now(),
            now: String::new(),
            exercise: None,
            skipped: None,
        }
    }

    /// Handles one event. A stream that cannot be written to does not stop the run.
    pub fn event(&mut self, event: &Event) {
        let _ = self.write(event);
    }

    fn write(&mut self, event: &Event) -> std::io::Result<()> {
        if let EventKind::Progress { what, left } = &event.kind {
            let text = plain(&self.words.progress(what));
            return self.progress(&text, *left);
        }
        self.clear_progress()?;
        if let EventKind::End(item) = &event.kind
            && let Verdict::Skipped(skip) = item.verdict
        {
            return self.skip(&item.title, skip);
        }
        if !matches!(event.kind, EventKind::Begin { .. }) {
            self.tell_skipped()?;
        }
        match &event.kind {
            EventKind::Step { number, title } => {
                let label = self.words.label(*number);
                self.exercise = None;
                writeln!(self.out, "{BOLD}Step {label}  {}{BOLD:#}", visible(title))?;
            }
            EventKind::Exercise { step, name } => {
                let label = self.words.label(*step);
                writeln!(self.out, "{BOLD}Step {label}  exercise {name}{BOLD:#}")?;
                self.exercise = Some(format!("step {label}, exercise {name}"));
                self.between_attempts();
            }
            EventKind::Begin { title, .. } => {
                self.begun = Instant::now();
                self.now = text::one_line(title);
                let title = self.now.clone();
                self.progress(&title, None)?;
                if let Some(still_running) = &self.still_running {
                    let place = event.action.as_deref().and_then(|id| place_of(self.words.scenario, id));
                    let place = place.map_or_else(String::new, |place| format!(" ({place})"));
                    let exercise = self.exercise.as_ref().map_or_else(String::new, |one| format!("{one}: "));
                    still_running.begin(format!("{exercise}{}{place}", cut(&title, WIDTH)));
                }
            }
            EventKind::End(item) => {
                self.still_running.iter().for_each(StillRunning::end);
                self.between_attempts();
                self.item(item)?;
            }
            EventKind::Kept { path, kept } => {
                let kept = crate::book::shown(kept).display().to_string();
                let (path, kept) = (visible(path), visible(&kept));
                writeln!(self.out, "  {YELLOW}kept{YELLOW:#} your `{path}` as `{kept}`")?;
            }
            EventKind::Note(note) => {
                if matches!(note, Note::Exercises { .. }) {
                    self.exercise = None;
                    self.still_running.iter().for_each(StillRunning::end);
                }
                writeln!(self.out, "  {YELLOW}note{YELLOW:#} {}", visible(&self.words.note(note)))?;
            }
            EventKind::Progress { .. } => {}
        }
        self.out.flush()
    }

    /// No event reports that the end of a step is brought back before an attempt at its exercise, so it is named here.
    fn between_attempts(&self) {
        if let Some((still_running, exercise)) = self.still_running.as_ref().zip(self.exercise.as_ref()) {
            still_running.begin(format!("{exercise}: bringing back the end of the step"));
        }
    }

    fn progress(&mut self, text: &str, left: Option<Duration>) -> std::io::Result<()> {
        if !self.live || self.progress_at.is_some_and(|at| at.elapsed() < PROGRESS_EVERY) {
            return Ok(());
        }
        self.progress_at = Some(Instant::now());
        let took = self.begun.elapsed().as_secs();
        let text = if *text == self.now {
            text.to_owned()
        } else {
            format!("{}: {}", cut(&self.now, 40), text.trim())
        };
        let left = left.map_or_else(String::new, |left| format!(", {} s left", left.as_secs()));
        let mut err = anstream::stderr().lock();
        write!(err, "\r\x1b[2K  {DIM}… {} ({took} s{left}){DIM:#}", cut(&text, WIDTH - 24))?;
        err.flush()
    }

    fn clear_progress(&mut self) -> std::io::Result<()> {
        if self.live && self.progress_at.take().is_some() {
            write!(anstream::stderr().lock(), "\r\x1b[2K")?;
        }
        Ok(())
    }

    fn item(&mut self, item: &ItemResult) -> std::io::Result<()> {
        let title = cut(&item.title, WIDTH);
        match &item.verdict {
            Verdict::Passed(remark) => {
                let took = if item.elapsed >= WORTH_TELLING {
                    format!("  {:.1} s", item.elapsed.as_secs_f32())
                } else {
                    String::new()
                };
                let remark = self.words.remark(remark);
                let remark =
                    if remark.is_empty() { String::new() } else { format!("  {}", cut(&remark, WIDTH)) };
                writeln!(self.out, "  {GREEN}✓{GREEN:#} {title}{DIM}{remark}{took}{DIM:#}")
            }
            Verdict::Skipped(_) => Ok(()),
            Verdict::Failed(_) => {
                writeln!(self.out, "  {RED}✗{RED:#} {title}\n")?;
                self.failure(item)
            }
        }
    }

    fn skip(&mut self, title: &str, why: Skip) -> std::io::Result<()> {
        if self.skipped.as_ref().is_some_and(|(_, reason, _)| *reason != why) {
            self.tell_skipped()?;
        }
        let (_, _, count) = self.skipped.get_or_insert_with(|| (title.to_owned(), why, 0));
        *count += 1;
        Ok(())
    }

    fn tell_skipped(&mut self) -> std::io::Result<()> {
        let Some((title, why, count)) = self.skipped.take() else { return Ok(()) };
        let what = if count == 1 { cut(&title, WIDTH) } else { format!("{count} actions") };
        writeln!(self.out, "  {DIM}– {what} skipped: {}{DIM:#}", self.words.skip(why))
    }

    fn failure(&mut self, item: &ItemResult) -> std::io::Result<()> {
        let explained = self.words.explain(item);
        writeln!(self.out, "{RED}error{RED:#}: {}", visible(&explained.message))?;
        writeln!(self.out, "{}", excerpt(&self.words.scenario.sources, Words::place(item)))?;
        self.part("expected:", &explained.expected)?;
        self.part("found:   ", &explained.found)?;
        for line in text::lines(&explained.detail) {
            writeln!(self.out, "    {line}")?;
        }
        self.part("hint:    ", &explained.hint)?;
        self.part("help:    ", &explained.help)?;
        let rerun = (self.rerun)(&self.words.label(item.step));
        self.part("again:   ", &format!("`{rerun}`"))?;
        writeln!(self.out)
    }

    fn part(&mut self, name: &str, part: &str) -> std::io::Result<()> {
        for (index, line) in text::lines(part).enumerate() {
            let name = if index == 0 { name } else { "         " };
            writeln!(self.out, "  {BOLD}{name}{BOLD:#} {line}")?;
        }
        Ok(())
    }

    /// The last line: the result of the run.
    pub fn summary(&mut self, name: &str, result: &RunResult, took: Duration) {
        let (passed, failed, skipped) = result.counts();
        let style = if failed == 0 { GREEN } else { RED };
        let _ = self.clear_progress().and_then(|()| self.tell_skipped());
        let _ = writeln!(
            self.out,
            "{style}{name}{style:#}: {passed} passed, {failed} failed, {skipped} skipped in {:.1} s",
            took.as_secs_f32()
        );
    }
}

/// `path:line:column` of an action, by its id.
fn place_of(scenario: &Scenario, id: &str) -> Option<String> {
    let of_block = |block: &Block| {
        let command = block.kind.commands().iter().find(|command| command.id == id);
        let is_it = id.strip_prefix(&block.id).is_some_and(|rest| matches!(rest, "" | ".stop"));
        command.map(|command| command.span).or(is_it.then_some(block.fence))
    };
    let span = scenario.steps.iter().find_map(|step| {
        let check = step.every_check().find(|check| check.id == id).map(|check| check.span);
        check.or_else(|| step.every_block().find_map(of_block))
    });
    Some(scenario.sources.location(span?).to_string())
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, pipe};

    use jiff::Timestamp;

    use super::*;
    use crate::event::Phase;
    use crate::parse::{Chapter, Page, parse};
    use crate::plan::{ActionKind, Plan};
    use crate::report::Door;
    use crate::source::{SourceFile, Sources, Span};

    const PAGE: &str = "# One\n\n<!-- scenario: check file=a contains=a exercise=sum mistake=\"No.\" -->\n\n\
        ```console exercise=sum\n$ echo a > a\n```\n\n```console exercise=sum mistake=\"No.\"\n$ true\n```\n";

    #[test]
    fn what_runs_of_an_exercise_is_named_with_its_exercise_and_its_place() {
        let mut sources = Sources::default();
        let index = sources.add(SourceFile::new("src/one.md", PAGE));
        let span = Span::new(index, 0..0);
        let chapter = Chapter { title: String::new(), path: "one.md".to_owned(), number: vec![1], span };
        let plan = Plan::new(parse("", sources, &[Page { chapter, index }]).scenario);
        let exercise = &plan.steps[0].exercises[0];
        let words = Words { scenario: &plan.scenario, door: Door::Command("scenario") };
        let mut report = TerminalReport::new(words, std::io::sink(), |_| String::new());
        let (reader, writer) = pipe().expect("a pipe");
        let mut lines = BufReader::new(reader).lines().map_while(Result::ok);
        report.still_running = Some(StillRunning::with(Duration::ZERO, Duration::from_secs(3600), writer));
        let event = |action: Option<&str>, kind| {
            let action = action.map(str::to_owned);
            Event { at: Timestamp::UNIX_EPOCH, action, phase: Phase::Run, kind }
        };
        let mut says = |event: &Event, line: &str| {
            report.event(event);
            assert_eq!(lines.next().as_deref(), Some(format!("  still running after 0 s: {line}").as_str()));
        };
        says(
            &event(None, EventKind::Exercise { step: 1, name: "sum".into() }),
            "step 1, exercise sum: bringing back the end of the step",
        );
        let command = &exercise.actions[0];
        says(
            &event(
                Some(&command.id),
                EventKind::Begin { kind: ActionKind::Command, title: command.title.clone() },
            ),
            "step 1, exercise sum: echo a > a (src/one.md:6:3)",
        );
        let mistake = &exercise.mistakes[0];
        says(
            &event(
                Some(&mistake.id),
                EventKind::Begin { kind: ActionKind::Mistake, title: mistake.title.clone() },
            ),
            "step 1, exercise sum: mistake: No. (src/one.md:9:1)",
        );
    }
}
