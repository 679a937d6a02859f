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
    /// What else there is to say, in words: "asked for by `crashcap freeze`",
    /// "pid 4188 matches 0.8 s after pid 4121 ended".
    pub note: Option<String>,
}

impl fmt::Display for Firing {
    /// What happened, in words, without the time: `router_runner (pid 4121)
    /// was killed by SIGSEGV`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(process) = &self.process {
            write!(f, "{} (pid {}) ", process.name, process.identity.pid)?;
        }
        match (self.kind, &self.status) {
            (TriggerKind::Manual, _) => f.write_str("frozen by hand"),
            (TriggerKind::Restart, _) => f.write_str("was restarted"),
            (_, Some(status)) => write!(f, "{status}"),
            (_, None) if self.fault.is_some() && self.end.is_none() => {
                f.write_str("hit a fatal fault")
            }
            (_, None) => f.write_str("ended"),
        }
    }
}
