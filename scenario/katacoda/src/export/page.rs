//! Writes the pages of the steps: it copies prose, and converts each block into commands for the other machine.
//!
//! A comment before a block says what its command does not say about the block in a book. `back` reads these comments. This
//! module writes no scripts: `verify` does.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write;

use scenario_core::model::{
    BackgroundCommand, Block, BlockKind, CommandLine, Commands, FIRST_TERMINAL, Readiness, Ready, Verb,
};
use scenario_core::plan::{Plan, PlannedStep};
use scenario_core::shell;
use scenario_core::source::Span;

use super::edit;
use super::marks::{DIRECTIVE, MARK};
use crate::scan::{Construct, Kind, scan};

/// The state that is kept from one page to the next.
pub(super) struct Pages<'a> {
    pub(super) plan: &'a Plan,
    /// What differs from the book.
    pub(super) notes: Vec<String>,
    /// The files that commands write. It is not known whether they end with a newline.
    written: BTreeSet<&'a str>,
    /// The background processes so far.
    started: BTreeSet<&'a str>,
}

impl<'a> Pages<'a> {
    pub(super) fn new(plan: &'a Plan) -> Pages<'a> {
        let blocks = plan.scenario.steps.iter().flat_map(|step| &step.blocks);
        let written = blocks.flat_map(|block| block.kind.writes()).map(|file| file.path.as_str()).collect();
        Pages { plan, notes: Vec::new(), written, started: BTreeSet::new() }
    }

    fn note(&mut self, span: Span, text: &str) {
        self.notes.push(format!("{}: {text}", self.plan.scenario.sources.location(span)));
    }

    /// The page of a step.
    pub(super) fn step(&mut self, planned: &PlannedStep) -> String {
        let plan = self.plan;
        let Some(step) = plan.scenario.step(planned.number) else { return String::new() };
        let page = &plan.scenario.sources.pages[step.page].text;
        let mut places: Vec<(Span, String)> = Vec::new();
        for block in &step.blocks {
            let text = self.block(block);
            places.push((whole_span(block), text));
        }
        for exercise in &step.exercises {
            self.note(
                exercise.span,
                &format!("the exercise `{}` is shown, and nothing checks it", exercise.name),
            );
            let why = format!("solution of the exercise {}", exercise.name);
            let solution = exercise.solution.iter().map(|block| (whole_span(block), shown(block, &why)));
            places.extend(solution);
            let mistakes = exercise.mistakes.iter().flat_map(|mistake| &mistake.blocks);
            places.extend(mistakes.map(|block| (whole_span(block), String::new())));
            places.extend(exercise.checks.iter().map(|check| (check.span, String::new())));
        }
        places.extend(step.checks.iter().map(|check| (check.span, String::new())));
        if let Some(needs) = &step.needs {
            let text = plan.scenario.sources.text(needs.span).trim_end();
            let text = text.strip_prefix(DIRECTIVE).unwrap_or(text);
            places.push((needs.span, format!("{MARK}{text}\n\n**Needed:** {}.\n\n", needs.what)));
        }
        places.sort_by_key(|(span, _)| span.start);
        let (mut out, mut at) = (String::new(), 0);
        for (span, text) in places {
            self.prose(&mut out, &page[at..span.start], &planned.page);
            let prefix = prefix(page, span.start);
            out.push_str(&text.trim_end_matches('\n').replace('\n', &format!("\n{prefix}")));
            at = span.end;
        }
        self.prose(&mut out, &page[at..], &planned.page);
        if out.contains("{{#") {
            self.notes.push(format!(
                "{}: what mdBook would put in place of `{{{{#…}}}}` stays as it is",
                planned.page
            ));
        }
        out
    }

    /// Adds text between blocks, and escapes marks that Killercoda would not read as text.
    fn prose(&mut self, out: &mut String, text: &str, page: &str) {
        // The block is inside of what the text begins.
        let fence = "\n\n```\n```\n";
        let probe = format!("{text}{fence}");
        let constructs = scan(&probe);
        let is_text = |construct: &Construct| match &construct.kind {
            Kind::Span(span) => span.braces.is_none(),
            Kind::Comment { is_closed } => *is_closed,
            Kind::Pre(pre) => pre.is_closed && !pre.is_file(&probe),
            Kind::Fence(_) | Kind::Orphan(_) | Kind::Stray(_) => false,
            Kind::LoneBackticks => true,
        };
        if let Some((last, before)) = constructs.split_last()
            && last.span.start == text.len() + 2
            && before.iter().all(is_text)
        {
            out.push_str(text);
            return;
        }
        self.notes.push(format!("{page}: text that would be a block on the other side is escaped"));
        let escaped =
            text.replace('<', "&lt;").replace("{{", "&#123;&#123;").replace("```", "&#96;&#96;&#96;");
        out.push_str(&escaped.replace("~~~", "&#126;~~"));
    }

    fn block(&mut self, block: &'a Block) -> String {
        let mut out = String::new();
        match &block.kind {
            BlockKind::Edit(edit) => {
                let is_whole = !self.written.contains(edit.path.as_str()) || matches!(edit.verb, Verb::Write);
                let command = edit::command(edit, &block.text, is_whole);
                if command.is_encoded {
                    self.note(
                        block.fence,
                        "the text cannot be typed as it is, so the command has it in base64",
                    );
                    out.push_str(&shown(block, "what the next command writes"));
                    out.push('\n');
                }
                fence(&mut out, "bash", &command.text, "{{exec}}");
            }
            BlockKind::Commands(commands) => {
                self.stop(&mut out, block);
                self.commands(&mut out, block, commands);
            }
            BlockKind::Background(background) => {
                self.stop(&mut out, block);
                self.background(&mut out, block, background);
            }
            BlockKind::Query(check) => {
                let info = self.plan.scenario.sources.text(block.fence).trim_start_matches(['`', '~']).trim();
                mark(&mut out, info);
                fence(&mut out, "promql", &block.text, "{{copy}}");
                let picture = check.plot.as_ref().map(|plot| (&plot.alt, format!("plots/{}.svg", plot.name)));
                let picture = picture.or_else(|| {
                    let screenshot = check.screenshot.as_ref()?;
                    Some((&screenshot.alt, format!("screenshots/{}.png", screenshot.name)))
                });
                if let Some((alt, path)) = picture {
                    let _ = writeln!(out, "\n![{}]({path})", alt.replace(['[', ']'], ""));
                }
            }
            BlockKind::Ignored(why) => out.push_str(&shown(block, why)),
        }
        out
    }

    /// The command that ends a process before those of a block.
    fn stop(&mut self, out: &mut String, block: &Block) {
        if let Some((name, _)) = &block.stops {
            mark(out, &format!("console stop={name}"));
            fence(out, "bash", &format!("book stop {name}\n"), "{{exec}}");
            out.push('\n');
        }
    }

    fn commands(&mut self, out: &mut String, block: &Block, commands: &Commands) {
        for (number, command) in commands.commands.iter().enumerate() {
            let mut info = format!("console{}", untracked(block));
            if commands.read_only {
                info.push_str(" read-only");
            }
            if !commands.writes.is_empty() {
                let paths: Vec<&str> = commands.writes.iter().map(|file| file.path.as_str()).collect();
                let _ = write!(info, " writes={}", edit::quoted(&paths.join(",")));
            }
            if let Some(within) = commands.repeat {
                let _ = write!(info, " within={}ms", within.as_millis());
            }
            let mut text = command.text.clone() + "\n";
            if let Some(ready) = commands.ready.as_ref().filter(|_| number + 1 == commands.commands.len()) {
                info.push_str(&ready_attributes(ready));
                let _ = writeln!(text, "book wait {} {}", ready_word(ready), seconds(ready));
            }
            if number > 0 {
                out.push('\n');
            }
            self.command(out, command, &info, &text);
        }
    }

    /// A command and its output.
    fn command(&mut self, out: &mut String, command: &CommandLine, info: &str, text: &str) {
        let mut text = Cow::Borrowed(text);
        if !edit::can_be_typed(&text) {
            self.note(command.span, "the command cannot be typed as it is, so it is in base64");
            out.push_str(&pre(&text));
            out.push('\n');
            text = Cow::Owned(edit::encoded(&text));
        }
        let mut info = info.to_owned();
        let mut action = "{{exec}}".to_owned();
        if command.terminal != FIRST_TERMINAL {
            let _ = write!(info, " terminal={}", command.terminal);
            action = format!("{{{{exec {}}}}}", command.terminal);
            let what =
                format!("terminal `{}`: Killercoda documents none, open a tab by hand", command.terminal);
            self.note(command.span, &what);
        }
        if command.status != 0 {
            let _ = write!(info, " status={}", command.status);
        }
        mark(out, &info);
        fence(out, "bash", &text, &action);
        if !command.output.is_empty() {
            let lines: String = command.output.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect();
            out.push('\n');
            mark(out, "output");
            fence(out, "text", &lines, "");
        }
    }

    fn background(&mut self, out: &mut String, block: &Block, background: &'a BackgroundCommand) {
        let (name, ready) = (&background.name, &background.ready);
        let info = format!("console background={name}{}{}", untracked(block), ready_attributes(ready));
        let mut text = String::new();
        if !self.started.insert(name) {
            let _ = writeln!(text, "book stop {name}");
        }
        let command = &background.command.text;
        let is_plain = !command.contains(|c: char| "|&;<>()#\n".contains(c));
        let command = if is_plain { command.clone() } else { format!("{{\n{command}\n}}") };
        let (ready, seconds) = (ready_word(ready), seconds(ready));
        let _ =
            writeln!(text, "{command} > /tmp/{name}.log 2>&1 &\nbook started {name} $! {ready} {seconds}");
        self.command(out, &background.command, &info, &text);
    }
}

/// The text of a block from the beginning of its fence.
fn whole_span(block: &Block) -> Span {
    Span { start: block.fence.start.max(block.span.start), ..block.span }
}

/// The marks of a list or a quotation with which the lines of a block begin.
fn prefix(page: &str, at: usize) -> String {
    let start = page[..at].rfind('\n').map_or(0, |newline| newline + 1);
    page[start..at].chars().map(|c| if matches!(c, '>' | '\t') { c } else { ' ' }).collect()
}

/// A block that is only shown.
fn shown(block: &Block, why: &str) -> String {
    if edit::fence_mark(&block.text).is_none() {
        return pre(&block.text);
    }
    let mut out = String::new();
    let language = if block.language.is_empty() { "text" } else { &block.language };
    mark(&mut out, &format!("{language} ignore={}", edit::quoted(why)));
    fence(&mut out, language, &block.text, "");
    out
}

/// A text as HTML. Actions in `<pre>` do nothing.
fn pre(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<pre>\n{text}</pre>\n")
}

/// The comment that describes the next block in a book.
fn mark(out: &mut String, info: &str) {
    let info = info.replace('&', "&amp;").replace('>', "&gt;");
    let _ = writeln!(out, "{MARK}{info} -->");
}

/// A fence that nothing in the text closes.
fn fence(out: &mut String, language: &str, text: &str, action: &str) {
    let mark = edit::fence_mark(text).unwrap_or('~');
    let longest = text.split(|c| c != mark).map(str::len).max().unwrap_or(0);
    let marks = mark.to_string().repeat(3.max(longest + 1));
    let _ = writeln!(out, "{marks}{language}\n{text}{marks}{action}");
}

fn untracked(block: &Block) -> &'static str {
    if block.untracked { " untracked" } else { "" }
}

fn ready_attributes(ready: &Readiness) -> String {
    let probe = match &ready.probe {
        Ready::Port(port) => port.to_string(),
        Ready::Url(url) => edit::quoted(url),
        Ready::Log(text) => format!("log:{}", edit::quoted(text)),
        Ready::Wait => "wait".to_owned(),
    };
    format!(" ready={probe} within={}ms", ready.within.as_millis())
}

fn ready_word(ready: &Readiness) -> String {
    shell::quoted([match &ready.probe {
        Ready::Port(port) => port.to_string(),
        Ready::Url(url) => url.clone(),
        Ready::Log(text) => format!("log:{text}"),
        Ready::Wait => "wait".to_owned(),
    }])
}

fn seconds(ready: &Readiness) -> u64 {
    ready.within.as_secs().max(1)
}
