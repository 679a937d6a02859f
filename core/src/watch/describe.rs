//! Exit statuses in words.

use std::fmt;

use super::ExitStatus;

impl fmt::Display for ExitStatus {
    /// What goes on after the process's name: `was killed by SIGSEGV`,
    /// `exited with status 3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code { code } => write!(f, "exited with status {code}"),
            Self::Signal {
                number,
                core_dumped,
            } => {
                match signal_name(*number) {
                    Some(name) => write!(f, "was killed by {name}")?,
                    None => write!(f, "was killed by signal {number}")?,
                }
                match core_dumped {
                    Some(true) => f.write_str(" and dumped core"),
                    Some(false) | None => Ok(()),
                }
            }
            Self::Exception { code } => match exception_name(*code) {
                Some(name) => write!(f, "ended with exception 0x{code:08X} ({name})"),
                None => write!(f, "ended with exception 0x{code:08X}"),
            },
            Self::Unknown { reason } => {
                write!(f, "ended; its exit status is unknown ({reason})")
            }
        }
    }
}

/// The name of a signal on this system, with its `SIG`; `None` where the
/// number has none.
#[must_use]
pub fn signal_name(number: i32) -> Option<String> {
    named_signal(number)
}

#[cfg(unix)]
fn named_signal(number: i32) -> Option<String> {
    let named = SIGNALS
        .iter()
        .find(|(known, _)| *known == number)
        .map(|(_, name)| (*name).to_owned());
    named.or_else(|| real_time_signal(number))
}

#[cfg(not(unix))]
fn named_signal(_number: i32) -> Option<String> {
    None
}

/// signal(7): real-time signals have no names of their own.
#[cfg(target_os = "linux")]
fn real_time_signal(number: i32) -> Option<String> {
    let (first, last) = (libc::SIGRTMIN(), libc::SIGRTMAX());
    (first..=last)
        .contains(&number)
        .then(|| format!("SIGRTMIN+{}", number - first))
}

#[cfg(all(unix, not(target_os = "linux")))]
fn real_time_signal(_number: i32) -> Option<String> {
    None
}

/// What can end a process. The numbers differ between systems, so they are libc's.
#[cfg(unix)]
const SIGNALS: [(i32, &str); 25] = [
    (libc::SIGHUP, "SIGHUP"),
    (libc::SIGINT, "SIGINT"),
    (libc::SIGQUIT, "SIGQUIT"),
    (libc::SIGILL, "SIGILL"),
    (libc::SIGTRAP, "SIGTRAP"),
    (libc::SIGABRT, "SIGABRT"),
    (libc::SIGBUS, "SIGBUS"),
    (libc::SIGFPE, "SIGFPE"),
    (libc::SIGKILL, "SIGKILL"),
    (libc::SIGUSR1, "SIGUSR1"),
    (libc::SIGSEGV, "SIGSEGV"),
    (libc::SIGUSR2, "SIGUSR2"),
    (libc::SIGPIPE, "SIGPIPE"),
    (libc::SIGALRM, "SIGALRM"),
    (libc::SIGTERM, "SIGTERM"),
    (libc::SIGXCPU, "SIGXCPU"),
    (libc::SIGXFSZ, "SIGXFSZ"),
    (libc::SIGVTALRM, "SIGVTALRM"),
    (libc::SIGPROF, "SIGPROF"),
    (libc::SIGIO, "SIGIO"),
    (libc::SIGSYS, "SIGSYS"),
    (libc::SIGTTIN, "SIGTTIN"),
    (libc::SIGTTOU, "SIGTTOU"),
    (libc::SIGTSTP, "SIGTSTP"),
    (libc::SIGSTOP, "SIGSTOP"),
];

/// The exceptions that end programs, from Windows's ntstatus.h ([MS-ERREF] 2.3.1).
const EXCEPTIONS: [(u32, &str); 15] = [
    (0xC000_0005, "access violation"),
    (0xC000_0006, "in-page error"),
    (0xC000_0017, "out of memory"),
    (0xC000_001D, "illegal instruction"),
    (0xC000_0025, "noncontinuable exception"),
    (0xC000_008C, "array bounds exceeded"),
    (0xC000_0094, "integer division by zero"),
    (0xC000_0096, "privileged instruction"),
    (0xC000_00FD, "stack overflow"),
    (0xC000_0135, "a DLL was not found"),
    (0xC000_013A, "ended by Ctrl+C or by closing its console"),
    (0xC000_0142, "a DLL failed to initialize"),
    (0xC000_0374, "heap corruption"),
    (0xC000_0409, "fail fast or stack buffer overrun"),
    (0xC000_0602, "fail fast"),
];

fn exception_name(code: u32) -> Option<&'static str> {
    EXCEPTIONS
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn signals_are_named() {
        let killed = |number, core_dumped| {
            ExitStatus::Signal {
                number,
                core_dumped,
            }
            .to_string()
        };
        assert_eq!(killed(libc::SIGSEGV, Some(false)), "was killed by SIGSEGV");
        assert_eq!(killed(libc::SIGBUS, None), "was killed by SIGBUS");
        assert_eq!(
            killed(libc::SIGABRT, Some(true)),
            "was killed by SIGABRT and dumped core"
        );
        assert_eq!(killed(250, None), "was killed by signal 250");
    }

    #[test]
    fn other_ends_are_told_in_words() {
        assert_eq!(
            ExitStatus::Code { code: 3 }.to_string(),
            "exited with status 3"
        );
        assert_eq!(
            ExitStatus::Exception { code: 0xC000_0005 }.to_string(),
            "ended with exception 0xC0000005 (access violation)"
        );
        assert_eq!(
            ExitStatus::Exception { code: 0xE06D_7363 }.to_string(),
            "ended with exception 0xE06D7363"
        );
        let reason = "it ran as another user".to_owned();
        assert_eq!(
            ExitStatus::Unknown { reason }.to_string(),
            "ended; its exit status is unknown (it ran as another user)"
        );
    }
}
