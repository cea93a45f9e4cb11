//! The service as a client sees it: every test binds a free port and speaks HTTP to it.
//!
//! The standard library is all the client there is. A dev-dependency would stand in the
//! `Cargo.toml` that the book shows, and a reader has no use for it.

mod client;

mod dice;
mod metrics;
mod probe;
mod stop;
