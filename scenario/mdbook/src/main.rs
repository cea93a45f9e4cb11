//! `mdbook-scenario`: mdBook starts it, gives it a book on standard input and takes one from standard output.
//!
//! The work is in the library; here are the arguments, the streams and the exit status.

use std::io::{self, Write};
use std::process::ExitCode;

/// A book is hundreds of thousands of small texts; the C library's allocator takes a third of the time.
#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "\
usage: mdbook-scenario                     (started by `mdbook build`: reads a book, writes a book)
       mdbook-scenario supports RENDERER   (exit status 0: yes, 1: no)
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => preprocess(),
        ["supports", renderer] if mdbook_scenario::supports(renderer) => ExitCode::SUCCESS,
        ["supports", _] => ExitCode::FAILURE,
        ["-h" | "--help"] => match io::stdout().write_all(USAGE.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        _ => {
            complain(USAGE);
            ExitCode::from(2)
        }
    }
}

fn preprocess() -> ExitCode {
    let mut warn = |warning: &str| complain(&format!("warning: {warning}\n"));
    match mdbook_scenario::run(io::stdin().lock(), io::stdout().lock(), &mut warn) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("error: {error}\n"));
            if let Some(help) = error.help() {
                complain(&format!("  help: {help}\n"));
            }
            ExitCode::FAILURE
        }
    }
}

fn complain(text: &str) {
    // There is nobody left to tell when standard error is closed.
    let _ = io::stderr().write_all(text.as_bytes());
}
