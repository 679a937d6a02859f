//! The exit status that a pidfd tells (linux/pidfd.h, kernels since 6.15).

use std::os::fd::{AsFd, BorrowedFd};

use rustix::ioctl::{Updater, ioctl, opcode};

/// PIDFD_INFO_EXIT: `exit_code` is asked for, or told.
const INFO_EXIT: u64 = 1 << 3;
/// PIDFD_GET_INFO: _IOWR(PIDFS_IOCTL_MAGIC, 11, struct pidfd_info). The size is
/// part of the number and is that of the first version, which all later kernels take.
const GET_INFO: rustix::ioctl::Opcode = opcode::read_write::<PidfdInfo>(0xFF, 11);

/// The first version of struct pidfd_info, PIDFD_INFO_SIZE_VER0 bytes long.
#[repr(C)]
#[derive(Default)]
struct PidfdInfo {
    mask: u64,
    cgroup: u64,
    process: [u32; 3],
    credentials: [u32; 8],
    exit_code: i32,
}

const _: () = assert!(size_of::<PidfdInfo>() == 64);

/// The status as waitpid(2) encodes it, to anybody who holds the pidfd, once
/// the parent has reaped the process. `None` before that and on older kernels.
pub(super) fn exit_code(pidfd: BorrowedFd<'_>) -> Option<i32> {
    let mut info = PidfdInfo {
        mask: INFO_EXIT,
        ..PidfdInfo::default()
    };
    // SAFETY: GET_INFO reads and writes one struct pidfd_info of the size that
    // its number carries, and `PidfdInfo` has that layout and size.
    let asked = unsafe {
        let updater = Updater::<GET_INFO, PidfdInfo>::new(&mut info);
        ioctl(pidfd.as_fd(), updater)
    };
    (asked.is_ok() && info.mask & INFO_EXIT != 0).then_some(info.exit_code)
}
