//! The real book with real parts: cargo, a container engine, Prometheus, curl.
//!
//! There is one world on a machine, so these tests go on one after the other, and wait for others to end theirs.
//! Where an engine or Prometheus is missing they are skipped and say so; with `SCENARIO_NO_SKIP=1` they fail.

#[path = "../../../scenario/cli/tests/suite/free_port.rs"]
mod free_port;
#[path = "../../../scenario/cli/tests/suite/server.rs"]
#[allow(dead_code, reason = "the tests of the command line use more of it")]
mod server;
mod world;

mod clone;
mod fresh;
mod images;
mod learner;
mod ports;
mod soak;
mod stop;
mod swarm;
