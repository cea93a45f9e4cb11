//! The tests of `scenario-setup`: one binary.

#[cfg(test)]
mod setup;
