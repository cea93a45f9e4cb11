//! Converts an edit of a file into a readable command, and such a command back into an edit.
//!
//! The text is in a here-document. A text with control characters, such as a tab, is in base64, because the terminal of
//! Killercoda receives the command as typed keys. This module decides only the command: `page` writes it.

use scenario_core::model::{FileEdit, Verb};
use scenario_core::shell;

/// The number of characters of base64 on a line.
const BASE64_LINE: usize = 76;
/// The text before and after the base64 of a command.
const EVAL: &str = "eval \"$(base64 -d <<'END'\n";
const EVAL_END: &str = "END\n)\"\n";

/// A command that makes an edit.
pub(super) struct EditCommand {
    /// The command.
    pub(super) text: String,
    /// Whether its text is in base64.
    pub(super) is_encoded: bool,
}

/// The command for an edit with the text of its block. `is_whole_lines`: whether the file surely ends with a newline.
pub(super) fn command(edit: &FileEdit, text: &str, is_whole_lines: bool) -> EditCommand {
    let is_encoded = !can_be_typed(text);
    let body = if is_encoded { encode(text.as_bytes()) } else { text.to_owned() };
    let end = delimiter(&body);
    let (from, here) = (if is_encoded { "base64 -d" } else { "cat" }, format!("<<'{end}'"));
    let path = home(&edit.path);
    let first = match &edit.verb {
        Verb::Write => {
            let folder =
                edit.path.rsplit_once('/').map(|(folder, _)| format!("mkdir -p {} && ", home(folder)));
            format!("{}{from} > {path} {here}", folder.unwrap_or_default())
        }
        Verb::Append if is_whole_lines => format!("{from} >> {path} {here}"),
        verb => {
            let markers =
                verb.markers().into_iter().map(|marker| format!(" {}", shell::quoted([&marker.text])));
            let book = format!("book {} {path}{}", verb.name(), markers.collect::<String>());
            if is_encoded { format!("{from} {here} | {book}") } else { format!("{book} {here}") }
        }
    };
    EditCommand { text: format!("{first}\n{body}{end}\n"), is_encoded }
}

/// Whether a text can be in a fence behind which an action types it: it has no control character.
pub(super) fn can_be_typed(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && c != '\n') && fence_mark(text).is_some()
}

/// The character for a fence around a text; `None` if the text would close both kinds. Three characters and braces also
/// close a longer fence.
pub(super) fn fence_mark(text: &str) -> Option<char> {
    let is_free = |mark: &char| {
        let is_end =
            |rest: &str| rest.trim_start_matches(*mark).trim_start_matches([' ', '\t']).starts_with("{{");
        !text.match_indices(&mark.to_string().repeat(3)).any(|(at, _)| is_end(&text[at..]))
    };
    let marks = if text.contains("```") { ['~', '`'] } else { ['`', '~'] };
    marks.into_iter().find(is_free)
}

/// A command that runs another one in the same shell.
pub(super) fn encoded(command: &str) -> String {
    format!("{EVAL}{}{EVAL_END}", encode(command.as_bytes()))
}

/// The command inside one of [`encoded`]; `None` if it is another one.
pub(super) fn decoded(command: &str) -> Option<String> {
    let body = command.strip_prefix(EVAL)?.strip_suffix(EVAL_END)?;
    String::from_utf8(decode(body)?).ok()
}

