//! What a chapter needs that not every machine has. Whether a machine has it is found out elsewhere.

use serde::Serialize;

use crate::source::Span;

/// What a machine must have for a chapter. Where it lacks that, the chapter is skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Needs {
    /// What that is, in the author's words.
    pub what: String,
    /// The command that ends with status 0 where the machine has it.
    pub command: String,
    /// Where the page says so.
    #[serde(skip)]
    pub span: Span,
}
