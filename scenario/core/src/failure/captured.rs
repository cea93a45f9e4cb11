//! The text of another program, such as the output of a command, cut to a bound.

use serde::{Deserialize, Serialize};

/// Some text, bounded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Captured {
    /// The text, or its beginning and its end with a mark in between.
    pub text: String,
    /// How many bytes of it were left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub omitted: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// How many bytes of a text a [`Captured`] keeps, half of its beginning and half of its end.
pub const CAPTURED_BYTES_MAX: usize = 64 << 10;

impl Captured {
    /// Keeps as much of a text as the bound allows.
    pub fn new(text: &str) -> Captured {
        if text.len() <= CAPTURED_BYTES_MAX {
            return Captured { text: text.to_owned(), omitted: 0 };
        }
        let half = CAPTURED_BYTES_MAX / 2;
        let boundary =
            |at: usize| (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        let (head, tail) = (&text[..boundary(half)], &text[boundary(text.len() - half)..]);
        let omitted = text.len() - head.len() - tail.len();
        Captured {
            text: format!("{head}\n[… {omitted} bytes left out: {CAPTURED_BYTES_MAX} are kept …]\n{tail}"),
            omitted,
        }
    }
}
