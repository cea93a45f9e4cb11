//! Replaces a file: afterwards the new text is there, whole, or the old file as it was.
//!
//! The text is written to a new file in the same folder, which is then renamed. That file has a name that did
//! not exist before, so no file or link of another program is written to. The mode of the file that
//! is replaced is kept, and its owner where the system permits it. Other names of the file (hard links) keep
//! the old text: one of them may be outside the folder that we may write to. Access control lists and
//! extended attributes are not kept, and nothing is promised about a loss of power.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Error, ErrorKind, Result, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat, renameat};
use nix::sys::stat::{FileStat, Mode, SFlag, fchmod, fstat, fstatat};
use nix::unistd::{Gid, Uid, UnlinkatFlags, fchown, unlinkat};

/// How many names are tried for the new file. Only files that killed runs have left can have one of them.
const NAMES_MAX: usize = 1000;

/// Replaces a file, or makes it. A link at `path` is replaced and not followed.
///
/// # Errors
///
/// The folder is not there or cannot be written to, the disk is full, or something is at `path` that is not a
/// file. Nothing has changed then.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let (folder, name) = split(path)?;
    replace_at(&folder, name, bytes)
}

/// Replaces a program, or makes it: as [`replace`], and everybody may run it.
///
/// # Errors
///
/// As those of [`replace`].
pub fn replace_program(path: &Path, bytes: &[u8]) -> Result<()> {
    let (folder, name) = split(path)?;
    write(folder.as_fd(), name, bytes, Some(Mode::from_bits_truncate(0o755)))
}

/// Replaces the file `name` in an open folder, or makes it, as [`replace`] does.
///
/// # Errors
///
/// As those of [`replace`].
pub fn replace_at(folder: impl AsFd, name: &OsStr, bytes: &[u8]) -> Result<()> {
    write(folder.as_fd(), name, bytes, None)
}

fn split(path: &Path) -> Result<(File, &OsStr)> {
    let name = path.file_name().ok_or_else(|| Error::from(ErrorKind::InvalidInput))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok((File::open(folder)?, name))
}

fn write(folder: BorrowedFd<'_>, name: &OsStr, bytes: &[u8], mode: Option<Mode>) -> Result<()> {
    let old = replaceable(folder, name)?;
    let (mut file, new) = create(folder, if old.is_some() { 0o600 } else { 0o666 })?;
    let written = file.write_all(bytes).and_then(|()| {
        if let Some(old) = old {
            keep_owner_and_mode(&file, &old)?;
        }
        if let Some(mode) = mode {
            fchmod(&file, mode)?;
        }
        Ok(renameat(folder, new.as_os_str(), folder, name)?)
    });
    if written.is_err() {
        // The first error is the one that is reported.
        let _ = unlinkat(folder, new.as_os_str(), UnlinkatFlags::NoRemoveDir);
    }
    written
}

/// The regular file that is to be replaced, if there is one.
fn replaceable(folder: BorrowedFd<'_>, name: &OsStr) -> Result<Option<FileStat>> {
    let old = match fstatat(folder, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
        Err(Errno::ENOENT) => return Ok(None),
        old => old?,
    };
    match SFlag::from_bits_truncate(old.st_mode) & SFlag::S_IFMT {
        SFlag::S_IFREG => Ok(Some(old)),
        SFlag::S_IFLNK => Ok(None),
        SFlag::S_IFDIR => Err(Errno::EISDIR.into()),
        _ => Err(Error::new(ErrorKind::InvalidInput, "not a regular file")),
    }
}

/// A new file with a name that nothing in the folder has.
fn create(folder: BorrowedFd<'_>, mode: u32) -> Result<(File, OsString)> {
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let process = std::process::id();
    for number in 0..NAMES_MAX {
        let name = OsString::from(format!(".scenario-{process}-{number}.new"));
        match openat(folder, name.as_os_str(), flags, Mode::from_bits_truncate(mode)) {
            // Another thread may be using this name right now.
            Err(Errno::EEXIST) => {}
            file => return Ok((File::from(file?), name)),
        }
    }
    let name = format!(".scenario-{process}-*.new");
    Err(Error::new(ErrorKind::AlreadyExists, format!("{NAMES_MAX} files `{name}` exist; remove them")))
}

fn keep_owner_and_mode(file: &File, old: &FileStat) -> Result<()> {
    let new = fstat(file)?;
    let mut mode = Mode::from_bits_truncate(old.st_mode & 0o7777);
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid)
        && fchown(file, Some(Uid::from_raw(old.st_uid)), Some(Gid::from_raw(old.st_gid))).is_err()
    {
        // Only root may give a file away. With another owner these bits would grant rights that were not intended.
        mode.remove(Mode::S_ISUID | Mode::S_ISGID);
    }
    Ok(fchmod(file, mode)?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap().flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_file_gets_the_usual_mode_and_a_replaced_one_keeps_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        replace(&path, b"one").unwrap();
        std::fs::write(&other, "").unwrap();
        assert_eq!(mode(&path), mode(&other), "as any program makes it");
        for bits in [0o755, 0o600, 0o444, 0o000] {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(bits)).unwrap();
            replace(&path, b"two").unwrap();
            assert_eq!(mode(&path), bits);
        }
        replace_program(&path, b"#!/bin/sh").unwrap();
        assert_eq!(mode(&path), 0o755);
        assert_eq!(names(folder.path()), ["a", "b"]);
    }

    #[test]
    fn the_owner_is_kept_where_the_system_permits_it() {
        use std::os::unix::fs::{MetadataExt, chown};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        replace(&path, b"one").unwrap();
        if let Err(cause) = chown(&path, Some(7301), Some(7302)) {
            println!("skipped: only root may give a file away ({cause})");
            return;
        }
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o4755)).unwrap();
        replace(&path, b"two").unwrap();
        let found = std::fs::metadata(&path).unwrap();
        assert_eq!((found.uid(), found.gid(), mode(&path)), (7301, 7302, 0o4755));
    }

    #[test]
    fn neither_a_neighbour_nor_the_target_of_a_link_is_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("theirs"), "theirs").unwrap();
        std::fs::write(at("a.new"), "theirs too").unwrap();
        let taken = format!(".scenario-{}-0.new", std::process::id());
        symlink(at("theirs"), at(&taken)).unwrap();
        symlink(at("theirs"), at("a")).unwrap();
        replace(&at("a"), b"ours").unwrap();
        assert_eq!(std::fs::read_to_string(at("theirs")).unwrap(), "theirs");
        assert_eq!(std::fs::read_to_string(at("a.new")).unwrap(), "theirs too");
        assert_eq!(std::fs::read_to_string(at("a")).unwrap(), "ours");
        assert!(!at("a").is_symlink(), "the link itself was replaced");
        assert!(at(&taken).is_symlink(), "this one stays");
    }

    #[test]
    fn another_name_of_the_file_keeps_the_old_text() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&path, "old").unwrap();
        std::fs::hard_link(&path, &other).unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "old");
    }

    #[test]
    fn what_cannot_be_replaced_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a")).unwrap();
        assert_eq!(replace(&folder.path().join("a"), b"x").unwrap_err().kind(), ErrorKind::IsADirectory);
        nix::unistd::mkfifo(&folder.path().join("b"), Mode::S_IRWXU).unwrap();
        assert_eq!(replace(&folder.path().join("b"), b"x").unwrap_err().to_string(), "not a regular file");
        assert_eq!(replace(&folder.path().join("c/d"), b"x").unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(names(folder.path()), ["a", "b"]);
    }
}
