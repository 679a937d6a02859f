//! The words of watching.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::clock::Now;

/// One process, for as long as the system runs: PID and start time together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProcessIdentity {
    /// The process id.
    pub pid: u32,
    /// When it started, in the system's own units (Linux: clock ticks since
    /// boot, field 22 of /proc/PID/stat; elsewhere seconds since 1970).
    pub started: u64,
}

/// What is known of a process. What a system does not tell is `None`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessInfo {
    /// Which one.
    pub identity: ProcessIdentity,
    /// The base name of the executable, else of argv[0], else the kernel's name.
    pub name: String,
    /// The executable. Told as text, with � for what is no UTF-8.
    #[serde(serialize_with = "as_text")]
    pub executable: Option<PathBuf>,
    /// The arguments joined by blanks, argv[0] included.
    pub command_line: String,
    /// The user's name, else the number.
    pub user: Option<String>,
}

/// What to watch, as the user said it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetSpec {
    /// One process by its number.
    Pid(u32),
    /// By name, with `*` and `?`: matched against the executable's base name,
    /// argv[0]'s base name and the kernel's name (15 characters on Linux).
    Name(String),
    /// By the whole command line, with `*` and `?`; without either the text
    /// may stand anywhere in it.
    CommandLine(String),
    /// By the executable's path.
    Executable(PathBuf),
    /// Whoever listens on this TCP or UDP port.
    Port(u16),
    /// A process that the front launched for this recording.
    Launched(u32),
}

impl fmt::Display for TargetSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pid(pid) => write!(f, "pid {pid}"),
            Self::Name(pattern) => write!(f, "processes named {pattern}"),
            Self::CommandLine(pattern) => write!(f, "processes with the command line {pattern}"),
            Self::Executable(path) => write!(f, "processes of {}", path.display()),
            Self::Port(port) => write!(f, "whoever listens on port {port}"),
            Self::Launched(pid) => write!(f, "the launched process, pid {pid}"),
        }
    }
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum ExitStatus {
    /// It exited by itself.
    Code {
        /// The exit status.
        code: i32,
    },
    /// A signal ended it.
    Signal {
        /// The signal's number on this system.
        number: i32,
        /// Whether it dumped core, where that is known.
        core_dumped: Option<bool>,
    },
    /// Windows: an exception code ended it, or a code that looks like one (0xC0000000 and above).
    Exception {
        /// The code.
        code: u32,
    },
    /// The system does not tell.
    Unknown {
        /// Why, in words: "it ran as another user".
        reason: String,
    },
}

/// How ends are noticed; shown to the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitMethod {
    /// Linux: poll on a pidfd.
    PidFd,
    /// Windows: wait on a process handle.
    ProcessHandle,
    /// macOS: kqueue with NOTE_EXIT.
    Kqueue,
    /// The fallback: the process list is looked at again and again.
    Polling,
}

/// What the watcher tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchEvent {
    /// A matching process is watched from now on.
    Found {
        /// Which one.
        process: ProcessInfo,
        /// When it was found.
        at: Now,
        /// How its end will be noticed.
        method: ExitMethod,
    },
    /// A watched process hit a fatal fault and is writing its core dump; its
    /// end follows (Linux, process connector).
    Faulted {
        /// Which one.
        process: ProcessIdentity,
        /// When it was noticed.
        at: Now,
    },
    /// A watched process ended. Its status follows as [`WatchEvent::Status`].
    Ended {
        /// Which one.
        process: ProcessIdentity,
        /// When it was noticed.
        at: Now,
        /// Its status, or `None` when it is not known yet and a
        /// [`WatchEvent::Status`] will follow.
        status: Option<ExitStatus>,
        /// How many watched processes are left.
        left: usize,
    },
    /// The status of a process whose end was told before.
    Status {
        /// Which one.
        process: ProcessIdentity,
        /// How it ended.
        status: ExitStatus,
    },
    /// Something about watching got worse; recording goes on.
    Degraded {
        /// The sentence to show, with its reason.
        sentence: String,
    },
}

/// A path as text: serde takes none that is no UTF-8.
fn as_text<S: serde::Serializer>(path: &Option<PathBuf>, out: S) -> Result<S::Ok, S::Error> {
    let text = path.as_ref().map(|path| path.to_string_lossy());
    serde::Serialize::serialize(&text, out)
}
