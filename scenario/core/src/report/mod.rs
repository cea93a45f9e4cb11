//! Events in, text out. Nothing here runs anything.

mod json;
mod junit;
mod lines;
mod terminal;

pub use json::json;
pub use junit::junit;
pub use lines::{Line, lines};
pub use terminal::Terminal;
