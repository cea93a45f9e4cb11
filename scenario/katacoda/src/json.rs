//! JSON as authors write it: values with their places, and what deviates from the standard.
//!
//! Commas before a closing bracket, comments, and line breaks and tabs in a string are accepted and noted. A byte order
//! mark is skipped, and half of a surrogate pair becomes a replacement character. Everything else that the standard
//! forbids is an error with its place. This module does not know what the values mean.

use std::ops::Range;

/// How deep arrays and objects may be nested.
pub const DEPTH_MAX: usize = 64;
/// What [`Invalid`] expects where there are more.
pub const EXPECTED_DEPTH: &str = "at most 64 levels of brackets";

/// A value with its place in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// Its bytes in the text.
    pub span: Range<usize>,
    /// What it is.
    pub data: Data,
}

/// The data of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as the text has it.
    Number(String),
    /// A string, without its quotes and with its escapes decoded.
    Text(String),
    /// The elements of an array.
    Array(Vec<Value>),
    /// The members of an object, in order. The last member with a key counts.
    Object(Vec<Member>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The key.
    pub key: String,
    /// The bytes of the key with its quotes.
    pub key_span: Range<usize>,
    /// The value.
    pub value: Value,
}

/// A parsed text.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The value.
    pub value: Value,
    /// Whether the text is JSON by the standard.
    pub is_strict: bool,
}

/// Why a text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The byte where reading stopped.
    pub at: usize,
    /// What should be there.
    pub expected: &'static str,
}

impl Value {
    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        if let Data::Text(text) = &self.data { Some(text) } else { None }
    }

    /// The elements; none if it is not an array.
    pub fn elements(&self) -> &[Value] {
        if let Data::Array(elements) = &self.data { elements } else { &[] }
    }

    /// The members; none if it is not an object.
    pub fn members(&self) -> &[Member] {
        if let Data::Object(members) = &self.data { members } else { &[] }
    }

    /// What it is, in words.
    pub fn type_name(&self) -> &'static str {
        match self.data {
            Data::Null => "null",
            Data::Bool(_) => "a boolean",
            Data::Number(_) => "a number",
            Data::Text(_) => "a string",
            Data::Array(_) => "an array",
            Data::Object(_) => "an object",
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.members().iter().rev().find(|member| member.key == key).map(|member| &member.value)
    }
}

/// Parses a text.
///
/// # Errors
///
/// The text is not JSON, or is nested deeper than [`DEPTH_MAX`].
pub fn parse(text: &str) -> Result<Document, Invalid> {
    let mut reader = Reader { text, at: 0, is_strict: true };
    if text.starts_with('\u{feff}') {
        reader.at = '\u{feff}'.len_utf8();
    }
    let value = reader.value(0)?;
    reader.blanks()?;
    if reader.at < text.len() {
        return Err(reader.expected("the end of the file"));
    }
    Ok(Document { value, is_strict: reader.is_strict })
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    is_strict: bool,
}

impl Reader<'_> {
    fn expected(&self, expected: &'static str) -> Invalid {
        Invalid { at: self.at, expected }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Skips white space and comments.
    fn blanks(&mut self) -> Result<(), Invalid> {
        loop {
            let rest = &self.text[self.at..];
            let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n']);
            self.at += rest.len() - trimmed.len();
            let length = if trimmed.starts_with("//") {
                trimmed.find('\n').unwrap_or(trimmed.len())
            } else if trimmed.starts_with("/*") {
                trimmed.find("*/").ok_or_else(|| self.expected("`*/` at the end of the comment"))? + 2
            } else {
                return Ok(());
            };
            self.at += length;
            self.is_strict = false;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, Invalid> {
        self.blanks()?;
        if depth > DEPTH_MAX {
            return Err(self.expected(EXPECTED_DEPTH));
        }
        let start = self.at;
        let data = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Data::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        };
        Ok(Value { span: start..self.at, data })
    }

    fn word(&mut self) -> Result<Data, Invalid> {
        let words = [("null", Data::Null), ("true", Data::Bool(true)), ("false", Data::Bool(false))];
        let rest = &self.text[self.at..];
        let found = words.into_iter().find(|(word, _)| rest.starts_with(word));
        let (word, data) = found.ok_or_else(|| self.expected("a value"))?;
        self.at += word.len();
        Ok(data)
    }

    fn number(&mut self) -> Result<Data, Invalid> {
        let rest = &self.text[self.at..];
        let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
        let number = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        if serde_json::from_str::<f64>(number).is_err() {
            return Err(self.expected("a number"));
        }
        self.at += number.len();
        Ok(Data::Number(number.to_owned()))
    }

    /// Goes to the next element after a comma, or past the closing bracket; returns whether there is an element.
    fn goes_on(&mut self, close: u8, expected: &'static str, is_first: bool) -> Result<bool, Invalid> {
        self.blanks()?;
        let has_comma = !is_first && self.peek() == Some(b',');
        if has_comma {
            self.at += 1;
            self.blanks()?;
        }
        if self.peek() == Some(close) {
            self.is_strict &= !has_comma;
            self.at += 1;
            return Ok(false);
        }
        if is_first || has_comma { Ok(true) } else { Err(self.expected(expected)) }
    }

    fn array(&mut self, depth: usize) -> Result<Data, Invalid> {
        self.at += 1;
        let mut elements = Vec::new();
        while self.goes_on(b']', "`,` or `]`", elements.is_empty())? {
            elements.push(self.value(depth + 1)?);
        }
        Ok(Data::Array(elements))
    }

    fn object(&mut self, depth: usize) -> Result<Data, Invalid> {
        self.at += 1;
        let mut members = Vec::new();
        while self.goes_on(b'}', "`,` or `}`", members.is_empty())? {
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.expected("a key in quotes"));
            }
            let key = self.string()?;
            let key_span = start..self.at;
            self.blanks()?;
            if self.peek() != Some(b':') {
                return Err(self.expected("`:`"));
            }
            self.at += 1;
            members.push(Member { key, key_span, value: self.value(depth + 1)? });
        }
        Ok(Data::Object(members))
    }

    /// A string; escapes are left to serde.
    fn string(&mut self) -> Result<String, Invalid> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut end = start + 1;
        let mut has_controls = false;
        loop {
            match bytes.get(end) {
                None => return Err(self.expected("`\"` at the end of the text")),
                Some(b'"') => break,
                Some(b'\\') => end += 2,
                Some(byte) => {
                    has_controls |= *byte < 0x20;
                    end += 1;
                }
            }
        }
        let written = self.text.get(start..=end).ok_or_else(|| self.expected("an escape such as `\\n`"))?;
        let text = if has_controls {
            self.is_strict = false;
            serde_json::from_str(&escaped(written))
        } else {
            serde_json::from_str(written)
        };
        let text = text.or_else(|cause| serde_json::from_str(&paired(written)).map_err(|_| cause));
        let text = text.map_err(|cause| {
            // The column of serde counts bytes from 1, in a text without line breaks.
            let at = if has_controls { start } else { start + cause.column().saturating_sub(1) };
            let at = (start..=at.min(end)).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(start);
            Invalid { at, expected: "an escape such as `\\n`" }
        })?;
        self.at = end + 1;
        Ok(text)
    }
}

