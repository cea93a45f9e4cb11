//! What keeps the bytes of a file from being text in UTF-8, where, and what they look like instead.

use std::fmt;

use crate::shell::quoted;

/// How many bytes at the beginning show whether every second one is 0.
const SAMPLE_BYTES: usize = 256;

/// The first place where the bytes of a file are not text in UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotText {
    /// How many bytes are before it.
    pub offset: usize,
    /// Its line, counted from 1.
    pub line: usize,
    /// Its column in characters, counted from 1.
    pub column: usize,
    /// The byte there; none if the file ends within a character.
    pub byte: Option<u8>,
    /// What the file looks like.
    pub looks_like: LooksLike,
}

/// What a file looks like whose bytes are not text in UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LooksLike {
    /// Text in another encoding, by its name for `iconv`; it is certain.
    Encoding(&'static str),
    /// Text with one byte for each character, such as Latin-1.
    OneByteEach,
    /// Text in UTF-8 with a byte 0 in it.
    TextWithZero,
    /// Text in UTF-8 that is damaged in this place.
    Damaged,
}

impl NotText {
    /// The text of a file, or what keeps its bytes from being one. A byte order mark is taken away.
    ///
    /// # Errors
    ///
    /// The first place that is not UTF-8, or is a byte 0, which no page has.
    pub fn read(bytes: Vec<u8>) -> Result<String, NotText> {
        let bad = match std::str::from_utf8(&bytes) {
            Ok(text) => text.find('\0').map(|at| (at, Some(0))),
            Err(error) => {
                let zero = bytes[..error.valid_up_to()].iter().position(|byte| *byte == 0);
                let at = zero.unwrap_or(error.valid_up_to());
                let is_cut = zero.is_none() && error.error_len().is_none();
                Some((at, bytes.get(at).copied().filter(|_| !is_cut)))
            }
        };
        match (bad, String::from_utf8(bytes)) {
            (None, Ok(text)) => Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
            (bad, text) => {
                let bytes = text.map_or_else(std::string::FromUtf8Error::into_bytes, String::into_bytes);
                let (offset, byte) = bad.unwrap_or_default();
                let before = String::from_utf8_lossy(&bytes[..offset]);
                let line_start = before.rfind('\n').map_or(0, |at| at + 1);
                Err(NotText {
                    offset,
                    line: before.matches('\n').count() + 1,
                    column: before[line_start..].chars().count() + 1,
                    byte,
                    looks_like: LooksLike::of(&bytes, byte),
                })
            }
        }
    }

    /// What to do about it.
    pub(super) fn advice(&self, path: &str) -> String {
        let new = format!("{path}.utf-8");
        let into =
            |command: String| format!("`{command} > {} && {}`", quoted([&new]), quoted(["mv", &new, path]));
        let convert = |from| into(quoted(["iconv", "-f", from, "-t", "UTF-8", path]));
        match self.looks_like {
            LooksLike::Encoding(name) => format!("it is text in {name}; convert it with {}", convert(name)),
            LooksLike::OneByteEach => format!(
                "it looks like Latin-1 or Windows-1252; if it is, convert it with {}",
                convert("WINDOWS-1252")
            ),
            LooksLike::TextWithZero => {
                let remove = into(format!("tr -d '\\000' < {}", quoted([path])));
                format!("a page has no byte 0; take all of them out with {remove}")
            }
            LooksLike::Damaged => {
                "the rest of it is UTF-8; write this character anew in an editor that saves UTF-8".to_owned()
            }
        }
    }
}

impl fmt::Display for NotText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NotText { offset, line, column, byte, .. } = self;
        match byte {
            Some(byte) => write!(f, "it is not text in UTF-8: byte 0x{byte:02x}")?,
            None => f.write_str("it is not text in UTF-8: it ends within a character")?,
        }
        write!(f, " in line {line}, column {column} (offset {offset})")
    }
}

