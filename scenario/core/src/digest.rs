//! Short names for long texts: SHA-256, as hexadecimal digits.

use sha2::{Digest, Sha256};

/// The first `bytes` bytes of the digest of a text; 16 are enough for any two texts, 4 for the blocks of a page.
pub(crate) fn digest(text: &[u8], bytes: usize) -> String {
    let hex = |digit: u8| char::from_digit(digit.into(), 16);
    let digest = Sha256::digest(text);
    digest.iter().take(bytes).flat_map(|byte| [hex(byte >> 4), hex(byte & 15)]).flatten().collect()
}
