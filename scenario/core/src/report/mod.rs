//! Events in, text out. Nothing here runs anything.

mod json;
mod junit;
mod terminal;

pub use json::json;
pub use junit::junit;
pub use terminal::Terminal;
