//! A firing: what happened, when, and with which evidence.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::Now;
use crate::watch::{ExitStatus, ProcessInfo};

/// The kinds of triggers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerKind {
    /// A target process ended, however.
    Exit,
    /// A target process ended by a crash.
    Crash,
    /// A new process matches after the old one ended.
    Restart,
    /// Somebody asked for it.
    Manual,
    /// A process matches that did not before.
    Appears,
    /// How many processes the target is.
    Processes,
    /// TCP sockets in a state.
    Sockets,
    /// Connections that wait to be accepted.
    AcceptQueue,
    /// CPU use of the target.
    Cpu,
    /// Its resident memory.
    Memory,
    /// Its threads.
    Threads,
    /// Its open files or handles.
    OpenFiles,
    /// It is stopped, or in uninterruptible sleep.
    Stuck,
    /// Packets that pass a filter.
    Packet,
    /// Bytes in what packets carry.
    Payload,
    /// A request without an answer.
    NoAnswer,
    /// No packet at all.
    Silence,
    /// Packets or bits per second.
    Traffic,
    /// The share of segments that were sent again.
    Retransmissions,
    /// A line of a log.
    Log,
    /// A health check that fails.
    Health,
    /// What a program says or how it ends.
    Command,
    /// A time of day, or a span after the start.
    Time,
    /// Several conditions together.
    Combination,
}

impl TriggerKind {
    /// As profiles, events and files' names spell it: `accept_queue`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Exit => "exit",
            Self::Crash => "crash",
            Self::Restart => "restart",
            Self::Manual => "manual",
            Self::Appears => "appears",
            Self::Processes => "processes",
            Self::Sockets => "sockets",
            Self::AcceptQueue => "accept_queue",
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Threads => "threads",
            Self::OpenFiles => "open_files",
            Self::Stuck => "stuck",
            Self::Packet => "packet",
            Self::Payload => "payload",
            Self::NoAnswer => "no_answer",
            Self::Silence => "silence",
            Self::Traffic => "traffic",
            Self::Retransmissions => "retransmissions",
            Self::Log => "log",
            Self::Health => "health",
            Self::Command => "command",
            Self::Time => "time",
            Self::Combination => "combination",
        }
    }
}

/// One firing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firing {
    /// Which trigger.
    pub kind: TriggerKind,
    /// The moment it stands for, when that was noticed: the fault, else the end.
    pub at: Now,
    /// The target process concerned, if any.
    pub process: Option<ProcessInfo>,
    /// How it ended, once that is known.
    pub status: Option<ExitStatus>,
    /// When its fault was noticed, where that was seen before its end.
    pub fault: Option<Now>,
    /// When its end was noticed.
    pub end: Option<Now>,
    /// What was seen, where it is not a process that came or went: "112 TCP sockets
    /// in CLOSE_WAIT of router_runner, above 100 for 5 s".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
    /// What else there is to say, in words: "asked for by `crashcap freeze`",
    /// "pid 4188 matches 0.8 s after pid 4121 ended".
    pub note: Option<String>,
}

impl Firing {
    /// A firing of which nothing else is known.
    #[must_use]
    pub fn of(kind: TriggerKind, at: Now, process: Option<ProcessInfo>) -> Self {
        Self {
            kind,
            at,
            process,
            status: None,
            fault: None,
            end: None,
            seen: None,
            note: None,
        }
    }
}

impl fmt::Display for Firing {
    /// What happened, in words, without the time: `router_runner (pid 4121)
    /// was killed by SIGSEGV`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(seen) = &self.seen {
            return f.write_str(seen);
        }
        if let Some(process) = &self.process {
            write!(f, "{} (pid {}) ", process.name, process.identity.pid)?;
        }
        match (self.kind, &self.status) {
            (TriggerKind::Manual, _) => f.write_str("frozen by hand"),
            (TriggerKind::Restart, _) => f.write_str("was restarted"),
            (TriggerKind::Appears, _) => f.write_str("has appeared"),
            (_, Some(status)) => write!(f, "{status}"),
            (_, None) if self.fault.is_some() && self.end.is_none() => {
                f.write_str("hit a fatal fault")
            }
            (_, None) => f.write_str("ended"),
        }
    }
}
