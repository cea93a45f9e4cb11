//! Escapes what our Markdown would read differently in the text between blocks: fences, tags, directives, comments.
//!
//! All other text stays unchanged, byte for byte. This module does not find code: its caller does.

use std::borrow::Cow;

use scenario_core::parse::without_marks;

/// Tags that a browser would execute, or that only their own end tag ends.
const TAGS: [&str; 10] =
    ["iframe", "noembed", "noframes", "plaintext", "pre", "script", "style", "textarea", "title", "xmp"];
/// The directives with which mdBook includes other texts.
const DIRECTIVES: [&str; 5] = ["include", "rustdoc_include", "playground", "playpen", "title"];

/// Escapes the tags in a text without code that would do something. Also returns their names.
pub(super) fn tags(text: &str) -> (Cow<'_, str>, Vec<String>) {
    let mut found = Vec::new();
    let mut out = String::new();
    let mut at = 0;
    for (start, _) in text.match_indices('<') {
        let rest = &text[start + 1..];
        let name = rest.trim_start_matches('/');
        let length = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
        let name = &name[..length];
        let is_tag = TAGS.iter().any(|tag| tag.eq_ignore_ascii_case(name));
        if is_tag || rest.starts_with(['?', '!']) {
            if is_tag && !rest.starts_with('/') {
                found.push(name.to_ascii_lowercase());
            }
            out.push_str(&text[at..start]);
            out.push_str("&lt;");
            at = start + 1;
        }
    }
    if at == 0 {
        return (Cow::Borrowed(text), found);
    }
    out.push_str(&text[at..]);
    (Cow::Owned(out), found)
}

/// Changes a comment so that it stays hidden: no line of it opens a fence, and it is not a directive.
pub(super) fn comment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let rest = without_marks(line);
        if rest.starts_with("```") || rest.starts_with("~~~") {
            out.push_str(&line[..line.len() - rest.len()]);
            out.push('\\');
            out.push_str(rest);
        } else {
            out.push_str(line);
        }
    }
    let body = out.trim_start_matches("<!--").trim_start_matches(|c: char| c == '-' || c.is_whitespace());
    let word = body.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_lowercase();
    let is_like_ours = word == "check" || word.starts_with("scen") || word.starts_with("sen");
    if is_like_ours { out.replacen("<!--", "<!-- original:", 1) } else { out }
}

/// Escapes directives in text or code, so that mdBook leaves them unchanged.
pub(super) fn directives(text: &str) -> Cow<'_, str> {
    let is_directive = |at: usize| {
        let words = text[at + 2..].trim_start().strip_prefix('#');
        words.is_some_and(|words| DIRECTIVES.iter().any(|name| words.starts_with(name)))
    };
    let mut out = String::new();
    let mut at = 0;
    for (start, _) in text.match_indices("{{").filter(|(start, _)| is_directive(*start)) {
        out.push_str(&text[at..start]);
        out.push('\\');
        at = start;
    }
    if at == 0 && !text.starts_with("{{") || out.is_empty() {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[at..]);
    Cow::Owned(out)
}

/// Adapts the text between two blocks. Fences behind the marks of lists and quotations become blocks that are only shown.
/// Text that is indented below a block in a list does not become code.
pub(super) fn between(text: &str, mut indent: usize) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut out = String::with_capacity(text.len());
    let mut open: Option<(char, usize)> = None;
    for (number, line) in lines.iter().enumerate() {
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        if indent > 0 && !line.trim().is_empty() && blanks < indent.min(2) {
            indent = 0;
        }
        let line = if indent > 0 { &line[blanks.min(indent)..] } else { line };
        let Some((mark, count)) = fence_of(line) else {
            out.push_str(line);
            continue;
        };
        let rest = without_marks(line);
        let before = &line[..line.len() - rest.len()];
        let info = rest[count..].trim();
        if open.is_some_and(|(opening, length)| opening == mark && count >= length && info.is_empty()) {
            open = None;
            out.push_str(line);
        } else if open.is_none() && lines[number + 1..].iter().any(|line| closes(line, mark, count)) {
            open = Some((mark, count));
            out.push_str(before);
            out.extend(std::iter::repeat_n(mark, count));
            let language = info.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
            out.push_str(if language.is_empty() { "text" } else { language });
            out.push_str(" ignore=\"shown only\"\n");
        } else if open.is_none() {
            out.push_str(before);
            out.push('\\');
            out.push_str(rest);
        } else {
            out.push_str(line);
        }
    }
    out
}

/// The character and the length of the fence that a line begins with.
fn fence_of(line: &str) -> Option<(char, usize)> {
    let rest = without_marks(line);
    let mark = rest.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let count = rest.chars().take_while(|c| *c == mark).count();
    let is_span = mark == '`' && rest[count..].contains('`');
    (count >= 3 && !is_span).then_some((mark, count))
}

fn closes(line: &str, mark: char, count: usize) -> bool {
    fence_of(line).is_some_and(|(other, length)| other == mark && length >= count)
        && without_marks(line).trim().chars().all(|c| c == mark)
}

/// The indentation of the content of a line: its blanks, and the mark of a list.
pub(super) fn indent_of(line: &str) -> usize {
    let rest = without_marks(line);
    line.len() - rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_would_do_something_are_shown() {
        let (text, found) = tags("<b>a</b> <SCRIPT src=x></SCRIPT> <?php <![CDATA[ <styled>");
        assert_eq!(text, "<b>a</b> &lt;SCRIPT src=x>&lt;/SCRIPT> &lt;?php &lt;![CDATA[ <styled>");
        assert_eq!(found, ["script"]);
    }

    #[test]
    fn comments_stay_comments() {
        assert_eq!(comment("<!-- a\n```\nb -->"), "<!-- a\n\\```\nb -->");
        assert_eq!(comment("<!-- scenario: check -->"), "<!-- original: scenario: check -->");
        assert_eq!(comment("<!-- see -->"), "<!-- see -->");
    }

    #[test]
    fn directives_are_text() {
        assert_eq!(
            directives("{{#include a}} {{ #title b}} {{a}}"),
            "\\{{#include a}} \\{{ #title b}} {{a}}"
        );
        assert_eq!(directives("a {{#other}}"), "a {{#other}}");
    }

    #[test]
    fn fences_in_quotes_are_shown_only_and_others_are_text() {
        let text = "> ```bash{1}\n> ls\n> ```\n- ~~~\n";
        assert_eq!(between(text, 0), "> ```bash ignore=\"shown only\"\n> ls\n> ```\n- \\~~~\n");
        assert_eq!(between("    more\n\n   and\n2. next\n    code\n", 4), "more\n\nand\n2. next\n    code\n");
    }
}
