//! What a file or folder has beside its content: its mode, and the time that programs such as `make` compare.
//!
//! Owners are not handled here.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::fcntl::AT_FDCWD;
use nix::sys::stat::{UtimensatFlags, utimensat};
use nix::sys::time::TimeSpec;

use crate::digest::digest;
use crate::error::{Error, PathContext, Result};
use crate::stamp::Time;

/// The bits of a mode that can be set.
const MODE: u32 = 0o7777;
/// The mode of a new file, before the umask.
const NEW_FILE: u32 = 0o666;

/// What a file of the pages gets when it is written the next time, after the workspace went back to another step.
#[derive(Debug, Clone)]
pub struct ModeAndTime {
    mode: u32,
    /// The digest of the content that it had, and its time then.
    modified: Option<(String, Time)>,
    /// Whether it gets that time.
    is_exact: bool,
}

impl ModeAndTime {
    /// Those that a file had. Without `is_exact` it does not get its old time: tools may have compiled another version of
    /// it since, and would not notice the change.
    pub(crate) fn kept(mode: u32, content: String, modified: Time, is_exact: bool) -> ModeAndTime {
        ModeAndTime { mode, modified: Some((content, modified)), is_exact }
    }

    /// Those of a new file.
    pub(crate) fn of_new_file() -> Option<ModeAndTime> {
        let umask = procfs::process::Process::myself().ok()?.status().ok()?.umask?;
        Some(ModeAndTime { mode: NEW_FILE & !umask, modified: None, is_exact: false })
    }

    /// Gives them to a file that has this content by now.
    pub(crate) fn give(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        set_mode(path, self.mode)?;
        match &self.modified {
            Some((content, time)) if self.is_exact && digest(bytes, 16) == *content => {
                set_modified(path, *time)
            }
            _ => Ok(()),
        }
    }
}

/// Gives a file or folder a mode, unless it has that.
pub(crate) fn set_mode(path: &Path, mode: u32) -> Result<()> {
    let now = path.metadata().on_path("look at", path)?.permissions().mode() & MODE;
    if now == mode {
        return Ok(());
    }
    std::fs::set_permissions(path, Permissions::from_mode(mode)).on_path("set the mode of", path)
}

/// Gives a file the time at which its content was last changed.
pub(crate) fn set_modified(path: &Path, (seconds, nanos): Time) -> Result<()> {
    let times = (TimeSpec::UTIME_OMIT, TimeSpec::new(seconds, nanos));
    utimensat(AT_FDCWD, path, &times.0, &times.1, UtimensatFlags::NoFollowSymlink)
        .map_err(|cause| Error::io("set the time of", path, cause.into()))
}
