//! `<!-- scenario: … -->` comments. Only checks may be hidden.

use crate::diagnostic::Diagnostic;
use crate::model::{Check, CheckKind, Health};
use crate::parse::bag::{Bag, suggest};
use crate::parse::fence::Comment;
use crate::parse::{attributes, content_id, expect};
use crate::source::SourceFile;

const TARGET: [&str; 7] = ["check", "target", "job", "health", "error", "within", "already-true"];
const HTTP: [&str; 9] =
    ["check", "http", "url", "status", "header", "contains", "matches", "within", "already-true"];

/// The check that a comment stands for.
pub(super) fn parse(
    comment: &Comment,
    source: &SourceFile,
    stem: &str,
    ordinal: usize,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Check> {
    let attributes = match attributes::lex(comment.span.page, source, comment.body.clone()) {
        Ok(attributes) => attributes,
        Err(diagnostic) => {
            diagnostics.push(diagnostic);
            return None;
        }
    };
    let word =
        |index: usize| attributes.get(index).filter(|a| a.value.is_none()).map_or("", |a| a.key.as_str());
    let place = |index: usize| attributes.get(index).map_or(comment.span, |attribute| attribute.key_span);
    if word(0) != "check" {
        let message = format!("`{}` is nothing that a comment can ask for", word(0));
        diagnostics.push(
            Diagnostic::new(place(0), message)
                .with_help("only checks may be hidden: `<!-- scenario: check target job=app health=up -->`"),
        );
        return None;
    }
    let known: &[&str] = match word(1) {
        "target" => &TARGET,
        "http" => &HTTP,
        other => {
            diagnostics.push(
                Diagnostic::new(place(1), format!("`{other}` is not a kind of check"))
                    .with_help(suggest(other, &["target", "http"])),
            );
            return None;
        }
    };
    let id = format!("{stem}:check-{ordinal}:{}", content_id("check", &attributes, ""));
    let is_target = known.len() == TARGET.len();
    let mut bag = Bag::new(comment.span, attributes, known, diagnostics);
    bag.take_word(known[0]);
    bag.take_word(known[1]);
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
        other => Err(format!("`{other}` is no health: write `up` or `down`")),
    });
    let error = bag.take("error").map(|(text, _)| text);
    Some(CheckKind::Target { job: job?, health: health.unwrap_or(Health::Up), error })
}

fn http(bag: &mut Bag<'_>) -> Option<CheckKind> {
    let url = required(bag, "url");
    if let Some(url) = url.as_ref().filter(|url| !url.starts_with("http://")) {
        bag.diagnose(Diagnostic::new(bag.place, format!("`{url}` is no `http://` URL")));
    }
    let status = bag.take_parsed("status", |text| {
        text.parse()
            .ok()
            .filter(|s| (100..600).contains(s))
            .ok_or_else(|| format!("`{text}` is no HTTP status"))
    });
    let header = bag.take_parsed("header", |text| match text.split_once(':') {
        Some((name, value)) => Ok((name.trim().to_owned(), value.trim().to_owned())),
        None => Err("a header is written `header=\"name: value\"`".to_owned()),
    });
    let contains = bag.take("contains").map(|(text, _)| text);
    let matches = bag.take_parsed("matches", |text| match regex_lite::Regex::new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("`{text}` is no regular expression: {error}")),
    });
    if status.is_none() && header.is_none() && contains.is_none() && matches.is_none() {
        bag.diagnose(
            Diagnostic::new(bag.place, "this check asserts nothing")
                .with_help("add `status=`, `header=`, `contains=` or `matches=`"),
        );
    }
    Some(CheckKind::Http { url: url?, status, header, contains, matches })
}

fn required(bag: &mut Bag<'_>, name: &'static str) -> Option<String> {
    let value = bag.take(name).map(|(value, _)| value);
    if value.is_none() {
        bag.diagnose(Diagnostic::new(bag.place, format!("this check has no `{name}`")));
    }
    value
}
