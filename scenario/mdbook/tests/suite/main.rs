//! Tests of the preprocessor from outside: JSON in, JSON out, and a real `mdbook build`.

mod binary;
mod book_test;
mod checks;
mod console;
mod edits;
mod mdbook;
mod pages;
