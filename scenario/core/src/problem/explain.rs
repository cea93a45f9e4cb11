//! What each code means at length, out of ERRORS.md, with an example that is wrong and one that is right.
//!
//! The suite reads every example: the wrong one gives its code and nothing else, the right one gives nothing.

use super::Code;

const ERRORS: &str = include_str!("../../ERRORS.md");

/// The files of one example, as (name, text).
type ExampleFiles = Vec<(String, String)>;

/// What an explanation shows: pages by their names, `step-1.md` where none is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The mistake.
    pub wrong: ExampleFiles,
    /// The same without it.
    pub right: ExampleFiles,
}

/// The explanation of a code, as Markdown; it starts with the code as its title.
pub fn explanation(code: Code) -> &'static str {
    let heading = format!("\n## {}\n", code.name());
    let Some((before, rest)) = ERRORS.split_once(&heading) else { return "" };
    let length = rest.find("\n## ").unwrap_or(rest.len());
    let start = before.len() + 1;
    ERRORS[start..start + heading.len() - 1 + length].trim_end()
}

/// Each code and the first sentence of its explanation.
pub fn list() -> impl Iterator<Item = (Code, &'static str)> {
    Code::ALL.iter().map(|code| {
        let text = explanation(*code).split_once("\n\n").map_or("", |(_, text)| text);
        (
            *code,
            text.split("\n\n").next().unwrap_or("").split(". ").next().unwrap_or("").trim_end_matches('.'),
        )
    })
}

impl Example {
    /// The example of a code.
    pub fn of(code: Code) -> Example {
        let text = explanation(code);
        let (wrong, right) = text.split_once("\nRight:\n").unwrap_or((text, ""));
        Example { wrong: files(wrong), right: files(right) }
    }
}

/// The blocks of a text that are fenced by five backticks; `␍` means a carriage return in them.
fn files(text: &str) -> ExampleFiles {
    let blocks = text.split("\n`````markdown").skip(1);
    blocks
        .filter_map(|block| {
            let (name, rest) = block.split_once('\n')?;
            let (text, _) = rest.split_once("`````")?;
            let name = if name.is_empty() { "step-1.md" } else { name.trim() };
            Some((name.to_owned(), text.replace('␍', "\r")))
        })
        .collect()
}
