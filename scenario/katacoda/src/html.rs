//! Decodes the entities of HTML that blocks for files have into the characters that a browser shows.
//!
//! It leaves other named entities unchanged.

use std::borrow::Cow;

/// The entities with a name.
const NAMED: [(&str, &str); 6] =
    [("lt", "<"), ("gt", ">"), ("amp", "&"), ("quot", "\""), ("apos", "'"), ("nbsp", "\u{a0}")];

/// The text with entities as characters.
pub fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = rest.bytes().take(12).position(|byte| byte == b';');
        match length.and_then(|length| Some((length, character(&rest[1..length])?))) {
            Some((length, character)) => {
                out.push_str(&character);
                rest = &rest[length + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Whether a text has entities.
pub fn has_entities(text: &str) -> bool {
    matches!(decode(text), Cow::Owned(decoded) if decoded != text)
}

/// The character of an entity, which is given without its `&` and `;`.
fn character(name: &str) -> Option<Cow<'static, str>> {
    if let Some((_, text)) = NAMED.iter().find(|(known, _)| *known == name) {
        return Some(Cow::Borrowed(text));
    }
    let number = name.strip_prefix('#')?;
    let number = match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(number).filter(|c| *c != '\0').map(|c| Cow::Owned(c.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_become_characters_once() {
        assert_eq!(decode("&lt;a href=&#39;x&#x27;&gt; &amp;lt;"), "<a href='x'> &lt;");
        for text in ["a && b", "&unknown;", "&;", "&#;", "&#0;", "&#xFFFFFFFF;", "a & é; b"] {
            assert_eq!(decode(text), text);
        }
        assert!(has_entities("&lt;") && !has_entities("a & b"));
    }
}
