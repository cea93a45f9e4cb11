//! What the folder says of a file that changes with its content, so that a file need not be read to know that it is as
//! before.
//!
//! No file is read here.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// How long after its last change a file may change again without a newer time.
const SAME_TIME: Duration = Duration::from_millis(50);

/// Seconds since 1970, and nanoseconds.
pub(crate) type Time = (i64, i64);

/// What changes with the content of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    inode: u64,
    size: u64,
    changed: Time,
    /// Whether another change would have another time.
    settled: bool,
}

impl Stamp {
    /// That of a file, as it is now; `None` if nothing is there.
    pub(crate) fn of(path: &Path) -> Option<Stamp> {
        Some(Stamp::new(&std::fs::symlink_metadata(path).ok()?))
    }

    fn new(metadata: &Metadata) -> Stamp {
        Stamp {
            inode: metadata.ino(),
            size: metadata.len(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            settled: settled(metadata),
        }
    }

    /// Whether nothing has changed as far as the folder says. Content that was read just after a change may be other
    /// content by now: see [`Stamp::proves`].
    pub(crate) fn is_same(self, other: Stamp) -> bool {
        (self.inode, self.size, self.changed) == (other.inode, other.size, other.changed)
    }

    /// Whether a file that was read when it had this stamp, and has `now`, is certain to have the same content.
    pub(crate) fn proves(self, now: Stamp) -> bool {
        self.settled && self.is_same(now)
    }
}

/// Whether another change of a file would have another time.
pub(crate) fn settled(metadata: &Metadata) -> bool {
    let (seconds, nanos) = (metadata.ctime(), metadata.ctime_nsec());
    let (Ok(seconds), Ok(nanos)) = (u64::try_from(seconds), u32::try_from(nanos)) else { return false };
    let changed = SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos);
    SystemTime::now().duration_since(changed).is_ok_and(|age| age > SAME_TIME)
}
