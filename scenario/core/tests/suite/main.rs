//! The tests of `scenario-core`: one binary, one module for each feature.
#[cfg(test)]
mod setup;
