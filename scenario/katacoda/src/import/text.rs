//! Small changes of text and blocks: fences, markers, indentation.
//!
//! These functions keep no state. `page` does.

use super::block;
use crate::index::Index;

/// The verb and the text of a block that takes the place of a marker, so that the marker matches one place.
pub(super) fn replacement(file: &str, marker: &str, body: &str) -> (String, String) {
    let verb = |marker: &str| format!(" replace={}", block::quoted(marker));
    // The last newline of a block is not part of what it inserts.
    let text = |text: String| text + "\n";
    let Some(at) = file.find(marker).filter(|_| !marker.is_empty()) else {
        return (verb(marker), text(body.to_owned()));
    };
    if file.matches(marker).count() == 1 && !marker.contains('\n') {
        return (verb(marker), text(body.to_owned()));
    }
    // In a book a marker is within one line, so the block replaces whole lines.
    let behind = at + marker.len();
    let start = file[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = file[behind..].find('\n').map_or(file.len(), |newline| behind + newline);
    let lines = &file[start..end];
    let verb = match (lines.split('\n').next(), lines.split('\n').next_back()) {
        (Some(first), Some(last)) if marker.contains('\n') => {
            format!("{} replace-to={}", verb(first), block::quoted(last))
        }
        _ => verb(lines),
    };
    (verb, text(format!("{}{body}{}", &file[start..at], &file[behind..end])))
}

/// The host that becomes this machine: the first one with files, in the usual order of names.
pub(super) fn first_host(index: &Index) -> String {
    const FIRST: [&str; 6] = ["host01", "host1", "client", "controlplane", "controlpane", "master"];
    let hosts = || index.assets.iter().map(|asset| asset.host.to_ascii_lowercase());
    let known = FIRST.iter().find(|first| hosts().any(|host| host == **first));
    known.map_or_else(|| hosts().next().unwrap_or_default(), |first| (*first).to_owned())
}

/// Replaces the first line by an empty one if it is the title.
pub(super) fn without_title(text: &str, title: &str) -> String {
    let start = text.len() - text.trim_start().len();
    let line = text[start..].lines().next().unwrap_or_default();
    let heading = line.trim_start_matches('#');
    let is_title = heading.len() < line.len() && heading.trim().eq_ignore_ascii_case(title);
    if is_title { format!("{}{}", &text[..start], &text[start + line.len()..]) } else { text.to_owned() }
}

/// A text on one line, without control characters.
pub(super) fn one_line(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Where the first paragraph of a text ends, if it does.
pub(super) fn paragraph_end(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if at > 0 && line.trim().is_empty() {
            return Some(at);
        }
        at += line.len();
    }
    None
}

/// A code span. It begins with fewer than three backticks where possible, because three could open a fence.
pub(super) fn retick(code: &str, ticks: usize) -> String {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = if ticks >= 3 { longest + 1 } else { ticks };
    let fence = "`".repeat(ticks);
    if code.trim().is_empty() { format!("{fence} {fence}") } else { format!("{fence}{code}{fence}") }
}

/// Removes the blanks with which all lines begin.
pub(super) fn unindented(text: &str) -> String {
    let blanks = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let common = text.lines().filter(|line| !line.trim().is_empty()).map(blanks).min().unwrap_or(0);
    text.split_inclusive('\n').map(|line| line.get(common.min(blanks(line))..).unwrap_or(line)).collect()
}

/// Removes the marks of quotations at the beginning of the lines.
pub(super) fn unquoted(text: &str, quotes: usize) -> String {
    let bare = |line| {
        (0..quotes).fold(line, |line: &str, _| {
            let rest = line.trim_start_matches([' ', '\t']).strip_prefix('>');
            rest.map_or(line, |rest| rest.strip_prefix(' ').unwrap_or(rest))
        })
    };
    text.split_inclusive('\n').map(bare).collect()
}

/// The language of a file, by its name.
pub(super) fn language_of(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "py" => "python",
        "sh" => "sh",
        "yml" | "yaml" => "yaml",
        "json" => "json",
        "js" => "javascript",
        "ts" => "typescript",
        "java" => "java",
        "go" => "go",
        "rs" => "rust",
        "xml" => "xml",
        "html" => "html",
        "sql" => "sql",
        "tf" => "hcl",
        "toml" => "toml",
        "md" => "markdown",
        _ => "text",
    }
}