/// The attributes and the text of the block from which a command was made; `None` if it is another one.
pub(super) fn read_back(command: &str) -> Option<(String, String)> {
    let (first, rest) = command.split_once('\n')?;
    let (_, after) = first.split_once("<<'")?;
    let end = &after[..after.find('\'')?];
    let body = rest.strip_suffix(&format!("{end}\n")).or_else(|| rest.strip_suffix(end))?;
    if !(body.is_empty() || body.ends_with('\n')) || body.lines().any(|line| line == end) {
        return None;
    }
    let words = shell_words::split(first).ok()?;
    // A marker in `$'…'` has control characters, and is not read back.
    if first.contains(" $'") && words.iter().any(|word| word.starts_with('$')) {
        return None;
    }
    let here = format!("<<{end}");
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let words = match words.as_slice() {
        ["mkdir", "-p", _, "&&", rest @ ..] => rest,
        all => all,
    };
    let (is_encoded, path, verb, markers) = match words {
        ["cat", to @ (">" | ">>"), path, last] if *last == here => (false, path, *to, &[][..]),
        ["base64", "-d", to @ (">" | ">>"), path, last] if *last == here => (true, path, *to, &[][..]),
        ["base64", "-d", first, "|", "book", verb, path, markers @ ..] if *first == here => {
            (true, path, *verb, markers)
        }
        ["book", verb, path, markers @ .., last] if *last == here => (false, path, *verb, markers),
        _ => return None,
    };
    let text = if is_encoded { String::from_utf8(decode(body)?).ok()? } else { body.to_owned() };
    let path = path.strip_prefix("~/")?;
    let attributes = match (verb, markers) {
        (">", []) => String::new(),
        (">>" | "append", []) => " append".to_owned(),
        ("prepend", []) => " prepend".to_owned(),
        ("insert-before" | "insert-after" | "replace", [marker]) => format!(" {verb}={}", quoted(marker)),
        ("replace", [from, to]) => format!(" replace={} replace-to={}", quoted(from), quoted(to)),
        _ => return None,
    };
    Some((format!("file={}{attributes}", quoted(path)), text))
}

/// A path of the workspace as a path of the home folder of Killercoda.
pub(super) fn home(path: &str) -> String {
    format!("~/{}", shell::quoted([path]))
}

/// A value of an attribute.
pub(super) fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A delimiter for a here-document: a word that is not a line of the text.
fn delimiter(text: &str) -> String {
    let is_free = |word: &String| !text.lines().any(|line| line == word);
    let words = std::iter::once("END".to_owned()).chain((1..).map(|number| format!("END{number}")));
    // A text has fewer lines than there are numbers.
    words.into_iter().find(is_free).unwrap_or_default()
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 (RFC 4648), in lines.
fn encode(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at) & 63) as usize];
            out.push(if at > chunk.len() { '=' } else { char::from(digit) });
        }
    }
    let mut lines = String::new();
    for (number, digit) in out.chars().enumerate() {
        if number > 0 && number % BASE64_LINE == 0 {
            lines.push('\n');
        }
        lines.push(digit);
    }
    if !lines.is_empty() {
        lines.push('\n');
    }
    lines
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'\n' && *byte != b'=').collect();
    let mut out = Vec::new();
    for chunk in digits.chunks(4) {
        let mut bits = 0_u32;
        for at in 0..4 {
            let value = match chunk.get(at) {
                Some(digit) => DIGITS.iter().position(|known| known == digit)?,
                None => 0,
            };
            bits = bits << 6 | u32::try_from(value).ok()?;
        }
        out.extend(&bits.to_be_bytes()[1..chunk.len()]);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc_and_comes_back() {
        for (text, expected) in [
            ("", ""),
            ("f", "Zg==\n"),
            ("fo", "Zm8=\n"),
            ("foo", "Zm9v\n"),
            ("foob", "Zm9vYg==\n"),
            ("fooba", "Zm9vYmE=\n"),
        ] {
            assert_eq!(encode(text.as_bytes()), expected);
            assert_eq!(decode(expected).unwrap(), text.as_bytes());
        }
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(&encode(&all)).unwrap(), all);
    }

    #[test]
    fn the_end_of_a_here_document_is_no_line_of_it() {
        assert_eq!(delimiter("END\nEND1\n"), "END2");
        assert_eq!(delimiter(" END\n"), "END");
    }

    #[test]
    fn other_commands_are_no_edits() {
        for command in [
            "ls\n",
            "cat > a <<'END'\nx\nEND\n",
            "cat > ~/a <<'END'\nx\nEND\nls\n",
            "cat > ~/a <<'END'\nx\nEND\nEND\n",
            "book replace ~/a <<'END'\nEND\n",
            "cat > ~/a <<END\nx\nEND\n",
        ] {
            assert_eq!(read_back(command), None, "{command}");
        }
        assert_eq!(read_back("cat > ~/a <<'END'\nx\nEND").unwrap().1, "x\n");
    }
}
