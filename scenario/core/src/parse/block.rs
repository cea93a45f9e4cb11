//! One fenced code block to what it does: its language and attributes decide.

use crate::diagnostic::Diagnostic;
use crate::model::{
    BackgroundCommand, Block, BlockKind, Check, CheckKind, CommandLine, Commands, Effect, Expect,
    FIRST_TERMINAL, FileEdit, Marker, Plot, Readiness, Ready, Screenshot, Verb, WrittenFile,
};
use crate::parse::attributes::Attributes;
use crate::parse::exercise::Membership;
use crate::parse::fence::{Fence, directive_in};
use crate::parse::ids::Ids;
use crate::parse::info::Info;
use crate::parse::{console, expect, plot, result, screenshot, vocabulary};
use crate::problem::{self, Owner, Problem};
use crate::source::{SourceFile, Span};

/// The block of a fence, and the exercise that it is part of. Mistakes go to `diagnostics`; after one there may be no block.
pub(super) fn parse(
    fence: Fence,
    info: Info,
    source: &SourceFile,
    ids: &mut Ids<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(Option<Membership>, Block)> {
    let Info { language, language_span, attributes } = info;
    let id = ids.next(&language, &attributes, &fence.text);
    let has = |names: &[&str]| attributes.iter().any(|attribute| names.contains(&attribute.key.as_str()));
    let owner = match language.as_str() {
        _ if has(&["ignore"]) => Owner::Ignored,
        _ if has(&vocabulary::EDIT) => Owner::Edit,
        "console" => Owner::Console,
        "promql" => Owner::Promql,
        _ => Owner::OtherBlock,
    };
    let known = vocabulary::known(owner);
    let unknown = attributes.iter().any(|attribute| !known.contains(&attribute.key.as_str()));
    let mut attributes = Attributes::new(fence.opening, owner, attributes, diagnostics);
    let membership = Membership::take(&mut attributes);
    let stops = attributes.take("stop");
    let untracked = (owner == Owner::Console).then(|| attributes.take_word("untracked")).flatten();
    let kind = match owner {
        Owner::Ignored => {
            BlockKind::Ignored(attributes.take("ignore").map_or_else(String::new, |(why, _)| why))
        }
        Owner::Edit => BlockKind::Edit(edit(&mut attributes)?),
        Owner::Console => console(&mut attributes, &fence, &id, (stops.is_some(), untracked))?,
        Owner::Promql => BlockKind::Query(promql(&mut attributes, &fence, &id, membership.is_some())),
        Owner::OtherBlock
        | Owner::Plot
        | Owner::Screenshot
        | Owner::TargetCheck
        | Owner::HttpCheck
        | Owner::CommandCheck
        | Owner::FileCheck
        | Owner::Needs => {
            // An attribute that was misspelt has been reported, and is the cause of this.
            if !unknown {
                without_effect(&mut attributes, &fence, language, language_span);
            }
            return None;
        }
    };
    if owner != Owner::Ignored {
        attributes.diagnostics().extend(directive_in(source, &fence));
    }
    let (span, fence, text, lines) = (fence.span, fence.opening, fence.text, fence.lines);
    Some((
        membership,
        Block { id, span, fence, language, text, lines, stops, untracked: untracked.is_some(), kind },
    ))
}

fn without_effect(attributes: &mut Attributes<'_>, fence: &Fence, language: String, span: Span) {
    match problem::near(&language.to_lowercase(), &vocabulary::LANGUAGES) {
        Some(near) => attributes.report(span, Problem::MisspelledLanguage { language, near }),
        None => attributes.report(fence.opening, Problem::BlockWithoutEffect { language }),
    }
}

fn edit(attributes: &mut Attributes<'_>) -> Option<FileEdit> {
    let (path, path_span) = attributes.require("file")?;
    if let Some(fault) = expect::path_fault(&path) {
        attributes.report(path_span, Problem::InvalidPath { path: path.clone(), fault });
    }
    let mut verbs: Vec<(Verb, Span)> = Vec::new();
    for (word, verb) in [("append", Verb::Append), ("prepend", Verb::Prepend)] {
        verbs.extend(attributes.take_word(word).map(|span| (verb, span)));
    }
    if let Some(marker) = marker(attributes, "insert-before") {
        verbs.push((Verb::InsertBefore(marker.clone()), marker.span));
    }
    if let Some(marker) = marker(attributes, "insert-after") {
        verbs.push((Verb::InsertAfter(marker.clone()), marker.span));
    }
    let to = marker(attributes, "replace-to");
    if let Some(from) = marker(attributes, "replace") {
        verbs.push((Verb::Replace(from.clone(), to), from.span));
    } else if let Some(to) = to.filter(|_| !attributes.had_mistake("replace")) {
        attributes.report(to.span, Problem::ReplaceToWithoutReplace);
    }
    verbs.sort_by_key(|(_, span)| span.start);
    if let [(first, first_span), (second, span), ..] = verbs.as_slice() {
        let problem = Problem::ConflictingAttributes { first: first.name(), second: second.name() };
        attributes
            .diagnostics()
            .push(Diagnostic::new(*span, problem).with_label(*first_span, "the first is here"));
    }
    let verb = verbs.into_iter().next().map_or(Verb::Write, |(verb, _)| verb);
    Some(FileEdit { path, path_span, verb })
}

fn marker(attributes: &mut Attributes<'_>, name: &'static str) -> Option<Marker> {
    attributes.take(name).map(|(text, span)| Marker { text, span })
}

/// None where a mistake left out what a background process needs.
fn console(
    attributes: &mut Attributes<'_>,
    fence: &Fence,
    id: &str,
    (stops, untracked): (bool, Option<Span>),
) -> Option<BlockKind> {
    let read_only = attributes.take_word("read-only");
    let background = attributes.take_name("background");
    let writes = written(attributes, background.is_some(), read_only.is_some());
    let ready = attributes.take_parsed("ready", expect::ready);
    let within = attributes.take("within");
    let within_span = within.as_ref().map(|(_, span)| *span);
    let within = attributes.parse_taken("within", within, expect::duration);
    // What a terminal shows when Ctrl-C ends what runs in it.
    let (text, lines) = match fence.text.strip_prefix("^C\n").filter(|_| stops) {
        Some(rest) => (rest, &fence.lines[1..]),
        None => (fence.text.as_str(), fence.lines.as_slice()),
    };
    let terminal =
        attributes.take_name("terminal").map_or_else(|| FIRST_TERMINAL.to_owned(), |(name, _)| name);
    let in_block = console::Place {
        block_id: id,
        terminal: &terminal,
        background: background.is_some(),
        untracked: untracked.is_some(),
    };
    let commands = console::parse(text, lines, in_block, attributes.diagnostics());
    let probed = ready.is_some() || attributes.had_mistake("ready");
    let needs_command = !stops || probed || background.is_some();
    if needs_command && text.trim().is_empty() {
        attributes.report(fence.opening, Problem::NoCommand);
    }
    if let Some((_, span)) = &background {
        if !probed {
            attributes.report(*span, Problem::MissingReady);
        }
        background_commands(attributes, &commands);
    } else if let Some(probe @ (Ready::Log(_) | Ready::Wait)) = &ready {
        let probe = if *probe == Ready::Wait { "wait" } else { "log:" };
        attributes.report(fence.opening, Problem::ReadyWithoutBackground { probe });
    }
    if ready.is_some() && within.is_none() && !attributes.had_mistake("within") {
        attributes.report(fence.opening, Problem::MissingWithin);
    }
    match within_span.filter(|_| !probed && background.is_none()) {
        Some(span) if read_only.is_none() => attributes.report(span, Problem::WithinWithoutReady),
        Some(span) if commands.iter().all(|command| command.output.is_empty()) => {
            attributes.report(span, Problem::WithinWithoutOutput);
        }
        _ => {}
    }
    if let Some(span) = read_only {
        let other = background.as_ref().map(|_| "background").or(probed.then_some("ready"));
        let other = other.or(stops.then_some("stop")).or(untracked.map(|_| "untracked"));
        self::read_only(attributes, span, other, &commands);
    }
    let repeat = within.filter(|_| !probed);
    let ready = ready.zip(within).map(|(probe, within)| Readiness { probe, within });
    match background {
        None => {
            let read_only = read_only.is_some();
            Some(BlockKind::Commands(Commands { commands, ready, read_only, repeat, writes }))
        }
        Some((name, _)) => {
            let command = commands.into_iter().next()?;
            Some(BlockKind::Background(BackgroundCommand { name, command, ready: ready? }))
        }
    }
}

/// The files that `writes` names. A look changes none, and what keeps running could change them at any time.
fn written(attributes: &mut Attributes<'_>, is_background: bool, is_read_only: bool) -> Vec<WrittenFile> {
    let Some((paths, span)) = attributes.take("writes") else { return Vec::new() };
    for (first, conflicts) in [("background", is_background), ("read-only", is_read_only)] {
        if conflicts {
            attributes.report(span, Problem::ConflictingAttributes { first, second: "writes" });
        }
    }
    let paths = paths.split(',').map(|path| path.trim().to_owned());
    let mut written: Vec<WrittenFile> = Vec::new();
    for path in paths {
        match expect::path_fault(&path) {
            Some(fault) => attributes.report(span, Problem::InvalidPath { path, fault }),
            None if written.iter().any(|file| file.path == path) => {}
            None => written.push(WrittenFile { path, span }),
        }
    }
    written
}

/// What a read-only block cannot do: start or stop something (`other` is the attribute that says so), or change
/// containers.
fn read_only(
    attributes: &mut Attributes<'_>,
    span: Span,
    other: Option<&'static str>,
    commands: &[CommandLine],
) {
    if let Some(first) = other {
        attributes.report(span, Problem::ConflictingAttributes { first, second: "read-only" });
    }
    for command in commands.iter().filter(|command| command.effect != Effect::None) {
        attributes.report(command.span, Problem::ReadOnlyContainerCommand);
    }
}

/// What a transcript can say of a finished command does not go with one that keeps running.
fn background_commands(attributes: &mut Attributes<'_>, commands: &[CommandLine]) {
    for command in commands.iter().skip(1) {
        attributes.report(command.span, Problem::SeveralBackgroundCommands);
    }
    let Some(command) = commands.first() else { return };
    if let Some(line) = command.output.first() {
        attributes.report(line.span, Problem::BackgroundOutput);
    }
    if command.status != 0 {
        attributes.report(command.span, Problem::BackgroundExitStatus);
    }
    if command.effect != Effect::None {
        attributes.report(command.span, Problem::BackgroundContainerCommand);
    }
}

fn promql(attributes: &mut Attributes<'_>, fence: &Fence, id: &str, in_exercise: bool) -> Check {
    let given = attributes.take("expect");
    let given_span = given.as_ref().map(|(_, span)| *span);
    let expect = attributes.parse_taken("expect", given, expect::expect);
    let within = attributes.take_parsed("within", expect::duration);
    let already_true = attributes.take("already-true");
    // In an exercise a query is no check: it is asked only after the solution.
    if let Some((_, span)) = already_true.as_ref().filter(|_| in_exercise) {
        attributes
            .report(*span, Problem::ConflictingAttributes { first: "exercise", second: "already-true" });
    }
    let already_true = already_true.map(|(why, _)| why);
    let (query, shown) = result::split(&fence.text, &fence.lines, attributes.diagnostics());
    let query = query.trim().to_owned();
    if let (Some(span), Some((_, place))) = (given_span, &shown) {
        let problem = Problem::ConflictingAttributes { first: "expect", second: "# =>" };
        attributes.diagnostics().push(Diagnostic::new(*place, problem).with_label(span, "the first is here"));
    }
    let expect = match shown {
        Some((shown, _)) => Expect::Shown(shown),
        None => expect.unwrap_or_else(expect::expect_something),
    };
    if query.is_empty() {
        attributes.report(fence.opening, Problem::EmptyQuery);
    }
    let (plot, screenshot) = picture(attributes, fence.opening, in_exercise);
    let kind = CheckKind::Promql { query, expect };
    Check { id: id.to_owned(), span: fence.span, kind, within, already_true, plot, screenshot, hint: None }
}

/// The picture of a query, of one kind or the other. An exercise has none.
fn picture(
    attributes: &mut Attributes<'_>,
    opening: Span,
    in_exercise: bool,
) -> (Option<Box<Plot>>, Option<Box<Screenshot>>) {
    let [plot, screenshot] = ["plot", "screenshot"].map(|key| attributes.key_span(key));
    for (span, second) in [(plot, "plot"), (screenshot, "screenshot")] {
        if let Some(span) = span.filter(|_| in_exercise) {
            attributes.report(span, Problem::ConflictingAttributes { first: "exercise", second });
        }
    }
    match (plot, screenshot) {
        (Some(_), Some(span)) => {
            let problem = Problem::ConflictingAttributes { first: "plot", second: "screenshot" };
            attributes.report(span, problem);
            (None, None)
        }
        // Its alternative text is not that of a plot.
        (None, Some(_)) => {
            let screenshot = screenshot::screenshot(attributes, opening);
            plot::plot(attributes, opening);
            (None, screenshot.map(Box::new))
        }
        (_, None) => {
            let plot = plot::plot(attributes, opening);
            screenshot::screenshot(attributes, opening);
            (plot.map(Box::new), None)
        }
    }
}
