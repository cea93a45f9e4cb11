//! Standard output and errors, as the commands write to them.

use std::io::Write;

use scenario_core::error::{Context, Error, ErrorKind, Result};
use scenario_core::excerpt::Style;
use scenario_core::report::visible;

/// Writes to standard output. A closed pipe, as after `| head`, is not an error.
pub(crate) fn print(write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
    let mut out = anstream::stdout().lock();
    match write(&mut out).and_then(|()| out.flush()) {
        Err(cause) if cause.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context(|| "write to standard output".to_owned()),
    }
}

/// Writes an error to standard error, with what to do next.
pub(crate) fn complain(error: &Error) {
    complain_to(&mut anstream::stderr().lock(), error);
}

/// Writes an error to standard output, where its place among the other lines counts.
pub(crate) fn complain_in_order(error: &Error) {
    complain_to(&mut anstream::stdout().lock(), error);
}

/// A stream that cannot be written to does not stop anything.
fn complain_to(out: &mut dyn Write, error: &Error) {
    let _ = match error.kind() {
        // An excerpt shows control characters already.
        ErrorKind::Book(_) => writeln!(out, "error: {}", error.render(Style::Coloured)),
        _ => writeln!(out, "error: {}", visible(&error.to_string())),
    };
    if let Some(help) = error.help() {
        let _ = writeln!(out, "  help: {}", visible(help).replace('\n', "\n        "));
    }
}
