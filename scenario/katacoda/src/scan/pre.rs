//! `<pre>`: its attributes as HTML reads them, and what is in it.
//!
//! With the class `file` it is a block for a file. This module does not decode entities.

use std::ops::Range;

/// The most bytes to search for the end of a tag, or of a value in it.
const TAG_MAX: usize = 4096;
/// How many attributes a tag may have.
const ATTRIBUTES_MAX: usize = 32;

/// A `<pre>` with what is in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pre {
    /// The opening tag.
    pub tag: Range<usize>,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// What is between the tags.
    pub body: Range<usize>,
    /// Whether it ends by `</pre>`.
    pub is_closed: bool,
}

/// An attribute of a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name, in any case.
    pub name: Range<usize>,
    /// Its value, without quotes, as it is written.
    pub value: Range<usize>,
}

/// What `data-target` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The tag has no such attribute.
    Unset,
    /// It is empty.
    Empty,
    /// The block is the file.
    Replace,
    /// The block goes to the end of the file.
    Append,
    /// The block goes to the beginning of the file.
    Prepend,
    /// The block takes the place of a marker.
    Insert,
    /// The block is copied, and no file changes.
    Clipboard,
    /// Something else.
    Other,
}

impl Pre {
    /// The place of an attribute's value; if there are several, of the first.
    pub fn attribute(&self, text: &str, name: &str) -> Option<Range<usize>> {
        self.attributes
            .iter()
            .find(|attribute| text[attribute.name.clone()].eq_ignore_ascii_case(name))
            .map(|attribute| attribute.value.clone())
    }

    fn value<'a>(&self, text: &'a str, name: &str) -> Option<&'a str> {
        self.attribute(text, name).map(|range| &text[range])
    }

    /// Whether it is a block for a file: whether its class is, among others, `file`.
    pub fn is_file(&self, text: &str) -> bool {
        self.value(text, "class")
            .is_some_and(|class| class.split_ascii_whitespace().any(|word| word == "file"))
    }

    /// What `data-target` says.
    pub fn target(&self, text: &str) -> Target {
        match self.value(text, "data-target").map(|target| target.trim().to_ascii_lowercase()).as_deref() {
            None => Target::Unset,
            Some("") => Target::Empty,
            Some("replace") => Target::Replace,
            Some("append") => Target::Append,
            Some("prepend") => Target::Prepend,
            Some("insert") => Target::Insert,
            Some("clipboard") => Target::Clipboard,
            Some(_) => Target::Other,
        }
    }

    /// The name of the file, without blanks around it.
    pub fn filename<'a>(&self, text: &'a str) -> Option<&'a str> {
        self.value(text, "data-filename").map(str::trim).filter(|name| !name.is_empty())
    }

    /// The marker, as it is written.
    pub fn marker<'a>(&self, text: &'a str) -> Option<&'a str> {
        self.value(text, "data-marker").filter(|marker| !marker.is_empty())
    }
}

/// The `<pre>` that begins at a byte, and where it ends.
pub(super) fn at(text: &str, at: usize) -> Option<(Pre, usize)> {
    let (tag, attributes) = tag(text, at)?;
    let mut pre = Pre { body: tag.end..tag.end, tag, attributes, is_closed: false };
    let mut from = pre.tag.end;
    loop {
        match next_tag(text, from) {
            Next::Close(close) => {
                pre.body.end = close.start;
                pre.is_closed = true;
                return Some((pre, close.end));
            }
            Next::Open(start) => {
                let Some(other) = self::tag(text, start).and_then(|(tag, attributes)| {
                    let other = Pre { body: tag.end..tag.end, tag, attributes, is_closed: false };
                    other.is_file(text).then_some(other)
                }) else {
                    from = start + 1;
                    continue;
                };
                pre.body.end = start;
                // If the same tag follows again without a `</pre>`, the author meant it as the end.
                let is_end = text[other.tag.clone()] == text[pre.tag.clone()]
                    && !matches!(next_tag(text, other.tag.end), Next::Close(_));
                return Some((pre, if is_end { other.tag.end } else { start }));
            }
            Next::None => {
                pre.body.end = text.len();
                return Some((pre, text.len()));
            }
        }
    }
}

enum Next {
    Open(usize),
    Close(Range<usize>),
    None,
}

/// The next `<pre` or `</pre>`.
fn next_tag(text: &str, from: usize) -> Next {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(found) = memchr::memchr(b'<', &bytes[at..]) {
        let start = at + found;
        let rest = &bytes[start + 1..];
        if is_pre(rest) {
            return Next::Open(start);
        }
        if let Some(rest) = rest.strip_prefix(b"/").filter(|rest| is_pre(rest)) {
            let close = memchr::memchr(b'>', &rest[..rest.len().min(TAG_MAX)]);
            let end = start + 2 + close.map_or(3, |length| length + 1);
            return Next::Close(start..end);
        }
        at = start + 1;
    }
    Next::None
}

/// Whether the text behind `<` is the name `pre`.
fn is_pre(rest: &[u8]) -> bool {
    let (name, after) = rest.split_at(rest.len().min(3));
    name.eq_ignore_ascii_case(b"pre")
        && after.first().is_none_or(|byte| byte.is_ascii_whitespace() || b">/".contains(byte))
}

/// An opening tag `<pre …>` and its attributes.
fn tag(text: &str, start: usize) -> Option<(Range<usize>, Vec<Attribute>)> {
    let bytes = text.as_bytes();
    if !is_pre(bytes.get(start + 1..)?) {
        return None;
    }
    let mut at = start + 4;
    let limit = bytes.len().min(start + TAG_MAX);
    let mut attributes = Vec::new();
    while at < limit {
        match bytes[at] {
            b'>' => return Some((start..at + 1, attributes)),
            b'<' => return None,
            _ if attributes.len() > ATTRIBUTES_MAX => return None,
            byte if byte.is_ascii_whitespace() || byte == b'/' => at += 1,
            _ => {
                let (attribute, end) = attribute(text, at, limit);
                attributes.push(attribute);
                at = end;
            }
        }
    }
    None
}

/// The attribute that begins at a byte, and the byte behind it.
fn attribute(text: &str, start: usize, limit: usize) -> (Attribute, usize) {
    let bytes = &text.as_bytes()[..limit];
    let until = |from: usize, is_end: &dyn Fn(u8) -> bool| {
        bytes[from..].iter().position(|byte| is_end(*byte)).map_or(limit, |length| from + length)
    };
    let name_end = until(start + 1, &|byte| byte.is_ascii_whitespace() || b"=>/".contains(&byte));
    let name = start..name_end;
    let equals = until(name_end, &|byte| !byte.is_ascii_whitespace());
    if bytes.get(equals) != Some(&b'=') {
        return (Attribute { name, value: name_end..name_end }, name_end);
    }
    let value = until(equals + 1, &|byte| !byte.is_ascii_whitespace());
    if let Some(quote) = bytes.get(value).filter(|byte| b"\"'".contains(byte))
        && let Some(length) = memchr::memchr(*quote, &bytes[value + 1..])
    {
        let end = value + 1 + length;
        return (Attribute { name, value: value + 1..end }, end + 1);
    }
    let end = until(value, &|byte| byte.is_ascii_whitespace() || byte == b'>');
    (Attribute { name, value: value..end }, end)
}
