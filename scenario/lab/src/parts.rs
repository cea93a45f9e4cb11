//! What a page is sent of what the book has running.

use serde::Serialize;

/// What the book has running, and how long the lab was open.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Running {
    pub(crate) parts: Vec<Part>,
    /// For how many minutes a page of this workspace's lab was open, in all.
    pub(crate) minutes: u32,
}

/// A process or a container of the book.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Part {
    /// The id of the command that starts it.
    pub(crate) id: String,
    /// The block of that command.
    pub(crate) block: String,
    pub(crate) name: String,
    pub(crate) kind: PartKind,
    /// The label of the step that starts it.
    pub(crate) step: String,
    pub(crate) port: Option<u16>,
    pub(crate) state: PartState,
    /// One line for a person.
    pub(crate) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub(crate) enum PartKind {
    Process,
    Container,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub(crate) enum PartState {
    Running,
    /// It was started and has ended.
    Ended,
    /// There is none of this name.
    Absent,
}
