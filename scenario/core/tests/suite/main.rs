//! The tests of `scenario-core`: one binary, one module for each feature.
mod setup;