/// The text with its control characters as escapes; an escape replaces a backslash before it.
fn escaped(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if (c as u32) < 0x20 {
            let _ = write!(out, "\\u{:04x}", c as u32);
        } else {
            out.push(c);
        }
    }
    out
}

/// The text with a replacement character for each half of a surrogate pair without the other half.
fn paired(text: &str) -> String {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    while let Some(found) = memchr::memchr(b'\\', &text.as_bytes()[at..]) {
        let start = at + found;
        out.push_str(&text[at..start]);
        let (length, is_half) = match (unit(start), unit(start + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (12, false),
            (Some(0xd800..=0xdfff), _) => (6, true),
            // Another escape, such as that of a backslash.
            _ => (1 + text[start + 1..].chars().next().map_or(0, char::len_utf8), false),
        };
        out.push_str(if is_half { "\\ufffd" } else { &text[start..start + length] });
        at = start + length;
    }
    out.push_str(&text[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trailing_comma_is_tolerated_and_noted() {
        let document = parse("{\"steps\": [1, 2,], }").unwrap();
        assert!(!document.is_strict);
        assert_eq!(document.value.get("steps").map(|steps| steps.elements().len()), Some(2));
        assert!(parse("{\"steps\": [1, 2]}\r\n").unwrap().is_strict);
    }

    #[test]
    fn comments_and_line_breaks_are_tolerated() {
        for text in ["{} // end", "/* a */ {}", "{\"a\": \"one\ntwo\t\"}"] {
            assert!(!parse(text).unwrap().is_strict, "{text:?}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        assert!(parse("\u{feff}{}").unwrap().is_strict);
    }

    #[test]
    fn half_of_a_surrogate_pair_is_a_replacement_character() {
        for (text, expected) in [
            (r#""a\ud83d""#, "a\u{fffd}"),
            (r#""\udc00\ud83d\ude00""#, "\u{fffd}\u{1f600}"),
            (r#""\ud83d\ud83d\ude00\\ud83d""#, "\u{fffd}\u{1f600}\\ud83d"),
        ] {
            let document = parse(text).unwrap();
            assert_eq!((document.value.text(), document.is_strict), (Some(expected), true), "{text}");
        }
    }

    #[test]
    fn a_missing_comma_is_an_error_with_its_place() {
        let text = "{\"a\": 1\n \"b\": 2}";
        let expected = Invalid { at: text.find("\"b\"").unwrap(), expected: "`,` or `}`" };
        assert_eq!(parse(text), Err(expected));
        assert_eq!(parse("[1 2]"), Err(Invalid { at: 3, expected: "`,` or `]`" }));
    }

    #[test]
    fn what_is_broken_is_an_error_and_not_a_panic() {
        for text in [
            "",
            "{",
            "[,]",
            "{\"a\" 1}",
            "{\"a\": }",
            "\"\\",
            "\"\\é\"",
            "\"\\u0é",
            "\"\\u0é\"",
            "nul",
            "[1]]",
            "01",
            "-",
            "{a: 1}",
        ] {
            let invalid = parse(text).unwrap_err();
            assert!(text.is_char_boundary(invalid.at), "{text:?}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(&nested(DEPTH_MAX)).is_ok());
        assert_eq!(parse(&nested(100_000)).unwrap_err().expected, EXPECTED_DEPTH);
    }

    #[test]
    fn standard_texts_are_read_as_serde_reads_them() {
        for text in ["\"a\\u00e9\\n\\\"\"", "\"é\"", "\"\""] {
            let ours = parse(text).unwrap();
            assert_eq!(ours.value.text().map(str::to_owned), serde_json::from_str(text).ok());
            assert!(ours.is_strict);
        }
    }
}
