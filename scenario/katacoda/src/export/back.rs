//! Recognises what export has written, and restores its source for `import`.
//!
//! Only text that is exactly as export writes it is recognised. `import` converts the rest like any other page.

use super::edit;
use super::marks::{DIRECTIVE, MADE, MARK, PROGRAM, PROSE, PROSE_END, digest};
use crate::html;
use crate::scan::{Construct, Fence, Kind};

/// A block of a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ours {
    /// Its info string.
    pub info: String,
    /// Its text.
    pub text: String,
    /// The number of constructs that it became.
    pub constructs: usize,
}

/// The block that begins with the first of some constructs.
pub fn block(page: &str, constructs: &[Construct]) -> Option<Ours> {
    if let Some((info, fence)) = marked(page, constructs) {
        let text = body(page, fence);
        let is_output = |rest| marked(page, rest).filter(|(info, _)| info == "output");
        return match info.split_whitespace().next()? {
            "console" => {
                console(&info, &text, is_output(&constructs[2..]).map(|(_, fence)| body(page, fence)))
            }
            "output" => None,
            _ => Some(Ours { info, text, constructs: 2 }),
        };
    }
    let Kind::Fence(fence) = &constructs.first()?.kind else { return None };
    fence.braces.as_ref().filter(|braces| braces.words(page) == "exec")?;
    let (attributes, text) = edit::read_back(&body(page, fence))?;
    Some(Ours { info: format!("text {attributes}"), text, constructs: 1 })
}

/// The comment of a book that says what a step needs; `None` if the comment is another one.
pub fn needs(comment: &str) -> Option<String> {
    let text = comment.strip_prefix(MARK).filter(|text| text.starts_with("needs "))?;
    Some(format!("{DIRECTIVE}{text}"))
}

/// A comment of ours and the fence behind it.
fn marked<'a>(page: &str, constructs: &'a [Construct]) -> Option<(String, &'a Fence)> {
    let [comment, next, ..] = constructs else { return None };
    let text = page[comment.span.clone()].strip_prefix(MARK)?.strip_suffix(" -->")?;
    let (Kind::Comment { .. }, Kind::Fence(fence)) = (&comment.kind, &next.kind) else { return None };
    let between = &page[comment.span.end..next.span.start];
    between.chars().all(|c| c.is_whitespace() || c == '>').then(|| (html::decode(text).into_owned(), fence))
}

/// The text of a fence, without the marks of a list or a quotation at the beginning of its lines.
fn body(page: &str, fence: &Fence) -> String {
    let opening = page[..fence.info.start].rfind('\n').map_or(0, |newline| newline + 1);
    let indent = page[opening..fence.info.start].trim_end_matches(['`', '~']).len();
    let text = &page[fence.body.clone()];
    let lines = text.split_inclusive('\n').map(|line| {
        let blanks = line.bytes().take(indent).take_while(|byte| matches!(byte, b' ' | b'\t' | b'>')).count();
        &line[blanks..]
    });
    lines.collect()
}

/// A console block with one command.
fn console(info: &str, text: &str, output: Option<String>) -> Option<Ours> {
    let is_number = |text: &str| text.parse::<i32>().is_ok();
    let (info, status) = match info.rsplit_once(" status=").filter(|(_, status)| is_number(status)) {
        Some((info, status)) => (info, Some(status)),
        None => (info, None),
    };
    let decoded = edit::decoded(text);
    let text = decoded.as_deref().unwrap_or(text);
    if info.starts_with("console stop=") {
        return Some(Ours { info: info.to_owned(), text: "^C\n".to_owned(), constructs: 2 });
    }
    let keys = without_values(info);
    let command = if keys.contains(" background=") {
        started(text)?
    } else if keys.contains(" ready=") {
        let (command, wait) = text.trim_end_matches('\n').rsplit_once('\n')?;
        wait.starts_with("book wait ").then_some(command)?
    } else {
        text.strip_suffix('\n')?
    };
    let mut out = String::new();
    for (number, line) in command.split('\n').enumerate() {
        out.push_str(if number == 0 { "$ " } else { "> " });
        out.push_str(line);
        out.push('\n');
    }
    if let Some(status) = status {
        out.push_str(&format!("? {status}\n"));
    }
    let constructs = if output.is_some() { 4 } else { 2 };
    out.push_str(&output.unwrap_or_default());
    Some(Ours { info: info.to_owned(), text: out, constructs })
}

/// An info string without what is in quotes. A quoted value may look like an attribute.
fn without_values(info: &str) -> String {
    let (mut out, mut chars, mut is_quoted) = (String::new(), info.chars(), false);
    while let Some(c) = chars.next() {
        match c {
            '"' => is_quoted = !is_quoted,
            '\\' if is_quoted => drop(chars.next()),
            c if !is_quoted => out.push(c),
            _ => {}
        }
    }
    out
}

/// The command that a text starts in the background.
fn started(text: &str) -> Option<&str> {
    let (command, last) = text.trim_end_matches('\n').rsplit_once('\n')?;
    let name = last.strip_prefix("book started ")?.split(' ').next()?;
    let command = command.strip_prefix(&format!("book stop {name}\n")).unwrap_or(command);
    let command = command.strip_suffix(&format!(" > /tmp/{name}.log 2>&1 &"))?;
    Some(command.strip_prefix("{\n").and_then(|inner| inner.strip_suffix("\n}")).unwrap_or(command))
}

/// The text of pages without blocks that export has copied; `None` for any other page.
pub fn prose(page: &str) -> Option<String> {
    let (text, _) = page.strip_prefix(PROSE)?.split_once(PROSE_END)?;
    Some(text.to_owned())
}

/// Whether a file is one that export adds to any book.
pub fn is_ours(text: &str) -> bool {
    text == PROGRAM || made(text).is_some_and(|from| from.starts_with("from `needs` "))
}

/// The checks from which export has made a script, each without its `check `; `None` if the script is another one or was
/// changed.
pub fn checks(script: &str) -> Option<Vec<String>> {
    let from = made(script)?.strip_prefix("from the checks of a page, digest ")?;
    let (name, rest) = from.split_once('\n')?;
    if name != digest(rest) {
        return None;
    }
    let lines = rest.lines().filter_map(|line| line.strip_prefix("# scenario: check "));
    Some(lines.map(str::to_owned).collect())
}

/// The rest of the second line of a script behind our name, and all lines below.
fn made(script: &str) -> Option<&str> {
    script.strip_prefix("#!/bin/bash\n")?.strip_prefix(MADE)?.strip_prefix(' ')
}
