//! `scenario-lab keep FILE`: hands standard input on to standard output, and keeps the beginning of it in a file.
//!
//! A terminal runs it behind the command of a block, so that what it prints is seen as it comes and can be compared with
//! the page when it has ended.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use scenario_core::process::OUTPUT_BYTES_MAX;

/// Hands on until there is nothing more.
///
/// # Errors
///
/// The file cannot be written, or nobody reads on.
pub fn keep(path: &Path, mut input: impl Read, mut output: impl Write) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    // One byte more than is compared tells that there was more.
    let mut room = OUTPUT_BYTES_MAX + 1;
    let mut buffer = vec![0; 16 << 10];
    loop {
        let count = match input.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(cause) if cause.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(cause) => return Err(cause),
        };
        let kept = count.min(room);
        file.write_all(&buffer[..kept])?;
        room -= kept;
        output.write_all(&buffer[..count])?;
        output.flush()?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_handed_on_and_a_bounded_part_of_it_is_kept() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = folder.path().join("kept");
        let input = vec![b'x'; OUTPUT_BYTES_MAX + 1000];
        let mut output = Vec::new();
        keep(&path, input.as_slice(), &mut output).expect("a copy");
        assert_eq!(output.len(), input.len());
        assert_eq!(std::fs::read(path).expect("the file").len(), OUTPUT_BYTES_MAX + 1);
    }
}
