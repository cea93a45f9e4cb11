//! Replaces placeholders for the learner's machine on the web by addresses of this one, and converts quizzes.
//!
//! All other text stays unchanged, byte for byte.

use std::fmt::Write;

use crate::links;

/// The domains that follow a placeholder in a link.
const DOMAINS: [&str; 3] = [".environments.katacoda.com", ".[[KATACODA_DOMAIN]]", ""];
/// Placeholders of the first host.
const ADDRESSES: [&str; 3] = ["[[HOST_IP]]", "[[HOST1_IP]]", "[[CLIENT_IP]]"];

/// Replaces the placeholders of the first host by addresses of this machine.
pub(super) fn local(text: &str) -> String {
    replaced(text, false)
}

/// The same for text without code, in which an address alone becomes a link, because Katacoda made it one and mdBook does not.
pub(super) fn linked(text: &str) -> String {
    replaced(text, true)
}

fn replaced(text: &str, is_prose: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for link in links::find(text) {
        if link.span.start < at {
            continue;
        }
        let before = &text[at..link.span.start];
        let before =
            ["https://", "http://"].iter().find_map(|scheme| before.strip_suffix(scheme)).unwrap_or(before);
        let is_first_host =
            !text[link.span.clone()].contains("HOST2") && !text[link.span.clone()].contains("HOST3");
        if !is_first_host {
            out.push_str(&text[at..link.span.end]);
            at = link.span.end;
            continue;
        }
        out.push_str(before);
        let is_bare = is_prose && (before.is_empty() && at == 0 || is_bare_behind(before));
        let rest = &text[link.span.end..];
        let is_placeholder = text[link.span.clone()].starts_with("[[");
        let domain = DOMAINS.iter().find(|domain| is_placeholder && rest.starts_with(**domain));
        at = link.span.end + domain.map_or(0, |domain| domain.len());
        let path = if is_bare { path_of(&text[at..]) } else { "" };
        at += path.len();
        let address = format!("http://localhost:{}{path}", link.port);
        let _ = if is_bare { write!(out, "[{address}]({address})") } else { write!(out, "{address}") };
    }
    out.push_str(&text[at..]);
    ADDRESSES.iter().fold(out, |text, address| text.replace(address, "127.0.0.1"))
}

/// Whether an address behind this text is not part of a link, a tag or a word.
fn is_bare_behind(before: &str) -> bool {
    let is_open = |open: char, close: char| before.rfind(open) > before.rfind(close);
    let is_apart = before.ends_with(|c: char| c.is_whitespace() || c == '(');
    let is_target = ["](", "]:", "="].iter().any(|end| before.trim_end().ends_with(end));
    is_apart && !is_target && !is_open('[', ']') && !is_open('<', '>')
}

/// The path at the beginning of a text, without the punctuation that ends a sentence.
fn path_of(text: &str) -> &str {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "/-._~%?&=#+,:;@".contains(c);
    let length = text.find(|c| !is_part(c)).unwrap_or(text.len());
    if text.starts_with(['/', '?', '#']) {
        text[..length].trim_end_matches(['.', ',', ':', ';', '?'])
    } else {
        ""
    }
}

/// A note with its line for each line that has a placeholder without a counterpart on this machine.
pub(super) fn left_over(text: &str) -> Vec<(usize, String)> {
    let lines =
        text.lines().enumerate().filter(|(_, line)| line.contains("[[") || line.contains("{{TRAFFIC_"));
    let notes = lines.filter_map(|(number, line)| {
        let placeholder = placeholder(&local(line))?;
        Some((number + 1, format!("placeholder `{placeholder}` has no counterpart here: it stays as text")))
    });
    notes.collect()
}

/// The first placeholder: `[[HOST2_IP]]` or `{{TRAFFIC_HOST2_80}}`.
fn placeholder(text: &str) -> Option<String> {
    let end_of = |at: usize, close: &str| {
        let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let rest = text[at + 2..].trim_start_matches(is_part);
        let end = text.len() - rest.len();
        (end > at + 2 && rest.starts_with(close)).then_some(end + 2)
    };
    let square = text.match_indices("[[").find_map(|(at, _)| Some(at..end_of(at, "]]")?));
    let curly = text.match_indices("{{TRAFFIC_").find_map(|(at, _)| Some(at..end_of(at, "}}")?));
    let first = [square, curly].into_iter().flatten().min_by_key(|place| place.start)?;
    Some(text[first].to_owned())
}

