//! Tests of the preprocessor from outside: JSON in, JSON out, and a real `mdbook build`.

#[cfg(test)]
mod binary;
#[cfg(test)]
mod book_test;
#[cfg(test)]
mod checks;
#[cfg(test)]
mod console;
#[cfg(test)]
mod edits;
#[cfg(test)]
mod exercises;
#[cfg(test)]
mod mdbook;
#[cfg(test)]
mod needs;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod plots;
