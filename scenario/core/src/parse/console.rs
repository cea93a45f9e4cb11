//! A console transcript: `$ ` commands, `> ` continuations, `? 1` statuses, and what is printed.
//!
//! The form is that of trycmd and cram. What a command does to containers is read off its words here, so that
//! the world at a step can be known without running it.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::model::{CommandLine, Effect, OutputLine};
use crate::parse::shell;
use crate::problem::Problem;
use crate::source::Span;

/// What a block says of all its commands.
pub(super) struct Place<'a> {
    pub(super) block_id: &'a str,
    /// The terminal that they run in.
    pub(super) terminal: &'a str,
    /// Whether it keeps its command running.
    pub(super) background: bool,
    /// Whether it does not matter what they do to containers.
    pub(super) untracked: bool,
}

/// The commands of a block's text; `lines` has the place of each line.
pub(super) fn parse(
    text: &str,
    lines: &[Span],
    Place { block_id, terminal, background, untracked }: Place<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<CommandLine> {
    let mut commands: Vec<CommandLine> = Vec::new();
    let mut head = false;
    for (line, span) in text.lines().zip(lines) {
        let Some(command) = line.strip_prefix("$ ").or((line == "$").then_some("")) else {
            match commands.last_mut() {
                None if line.trim().is_empty() => {}
                // One report is enough: what follows has no command to belong to either.
                None => {
                    diagnostics.push(Diagnostic::new(*span, Problem::OutputBeforeCommand));
                    return commands;
                }
                Some(last) => head = follow(last, line, *span, head, diagnostics),
            }
            continue;
        };
        head = true;
        if let Some(last) = commands.last_mut().filter(|last| ends_in_elision(last)) {
            last.below = Some(OutputLine { text: line.to_owned(), span: *span });
        }
        let text_span = Span { start: (span.start + 2).min(span.end), ..*span };
        commands.push(CommandLine {
            id: format!("{block_id}.{}", commands.len() + 1),
            terminal: terminal.to_owned(),
            text: command.trim_end().to_owned(),
            span: text_span,
            status: 0,
            output: Vec::new(),
            below: None,
            effect: Effect::None,
            programs: BTreeSet::new(),
        });
    }
    for command in &mut commands {
        // Empty lines at the end set commands apart; they are not output.
        while command.output.last().is_some_and(|line| line.text.trim().is_empty()) {
            command.output.pop();
        }
        command.effect = if untracked { Effect::None } else { effect(command, diagnostics) };
        command.programs = shell::programs(&command.text);
        diagnostics.extend(lint(command, background));
    }
    commands
}

fn ends_in_elision(command: &CommandLine) -> bool {
    command.output.last().is_some_and(|line| line.text.trim() == "...")
}

/// Reads a line after a command. Returns true if the next one may still be a continuation or a status.
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
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    if head && let Some(status) = line.strip_prefix('?').filter(|rest| rest.starts_with(' ') || digits(rest))
    {
        match status.trim().parse() {
            Ok(status @ 0..=255) if line.starts_with("? ") => last.status = status,
            _ => {
                let problem = Problem::InvalidExitStatus { line: line.to_owned() };
                diagnostics.push(Diagnostic::new(span, problem));
            }
        }
        return false;
    }
    if line.strip_prefix("? ").is_some_and(|status| digits(status.trim())) {
        diagnostics.push(Diagnostic::new(span, Problem::MisplacedExitStatus));
    }
    last.output.push(OutputLine { text: line.to_owned(), span });
    false
}

/// Commands that a transcript cannot hold.
fn lint(command: &CommandLine, background: bool) -> Option<Diagnostic> {
    let at_command = |problem| Some(Diagnostic::new(command.span, problem));
    if command.text.trim().is_empty() {
        return at_command(Problem::EmptyCommand);
    }
    if command.text.ends_with('\\') {
        return at_command(Problem::MissingContinuation);
    }
    let programs = shell::commands(&command.text);
    if programs.last().is_some_and(|program| program.background) {
        return at_command(Problem::TrailingAmpersand { background });
    }
    let engine_output = matches!(command.effect, Effect::Build { .. } | Effect::Run { .. });
    let output = command.output.iter().find(|line| line.text.trim() != "...").filter(|_| engine_output)?;
    Some(Diagnostic::new(output.span, Problem::EngineOutput))
}

/// What the words of a command show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// What it does to containers and images; nothing where only a block with `untracked` may have it.
    pub effect: Option<Effect>,
    /// Whether a `&` at its end leaves it running.
    pub is_left_running: bool,
}

