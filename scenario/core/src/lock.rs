//! A file that one run at a time holds, or several that only look, with the name of that run in it.
//!
//! What the lock is for, and what a message says, is decided by the caller.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::error::{Context, Error, Result};

/// Takes a lock, which is held as long as the file is open; or the name of the run that holds it.
pub(crate) fn lock(path: &Path, command: &str) -> Result<std::result::Result<File, String>> {
    take(path, command, File::try_lock)
}

/// The same for a run that lets others hold it in this way, too. Of these the file names the last.
pub(crate) fn share(path: &Path, command: &str) -> Result<std::result::Result<File, String>> {
    take(path, command, File::try_lock_shared)
}

fn take(
    path: &Path,
    command: &str,
    try_lock: fn(&File) -> std::result::Result<(), TryLockError>,
) -> Result<std::result::Result<File, String>> {
    let what = || format!("open the lock `{}`", path.display());
    let mut file =
        File::options().create(true).read(true).write(true).truncate(false).open(path).context(what)?;
    match try_lock(&file) {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            return Ok(Err(holder.trim().to_owned()));
        }
        Err(TryLockError::Error(cause)) => return Err(Error::io("lock", path, cause)),
    }
    file.set_len(0).and_then(|()| file.rewind()).context(what)?;
    write!(file, "`{command}` (process {})", std::process::id()).context(what)?;
    Ok(Ok(file))
}
