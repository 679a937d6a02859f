//! Linux and macOS.

use std::ffi::c_void;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::{io, ptr, slice, thread};

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags};
use signal_hook::consts::signal;
use signal_hook::iterator::Signals;

use super::Ending;

/// The loopback interface's name.
pub const LOOPBACK: &str = if cfg!(target_os = "linux") {
    "lo"
} else {
    "lo0"
};

/// How a process ends that reads where nothing is mapped. macOS tells a page that may not
/// be read from one that is not there by SIGBUS.
pub const BAD_ACCESS: Ending = Ending::Signal(if cfg!(target_os = "macos") {
    signal::SIGBUS
} else {
    signal::SIGSEGV
});

/// How a process ends that aborts.
pub const ABORTED: Ending = Ending::Signal(signal::SIGABRT);

/// Readable memory with an unreadable page right after it.
#[derive(Debug)]
pub struct GuardedMemory {
    base: *mut c_void,
    readable: usize,
    page: usize,
}

// SAFETY: the memory is private to its owner and not bound to the thread that mapped it.
unsafe impl Send for GuardedMemory {}

impl GuardedMemory {
    /// At least `bytes` of memory, rounded up to whole pages, and the page after it.
    ///
    /// # Errors
    /// When the system has no such memory to give.
    pub fn new(bytes: usize) -> io::Result<Self> {
        let page = rustix::param::page_size();
        let readable = bytes.max(1).next_multiple_of(page);
        // SAFETY: a new mapping at an address that the system chooses touches no memory
        // that is in use.
        let base = unsafe {
            rustix::mm::mmap_anonymous(
                ptr::null_mut(),
                readable + page,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::PRIVATE,
            )?
        };
        let memory = Self {
            base,
            readable,
            page,
        };
        // SAFETY: the range is the last page of the mapping just made, which nobody uses.
        unsafe { rustix::mm::mprotect(base.byte_add(readable), page, MprotectFlags::empty())? };
        Ok(memory)
    }

    /// How many bytes can be placed.
    pub fn capacity(&self) -> usize {
        self.readable
    }

    /// Copies `bytes` so that they end where the unreadable page begins; `None` when they
    /// are more than the capacity.
    pub fn place(&mut self, bytes: &[u8]) -> Option<&[u8]> {
        let offset = self.readable.checked_sub(bytes.len())?;
        // SAFETY: `offset + bytes.len()` is `readable`, the size of the part of the mapping
        // that may be read and written, and `&mut self` keeps out every other reader.
        unsafe {
            let start = self.base.cast::<u8>().add(offset);
            ptr::copy_nonoverlapping(bytes.as_ptr(), start, bytes.len());
            Some(slice::from_raw_parts(start, bytes.len()))
        }
    }
}

impl Drop for GuardedMemory {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's own, and slices of it do not outlive it. A
        // refusal would leave it mapped, which harms nobody.
        let _ = unsafe { rustix::mm::munmap(self.base, self.readable + self.page) };
    }
}

/// Gives this process the name that `ps` and `pgrep` show (Linux; 15 characters are kept).
/// To be called on the main thread, before others start: they inherit it.
///
/// # Errors
/// When the name holds a zero byte.
pub fn name_process(name: &str) -> io::Result<()> {
    let name = std::ffi::CString::new(name)?;
    #[cfg(target_os = "linux")]
    rustix::thread::set_name(&name)?;
    let _ = name;
    Ok(())
}

/// Keeps this process from leaving a core dump when it crashes.
///
/// On Linux the limit becomes 1 and not 0: where the dump is piped to a program, 0 has no
/// effect (core(5)), while 1 means no dump at all.
///
/// # Errors
/// When the system refuses.
pub fn no_core_dumps() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Core).maximum;
    let wanted = if cfg!(target_os = "linux") { 1 } else { 0 };
    let current = maximum.map_or(wanted, |maximum| maximum.min(wanted));
    setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(current),
            maximum,
        },
    )?;
    Ok(())
}

/// Calls `then` on a thread of its own when this process is asked to end: SIGTERM, SIGINT
/// or SIGHUP.
///
/// # Errors
/// When the handlers cannot be set.
pub fn on_request_to_end(then: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new([signal::SIGTERM, signal::SIGINT, signal::SIGHUP])?;
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            if signals.forever().next().is_some() {
                then();
            }
        })?;
    Ok(())
}

/// How the process of `status` ended.
pub fn ending(status: ExitStatus) -> Ending {
    match (status.signal(), status.code()) {
        (Some(number), _) => Ending::Signal(number),
        (None, code) => Ending::Code(code.unwrap_or(-1)),
    }
}

/// The name of a signal.
pub(super) fn signal_name(number: i32) -> Option<&'static str> {
    signal_hook::low_level::signal_name(number)
}
