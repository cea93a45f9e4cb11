//! Runs a tutorial that is written in Markdown.
pub mod book;
pub mod diagnostic;
pub mod edit;
pub mod error;
pub mod files;
pub mod model;
pub mod parse;
pub mod process;
pub mod source;
