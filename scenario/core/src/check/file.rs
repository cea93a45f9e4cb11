//! Compares a file of the workspace, which a command may have written.

use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::check::text;
use crate::failure::{Asked, Found, Mismatch, NoAnswer, Outcome, TextOf};

/// How much of a file is read.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// What a file must be.
#[derive(Debug)]
pub(super) struct Expected<'a> {
    pub(super) absent: bool,
    pub(super) contains: Option<&'a str>,
    pub(super) matches: Option<&'a str>,
}

pub(super) fn evaluate(root: &Path, path: &str, expected: &Expected<'_>) -> Outcome {
    let place = root.join(path);
    if expected.absent {
        return match place.symlink_metadata() {
            Err(error) if is_missing(error.kind()) => Outcome::Passed(Found::NoFile),
            Err(error) => unreadable(path, NoAnswer::Other(error.to_string())),
            Ok(_) => Outcome::Failed(Mismatch::FileExists { path: path.to_owned() }),
        };
    }
    let text = match read(&place) {
        Ok(text) => text,
        Err(NoFile::Missing) => return Outcome::Failed(Mismatch::NoFile { path: path.to_owned() }),
        Err(NoFile::Unreadable(why)) => return unreadable(path, why),
    };
    match text::mismatch(TextOf::File, &text, expected.contains, expected.matches) {
        None => Outcome::Passed(Found::File),
        Some(mismatch) => Outcome::Failed(mismatch),
    }
}

enum NoFile {
    Missing,
    Unreadable(NoAnswer),
}

/// The text of a regular file. Reading anything else could block for ever, as a pipe does.
fn read(place: &Path) -> Result<String, NoFile> {
    let why = |error: std::io::Error| match is_missing(error.kind()) {
        true => NoFile::Missing,
        false => NoFile::Unreadable(NoAnswer::Other(error.to_string())),
    };
    if !place.metadata().map_err(why)?.is_file() {
        return Err(NoFile::Unreadable(NoAnswer::Other("not a regular file".to_owned())));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(place).map_err(why)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(why)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(NoFile::Unreadable(NoAnswer::TooLong { bytes_max: FILE_BYTES_MAX }));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn is_missing(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn unreadable(path: &str, why: NoAnswer) -> Outcome {
    Outcome::Unreachable { what: Asked::File(path.to_owned()), why }
}
