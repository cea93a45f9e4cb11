//! `<!-- scenario: … -->` comments. Only checks may be hidden in them, and what a chapter needs of a machine.

use crate::diagnostic::Diagnostic;
use crate::model::{Check, CheckKind, Health, Needs, by_line};
use crate::parse::attributes::Attributes;
use crate::parse::exercise::Membership;
use crate::parse::fence::Comment;
use crate::parse::ids::Ids;
use crate::parse::{attribute, expect, shell};
use crate::problem::{Owner, Problem};
use crate::source::SourceFile;

/// What a comment says.
pub(super) enum Said {
    /// A check, and the exercise that it is part of.
    Check(Option<Membership>, Box<Check>),
    /// What a machine must have for the chapter.
    Needs(Needs),
}

/// What a comment says, if it can be read.
pub(super) fn parse(
    comment: &Comment,
    source: &SourceFile,
    ids: &mut Ids<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Said> {
    let attributes = match attribute::lex(comment.span.page, source, comment.body.clone()) {
        Ok(attributes) => attributes,
        Err(diagnostic) => {
            diagnostics.push(diagnostic);
            return None;
        }
    };
    let place = |index: usize| attributes.get(index).map_or(comment.span, |attribute| attribute.key_span);
    let words: Vec<&str> =
        attributes.iter().take_while(|a| a.value.is_none()).map(|a| a.key.as_str()).collect();
    let has = |name: &str| attributes.iter().any(|attribute| attribute.key == name);
    let owner = match words.as_slice() {
        ["needs", ..] => Owner::Needs,
        ["check", "target", ..] => Owner::TargetCheck,
        ["check", "http", ..] => Owner::HttpCheck,
        ["check"] | ["check", "absent", ..] if has("command") => Owner::CommandCheck,
        ["check"] | ["check", "absent", ..] if has("file") => Owner::FileCheck,
        ["check", rest @ ..] => {
            diagnostics.push(match rest.first() {
                Some(kind) => {
                    Diagnostic::new(place(1), Problem::UnknownCheckKind { kind: (*kind).to_owned() })
                }
                None => Diagnostic::new(comment.span, Problem::MissingCheckKind),
            });
            return None;
        }
        _ => {
            let problem = match source.text[comment.body.clone()].split_whitespace().next() {
                Some(word) => Problem::UnknownRequest { word: word.to_owned() },
                None => Problem::EmptyComment,
            };
            diagnostics.push(Diagnostic::new(place(0), problem));
            return None;
        }
    };
    if owner == Owner::Needs {
        let attributes = Attributes::new(comment.span, owner, attributes[1..].to_vec(), diagnostics);
        return needs(attributes).map(Said::Needs);
    }
    let id = ids.next("check", &attributes, "");
    let words = if matches!(owner, Owner::TargetCheck | Owner::HttpCheck) { 2 } else { 1 };
    let attributes = attributes[words..].to_vec();
    let mut attributes = Attributes::new(comment.span, owner, attributes, diagnostics);
    let membership = Membership::take(&mut attributes);
    let within = attributes.take_parsed("within", expect::duration);
    let already_true = attributes.take("already-true").map(|(why, _)| why);
    let kind = match owner {
        Owner::TargetCheck => target(&mut attributes)?,
        Owner::HttpCheck => http(&mut attributes)?,
        Owner::CommandCheck => command(&mut attributes)?,
        _ => file(&mut attributes)?,
    };
    let hint = membership.as_ref().and_then(Membership::hint);
    let (plot, screenshot) = (None, None);
    let check = Check { id, span: comment.span, kind, within, already_true, plot, screenshot, hint };
    Some(Said::Check(membership, Box::new(check)))
}

fn needs(mut attributes: Attributes<'_>) -> Option<Needs> {
    let (what, command) = (attributes.require("what"), attributes.require("command"));
    Some(Needs { what: what?.0, command: command?.0, span: attributes.place })
}

fn target(attributes: &mut Attributes<'_>) -> Option<CheckKind> {
    let job = attributes.require("job");
    let health = attributes.take_parsed("health", |text| match text {
        "up" => Ok(Health::Up),
        "down" => Ok(Health::Down),
        other => Err(Problem::InvalidHealth { text: other.to_owned() }),
    });
    let error = attributes.take("error");
    if let Some((_, span)) = error.as_ref().filter(|_| health == Some(Health::Up) || health.is_none())
        && !attributes.had_mistake("health")
    {
        attributes.report(*span, Problem::ErrorWithoutDown);
    }
    let error = error.map(|(text, _)| text);
    Some(CheckKind::Target { job: job?.0, health: health.unwrap_or(Health::Up), error })
}

fn http(attributes: &mut Attributes<'_>) -> Option<CheckKind> {
    let url = attributes.require("url");
    let url = attributes.parse_taken("url", url, |url| match expect::is_url(url) {
        true => Ok(url.to_owned()),
        false => Err(Problem::InvalidUrl { text: url.to_owned() }),
    });
    let status = attributes.take_parsed("status", |text| {
        text.parse()
            .ok()
            .filter(|s| (100..600).contains(s))
            .ok_or_else(|| Problem::InvalidStatus { text: text.to_owned(), owner: Owner::HttpCheck })
    });
    let header = attributes.take_parsed("header", |text| match text.split_once(':') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err(Problem::InvalidHeader { text: text.to_owned() }),
    });
    let (contains, matches) = text(attributes);
    let mistaken =
        ["status", "header", "contains", "matches"].iter().any(|name| attributes.had_mistake(name));
    if !mistaken && status.is_none() && header.is_none() && contains.is_none() && matches.is_none() {
        attributes.report(attributes.place, Problem::CheckWithoutAssertion { owner: Owner::HttpCheck });
    }
    Some(CheckKind::Http { url: url?, status, header, contains, matches })
}