/// Reads a command outside a page.
pub fn words(text: &str) -> Words {
    let mut diagnostics = Vec::new();
    let span = Span { page: 0, start: 0, end: text.len() };
    let command = CommandLine {
        id: String::new(),
        terminal: String::new(),
        text: text.to_owned(),
        span,
        status: 0,
        output: Vec::new(),
        below: None,
        effect: Effect::None,
        programs: BTreeSet::new(),
    };
    let effect = effect(&command, &mut diagnostics);
    let is_left_running = shell::commands(text).last().is_some_and(|last| last.background);
    Words { effect: diagnostics.is_empty().then_some(effect), is_left_running }
}

/// Words after which an engine's containers or images are not what they were.
const STATE_WORDS: [&str; 16] = [
    "build", "commit", "compose", "create", "import", "kill", "load", "pause", "prune", "rename", "restart",
    "rm", "rmi", "run", "start", "stop",
];

/// What among the words of `network create` makes a network of a swarm, or the configuration of one.
pub(crate) const SWARM_NETWORK: [&str; 6] =
    ["--config-only", "--scope swarm", "--scope=swarm", "--driver overlay", "--driver=overlay", "-d overlay"];

/// What the words of a command do to containers and images.
fn effect(command: &CommandLine, diagnostics: &mut Vec<Diagnostic>) -> Effect {
    let text = command.text.replace("\\\n", " ");
    if !changes_containers(&text) {
        return Effect::None;
    }
    if kills_what_is_found(&text) {
        return Effect::None;
    }
    // Within quotes these characters are harmless, but a beginner cannot be expected to know that.
    let plain = !text.contains(['|', ';', '&', '<', '>', '`', '$', '(', '\n']);
    let words = shell_words::split(&text).ok().filter(|_| plain);
    let words: Vec<&str> = words.iter().flatten().map(String::as_str).collect();
    let ([_, "container", word, rest @ ..]
    | [_, "image" | "buildx", word @ "build", rest @ ..]
    | [_, word, rest @ ..]) = words.as_slice()
    else {
        diagnostics.push(alone(command));
        return Effect::None;
    };
    if !matches!(words[0], "docker" | "podman") {
        diagnostics.push(alone(command));
        return Effect::None;
    }
    let known = match (*word, rest) {
        ("container" | "image" | "buildx" | "network" | "volume" | "system" | "compose", [next, ..]) => {
            known_effect(&format!("{word} {next}"), &rest[1..])
        }
        _ => known_effect(word, rest),
    };
    match known {
        Ok(effect) => effect,
        Err(problem) => {
            diagnostics.push(Diagnostic::new(command.span, problem));
            Effect::None
        }
    }
}

/// Whether it is `docker kill "$(docker ps --filter …)"`, as for the containers of a service, whose names the engine chooses.
fn kills_what_is_found(text: &str) -> bool {
    let is_engine = |word: &String| matches!(word.as_str(), "docker" | "podman");
    let all = shell::commands(text);
    let [found, kill] = all.as_slice() else { return false };
    let finds = matches!(found.words.as_slice(), [engine, verb, ..] if is_engine(engine) && verb == "ps");
    let is_filtered = found.words.iter().any(|word| word == "--filter" || word.starts_with("--filter="));
    let kills = matches!(kill.words.as_slice(), [engine, verb, _] if is_engine(engine) && verb == "kill");
    found.depth == 1 && finds && is_filtered && kills
}

fn alone(command: &CommandLine) -> Diagnostic {
    Diagnostic::new(command.span, Problem::ContainerCommandNotAlone)
}

/// Whether a command asks an engine to change something, as far as its words show. Words that another program only reads or
/// prints do not count.
fn changes_containers(text: &str) -> bool {
    let mut changes = false;
    shell::each_program(text, &mut |name, words| {
        changes |= match name {
            "docker" | "podman" => verb_changes_containers(words),
            "docker-compose" | "podman-compose" => true,
            _ => false,
        };
    });
    changes
}

/// Whether the words after an engine's name ask it to change something.
fn verb_changes_containers(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["run", rest @ ..] | ["container", "run", rest @ ..] if leaves_nothing(rest) => false,
        // What belongs to a network stays as it is, and those of a swarm are found by their labels.
        ["network", "rm", ..] => false,
        ["network", "create", rest @ ..] if is_of_swarm(rest) => false,
        ["container" | "image" | "buildx" | "network" | "volume" | "system", word, ..] => {
            STATE_WORDS.contains(word)
        }
        // Behind a flag of the engine itself the verb can be anywhere.
        [flag, rest @ ..] if flag.starts_with('-') => rest.iter().any(|word| STATE_WORDS.contains(word)),
        [word, ..] => STATE_WORDS.contains(word),
        [] => false,
    }
}

