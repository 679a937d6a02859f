//! Windows: through the cache, the room reserved by setting the length first.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::windows::ffi::OsStrExt;
use std::path::Path;

use windows_sys::Win32::Storage::FileSystem::{
    GetDiskFreeSpaceExW, MOVEFILE_WRITE_THROUGH, MoveFileExW,
};

use super::SystemWriter;
use crate::units::ByteCount;

/// A file on Windows. Who may read it follows from the folder's access list;
/// a user's own folders admit nobody else but administrators.
pub(super) struct WindowsFile {
    file: File,
}

impl SystemWriter for WindowsFile {
    fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        Ok(Self { file })
    }

    fn reserve(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    fn finish(self, length: u64) -> io::Result<()> {
        self.file.set_len(length)?;
        self.file.sync_all()
    }

    fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
        let (from, to) = (wide(from), wide(to));
        // SAFETY: both are zero-terminated UTF-16 and live until the call returns.
        // Without MOVEFILE_REPLACE_EXISTING a taken name is an error.
        match unsafe { MoveFileExW(from.as_ptr(), to.as_ptr(), MOVEFILE_WRITE_THROUGH) } {
            0 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }

    /// Nothing to do: the rename was written through.
    fn sync_folder(_folder: &Path) -> io::Result<()> {
        Ok(())
    }

    fn room(folder: &Path) -> io::Result<ByteCount> {
        let folder = wide(folder);
        let mut available = 0_u64;
        // SAFETY: the path is zero-terminated UTF-16, `available` outlives the
        // call, and the two numbers not asked for may be null.
        let answer = unsafe {
            GetDiskFreeSpaceExW(
                folder.as_ptr(),
                &raw mut available,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
            )
        };
        match answer {
            0 => Err(io::Error::last_os_error()),
            _ => Ok(ByteCount(available)),
        }
    }
}

/// A path as Windows reads it.
fn wide(path: &Path) -> Vec<u16> {
    path.as_os_str().encode_wide().chain([0]).collect()
}
