//! Statuses as wait(2) knows them.

#[cfg(target_os = "linux")]
use std::os::fd::BorrowedFd;

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::watch::ExitStatus;

/// The status of our own child with this number, if it ended and was not
/// reaped: looks, and leaves it to its owner.
pub(super) fn of_child(pid: u32) -> Option<ExitStatus> {
    let pid = Pid::from_raw(i32::try_from(pid).ok()?)?;
    look(WaitId::Pid(pid))
}

/// The same for a pidfd.
#[cfg(target_os = "linux")]
pub(super) fn of_pidfd(pidfd: BorrowedFd<'_>) -> Option<ExitStatus> {
    look(WaitId::PidFd(pidfd))
}

fn look(which: WaitId<'_>) -> Option<ExitStatus> {
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    let status = waitid(which, look).ok().flatten()?;
    if let Some(code) = status.exit_status() {
        return Some(ExitStatus::Code { code });
    }
    status
        .terminating_signal()
        .map(|number| ExitStatus::Signal {
            number,
            core_dumped: Some(status.dumped()),
        })
}

/// A status as waitpid(2) encodes it: the signal in 7 bits, a bit for the core
/// dump, the exit status in the next 8.
pub(super) fn decode(code: i32) -> ExitStatus {
    match code & 0x7f {
        0 => ExitStatus::Code {
            code: (code >> 8) & 0xff,
        },
        number => ExitStatus::Signal {
            number,
            core_dumped: Some(code & 0x80 != 0),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_decoded() {
        assert_eq!(decode(0x300), ExitStatus::Code { code: 3 });
        assert_eq!(decode(0), ExitStatus::Code { code: 0 });
        let signal = |number, dumped| ExitStatus::Signal {
            number,
            core_dumped: Some(dumped),
        };
        assert_eq!(decode(11), signal(11, false));
        assert_eq!(decode(0x86), signal(6, true));
    }
}
