//! Windows: which file it is, whatever its name.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::windows::io::AsRawHandle;
use std::path::Path;

use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, GetFileInformationByHandle,
};

/// Volume and index; an index is not used again while we have its file open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity(u32, u64);

pub(super) fn of_file(file: &File) -> io::Result<Identity> {
    let mut information = BY_HANDLE_FILE_INFORMATION::default();
    // SAFETY: the handle is open, and the structure is ours to be filled.
    let told = unsafe { GetFileInformationByHandle(file.as_raw_handle(), &mut information) };
    if told == 0 {
        return Err(io::Error::last_os_error());
    }
    let index = u64::from(information.nFileIndexHigh) << 32 | u64::from(information.nFileIndexLow);
    Ok(Identity(information.dwVolumeSerialNumber, index))
}

/// Which file has this name, and its length in bytes.
pub(super) fn of_path(path: &Path) -> io::Result<Option<(Identity, u64)>> {
    match File::open(path) {
        Ok(file) => Ok(Some((of_file(&file)?, file.metadata()?.len()))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Opening a file waits for nobody here.
pub(super) fn without_waiting(_: &mut OpenOptions) {}
