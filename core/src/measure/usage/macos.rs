//! What a process uses on macOS: proc_pidinfo (sys/proc_info.h).

use std::mem::MaybeUninit;

use super::{Resource, Unseen};
use crate::watch::ProcessIdentity;

/// Reads one resource.
pub(super) struct Meter {
    resource: Resource,
    /// Nanoseconds of one unit of CPU time, as a fraction.
    timebase: (u64, u64),
}

impl Meter {
    /// # Errors
    /// None on this system.
    pub(super) fn new(resource: Resource) -> Result<Self, Unseen> {
        Ok(Self {
            resource,
            timebase: timebase(),
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
        let info = task_info(process).map_err(|()| Unseen {
            reason: format!("pid {} belongs to another user", process.pid),
            remedy: "run crashcap as root",
        })?;
        let Some(info) = info else {
            return Ok(None);
        };
        let task = &info.ptinfo;
        Ok(match self.resource {
            Resource::Cpu => {
                let (numerator, denominator) = self.timebase;
                let units = task.pti_total_user.saturating_add(task.pti_total_system);
                let nanoseconds =
                    u128::from(units) * u128::from(numerator) / u128::from(denominator);
                Some(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
            }
            Resource::ResidentMemory => Some(task.pti_resident_size),
            Resource::Threads => u64::try_from(task.pti_threadnum).ok(),
            Resource::OpenFiles => open_files(process.pid),
        })
    }
}

/// What the system tells of a process: `None` when it has ended.
///
/// # Errors
/// It belongs to another user.
pub(in crate::measure) fn task_info(
    process: ProcessIdentity,
) -> Result<Option<libc::proc_taskallinfo>, ()> {
    let Ok(pid) = libc::c_int::try_from(process.pid) else {
        return Ok(None);
    };
    let mut info = MaybeUninit::<libc::proc_taskallinfo>::uninit();
    let size = size_of::<libc::proc_taskallinfo>();
    let Ok(asked) = libc::c_int::try_from(size) else {
        return Ok(None);
    };
    // SAFETY: the system writes at most `asked` bytes, which is the structure's size.
    let told = unsafe {
        libc::proc_pidinfo(
            pid,
            libc::PROC_PIDTASKALLINFO,
            0,
            info.as_mut_ptr().cast(),
            asked,
        )
    };
    if told != asked {
        let denied = std::io::Error::last_os_error().raw_os_error() == Some(libc::EPERM);
        return if denied { Err(()) } else { Ok(None) };
    }
    // SAFETY: the system filled in the whole structure, which holds only numbers.
    let info = unsafe { info.assume_init() };
    let same = process.started == 0 || info.pbsd.pbi_start_tvsec == process.started;
    Ok(same.then_some(info))
}

/// Asked twice: without a buffer the system names the size of a larger one.
fn open_files(pid: u32) -> Option<u64> {
    let pid = libc::c_int::try_from(pid).ok()?;
    // SAFETY: without a buffer nothing is written.
    let size =
        unsafe { libc::proc_pidinfo(pid, libc::PROC_PIDLISTFDS, 0, std::ptr::null_mut(), 0) };
    let mut files = vec![0_u64; usize::try_from(size).ok()?.div_ceil(8)];
    let asked = libc::c_int::try_from(files.len() * 8).ok()?;
    // SAFETY: the system writes at most `asked` bytes, which the buffer has.
    let told = unsafe {
        libc::proc_pidinfo(
            pid,
            libc::PROC_PIDLISTFDS,
            0,
            files.as_mut_ptr().cast(),
            asked,
        )
    };
    let each = u64::try_from(libc::PROC_PIDLISTFD_SIZE).ok()?;
    Some(u64::try_from(told).ok()? / each.max(1))
}

/// struct mach_timebase_info (mach/mach_time.h).
#[repr(C)]
struct Timebase {
    numerator: u32,
    denominator: u32,
}

unsafe extern "C" {
    /// In the system's own library; the crate libc has it only as deprecated.
    fn mach_timebase_info(info: *mut Timebase) -> libc::c_int;
}

fn timebase() -> (u64, u64) {
    let mut fraction = Timebase {
        numerator: 0,
        denominator: 0,
    };
    // SAFETY: the system fills in the structure.
    let told = unsafe { mach_timebase_info(&raw mut fraction) };
    match (told, fraction.numerator, fraction.denominator) {
        (0, numerator @ 1.., denominator @ 1..) => (u64::from(numerator), u64::from(denominator)),
        _ => (1, 1),
    }
}
