//! Windows.

use std::ffi::c_void;
use std::process::ExitStatus;
use std::{io, ptr, slice};

use windows_sys::Win32::System::Memory::{
    MEM_COMMIT, MEM_RELEASE, MEM_RESERVE, PAGE_NOACCESS, PAGE_READWRITE, VirtualAlloc, VirtualFree,
};

use super::Ending;

/// The loopback interface's name: Npcap's adapter.
pub const LOOPBACK: &str = r"\Device\NPF_Loopback";

/// How a process ends that reads where nothing is mapped: STATUS_ACCESS_VIOLATION.
pub const BAD_ACCESS: Ending = Ending::Code(0xC000_0005_u32 as i32);

/// How a process ends that aborts: STATUS_STACK_BUFFER_OVERRUN, which is what a fast fail
/// is told as.
pub const ABORTED: Ending = Ending::Code(0xC000_0409_u32 as i32);

/// Large enough for the pages of every Windows: what `VirtualAlloc` rounds addresses to.
const GRANULARITY: usize = 64 * 1024;

/// Readable memory with unreadable memory right after it.
#[derive(Debug)]
pub struct GuardedMemory {
    base: *mut c_void,
    readable: usize,
}

// SAFETY: the memory is private to its owner and not bound to the thread that reserved it.
unsafe impl Send for GuardedMemory {}

impl GuardedMemory {
    /// At least `bytes` of memory, rounded up, and the unreadable part after it.
    ///
    /// # Errors
    /// When the system has no such memory to give.
    pub fn new(bytes: usize) -> io::Result<Self> {
        let readable = bytes.max(1).next_multiple_of(GRANULARITY);
        // SAFETY: reserving addresses that the system chooses touches no memory in use.
        let base = unsafe {
            VirtualAlloc(
                ptr::null(),
                readable + GRANULARITY,
                MEM_RESERVE,
                PAGE_NOACCESS,
            )
        };
        if base.is_null() {
            return Err(io::Error::last_os_error());
        }
        let memory = Self { base, readable };
        // SAFETY: the range is the front of the reservation just made.
        let committed = unsafe { VirtualAlloc(base, readable, MEM_COMMIT, PAGE_READWRITE) };
        if committed.is_null() {
            return Err(io::Error::last_os_error());
        }
        Ok(memory)
    }

    /// How many bytes can be placed.
    pub fn capacity(&self) -> usize {
        self.readable
    }

    /// Copies `bytes` so that they end where the unreadable memory begins; `None` when they
    /// are more than the capacity.
    pub fn place(&mut self, bytes: &[u8]) -> Option<&[u8]> {
        let offset = self.readable.checked_sub(bytes.len())?;
        // SAFETY: `offset + bytes.len()` is `readable`, the size of the committed part, and
        // `&mut self` keeps out every other reader.
        unsafe {
            let start = self.base.cast::<u8>().add(offset);
            ptr::copy_nonoverlapping(bytes.as_ptr(), start, bytes.len());
            Some(slice::from_raw_parts(start, bytes.len()))
        }
    }
}

impl Drop for GuardedMemory {
    fn drop(&mut self) {
        // SAFETY: the reservation is this value's own, and slices of it do not outlive it.
        unsafe { VirtualFree(self.base, 0, MEM_RELEASE) };
    }
}

/// A process of Windows is named by its file: nothing to do.
///
/// # Errors
/// Never.
pub fn name_process(_name: &str) -> io::Result<()> {
    Ok(())
}

/// Windows writes no core dumps unless it was set up to: nothing to do.
///
/// # Errors
/// Never.
pub fn no_core_dumps() -> io::Result<()> {
    Ok(())
}

/// Windows ends a console program at once when it is asked to: nothing to do.
///
/// # Errors
/// Never.
pub fn on_request_to_end(_then: impl FnOnce() + Send + 'static) -> io::Result<()> {
    Ok(())
}

/// How the process of `status` ended.
pub fn ending(status: ExitStatus) -> Ending {
    Ending::Code(status.code().unwrap_or(-1))
}

/// There are no signals.
pub(super) fn signal_name(_number: i32) -> Option<&'static str> {
    None
}