fn command(attributes: &mut Attributes<'_>) -> Option<CheckKind> {
    let command = attributes.require("command");
    let status = attributes.take_parsed("status", |text| {
        text.parse::<u8>()
            .map_err(|_| Problem::InvalidStatus { text: text.to_owned(), owner: Owner::CommandCheck })
    });
    let (contains, matches) = text(attributes);
    let (command, status) = (command?.0, status.unwrap_or(0).into());
    let programs = shell::programs(&command);
    Some(CheckKind::Command { command, status, contains, matches, programs })
}

fn file(attributes: &mut Attributes<'_>) -> Option<CheckKind> {
    let path = attributes.require("file");
    let path = attributes.parse_taken("file", path, |path| match expect::path_fault(path) {
        None => Ok(path.to_owned()),
        Some(fault) => Err(Problem::InvalidPath { path: path.to_owned(), fault }),
    });
    let absent = attributes.take_word("absent");
    let (contains, matches) = text(attributes);
    let mistaken = ["contains", "matches"].iter().any(|name| attributes.had_mistake(name));
    let other = contains.as_ref().map(|_| "contains").or(matches.as_ref().map(|_| "matches"));
    match (absent, other) {
        (Some(span), Some(first)) => {
            attributes.report(span, Problem::ConflictingAttributes { first, second: "absent" });
        }
        (None, None) if !mistaken => {
            attributes.report(attributes.place, Problem::CheckWithoutAssertion { owner: Owner::FileCheck });
        }
        _ => {}
    }
    Some(CheckKind::File { path: path?, absent: absent.is_some(), contains, matches })
}

/// What a text must contain, and what must match in it.
fn text(attributes: &mut Attributes<'_>) -> (Option<String>, Option<String>) {
    let contains = attributes.take("contains").map(|(text, _)| text);
    let matches = attributes.take_parsed("matches", |text| match by_line(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(Problem::InvalidRegex { text: text.to_owned(), cause: error.to_string() }),
    });
    (contains, matches)
}
