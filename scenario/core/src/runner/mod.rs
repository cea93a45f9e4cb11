//! Runs a scenario: brings a machine to a step, checks a step, or proves every step from nothing.
//!
//! The runner prints nothing; what happens goes out as events. `play` carries out the actions of a step,
//! `step` and `verify` decide which.

mod background;
pub mod block;
mod check;
mod command;
mod lab;
mod play;
mod record;
mod run;
mod step;
mod verify;

pub use check::check;
pub use lab::{begin, claim, start, stop, terminal_env};
pub use record::Sink;
pub use run::{Machine, RunOptions, prometheus_address};
pub use step::{require_step, step};
pub use verify::{Verify, verify};
