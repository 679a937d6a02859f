//! `/proc/PID`, read as proc_pid_stat(5) describes it.

use std::fs::File;
use std::io::Read;

/// Of `/proc/PID/stat` what is needed here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    /// Field 2: the kernel's name, at most 15 bytes.
    pub(crate) name: String,
    /// Field 3: `R`, `S`, `Z` …
    pub(crate) state: char,
    /// Field 4: the parent's PID.
    pub(crate) parent: u32,
    /// Field 9: the kernel's flags, shown to everybody.
    pub(crate) flags: u64,
    /// Fields 14 and 15: clock ticks on processors, in the program and in the kernel.
    pub(crate) cpu_ticks: u64,
    /// Field 20: threads that have not been released.
    pub(crate) threads: u64,
    /// Field 22: clock ticks since boot.
    pub(crate) started: u64,
    /// Field 24: pages in memory.
    pub(crate) resident_pages: u64,
    /// Field 35: for a process that does not run, not 0 only to those with ptrace
    /// access (kernels since 5.16; before, it may be 0 to them as well).
    pub(crate) waiting: u64,
    /// Field 52: the status as waitpid(2) encodes it; 0 to those without ptrace access.
    pub(crate) exit_code: Option<i32>,
}

/// linux/sched.h: PF_SIGNALED, "killed by a signal".
const FLAG_SIGNALED: u64 = 0x400;

impl Stat {
    /// Reads it; `None` when there is no such process (any more) or it cannot be seen.
    pub(crate) fn read(pid: u32) -> Option<Self> {
        Self::in_file(&format!("/proc/{pid}/stat"))
    }

    /// Reads it of one thread.
    pub(crate) fn of_thread(pid: u32, thread: u32) -> Option<Self> {
        Self::in_file(&format!("/proc/{pid}/task/{thread}/stat"))
    }

    fn in_file(path: &str) -> Option<Self> {
        let mut text = Vec::with_capacity(512);
        File::open(path).ok()?.read_to_end(&mut text).ok()?;
        Self::parse(&text)
    }

    /// The name may hold blanks and parentheses: fields count from the last `)`.
    fn parse(text: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(text);
        let (head, tail) = text.rsplit_once(')')?;
        let (_, name) = head.split_once('(')?;
        // The first of these is field 3.
        let fields: Vec<&str> = tail.split_ascii_whitespace().collect();
        let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
        Some(Self {
            name: name.to_owned(),
            state: fields.first()?.chars().next()?,
            parent: u32::try_from(number(4)?).ok()?,
            flags: number(9)?,
            cpu_ticks: number(14)?.saturating_add(number(15)?),
            threads: number(20)?,
            started: number(22)?,
            resident_pages: number(24).unwrap_or(0),
            waiting: number(35).unwrap_or(0),
            exit_code: fields.get(52 - 3).and_then(|field| field.parse().ok()),
        })
    }

    /// Whether the whole process has ended. A process whose first thread has
    /// ended shows as a zombie too while its other threads run.
    pub(crate) fn is_ended(&self) -> bool {
        matches!(self.state, 'X' | 'x') || (self.state == 'Z' && self.threads <= 1)
    }

    /// Whether a signal ended its first thread: the kernel tells that to everybody.
    pub(crate) fn is_signalled(&self) -> bool {
        self.flags & FLAG_SIGNALED != 0
    }

    /// The status of an ended process as waitpid(2) encodes it, where it is
    /// certain that this is the status and not the 0 shown to strangers.
    pub(crate) fn certain_exit_code(&self) -> Option<i32> {
        let shown = self.exit_code?;
        // The two fields stand behind one check of access, made once per read.
        let may_see = self.waiting != 0;
        (self.is_ended() && (shown != 0 || may_see)).then_some(shown)
    }
}

/// The real user id, from `/proc/PID/status`.
pub(crate) fn user_id(pid: u32) -> Option<u32> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

/// Whether the process may dump core: its soft limit is not 0. `None` when it
/// cannot be seen.
pub(crate) fn core_limit_allows(pid: u32) -> Option<bool> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/limits")).ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Max core file size"))?;
    Some(line.split_ascii_whitespace().next()? != "0")
}

/// Whether the system is set up to dump cores, and whether to a program
/// (which gets the dump whatever the limit is, unless the limit is 1).
pub(crate) fn core_pattern() -> String {
    std::fs::read_to_string("/proc/sys/kernel/core_pattern")
        .unwrap_or_default()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &[u8] = b"77 (a) b (c)) Z 1 77 77 0 -1 4228684 0 0 0 0 1 2 3 4 20 0 1 0 4242 0 0 \
        18446744073709551615 0 0 0 0 0 0 0 0 0 1 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 139";

    #[test]
    fn the_name_may_hold_anything() {
        let stat = Stat::parse(LINE).unwrap();
        assert_eq!(stat.name, "a) b (c)");
        assert_eq!((stat.state, stat.parent, stat.started), ('Z', 1, 4242));
        assert_eq!((stat.cpu_ticks, stat.resident_pages), (1 + 2, 0));
        assert!(stat.is_ended() && stat.is_signalled());
        assert_eq!(stat.certain_exit_code(), Some(139));
    }

    #[test]
    fn a_zero_shown_to_a_stranger_is_no_status() {
        let mut stat = Stat::parse(LINE).unwrap();
        stat.exit_code = Some(0);
        assert_eq!(stat.certain_exit_code(), Some(0));
        stat.waiting = 0;
        assert_eq!(stat.certain_exit_code(), None);
        stat.exit_code = Some(11);
        assert_eq!(stat.certain_exit_code(), Some(11));
    }

    #[test]
    fn a_dead_first_thread_is_no_dead_process() {
        let mut stat = Stat::parse(LINE).unwrap();
        stat.threads = 2;
        assert!(!stat.is_ended());
        assert_eq!(stat.certain_exit_code(), None);
    }

    #[test]
    fn torn_lines_are_refused() {
        for end in [0, 3, 9, 20, 60] {
            assert_eq!(Stat::parse(&LINE[..end]), None, "{end}");
        }
    }
}
