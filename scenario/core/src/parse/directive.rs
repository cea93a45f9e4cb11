//! The directives of mdBook that put another text in the place of their own, such as `{{#include notes.txt}}`.
//!
//! They are found here as mdBook finds them, and carried out nowhere.

use std::ops::Range;

/// A directive in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive<'a> {
    /// Its place, braces included.
    pub range: Range<usize>,
    /// The file that it includes, if it is one that includes; with the lines or the anchor after a colon.
    pub included: Option<&'a str>,
}

/// The directives that mdBook replaces. It leaves any other word as it is.
const REPLACED: [&str; 5] = ["include", "rustdoc_include", "playground", "playpen", "title"];

/// All directives of a text. One that is escaped, as `\{{#include …}}`, counts: mdBook takes its backslash away.
pub fn directives(text: &str) -> Vec<Directive<'_>> {
    let braces = text.match_indices('{').filter(|(at, _)| text[at + 1..].starts_with('{'));
    braces.filter_map(|(at, _)| directive(text, at)).collect()
}

/// The directive whose braces are at `at`.
fn directive(text: &str, at: usize) -> Option<Directive<'_>> {
    let rest = &text[at + 2..];
    if text[..at].ends_with('\\') {
        let line = rest.lines().next().filter(|line| line.starts_with('#'))?;
        let end = at + 2 + line.rfind("}}")? + 2;
        return Some(Directive { range: at - 1..end, included: None });
    }
    let words = rest.trim_start().strip_prefix('#')?;
    let end = words.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
    let (name, argument) = words.split_at(end);
    let length = argument.find('}').filter(|length| argument[*length..].starts_with("}}"))?;
    let argument = &argument[..length];
    if !REPLACED.contains(&name) || !argument.starts_with(char::is_whitespace) || argument.trim().is_empty() {
        return None;
    }
    let end = text.len() - words.len() + name.len() + length + 2;
    let included = (name == "include" || name == "rustdoc_include").then_some(argument.trim());
    Some(Directive { range: at..end, included })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directive_is_what_mdbook_replaces() {
        let found =
            |text: &str| directives(text).iter().map(|one| text[one.range.clone()].to_owned()).collect();
        let all: [(&str, &[&str]); 9] = [
            ("a {{#include b.md}} c", &["{{#include b.md}}"]),
            ("{{ #include b.md:2:3 }}{{#title T}}", &["{{ #include b.md:2:3 }}", "{{#title T}}"]),
            ("{{\n#include\nb.md\n}}", &["{{\n#include\nb.md\n}}"]),
            ("{{#playpen a.rs editable}}", &["{{#playpen a.rs editable}}"]),
            ("\\{{#include b.md}} c\n{{ #x}}", &["\\{{#include b.md}}"]),
            ("{{#unknown b}} {{#include}} {{# include b}} {{include b}}", &[]),
            ("{{#include a}b}}", &[]),
            ("{{{#include a}}", &["{{#include a}}"]),
            ("{{#include a", &[]),
        ];
        for (text, expected) in all {
            let found: Vec<String> = found(text);
            assert_eq!(found, expected, "{text}");
        }
        assert_eq!(directives("{{#include a.md:2}}")[0].included, Some("a.md:2"));
    }
}
