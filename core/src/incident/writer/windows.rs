//! Windows: through the cache, the room reserved by setting the length first.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::windows::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf, Prefix};

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

/// A path as Windows reads it. A long one needs its verbatim form, as the
/// standard library does for the calls that it makes itself.
fn wide(path: &Path) -> Vec<u16> {
    let plain = path.as_os_str();
    let long = if plain.len() < PLAIN_PATH_MAX {
        None
    } else {
        std::path::absolute(path).ok().and_then(verbatim)
    };
    let path = long.as_deref().unwrap_or(plain);
    path.encode_wide().chain([0]).collect()
}

/// Windows takes 260 characters, zero included; beside a folder's path a
/// file name of 12 must fit, so 248 is where trouble begins.
const PLAIN_PATH_MAX: usize = 248;

/// `\\?\C:\…` and `\\?\UNC\server\…`, which Windows takes at any length.
fn verbatim(path: PathBuf) -> Option<OsString> {
    let Some(Component::Prefix(prefix)) = path.components().next() else {
        return None;
    };
    let (start, rest) = match prefix.kind() {
        Prefix::Disk(_) => (r"\\?\", path.as_os_str()),
        Prefix::UNC(..) => {
            let text = path.to_str()?;
            return Some(OsString::from(format!(r"\\?\UNC\{}", text.get(2..)?)));
        }
        _ => return Some(path.into_os_string()),
    };
    let mut verbatim = OsString::from(start);
    verbatim.push(rest);
    Some(verbatim)
}
