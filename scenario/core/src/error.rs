//! The one error type: what could not be done, why, and what to do next.
//!
//! A failed check is not an error but a result (see `check`), and a mistake in a page is a
//! [`Diagnostic`](crate::diagnostic::Diagnostic). An `Error` means that a run could not go on.

use std::fmt;

/// The result of anything that may not be possible.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Something that could not be done.
///
/// Its text starts with a lower-case sentence that names the thing in backticks and then the cause. A
/// `help`, where there is one, says what to do next; it is kept apart so that a reporter can set it off.
#[derive(Debug, Clone)]
pub struct Error {
    kind: Box<ErrorKind>,
}

#[derive(Debug, Clone)]
struct ErrorKind {
    message: String,
    help: Option<String>,
    interrupted: bool,
}

impl Error {
    /// An error with a message and no advice.
    pub fn new(message: impl Into<String>) -> Error {
        Error { kind: Box::new(ErrorKind { message: message.into(), help: None, interrupted: false }) }
    }

    /// The error that ends a run when somebody pressed Ctrl-C or sent a signal.
    pub fn interrupted() -> Error {
        let mut error = Error::new("interrupted");
        error.kind.interrupted = true;
        error
    }

    /// The same error with advice on what to do next.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Error {
        self.kind.help = Some(help.into());
        self
    }

    /// What to do next, where it is known.
    pub fn help(&self) -> Option<&str> {
        self.kind.help.as_deref()
    }

    /// Whether this error stands for an interruption by a signal.
    pub fn is_interrupted(&self) -> bool {
        self.kind.interrupted
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind.message)
    }
}

impl std::error::Error for Error {}

/// Turns an I/O error into an [`Error`] that says what was being done.
pub(crate) trait Context<T> {
    /// `what` completes the sentence "failed to …".
    fn context(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: fmt::Display> Context<T> for std::result::Result<T, E> {
    fn context(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|cause| Error::new(format!("failed to {}: {cause}", what())))
    }
}
