//! What Linux and macOS do alike.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::{CWD, RenameFlags, renameat_with, statvfs};
use rustix::io::Errno;

use crate::units::ByteCount;

/// Read and write for the owner, nothing for anybody else.
const OWNER_ONLY: u32 = 0o600;

/// Creates a new file for its owner alone, with more open flags of the system.
pub(super) fn create(path: &Path, flags: i32) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(OWNER_ONLY)
        .custom_flags(flags)
        .open(path)
}

/// Renames without replacing anything.
pub(super) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Old kernels and some file systems know no such rename.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => link_and_unlink(from, to),
        other => Ok(other?),
    }
}

/// A second name and then the first one away: a link replaces nothing either.
fn link_and_unlink(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        // FAT has no links: take the name with an empty file of our own, which
        // the rename then replaces.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::PermissionDenied | ErrorKind::Unsupported
            ) =>
        {
            create(to, 0)?;
            fs::rename(from, to).inspect_err(|_| {
                // The first error is the one to tell.
                let _ = fs::remove_file(to);
            })
        }
        Err(error) => Err(error),
    }
}

/// Flushes a folder's entries.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some network file systems flush no folders.
        Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
        other => other,
    }
}

/// Bytes free to users other than root.
pub(super) fn room(folder: &Path) -> io::Result<ByteCount> {
    let answer = statvfs(folder)?;
    Ok(ByteCount(answer.f_bavail.saturating_mul(answer.f_frsize)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_way_of_renaming_replaces_a_file() {
        for way in [rename_new, link_and_unlink] {
            let folder = tempfile::tempdir().unwrap();
            let [from, taken, free] =
                ["from", "taken", "free"].map(|name| folder.path().join(name));
            fs::write(&from, "new").unwrap();
            fs::write(&taken, "old").unwrap();
            let error = way(&from, &taken).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::AlreadyExists);
            assert_eq!(fs::read(&taken).unwrap(), b"old");
            way(&from, &free).unwrap();
            assert_eq!(fs::read(&free).unwrap(), b"new");
            assert!(!from.exists());
        }
    }
}
