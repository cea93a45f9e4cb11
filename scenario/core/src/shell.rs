//! Command lines for a person to paste: quoted for a shell.
//!
//! What runs is never put together as text; see `process` for that.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;

/// A command line of these words.
pub fn quoted<S: AsRef<OsStr>>(words: impl IntoIterator<Item = S>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| quote(word.as_ref()).into_owned()).collect();
    words.join(" ")
}

/// One word. Bytes that are not text, and characters that a terminal would act on, are written as `$'\377'`, which
/// bash, zsh and ksh know.
fn quote(word: &OsStr) -> Cow<'_, str> {
    match word.to_str() {
        Some(text) if !text.contains(char::is_control) => shell_words::quote(text),
        _ => {
            let mut out = String::from("$'");
            for chunk in word.as_bytes().utf8_chunks() {
                for c in chunk.valid().chars() {
                    // Writing to a `String` cannot fail.
                    let _ = match c {
                        '\'' | '\\' => write!(out, "\\{c}"),
                        c if c.is_control() => {
                            c.to_string().bytes().try_for_each(|byte| write!(out, "\\{byte:03o}"))
                        }
                        c => write!(out, "{c}"),
                    };
                }
                for byte in chunk.invalid() {
                    let _ = write!(out, "\\{byte:03o}");
                }
            }
            out.push('\'');
            Cow::Owned(out)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_needs_it() {
        assert_eq!(quoted(["scenario", "step", "1"]), "scenario step 1");
        assert_eq!(
            quoted(["scenario", "--workspace", "/a b $HOME `id`"]),
            "scenario --workspace '/a b $HOME `id`'"
        );
        assert_eq!(quoted(["it's", ""]), "'it'\\''s' ''");
        assert_eq!(quoted([OsStr::from_bytes(b"caf\xe9\n'\x1b[")]), r"$'caf\351\012\'\033['");
    }
}