impl LooksLike {
    fn of(bytes: &[u8], byte: Option<u8>) -> LooksLike {
        // The marks of UTF-32 first: one of them begins with that of UTF-16.
        let marks: [(&[u8], &str); 4] = [
            (&[0xff, 0xfe, 0, 0], "UTF-32"),
            (&[0, 0, 0xfe, 0xff], "UTF-32"),
            (&[0xff, 0xfe], "UTF-16"),
            (&[0xfe, 0xff], "UTF-16"),
        ];
        if let Some((_, name)) = marks.iter().find(|(mark, _)| bytes.starts_with(mark)) {
            return LooksLike::Encoding(name);
        }
        let sample = &bytes[..bytes.len().min(SAMPLE_BYTES)];
        let zeros = |from: usize| sample.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
        // Of a text in Latin script, nearly every character has a 0 on the same side.
        if let (even, odd) = (zeros(0), zeros(1))
            && sample.len() >= 4
            && even.max(odd) * 4 > sample.len()
            && even.min(odd) == 0
        {
            return LooksLike::Encoding(if odd > even { "UTF-16LE" } else { "UTF-16BE" });
        }
        let has_other_characters = bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii());
        match byte {
            Some(0) if std::str::from_utf8(bytes).is_ok() => LooksLike::TextWithZero,
            None | Some(0) => LooksLike::Damaged,
            Some(_) if has_other_characters => LooksLike::Damaged,
            Some(_) => LooksLike::OneByteEach,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn says(bytes: &[u8], expected: &str) {
        let found = NotText::read(bytes.to_vec()).expect_err("no text");
        assert_eq!(format!("{found}; {}", found.advice("a b.md")), expected);
    }

    fn utf_16(text: &str, to: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to).collect()
    }

    #[test]
    fn a_text_is_read_without_its_mark() {
        assert_eq!(NotText::read("\u{feff}é\r\n".into()), Ok("é\r\n".to_owned()));
        assert_eq!(NotText::read(Vec::new()), Ok(String::new()));
    }

    #[test]
    fn another_encoding_is_named_with_the_command_that_converts_it() {
        let convert = |from| {
            format!(
                "convert it with `iconv -f {from} -t UTF-8 'a b.md' > 'a b.md.utf-8' && mv 'a b.md.utf-8' 'a b.md'`"
            )
        };
        let text = "\u{feff}# Eins\r\n\r\nGrüße aus der Küche.\r\n";
        let expected = |byte: &str, name| {
            let at = "in line 1, column 1 (offset 0); it is text in";
            format!("it is not text in UTF-8: byte 0x{byte} {at} {name}; {}", convert(name))
        };
        says(&utf_16(text, u16::to_le_bytes), &expected("ff", "UTF-16"));
        says(&utf_16(text, u16::to_be_bytes), &expected("fe", "UTF-16"));
        let without_mark =
            "it is not text in UTF-8: byte 0x00 in line 1, column 2 (offset 1); it is text in UTF-16LE; ";
        says(&utf_16("# One\n", u16::to_le_bytes), &format!("{without_mark}{}", convert("UTF-16LE")));
        says(&utf_16("# One\n", u16::to_be_bytes), &expected("00", "UTF-16BE"));
        let wide: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        says(&wide, &expected("ff", "UTF-32"));
        says(
            b"# Eins\n\nGr\xfc\xdfe.\n",
            &format!(
                "it is not text in UTF-8: byte 0xfc in line 3, column 3 (offset 10); it looks like Latin-1 or \
                 Windows-1252; if it is, {}",
                convert("WINDOWS-1252")
            ),
        );
    }

    #[test]
    fn a_damaged_place_is_named() {
        let rest = "the rest of it is UTF-8; write this character anew in an editor that saves UTF-8";
        says(
            &["# Grüße\nx".as_bytes(), b"\xff"].concat(),
            &format!("it is not text in UTF-8: byte 0xff in line 2, column 2 (offset 11); {rest}"),
        );
        says(
            &"# One é".as_bytes()[..7],
            &format!(
                "it is not text in UTF-8: it ends within a character in line 1, column 7 (offset 6); {rest}"
            ),
        );
        says(
            "# One\n\ntwo\0three\n".as_bytes(),
            "it is not text in UTF-8: byte 0x00 in line 3, column 4 (offset 10); a page has no byte 0; take all of \
             them out with `tr -d '\\000' < 'a b.md' > 'a b.md.utf-8' && mv 'a b.md.utf-8' 'a b.md'`",
        );
    }
}
