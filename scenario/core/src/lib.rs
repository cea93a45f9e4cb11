//! Runs a tutorial that is written in Markdown.
pub mod error;
pub mod process;
pub mod setup;
