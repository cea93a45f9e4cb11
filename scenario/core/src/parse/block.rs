//! One fenced code block to what it does: its language and attributes decide.

use crate::diagnostic::Diagnostic;
use crate::model::{Block, BlockKind, Check, CheckKind, Console, FileEdit, Marker, Verb};
use crate::parse::attributes::Attribute;
use crate::parse::fence::Fence;
use crate::parse::{bag::Bag, console, content_id, expect};

const VERBS: [&str; 6] = ["append", "prepend", "insert-before", "insert-after", "replace", "replace-to"];

/// Every attribute that a block can have; a page that is no step may have none of them.
pub(super) const ALL: [&str; 14] = [
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
    "error",
];

/// The block that a fence stands for; mistakes go to `diagnostics`, and then there may be none.
pub(super) fn parse(
    fence: Fence,
    attributes: Vec<Attribute>,
    language: &str,
    stem: &str,
    ordinal: usize,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Block> {
    let id = format!("{stem}:{ordinal}:{}", content_id(language, &attributes, &fence.text));
    let names: Vec<&str> = attributes.iter().map(|attribute| attribute.key.as_str()).collect();
    let edits = names.iter().any(|name| *name == "file" || VERBS.contains(name));
    let known: &[&str] = match language {
        _ if names.contains(&"ignore") => &["ignore"],
        _ if edits => {
            &["file", "append", "prepend", "insert-before", "insert-after", "replace", "replace-to"]
        }
        "console" => &["background", "ready", "within", "file", "ignore"],
        "promql" => &["within", "expect", "already-true", "file", "ignore"],
        _ => &["file", "ignore"],
    };
    let mut bag = Bag::new(fence.opening, attributes, known, diagnostics);
    let kind = if let Some((why, span)) = bag.take("ignore") {
        if why.trim().is_empty() {
            bag.diagnose(
                Diagnostic::new(span, "`ignore` gives no reason").with_help("write `ignore=\"why\"`"),
            );
        }
        BlockKind::Ignored(why)
    } else if edits {
        BlockKind::Edit(edit(&mut bag)?)
    } else {
        match language {
            "console" => BlockKind::Console(console(&mut bag, &fence, &id)),
            "promql" => BlockKind::Promql(promql(&mut bag, &fence, &id)),
            _ => {
                let what = if language.is_empty() { "a block without a language" } else { "this block" };
                let help = match language {
                    "sh" | "bash" | "shell" => "commands are `console` blocks, each command after `$ `",
                    _ => "add `file=PATH` to write it to a file, or `ignore=\"why\"`",
                };
                let message = format!("{what} is neither applied, run nor checked");
                bag.diagnose(Diagnostic::new(fence.opening, message).with_help(help));
                return None;
            }
        }
    };
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

fn edit(bag: &mut Bag<'_>) -> Option<FileEdit> {
    let Some((path, path_span)) = bag.take("file") else {
        bag.diagnose(Diagnostic::new(bag.place, "this edit names no file").with_help("add `file=PATH`"));
        return None;
    };
    if let Some(problem) = path_problem(&path) {
        bag.diagnose(
            Diagnostic::new(path_span, format!("`{path}` {problem}"))
                .with_help("paths are relative to the workspace, as in `app/src/main.rs`"),
        );
    }
    let mut verbs = Vec::new();
    for (word, verb) in [("append", Verb::Append), ("prepend", Verb::Prepend)] {
        if let Some(span) = bag.take_word(word) {
            verbs.push((verb, span));
        }
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
    } else if let Some(to) = to {
        bag.diagnose(Diagnostic::new(
            to.span,
            "`replace-to` needs `replace=\"…\"`, which says where to begin",
        ));
    }
    if let [_, (second, span), ..] = verbs.as_slice() {
        let message = format!("one block does one thing, and `{}` is a second", second.name());
        bag.diagnose(Diagnostic::new(*span, message));
    }
    let verb = verbs.into_iter().next().map_or(Verb::Write, |(verb, _)| verb);
    Some(FileEdit { path, path_span, verb })
}

fn marker(bag: &mut Bag<'_>, name: &str) -> Option<Marker> {
    let (text, span) = bag.take(name)?;
    if text.trim().is_empty() {
        bag.diagnose(
            Diagnostic::new(span, "an empty marker matches nowhere").with_help(format!(
                "write `{name}=\"text\"`, where the text stands exactly once in the file"
            )),
        );
        return None;
    }
    Some(Marker { text, span })
}

/// Why a path cannot name a file of the workspace.
fn path_problem(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        Some("names nothing")
    } else if path.starts_with(['/', '~']) || path.split('/').any(|part| part == "..") {
        Some("leaves the workspace")
    } else if path.split('/').next() == Some(".scenario") {
        Some("is where the runner keeps its own files")
    } else if path.contains('\\') || path.split('/').any(|part| part.is_empty() || part == ".") {
        Some("is not a plain path")
    } else {
        None
    }
}

fn console(bag: &mut Bag<'_>, fence: &Fence, id: &str) -> Console {
    let background = bag.take("background");
    let ready = bag.take_parsed("ready", expect::ready);
    let within = bag.take_parsed("within", expect::duration);
    let commands = console::parse(&fence.text, &fence.lines, id, bag.diagnostics);
    if commands.is_empty() {
        bag.diagnose(
            Diagnostic::new(fence.opening, "this console block has no command")
                .with_help("a command starts with `$ `"),
        );
    }
    if let Some((name, span)) = &background {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || !name.chars().all(plain) {
            bag.diagnose(Diagnostic::new(*span, "a name of letters, digits, `-` and `_` is expected here"));
        }
        if ready.is_none() && !bag.had_mistake("ready") {
            bag.diagnose(
                Diagnostic::new(*span, "nothing says when this background process is ready")
                    .with_help("add `ready=URL`, `ready=PORT` or `ready=log:\"text\"`, and `within=30s`"),
            );
        }
        for command in commands.iter().skip(1) {
            bag.diagnose(Diagnostic::new(command.span, "a background block holds one command"));
        }
        if let Some(line) = commands.first().and_then(|command| command.output.first()) {
            bag.diagnose(
                Diagnostic::new(line.span, "what a background process prints is not compared")
                    .with_help("its readiness can be: `ready=log:\"text\"`"),
            );
        }
    }
    if ready.is_some() && within.is_none() && !bag.had_mistake("within") {
        bag.diagnose(
            Diagnostic::new(fence.opening, "nothing says how long this may take to be ready")
                .with_help("add `within=30s`"),
        );
    }
    Console { commands, background: background.map(|(name, _)| name), ready, within }
}

fn promql(bag: &mut Bag<'_>, fence: &Fence, id: &str) -> Check {
    let expect = bag.take_parsed("expect", expect::expect).unwrap_or_else(expect::expect_something);
    let within = bag.take_parsed("within", expect::duration);
    let already_true = bag.take("already-true").map(|(why, _)| why);
    let query = fence.text.trim().to_owned();
    if query.is_empty() {
        bag.diagnose(Diagnostic::new(fence.opening, "this block holds no query"));
    }
    let kind = CheckKind::Promql { query, expect };
    Check { id: id.to_owned(), span: fence.span, kind, within, already_true }
}
