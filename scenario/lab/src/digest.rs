//! Names for bytes: the same bytes have the same name. And names that nobody can guess.

use scenario_core::error::{Error, Result};
use sha2::{Digest, Sha256};

/// The SHA-256 of bytes in hexadecimal digits.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// 32 random bytes in hexadecimal digits.
///
/// # Errors
///
/// The system has no random numbers.
pub(crate) fn random() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|cause| Error::new(format!("failed to make a random key: {cause}")))?;
    Ok(hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
