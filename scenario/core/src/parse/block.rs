//! One fenced code block to what it does: its language and attributes decide.

use crate::diagnostic::Diagnostic;
use crate::model::{
    BackgroundCommand, Block, BlockKind, Check, CheckKind, CommandLine, Commands, Effect, FileEdit, Marker,
    Readiness, Ready, Verb,
};
use crate::parse::bag::Bag;
use crate::parse::fence::{Fence, directive_in};
use crate::parse::ids::Ids;
use crate::parse::info::Info;
use crate::parse::{console, expect, vocabulary};
use crate::problem::{self, Owner, PathFault, Problem};
use crate::source::{SourceFile, Span};

/// The block of a fence. Mistakes go to `diagnostics`; after one there may be no block.
pub(super) fn parse(
    fence: Fence,
    info: Info,
    source: &SourceFile,
    ids: &mut Ids<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Block> {
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
    let mut bag = Bag::new(fence.opening, owner, attributes, diagnostics);
    let kind = match owner {
        Owner::Ignored => BlockKind::Ignored(bag.take("ignore").map_or_else(String::new, |(why, _)| why)),
        Owner::Edit => BlockKind::Edit(edit(&mut bag)?),
        Owner::Console => console(&mut bag, &fence, &id)?,
        Owner::Promql => BlockKind::Query(promql(&mut bag, &fence, &id)),
        Owner::OtherBlock | Owner::TargetCheck | Owner::HttpCheck => {
            // An attribute that was misspelt has been reported, and is the cause of this.
            if !unknown {
                without_effect(&mut bag, &fence, language, language_span);
            }
            return None;
        }
    };
    if owner != Owner::Ignored {
        bag.diagnostics().extend(directive_in(source, &fence));
    }
    Some(Block {
        id,
        span: fence.span,
        fence: fence.opening,
        language,
        text: fence.text,
        lines: fence.lines,
        kind,
    })
}

fn without_effect(bag: &mut Bag<'_>, fence: &Fence, language: String, span: Span) {
    match problem::near(&language.to_lowercase(), &vocabulary::LANGUAGES) {
        Some(near) => bag.report(span, Problem::MisspelledLanguage { language, near }),
        None => bag.report(fence.opening, Problem::BlockWithoutEffect { language }),
    }
}

fn edit(bag: &mut Bag<'_>) -> Option<FileEdit> {
    let (path, path_span) = bag.require("file")?;
    if let Some(fault) = path_fault(&path) {
        bag.report(path_span, Problem::InvalidPath { path: path.clone(), fault });
    }
    let mut verbs: Vec<(Verb, Span)> = Vec::new();
    for (word, verb) in [("append", Verb::Append), ("prepend", Verb::Prepend)] {
        verbs.extend(bag.take_word(word).map(|span| (verb, span)));
    }
    if let Some(marker) = marker(bag, "insert-before") {
        verbs.push((Verb::InsertBefore(marker.clone()), marker.span));
    }
    if let Some(marker) = marker(bag, "insert-after") {
        verbs.push((Verb::InsertAfter(marker.clone()), marker.span));
    }
    let to = marker(bag, "replace-to");
    if let Some(from) = marker(bag, "replace") {
        verbs.push((Verb::Replace(from.clone(), to), from.span));
    } else if let Some(to) = to.filter(|_| !bag.had_mistake("replace")) {
        bag.report(to.span, Problem::ReplaceToWithoutReplace);
    }
    verbs.sort_by_key(|(_, span)| span.start);
    if let [(first, first_span), (second, span), ..] = verbs.as_slice() {
        let problem = Problem::ConflictingAttributes { first: first.name(), second: second.name() };
        bag.diagnostics().push(Diagnostic::new(*span, problem).with_label(*first_span, "the first is here"));
    }
    let verb = verbs.into_iter().next().map_or(Verb::Write, |(verb, _)| verb);
    Some(FileEdit { path, path_span, verb })
}

fn marker(bag: &mut Bag<'_>, name: &'static str) -> Option<Marker> {
    bag.take(name).map(|(text, span)| Marker { text, span })
}

/// Why a path cannot name a file of the workspace.
fn path_fault(path: &str) -> Option<PathFault> {
    if path.starts_with(['/', '~']) || path.split('/').any(|part| part == "..") {
        Some(PathFault::Outside)
    } else if path.split('/').next() == Some(".scenario") {
        Some(PathFault::Reserved)
    } else if path.ends_with('/') {
        Some(PathFault::Folder)
    } else if path.contains('\\')
        || path.contains(char::is_control)
        || path.split('/').any(|part| matches!(part, "" | "."))
    {
        Some(PathFault::NotPlain)
    } else {
        None
    }
}

/// None where a mistake left out what a background process needs.
fn console(bag: &mut Bag<'_>, fence: &Fence, id: &str) -> Option<BlockKind> {
    let background = bag.take("background");
    let ready = bag.take_parsed("ready", expect::ready);
    let within = bag.take("within");
    let within_span = within.as_ref().map(|(_, span)| *span);
    let within = bag.parse_taken("within", within, expect::duration);
    let commands = console::parse(&fence.text, &fence.lines, id, background.is_some(), bag.diagnostics());
    if fence.text.trim().is_empty() {
        bag.report(fence.opening, Problem::NoCommand);
    }
    let probed = ready.is_some() || bag.had_mistake("ready");
    if let Some((name, span)) = &background {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !name.chars().all(plain) {
            bag.report(*span, Problem::InvalidName { name: name.clone() });
        }
        if !probed {
            bag.report(*span, Problem::MissingReady);
        }
        background_commands(bag, &commands);
    } else if matches!(ready, Some(Ready::Log(_))) {
        bag.report(fence.opening, Problem::LogWithoutBackground);
    }
    if ready.is_some() && within.is_none() && !bag.had_mistake("within") {
        bag.report(fence.opening, Problem::MissingWithin);
    }
    if let Some(span) = within_span.filter(|_| !probed && background.is_none()) {
        bag.report(span, Problem::WithinWithoutReady);
    }
    let ready = ready.zip(within).map(|(probe, within)| Readiness { probe, within });
    match background {
        None => Some(BlockKind::Commands(Commands { commands, ready })),
        Some((name, _)) => {
            let command = commands.into_iter().next()?;
            Some(BlockKind::Background(BackgroundCommand { name, command, ready: ready? }))
        }
    }
}

/// What a transcript can say of a finished command does not go with one that keeps running.
fn background_commands(bag: &mut Bag<'_>, commands: &[CommandLine]) {
    for command in commands.iter().skip(1) {
        bag.report(command.span, Problem::SeveralBackgroundCommands);
    }
    let Some(command) = commands.first() else { return };
    if let Some(line) = command.output.first() {
        bag.report(line.span, Problem::BackgroundOutput);
    }
    if command.status != 0 {
        bag.report(command.span, Problem::BackgroundExitStatus);
    }
    if command.effect != Effect::None {
        bag.report(command.span, Problem::BackgroundContainerCommand);
    }
}

fn promql(bag: &mut Bag<'_>, fence: &Fence, id: &str) -> Check {
    let expect = bag.take_parsed("expect", expect::expect).unwrap_or_else(expect::expect_something);
    let within = bag.take_parsed("within", expect::duration);
    let already_true = bag.take("already-true").map(|(why, _)| why);
    let query = fence.text.trim().to_owned();
    if query.is_empty() {
        bag.report(fence.opening, Problem::EmptyQuery);
    }
    let kind = CheckKind::Promql { query, expect };
    Check { id: id.to_owned(), span: fence.span, kind, within, already_true }
}
