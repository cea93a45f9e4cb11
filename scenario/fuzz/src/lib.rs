//! Generates unexpected inputs for the code that reads what people write: the parser, edits, the comparison of output,
//! the renderer, and the reader of foreign pages.
//!
//! A target takes any bytes. It panics if our code panics, or if a result differs from an independent definition of what
//! is right. [`run`] gives it changed copies of a small corpus; it works on the stable toolchain, and the same seeds give
//! the same inputs. It does not measure coverage. For that, `cargo fuzz` can call the targets, which are plain functions:
//!
//! ```ignore
//! libfuzzer_sys::fuzz_target!(|input: &[u8]| scenario_fuzz::parser(input));
//! ```
//!
//! # Layout
//!
//! - `parser`, `edits`, `transcript`, `renderer`, `foreign`, `import`: the targets.
//! - `mutate`: changes a text of the corpus.
//! - [`run`]: runs a target with many inputs, and reports one that fails.

mod edits;
mod foreign;
mod import;
mod mutate;
mod parser;
mod renderer;
pub mod run;
mod transcript;

use std::borrow::Cow;

pub use edits::edits;
pub use foreign::foreign;
pub use import::import;
pub use parser::parser;
pub use renderer::renderer;
pub use transcript::transcript;

/// A function that panics if its input shows a mistake.
pub type Target = fn(&[u8]);

/// All targets, each with the name of its folder in `corpus/`.
pub const TARGETS: [(&str, Target); 6] = [
    ("parser", parser),
    ("edits", edits),
    ("transcript", transcript),
    ("renderer", renderer),
    ("foreign", foreign),
    ("import", import),
];

/// The line between the parts of an input.
const BETWEEN_PARTS: &str = "%%%\n";
/// The most bytes of an input to use. Other tests measure large inputs.
const BYTES_MAX: usize = 4096;

/// An input as text.
fn text(input: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(&input[..input.len().min(BYTES_MAX)])
}
