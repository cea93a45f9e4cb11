//! One fenced code block to what it does: its language and attributes decide.

use crate::diagnostic::Diagnostic;
use crate::model::{
    BackgroundCommand, Block, BlockKind, Check, CheckKind, CommandLine, Commands, Effect, FileEdit, Marker,
    Readiness, Ready, Verb,
};
use crate::parse::attributes::Attribute;
use crate::parse::fence::Fence;
use crate::parse::{Ids, bag::Bag, console, expect};
use crate::source::Span;

/// Every attribute that a block can have; a page that is no step may have none of them.
pub(super) const ATTRIBUTES: [&str; 13] = [
    "file",
    "append",
    "prepend",
    "insert-before",
    "insert-after",
    "replace",
    "replace-to",
    "background",
    "ready",
    "within",
    "expect",
    "already-true",
    "ignore",
];
/// Those of them that make a block a file edit.
const EDIT: [&str; 7] =
    ["file", "append", "prepend", "insert-before", "insert-after", "replace", "replace-to"];

/// The block that a fence stands for; mistakes go to `diagnostics`, and then there may be none.
pub(super) fn parse(
    fence: Fence,
    attributes: Vec<Attribute>,
    language: &str,
    ids: &mut Ids<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Block> {
    let id = ids.next(language, &attributes, &fence.text);
    let has = |names: &[&str]| attributes.iter().any(|attribute| names.contains(&attribute.key.as_str()));
    let (ignored, edits) = (has(&["ignore"]), has(&EDIT));
    let (owner, known): (&str, &[&str]) = match language {
        _ if ignored => ("a block that is ignored", &["ignore"]),
        _ if edits => ("a file edit", &EDIT),
        "console" => ("a `console` block", &["background", "ready", "within", "file", "ignore"]),
        "promql" => ("a `promql` block", &["within", "expect", "already-true", "file", "ignore"]),
        _ => ("a block that is neither a file edit nor `console` nor `promql`", &["file", "ignore"]),
    };
    let unknown = attributes.iter().any(|attribute| !known.contains(&attribute.key.as_str()));
    let mut bag = Bag::new(fence.opening, owner, attributes, known, diagnostics);
    let kind = if ignored {
        BlockKind::Ignored(bag.take("ignore").map_or_else(String::new, |(why, _)| why))
    } else if edits {
        BlockKind::Edit(edit(&mut bag)?)
    } else if language == "console" {
        console(&mut bag, &fence, &id)?
    } else if language == "promql" {
        BlockKind::Query(promql(&mut bag, &fence, &id))
    } else {
        // An attribute that was misspelt has been complained of, and is the cause of this.
        if !unknown {
            bag.diagnose(unaccounted(&fence, language));
        }
        return None;
    };
    if !ignored && let Some(diagnostic) = included(&fence) {
        bag.diagnose(diagnostic);
    }
    Some(Block {
        id,
        span: fence.span,
        fence: fence.opening,
        language: language.to_owned(),
        text: fence.text,
        lines: fence.lines,
        kind,
    })
}

fn unaccounted(fence: &Fence, language: &str) -> Diagnostic {
    let what = if language.is_empty() { "a block without a language" } else { "this block" };
    let help = match language {
        "sh" | "bash" | "shell" | "shell-session" | "sh-session" | "zsh" => {
            "commands are `console` blocks, with `$ ` before each command; or add `file=PATH` or `ignore=\"why\"`"
        }
        _ => "add `file=PATH` to write it to a file, or `ignore=\"why\"` if it is only to be read",
    };
    Diagnostic::new(fence.opening, format!("{what} is neither applied, run nor checked")).with_help(help)
}

/// mdBook would put another text in this place, and the reader would see what the runner does not do.
fn included(fence: &Fence) -> Option<Diagnostic> {
    const DIRECTIVES: [&str; 3] = ["{{#include", "{{#rustdoc_include", "{{#playground"];
    let holds = |line: &&str| DIRECTIVES.iter().any(|directive| line.contains(directive));
    let index = fence.text.lines().position(|line| holds(&line))?;
    let message = "mdBook would replace this line, and the runner would not";
    Some(
        Diagnostic::new(fence.lines[index], message)
            .with_help("write the text itself: the page is the source"),
    )
}

fn edit(bag: &mut Bag<'_>) -> Option<FileEdit> {
    let Some((path, path_span)) = bag.take("file") else {
        if !bag.had_mistake("file") {
            bag.diagnose(Diagnostic::new(bag.place, "this edit names no file").with_help("add `file=PATH`"));
        }
        return None;
    };
    if let Some(problem) = path_problem(&path) {
        bag.diagnose(Diagnostic::new(path_span, format!("`{path}` {problem}")).with_help(
            "a path is relative to the workspace, its parts joined by `/`, as in `app/src/main.rs`",
        ));
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
        bag.diagnose(
            Diagnostic::new(to.span, "`replace-to` says where to end, and nothing says where to begin")
                .with_help("add `replace=\"…\"`"),
        );
    }
    verbs.sort_by_key(|(_, span)| span.start);
    if let [(first, _), (second, span), ..] = verbs.as_slice() {
        let message = format!("one block does one thing: `{}` or `{}`", first.name(), second.name());
        bag.diagnose(Diagnostic::new(*span, message).with_help("write two blocks"));
    }
    let verb = verbs.into_iter().next().map_or(Verb::Write, |(verb, _)| verb);
    Some(FileEdit { path, path_span, verb })
}

fn marker(bag: &mut Bag<'_>, name: &'static str) -> Option<Marker> {
    bag.take(name).map(|(text, span)| Marker { text, span })
}

/// Why a path cannot name a file of the workspace.
fn path_problem(path: &str) -> Option<&'static str> {
    if path.starts_with(['/', '~']) || path.split('/').any(|part| part == "..") {
        Some("leaves the workspace")
    } else if path.split('/').next() == Some(".scenario") {
        Some("is where the runner keeps its own files")
    } else if path.ends_with('/') {
        Some("names a folder, not a file")
    } else if path.contains(['\\', '\n', '\r', '\t']) || path.split('/').any(|part| matches!(part, "" | "."))
    {
        Some("is not a plain path")
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
    let commands = console::parse(&fence.text, &fence.lines, id, background.is_some(), bag.diagnostics);
    if fence.text.trim().is_empty() {
        bag.diagnose(
            Diagnostic::new(fence.opening, "this console block has no command")
                .with_help("a command starts with `$ `"),
        );
    }
    let probed = ready.is_some() || bag.had_mistake("ready");
    if let Some((name, span)) = &background {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !name.chars().all(plain) {
            bag.diagnose(
                Diagnostic::new(*span, format!("`{name}` is no name for a process")).with_help(
                    "a name is made of letters, digits, `-` and `_`, as in `background=prometheus`",
                ),
            );
        }
        if !probed {
            bag.diagnose(
                Diagnostic::new(*span, "nothing says when this background process is ready")
                    .with_help("add `ready=URL`, `ready=PORT` or `ready=log:\"text\"`, and `within=30s`"),
            );
        }
        background_commands(bag, &commands);
    } else if matches!(ready, Some(Ready::Log(_))) {
        bag.diagnose(
            Diagnostic::new(fence.opening, "only a background process has a log to look into")
                .with_help("add `background=NAME`, or wait for a port or a URL"),
        );
    }
    if ready.is_some() && within.is_none() && !bag.had_mistake("within") {
        bag.diagnose(
            Diagnostic::new(fence.opening, "nothing says how long this may take to be ready")
                .with_help("add `within=30s`"),
        );
    }
    if let Some(span) = within_span.filter(|_| !probed && background.is_none()) {
        bag.diagnose(
            Diagnostic::new(span, "`within` bounds a readiness probe, and there is none")
                .with_help("add `ready=URL` or `ready=PORT`, or leave `within` away"),
        );
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
        bag.diagnose(
            Diagnostic::new(command.span, "a background block holds one command")
                .with_help("put the others into a `console` block of their own"),
        );
    }
    let Some(command) = commands.first() else { return };
    if let Some(line) = command.output.first() {
        bag.diagnose(
            Diagnostic::new(line.span, "what a background process prints is not compared").with_help(
                "remove the output; what the process prints can be waited for: `ready=log:\"text\"`",
            ),
        );
    }
    if command.status != 0 {
        bag.diagnose(
            Diagnostic::new(command.span, "a background process has no exit status while it runs")
                .with_help("remove the `?` line, or remove `background`"),
        );
    }
    if command.effect != Effect::None {
        bag.diagnose(
            Diagnostic::new(command.span, "this command ends at once, so it is no background process")
                .with_help("remove `background`; the runner keeps track of containers and images by itself"),
        );
    }
}

fn promql(bag: &mut Bag<'_>, fence: &Fence, id: &str) -> Check {
    let expect = bag.take_parsed("expect", expect::expect).unwrap_or_else(expect::expect_something);
    let within = bag.take_parsed("within", expect::duration);
    let already_true = bag.take("already-true").map(|(why, _)| why);
    let query = fence.text.trim().to_owned();
    if query.is_empty() {
        bag.diagnose(
            Diagnostic::new(fence.opening, "this block holds no query")
                .with_help("write one PromQL expression between the fences"),
        );
    }
    let kind = CheckKind::Promql { query, expect };
    Check { id: id.to_owned(), span: fence.span, kind, within, already_true }
}