/// Converts the questions of a text. Each choice becomes a closed part that says whether it is right.
pub(super) fn quizzes(text: &str) -> String {
    if !text.contains(">>") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let question = line.trim().strip_prefix(">>").and_then(|rest| rest.rsplit_once("<<"));
        let Some((question, _)) = question else {
            out.push_str(line);
            continue;
        };
        let mut answers = String::new();
        // Blank lines may precede each answer.
        loop {
            let mut ahead = lines.clone();
            let blanks = std::iter::from_fn(|| ahead.next_if(|line| line.trim().is_empty())).count();
            let Some((is_right, is_choice, answer)) = ahead.peek().and_then(|line| choice(line.trim()))
            else {
                break;
            };
            let (summary, shown) = match (is_choice, is_right) {
                (true, true) => (answer.to_owned(), "Right.".to_owned()),
                (true, false) => (answer.to_owned(), "Wrong.".to_owned()),
                (false, _) => ("Answer".to_owned(), answer.to_owned()),
            };
            let _ = write!(answers, "<details><summary>{summary}</summary>\n\n{shown}\n\n</details>\n\n");
            lines.by_ref().take(blanks + 1).for_each(drop);
        }
        if answers.is_empty() {
            out.push_str(line);
            continue;
        }
        let gap = if out.is_empty() || out.ends_with("\n\n") { "" } else { "\n" };
        let _ = write!(out, "{gap}**{}**\n\n{answers}", question.trim());
    }
    out
}

/// Whether a line is right, whether it is one of several choices, and its text.
fn choice(line: &str) -> Option<(bool, bool, &str)> {
    let forms = [
        ("===", true, false),
        ("=~=", true, false),
        ("[*]", true, true),
        ("[ ]", false, true),
        ("(*)", true, true),
        ("( )", false, true),
    ];
    forms.iter().find_map(|(mark, is_right, is_choice)| {
        Some((*is_right, *is_choice, line.strip_prefix(mark)?.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_this_machine() {
        for (text, expected) in [
            (
                "https://[[HOST_SUBDOMAIN]]-8080-[[KATACODA_HOST]].environments.katacoda.com/a",
                "http://localhost:8080/a",
            ),
            ("curl [[HOST_SUBDOMAIN]]-80-[[KATACODA_HOST]].[[KATACODA_DOMAIN]]", "curl http://localhost:80"),
            ("[x]({{TRAFFIC_HOST1_3000}}/b)", "[x](http://localhost:3000/b)"),
            ("ping [[HOST_IP]]", "ping 127.0.0.1"),
            ("{{TRAFFIC_HOST2_80}} [[HOST2_IP]]", "{{TRAFFIC_HOST2_80}} [[HOST2_IP]]"),
        ] {
            assert_eq!(local(text), expected);
        }
    }

    #[test]
    fn an_address_alone_in_a_text_becomes_a_link() {
        let port = "https://[[HOST_SUBDOMAIN]]-80-[[KATACODA_HOST]].environments.katacoda.com";
        let link = |path: &str| format!("[http://localhost:80{path}](http://localhost:80{path})");
        for (text, expected) in [
            (format!("{port}/"), link("/")),
            (format!("at {port}/a_b?c=1. Then"), format!("at {}. Then", link("/a_b?c=1"))),
            (format!("({port}, {port}/é)"), format!("({}, {}é)", link(""), link("/"))),
        ] {
            assert_eq!(linked(&text), expected);
        }
        for text in [
            "[x](@/a)",
            "[x]( @)",
            "[x]: @",
            "[see @ or](@)",
            "<a href=@>",
            "<a href= '@'>",
            "<a href = @>",
            "a@",
        ] {
            assert_eq!(linked(&text.replace('@', port)), text.replace('@', "http://localhost:80"));
        }
    }

    #[test]
    fn what_is_right_is_hidden() {
        let text =
            "Before\n>>Q1: Which?<<\n(*) Green\n( ) Blue\n\n>>Q2: Say tea<<\n\n=== tea\nAfter >> a\n>>No<<\n";
        let part = |summary: &str, text: &str| {
            format!("<details><summary>{summary}</summary>\n\n{text}\n\n</details>\n\n")
        };
        let expected = [
            "Before\n\n**Q1: Which?**\n\n",
            &part("Green", "Right."),
            &part("Blue", "Wrong."),
            "\n**Q2: Say tea**\n\n",
            &part("Answer", "tea"),
            "After >> a\n>>No<<\n",
        ];
        assert_eq!(quizzes(text), expected.concat());
    }
}
