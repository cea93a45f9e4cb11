//! A file that one run at a time holds, with the name of that run in it.
//!
//! What the lock is for, and what a message says, is decided by the caller.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::error::{Context, Error, Result};

/// Takes a lock, which is held as long as the file is open; or the name of the run that holds it.
pub(crate) fn lock(path: &Path, command: &str) -> Result<std::result::Result<File, String>> {
    let what = || format!("open the lock `{}`", path.display());
    let mut file =
        File::options().create(true).read(true).write(true).truncate(false).open(path).context(what)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            return Ok(Err(holder.trim().to_owned()));
        }
        Err(std::fs::TryLockError::Error(cause)) => return Err(Error::io("lock", path, cause)),
    }
    file.set_len(0).and_then(|()| file.rewind()).context(what)?;
    write!(file, "`{command}` (process {})", std::process::id()).context(what)?;
    Ok(Ok(file))
}
