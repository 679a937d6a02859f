//! Unix: which file it is, whatever its name.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Device and inode; an inode is not used again while we have its file open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity(u64, u64);

fn of(metadata: &Metadata) -> Identity {
    Identity(metadata.dev(), metadata.ino())
}

pub(super) fn of_file(file: &File) -> io::Result<Identity> {
    Ok(of(&file.metadata()?))
}

/// Which file has this name, and its length in bytes.
pub(super) fn of_path(path: &Path) -> io::Result<Option<(Identity, u64)>> {
    match path.metadata() {
        Ok(metadata) => Ok(Some((of(&metadata), metadata.len()))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Opening a named pipe does not wait for its writer.
pub(super) fn without_waiting(options: &mut OpenOptions) {
    options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
}
