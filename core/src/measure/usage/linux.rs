//! What a process uses on Linux: `/proc/PID/stat` (proc_pid_stat(5)), which
//! everybody may read, and the number of entries of `/proc/PID/fd`.

use std::path::Path;

use rustix::io::Errno;

use super::{Resource, Unseen};
use crate::watch::ProcessIdentity;
use crate::watch::procfs::Stat;

/// Reads one resource.
pub(super) struct Meter {
    resource: Resource,
    nanoseconds_per_tick: u64,
    page_bytes: u64,
}

impl Meter {
    /// # Errors
    /// None on this system.
    pub(super) fn new(resource: Resource) -> Result<Self, Unseen> {
        Ok(Self {
            resource,
            nanoseconds_per_tick: 1_000_000_000 / rustix::param::clock_ticks_per_second().max(1),
            page_bytes: rustix::param::page_size() as u64,
        })
    }

    /// Nothing is read once for all processes.
    ///
    /// # Errors
    /// None on this system.
    pub(super) fn begin(&mut self) -> Result<(), Unseen> {
        Ok(())
    }

    /// CPU in nanoseconds since the process started, memory in bytes, else a
    /// number; `None` when it has ended.
    ///
    /// # Errors
    /// It can't be seen.
    pub(super) fn read(&mut self, process: ProcessIdentity) -> Result<Option<u64>, Unseen> {
        let stat = Stat::read(process.pid)
            .filter(|stat| stat.started == process.started && !stat.is_ended());
        let Some(stat) = stat else {
            return Ok(None);
        };
        Ok(match self.resource {
            Resource::Cpu => Some(stat.cpu_ticks.saturating_mul(self.nanoseconds_per_tick)),
            Resource::ResidentMemory => Some(stat.resident_pages.saturating_mul(self.page_bytes)),
            Resource::Threads => Some(stat.threads),
            Resource::OpenFiles => open_files(process.pid)?,
        })
    }
}

fn open_files(pid: u32) -> Result<Option<u64>, Unseen> {
    let folder = format!("/proc/{pid}/fd");
    let folder = Path::new(&folder);
    // Since Linux 6.2 the folder's size is the number, whoever asks.
    let told = rustix::fs::stat(folder)
        .ok()
        .and_then(|stat| u64::try_from(stat.st_size).ok())
        .filter(|size| *size > 0);
    if told.is_some() {
        return Ok(told);
    }
    match std::fs::read_dir(folder) {
        Ok(entries) => Ok(Some(entries.count() as u64)),
        Err(error) => match Errno::from_io_error(&error) {
            Some(Errno::NOENT | Errno::SRCH) => Ok(None),
            Some(Errno::ACCESS | Errno::PERM) => Err(Unseen {
                reason: format!("the open files of pid {pid} belong to another user"),
                remedy: "run crashcap as the target's user or as root",
            }),
            _ => Err(Unseen {
                reason: format!("{}: {error}", folder.display()),
                remedy: "look whether /proc is mounted",
            }),
        },
    }
}
