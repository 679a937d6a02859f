//! What a process uses on Windows. Threads stand in a snapshot of all
//! processes, taken once a look; the rest is asked of each process.

use std::collections::HashMap;

use windows_sys::Win32::Foundation::{
    CloseHandle, ERROR_ACCESS_DENIED, ERROR_INVALID_PARAMETER, FILETIME, GetLastError, HANDLE,
    INVALID_HANDLE_VALUE,
};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, PROCESSENTRY32W, Process32FirstW, Process32NextW, TH32CS_SNAPPROCESS,
};
use windows_sys::Win32::System::ProcessStatus::{K32GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS};
use windows_sys::Win32::System::Threading::{
    GetProcessHandleCount, GetProcessTimes, OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION,
};

use super::{Resource, Unseen};
use crate::watch::ProcessIdentity;

/// Seconds from 1601, where Windows counts from, to 1970.
const EPOCH_SECONDS: u64 = 11_644_473_600;
/// A FILETIME counts in tenths of a microsecond.
const TICKS_PER_SECOND: u64 = 10_000_000;
const NANOSECONDS_PER_TICK: u64 = 100;

/// Reads one resource.
pub(super) struct Meter {
    resource: Resource,
    threads: HashMap<u32, u32>,
}

impl Meter {
    /// # Errors
    /// None on this system.
    pub(super) fn new(resource: Resource) -> Result<Self, Unseen> {
        Ok(Self {
            resource,
            threads: HashMap::new(),
        })
    }

    /// Reads what is told of all processes at once.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn begin(&mut self) -> Result<(), Unseen> {
        if self.resource == Resource::Threads {
            self.threads.clear();
            snapshot(|pid, threads| {
                self.threads.insert(pid, threads);
            })?;
        }
        Ok(())
    }

    /// CPU in nanoseconds since the process started, memory in bytes, else a
    /// number; `None` when it has ended.
    ///
    /// # Errors
    /// It can't be seen.
    pub(super) fn read(&mut self, process: ProcessIdentity) -> Result<Option<u64>, Unseen> {
        let Some(opened) = Opened::open(process.pid)? else {
            return Ok(None);
        };
        let Some(times) = opened.times().filter(|times| {
            times.ended == 0 && (process.started == 0 || times.started == process.started)
        }) else {
            return Ok(None);
        };
        Ok(match self.resource {
            Resource::Cpu => Some(times.used),
            Resource::ResidentMemory => opened.working_set(),
            Resource::Threads => self.threads.get(&process.pid).copied().map(u64::from),
            Resource::OpenFiles => opened.handles(),
        })
    }
}

/// Hands over the PID and the number of threads of each process.
fn snapshot(mut each: impl FnMut(u32, u32)) -> Result<(), Unseen> {
    // SAFETY: takes and gives plain values.
    let snapshot = unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0) };
    if snapshot == INVALID_HANDLE_VALUE {
        return Err(Unseen {
            reason: format!(
                "a snapshot of the processes is refused: {}",
                std::io::Error::last_os_error()
            ),
            remedy: "run crashcap as the target's user",
        });
    }
    let snapshot = Opened(snapshot);
    let mut entry = PROCESSENTRY32W {
        dwSize: u32::try_from(size_of::<PROCESSENTRY32W>()).unwrap_or(0),
        ..PROCESSENTRY32W::default()
    };
    // SAFETY: the handle is open, and the system writes at most dwSize bytes.
    let mut more = unsafe { Process32FirstW(snapshot.0, &raw mut entry) };
    while more != 0 {
        each(entry.th32ProcessID, entry.cntThreads);
        // SAFETY: as above.
        more = unsafe { Process32NextW(snapshot.0, &raw mut entry) };
    }
    Ok(())
}

/// An open handle.
struct Opened(HANDLE);

/// When a process started and ended (0: not yet), and what it used.
struct Times {
    /// Seconds since 1970, as the table of processes tells them.
    started: u64,
    ended: u64,
    /// Nanoseconds.
    used: u64,
}

impl Opened {
    /// `None` when there is no such process.
    fn open(pid: u32) -> Result<Option<Self>, Unseen> {
        // SAFETY: takes and gives plain values.
        let handle = unsafe { OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, pid) };
        if !handle.is_null() {
            return Ok(Some(Self(handle)));
        }
        // SAFETY: reads this thread's last error.
        match unsafe { GetLastError() } {
            ERROR_INVALID_PARAMETER => Ok(None),
            ERROR_ACCESS_DENIED => Err(Unseen {
                reason: format!("pid {pid} belongs to another user"),
                remedy: "run crashcap as administrator",
            }),
            code => Err(Unseen {
                reason: format!(
                    "opening pid {pid}: {}",
                    std::io::Error::from_raw_os_error(code.cast_signed())
                ),
                remedy: "run crashcap as the target's user",
            }),
        }
    }

    fn times(&self) -> Option<Times> {
        let zero = FILETIME {
            dwLowDateTime: 0,
            dwHighDateTime: 0,
        };
        let (mut created, mut exited, mut kernel, mut user) = (zero, zero, zero, zero);
        // SAFETY: the handle is open, and the system fills in the four structures.
        let told = unsafe {
            GetProcessTimes(
                self.0,
                &raw mut created,
                &raw mut exited,
                &raw mut kernel,
                &raw mut user,
            )
        };
        (told != 0).then(|| Times {
            started: (ticks(created) / TICKS_PER_SECOND).saturating_sub(EPOCH_SECONDS),
            ended: ticks(exited),
            used: ticks(kernel)
                .saturating_add(ticks(user))
                .saturating_mul(NANOSECONDS_PER_TICK),
        })
    }

    fn working_set(&self) -> Option<u64> {
        let mut counters = PROCESS_MEMORY_COUNTERS::default();
        let size = u32::try_from(size_of::<PROCESS_MEMORY_COUNTERS>()).ok()?;
        // SAFETY: the handle is open, and the system writes at most `size` bytes.
        let told = unsafe { K32GetProcessMemoryInfo(self.0, &raw mut counters, size) };
        (told != 0).then_some(counters.WorkingSetSize as u64)
    }

    fn handles(&self) -> Option<u64> {
        let mut count = 0;
        // SAFETY: the handle is open, and the system writes one number.
        let told = unsafe { GetProcessHandleCount(self.0, &raw mut count) };
        (told != 0).then_some(u64::from(count))
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        // SAFETY: the handle is ours and is not used after this.
        unsafe { CloseHandle(self.0) };
    }
}

fn ticks(time: FILETIME) -> u64 {
    u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime)
}
