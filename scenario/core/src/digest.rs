//! Short names for long texts: SHA-256, as hexadecimal digits.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// The first `bytes` bytes of the digest of a text; 16 are enough for any two texts, 4 for the blocks of a page.
pub(crate) fn digest(text: &[u8], bytes: usize) -> String {
    Sha256::digest(text).iter().take(bytes).fold(String::new(), |mut out, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}
