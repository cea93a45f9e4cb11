//! Standard output, as the commands write to it.

use std::io::Write;

use scenario_core::error::{Context, Result};

/// Writes to standard output. A closed pipe, as after `| head`, is not an error.
pub(crate) fn print(write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
    let mut out = anstream::stdout().lock();
    match write(&mut out).and_then(|()| out.flush()) {
        Err(cause) if cause.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context(|| "write to standard output".to_owned()),
    }
}
