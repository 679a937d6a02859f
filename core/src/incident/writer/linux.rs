//! Linux: O_DIRECT where the file system takes it, fallocate for the room.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use rustix::fs::{FallocateFlags, OFlags, fallocate, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;

use super::{SystemWriter, unix};
use crate::units::ByteCount;

/// A file on Linux.
pub(super) struct LinuxFile {
    file: File,
    /// Whether writes still go past the page cache.
    direct: bool,
}

impl LinuxFile {
    /// Writes to the page cache from now on.
    fn give_up_direct(&mut self) -> io::Result<()> {
        let flags = fcntl_getfl(&self.file)?;
        fcntl_setfl(&self.file, flags - OFlags::DIRECT)?;
        self.direct = false;
        Ok(())
    }
}

impl SystemWriter for LinuxFile {
    fn create(path: &Path) -> io::Result<Self> {
        let mut file = Self {
            file: unix::create(path, 0)?,
            direct: false,
        };
        // Set afterwards: an open that is refused for O_DIRECT may have created the file.
        if let Ok(flags) = fcntl_getfl(&file.file) {
            file.direct = fcntl_setfl(&file.file, flags | OFlags::DIRECT).is_ok();
        }
        Ok(file)
    }

    fn reserve(&mut self, length: u64) -> io::Result<()> {
        if length == 0 {
            return Ok(());
        }
        match fallocate(&self.file, FallocateFlags::empty(), 0, length) {
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
            other => Ok(other?),
        }
    }

    fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.file.write(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // The device wants larger units than ours, or a short write
                // left us between two.
                Err(error) if self.direct && error.raw_os_error() == Some(libc::EINVAL) => {
                    self.give_up_direct()?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn finish(self, length: u64) -> io::Result<()> {
        self.file.set_len(length)?;
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