/// Whether `network create` with these words makes a network of a swarm, or the configuration of one.
fn is_of_swarm(words: &[&str]) -> bool {
    let text = format!(" {} ", words.join(" "));
    SWARM_NETWORK.iter().any(|words| text.contains(&format!(" {words} ")))
}

/// Whether the container that `run` makes with these words ends with the command and is removed then.
fn leaves_nothing(words: &[&str]) -> bool {
    let (flags, _) = split_flags(words, true);
    let has = |names: &[&str]| flags.iter().any(|(name, value)| names.contains(name) && *value != "false");
    has(&["--rm"]) && !has(&["-d", "--detach"])
}

fn known_effect(word: &str, rest: &[&str]) -> Result<Effect, Problem> {
    let (flags, names) = split_flags(rest, word == "run");
    let flag = |names: &[&str]| flags.iter().find(|(name, _)| names.contains(name)).map(|(_, value)| *value);
    let names_owned = || match names.is_empty() {
        false => Ok(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()),
        true => Err(Problem::MissingContainer { command: word.to_owned() }),
    };
    match word {
        "build" => match flag(&["-t", "--tag"]) {
            Some(tag) => Ok(Effect::Build { tag: tag.to_owned() }),
            None => Err(Problem::MissingImageName),
        },
        "run" if flag(&["-d", "--detach"]).is_none_or(|value| value == "false") => Ok(Effect::None),
        "run" => match (flag(&["--name"]), names.first()) {
            (Some(name), Some(image)) => {
                Ok(Effect::Run { name: name.to_owned(), image: (*image).to_owned() })
            }
            (None, _) => Err(Problem::MissingContainerName),
            (_, None) => Err(Problem::MissingImage),
        },
        // Another signal is a message, and the container goes on.
        "kill" if flag(&["-s", "--signal"]).is_some_and(|signal| !ends(signal)) => Ok(Effect::None),
        "kill" | "stop" => Ok(Effect::Stop { names: names_owned()? }),
        "rm" => Ok(Effect::Remove { names: names_owned()? }),
        other => Err(Problem::UnsupportedContainerCommand { command: other.to_owned() }),
    }
}

/// Whether a signal ends a container.
fn ends(signal: &str) -> bool {
    let name = signal.to_uppercase();
    matches!(
        name.trim_start_matches("SIG"),
        "KILL" | "TERM" | "INT" | "QUIT" | "ABRT" | "9" | "15" | "2" | "3" | "6"
    )
}

/// Long flags that take no value; every other takes one, after `=` or as the next word.
const LONG_SWITCHES: [&str; 18] = [
    "--compress",
    "--detach",
    "--force",
    "--init",
    "--interactive",
    "--link",
    "--load",
    "--no-cache",
    "--no-healthcheck",
    "--privileged",
    "--publish-all",
    "--pull",
    "--quiet",
    "--read-only",
    "--replace",
    "--rm",
    "--tty",
    "--volumes",
];

/// Flags with their values, and the words that remain. `run` ends its flags at the image.
fn split_flags<'a>(words: &[&'a str], run: bool) -> (Vec<(&'a str, &'a str)>, Vec<&'a str>) {
    // Letters that take no value; in `-dp 80:80` the last letter does.
    let switches = if run { "dtiqP" } else { "qfvl" };
    let (mut flags, mut rest) = (Vec::new(), Vec::new());
    let mut words = words.iter().copied().peekable();
    while let Some(word) = words.next() {
        if !word.starts_with('-') || word == "-" {
            rest.push(word);
            if run {
                rest.extend(words);
                break;
            }
        } else if word.starts_with("--") {
            match word.split_once('=') {
                Some((name, value)) => flags.push((name, value)),
                None if LONG_SWITCHES.contains(&word) => flags.push((word, "")),
                // A switch that is not known here must not take the next flag for its value.
                None => flags.push((word, words.next_if(|next| !next.starts_with('-')).unwrap_or(""))),
            }
        } else {
            let letters = &word[1..];
            let end = letters.find(|c| !switches.contains(c)).unwrap_or(letters.len());
            flags.extend(letters[..end].contains('d').then_some(("-d", "")));
            let Some(letter) = letters[end..].chars().next() else { continue };
            let value = letters[end + letter.len_utf8()..].trim_start_matches('=');
            let value = if value.is_empty() { words.next().unwrap_or("") } else { value };
            let name = match letter {
                't' => "-t",
                's' => "-s",
                _ => "-",
            };
            flags.push((name, value));
        }
    }
    (flags, rest)
}
