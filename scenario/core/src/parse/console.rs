//! A console transcript: `$ ` commands, `> ` continuations, `? 1` statuses, and what is printed.
//!
//! The form is that of trycmd and cram. What a command does to containers is read off its words here, so that
//! the world at a step can be known without running it.

use crate::diagnostic::Diagnostic;
use crate::model::{CommandLine, Effect, OutputLine};
use crate::source::Span;

/// The commands of a block's text, whose lines stand at `lines`.
pub(super) fn parse(
    text: &str,
    lines: &[Span],
    block_id: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<CommandLine> {
    let mut commands: Vec<CommandLine> = Vec::new();
    let mut head = false;
    for (line, span) in text.lines().zip(lines) {
        let Some(command) = line.strip_prefix("$ ") else {
            match commands.last_mut() {
                None => diagnostics.push(
                    Diagnostic::new(*span, "a console block starts with a command, which starts with `$ `")
                        .with_help("or mark the block `ignore=\"why\"`"),
                ),
                Some(last) => head = follow(last, line, *span, head, diagnostics),
            }
            continue;
        };
        head = true;
        let text_span = Span { start: (span.start + 2).min(span.end), ..*span };
        commands.push(CommandLine {
            id: format!("{block_id}.{}", commands.len() + 1),
            text: command.trim_end().to_owned(),
            span: text_span,
            status: 0,
            output: Vec::new(),
            effect: Effect::None,
        });
    }
    for command in &mut commands {
        command.effect = effect(command, diagnostics);
        diagnostics.extend(lint(command));
    }
    commands
}

/// Takes in a line after a command; tells whether the next may still be a continuation or a status.
fn follow(
    last: &mut CommandLine,
    line: &str,
    span: Span,
    head: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    if head && let Some(more) = line.strip_prefix("> ").or((line == ">").then_some("")) {
        last.text.push('\n');
        last.text.push_str(more);
        last.span.end = span.end;
        return true;
    }
    if head && let Some(status) = line.strip_prefix("? ") {
        match status.trim().parse() {
            Ok(status @ 0..=255) => last.status = status,
            _ => diagnostics.push(
                Diagnostic::new(span, format!("`{}` is no exit status", status.trim()))
                    .with_help("`? 1` right after a command says that it exits with status 1"),
            ),
        }
        return false;
    }
    last.output.push(OutputLine { text: line.to_owned(), span });
    false
}

/// Commands that a transcript cannot hold.
fn lint(command: &CommandLine) -> Option<Diagnostic> {
    let first = command.text.split_whitespace().next().unwrap_or("");
    match first {
        "" => return Some(Diagnostic::new(command.span, "an empty command")),
        "cd" | "export" | "alias" => {
            return Some(
                Diagnostic::new(command.span, format!("`{first}` has no effect on the next command")).with_help(
                    "each command runs by itself in the workspace's root; name paths from there, or use `(cd app && …)`",
                ),
            );
        }
        _ => {}
    }
    let engine_output = matches!(command.effect, Effect::Build { .. } | Effect::Run { .. });
    let output = command.output.iter().find(|line| line.text != "...").filter(|_| engine_output)?;
    Some(
        Diagnostic::new(
            output.span,
            "what a container engine prints while it builds or starts is not the same everywhere",
        )
        .with_help("leave the output away, or write `...`; what was started is looked at without it"),
    )
}

const STATE_WORDS: [&str; 9] = ["build", "run", "kill", "stop", "rm", "start", "restart", "create", "rename"];

/// What the words of a command do to containers and images.
fn effect(command: &CommandLine, diagnostics: &mut Vec<Diagnostic>) -> Effect {
    let loose: Vec<&str> = command.text.split_whitespace().collect();
    let names_engine = |word: &&str| matches!(*word, "docker" | "podman");
    let changes = |at: usize| match loose.get(at + 1..) {
        Some(["container" | "image" | "buildx", word, ..]) | Some([word, ..]) => STATE_WORDS.contains(word),
        _ => false,
    };
    let Some(at) = loose.iter().position(|word| names_engine(&word)).filter(|at| changes(*at)) else {
        return Effect::None;
    };
    let plain = at == 0 && !command.text.contains(['|', ';', '&', '<', '>', '`', '$', '(']);
    let words = shell_words::split(&command.text).ok().filter(|_| plain);
    let Some(words) = words else {
        diagnostics.push(
            Diagnostic::new(
                command.span,
                "a command that changes containers or images stands alone on its line",
            )
            .with_help(
                "no pipe, no `&&`, no variable: so that the runner knows what it starts and can end it",
            ),
        );
        return Effect::None;
    };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let words = match words[1] {
        "container" | "image" | "buildx" => &words[2..],
        _ => &words[1..],
    };
    match known_effect(words[0], &words[1..]) {
        Ok(effect) => effect,
        Err(message) => {
            diagnostics.push(Diagnostic::new(command.span, message));
            Effect::None
        }
    }
}

fn known_effect(word: &str, rest: &[&str]) -> Result<Effect, String> {
    let (flags, names) =
        split_flags(rest, if word == "run" { &RUN_SWITCHES } else { &OTHER_SWITCHES }, word == "run");
    let flag = |names: &[&str]| flags.iter().find(|(name, _)| names.contains(name)).map(|(_, value)| *value);
    let names_owned = || names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    match word {
        "build" => match flag(&["-t", "--tag"]) {
            Some(tag) => Ok(Effect::Build { tag: tag.to_owned() }),
            None => Err("the image has no name: add `-t NAME`".to_owned()),
        },
        "run" if flag(&["-d", "--detach"]).is_none() => Ok(Effect::None),
        "run" => match (flag(&["--name"]), names.first()) {
            (Some(name), Some(image)) => {
                Ok(Effect::Run { name: name.to_owned(), image: (*image).to_owned() })
            }
            (None, _) => Err("a container that keeps running needs a name: add `--name=NAME`".to_owned()),
            (_, None) => Err("`run` names no image".to_owned()),
        },
        "kill" | "stop" => Ok(Effect::Stop { names: names_owned() }),
        "rm" => Ok(Effect::Remove { names: names_owned() }),
        other => {
            Err(format!("the runner does not keep track of `{other}`; use `run`, `stop`, `kill` and `rm`"))
        }
    }
}

/// Switches of `run` that take no value; every other flag does, after `=` or as the next word.
const RUN_SWITCHES: [&str; 12] = [
    "-d",
    "--detach",
    "-i",
    "--interactive",
    "-t",
    "--tty",
    "--rm",
    "--init",
    "--privileged",
    "--read-only",
    "-P",
    "-q",
];
/// Switches of `build`, `kill`, `stop` and `rm` that take no value.
const OTHER_SWITCHES: [&str; 8] =
    ["-f", "--force", "-v", "--volumes", "-q", "--quiet", "--no-cache", "--pull"];

/// Flags with their values, and the words that remain; `stop_early` ends the flags at the first such word.
fn split_flags<'a>(
    words: &[&'a str],
    switches: &[&str],
    stop_early: bool,
) -> (Vec<(&'a str, &'a str)>, Vec<&'a str>) {
    let (mut flags, mut rest) = (Vec::new(), Vec::new());
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        if !word.starts_with('-') {
            rest.push(word);
            if stop_early {
                rest.extend(words);
                break;
            }
        } else if let Some((name, value)) = word.split_once('=') {
            flags.push((name, value));
        } else if switches.contains(&word) {
            flags.push((word, ""));
        } else if stop_early && !word.starts_with("--") && word[1..].chars().all(|c| "dit".contains(c)) {
            flags.push(("-d", ""));
        } else {
            flags.push((word, words.next().unwrap_or("")));
        }
    }
    (flags, rest)
}
