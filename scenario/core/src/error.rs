//! The one error type: what could not be done, why, and what to do next.
//!
//! A failed check is not an error but a result (see `check`), and a mistake in a page is a
//! [`Diagnostic`](crate::diagnostic::Diagnostic). An `Error` means that a run could not go on. Nothing here
//! decides an exit status, and nothing prints.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::Mistakes;
use crate::excerpt::Style;

/// The result of anything that may not be possible.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Something that could not be done.
///
/// Its text starts with a lower-case sentence that names the thing in backticks and then the cause. A
/// `help`, where there is one, says what to do next; it is kept apart so that a reporter can set it off.
#[derive(Debug, Clone)]
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Debug, Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    help: Option<String>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// What kind of thing could not be done, for a program that must choose what to do about it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operating system refused; [`Error::source`](StdError::source) is its error.
    Io {
        /// What was being done: "read", "open the log".
        what: String,
        /// The file or folder, where the operation is on one.
        path: Option<PathBuf>,
    },
    /// The pages have mistakes, so nothing was done.
    Book(Mistakes),
    /// The command line asks for something that does not exist or does not fit: a step, a book, a flag.
    Usage,
    /// A port that the book needs is taken by another program.
    PortTaken {
        /// The port.
        port: u16,
    },
    /// Another run or another workspace holds what this one needs.
    Busy,
    /// The book was imported, and the user has not agreed yet to what it runs.
    Untrusted,
    /// The machine lacks a tool that the book needs.
    MissingTool,
    /// The user pressed Ctrl-C, or sent a signal.
    Interrupted,
    /// Anything else; the message says what.
    Other,
}

impl Error {
    /// An error of no particular kind, without advice.
    pub fn new(message: impl Into<String>) -> Error {
        Error::of(ErrorKind::Other, message)
    }

    /// An error of a kind, without advice.
    pub fn of(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error { inner: Box::new(Inner { kind, message: message.into(), help: None, source: None }) }
    }

    /// The mistakes of a book; `not_done` is what was not done because of them, as in "nothing was run".
    pub fn book(mistakes: Mistakes, not_done: &str) -> Error {
        let count = mistakes.diagnostics.len();
        let noun = if count == 1 { "mistake" } else { "mistakes" };
        Error::of(ErrorKind::Book(mistakes), format!("{count} {noun} in the book; {not_done}"))
    }

    /// The command line asks for something that does not exist or does not fit.
    pub fn usage(message: impl Into<String>) -> Error {
        Error::of(ErrorKind::Usage, message)
    }

    /// Another run or another workspace holds what this one needs.
    pub fn busy(message: impl Into<String>) -> Error {
        Error::of(ErrorKind::Busy, message)
    }

    /// Another program has a port that the book needs.
    pub fn port_taken(port: u16, message: impl Into<String>) -> Error {
        Error::of(ErrorKind::PortTaken { port }, message)
    }

    /// The error of an operation on a file or folder: "failed to `what` `path`: `cause`".
    pub fn io(what: impl Into<String>, path: &Path, cause: io::Error) -> Error {
        let what = what.into();
        let message = format!("failed to {what} `{}`: {cause}", path.display());
        Error::of(ErrorKind::Io { what, path: Some(path.to_owned()) }, message).with_source(cause)
    }

    /// The error that ends a run after Ctrl-C or a signal.
    pub fn interrupted() -> Error {
        Error::of(ErrorKind::Interrupted, "interrupted")
    }

    /// The same error with advice on what to do next.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Error {
        self.inner.help = Some(help.into());
        self
    }

    /// The same error with the error that caused it. The message is expected to name that cause already.
    #[must_use]
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Error {
        self.inner.source = Some(Arc::new(source));
        self
    }

    /// The kind of the error.
    pub fn kind(&self) -> &ErrorKind {
        &self.inner.kind
    }

    /// What to do next, where it is known.
    pub fn help(&self) -> Option<&str> {
        self.inner.help.as_deref()
    }

    /// Whether the run was interrupted by a signal.
    pub fn is_interrupted(&self) -> bool {
        matches!(self.inner.kind, ErrorKind::Interrupted)
    }

    /// The message, and what it is about: for a book, its mistakes.
    pub fn render(&self, style: Style) -> String {
        match &self.inner.kind {
            ErrorKind::Book(mistakes) => format!("{}\n\n{}", self.inner.message, mistakes.render(style)),
            _ => self.inner.message.clone(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Style::Plain))
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.source.as_ref().map(|source| source.as_ref() as &(dyn StdError + 'static))
    }
}

/// Turns the error of an operation into an [`Error`] that says what was being done.
pub trait Context<T> {
    /// `what` completes the sentence "failed to …".
    ///
    /// # Errors
    ///
    /// The same as before, as "failed to `what`: `cause`".
    fn context(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: StdError + Send + Sync + 'static> Context<T> for std::result::Result<T, E> {
    fn context(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|cause| {
            let what = what();
            let message = format!("failed to {what}: {cause}");
            let is_io = (&cause as &dyn std::any::Any).is::<io::Error>();
            let kind = if is_io { ErrorKind::Io { what, path: None } } else { ErrorKind::Other };
            Error::of(kind, message).with_source(cause)
        })
    }
}

/// Turns the error of an operation on a file or folder into an [`Error`] that keeps its path.
pub trait PathContext<T> {
    /// `what` is the verb: "read" makes "failed to read `path`: `cause`".
    ///
    /// # Errors
    ///
    /// The same as before, with what was being done and on which path.
    fn on_path(self, what: &str, path: &Path) -> Result<T>;
}

impl<T> PathContext<T> for io::Result<T> {
    fn on_path(self, what: &str, path: &Path) -> Result<T> {
        self.map_err(|cause| Error::io(what, path, cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_what_was_done_where_and_why() {
        let cause = io::Error::new(io::ErrorKind::PermissionDenied, "permission denied");
        let error = Err::<(), _>(cause).on_path("read", Path::new("src/a.md")).unwrap_err();
        assert_eq!(error.to_string(), "failed to read `src/a.md`: permission denied");
        let path = Some(PathBuf::from("src/a.md"));
        assert!(matches!(error.kind(), ErrorKind::Io { what, path: at } if what == "read" && *at == path));
        let source = StdError::source(&error).and_then(|source| source.downcast_ref::<io::Error>());
        assert_eq!(source.map(io::Error::kind), Some(io::ErrorKind::PermissionDenied));
    }

    #[test]
    fn context_keeps_the_source_of_any_error() {
        let error = "x".parse::<u16>().context(|| "read a port".to_owned()).unwrap_err();
        assert_eq!(error.to_string(), "failed to read a port: invalid digit found in string");
        assert!(matches!(error.kind(), ErrorKind::Other));
        assert!(StdError::source(&error).is_some());
    }
}
