//! Writes a file whole or not at all.

use std::path::Path;

use crate::error::{Context, Result};

/// Writes a file by way of a neighbour, so that nobody reads half of it.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let neighbour = path.with_file_name(name);
    std::fs::write(&neighbour, bytes).context(|| format!("write `{}`", neighbour.display()))?;
    std::fs::rename(&neighbour, path).context(|| format!("write `{}`", path.display()))
}
