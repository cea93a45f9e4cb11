//! The program on small scenarios: a test for each oddity of the format, and for each message about a mistake.
//!
//! All scenarios here are our own.

#[cfg(test)]
mod braces;
#[cfg(test)]
mod diagnostics;
#[cfg(test)]
mod dialects;
#[cfg(test)]
mod export;
#[cfg(test)]
mod file_blocks;
#[cfg(test)]
mod folders;
#[cfg(test)]
mod generated;
#[cfg(test)]
mod import;
mod import_properties;
#[cfg(test)]
mod index_json;
#[cfg(test)]
mod oddities;
#[cfg(test)]
mod pathways;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod safety;
#[cfg(test)]
mod scenario_test;
