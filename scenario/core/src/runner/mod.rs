//! Carries out a plan: brings a machine to a step, checks a step, or proves every step from nothing.
//!
//! The runner prints nothing: it sends events. `play` carries out the actions of a step; `step` and `verify` decide
//! which ones.

mod background;
mod bless;
pub mod block;
mod by_hand;
mod changes;
mod check;
mod claim;
mod command;
mod environment;
mod exercise;
mod layers;
mod looks;
mod missing;
mod mutate;
mod needs;
pub mod places;
mod play;
mod record;
mod run;
mod step;
mod terminals;
mod verify;
mod verify_from;

pub use background::{start, started_by_hand, stop};
pub use bless::bless;
pub use changes::FilesBefore;
pub use check::{check, check_exercise};
pub use claim::{claim, terminal_env};
pub use environment::Machine;
pub use mutate::{Mutated, MutatedStep, Tried, mutate};
pub use record::Sink;
pub use run::{RunOptions, command_deadline, prometheus_address};
pub use step::{begin, require_labelled, require_step, step};
pub use verify::{Verify, verify};
