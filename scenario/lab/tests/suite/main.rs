//! The tests of the lab: one binary, one module for each feature, through the door that a browser uses.
//!
//! Each starts the real program on a small book. What they wait for they wait for with a deadline; none sleeps instead.

#[path = "../../../cli/tests/suite/free_port.rs"]
mod free_port;
mod http;
mod lab_test;
mod sockets;

mod blocks;
mod conditions;
mod examples;
mod exercises;
mod files;
mod kept;
mod keys;
mod lines;
mod places;
mod prometheus;
mod running;
mod security;
mod start;
mod start_page;
mod steps;
mod terminals;
mod trust;
mod writes;
