//! What differs between systems: memory that faults, the name of a process, how a process
//! ended, and being asked to end.

use std::fmt;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as here;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as here;

pub use here::{
    ABORTED, BAD_ACCESS, GuardedMemory, LOOPBACK, ending, name_process, no_core_dumps,
    on_request_to_end,
};

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It exited with this status; on Windows an exception's code is one too.
    Code(i32),
    /// This signal ended it.
    Signal(i32),
}

impl fmt::Display for Ending {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal(number) => match here::signal_name(*number) {
                Some(name) => write!(out, "killed by {name}"),
                None => write!(out, "killed by signal {number}"),
            },
            Self::Code(code) if (-255..=255).contains(code) => write!(out, "exited with {code}"),
            Self::Code(code) => write!(out, "ended by exception 0x{code:08X}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_ends_where_the_readable_memory_ends() {
        let mut memory = GuardedMemory::new(10_000).unwrap();
        assert!(memory.capacity() >= 10_000);
        let first = memory.place(b"short").unwrap().as_ptr_range().end;
        let long = vec![7; memory.capacity()];
        assert_eq!(memory.place(&long).unwrap(), long);
        let placed = memory.place(b"a longer one").unwrap();
        assert_eq!(placed, b"a longer one");
        assert_eq!(placed.as_ptr_range().end, first);
    }

    #[test]
    fn a_body_too_large_is_refused() {
        let mut memory = GuardedMemory::new(1).unwrap();
        let large = vec![0; memory.capacity() + 1];
        assert!(memory.place(&large).is_none());
    }
}
