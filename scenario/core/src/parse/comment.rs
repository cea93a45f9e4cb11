//! `<!-- scenario: … -->` comments. Only checks may be hidden.

use crate::diagnostic::Diagnostic;
use crate::model::{Check, CheckKind, Health};
use crate::parse::bag::{Bag, suggest};
use crate::parse::fence::Comment;
use crate::parse::{Ids, attributes, expect};
use crate::source::{SourceFile, Span};

const TARGET: [&str; 5] = ["job", "health", "error", "within", "already-true"];
const HTTP: [&str; 7] = ["url", "status", "header", "contains", "matches", "within", "already-true"];

/// The check that a comment stands for.
pub(super) fn parse(
    comment: &Comment,
    source: &SourceFile,
    ids: &mut Ids<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Check> {
    let attributes = match attributes::lex(comment.span.page, source, comment.body.clone()) {
        Ok(attributes) => attributes,
        Err(diagnostic) => {
            diagnostics.push(diagnostic);
            return None;
        }
    };
    let place = |index: usize| attributes.get(index).map_or(comment.span, |attribute| attribute.key_span);
    let words: Vec<&str> =
        attributes.iter().take_while(|a| a.value.is_none()).map(|a| a.key.as_str()).collect();
    let (owner, known): (&str, &[&str]) = match words.as_slice() {
        ["check", "target", ..] => ("`check target`", &TARGET),
        ["check", "http", ..] => ("`check http`", &HTTP),
        ["check", rest @ ..] => {
            diagnostics.push(match rest.first() {
                Some(other) => Diagnostic::new(place(1), format!("`{other}` is not a kind of check"))
                    .with_help(suggest(other, &["target", "http"])),
                None => Diagnostic::new(comment.span, "this check does not say what it checks")
                    .with_help("write `check target job=NAME` or `check http url=URL status=200`"),
            });
            return None;
        }
        _ => {
            let first = source.text[comment.body.clone()].split_whitespace().next();
            let message = match first {
                Some(first) => format!("`{first}` is nothing that a comment can ask for"),
                None => "this comment asks for nothing".to_owned(),
            };
            diagnostics.push(Diagnostic::new(place(0), message).with_help(
                "only checks may be hidden: `<!-- scenario: check target job=NAME health=up -->`",
            ));
            return None;
        }
    };
    let id = ids.next("check", &attributes, "");
    let is_target = words[1] == "target";
    let attributes = attributes[2..].to_vec();
    let mut bag = Bag::new(comment.span, owner, attributes, known, diagnostics);
    let within = bag.take_parsed("within", expect::duration);
    let already_true = bag.take("already-true").map(|(why, _)| why);
    let kind = if is_target { target(&mut bag)? } else { http(&mut bag)? };
    Some(Check { id, span: comment.span, kind, within, already_true })
}

fn target(bag: &mut Bag<'_>) -> Option<CheckKind> {
    let job = required(bag, "job");
    let health = bag.take_parsed("health", |text| match text {
        "up" => Ok(Health::Up),
        "down" => Ok(Health::Down),
        other => Err(format!("`{other}` is no health\nwrite `up` or `down`")),
    });
    let error = bag.take("error");
    if let Some((_, span)) = error.as_ref().filter(|_| health == Some(Health::Up) || health.is_none())
        && !bag.had_mistake("health")
    {
        bag.diagnose(
            Diagnostic::new(*span, "a target that is up has no scrape error").with_help("add `health=down`"),
        );
    }
    let error = error.map(|(text, _)| text);
    Some(CheckKind::Target { job: job?.0, health: health.unwrap_or(Health::Up), error })
}

fn http(bag: &mut Bag<'_>) -> Option<CheckKind> {
    let url = required(bag, "url");
    let url = bag.parse_taken("url", url, |url| match url.strip_prefix("http://") {
        Some(rest) if !rest.is_empty() && !rest.starts_with('/') => Ok(url.to_owned()),
        _ => {
            Err(format!("`{url}` is no `http://` URL\nwrite it whole, as in `http://localhost:8000/metrics`"))
        }
    });
    let status = bag.take_parsed("status", |text| {
        text.parse()
            .ok()
            .filter(|s| (100..600).contains(s))
            .ok_or_else(|| format!("`{text}` is no HTTP status\nwrite a number from 100 to 599"))
    });
    let header = bag.take_parsed("header", |text| match text.split_once(':') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err(format!("`{text}` is no header\nwrite `header=\"name: value\"`")),
    });
    let contains = bag.take("contains").map(|(text, _)| text);
    let matches = bag.take_parsed("matches", |text| match regex_lite::Regex::new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("`{text}` is no regular expression\n{error}")),
    });
    let mistaken = ["status", "header", "contains", "matches"].iter().any(|name| bag.had_mistake(name));
    if !mistaken && status.is_none() && header.is_none() && contains.is_none() && matches.is_none() {
        bag.diagnose(
            Diagnostic::new(bag.place, "this check asserts nothing")
                .with_help("add `status=`, `header=`, `contains=` or `matches=`"),
        );
    }
    Some(CheckKind::Http { url: url?, status, header, contains, matches })
}

fn required(bag: &mut Bag<'_>, name: &'static str) -> Option<(String, Span)> {
    let value = bag.take(name);
    if value.is_none() && !bag.had_mistake(name) {
        bag.diagnose(Diagnostic::new(bag.place, format!("this check has no `{name}`")).with_help(format!(
            "add `{name}={}`",
            if name == "url" { "http://localhost:PORT/PATH" } else { "NAME" }
        )));
    }
    value
}
