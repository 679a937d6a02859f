//! macOS: F_NOCACHE, and F_PREALLOCATE for the room.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use rustix::fs::{FallocateFlags, fallocate, fcntl_nocache};
use rustix::io::Errno;

use super::{SystemWriter, unix};
use crate::units::ByteCount;

/// A file on macOS.
pub(super) struct MacFile {
    file: File,
}

impl SystemWriter for MacFile {
    fn create(path: &Path) -> io::Result<Self> {
        let file = unix::create(path, 0)?;
        // A file system that caches all the same is slower and no error.
        let _ = fcntl_nocache(&file, true);
        Ok(Self { file })
    }

    fn reserve(&mut self, length: u64) -> io::Result<()> {
        if length == 0 {
            return Ok(());
        }
        match fallocate(&self.file, FallocateFlags::empty(), 0, length) {
            Err(Errno::NOTSUP | Errno::OPNOTSUPP | Errno::INVAL) => Ok(()),
            other => Ok(other?),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    fn finish(self, length: u64) -> io::Result<()> {
        self.file.set_len(length)?;
        // The standard library asks for F_FULLFSYNC here.
        self.file.sync_all()
    }

    fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
        unix::rename_new(from, to)
    }

    fn sync_folder(folder: &Path) -> io::Result<()> {
        unix::sync_folder(folder)
    }

    fn room(folder: &Path) -> io::Result<ByteCount> {
        unix::room(folder)
    }
}
