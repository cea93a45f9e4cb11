//! Inputs that nobody has thought of, for the parts that read what people write: the parser, edits, the
//! comparison of output, the renderer, and the reader of foreign pages.
//!
//! A target takes any bytes and panics where something is wrong: a panic in our code, or a result that differs
//! from an independent definition of what is right. [`run`] gives it changed copies of a small corpus, on the
//! stable toolchain and the same every time for the same seeds. It looks at no coverage; for that, the targets
//! are plain functions that `cargo fuzz` can call:
//!
//! ```ignore
//! libfuzzer_sys::fuzz_target!(|input: &[u8]| scenario_fuzz::parser(input));
//! ```
//!
//! # Layout
//!
//! - `parser`, `edits`, `transcript`, `renderer`, `foreign`, `import`: the targets.
//! - `mutate`: from a text of the corpus to another one.
//! - [`run`]: many inputs for one target, and the report of one that fails.

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

/// A function that panics for an input which shows a mistake.
pub type Target = fn(&[u8]);

/// All targets. The name of each is that of its folder in `corpus/`.
pub const TARGETS: [(&str, Target); 6] = [
    ("parser", parser),
    ("edits", edits),
    ("transcript", transcript),
    ("renderer", renderer),
    ("foreign", foreign),
    ("import", import),
];

/// The line between the parts of an input that has several.
const BETWEEN_PARTS: &str = "%%%\n";
/// How many bytes of an input count: what grows with the size is measured elsewhere.
const BYTES_MAX: usize = 4096;

/// An input as text.
fn text(input: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(&input[..input.len().min(BYTES_MAX)])
}
